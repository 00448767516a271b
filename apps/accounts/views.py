"""Getting in, and one's own settings. Sign-in, password reset and second factor are allauth's."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from apps.accounts import services
from apps.accounts.feeds import CalendarFeed
from apps.accounts.forms import MailForm, ProfileForm, StartForm
from apps.accounts.models import PersonalLink
from apps.ui.once import acts_once

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
@acts_once
def start(request: HttpRequest) -> HttpResponse:
    """The first owner makes his consultancy; closed as soon as there is one."""
    if not services.is_start_open():
        raise Http404("This installation has its owner already.")
    if limited := ratelimit.consume_or_429(request, action="start"):
        return limited
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = services.start_organisation(**form.cleaned_data)
        login(request, user, backend=BACKEND)
        return redirect("/projects/")
    return render(request, "accounts/start.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
def link_open(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button (mail scanners open links); only the POST signs in."""
    if limited := ratelimit.consume_or_429(request, action="open_link", limit_get=True):
        return limited
    if request.method == "POST":
        link = services.use_link(token)
        if link is not None:
            login(request, link.user, backend=BACKEND)
            return redirect(link.next_url)
    else:
        link = PersonalLink.objects.usable().of_token(token).select_related("user", "organisation").first()
    if link is None:
        return render(request, "accounts/link_gone.html", status=410)
    return render(request, "accounts/link.html", {"link": link})


def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone, keyboard; from here to the password and the second factor."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    context = {
        "form": form,
        "mail_form": MailForm(instance=request.user),
        "feed": CalendarFeed.objects.filter(user=request.user).first(),
        "new_calendar": request.session.pop("new_calendar", ""),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)
