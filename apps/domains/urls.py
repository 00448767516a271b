"""`projects/<slug>/domains/...`"""

from django.urls import path

from apps.domains import message_views, views, views_helper, views_history, views_plan, views_snapshot, views_spf

app_name = "domains"
ALL = "projects/<slug:slug>/domains/"
ONE = f"{ALL}<int:pk>/"
urlpatterns = [
    path(ALL, views.domain_list, name="domain-list"),
    path(f"{ALL}check/", views.check, name="check"),
    path(f"{ALL}snapshots/", views_snapshot.snapshot_take, name="snapshot-take"),
    path(f"{ALL}report/", views_history.report, name="report"),
    path(f"{ALL}report/workbook/", views_history.report_workbook, name="report-workbook"),
    path(ONE, views.domain, name="domain"),
    path(f"{ONE}edit/", views.domain_edit, name="domain-edit"),
    path(f"{ONE}check/", views.check_one, name="check-one"),
    path(f"{ONE}delete/", views.domain_delete, name="domain-delete"),
    path(f"{ONE}sender/", views.sender_explain, name="sender-explain"),
    path(f"{ONE}spf/", views_spf.spf_change, name="spf-change"),
    path(f"{ONE}message/", message_views.message, name="message"),
    path(f"{ONE}plan/", views_plan.plan, name="plan"),
    path(f"{ONE}plan/say/", views_plan.plan_say, name="plan-say"),
    path(f"{ONE}plan/request/", views_plan.request_page, name="request-page"),
    path(f"{ONE}snapshot/", views_snapshot.snapshot, name="snapshot"),
    path(f"{ONE}snapshot/sign/", views_snapshot.snapshot_sign, name="snapshot-sign"),
    path(f"{ONE}snapshot/import/", views_snapshot.zone_import, name="zone-import"),
    path(f"{ONE}snapshot/file/<str:form>/", views_snapshot.snapshot_file, name="snapshot-file"),
    path(f"{ONE}checks/", views_history.check_list, name="check-list"),
    path(f"{ONE}checks/compare/", views_history.check_compare, name="check-compare"),
    path("projects/<slug:slug>/dns-records/", views_helper.helper_page, name="helper-page"),
    path("projects/<slug:slug>/dns-records/state/", views_helper.helper_state, name="helper-state"),
]
