"""`projects/<slug>/contacts/...`"""

from django.urls import path

from apps.contacts import (
    views,
    views_comparison,
    views_delta,
    views_findings,
    views_mail,
    views_packs,
    views_upload,
    views_workbench,
)

app_name = "contacts"
urlpatterns = [
    path("projects/<slug:slug>/contacts/", views.contact_list, name="contact-list"),
    path("projects/<slug:slug>/contacts/uploads/", views_upload.upload_begin, name="upload-begin"),
    path("projects/<slug:slug>/contacts/uploads/<int:pk>/", views_upload.upload_part, name="upload-part"),
    path("projects/<slug:slug>/contacts/uploads/<int:pk>/finish/", views_upload.upload_finish, name="upload-finish"),
    path("projects/<slug:slug>/contacts/uploads/<int:pk>/discard/", views_upload.upload_discard, name="upload-discard"),
    path("projects/<slug:slug>/contacts/<int:pk>/version/", views.file_version, name="file-version"),
    path("projects/<slug:slug>/contacts/<int:pk>/", views.file_report, name="file-report"),
    path("projects/<slug:slug>/contacts/<int:pk>/check/", views.file_check, name="file-check"),
    path("projects/<slug:slug>/contacts/<int:pk>/settings/", views.file_settings, name="file-settings"),
    path("projects/<slug:slug>/contacts/<int:pk>/letters/", views.file_letters, name="file-letters"),
    path("projects/<slug:slug>/contacts/<int:pk>/addresses/", views_workbench.file_addresses, name="file-addresses"),
    path("projects/<slug:slug>/contacts/<int:pk>/price/", views.file_price, name="file-price"),
    path("projects/<slug:slug>/contacts/<int:pk>/delete/", views.file_delete, name="file-delete"),
    path("projects/<slug:slug>/contacts/<int:pk>/findings/", views_findings.finding_list, name="finding-list"),
    path("projects/<slug:slug>/contacts/<int:pk>/findings/rows/", views_findings.finding_rows, name="finding-rows"),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/findings/findings.csv",
        views_findings.finding_download,
        name="finding-download",
    ),
    path("projects/<slug:slug>/contacts/<int:pk>/mail/", views_mail.mail_ask, name="mail-ask"),
    path("projects/<slug:slug>/contacts/<int:pk>/workbench/", views_workbench.workbench, name="workbench"),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/workbench/preview/",
        views_workbench.workbench_preview,
        name="workbench-preview",
    ),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/workbench/samples/",
        views_workbench.workbench_samples,
        name="workbench-samples",
    ),
    path("projects/<slug:slug>/contacts/<int:pk>/workbench/tags.csv", views_workbench.tag_map_download, name="tag-map"),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/workbench/<slug:section>/",
        views_workbench.workbench,
        name="workbench-at",
    ),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/workbench/<slug:section>/decide/",
        views_workbench.workbench_decide,
        name="workbench-decide",
    ),
    path("projects/<slug:slug>/contacts/<int:pk>/packs/", views_packs.file_packs, name="file-packs"),
    path("projects/<slug:slug>/contacts/<int:pk>/packs/make/", views_packs.packs_make, name="packs-make"),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/comparison/", views_comparison.file_comparison, name="file-comparison"
    ),
    path(
        "projects/<slug:slug>/contacts/<int:pk>/comparison/make/",
        views_comparison.comparison_make,
        name="comparison-make",
    ),
    path("projects/<slug:slug>/contacts/<int:pk>/changes/", views_delta.file_changes, name="file-changes"),
    path("projects/<slug:slug>/contacts/<int:pk>/changes/make/", views_delta.changes_make, name="changes-make"),
    path("projects/<slug:slug>/contacts/packs/<int:pk>/tick/", views_packs.pack_tick, name="pack-tick"),
]
