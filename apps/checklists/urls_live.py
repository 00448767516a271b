"""`live/...`: asked most often of all, so it stands first among the addresses of the site."""

from django.urls import path

from apps.checklists import views_live

app_name = "live"
urlpatterns = [path("<str:token>/", views_live.pulse, name="pulse")]
