"""Files that arrive in parts: begin, where it stands, the next part, finish, give up; answers are JSON for the page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.contacts import receiving
from apps.contacts.arriving import Busy, Upload
from apps.contacts.forms import BeginForm
from apps.contacts.receiving import NotTaken, WrongPlace
from apps.contacts.tasks import start_check
from apps.projects.access import project_view
from apps.projects.models import Project, Role

SILENT_SECONDS = 20.0  # a sender that has gone without a word must not hold a thread of the web server
BUSY = "The file is being written already, maybe from another window"
ELSEWHERE = "The file does not go on here"
CUT_OFF = "The connection was lost"


def _where(upload: Upload, status: int = 200, error: str = "") -> JsonResponse:
    """How far it is, and what is wrong if anything."""
    answer: dict[str, Any] = {"url": upload.get_absolute_url(), "size": upload.size, "part": receiving.PART}
    is_done = upload.contact_file_id is not None
    answer |= {"offset": upload.size if is_done else upload.offset, "done": is_done, "error": error}
    response = JsonResponse(answer, status=status)
    response.headers["Upload-Offset"] = str(answer["offset"])
    return response


def _in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view the person's own upload, and say in JSON what stops it: 404 for everybody else's."""

    @wraps(view)
    def wrapper(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
        upload = project.contact_uploads.begun_by_person(request.user).filter(pk=pk).first()
        if upload is None:
            raise Http404("There is no such upload of yours.")
        upload.project = project
        try:
            return view(request, project, upload)
        except Upload.DoesNotExist:
            raise Http404("This upload was given up.") from None
        except Busy:
            return _where(upload, 423, BUSY)
        except WrongPlace:
            return _where(upload, 409, ELSEWHERE)
        except UnreadablePostError:
            return _where(upload, 400, CUT_OFF)
        except NotTaken as reason:
            return _where(upload, reason.status, str(reason))

    return wrapper


@project_view(Role.CLIENT)
@require_POST
def upload_begin(request: HttpRequest, project: Project) -> HttpResponse:
    """Announce a file by name, size and time of change; the same file again goes on where it stopped."""
    form = BeginForm(request.POST, project=project, role=request.role)
    if not form.is_valid():
        return JsonResponse({"error": form.first_error}, status=422)
    try:
        upload = receiving.begin(project, by=request.user, **form.values())
    except NotTaken as reason:
        return JsonResponse({"error": str(reason)}, status=reason.status)
    return _where(upload)


@project_view(Role.CLIENT)
@require_http_methods(["GET", "HEAD", "PATCH"])
@_in_words
def upload_part(request: HttpRequest, project: Project, upload: Upload) -> HttpResponse:
    """Where the upload stands; PATCH adds the bytes of the body at `Upload-Offset`."""
    if request.method == "PATCH":
        with _patience(request):
            receiving.append(upload, request, offset=_number(request, "Upload-Offset"), length=_length(request))
    return _where(upload)


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def _length(request: HttpRequest) -> int:
    return _number(request, "Content-Length")


@contextmanager
def _patience(request: HttpRequest) -> Iterator[None]:
    """Give up on a connection on which nothing comes; gunicorn itself would wait for ever."""
    connection = request.environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(SILENT_SECONDS)
    try:
        yield
    finally:
        connection.settimeout(before)


@project_view(Role.CLIENT)
@require_POST
@_in_words
def upload_finish(request: HttpRequest, project: Project, upload: Upload) -> HttpResponse:
    """All is here: it becomes a contact file, and its check starts; an archive is unpacked first."""
    file = receiving.finish(upload, client_sees=request.role < Role.CONSULTANT)
    if file.latest_check_id is None:
        start_check(file, by=request.user)
    upload.contact_file = file
    return _where(upload)


@project_view(Role.CLIENT)
@require_POST
@_in_words
def upload_discard(request: HttpRequest, project: Project, upload: Upload) -> HttpResponse:
    """Give an unfinished upload up: what had arrived goes at once."""
    receiving.give_up(upload)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"error": ""})
    messages.success(request, f"The unfinished upload of {upload.name} was discarded.")
    return redirect("contacts:contact-list", slug=project.slug)
