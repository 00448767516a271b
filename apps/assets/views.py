"""The inventory: the table, one asset beside it, editing in place, many at once, the spreadsheets, old accounts."""

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.assets import exporting, listing, services, tasks
from apps.assets.forms import CELLS, AccountForm, AssetForm, BulkForm, DecisionForm, ImportForm
from apps.assets.models import Account, Asset, InventoryImport
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Activity, Comment, Project, Role, StaleRow
from apps.projects.stored import StoredFile
from apps.ui.once import acts_once


def _asset(request: HttpRequest, project: Project, pk: int) -> Asset:
    """An asset this person may see, through the project."""
    rows = project.assets.shown_to(request.role).select_related("project", "owner", "parent")
    return get_object_or_404(rows, pk=pk)


def _conflict(request: HttpRequest, project: Project, asset: Asset, stale: StaleRow) -> HttpResponse:
    context = {"project": project, "stale": stale, "retry_url": asset.get_absolute_url()}
    part = "projects/_conflict.html" if request.htmx else "projects/conflict.html"
    return render(request, part, context, status=409)


@project_view(Role.CLIENT)
@require_safe
def inventory(request: HttpRequest, project: Project) -> HttpResponse:
    """The table with its filters; htmx gets the table alone."""
    context = listing.context(request, project)
    alone = request.htmx and not request.htmx.boosted and request.htmx.target == "assets"
    return render(request, "assets/_table.html" if alone else "assets/list.html", context)


