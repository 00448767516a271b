"""The calendar that programs fetch."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from apps.accounts.feeds import CalendarFeed
from apps.overview.calendar import calendar_of, etag_of


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """What waits for the person whose secret address this is; 404 for any other, or one that has ended."""
    if limited := ratelimit.consume_or_429(request, action="calendar", limit_get=True):
        return limited
    feed = CalendarFeed.of_token(token)
    if feed is None:
        raise Http404("This calendar has ended, or never was.")
    text = calendar_of(feed.user)
    headers = {"ETag": etag_of(text), "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store, private"}
    headers["Content-Disposition"] = 'inline; filename="migrator.ics"'
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=headers["ETag"], response=response)
