"""`projects/<slug>/cutover/`"""

from django.urls import path

from apps.cutover import views

app_name = "cutover"
urlpatterns = [path("projects/<slug:slug>/cutover/", views.cutover, name="cutover")]
