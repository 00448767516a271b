"""For pytest with several processes: each has files, a broker and a Redis of its own. Read before the settings are.

`python -m tests.run` loads it (`-p tests.apart`); databases are told apart by pytest-django.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

MOST = 8  # processes: a Redis has sixteen databases, and each process uses two


def own_surroundings(number: int, data: str, redis: str) -> dict[str, str]:
    """What the environment of this process says instead: a folder below the run's, two databases further in Redis."""
    own = {"DATA_DIR": str(Path(data) / f"process-{number}")} if data else {}
    if redis:
        parts = urlsplit(redis)
        first = parts.path.strip("/") or "0"
        own["REDIS_URL"] = parts._replace(path=f"/{int(first) + 2 * number}").geturl()
    return own


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    number = int(worker.removeprefix("gw"))
    os.environ |= own_surroundings(number, os.environ.get("DATA_DIR", ""), os.environ.get("REDIS_URL", ""))
