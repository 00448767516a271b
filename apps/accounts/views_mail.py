"""Mails: what was sent or is kept, what a person wants to get, and the link that ends it."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import posting, unsubscribing
from apps.accounts.access import organisation_view
from apps.accounts.feeds import CalendarFeed
from apps.accounts.forms import MailForm, ProfileForm
from apps.accounts.models import Organisation, OrganisationRole, User


@organisation_view(OrganisationRole.OWNER)
@require_safe
def kept_mails(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The consultancy's mails and how each ended; other owners' mails stay theirs."""
    mails = organisation.kept_mails.exclude(
        recipient__in=organisation.memberships.filter(role=OrganisationRole.OWNER)
        .exclude(user=request.user)
        .values("user")
    )
    return render(request, "accounts/kept_mails.html", {"organisation": organisation, **_listed(request, mails)})


@require_safe
def my_mails(request: HttpRequest) -> HttpResponse:
    """A person's own."""
    return render(request, "accounts/my_mails.html", _listed(request, request.user.kept_mails.all()))


def _listed(request: HttpRequest, mails: Any) -> dict[str, Any]:
    page = Paginator(mails, 50).get_page(request.GET.get("page"))
    return {"page": page, "has_server": posting.has_server(), "trouble": posting.trouble()}


@require_POST
def mail_preferences(request: HttpRequest) -> HttpResponse:
    """Which mails this person gets, and when."""
    form = MailForm(request.POST, instance=request.user)
    if not form.is_valid():
        context = {"form": ProfileForm(instance=User.objects.get(pk=request.user.pk)), "mail_form": form}
        return render(request, "accounts/profile.html", context, status=422)
    form.save()
    messages.success(request, "Saved.")
    return redirect("accounts:profile")


@require_POST
def calendar_renew(request: HttpRequest) -> HttpResponse:
    """A secret address for the calendar, shown once; an older one ends."""
    request.session["new_calendar"] = CalendarFeed.renew(request.user)
    return redirect(f"{reverse('accounts:profile')}#calendar")


@require_POST
def calendar_end(request: HttpRequest) -> HttpResponse:
    """The address no longer works."""
    CalendarFeed.objects.filter(user=request.user).delete()
    messages.success(request, "The calendar's address no longer works.")
    return redirect("accounts:profile")


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button (mail scanners open links); the POST, a mail program's too (RFC 8058), ends these mails.

    The signed link is the proof: it does the same without a session, so it needs no token against forged forms.
    """
    if limited := ratelimit.consume_or_429(request, action="unsubscribe", limit_get=True):
        return limited
    found = unsubscribing.whose(token)
    if found is None:
        raise Http404("This link is not one of ours.")
    user, kind = found
    if request.method == "POST":
        unsubscribing.switch(user, kind, on="again" in request.POST)
        user.refresh_from_db()
    is_on = getattr(user, unsubscribing.SWITCHES[kind])
    context = {"kind": kind, "is_on": is_on, "has_acted": request.method == "POST"}
    return render(request, "accounts/unsubscribe.html", context)
