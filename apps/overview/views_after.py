"""The after-action report: for consultants, for the client when it is shared, and the lessons in it."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.overview import after_action, lessons
from apps.overview.forms import LessonForm
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once

SAID = {"away": "The lesson was removed.", "back": "The lesson stands again.", "show": "The client reads this lesson.",
        "hide": "The client no longer reads this lesson."}  # fmt: skip


def _page(request: HttpRequest, project: Project, form: LessonForm | None = None) -> HttpResponse:
    """A client learns of the report when it is shared, and not before."""
    context = after_action.page_context(project, request.role, request.GET.get("for", ""))
    if request.role < Role.CONSULTANT and context["shared"] is None:
        raise Http404
    context["form"] = form or LessonForm()
    context["template"] = lessons.template_of(project) if request.role >= Role.OWNER else None
    return render(request, "overview/after_report.html", context, status=422 if form else 200)


@project_view(Role.CLIENT)
@require_safe
def after_report(request: HttpRequest, project: Project) -> HttpResponse:
    """How the switch went."""
    return _page(request, project)


@project_view(Role.CLIENT)
@require_safe
def after_report_workbook(request: HttpRequest, project: Project) -> FileResponse:
    """The same numbers as XLSX; a client's workbook holds what his page holds."""
    if request.role < Role.CONSULTANT and lessons.shared(project) is None:
        raise Http404
    for_client = request.role < Role.CONSULTANT or request.GET.get("for") == "client"
    return after_action.workbook(project, for_client=for_client)


@project_view(Role.CONSULTANT)
@require_POST
def after_report_share(request: HttpRequest, project: Project) -> HttpResponse:
    """Let the client read his version, or no longer."""
    on = request.POST.get("on") == "yes"
    lessons.share(project, on=on, by=request.user)
    messages.success(request, "The client can read the report." if on else "The client no longer sees the report.")
    return redirect("overview:after-report", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def lesson_add(request: HttpRequest, project: Project) -> HttpResponse:
    """Write down what was learnt."""
    form = LessonForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form)
    lessons.learn(project, by=request.user, **form.cleaned_data)
    return redirect(f"{project.get_absolute_url()}cutover/report/#lessons")


@project_view(Role.CONSULTANT)
@require_POST
def lesson_state(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Remove it, put it back, show it to the client or not."""
    row, wish = get_object_or_404(project.lessons.select_related("project"), pk=pk), request.POST.get("do", "")
    try:
        if wish in ("away", "back"):
            lessons.put(row, away=wish == "away", by=request.user)
        elif wish in ("show", "hide"):
            lessons.show(row, to_client=wish == "show", by=request.user)
    except StaleRow:
        messages.error(request, "Somebody else has just changed this lesson; this is how it stands now.")
    else:
        messages.success(request, SAID.get(wish, "Nothing was changed."))
    return redirect(f"{project.get_absolute_url()}cutover/report/#lessons")
