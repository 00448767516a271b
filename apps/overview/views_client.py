"""What the client has besides his list and his decisions: how far the move is, and the files between him and us."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.overview import client_pages
from apps.overview.forms import SharedFileForm
from apps.overview.services import share_file
from apps.projects.access import person_shown, project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once


@project_view(Role.CLIENT)
@require_safe
def progress(request: HttpRequest, project: Project) -> HttpResponse:
    """The four phases, the go-live, what was done last and what the move is for; as the client sees it."""
    return render(request, "overview/progress.html", {"project": project, **client_pages.progress(project)})


@project_view(Role.CLIENT)
@acts_once
def files(request: HttpRequest, project: Project) -> HttpResponse:
    """What the client gave, what there is for him to fetch; and the place to give another one."""
    form = SharedFileForm(request.POST, request.FILES) if request.method == "POST" else SharedFileForm()
    if request.method == "POST" and form.is_valid():
        file = share_file(project, form.cleaned_data["file"], by=request.user)
        messages.success(request, f"{file.name} is there.")
        return redirect("overview:files", slug=project.slug)
    context = client_pages.files(project, person_shown(request), is_client=request.role < Role.CONSULTANT)
    context |= {"project": project, "form": form}
    return render(request, "overview/files.html", context, status=422 if request.method == "POST" else 200)
