"""`projects/<slug>/inventory/...`, `projects/<slug>/accounts/...` and `consultancies/<slug>/kinds/`."""

from django.urls import path

from apps.assets import views, views_capture, views_decide, views_import, views_kinds

app_name = "assets"
HERE = "projects/<slug:slug>/inventory/"
KINDS = "consultancies/<slug:slug>/kinds/"
urlpatterns = [
    path(HERE, views.inventory, name="inventory"),
    path(f"{HERE}new/", views.asset_new, name="asset-new"),
    path(f"{HERE}fields/", views.kind_fields, name="kind-fields"),
    path(f"{HERE}columns/", views.columns, name="columns"),
    path(f"{HERE}views/", views.view_save, name="view-save"),
    path(f"{HERE}views/<int:pk>/delete/", views.view_delete, name="view-delete"),
    path(f"{HERE}bulk/", views.bulk, name="bulk"),
    path(f"{HERE}bulk/<int:pk>/undo/", views.bulk_undo, name="bulk-undo"),
    path(f"{HERE}export.<str:form>", views.inventory_export, name="inventory-export"),
    path(f"{HERE}exports/<str:form>/", views.export_large, name="export-large"),
    path(f"{HERE}import/", views_import.import_new, name="import-new"),
    path(f"{HERE}imports/<int:pk>/", views_import.import_page, name="import-page"),
    path(f"{HERE}imports/<int:pk>/columns/", views_import.import_columns, name="import-columns"),
    path(f"{HERE}imports/<int:pk>/write/", views_import.import_write, name="import-write"),
    path(f"{HERE}decisions/", views_decide.inbox, name="inbox"),
    path(f"{HERE}decisions/many/", views_decide.inbox_many, name="inbox-many"),
    path(f"{HERE}decisions/<int:pk>/", views_decide.inbox_decide, name="inbox-decide"),
    path(f"{HERE}decisions/<int:pk>/ask/", views_decide.ask, name="ask"),
    path(f"{HERE}defaults/", views_decide.defaults, name="defaults"),
    path(f"{HERE}priority/", views_decide.priority, name="priority"),
    path(f"{HERE}captures/", views_capture.captures, name="captures"),
    path(f"{HERE}captures/all/", views_capture.capture_all, name="capture-all"),
    path(f"{HERE}scans/", views_capture.scan_new, name="scan-new"),
    path(f"{HERE}scans/<int:pk>/", views_capture.scan_page, name="scan-page"),
    path(f"{HERE}scans/<int:pk>/add/", views_capture.scan_add, name="scan-add"),
    path(f"{HERE}<int:pk>/", views.asset, name="asset"),
    path(f"{HERE}<int:pk>/edit/", views.asset_edit, name="asset-edit"),
    path(f"{HERE}<int:pk>/cell/<slug:field>/", views.asset_cell, name="asset-cell"),
    path(f"{HERE}<int:pk>/decide/", views.decide, name="decide"),
    path(f"{HERE}<int:pk>/comment/", views.asset_comment, name="asset-comment"),
    path(f"{HERE}<int:pk>/attach/", views.attach, name="attach"),
    path(f"{HERE}<int:pk>/capture/", views_capture.capture_page, name="capture-page"),
    path(f"{HERE}<int:pk>/captures/<slug:key>/", views_capture.capture_set, name="capture-set"),
    path(f"{HERE}<int:pk>/delete/", views.asset_delete, name="asset-delete"),
    path("projects/<slug:slug>/accounts/", views.account_list, name="account-list"),
    path("projects/<slug:slug>/accounts/<int:pk>/", views.account_edit, name="account-edit"),
    path(KINDS, views_kinds.kind_list, name="kind-list"),
    path(f"{KINDS}<int:pk>/", views_kinds.kind_edit, name="kind-edit"),
    path(f"{KINDS}<int:pk>/delete/", views_kinds.kind_delete, name="kind-delete"),
]
