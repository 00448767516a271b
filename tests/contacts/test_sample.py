"""The sample for the test import, on the packs page."""

import csv

from apps.contacts import packing
from apps.findings.models import Fact
from apps.projects.models import Activity
from tests.contacts.test_packs import LIST, ROWS, made, rows_of

FACT = "contacts.sample_imported"


def tick(consultant, pack, word):
    return consultant.post(f"/projects/move/contacts/packs/{pack.pk}/tick/", {"imported": word})


def test_the_sample_is_beside_the_packs_and_holds_only_who_is_imported(project):
    run = packing.latest_run(made(project))
    sample = run.packs.samples().get()
    imported = {address for pack in run.packs.for_import() for address in rows_of(pack)}
    assert set(rows_of(sample)) == imported and sample.records == 3
    assert run.records == len(ROWS) == sum(
        pack.records for pack in run.packs.exclude(purpose="sample")
    ) + run.segments["rejected"]  # fmt: skip
    assert run.told["sample"]["shows"]["tags"] == [2, 2]


def test_the_plan_follows_what_the_consultant_saw(project, consultant):
    sample = packing.latest_run(made(project)).packs.samples().get()
    assert Fact.objects.get(key=FACT).verdict == "not_ready"
    tick(consultant, sample, "yes")
    fact = Fact.objects.get(key=FACT)
    assert (fact.verdict, fact.reason) == ("ready", "The sample looks right in the target.")
    assert Fact.objects.get(key="contacts.packs_imported").verdict == "not_ready"
    assert Activity.objects.filter(verb="looked at").exists()
    tick(consultant, sample, "no")
    assert Fact.objects.get(key=FACT).verdict == "not_ready"


def test_the_page_puts_it_first_and_says_who_looked_at_it(project, consultant):
    run = packing.latest_run(made(project))
    url = f"/projects/move/contacts/{run.contact_file_id}/packs/"
    page = consultant.get(url).content.decode()
    assert page.index("First the sample") < page.index("For the import, in this order")
    assert "not tried yet" in page and "all 2 tags" in page
    tick(consultant, run.packs.samples().get(), "yes")
    page = consultant.get(url).content.decode()
    assert "looks right" in page and "Said by" in page and "Take back" in page


def test_tags_without_room_are_named_on_the_page(project, consultant, monkeypatch):
    monkeypatch.setattr(packing, "SAMPLE", 2)
    more = "".join(f"x{i}@example.org,X,subscribed,yes,2026-10-01,Tag {i}\n" for i in range(5))
    run = packing.latest_run(made(project, LIST + more))
    page = consultant.get(f"/projects/move/contacts/{run.contact_file_id}/packs/").content.decode()
    assert "found no room in it" in page and len(run.told["sample"]["tags_left"]) == 5


def test_a_list_that_nobody_may_import_has_no_sample(project, consultant):
    file = made(project, "Email,Status\nada@example.org,unsubscribed\n")
    assert not packing.latest_run(file).packs.samples().exists()
    assert Fact.objects.get(key=FACT).verdict == "conditions"
    assert "First the sample" not in consultant.get(f"/projects/move/contacts/{file.pk}/packs/").content.decode()


def test_the_sample_keeps_every_value_as_the_import_files_do(project):
    run = packing.latest_run(made(project))
    rows = {}
    for pack in run.packs.filter(purpose__in=("import", "sample")):
        with pack.file.path.open(encoding="utf-8", newline="") as stream:
            rows.setdefault(pack.purpose, []).extend(csv.reader(stream))
    assert all(row in rows["import"] for row in rows["sample"])
