"""The first pages, search, the platform catalogue, and a project's overview and reports."""

from django.urls import path

from apps.overview import (
    views,
    views_after,
    views_assessment,
    views_calendar,
    views_client,
    views_objectives,
    views_platforms,
)

app_name = "overview"
OWN = "consultancies/<slug:slug>/platforms/<slug:key>/<str:path>/"
AFTER = "projects/<slug:slug>/cutover/report/"
urlpatterns = [
    path("projects/", views.project_list, name="project-list"),
    path("new-project/", views.project_new, name="project-new"),
    path("projects/<slug:slug>/", views.project_page, name="project-page"),
    path("projects/<slug:slug>/progress/", views_client.progress, name="progress"),
    path("projects/<slug:slug>/files/", views_client.files, name="files"),
    path("projects/<slug:slug>/objectives/", views_objectives.objective_list, name="objective-list"),
    path("projects/<slug:slug>/objectives/new/", views_objectives.objective_new, name="objective-new"),
    path("projects/<slug:slug>/objectives/<int:pk>/", views_objectives.objective_edit, name="objective-edit"),
    path(
        "projects/<slug:slug>/objectives/<int:pk>/measure/",
        views_objectives.objective_measure,
        name="objective-measure",
    ),
    path(
        "projects/<slug:slug>/objectives/<int:pk>/delete/", views_objectives.objective_delete, name="objective-delete"
    ),
    path(
        "projects/<slug:slug>/measurements/<int:pk>/delete/",
        views_objectives.measurement_delete,
        name="measurement-delete",
    ),
    path("projects/<slug:slug>/self-assessment/", views_assessment.assessment, name="assessment"),
    path(
        "projects/<slug:slug>/self-assessment/<str:key>/answer/",
        views_assessment.assessment_answer,
        name="assessment-answer",
    ),
    path(
        "projects/<slug:slug>/self-assessment/<str:key>/plan/", views_assessment.assessment_plan, name="assessment-plan"
    ),
    path("projects/<slug:slug>/reports/", views.reports, name="reports"),
    path(AFTER, views_after.after_report, name="after-report"),
    path(f"{AFTER}workbook/", views_after.after_report_workbook, name="after-report-workbook"),
    path(f"{AFTER}share/", views_after.after_report_share, name="after-report-share"),
    path(f"{AFTER}lessons/", views_after.lesson_add, name="lesson-add"),
    path(f"{AFTER}lessons/<int:pk>/", views_after.lesson_state, name="lesson-state"),
    path("calendar/<str:token>.ics", views_calendar.calendar, name="calendar"),
    path("search/", views.search, name="search"),
    path("platforms/", views_platforms.platform_list, name="platform-list"),
    path("platforms/<slug:key>/", views_platforms.platform_page, name="platform-page"),
    path(OWN, views_platforms.platform_value, name="platform-value"),
    path(f"{OWN}back/", views_platforms.platform_value_back, name="platform-value-back"),
]
