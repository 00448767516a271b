"""The register of recurring payments: the list, one row, files in and out, decisions for many, the undo."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import paying, payment_files
from apps.cutover.forms_payments import PaymentFileForm, PaymentFilterForm, PaymentForm
from apps.cutover.payments import Payment, PaymentQuerySet
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once
from engine.spreadsheets import Unreadable

PAGE = 100


def _filtered(request: HttpRequest, project: Project) -> tuple[dict[str, Any], PaymentQuerySet]:
    form = PaymentFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"show": "", "q": ""}
    rows: PaymentQuerySet = project.payments.all()
    narrow = {
        "": rows.all, "undecided": rows.undecided, "access": rows.waiting_for_access,
        "undone": lambda: rows.exclude(decision="").filter(is_done=False), "done": lambda: rows.filter(is_done=True),
    }  # fmt: skip
    rows = narrow[asked["show"]]() if asked["show"] in narrow else rows.filter(decision=asked["show"])
    return asked, rows.matching(asked["q"]) if asked["q"] else rows


def _context(request: HttpRequest, project: Project) -> dict[str, Any]:
    asked, rows = _filtered(request, project)
    return {
        "project": project, "filters": asked, "choices": PaymentFilterForm.CHOICES,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")), "numbers": paying.numbers(project),
        "risk": paying.risk(project.payments.at_risk()),
        "waiting": project.payments.waiting_for_access()[:20],
        "batch": project.payment_batches.filter(undone_at=None).select_related("by").first(),
        "none": project.no_payments.filter(taken_back_at=None).select_related("by").first(),
        "acts": [(key, label) for key, (label, _) in paying.ACTS.items()],
    }  # fmt: skip


@project_view(Role.CONSULTANT)
@require_safe
def payment_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Who pays, what was decided, what a month is worth; htmx gets the table alone."""
    alone = request.htmx and not request.htmx.boosted and request.htmx.target == "payments"
    page = "cutover/_payments.html" if alone else "cutover/payment_list.html"
    return render(request, page, _context(request, project))


def _saved(request: HttpRequest, project: Project, form: PaymentForm, page: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            paying.save(form, project, by=request.user)
        except paying.TooMany as error:
            form.add_error(None, str(error))
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        else:
            return redirect("cutover:payment-list", slug=project.slug)
    context = {"project": project, "form": form}
    return render(request, page, context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@acts_once
def payment_new(request: HttpRequest, project: Project) -> HttpResponse:
    """A row typed by hand."""
    return _saved(request, project, PaymentForm(request.POST or None), "cutover/payment_new.html")


@project_view(Role.CONSULTANT)
def payment_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One row."""
    row: Payment = get_object_or_404(project.payments.select_related("project"), pk=pk)
    return _saved(request, project, PaymentForm(request.POST or None, instance=row), "cutover/payment_edit.html")


@project_view(Role.CONSULTANT)
@require_POST
def payment_bulk(request: HttpRequest, project: Project) -> HttpResponse:
    """One decision for the chosen rows; deleting asks once more, because it cannot be undone."""
    keys = [int(text) for text in request.POST.getlist("row") if text.isascii() and text.isdigit() and len(text) < 18]
    rows, what = project.payments.filter(pk__in=keys[:1000]), request.POST.get("do", "")
    if what == "delete" and rows.exists() and request.POST.get("sure") != "yes":
        return render(request, "cutover/payment_delete.html", {"project": project, "rows": rows})
    if what == "delete":
        number = paying.remove(rows, project, by=request.user)
        messages.success(request, f"{number} payments deleted." if number else "Choose at least one row first.")
    elif what in paying.ACTS:
        number = paying.act(rows, project, what, by=request.user)
        words = "Nothing changed: choose rows that are not so yet; what is undecided cannot be done."
        messages.success(request, f"{number} payments: {paying.ACTS[what][0]}." if number else words)
    return redirect("cutover:payment-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@acts_once
def payment_import(request: HttpRequest, project: Project) -> HttpResponse:
    """A list of subscriptions; the file itself is not kept."""
    is_post = request.method == "POST"
    form = PaymentFileForm(request.POST if is_post else None, request.FILES if is_post else None, project=project)
    context: dict[str, Any] = {"project": project, "form": form}
    if is_post and form.is_valid():
        try:
            context["found"] = found = _read(form.cleaned_data)
            context["added"] = paying.take_in(project, found, by=request.user)
        except (Unreadable, paying.TooMany) as error:
            form.add_error("file", str(error))
    status = 422 if form.errors else 200
    answer = render(request, "cutover/payment_import.html", context, status=status)
    answer.acted_at = request.path  # type: ignore[attr-defined]
    return answer


def _read(data: dict[str, Any]) -> payment_files.Reading:
    if data.get("judged"):
        return payment_files.read(data["judged"].file.path)
    with NamedTemporaryFile(suffix=".upload") as copy:
        for chunk in data["file"].chunks():
            copy.write(chunk)
        copy.flush()
        return payment_files.read(Path(copy.name))


@project_view(Role.CONSULTANT)
@require_safe
def payment_workbook(request: HttpRequest, project: Project) -> HttpResponse:
    """What is shown, as XLSX."""
    return payment_files.workbook(project, _filtered(request, project)[1])


@project_view(Role.CONSULTANT)
@require_POST
def payment_none(request: HttpRequest, project: Project) -> HttpResponse:
    """There are no recurring payments; or there are some after all."""
    paying.say_none(project, is_none=request.POST.get("none") == "yes", by=request.user)
    return redirect("cutover:payment-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def payment_undo(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take the newest act on many rows back."""
    batch = get_object_or_404(project.payment_batches.select_related("project"), pk=pk)
    back, left = paying.undo(batch, by=request.user)
    words = f" {left} were changed since and stay." if left else ""
    messages.success(request, f"{back} payments are as they were.{words}")
    return redirect("cutover:payment-list", slug=project.slug)
