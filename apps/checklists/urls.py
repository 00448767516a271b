"""`projects/<slug>/checklist/...`, and the client's own `projects/<slug>/my-list/...`"""

from django.urls import path

from apps.checklists import views, views_agreed, views_client, views_live

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
    path(
        "projects/<slug:slug>/checklist/<int:pk>/evidence/<int:given>/",
        views_agreed.evidence_state,
        name="evidence-state",
    ),
    path("projects/<slug:slug>/checklist/<int:pk>/delete/", views.item_delete, name="item-delete"),
    path("projects/<slug:slug>/checklist/<int:pk>/answer/", views.answer, name="answer"),
    path("projects/<slug:slug>/my-list/", views_client.my_list, name="my-list"),
    path("projects/<slug:slug>/my-list/<int:pk>/done/", views_client.my_done, name="my-done"),
    path("projects/<slug:slug>/my-list/<int:pk>/undo/", views_client.my_undo, name="my-undo"),
    path("projects/<slug:slug>/my-list/<int:pk>/stuck/", views_client.my_stuck, name="my-stuck"),
    path("projects/<slug:slug>/my-list/<int:pk>/not-mine/", views_client.my_not_mine, name="my-not-mine"),
    path("projects/<slug:slug>/my-list/<int:pk>/comment/", views_client.my_comment, name="my-comment"),
    path("projects/<slug:slug>/approvals/", views_agreed.approvals, name="approvals"),
    path("projects/<slug:slug>/approvals/ask/", views_agreed.approval_ask, name="approval-ask"),
    path("projects/<slug:slug>/approvals/plan/", views_agreed.plan_approve, name="plan-approve"),
    path("projects/<slug:slug>/approvals/<int:pk>/", views_agreed.approval, name="approval"),
    path("projects/<slug:slug>/approvals/<int:pk>/decide/", views_agreed.approval_decide, name="approval-decide"),
    path("projects/<slug:slug>/approvals/<int:pk>/withdraw/", views_agreed.approval_withdraw, name="approval-withdraw"),
]
