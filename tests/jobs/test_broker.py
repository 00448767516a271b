"""The embedded broker under two writers and a reader at once: every message arrives, whole, once."""

import time
from multiprocessing import get_context
from pathlib import Path

from kombu import Connection

MANY = 400


def connection(folder):
    options = {
        "data_folder_in": f"{folder}/queue",
        "data_folder_out": f"{folder}/queue",
        "control_folder": f"{folder}/c",
    }
    url, transport = "filesystem://localhost//", "migrator.broker:Transport"
    return Connection(url, transport=transport, transport_options=options)


def write(folder, start):
    with connection(folder) as there:
        queue = there.SimpleQueue("io")
        for number in range(start, start + MANY):
            queue.put({"number": number})


def test_no_message_is_lost_or_doubled(tmp_path):
    (Path(tmp_path) / "queue").mkdir()
    found, until = [], time.monotonic() + 60
    writers = [get_context("spawn").Process(target=write, args=(tmp_path, start)) for start in (0, MANY)]
    for writer in writers:
        writer.start()
    with connection(tmp_path) as here:
        queue = here.SimpleQueue("io")
        while len(found) < 2 * MANY and time.monotonic() < until:
            try:
                message = queue.get(block=False)
            except queue.Empty:
                continue
            message.ack()
            found.append(message.payload["number"])
    for writer in writers:
        writer.join(10)
    assert sorted(found) == list(range(2 * MANY))
    assert not list((Path(tmp_path) / "queue").iterdir())
