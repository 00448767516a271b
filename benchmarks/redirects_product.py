"""A hundred thousand redirects in the product on SQLite, and how long the write of somebody else waits meanwhile.

    python benchmarks/redirects_product.py [--count 99990]

In a temporary folder. Another connection writes one row every 100 ms; asked: no write waits more than 2 s. Timed are an
import, the judging, a round of answers that are all right and one where every line is wrong, a line of one's own, and
taking the file back; with lines that are right, of which every other is a chain, and of which every other is a double.
"""

import argparse
import os
import resource
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory()
os.environ |= {"DJANGO_SETTINGS_MODULE": "migrator.settings", "DATA_DIR": FOLDER.name, "DATABASE_URL": ""}
import django  # noqa: E402

django.setup()
from django.conf import settings  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts.models import Organisation, User  # noqa: E402
from apps.cutover import redirect_taking, redirecting, tasks  # noqa: E402
from apps.jobs.models import Job  # noqa: E402
from apps.projects.models import Project  # noqa: E402
from apps.projects.stored import StoredFile  # noqa: E402
from engine.redirects.checking import Checked as Answer  # noqa: E402

OLD, NEW = "https://old.example.org", "https://new.example.com"
LINES: dict[str, Callable[[int], tuple[str, str]]] = {
    "right": lambda n: (f"{OLD}/{n}", f"{NEW}/{n}"),
    "chains": lambda n: (f"{OLD}/{n}", f"{NEW}/{n}" if n % 2 else f"{OLD}/{n + 1}"),
    "doubles": lambda n: (f"{OLD}/{n // 2}", f"{NEW}/{n}"),
}


class Measure:
    """Writes a row every 100 ms beside what is measured."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self) -> None:
        rows = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=120, isolation_level=None)
        rows.execute("CREATE TABLE other (n int)")
        while True:
            began = time.perf_counter()
            rows.executescript("BEGIN IMMEDIATE; INSERT INTO other VALUES (1); COMMIT;")
            self.waits.append(time.perf_counter() - began)
            time.sleep(0.1)

    def __call__(self, words: str, verb: Callable[[], Any]) -> None:
        self.waits.clear()
        began = time.perf_counter()
        verb()
        seconds = time.perf_counter() - began
        time.sleep(0.2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{words}: {seconds:.1f} s, longest wait {max(self.waits, default=0):.2f} s, peak {peak} MB", flush=True)


def rounds(project: Project) -> Iterator[tuple[str, list[Any], list[Answer]]]:
    rows = list(project.redirects.all())
    yield "all right", rows, [Answer("ok", "arrives", "Arrives in one permanent hop.")] * len(rows)
    yield "all wrong", rows, [Answer("wrong", "x", f"Leads to {row.new}/x.", ((row.old, 301),)) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=99_990)
    count = parser.parse_args().count
    call_command("migrate", verbosity=0)
    user, organisation = User.objects.create(email="a@example.org"), Organisation.objects.create(name="Benchmark")
    project = Project.objects.create(
        organisation=organisation, client="Long list", slug="long", go_live=timezone.now() + timedelta(days=5)
    )
    measure = Measure()
    for task in (tasks.import_redirects, tasks.judge_redirects):
        task.publish = lambda pk: None
    for kind, one in LINES.items():
        text = "\n".join(["old,new", *(",".join(one(n)) for n in range(count))])
        file = StoredFile.keep(project, ContentFile(text.encode(), name="list.csv"), purpose="import", by=user)
        job = Job.start(tasks.import_redirects, project, by=user, title="Read", file_id=file.pk)
        measure(f"{kind}: import", lambda job=job: tasks.import_redirects.run(job.pk))
        judging = Job.objects.filter(task=tasks.judge_redirects.name).latest("pk")
        measure(f"{kind}: judge", lambda job=judging: tasks.judge_redirects.run(job.pk))
        for words, rows, said in rounds(project) if kind == "right" else ():
            at = {"is_after": True, "started_at": timezone.now()}
            measure(
                f"{kind}: answers, {words}",
                lambda rows=rows, said=said, at=at: redirecting.close_round(
                    project, redirecting.keep_answers(project, rows, said, **at)
                ),
            )
        values = {"old": f"{OLD}/one-{kind}", "new": f"{NEW}/one"}
        measure(f"{kind}: one line added", lambda values=values: redirecting.add(project, by=user, **values))
        row = project.redirect_imports.latest("pk")
        measure(f"{kind}: file taken back", lambda row=row: redirect_taking.take_back(row, by=user))


if __name__ == "__main__":
    main()