@project_view(Role.CLIENT)
@require_safe
def asset(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One asset: every field, comments, history."""
    context = listing.details(request, project, _asset(request, project, pk))
    if request.htmx and not request.htmx.boosted:
        return render(request, "assets/_details.html", context)
    return render(request, "assets/list.html", listing.context(request, project) | context)


@project_view(Role.CONSULTANT)
@acts_once
def asset_new(request: HttpRequest, project: Project) -> HttpResponse:
    """A new asset."""
    form = AssetForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        return redirect(services.add_asset(project, by=request.user, **values))
    context = {"project": project, "form": form}
    return render(request, "assets/new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
def asset_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Every field of one asset."""
    row = _asset(request, project, pk)
    form = AssetForm(request.POST or None, instance=row, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_form(form, by=request.user)
        except StaleRow as stale:
            return _conflict(request, project, row, stale)
        return redirect(row)
    context = {"project": project, "asset": row, "form": form}
    return render(request, "assets/edit.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
def asset_cell(request: HttpRequest, project: Project, pk: int, field: str) -> HttpResponse:
    """One cell: GET draws the input in its place, POST stores it and draws the row."""
    row = _asset(request, project, pk)
    if field not in CELLS:
        return redirect(row)
    if request.GET.get("row") and request.htmx:  # Escape: the row as it was
        return listing.row(request, project, row, field=field)
    form = AssetForm(request.POST or None, instance=row, project=project, only=(field,))
    context = {"project": project, "asset": row, "form": form, "field": field, "role": request.role}
    if request.method != "POST" or not form.is_valid():
        return render(request, "assets/_cell.html", context, status=422 if form.is_bound else 200)
    fresh = _asset(request, project, pk)
    version, value = form.cleaned_data["version"], form.cleaned_data[field]
    try:
        services.change_asset(fresh, by=request.user, version=version, **{field: value})
    except StaleRow as stale:
        context |= {"stale": stale, "asset": stale.row, "typed": request.POST.get(field, "")}
        return render(request, "assets/_cell_conflict.html", context, status=409)
    return listing.row(request, project, fresh, saved=True, field=field) if request.htmx else redirect(row)


@project_view(Role.CLIENT)
@require_POST
def decide(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Set what becomes of an asset: the one thing a client may set."""
    row = _asset(request, project, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose Migrate As Is, Rebuild/Update or Archive.")
        return redirect(row)
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else row.version
    try:
        services.change_asset(
            row, by=request.user, version=version, required_status=form.cleaned_data["required_status"]
        )
    except StaleRow as stale:
        return _conflict(request, project, row, stale)
    if request.htmx:
        return listing.row(request, project, row, saved=True)
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
def asset_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Delete an asset after its name was typed."""
    row = _asset(request, project, pk)
    if request.POST.get("confirm_name", "") != row.name:
        messages.error(request, "The name does not match. Nothing was deleted.")
        return redirect(row)
    services.delete_asset(row, by=request.user)
    messages.success(request, f"“{row.name}” was deleted.")
    return redirect("assets:inventory", slug=project.slug)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def asset_comment(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say something about an asset; a client's comment is never internal."""
    row = _asset(request, project, pk)
    body = request.POST.get("body", "").replace("\x00", "").strip()
    if not body or len(body) > 10_000:
        context = listing.context(request, project) | listing.details(request, project, row)
        context["comment_error"] = (
            "Write something, at most 10,000 characters." if len(body) != 0 else "Write something."
        )
        return render(request, "assets/list.html", context | {"comment_body": body}, status=422)
    internal = request.role >= Role.CONSULTANT and (bool(request.POST.get("is_internal")) or not row.client_sees)
    with transaction.atomic():
        about = {"subject_type": row._meta.label_lower, "subject_id": row.pk}
        Comment(project=project, author=request.user, body=body, is_internal=internal, **about).save()
        Activity.record(project, "commented on", row, by=request.user, is_internal=internal)
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def bulk(request: HttpRequest, project: Project) -> HttpResponse:
    """One field of the selected assets, or of all that match the filter; with an undo."""
    form = BulkForm.of(request.POST)
    rows = listing.selected(request, project)
    if not form.is_valid() or not rows.exists():
        messages.error(request, "Select some assets, then a field and its value.")
        return redirect(f"{project.get_absolute_url()}inventory/")
    field, value = form.cleaned_data["field"], form.cleaned_data["value"]
    label = dict(BulkForm.FIELDS)[field]
    batch = services.change_many(project, rows, field=field, value=value, label=label, by=request.user)
    messages.success(request, f"{len(batch.before)} assets changed. It can be taken back above the table.")
    return redirect(f"{project.get_absolute_url()}inventory/?batch={batch.pk}")


@project_view(Role.CONSULTANT)
@require_POST
def bulk_undo(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take a bulk change back; rows edited later are kept and named."""
    kept = services.undo(get_object_or_404(project.asset_batches.select_related("project"), pk=pk), by=request.user)
    if kept:
        names = ", ".join(kept[:5])
        messages.warning(request, f"Taken back, except {names}{' and more' if len(kept) > 5 else ''}: edited since.")
    else:
        messages.success(request, "Taken back.")
    return redirect("assets:inventory", slug=project.slug)


@project_view(Role.CLIENT)
@require_safe
def inventory_export(request: HttpRequest, project: Project, form: str) -> HttpResponse:
    """The inventory as the filter shows it, as XLSX or CSV."""
    rows = listing.filtered(request, project)
    path = exporting.write(project, rows, role=request.role, as_csv=form == "csv")
    name = f"{project.slug}-inventory.{'csv' if form == 'csv' else 'xlsx'}"
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name)
    path.unlink()
    return answer


@project_view(Role.CONSULTANT)
def import_new(request: HttpRequest, project: Project) -> HttpResponse:
    """Choose a spreadsheet; nothing is written before its preview has been seen."""
    is_post = request.method == "POST"
    form = ImportForm(request.POST if is_post else None, request.FILES if is_post else None)
    if is_post and form.is_valid():
        file = StoredFile.keep(project, form.cleaned_data["file"], purpose="import", by=request.user)
        row = InventoryImport(project=project, file=file, by=request.user)
        row.save()
        Job.start(tasks.preview_import, project, by=request.user, title=f"Compare {file.name}", import_id=row.pk)
        return redirect(row)
    context = {"project": project, "form": form, "imports": project.inventory_imports.select_related("file", "by")[:20]}
    return render(request, "assets/import_new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_safe
def import_page(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What the file would change; what it changed."""
    row = get_object_or_404(project.inventory_imports.select_related("file", "project", "batch", "by"), pk=pk)
    names = (tasks.preview_import.name, tasks.write_import.name)
    jobs = project.jobs.filter(task__in=names, args__import_id=row.pk).select_related("project")
    return render(request, "assets/import_page.html", {"project": project, "row": row, "job": jobs.first()})


@project_view(Role.CONSULTANT)
@require_POST
def import_write(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Write what the preview says; of the conflicts the chosen ones as in the file."""
    row = get_object_or_404(project.inventory_imports.select_related("file", "project"), pk=pk)
    take = [text[:120] for text in request.POST.getlist("take")][:2000]
    Job.start(
        tasks.write_import, project, by=request.user, title=f"Write {row.file.name}", key=f"write-import-{row.pk}",
        import_id=row.pk, take=take,
    )  # fmt: skip
    return redirect(row)


@project_view(Role.CONSULTANT)
@acts_once
def account_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Old services the client pays for; add one."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        with transaction.atomic():
            row = Account(project=project, **values)
            row.save()
            Activity.record(project, "added the account", row, by=request.user)
        return redirect("assets:account-list", slug=project.slug)
    context = {"project": project, "accounts": project.accounts.all(), "form": form}
    return render(request, "assets/accounts.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
def account_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One old service."""
    row = get_object_or_404(project.accounts.select_related("project"), pk=pk)
    form = AccountForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                form.save_change(request.user)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        return redirect("assets:account-list", slug=project.slug)
    context = {"project": project, "account": row, "form": form}
    return render(request, "assets/account_edit.html", context, status=422 if form.is_bound else 200)
