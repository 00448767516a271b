"""No page of the client shows anything internal: a project full of it, every page he may open, one word to look for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.assets.models import Account, Asset
from apps.checklists.models import Evidence
from apps.domains.models import Domain
from apps.findings.models import Fact
from apps.jobs.models import Job
from apps.projects.models import Activity, Comment
from apps.projects.stored import StoredFile
from engine.facts import FACTS
from engine.findings import Verdict
from tests.factories_checklists import item, waits
from tests.factories_contacts import contact_file
from tests.test_doors import ROWS, address, tables

CANARY, COST = "Quetzalcanary", "31337"
PAGES = [row for row in ROWS if row[3] == "GET" and row[2].get("slug") == "move" and row[4]["client"] == 200]


def note(project, row, **fields):
    Comment.objects.create(
        project=project, subject_type=row._meta.label_lower, subject_id=row.pk, body=CANARY, is_internal=True, **fields
    )


@pytest.fixture
def full(project, consultant):
    """Internal things of every kind, beside what the client sees and hanging on it."""
    project.made = {name: module.things(project) for name, module in tables().items()}
    hidden = item(project, f"{CANARY} item", guidance=CANARY, client_sees=False, stuck_note=CANARY, section=CANARY)
    late = item(project, f"{CANARY} late", client_sees=False, due=project.today - timedelta(days=5))
    for who in ("client", "consultant"):
        shown = item(project, f"Shown to the {who}", who=who, fact="domains.authenticated", evidence_kind="check")
        waits(shown, hidden, late)
        waits(hidden, item(project, f"First of the {who}", who=who))
        note(project, shown)
        for state, how in (("done", "override"), ("done", "fact"), ("not_applicable", "")):
            row = item(project, f"Settled {who} {state} {how}", who=who, state=state, done_how=how, state_reason=CANARY,
                       done_by=consultant.person, done_at=timezone.now())  # fmt: skip
            Evidence.objects.create(project=project, item=row, kind="check", text=CANARY)
            Activity.record(project, "ticked", row, by=consultant.person, reason=CANARY)
            note(project, row)
    Activity.record(project, "showed", hidden, by=consultant.person, is_internal=False, reason=CANARY)
    for key in FACTS:
        Fact.publish(project, key, Verdict.NOT_READY, f"{CANARY} stands in the way.", as_of=timezone.now())
    Asset.objects.create(project=project, name=f"{CANARY} asset", kind="product", client_sees=False)
    asset = Asset.objects.create(project=project, name="Shown asset", kind="product", notes=CANARY, effort_hours=COST)
    note(project, asset)
    Account.objects.create(project=project, name=f"{CANARY} account", monthly_cost=COST)
    Domain.objects.create(project=project, name="quetzalcanary.example", shown="quetzalcanary.example", notes=CANARY)
    contact_file(project, name=f"{CANARY}.csv")
    file = contact_file(project, name="seen.csv", client_sees=True).file
    StoredFile.objects.filter(pk=file.pk).update(uploaded_by=consultant.person)
    StoredFile.objects.create(project=project, purpose="evidence", name=f"{CANARY}.pdf", key="k", size=1, sha256="0")
    Job.objects.create(project=project, task="nothing", title=f"{CANARY} job", state="failed", message=CANARY)
    return project


def test_no_page_of_the_client_shows_anything_internal(full, client_person, consultant):
    asked = {address(name, kwargs, full.made[module]) for module, name, kwargs, _, _ in PAGES}
    asked |= {row.get_absolute_url() for row in full.items.filter(client_sees=True)}
    asked |= {row.get_absolute_url() for row in full.assets.filter(client_sees=True)}
    asked |= {reverse("checklists:checklist", args=["move"]) + f"?show={show}" for show in ("", "open", "overdue")}
    asked |= {reverse("checklists:my-list", args=["move"]) + "?done=all", "/search/?q=canary", "/search/?q=shown"}
    leaks = []
    for browser in (client_person, consultant):
        for url in sorted(asked):
            text = b"".join(browser.get(url, follow=True)).decode(errors="replace")
            leaks += [(url, word) for word in (CANARY.lower(), COST) if word in text.lower()]
        if browser is client_person:
            assert leaks == []
            consultant.post("/projects/move/client-view/", {"on": "yes"})
            asked = {url for url in asked if not url.startswith("/search")}
    assert leaks == []


def test_internal_steps_are_in_no_count_of_the_client(full, client_person):
    text = client_person.get("/projects/move/progress/").content.decode()
    shown = full.items.filter(client_sees=True)
    assert f"{shown.settled().count()} of {shown.count()} steps" in text
    assert full.items.count() > shown.count()
    assert f" of {full.items.count()} steps" not in text
