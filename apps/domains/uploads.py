"""Test messages are personal: they are read from memory, never written to disk, and never kept."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from engine.dns.message import MOST_BYTES

View = Callable[..., HttpResponse]


class InMemory(FileUploadHandler):
    """Keeps one byte more than is allowed, so that the form can say that it is too much."""

    def handle_raw_input(self, input_data: Any, META: dict, content_length: int, *args: Any, **kwargs: Any) -> None:
        if content_length > 4 * MOST_BYTES:
            raise RequestDataTooBig("The message is larger than 5 MB; send a short test message without attachments.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.kept.write(raw_data[: max(0, MOST_BYTES + 1 - self.kept.tell())])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        size = self.kept.tell()
        self.kept.seek(0)
        return InMemoryUploadedFile(self.kept, self.field_name, "message.eml", self.content_type, size, None)


def reads_in_memory(view: View) -> View:
    """Uploads of this view stay in memory; the CSRF check reads the request, so it comes after that choice."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [InMemory(request)]
        return protected(request, *args, **kwargs)

    return wrapper
