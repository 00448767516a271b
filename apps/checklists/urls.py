"""`projects/<slug>/checklist/...`"""

from django.urls import path

from apps.checklists import views, views_live

app_name = "checklists"
urlpatterns = [
    path("projects/<slug:slug>/checklist/", views.checklist, name="checklist"),
    path("live/<str:token>/", views_live.pulse, name="pulse"),
    path("projects/<slug:slug>/checklist/changes/", views_live.changes, name="changes"),
    path("projects/<slug:slug>/checklist/new/", views.item_new, name="item-new"),
    path("projects/<slug:slug>/checklist/<int:pk>/", views.item, name="item"),
    path("projects/<slug:slug>/checklist/<int:pk>/edit/", views.item_edit, name="item-edit"),
    path("projects/<slug:slug>/checklist/<int:pk>/tick/", views.tick, name="tick"),
    path("projects/<slug:slug>/checklist/<int:pk>/not-applicable/", views.not_applicable, name="not-applicable"),
    path("projects/<slug:slug>/checklist/<int:pk>/stuck/", views.stuck, name="stuck"),
    path("projects/<slug:slug>/checklist/<int:pk>/comment/", views.comment, name="comment"),
    path("projects/<slug:slug>/checklist/<int:pk>/evidence/", views.evidence, name="evidence"),
    path("projects/<slug:slug>/checklist/<int:pk>/delete/", views.item_delete, name="item-delete"),
]
