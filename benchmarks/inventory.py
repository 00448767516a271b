"""How long the inventory's pages take with 20,000 assets, as a ratio to the same page with 20.

    python benchmarks/inventory.py            on SQLite, in a temporary folder
    DATABASE_URL=... python benchmarks/...    on a PostgreSQL that may be filled and emptied

Milliseconds of server time (Django's test client, templates included), median of nine; compare the ratios, not the
milliseconds: machines differ and are noisy.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS = 9
SMALL, LARGE = 20, 20_000
PAGES = {
    "first page": "",
    "last page": "?page=400",
    "search": "?q=checkout",
    "undecided": "?required=undecided",
    "one kind, by revenue": "?kind=product&sort=-revenue",
    "grouped by kind": "?group=kind",
    "as a tree": "?group=tree",
    "inbox": "decisions/",
    "what to move first": "priority/",
    "what to save": "captures/",
}


def median(client: Any, url: str) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(url)
        if answer.streaming:
            b"".join(answer.streaming_content)
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (url, answer.status_code)
    return statistics.median(times)


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    from apps.accounts.models import OrganisationRole
    from apps.assets.models import Asset, Progress, RequiredStatus
    from apps.projects.models import Role
    from tests import factories

    setup_test_environment()
    call_command("migrate", verbosity=0)
    organisation = factories.organisation()
    person = factories.colleague(organisation, OrganisationRole.CONSULTANT)
    client = Client()
    client.force_login(person)
    kinds = ["product", "landing_page", "email_sequence", "checkout_page", "automation"]
    urls = {}
    for size in (SMALL, LARGE):
        project = factories.project(organisation)
        factories.member(project, person, Role.CONSULTANT)
        rows = (
            Asset(
                project=project, name=f"{kinds[n % 5]} {n:05}", kind=kinds[n % 5], revenue=n % 997,
                required_status=RequiredStatus.values[n % 4], progress=Progress.values[n % 5],
                url=f"https://example.org/{kinds[n % 5]}/{n}/",
            )
            for n in range(size)
        )  # fmt: skip
        Asset.objects.bulk_create(rows, batch_size=1000)
        urls[size] = f"/projects/{project.slug}/inventory/"
    print(f"{connection.vendor}: milliseconds with {SMALL} and {LARGE:,} assets, ratio, queries")
    for name, query in PAGES.items():
        small = median(client, urls[SMALL] + ("" if query.startswith("?page") else query))
        with CaptureQueriesContext(connection) as asked:
            large = median(client, urls[LARGE] + query)
        print(f"  {name:22} {small:8.1f} {large:8.1f} {large / small:7.1f} {len(asked) // ROUNDS:4}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migrator.settings")
        os.environ["DATA_DIR"] = folder
        main()
