"""`projects/<slug>/...`, as far as it is about the project itself, `consultancies/<slug>/`, and `invitations/...`."""

from django.urls import path

from apps.projects import views, views_client, views_notices

app_name = "projects"
urlpatterns = [
    path("projects/<slug:slug>/settings/", views.project_edit, name="project-edit"),
    path("projects/<slug:slug>/delete/", views.project_delete, name="project-delete"),
    path("projects/<slug:slug>/client-view/", views_client.client_view, name="client-view"),
    path("projects/<slug:slug>/people/", views.people, name="people"),
    path("projects/<slug:slug>/people/<int:pk>/link/", views.person_link, name="person-link"),
    path("projects/<slug:slug>/people/<int:pk>/link/revoke/", views.person_link_revoke, name="person-link-revoke"),
    path("projects/<slug:slug>/people/<int:pk>/take-out/", views.person_take_out, name="person-take-out"),
    path("projects/<slug:slug>/invitations/<int:pk>/revoke/", views.invitation_revoke, name="invitation-revoke"),
    path("projects/<slug:slug>/activity/", views.activity, name="activity"),
    path("projects/<slug:slug>/files/<int:pk>/", views.file_download, name="file-download"),
    path("projects/<slug:slug>/files/<int:pk>/delete/", views.file_delete, name="file-delete"),
    path("consultancies/<slug:slug>/", views.consultancy, name="consultancy"),
    path("consultancies/<slug:slug>/people/<int:pk>/role/", views.colleague_role, name="colleague-role"),
    path("consultancies/<slug:slug>/people/<int:pk>/take-out/", views.colleague_take_out, name="colleague-take-out"),
    path("consultancies/<slug:slug>/invitations/<int:pk>/revoke/", views.colleague_revoke, name="colleague-revoke"),
    path("notices/", views_notices.notices, name="notices"),
    path("notices/read/", views_notices.notices_read, name="notices-read"),
    path("notices/<int:pk>/read/", views_notices.notice_read, name="notice-read"),
    path("invitations/<str:token>/", views.invitation_open, name="invitation-open"),
]
