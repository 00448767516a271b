"""The client's inbox of decisions, the usual decisions of the pair of platforms, and what to move first."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.assets import deciding, listing, services
from apps.assets.models import Asset, RequiredStatus
from apps.projects.access import project_view
from apps.projects.models import Comment, Project, Role, StaleRow
from apps.ui.once import acts_once
from apps.ui.typed import typed

LISTED = 100


def _context(request: HttpRequest, project: Project, **more: Any) -> dict[str, Any]:
    """The card on top, the list beneath, and how far it is; `at` in the address puts another card on top."""
    waiting = deciding.waiting(project, request.role).select_related("parent")
    rows = list(waiting[:LISTED])
    text = request.GET.get("at", "")
    first = next((row for row in rows if str(row.pk) == text), None)
    if first is None and text.isascii() and text.isdigit() and len(text) < 18:
        first = waiting.filter(pk=int(text)).first()
    first = first or next(iter(rows), None)
    for row in [*rows, *filter(None, [first])]:
        row.project = project
    after = [row for row in rows if first is None or row.pk != first.pk]
    there = project.assets.shown_to(request.role)
    total, left = there.count(), waiting.count()
    suggested = waiting.exclude(suggestion="").count()
    return {
        "project": project, "role": request.role, "first": first, "rows": after, "next": next(iter(after), None),
        "left": left, "total": total, "decided": total - left, "suggested": suggested,
        "decisions": RequiredStatus.choices[1:], "is_more": left > LISTED, **more,
    }  # fmt: skip


def _inbox(request: HttpRequest, project: Project, **more: Any) -> HttpResponse:
    part = "assets/_inbox.html" if request.htmx and not request.htmx.boosted else "assets/inbox.html"
    return render(request, part, _context(request, project, **more))


def _asset(request: HttpRequest, project: Project, pk: int) -> Asset:
    rows = project.assets.shown_to(request.role).select_related("project", "parent", "owner")
    return get_object_or_404(rows, pk=pk)


@project_view(Role.CLIENT)
@require_safe
def inbox(request: HttpRequest, project: Project) -> HttpResponse:
    """Undecided assets, one after another."""
    looks = listing.look_as_client(request)
    return _inbox(request, project, looks_as_client=looks)


@project_view(Role.CLIENT)
@require_POST
def inbox_decide(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Decide one and show the next, with a way back."""
    row = _asset(request, project, pk)
    status, version = request.POST.get("required_status", ""), request.POST.get("version", "")
    if status not in RequiredStatus.values or not (version.isascii() and version.isdigit() and len(version) < 10):
        messages.error(request, "Choose Migrate As Is, Rebuild/Update or Archive.")
        return redirect("assets:inbox", slug=project.slug)
    try:
        services.change_asset(row, by=request.user, version=int(version), required_status=status)
    except StaleRow as stale:
        message = f"Somebody else has just changed “{row.name}”. Look at it as it stands now."
        return _inbox(request, project, stale=stale, message=message)
    if not request.htmx:
        return redirect(f"{reverse('assets:inbox', args=[project.slug])}{'' if status else f'?at={row.pk}'}")
    return _inbox(request, project, done=row if status else None)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def inbox_many(request: HttpRequest, project: Project) -> HttpResponse:
    """Decide the ticked ones, or approve every suggestion; with a way back."""
    status = request.POST.get("required_status", "")
    rows = deciding.waiting(project, request.role)
    if request.POST.get("all") != "yes":
        keys = [int(key) for key in request.POST.getlist("ids") if key.isascii() and key.isdigit() and len(key) < 18]
        rows = rows.filter(pk__in=keys[:5000])
    if status not in ("suggestion", *RequiredStatus.values[1:]) or not rows.exists():
        messages.error(request, "Tick some of them, then choose what becomes of them.")
        return redirect("assets:inbox", slug=project.slug)
    batch = deciding.decide_many(rows, status, project, by=request.user)
    messages.success(request, f"{len(batch.before)} decided.")
    return redirect(f"{project.get_absolute_url()}inventory/?batch={batch.pk}")


@project_view(Role.CLIENT)
@require_POST
@acts_once
def ask(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The client would rather be asked: it goes to the consultant, with the question if there is one."""
    row = _asset(request, project, pk)
    question = typed(request, "question", 2000)
    if row.required_status:
        messages.info(request, f"“{row.name}” has been decided meanwhile.")
        return redirect("assets:inbox", slug=project.slug)
    with transaction.atomic(), suppress(StaleRow):  # somebody was faster: the question is put all the same
        row.change(request.user, verb="asked about", is_internal=not row.client_sees, asked_at=timezone.now())
        if question:
            about = {"subject_type": row._meta.label_lower, "subject_id": row.pk}
            internal = not row.client_sees
            Comment(project=project, author=request.user, body=question, is_internal=internal, **about).save()
    messages.success(request, f"“{row.name}” is put to your consultant.")
    return redirect("assets:inbox", slug=project.slug)


@project_view(Role.CONSULTANT)
@acts_once
def defaults(request: HttpRequest, project: Project) -> HttpResponse:
    """What usually becomes of each kind, seen before it is said."""
    if request.method == "POST":
        kinds = request.POST.getlist("kind")
        chosen = {kind: request.POST.get(f"status-{kind}", "") for kind in kinds}
        batch = deciding.apply_defaults(
            project, chosen, decide=request.POST.get("as") == "decide", by=request.user,
            with_hours=request.POST.get("hours") == "yes",
        )  # fmt: skip
        messages.success(request, f"{len(batch.before)} assets changed. It can be taken back above the table.")
        return redirect(f"{project.get_absolute_url()}inventory/?batch={batch.pk}")
    context = {"project": project, "rows": deciding.defaults(project), "decisions": RequiredStatus.choices[1:]}
    return render(request, "assets/defaults.html", context)


@project_view(Role.CONSULTANT)
@require_safe
def priority(request: HttpRequest, project: Project) -> HttpResponse:
    """What carries the revenue, and so goes first."""
    per_hour = request.GET.get("by") == "hour"
    order = deciding.ranked(project, request.role, per_hour=per_hour)
    points = deciding.curve(order)
    first = [one for one in order if one.is_first]
    context = {
        "project": project, "order": order[:LISTED], "count": len(order), "first": len(first), "per_hour": per_hour,
        "assets": order[-1].so_far if order else 0, "revenue": sum(one.revenue for one in order),
        "path": " ".join(f"{4 * x:.1f},{200 - 2 * y:.1f}" for x, y in points),
        "top": first[-1] if first else None, "top_x": 400 * first[-1].so_far / order[-1].so_far if first else 0,
        "top_y": 200 - 2 * float(first[-1].share) if first else 0,
    }  # fmt: skip
    return render(request, "assets/priority.html", context)
