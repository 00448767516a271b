"""What must be saved before it is rebuilt: the list, each thing with its evidence, pages and sites fetched by us."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_POST, require_safe

from apps.assets import capturing, services, tasks
from apps.assets.forms import CaptureForm, ScanForm
from apps.assets.models import Asset, RequiredStatus, SiteScan, kinds_of
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once

PAGE = 50


def _asset(request: HttpRequest, project: Project, pk: int) -> Asset:
    rows = project.assets.shown_to(request.role).select_related("project", "owner", "parent")
    return get_object_or_404(rows, pk=pk)


@project_view(Role.CONSULTANT)
@require_safe
def captures(request: HttpRequest, project: Project) -> HttpResponse:
    """What is to be rebuilt, and how much of it is saved."""
    book = kinds_of(project)
    rows = project.assets.filter(required_status=RequiredStatus.REBUILD)
    is_all = request.GET.get("show") == "all"
    missing = services.uncaptured(project)
    shown = rows if is_all else missing
    shown = shown.annotate(ticked=Count("captures", filter=Q(captures__is_done=True))).order_by("name", "pk")
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    for asset in page.object_list:
        asset.project = project
        asset.needs = len(book.kinds[asset.kind].capture) if asset.kind in book.kinds else 0
    context = {
        "project": project, "page": page, "total": rows.count(), "missing": missing.count(), "is_all": is_all,
        "with_url": missing.exclude(url="").count(),
    }  # fmt: skip
    return render(request, "assets/captures.html", context)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def capture_set(request: HttpRequest, project: Project, pk: int, key: str) -> HttpResponse:
    """Tick one thing with its evidence, or say that it is still to be done."""
    row = _asset(request, project, pk)
    kind = kinds_of(project).kinds.get(row.kind)
    form = CaptureForm(request.POST, request.FILES)
    if kind is None or key not in kind.capture or not form.is_valid():
        errors = [text for texts in form.errors.values() for text in texts]
        messages.error(request, errors[0] if errors else "This is not on the list of its kind.")
        return redirect(row)
    services.set_capture(row, key, form.cleaned_data, by=request.user)
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
def capture_page(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Fetch the old page and save what is on it."""
    row = _asset(request, project, pk)
    if not row.url:
        messages.error(request, "Fill in the old URL first.")
        return redirect(row)
    Job.start(tasks.capture_page, project, by=request.user, title=f"Capture {row.name}"[:200], asset_id=row.pk)
    messages.success(request, "The page is being fetched. What it holds is ticked here when it is done.")
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
def capture_all(request: HttpRequest, project: Project) -> HttpResponse:
    """Fetch every page that is still to be saved and has an address."""
    job = Job.start(tasks.capture_pages, project, by=request.user, title="Capture every page that is to be rebuilt")
    return redirect(job)


@project_view(Role.CONSULTANT)
@acts_once
def scan_new(request: HttpRequest, project: Project) -> HttpResponse:
    """Where to look for pages."""
    form = ScanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = SiteScan(project=project, start=form.cleaned_data["start"], by=request.user)
        row.save()
        title = f"List the pages of {row.start}"[:200]
        Job.start(
            tasks.scan_site, project, by=request.user, title=title, scan_id=row.pk, most=form.cleaned_data["most"]
        )
        return redirect(row)
    context = {"project": project, "form": form, "scans": project.site_scans.all()[:10]}
    return render(request, "assets/scan_new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_safe
def scan_page(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What was found; nothing is in the inventory before it was chosen."""
    row = get_object_or_404(project.site_scans.select_related("project"), pk=pk)
    jobs = project.jobs.filter(task=tasks.scan_site.name, args__scan_id=row.pk).select_related("project")
    known = {url.rstrip("/") for url in project.assets.exclude(url="").values_list("url", flat=True)}
    pages = [{**page, "at": at, "is_known": page["url"].rstrip("/") in known} for at, page in enumerate(row.pages)]
    context = {
        "project": project, "row": row, "job": jobs.first(), "pages": pages, "kinds": kinds_of(project).choices(),
        "fresh": sum(not page["is_known"] for page in pages),
    }  # fmt: skip
    return render(request, "assets/scan.html", context)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def scan_add(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The ticked pages become assets."""
    row = get_object_or_404(project.site_scans.select_related("project"), pk=pk)
    book = kinds_of(project)
    chosen = []
    for text in request.POST.getlist("page"):
        if text.isascii() and text.isdigit() and len(text) < 6 and int(text) < len(row.pages):
            page = row.pages[int(text)]
            kind = request.POST.get(f"kind-{text}", "")
            name = page["title"] or capfirst(page["url"].split("//", 1)[-1])
            chosen.append({"url": page["url"], "name": name, "kind": kind if kind in book.kinds else "other_page"})
    if not chosen:
        messages.error(request, "Tick the pages that are to be moved, kept or archived.")
        return redirect(row)
    batch = capturing.add_pages(project, chosen, by=request.user)
    messages.success(request, f"{len(batch.before)} pages are in the inventory now. It can be taken back here.")
    return redirect(f"{project.get_absolute_url()}inventory/?batch={batch.pk}")
