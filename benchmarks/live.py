"""What open plans cost: 200 pages that follow their plan, against the real `serve`, and how another page fares.

    python benchmarks/live.py [--pages 200] [--projects 20] [--seconds 30]

Starts the product in a temporary folder, makes projects with the built-in plan and one client each, and lets as many
"browsers" as asked do what static/js/live.js does: ask every two seconds, fetch what changed. Once a second an item of
one project is ticked or opened again. Before, during and after, the same page is read by a person who does something
else. Printed: questions a second, time of the web process per question, the 95th percentile of the other page with and
without the open plans, and how long a tick took to reach the pages that follow its plan.
"""

import argparse
import http.client
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PREPARE = """
import django, sys; django.setup()
from datetime import timedelta
from importlib import import_module
from django.conf import settings
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.utils import timezone
from apps.accounts.models import *
from apps.overview.services import start_project
org = Organisation.objects.create(name="North Star", slug="north-star")
user = User.objects.create_user("dana@northstar.example", "violet-anchor-72", name="Dana")
OrganisationMembership.objects.create(organisation=org, user=user, role="owner")
for n in range(int(sys.argv[1])):
    start_project(org, by=user, slug=f"p{n}", client=f"Client {n}", sources=["mailchimp"], target="kartra",
                  go_live=timezone.now() + timedelta(days=40), time_zone="Europe/Berlin")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""


class Web:
    """One person's requests over one kept connection."""

    def __init__(self, port: int, session: str) -> None:
        self.port, self.session = port, session
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method: str, path: str, *, body: str = "", **headers: str) -> tuple[int, str]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        for again in (True, False):
            try:
                self.connection.request(method, path, body or None, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read().decode()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                if not again:
                    raise
        raise AssertionError

    def page(self, path: str, **headers: str) -> str:
        status, text = self.ask("GET", path, Cookie=f"sessionid={self.session}", **headers)
        assert status == 200, (path, status)
        return text


class OpenPage(threading.Thread):
    """One page that follows its plan, as static/js/live.js does."""

    def __init__(self, port: int, session: str, slug: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.web, self.slug, self.over = Web(port, session), slug, over
        self.asked, self.fetched, self.times, self.seen = 0, 0, [], []
        self.read(self.web.page(f"/projects/{slug}/checklist/"))

    def read(self, text: str) -> None:
        found = re.search(r'data-pulse="([^"]*)" data-stamp="([^"]*)" data-changes="([^"]*)"', text)
        self.pulse, self.stamp, changes = found.groups()
        self.changes = changes.replace("&amp;", "&")

    def run(self) -> None:
        while not self.over.wait(1.7 + random.random() * 0.5):
            try:
                self.ask_once()
            except (http.client.HTTPException, OSError):
                if not self.over.is_set():
                    raise

    def ask_once(self) -> None:
        begin = time.perf_counter()
        status, _ = self.web.ask("GET", self.pulse, If_None_Match=self.stamp)
        self.times.append(time.perf_counter() - begin)
        self.asked += 1
        if status != 304:
            self.read(self.web.page(self.changes, HX_Request="true"))
            self.fetched += 1
            self.seen.append(time.monotonic())


class Ticker(threading.Thread):
    """Ticks and opens again, once a second, an item of one project after another."""

    def __init__(self, port: int, session: str, slugs: list[str], over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.web, self.slugs, self.over, self.ticks = Web(port, session), slugs, over, []

    def run(self) -> None:
        number = 0
        while not self.over.wait(1.0):
            slug = self.slugs[number % len(self.slugs)]
            number += 1
            text = self.web.page(f"/projects/{slug}/checklist/")
            form = re.search(
                r'hx-post="([^"]*/tick/)"[^>]*><input type="hidden" name="csrfmiddlewaretoken" value="([^"]*)">\s*'
                r'<input type="hidden" name="state" value="(\w+)"><input type="hidden" name="version" value="(\d+)">',
                text,
            )
            path, token, state, version = form.groups()
            body = f"csrfmiddlewaretoken={token}&state={state}&version={version}&override=measured"
            kind = "application/x-www-form-urlencoded"
            cookie = f"sessionid={self.web.session}; csrftoken={token}"
            own = {"Content_Type": kind, "Cookie": cookie, "HX_Request": "true"}
            status, _ = self.web.ask("POST", path, body=body, **own, Referer=f"http://127.0.0.1:{self.web.port}/")
            assert status == 200, (path, status)
            self.ticks.append((slug, time.monotonic()))


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process and its children."""
    total = 0.0
    for one in [pid, *children_of(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def children_of(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def other_page(web: Web, seconds: float) -> list[float]:
    """How long the project's overview takes, read once in a while."""
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        begin = time.perf_counter()
        web.page("/projects/p0/")
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.15)
    return times


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else 0.0


def delays(pages: list[OpenPage], ticks: list[tuple[str, float]]) -> list[float]:
    """From each tick to the moment at which each page of its plan had the rows."""
    found = []
    for slug, at in ticks:
        for page in pages:
            if page.slug == slug:
                found += [moment - at for moment in page.seen if moment > at][:1]
    return found


def measure(port: int, web_pid: int, session: str, options: argparse.Namespace) -> None:
    slugs = [f"p{number}" for number in range(options.projects)]
    other = Web(port, session)
    other_page(other, 2)
    alone = other_page(other, options.seconds / 3)
    over = threading.Event()
    pages = [OpenPage(port, session, slugs[n % len(slugs)], over) for n in range(options.pages)]
    for page in pages:
        page.start()
    time.sleep(2)
    asked, cpu = sum(page.asked for page in pages), cpu_of(web_pid)
    time.sleep(options.seconds / 4)
    each = 1000 * (cpu_of(web_pid) - cpu) / max(1, sum(page.asked for page in pages) - asked)
    asked, cpu, begin = sum(page.asked for page in pages), cpu_of(web_pid), time.monotonic()
    quiet = other_page(other, options.seconds / 2)
    lasted = time.monotonic() - begin
    asked, cpu = sum(page.asked for page in pages) - asked, cpu_of(web_pid) - cpu
    ticker = Ticker(port, session, slugs, over)
    ticker.start()
    cpu_busy, begin = cpu_of(web_pid), time.monotonic()
    busy = other_page(other, options.seconds / 2)
    cpu_busy, lasted_busy = cpu_of(web_pid) - cpu_busy, time.monotonic() - begin
    time.sleep(3)
    over.set()
    found = delays(pages, [one for one in ticker.ticks if one[1] < time.monotonic() - 6])
    times = [value * 1000 for page in pages for value in page.times]
    print(f"{options.pages} open pages of {options.projects} projects: {asked / lasted:.0f} questions a second")
    print(f"  web process: {100 * cpu / lasted:.0f} % of a core while nothing changes (the other page included),")
    print(f"  {100 * cpu_busy / lasted_busy:.0f} % with a tick a second")
    print(f"  a question costs the web process {each:.2f} ms", end=" and ")
    print(f"took {statistics.median(times):.1f} ms (median), {p95(times):.1f} ms (p95)")
    print(f"  the other page, p95: {p95(alone):.0f} ms alone, {p95(quiet):.0f} ms beside them,", end=" ")
    print(f"{p95(busy):.0f} ms with ticks; to alone {p95(quiet) / p95(alone):.2f} and {p95(busy) / p95(alone):.2f}")
    print(f"  tick to rows on another page: {statistics.median(found):.2f} s (median), {max(found):.2f} s (longest)")
    print(f"  {len(found)} of them, {sum(page.fetched for page in pages)} fetches of changes")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--projects", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="migrator-live-") as folder:
        env = {**os.environ, "DATA_DIR": folder, "PORT": str(9100 + os.getpid() % 800)}
        env |= {"DJANGO_SETTINGS_MODULE": "migrator.settings"}
        env.pop("DATABASE_URL", None)
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=env, check=True, capture_output=True)
        made = [sys.executable, "-c", PREPARE, str(options.projects)]
        session = subprocess.run(made, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.split()[-1]
        serve = [sys.executable, "manage.py", "serve", "--no-demo"]
        with (Path(folder) / "output").open("wb") as out:
            process = subprocess.Popen(serve, cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            while "Migrator is ready: " not in (Path(folder) / "output").read_text():
                time.sleep(0.2)
            web_pid = int((Path(folder) / "run" / "web.pid").read_text())
            measure(int(env["PORT"]), web_pid, session, options)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


if __name__ == "__main__":
    main()
