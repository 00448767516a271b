"""The inventory: the table, one asset beside it, editing in place, many at once, the spreadsheets, old accounts."""

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.assets import exporting, listing, services, tasks
from apps.assets.columns import stored
from apps.assets.forms import CELLS, AccountForm, AssetForm, BulkForm, DecisionForm, FileForm, ViewForm
from apps.assets.models import Account, Asset, kinds_of
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Activity, Comment, Project, Role, StaleRow, label_of
from apps.ui.once import acts_once
from apps.ui.typed import typed

UNDO_IN_THE_BACKGROUND = 1_000  # rows; fewer are taken back while the page waits


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
    context = listing.context(request, project, listing.look_as_client(request))
    alone = request.htmx and not request.htmx.boosted and request.htmx.target == "assets"
    return render(request, "assets/_table.html" if alone else "assets/list.html", context)


@project_view(Role.CLIENT)
@require_safe
def asset(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One asset: every field, comments, history."""
    looks = listing.look_as_client(request)
    context = listing.details(request, project, _asset(request, project, pk)) | {"looks_as_client": looks}
    if request.htmx and not request.htmx.boosted:
        return render(request, "assets/_details.html", context)
    return render(request, "assets/list.html", listing.context(request, project, looks) | context)


@project_view(Role.CONSULTANT)
@acts_once
def asset_new(request: HttpRequest, project: Project) -> HttpResponse:
    """A new asset."""
    form = AssetForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        return redirect(services.add_asset(project, by=request.user, extra=form.extra(), **values))
    context = {"project": project, "form": form}
    return render(request, "assets/new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_safe
def kind_fields(request: HttpRequest, project: Project) -> HttpResponse:
    """The fields of a kind, while the form of an asset is being filled in."""
    pk = request.GET.get("asset", "")
    row = _asset(request, project, int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 18 else None
    initial = {"kind": request.GET.get("kind", "")}
    form = AssetForm(instance=row, project=project, initial=initial)
    return render(request, "assets/_kind_fields.html", {"project": project, "form": form, "asset": row})


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
    kind = kinds_of(project).kinds.get(row.kind)
    own = kind.field(field[2:]) if kind and field.startswith("x_") else None
    if field not in CELLS and own is None:
        return redirect(row)
    if request.GET.get("row") and request.htmx:  # Escape: the row as it was
        return listing.row(request, project, row, field=field)
    form = AssetForm(request.POST or None, instance=row, project=project, only=(field,))
    context = {"project": project, "asset": row, "form": form, "field": field, "role": request.role}
    if request.method != "POST" or not form.is_valid():
        label = own.label if own else label_of(row, field)
        context["last"] = listing.last_change(project, row, label)
        return render(request, "assets/_cell.html", context, status=422 if form.is_bound else 200)
    fresh = _asset(request, project, pk)
    before = fresh.extra.get(field[2:], "") if own else stored(getattr(fresh, fresh._meta.get_field(field).attname))
    values = {"extra": form.extra()} if own else {field: form.cleaned_data[field]}
    try:
        changed = services.change_asset(fresh, by=request.user, version=form.cleaned_data["version"], **values)
    except StaleRow as stale:
        context |= {"stale": stale, "asset": stale.row, "typed": request.POST.get(field, "")}
        return render(request, "assets/_cell_conflict.html", context, status=409)
    undo = {"before": listing.typed_again(before)} if changed else {}
    return listing.row(request, project, fresh, saved=True, field=field, **undo) if request.htmx else redirect(row)


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
    batch = services.delete_asset(row, by=request.user)
    messages.success(request, f"“{row.name}” was deleted. It can be taken back above the table.")
    return redirect(f"{project.get_absolute_url()}inventory/?batch={batch.pk if batch else 0}")


@project_view(Role.CLIENT)
@require_POST
@acts_once
def asset_comment(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say something about an asset; a client's comment is never internal."""
    row = _asset(request, project, pk)
    body = typed(request, "body", 1_000_000)
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


@project_view(Role.CLIENT)
@require_POST
def bulk_undo(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take a change back, a client his own; rows edited later are kept and named. A large one takes a job."""
    batches = project.asset_batches.select_related("project")
    if request.role < Role.CONSULTANT:
        batches = batches.filter(by=request.user)
    batch = get_object_or_404(batches, pk=pk)
    if len(batch.before) > UNDO_IN_THE_BACKGROUND:
        return redirect(Job.start(tasks.undo_batch, project, by=request.user, title="Take it back", batch_id=batch.pk))
    kept = services.undo(batch, by=request.user)
    (messages.warning if kept else messages.success)(request, services.undone_words(kept))
    return redirect("assets:inventory", slug=project.slug)


@project_view(Role.CLIENT)
@require_safe
def inventory_export(request: HttpRequest, project: Project, form: str) -> HttpResponse:
    """The inventory as the filter shows it, as XLSX or CSV. A long one is asked for with POST (export_large)."""
    rows = listing.filtered(request, project)
    if rows.count() > exporting.LARGE:
        messages.info(request, f"More than {exporting.LARGE:,} assets are written in the background. Press the button.")
        return redirect(f"{project.get_absolute_url()}inventory/?large={'csv' if form == 'csv' else 'xlsx'}")
    path = exporting.write(project, rows, role=request.role, as_csv=form == "csv")
    name = f"{project.slug}-inventory.{'csv' if form == 'csv' else 'xlsx'}"
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name)
    path.unlink()
    return answer


@project_view(Role.CLIENT)
@require_POST
def export_large(request: HttpRequest, project: Project, form: str) -> HttpResponse:
    """The whole inventory, written in the background."""
    name = "CSV" if form == "csv" else "XLSX"
    job = Job.start(
        tasks.export_all, project, by=request.user, title=f"Export the inventory as {name}", role=int(request.role),
        as_csv=form == "csv",
    )  # fmt: skip
    return redirect(job)


@project_view(Role.CLIENT)
@require_POST
def columns(request: HttpRequest, project: Project) -> HttpResponse:
    """Which columns this person's table has; none chosen means the usual ones."""
    there = [one.key for one in listing.possible_columns(request, project, request.POST.get("kind", ""))]
    chosen = [key for key in there if key in request.POST.getlist("column")] if "save" in request.POST else []
    project.inventory_views.update_or_create(user=request.user, name="", defaults={"columns": chosen})
    return redirect(f"{project.get_absolute_url()}inventory/?{listing.query_of(request)}")


@project_view(Role.CLIENT)
@require_POST
def view_save(request: HttpRequest, project: Project) -> HttpResponse:
    """Keep filters, order, groups and columns under a name."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the view a name of at most 60 characters.")
        return redirect(f"{project.get_absolute_url()}inventory/?{listing.query_of(request)}")
    keys = [key for key in request.POST.get("columns", "").split(",") if key and len(key) < 60][:40]
    values = {"query": listing.query_of(request), "columns": keys,
              "is_shared": form.cleaned_data["is_shared"] and request.role >= Role.CONSULTANT}  # fmt: skip
    view, _ = project.inventory_views.update_or_create(
        user=request.user, name=form.cleaned_data["name"], defaults=values
    )
    messages.success(request, f"Saved as “{view.name}”.")
    return redirect(f"{project.get_absolute_url()}inventory/?{view.query}&view={view.pk}")


@project_view(Role.CLIENT)
@require_POST
def view_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Forget one of one's own views."""
    get_object_or_404(project.inventory_views.filter(user=request.user).exclude(name=""), pk=pk).delete()
    messages.success(request, "The view is gone; the assets are not.")
    return redirect("assets:inventory", slug=project.slug)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def attach(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A file that belongs to an asset; the client sees it where he sees the asset, unless it is kept for us."""
    row = _asset(request, project, pk)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "Choose a file.")
        return redirect(row)
    internal = request.role >= Role.CONSULTANT and (form.cleaned_data["is_internal"] or not row.client_sees)
    services.attach(row, form.cleaned_data["file"], by=request.user, is_internal=internal)
    return redirect(row)


@project_view(Role.CONSULTANT)
@acts_once
def account_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Old services the client pays for; add one."""
    form = AccountForm(request.POST or None, project=project)
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
    form = AccountForm(request.POST or None, instance=row, project=project)
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
