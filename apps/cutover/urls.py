"""`projects/<slug>/cutover/...`"""

from django.urls import path

from apps.cutover import (
    views,
    views_closing,
    views_journeys,
    views_payments,
    views_redirects,
    views_rollback,
    views_run,
    views_warmup,
    views_watch,
)

app_name = "cutover"
ALL = "projects/<slug:slug>/cutover/"
LINES = f"{ALL}redirects/"
BACK = f"{ALL}rollback/"
SHEET = f"{ALL}run-sheets/<int:pk>/"
RUN = f"{ALL}runs/<int:pk>/"
JOURNEY = f"{ALL}journeys/<int:pk>/"
PAYMENTS = f"{ALL}payments/"
WATCH = f"{ALL}watch/"
WARM_UP = f"{ALL}warm-up/"
TRY = f"{ALL}journey-runs/<int:pk>/"
urlpatterns = [
    path(ALL, views.cutover, name="cutover"),
    path(f"{ALL}risks/accept/", views.risk_accept, name="risk-accept"),
    path(f"{ALL}risks/revoke/", views.risk_revoke, name="risk-revoke"),
    path(f"{ALL}decide/", views.decide, name="decide"),
    path(f"{ALL}closing/", views_closing.closing_list, name="closing-list"),
    path(f"{ALL}closing/<int:pk>/close/", views_closing.account_close, name="account-close"),
    path(f"{ALL}closing/<int:pk>/reopen/", views_closing.account_reopen, name="account-reopen"),
    path(BACK, views_rollback.rollback_list, name="rollback-list"),
    path(f"{BACK}prepare/", views_rollback.rollback_prepare, name="rollback-prepare"),
    path(f"{BACK}no-return/", views_rollback.no_return, name="no-return"),
    path(f"{BACK}no-return/withdraw/", views_rollback.no_return_withdraw, name="no-return-withdraw"),
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
    path(f"{SHEET}steps/<int:step_pk>/back/", views_run.step_back, name="step-back"),
    path(RUN, views_run.run, name="run"),
    path(f"{RUN}board/", views_run.run_board, name="run-board"),
    path(f"{RUN}act/", views_run.run_act, name="run-act"),
    path(f"{RUN}steps/<int:step_pk>/act/", views_run.step_act, name="step-act"),
    path(f"{ALL}journeys/", views_journeys.journey_list, name="journey-list"),
    path(f"{ALL}journeys/make/", views_journeys.journey_make, name="journey-make"),
    path(f"{ALL}journeys/new/", views_journeys.journey_new, name="journey-new"),
    path(JOURNEY, views_journeys.journey, name="journey"),
    path(f"{JOURNEY}edit/", views_journeys.journey_edit, name="journey-edit"),
    path(f"{JOURNEY}state/", views_journeys.journey_state, name="journey-state"),
    path(f"{JOURNEY}changed/", views_journeys.journey_changed, name="journey-changed"),
    path(f"{JOURNEY}changed/<int:change_pk>/back/", views_journeys.journey_change_back, name="journey-change-back"),
    path(f"{JOURNEY}begin/", views_journeys.journey_begin, name="journey-begin"),
    path(TRY, views_journeys.journey_run, name="journey-run"),
    path(f"{TRY}mark/", views_journeys.journey_mark, name="journey-mark"),
    path(f"{TRY}evidence/", views_journeys.journey_proof, name="journey-proof"),
    path(f"{TRY}evidence/<int:proof_pk>/", views_journeys.journey_proof_state, name="journey-proof-state"),
    path(WARM_UP, views_warmup.warm_up, name="warm-up"),
    path(f"{WARM_UP}edit/", views_warmup.warm_up_edit, name="warm-up-edit"),
    path(f"{WARM_UP}enter/", views_warmup.warm_up_enter, name="warm-up-enter"),
    path(f"{WARM_UP}resume/", views_warmup.warm_up_resume, name="warm-up-resume"),
    path(f"{WARM_UP}workbook/", views_warmup.warm_up_workbook, name="warm-up-workbook"),
    path(f"{WARM_UP}entries/<int:pk>/undo/", views_warmup.warm_up_undo, name="warm-up-undo"),
    path(WATCH, views_watch.watch, name="watch"),
    path(f"{WATCH}board/", views_watch.watch_board, name="watch-board"),
    path(f"{WATCH}begin/", views_watch.watch_begin, name="watch-begin"),
    path(f"{WATCH}new/", views_watch.metric_new, name="metric-new"),
    path(f"{WATCH}<int:pk>/", views_watch.metric_edit, name="metric-edit"),
    path(f"{WATCH}<int:pk>/enter/", views_watch.metric_enter, name="metric-enter"),
    path(f"{WATCH}<int:pk>/state/", views_watch.metric_state, name="metric-state"),
    path(f"{WATCH}values/<int:pk>/", views_watch.metric_value, name="metric-value"),
    path(f"{WATCH}entries/<int:pk>/undo/", views_watch.metric_undo, name="metric-undo"),
    path(PAYMENTS, views_payments.payment_list, name="payment-list"),
    path(f"{PAYMENTS}new/", views_payments.payment_new, name="payment-new"),
    path(f"{PAYMENTS}bulk/", views_payments.payment_bulk, name="payment-bulk"),
    path(f"{PAYMENTS}import/", views_payments.payment_import, name="payment-import"),
    path(f"{PAYMENTS}workbook/", views_payments.payment_workbook, name="payment-workbook"),
    path(f"{PAYMENTS}none/", views_payments.payment_none, name="payment-none"),
    path(f"{PAYMENTS}batches/<int:pk>/undo/", views_payments.payment_undo, name="payment-undo"),
    path(f"{PAYMENTS}<int:pk>/", views_payments.payment_edit, name="payment-edit"),
]
