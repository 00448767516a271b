"""`projects/<slug>/checklist/...`, the client's `.../my-list/...`, and `consultancies/<slug>/templates/...`"""

from django.urls import path

from apps.checklists import (
    views,
    views_agreed,
    views_client,
    views_dates,
    views_drafts,
    views_live,
    views_plan,
    views_templates,
)

app_name = "checklists"
LIST = "consultancies/<slug:slug>/templates/"
ONE = f"{LIST}<int:pk>/"
templates = [
    path(LIST, views_templates.template_list, name="template-list"),
    path(f"{LIST}new/", views_templates.template_new, name="template-new"),
    path(f"{LIST}built-in/", views_templates.template_builtin, name="template-builtin"),
    path(f"{LIST}built-in/file/", views_templates.template_builtin_file, name="template-builtin-file"),
    path(ONE, views_templates.template_page, name="template-page"),
    path(f"{ONE}versions/<int:number>/", views_templates.template_version, name="template-version"),
    path(f"{ONE}versions/<int:number>/file/", views_templates.template_file, name="template-file"),
    path(f"{ONE}compare/", views_templates.template_compare, name="template-compare"),
    path(f"{ONE}publish/", views_templates.template_publish, name="template-publish"),
    path(f"{ONE}name/", views_templates.template_rename, name="template-rename"),
    path(f"{ONE}archive/", views_templates.template_archive, name="template-archive"),
    path(f"{ONE}delete/", views_templates.template_delete, name="template-delete"),
    path(f"{ONE}edit/", views_drafts.template_edit, name="template-edit"),
    path(f"{ONE}edit/outline/", views_drafts.template_outline, name="template-outline"),
    path(f"{ONE}edit/put-back/", views_drafts.template_put_back, name="template-put-back"),
    path(f"{ONE}edit/file/", views_drafts.template_draft_file, name="template-draft-file"),
    path(f"{ONE}edit/replace/", views_drafts.template_replace, name="template-replace"),
    path(f"{ONE}edit/new-item/", views_drafts.template_item_new, name="template-item-new"),
    path(f"{ONE}edit/items/<slug:key>/", views_drafts.template_item, name="template-item"),
    path(f"{ONE}edit/items/<slug:key>/act/", views_drafts.template_item_act, name="template-item-act"),
    path("guidance-preview/", views_drafts.guidance_preview, name="guidance-preview"),
]
urlpatterns = [
    *templates,
    path("projects/<slug:slug>/checklist/", views.checklist, name="checklist"),
    path("projects/<slug:slug>/checklist/changes/", views_live.changes, name="changes"),
    path("projects/<slug:slug>/checklist/new/", views.item_new, name="item-new"),
    path("projects/<slug:slug>/checklist/keep/", views_plan.plan_keep, name="plan-keep"),
    path("projects/<slug:slug>/checklist/update/", views_plan.plan_update, name="plan-update"),
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
    path("projects/<slug:slug>/timeline/", views_dates.timeline_page, name="timeline"),
    path("projects/<slug:slug>/go-live/", views_dates.go_live, name="go-live"),
    path("projects/<slug:slug>/plan-report/", views_dates.plan_report, name="plan-report"),
    path("projects/<slug:slug>/plan-report/xlsx/", views_dates.plan_workbook, name="plan-workbook"),
    path("projects/<slug:slug>/approvals/", views_agreed.approvals, name="approvals"),
    path("projects/<slug:slug>/approvals/ask/", views_agreed.approval_ask, name="approval-ask"),
    path("projects/<slug:slug>/approvals/plan/", views_agreed.plan_approve, name="plan-approve"),
    path("projects/<slug:slug>/approvals/<int:pk>/", views_agreed.approval, name="approval"),
    path("projects/<slug:slug>/approvals/<int:pk>/decide/", views_agreed.approval_decide, name="approval-decide"),
    path("projects/<slug:slug>/approvals/<int:pk>/withdraw/", views_agreed.approval_withdraw, name="approval-withdraw"),
]
