"""How long a page of the findings of one file takes, with 1,000,000 findings and with 1,000.

    python benchmarks/findings.py [--findings N]

Makes a findings.csv and its index as the engine writes them, stores them under a project of its own in a temporary
folder, and asks for pages through Django's test client, templates included: median of nine, and the most memory that
the process came to hold besides. A page is to take less than 100 ms, whatever the file.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, BLOCK = 9, 50_000
COLD, TYPO, BAD = "contacts.engagement.cold", "contacts.email.typo", "contacts.email.malformed"
RULES = [(COLD, "note", "Last Open"), (TYPO, "warning", "Email"), (BAD, "error", "Email")]


def blocks(count: int) -> Iterator[Any]:
    """Findings as the engine gives them; one in a thousand is an error."""
    import polars as pl

    from engine.contacts.finding_frames import FINDING_COLUMNS

    for start in range(0, count, BLOCK):
        rows = []
        for number in range(start, min(start + BLOCK, count)):
            code, severity, column = RULES[2 if number % 1000 == 999 else number % 2]
            value = f"person{number}@gmial.com"
            rows.append((code, severity, number + 2, number + 1, column, value, "Look at this one.", "gmail.com"))
        types = [pl.Int64 if name in ("line", "record") else pl.String for name in FINDING_COLUMNS]
        yield pl.DataFrame(rows, schema=dict(zip(FINDING_COLUMNS, types, strict=True)), orient="row")


def write(folder: Path, count: int) -> None:
    from engine.contacts.finding_frames import FINDING_COLUMNS
    from engine.contacts.findings_file import FindingsFile
    from engine.contacts.outputs import _for_people
    from engine.contacts.written import csv_text

    folder.mkdir()
    file, begun = FindingsFile(folder, FINDING_COLUMNS, with_index=True), 0.0
    for frame in blocks(count):
        data = csv_text(_for_people(frame))
        start = time.perf_counter()
        file.put(frame, data)
        begun += time.perf_counter() - start
    file.close()
    size = (folder / "findings.csv").stat().st_size / 1e6
    index = (folder / "findings.idx").stat().st_size / 1e6
    print(f"{count:,} findings: findings.csv {size:.0f} MB, index {index:.0f} MB, both written in {begun:.2f} s")


def pages(count: int) -> dict[str, str]:
    return {
        "first page": "", "middle page": f"?page={count // 100}", "last page": f"?page={count // 50}",
        "one rule": f"?code={TYPO}", "one rule, last page": f"?code={TYPO}&page=999999",
        "a rare rule": f"?code={BAD}", "severity and column": "?severity=warning&column=Email&page=77",
        "some lines": f"?line_from={count // 2}&line_to={count // 2 + 900}", "go to a line": f"?at={count // 3}",
        "nothing fits": "?severity=error&column=Last+Open", "first rows of a rule": f"rows/?code={BAD}",
    }  # fmt: skip


def median(client: Any, url: str) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(url)
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (url, answer.status_code)
    return statistics.median(times)


def stored(project: Any, folder: Path) -> Any:
    """A contact file with these findings."""
    from apps.contacts.models import FileCheck
    from apps.projects.stored import StoredFile
    from tests.factories_contacts import contact_file

    file = contact_file(project)
    names = {"findings_file": "findings.csv", "index_file": "findings.idx"}
    kept = {field: StoredFile.keep(project, folder / name, purpose="contacts") for field, name in names.items()}
    check = FileCheck.objects.create(
        project=project, contact_file=file, sha256=file.file.sha256, target=project.target, has_errors=True,
        report={"records": 1, "counts": {}, "severities": {}}, **kept,
    )  # fmt: skip
    type(file).objects.filter(pk=file.pk).update(latest_check=check)
    return file


def main(most: int, folder: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment

    from apps.accounts.models import OrganisationRole
    from apps.projects.models import Role
    from tests import factories

    setup_test_environment()
    call_command("migrate", verbosity=0)
    organisation = factories.organisation()
    person = factories.colleague(organisation, OrganisationRole.CONSULTANT)
    project = factories.project(organisation)
    factories.member(project, person, Role.CONSULTANT)
    client = Client()
    client.force_login(person)
    for count in (1_000, most):
        write(folder / str(count), count)
        file = stored(project, folder / str(count))
        base = f"{file.get_absolute_url()}findings/"
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for name, query in pages(count).items():
            print(f"    {name:22} {median(client, base + query):7.1f} ms")
        begun = time.perf_counter()
        answer = client.get(f"{base}findings.csv?code={TYPO}")
        size = sum(len(piece) for piece in answer.streaming_content)
        print(f"    download of one rule   {time.perf_counter() - begun:7.2f} s, {size / 1e6:.0f} MB")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"    memory besides         {grown:7.1f} MB, with what the system keeps of the index")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", type=int, default=1_000_000)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as temporary:
        os.environ |= {"DATA_DIR": f"{temporary}/data", "DJANGO_SETTINGS_MODULE": "migrator.settings"}
        main(options.findings, Path(temporary))
