"""What happened that concerns me."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.projects.bell import notices_of


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Everything told to this person, newest first."""
    rows = notices_of(request.user).select_related("project")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "projects/notices.html", {"page": page})


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Read, and on to what it is about."""
    notice = get_object_or_404(notices_of(request.user), pk=pk)
    notices_of(request.user).unread().filter(pk=pk).update(read_at=timezone.now())
    return redirect(notice.link)


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """All of them read."""
    notices_of(request.user).unread().update(read_at=timezone.now())
    return redirect("projects:notices")
