"""One page: every part of the look, with made-up contents. It exists only while DEBUG is on."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.ui.gallery import gallery_context


@login_not_required  # shows nothing of anybody
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component at once, to look at and to test."""
    if not settings.DEBUG:
        raise Http404("The gallery is shown only with DEBUG on.")
    context = gallery_context() | {"has_drawer": "drawer" in request.GET, "is_wrong": "wrong" in request.GET}
    page = "ui/gallery/_drawer.html" if request.headers.get("HX-Request") else "ui/gallery.html"
    return render(request, page, context)
