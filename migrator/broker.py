"""The embedded broker: kombu's transport over files, whose messages and tables appear whole.

kombu writes a message under its final name: a worker that looks in that moment takes an empty file, the message is
lost, and the worker ends. Here it is written beside the queue and renamed; the table of queues has one lock for all.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        folder, name = Path(self.data_folder_out), f"{time.time_ns():020}_{uuid.uuid4()}"
        part = folder / f"{name}.part"
        part.write_bytes(str_to_bytes(dumps(payload)))
        part.rename(folder / f"{name}.{queue}.msg")

    def get_table(self, exchange: str) -> Any:
        with self._alone():
            return super().get_table(exchange)

    def _queue_bind(self, *args: Any) -> None:
        with self._alone():
            super()._queue_bind(*args)

    def _delete(self, *args: Any, **kwargs: Any) -> None:
        with self._alone():
            super()._delete(*args, **kwargs)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = Path(self.control_folder)
        folder.mkdir(exist_ok=True)
        place = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(place, fcntl.LOCK_EX)
            yield
        finally:
            os.close(place)


class Transport(filesystem.Transport):
    Channel = Channel
