"""The self-assessment: the four questions, one answer after another, and what a "no" puts on the plan."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.overview import assessing
from apps.overview.forms import AnswerForm
from apps.overview.models import Said
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow


def _page(request: HttpRequest, project: Project, status: int = 200, **said: Any) -> HttpResponse:
    """The whole page; to htmx the line that was answered, with the progress of its question."""
    questions = assessing.shown(project)
    context = {"project": project, "questions": questions, "said": said, "answers": Said.choices[1:]}
    if request.htmx and said:
        question = next(one for one in questions if said["key"].startswith(f"{one['question'].key}."))
        line = next(one for one in question["lines"] if one["ask"].key == said["key"])
        context |= {"question": question, "line": line}
        return render(request, "overview/_assessment_answered.html", context, status=status)
    return render(request, "overview/assessment.html", context, status=status)


@project_view(Role.CONSULTANT)
@require_safe
def assessment(request: HttpRequest, project: Project) -> HttpResponse:
    """All questions; it prints."""
    return _page(request, project)


def _ask(key: str) -> assessing.Ask:
    if (ask := assessing.ask_of(key)) is None:
        raise Http404("There is no such question.")
    return ask


@project_view(Role.CONSULTANT)
@require_POST
def assessment_answer(request: HttpRequest, project: Project, key: str) -> HttpResponse:
    """Write one answer with its note and evidence."""
    ask, form = _ask(key), AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, 422, key=key, form=form, sentence=next(iter(form.errors.values()))[0])
    values = form.cleaned_data | {"upload": form.cleaned_data["file"]}
    del values["file"]
    try:
        assessing.answer(project, ask, by=request.user, **values)
    except StaleRow as stale:
        theirs = [(label, one) for label, one, _ in stale.fields if label in ("Answer", "Note", "Evidence")]
        return _page(request, project, 409, key=key, form=form, theirs=theirs, sentence="Somebody else was faster.")
    return _page(request, project, key=key) if request.htmx else _back(project, key)


def _back(project: Project, key: str) -> HttpResponse:
    return redirect(f"{project.get_absolute_url()}self-assessment/#ask-{key.replace('.', '-')}")


@project_view(Role.CONSULTANT)
@require_POST
def assessment_plan(request: HttpRequest, project: Project, key: str) -> HttpResponse:
    """Put on the plan what a "no" asks for, or take it back."""
    ask = _ask(key)
    row = get_object_or_404(project.answers.select_related("project"), key=key)
    if request.POST.get("back") == "yes":
        kept = assessing.take_off_plan(row, by=request.user)
        for item in kept:
            messages.info(request, f"“{item.title}” stays on the plan: somebody has worked on it.")
    else:
        assessing.put_on_plan(row, ask, by=request.user)
    return _back(project, key)
