"""What upload, worker and database add to the contact engine, on a product started as a person starts it.

    python benchmarks/contacts_product.py [--rows N] [--pairs N]

Starts `manage.py serve` (SQLite and the embedded broker) in a temporary folder, signs in, uploads the plain file of
contacts.py in parts, and reads the job's row: seconds from start to end against the engine alone, how long progress
stood still at most, how soon a cancelled check has ended, and how long the check of a small file takes while the large
one runs, against the same with nothing beside it.
"""

import argparse
import http.cookiejar
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ["DJANGO_SETTINGS_MODULE"] = "migrator.settings"
import django  # noqa: E402

django.setup()
from benchmarks import contacts  # noqa: E402
from tests.test_serve import environment, serving  # noqa: E402

PASSWORD = "violet-anchor-72"
PROJECT = "/projects/sunrise-yoga"
PART = 8 << 20


class Browser:
    """As much of a browser as an upload needs."""

    def __init__(self, base: str) -> None:
        self.base, self.cookies = base, http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def send(self, method: str, path: str, data: bytes | None = None, **headers: str) -> str:
        token = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "") or ""
        headers |= {"X-CSRFToken": token, "Referer": self.base}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with self._opener.open(request) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: Any) -> str:
        data = urllib.parse.urlencode(fields).encode()
        return self.send("POST", path, data, **{"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: Path, modified: int = 1) -> str:
        """The contact file's own page."""
        size = path.stat().st_size
        answer = self.post(
            f"{PROJECT}/contacts/uploads/", name=path.name, size=size, modified=modified, kind="contacts"
        )
        place = json.loads(answer)["url"]
        with path.open("rb") as stream:
            offset = 0
            while part := stream.read(PART):
                headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                self.send("PATCH", place, part, **headers)
                offset += len(part)
        self.post(f"{place}finish/")
        return place


class Jobs:
    """The rows of the product's database, read beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self) -> dict[str, Any]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            return dict(base.execute("SELECT * FROM jobs_job ORDER BY id DESC LIMIT 1").fetchone())

    def one(self, pk: int) -> dict[str, Any]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            return dict(base.execute("SELECT * FROM jobs_job WHERE id = ?", [pk]).fetchone())

    def until_end(self, pk: int) -> tuple[dict[str, Any], float]:
        """The ended row, and for how long its progress stood still at most."""
        last, moved, still = -1, time.monotonic(), 0.0
        while True:
            row = self.one(pk)
            now = time.monotonic()
            if row["done"] != last:
                last, moved = row["done"], now
            elif row["state"] == "running":
                still = max(still, now - moved)
            if row["ended_at"]:
                return row, still
            time.sleep(0.02)


def seconds(row: dict[str, Any], start: str) -> float:
    begun, ended = (datetime.fromisoformat(row[name]) for name in (start, "ended_at"))
    return (ended - begun).total_seconds()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-product-"))
    try:
        measure(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, options: argparse.Namespace) -> None:
    contacts.make(folder / "plain.csv", "plain", options.rows)
    contacts.make(folder / "small.csv", "plain", 500)
    (folder / "data").mkdir()
    for words in (["prepare"], ["demo", "--password", PASSWORD]):
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=environment(folder / "data", 1), check=True, stdout=subprocess.DEVNULL)
    with serving(folder, "--no-demo") as product:
        browser = Browser(f"http://127.0.0.1:{product.port}")
        browser.send("GET", "/accounts/login/")
        browser.post("/accounts/login/", login="dana@northstar.example", password=PASSWORD)
        jobs = Jobs(next((folder / "data").glob("*.sqlite3")))
        through_the_product(folder, browser, jobs, options.pairs)
        cancelled(folder, browser, jobs)
        beside(folder, browser, jobs)


def through_the_product(folder: Path, browser: Browser, jobs: Jobs, pairs: int) -> None:
    ratios, plain_ratios, stills, totals = [], [], [], []
    for number in range(pairs):
        path = folder / str(number) / "list.csv"  # a newer version of the same list, not another list
        path.parent.mkdir()
        os.link(folder / "plain.csv", path)
        begun = time.monotonic()
        browser.upload(path, number)
        uploaded = time.monotonic() - begun
        row, still = jobs.until_end(jobs.newest()["id"])
        same, alone = contacts.engine(path, "--no-packs", "--index", "--with-keys"), contacts.engine(path, "--no-packs")
        ratios.append(seconds(row, "started_at") / same.wall)
        plain_ratios.append(seconds(row, "started_at") / alone.wall)
        stills.append(still)
        totals.append(f"upload {uploaded:.1f} s, check {seconds(row, 'started_at'):.2f} s, alone {same.wall:.2f} s")
    print(
        f"check in the product: {statistics.median(ratios):.2f} times the engine alone that makes the same files "
        f"({min(ratios):.2f} to {max(ratios):.2f}), {statistics.median(plain_ratios):.2f} times one that makes the "
        f"list of findings alone; {totals[0]}   asked: 1.15"
    )
    print(f"progress stood still for {max(stills):.2f} s at most   asked: 1")


def cancelled(folder: Path, browser: Browser, jobs: Jobs) -> None:
    path = folder / "cancelled.csv"
    os.link(folder / "plain.csv", path)
    browser.upload(path)
    row = jobs.newest()
    while not jobs.one(row["id"])["done"]:
        time.sleep(0.02)
    begun = time.monotonic()
    browser.post(f"{PROJECT}/jobs/{row['id']}/cancel/")
    row, _ = jobs.until_end(row["id"])
    print(f"a cancelled check had ended ({row['state']}) after {time.monotonic() - begun:.2f} s   asked: 2")


def beside(folder: Path, browser: Browser, jobs: Jobs) -> None:
    def small(name: str) -> float:
        os.link(folder / "small.csv", folder / name)
        browser.upload(folder / name)
        return seconds(jobs.until_end(jobs.newest()["id"])[0], "queued_at")

    idle = statistics.median(small(f"idle-{number}.csv") for number in range(3))
    os.link(folder / "plain.csv", folder / "large.csv")
    browser.upload(folder / "large.csv")
    large = jobs.newest()["id"]
    busy = small("busy.csv")
    is_beside = not jobs.one(large)["ended_at"]
    jobs.until_end(large)
    begun = time.monotonic()
    browser.send("GET", f"{PROJECT}/contacts/")
    page = time.monotonic() - begun
    told = "while a large one ran" if is_beside else "(the large one had ended before)"
    print(f"a small check took {busy:.2f} s {told}, {idle:.2f} s alone; the list of files {page * 1000:.0f} ms")


if __name__ == "__main__":
    main()
