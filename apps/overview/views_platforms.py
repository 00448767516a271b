"""The platform catalogue, and a consultancy's own values in place of it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import organisation_view
from apps.accounts.models import Organisation, OrganisationRole
from apps.overview import own_values
from apps.overview.forms_values import OwnValueForm
from apps.ui.once import acts_once
from apps.ui.pages import render_page
from engine import platforms
from engine.platforms import Platform


def _platform(key: str) -> Platform:
    try:
        return platforms.load(key)
    except platforms.UnknownPlatform as error:
        raise Http404("There is no such platform.") from error


@require_safe
def platform_list(request: HttpRequest) -> HttpResponse:
    """The catalogue: what each platform takes and wants, as the reader's consultancy sees it."""
    view = own_values.viewpoint(request.user, request.GET.get("for", ""))
    rows = view.catalogue.with_own() if view.catalogue else [(one, 0) for one in platforms.catalogue().values()]
    return render(request, "overview/platform_list.html", {"rows": rows, "view": view})


@require_safe
def platform_page(request: HttpRequest, key: str) -> HttpResponse:
    """One platform, every value with its source and date, and with the consultancy's own in front of it."""
    platform, view = _platform(key), own_values.viewpoint(request.user, request.GET.get("for", ""))
    own = view.catalogue.own.get(key, {}) if view.catalogue else {}
    context = {"platform": platform, "view": view, "sections": own_values.sections(platform, own), "count": len(own)}
    return render(request, "overview/platform_page.html", context)


def _back(organisation: Organisation, key: str, line: own_values.Line) -> str:
    return f"{reverse('overview:platform-page', args=[key])}?for={organisation.slug}#{line.anchor}"


@organisation_view(OrganisationRole.OWNER)
@acts_once
def platform_value(request: HttpRequest, organisation: Organisation, key: str, path: str) -> HttpResponse:
    """State a value of one's own, with its source."""
    platform = _platform(key)
    line = own_values.line_of(organisation, platform, path) or _nothing()
    history = own_values.history_of(organisation, key, path)
    form = OwnValueForm(request.POST or None, platform=platform, path=path, initial=line.typed(history))
    if request.method == "POST" and form.is_valid():
        own_values.use_own(organisation, platform, path, **form.values(), by=request.user)
        messages.success(request, "Your value holds from now on in every project of the consultancy.")
        return redirect(_back(organisation, key, line))
    context = {"platform": platform, "consultancy": organisation, "line": line, "form": form, "history": history,
               "back": _back(organisation, key, line)}  # fmt: skip
    page, part, status = "overview/platform_value.html", "overview/_own_value_form.html", 422 if form.is_bound else 200
    return render_page(request, page, part, context, status)


def _nothing() -> own_values.Line:
    raise Http404("There is no such value.")


@organisation_view(OrganisationRole.OWNER)
@require_POST
@acts_once
def platform_value_back(request: HttpRequest, organisation: Organisation, key: str, path: str) -> HttpResponse:
    """The catalogue's value holds again; the own one stays in the history."""
    platform = _platform(key)
    line = own_values.line_of(organisation, platform, path) or _nothing()
    if own_values.use_catalogue(organisation, platform, path, by=request.user):
        messages.success(request, "The catalogue's value holds again. Yours is kept in its history.")
    return redirect(_back(organisation, key, line))
