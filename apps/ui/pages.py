"""Whole pages for browsers, fragments for htmx; and what to answer when a form cannot be taken."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def render_page(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Send `page` to a browser and `fragment` alone to htmx (history restores ask for the page)."""
    htmx = getattr(request, "htmx", False)
    wants_part = bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    response = render(request, fragment if wants_part else page, context, status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long, or came from elsewhere: say what to do."""
    context = {"title": "This form is no longer valid", "message": "Go back, reload the page and send it again."}
    return render(request, "403.html", context, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read; an upload over the limit says so."""
    too_large = isinstance(exception, RequestDataTooBig)
    message = str(exception) if too_large and "limit" in str(exception) else "Go back, reload the page and try again."
    context = {"title": "This file is too large" if too_large else "This request cannot be read", "message": message}
    return render(request, "400.html", context, status=413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    context = {"title": "This is not open to you", "message": "Your role in this project does not include this page."}
    return render(request, "403.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    context = {
        "title": "There is nothing here",
        "message": "The address may be mistyped, or the page is not yours to see.",
    }
    return render(request, "404.html", context, status=404)


def forms_only(request: HttpRequest, allowed: str) -> HttpResponse:
    """Somebody opened the address that a form sends to, for example after its error was shown."""
    context = {
        "title": "This address only takes what a form sends",
        "message": "Go back, or open the page from the navigation.",
    }
    response = render(request, "400.html", context, status=405)
    response.headers["Allow"] = allowed
    return response


def too_many(request: HttpRequest) -> HttpResponse:
    context = {"title": "Too many tries", "message": "Wait a few minutes, then try again."}
    return render(request, "429.html", context, status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the database or any context processor: either may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)
