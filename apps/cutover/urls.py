"""`projects/<slug>/cutover/...`"""

from django.urls import path

from apps.cutover import views, views_redirects, views_rollback, views_run

app_name = "cutover"
ALL = "projects/<slug:slug>/cutover/"
LINES = f"{ALL}redirects/"
BACK = f"{ALL}rollback/"
SHEET = f"{ALL}run-sheets/<int:pk>/"
RUN = f"{ALL}runs/<int:pk>/"
urlpatterns = [
    path(ALL, views.cutover, name="cutover"),
    path(f"{ALL}risks/accept/", views.risk_accept, name="risk-accept"),
    path(f"{ALL}risks/revoke/", views.risk_revoke, name="risk-revoke"),
    path(f"{ALL}decide/", views.decide, name="decide"),
    path(BACK, views_rollback.rollback_list, name="rollback-list"),
    path(f"{BACK}prepare/", views_rollback.rollback_prepare, name="rollback-prepare"),
    path(f"{BACK}no-return/", views_rollback.no_return, name="no-return"),
    path(f"{BACK}<int:pk>/", views_rollback.rollback_edit, name="rollback-edit"),
    path(f"{BACK}<int:pk>/records/", views_rollback.rollback_records, name="rollback-records"),
    path(f"{BACK}<int:pk>/start/", views_rollback.rollback_start, name="rollback-start"),
    path(LINES, views_redirects.redirect_list, name="redirect-list"),
    path(f"{LINES}new/", views_redirects.redirect_new, name="redirect-new"),
    path(f"{LINES}bulk/", views_redirects.redirect_bulk, name="redirect-bulk"),
    path(f"{LINES}bring-in/", views_redirects.redirect_bring_in, name="redirect-bring-in"),
    path(f"{LINES}import/", views_redirects.redirect_import, name="redirect-import"),
    path(f"{LINES}import/<int:pk>/take-back/", views_redirects.redirect_take_back, name="redirect-take-back"),
    path(f"{LINES}check/<str:when>/", views_redirects.redirect_check, name="redirect-check"),
    path(f"{LINES}file/<str:form>/", views_redirects.redirect_file, name="redirect-file"),
    path(f"{LINES}<int:pk>/", views_redirects.redirect_edit, name="redirect-edit"),
    path(f"{ALL}run-sheets/", views_run.run_sheet_home, name="run-sheet-home"),
    path(f"{ALL}run-sheets/make/", views_run.run_sheet_make, name="run-sheet-make"),
    path(SHEET, views_run.run_sheet, name="run-sheet"),
    path(f"{SHEET}workbook/", views_run.run_sheet_workbook, name="run-sheet-workbook"),
    path(f"{SHEET}begin/", views_run.run_begin, name="run-begin"),
    path(f"{SHEET}steps/new/", views_run.step_new, name="step-new"),
    path(f"{SHEET}steps/<int:step_pk>/", views_run.step_edit, name="step-edit"),
    path(f"{SHEET}steps/<int:step_pk>/delete/", views_run.step_delete, name="step-delete"),
    path(RUN, views_run.run, name="run"),
    path(f"{RUN}board/", views_run.run_board, name="run-board"),
    path(f"{RUN}act/", views_run.run_act, name="run-act"),
    path(f"{RUN}steps/<int:step_pk>/act/", views_run.step_act, name="step-act"),
]
