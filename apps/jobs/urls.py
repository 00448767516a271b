"""`projects/<slug>/jobs/...`"""

from django.urls import path

from apps.jobs import views

app_name = "jobs"
urlpatterns = [
    path("projects/<slug:slug>/jobs/", views.job_list, name="job-list"),
    path("projects/<slug:slug>/jobs/<int:pk>/", views.job_detail, name="job-detail"),
    path("projects/<slug:slug>/jobs/<int:pk>/cancel/", views.job_cancel, name="job-cancel"),
    path("projects/<slug:slug>/jobs/<int:pk>/retry/", views.job_retry, name="job-retry"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
