"""The redirects: the list, one line, files in and out, and the questions to the servers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import redirect_files, redirect_standing, redirect_taking, redirecting, tasks
from apps.cutover.forms import RedirectFileForm, RedirectFilterForm, RedirectForm
from apps.cutover.models import Redirect, RedirectQuerySet
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.projects.stored import StoredFile
from apps.ui.moments import count
from apps.ui.once import acts_once

PAGE = 100


def _row(project: Project, pk: int) -> Redirect:
    return get_object_or_404(project.redirects.select_related("project", "asset", "source"), pk=pk)


def _filtered(request: HttpRequest, project: Project) -> tuple[dict[str, Any], RedirectQuerySet]:
    form = RedirectFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"show": "", "q": "", "same_as": None}
    rows = project.redirects.select_related("asset")
    if asked["same_as"]:
        rows = rows.at_the_place_of(asked["same_as"])
    kinds = {"waiting": rows.waiting, "faulty": rows.faulty, "astray": rows.astray, "untold": rows.untold}
    narrow = kinds.get(asked["show"])
    rows = narrow() if narrow else rows.filter(is_gone=True) if asked["show"] == "gone" else rows
    words = asked["q"].replace("\x00", "")
    return asked, rows.matching(words) if words else rows


JOBS = (tasks.check_redirects.name, tasks.import_redirects.name, tasks.judge_redirects.name)


def _context(request: HttpRequest, project: Project) -> dict[str, Any]:
    asked, rows = _filtered(request, project)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    pages = redirect_standing.pages_of(project)
    facts = project.facts.filter(key__in=("cutover.redirects_prepared", "cutover.redirects_right"))
    return {
        "project": project, "filters": asked, "choices": RedirectFilterForm.CHOICES,
        "is_before": timezone.now() < project.go_live,
        "page": page, "made_up": any(row.is_made_up for row in page),
        "numbers": redirect_files.numbers(project), "forms": redirect_files.FORMS,
        "facts": facts.by_key(), "missing": len(redirect_standing.missing(project, pages)),
        "behind": redirect_standing.behind(project, pages),
        "jobs": project.jobs.filter(task__in=JOBS).active().select_related("project"),
        "failed": project.jobs.filter(task__in=JOBS).failed_of_late().select_related("project"),
        "runs": project.redirect_runs.all()[:5], "imports": list(project.redirect_imports.select_related("by")[:3]),
    }  # fmt: skip


@project_view(Role.CONSULTANT)
@require_safe
def redirect_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Old addresses and where they lead; htmx gets the table alone."""
    alone = request.htmx and not request.htmx.boosted and request.htmx.target == "redirects"
    page = "cutover/_redirects.html" if alone else "cutover/redirect_list.html"
    return render(request, page, _context(request, project))


@project_view(Role.CONSULTANT)
@acts_once
def redirect_new(request: HttpRequest, project: Project) -> HttpResponse:
    """A line of one's own."""
    form = RedirectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        try:
            redirecting.add(project, by=request.user, **values)
        except redirect_taking.TooMany as error:
            form.add_error(None, str(error))
        else:
            tasks.judge_if_long(project)
            return redirect("cutover:redirect-list", slug=project.slug)
    return render(request, "cutover/redirect_new.html", {"project": project, "form": form}, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.is_bound else 200


@project_view(Role.CONSULTANT)
def redirect_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One line: its addresses, what is wrong with it, what the servers said."""
    row = _row(project, pk)
    form = RedirectForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        fresh = _row(project, pk)
        try:
            redirecting.change(fresh, by=request.user, version=form.cleaned_data["version"], **values)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        tasks.judge_if_long(project)
        return redirect(f"{project.get_absolute_url()}cutover/redirects/#redirect-{pk}")
    return render(
        request, "cutover/redirect_edit.html", {"project": project, "row": row, "form": form}, status=_status(form)
    )


@project_view(Role.CONSULTANT)
@require_POST
def redirect_bulk(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the chosen lines, or mark them as gone on purpose."""
    keys = [int(text) for text in request.POST.getlist("row") if text.isascii() and text.isdigit() and len(text) < 18]
    rows = project.redirects.filter(pk__in=keys[:1000])
    if request.POST.get("do") == "gone":
        number, words = redirecting.mark_gone(rows, project, by=request.user), "marked as gone on purpose"
    else:
        number, words = redirecting.remove(rows, project, by=request.user), "deleted"
    tasks.judge_if_long(project)
    messages.success(request, f"{count(number, 'redirect')} {words}." if number else "Choose at least one line first.")
    return redirect("cutover:redirect-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def redirect_bring_in(request: HttpRequest, project: Project) -> HttpResponse:
    """A line for every decided page of the inventory that has none."""
    try:
        added, followed = redirecting.bring_in(project, by=request.user)
        tasks.judge_if_long(project)
        more = f" {count(followed, 'redirect')} followed it." if followed else ""
        messages.success(request, f"{count(added, 'page')} of the inventory added.{more}")
    except redirect_taking.TooMany as error:
        messages.error(request, str(error))
    return redirect("cutover:redirect-list", slug=project.slug)


@project_view(Role.CONSULTANT)
def redirect_import(request: HttpRequest, project: Project) -> HttpResponse:
    """Bring in a list that exists already; it is read in the background."""
    is_post = request.method == "POST"
    form = RedirectFileForm(request.POST if is_post else None, request.FILES if is_post else None)
    if is_post and form.is_valid():
        file = StoredFile.keep(project, form.upload, purpose="import", by=request.user)
        sites = {name: form.cleaned_data[name] for name in ("old_site", "new_site")}
        Job.start(tasks.import_redirects, project, by=request.user, title=f"Read {file.name}", file_id=file.pk, **sites)
        return redirect("cutover:redirect-list", slug=project.slug)
    context = {"project": project, "form": form, "imports": project.redirect_imports.select_related("by")[:20]}
    return render(request, "cutover/redirect_import.html", context, status=_status(form))


@project_view(Role.CONSULTANT)
@require_POST
def redirect_take_back(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Delete what a file brought."""
    row = get_object_or_404(project.redirect_imports.select_related("project"), pk=pk, taken_back_at=None)
    number = redirect_taking.take_back(row, by=request.user)
    tasks.judge_if_long(project)
    messages.success(request, f"{count(number, 'redirect')} of “{row.name}” taken back.")
    return redirect("cutover:redirect-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def redirect_check(request: HttpRequest, project: Project, when: str) -> HttpResponse:
    """Ask the servers, before or after the switch."""
    if when not in ("before", "after"):
        raise Http404
    is_after = when == "after"
    title = "Check the old addresses" if is_after else "Check the new pages"
    Job.start(tasks.check_redirects, project, by=request.user, title=title, key=f"redirects-{when}", is_after=is_after)
    return redirect("cutover:redirect-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_safe
def redirect_file(request: HttpRequest, project: Project, form: str) -> HttpResponse:
    """The list as a spreadsheet, or as a file that a server takes; never while it is being looked through."""
    if project.jobs.filter(task=tasks.judge_redirects.name).active().exists():
        messages.error(request, "The list is being looked through. Take it out when that is done.")
        return redirect("cutover:redirect-list", slug=project.slug)
    try:
        return redirect_files.answer(project, form)
    except redirect_files.NothingToWrite as error:
        messages.error(request, str(error))
        return redirect("cutover:redirect-list", slug=project.slug)
