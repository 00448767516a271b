"""`projects/<slug>/inventory/...` and `projects/<slug>/accounts/...`"""

from django.urls import path

from apps.assets import views

app_name = "assets"
urlpatterns = [
    path("projects/<slug:slug>/inventory/", views.inventory, name="inventory"),
    path("projects/<slug:slug>/inventory/new/", views.asset_new, name="asset-new"),
    path("projects/<slug:slug>/inventory/bulk/", views.bulk, name="bulk"),
    path("projects/<slug:slug>/inventory/bulk/<int:pk>/undo/", views.bulk_undo, name="bulk-undo"),
    path("projects/<slug:slug>/inventory/export.<str:form>", views.inventory_export, name="inventory-export"),
    path("projects/<slug:slug>/inventory/import/", views.import_new, name="import-new"),
    path("projects/<slug:slug>/inventory/imports/<int:pk>/", views.import_page, name="import-page"),
    path("projects/<slug:slug>/inventory/imports/<int:pk>/write/", views.import_write, name="import-write"),
    path("projects/<slug:slug>/inventory/<int:pk>/", views.asset, name="asset"),
    path("projects/<slug:slug>/inventory/<int:pk>/edit/", views.asset_edit, name="asset-edit"),
    path("projects/<slug:slug>/inventory/<int:pk>/cell/<slug:field>/", views.asset_cell, name="asset-cell"),
    path("projects/<slug:slug>/inventory/<int:pk>/decide/", views.decide, name="decide"),
    path("projects/<slug:slug>/inventory/<int:pk>/comment/", views.asset_comment, name="asset-comment"),
    path("projects/<slug:slug>/inventory/<int:pk>/delete/", views.asset_delete, name="asset-delete"),
    path("projects/<slug:slug>/accounts/", views.account_list, name="account-list"),
    path("projects/<slug:slug>/accounts/<int:pk>/", views.account_edit, name="account-edit"),
]
