"""The first pages, search, the platform catalogue, and a project's overview and reports."""

from django.urls import path

from apps.overview import views, views_client

app_name = "overview"
urlpatterns = [
    path("projects/", views.project_list, name="project-list"),
    path("new-project/", views.project_new, name="project-new"),
    path("projects/<slug:slug>/", views.project_page, name="project-page"),
    path("projects/<slug:slug>/progress/", views_client.progress, name="progress"),
    path("projects/<slug:slug>/reports/", views.reports, name="reports"),
    path("search/", views.search, name="search"),
    path("platforms/", views.platform_list, name="platform-list"),
    path("platforms/<slug:key>/", views.platform_page, name="platform-page"),
]
