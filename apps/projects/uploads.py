"""Uploads go straight to disk and stop at the limit, instead of being written in full before anybody looks."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedToDisk(TemporaryFileUploadHandler):
    """Django's upload handler to disk, with the limit of UPLOAD_LIMIT_MB over the whole request."""

    def handle_raw_input(self, input_data: Any, META: dict, content_length: int, *args: Any, **kwargs: Any) -> None:
        self.received = 0
        self.limit = settings.UPLOAD_LIMIT_MB * 1024 * 1024
        settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        if content_length > self.limit + 1024 * 1024:  # the other fields of the form need a little room too
            raise too_large()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > self.limit:
            raise too_large()
        super().receive_data_chunk(raw_data, start)


def too_large() -> RequestDataTooBig:
    return RequestDataTooBig(
        f"This file is larger than {settings.UPLOAD_LIMIT_MB} MB, the limit here; split it and upload the parts."
    )
