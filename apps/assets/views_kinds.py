"""A consultancy's own kinds of assets."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.access import organisation_view
from apps.accounts.models import Organisation, OrganisationRole
from apps.assets import services
from apps.assets.forms import OwnKindForm
from apps.assets.kinds import builtin


@organisation_view(OrganisationRole.CONSULTANT)
def kind_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The kinds there are, and a form for one more."""
    form = OwnKindForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"“{form.instance}” can be chosen in every project from now on.")
        return redirect("assets:kind-list", slug=organisation.slug)
    book = builtin()
    families = [(family, book.of_family(family.key)) for family in book.families.values()]
    context = {"consultancy": organisation, "form": form, "own": organisation.asset_kinds.all(), "families": families,
               "captures": book.captures}  # fmt: skip
    return render(request, "assets/kinds.html", context, status=422 if form.is_bound else 200)


@organisation_view(OrganisationRole.CONSULTANT)
def kind_edit(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """One of the consultancy's own kinds."""
    row = get_object_or_404(organisation.asset_kinds, pk=pk)
    form = OwnKindForm(request.POST or None, instance=row, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("assets:kind-list", slug=organisation.slug)
    context = {"consultancy": organisation, "form": form, "kind": row, "used": services.uses_of(row)}
    return render(request, "assets/kind_edit.html", context, status=422 if form.is_bound else 200)


@organisation_view(OrganisationRole.CONSULTANT)
@require_POST
def kind_delete(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Only a kind that no asset has; the others would lose their fields."""
    row = get_object_or_404(organisation.asset_kinds, pk=pk)
    if used := services.uses_of(row):
        messages.error(request, f"{used:,} assets are of this kind. Give them another kind first.")
        return redirect("assets:kind-edit", slug=organisation.slug, pk=row.pk)
    row.delete()
    return redirect("assets:kind-list", slug=organisation.slug)
