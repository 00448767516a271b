"""The workbench: what is found, decided, applied again, and taken back."""

import csv
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.contacts import packing, services
from apps.contacts.deciding import decisions_about, recipe_of
from apps.contacts.models import ContactFile, Decided, Decision
from apps.contacts.reading_workbench import Workbench
from apps.contacts.versions import set_list
from apps.findings.models import Fact
from apps.projects.models import Activity
from tests.factories_contacts import contact_file

ROWS = [
    'ada@gmial.com,Ada,subscribed,2026-11-01,"VIP - 2024, Lead",old shop,x',
    " bob@example.org ,Bob,subscribed,2026-11-01,vip 2024,old shop,y",
    "cai@example.org,Cai,on hold,2026-11-01,Lead,new shop,z",
    "dot@example.org,Dot,fair guest,2026-11-01,Leads,new shop,z",
    'eve@example.org,Eve,,2026-11-01,"Test, Lead",new shop,z',
]
LIST = "Email,Name,Status,Last Open,Tags,Shop,Internal Note\n" + "\n".join(ROWS) + "\n"


@pytest.fixture
def file(project) -> ContactFile:
    file = contact_file(project, LIST, source="mailchimp")
    services.judge_now(file)
    return ContactFile.objects.with_status().select_related("project").get(pk=file.pk)


def decide(browser, file, section, **fields):
    answer = browser.post(f"/projects/move/contacts/{file.pk}/workbench/{section}/decide/", fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def recipe(file):
    return recipe_of(decisions_about(file))


def test_decisions_are_applied_to_the_next_check_and_to_the_import_files(project, consultant, file):
    decide(consultant, file, "repairs", **{"take-all": "yes"})
    decide(consultant, file, "tags", merge=["Lead", "Leads"], into="Lead")
    decide(consultant, file, "tags", merge=["VIP - 2024", "vip 2024"], into="VIP 2024")
    decide(consultant, file, "tags", drop="Test")
    decide(consultant, file, "columns", **{"shown-6": "yes", "out-6": "yes", "shown-5": "yes", "to-5": "Store"})
    decide(consultant, file, "consent", column="Status", value="fair guest", choice="agreed", source="Fair list, 3 May")
    decide(consultant, file, "consent", column="Status", value="on hold", choice="unsubscribed")
    upload = file.file.path.read_bytes()
    check = services.judge_now(file)
    assert check.report["segments"] == {
        "consented": 3, "no_consent": 1, "unengaged": 0, "blocked": 1, "duplicate": 0, "rejected": 0, "fix": 0,
    }  # fmt: skip
    assert check.report["mended"]["contacts.email.typo"] == 1
    with packing.packing(file) as packed:
        run = packing.record_packs(packed, by=None)
    rows = {}
    for pack in run.packs.for_import().select_related("file"):
        with pack.file.path.open(encoding="utf-8", newline="") as stream:
            rows |= {row["Email"]: row for row in csv.DictReader(stream)}
    assert rows["ada@gmail.com"]["Tags"].split(";") == ["VIP 2024", "Lead"]
    assert rows["eve@example.org"]["Tags"] == "Lead"
    assert {tuple(row) for row in rows.values()} == {("Email", "Name", "Status", "Last Open", "Tags", "Store")}
    assert "cai@example.org" not in rows
    assert file.file.path.read_bytes() == upload
    assert run.recipe["consent"][0]["source"] == "Fair list, 3 May"


def test_the_next_export_of_the_same_source_gets_the_decisions_too(project, consultant, file):
    decide(consultant, file, "repairs", code="contacts.email.typo", value="gmial.com", to="gmail.com")
    newer = contact_file(project, LIST, name="newer.csv", source="mailchimp")
    other = contact_file(project, LIST, name="other.csv", source="keap")
    assert "contacts.email.typo" not in services.judge_now(newer).report["counts"]
    assert services.judge_now(other).report["counts"]["contacts.email.typo"] == 1


def test_a_decision_taken_back_is_gone_and_the_check_is_said_to_be_older(project, consultant, file):
    page = decide(consultant, file, "repairs", code="contacts.email.typo", value="gmial.com", to="gmail.com")
    assert "Check again with these decisions" in page
    file.refresh_from_db()
    assert Workbench(file).is_stale
    page = decide(consultant, file, "repairs", back="contacts.email.typo gmial.com")
    assert "Check again with these decisions" not in page
    assert recipe(file) == {}
    assert Activity.objects.filter(verb__startswith="took back").count() == 1


@pytest.mark.parametrize(
    ("section", "fields", "sentence"),
    [
        ("repairs", {"value": "gmial", "to": "gmail.com"}, "Write both domains"),
        ("repairs", {"code": "contacts.row.long", "value": "*"}, "Choose one of the repairs"),
        ("consent", {"column": "Status", "value": "subscribed", "choice": "agreed"}, "Say where and how"),
        ("consent", {"column": "Status", "value": "nobody", "choice": "agreed"}, "not in the file any more"),
        ("consent", {"column": "Status", "value": "subscribed", "choice": "maybe"}, "one of the answers"),
        ("columns", {"shown-1": "yes", "length-1": "many"}, "whole number"),
        ("activity", {"tiers": "60, soon", "unengaged_days": "180"}, "whole numbers of days"),
        ("activity", {"tiers": "0", "unengaged_days": "180"}, "at least one day"),
        ("tags", {"pasted": "just words"}, "two columns"),
        ("tags", {"merge": "x" * 301, "into": "y"}, "300 characters"),
    ],
)
def test_what_cannot_be_decided_is_said_and_nothing_changes(project, consultant, file, section, fields, sentence):
    assert sentence in decide(consultant, file, section, **fields)
    assert Decision.objects.count() == 0


def test_tags_can_be_pasted_kept_apart_renamed_and_downloaded(project, consultant, file):
    decide(consultant, file, "tags", pasted="tag\tnew name\nLead\tProspect\nTest\t\n")
    assert recipe(file)["tags"] == {"Lead": "Prospect", "Test": ""}
    decide(consultant, file, "tags", merge=["VIP - 2024", "vip 2024"], apart="yes")
    page = decide(consultant, file, "tags", tag=["Lead", "Leads"], before=["Prospect", ""], to=["", "Leads new"])
    assert '<span class="badge">vip 2024</span>' not in page
    assert '<span class="badge">Leads</span>' in page, "nobody has said anything about Lead any more"
    assert recipe(file)["tags"] == {
        "Test": "", "VIP - 2024": "VIP - 2024", "vip 2024": "vip 2024", "Leads": "Leads new",
    }  # fmt: skip
    told = consultant.get(f"/projects/move/contacts/{file.pk}/workbench/tags.csv").content.decode()
    assert "Leads,Leads new" in told


def test_the_plan_hears_of_tags_and_consent(project, consultant, file):
    fact = Fact.objects.get(project=project, key="contacts.tags_mapped")
    assert (fact.verdict, "1 of 5 tags" in fact.reason) == ("not_ready", True)
    decide(consultant, file, "tags", **{"mend-all": "yes"})
    assert Fact.objects.get(project=project, key="contacts.tags_mapped").verdict == "conditions"
    decide(consultant, file, "tags", merge=["Lead", "Leads"], into="Lead")
    decide(consultant, file, "tags", merge=["VIP - 2024", "vip 2024"], into="VIP 2024")
    assert Fact.objects.get(project=project, key="contacts.tags_mapped").verdict == "ready"


def test_a_few_cells_are_shown_before_and_after_and_never_stored(project, consultant, file):
    url = f"/projects/move/contacts/{file.pk}/workbench/preview/"
    answer = consultant.get(url, {"code": "contacts.email.typo", "value": "gmial.com"})
    assert "ada@gmial.com" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    answer = consultant.get(f"/projects/move/contacts/{file.pk}/workbench/samples/")
    assert "new shop" in answer.content.decode()
    assert not Decision.objects.filter(key__contains="ada@").exists()


def test_activity_is_decided_in_days(project, consultant, file):
    decide(consultant, file, "activity", tiers="30 90", unengaged_days="90")
    assert recipe(file) == {"tiers": [30, 90], "unengaged_days": 90}
    decide(consultant, file, "activity", back="days")
    assert recipe(file) == {}


@pytest.mark.parametrize("section", ["repairs", "tags", "columns", "consent", "activity"])
def test_a_section_asks_the_database_the_same_number_of_questions_however_much_is_decided(
    project, consultant, file, section
):
    url = f"/projects/move/contacts/{file.pk}/workbench/{section}/"
    consultant.get(url)
    with CaptureQueriesContext(connection) as few:
        assert consultant.get(url).status_code == 200
    Decision.objects.bulk_create(
        Decision(project=project, source="mailchimp", kind=Decided.TAG, key=f"tag {n}", value={"to": f"new {n}"})
        for n in range(300)
    )
    with CaptureQueriesContext(connection) as many:
        assert consultant.get(url).status_code == 200
    assert len(many) == len(few)


def test_a_section_that_is_none_and_a_file_of_another_kind_are_not_found(project, consultant, file):
    assert consultant.get(f"/projects/move/contacts/{file.pk}/workbench/secrets/").status_code == 404
    other = contact_file(project, name="sales.csv", kind="purchases")
    assert consultant.get(f"/projects/move/contacts/{other.pk}/workbench/").status_code == 404


def test_a_file_without_a_known_column_of_addresses_is_mended_from_its_own_report(project, consultant):
    rows = "".join(f"Ada{n} <ada{n}@example.org>,Ada,subscribed\n" for n in range(4))
    file = contact_file(project, f"Kontaktfeld,Vorname,Status\n{rows}")
    services.judge_now(file)
    url = f"/projects/move/contacts/{file.pk}/"
    page = consultant.get(url).content.decode()
    assert "Which column holds the e-mail addresses?" in page and "dead weight" not in page
    refused = consultant.post(f"{url}addresses/", {"column": "Elsewhere"}, follow=True)
    assert "choose one of the columns" in refused.content.decode()
    assert consultant.post(f"{url}addresses/", {"column": "Kontaktfeld"}).status_code == 302
    file.refresh_from_db()
    check = services.judge_now(file)
    assert not check.is_fatal and sum(check.report["segments"].values()) == 4
    page = consultant.get(url).content.decode()
    assert "Which column holds" not in page and "Workbench" in page
    assert recipe(file)["fields"] == [{"header": "Kontaktfeld", "role": "email", "leave_out": False}]
    consultant.post(f"{url}addresses/", {"column": "Vorname"})
    assert [(one["header"], one["role"]) for one in recipe(file)["fields"]] == [("Vorname", "email")]


AC = "Email,First Name,Last Name,Date Created,IP,Status,Tags\n"


def test_a_newer_export_is_judged_by_the_decisions_about_its_platform_at_once(project, consultant):
    project.sources = ["activecampaign", "keap"]
    project.save()
    file = contact_file(
        project, f"{AC}ada@gmial.com,Ada,L,2026-01-01,1.1.1.1,Active,a\n", name="one.csv", source="activecampaign"
    )
    services.judge_now(file)
    decide(consultant, file, "repairs", **{"take-all": "yes"})
    newer = contact_file(project, f"{AC}bob@gmial.com,Bob,L,2026-01-01,1.1.1.1,Active,a\n", name="other.csv")
    check = services.judge_now(newer)
    assert check.source == "activecampaign"
    assert check.report["mended"] == {"contacts.email.typo": 1}
    newer.refresh_from_db()
    assert not Workbench(newer).is_stale
    page = consultant.get(newer.get_absolute_url()).content.decode()
    assert "1 cell repaired by earlier decisions" in page


def test_decisions_about_a_list_of_no_known_platform_are_those_of_this_list_alone(project, consultant):
    project.sources = ["keap"]
    project.save()
    text = "Email,Anrede\nada@gmial.com,x\n"
    file = contact_file(project, text, name="first.csv")
    services.judge_now(file)
    decide(consultant, file, "repairs", **{"take-all": "yes"})
    other = contact_file(project, text.replace("ada", "bob"), name="another.csv")
    assert services.judge_now(other).report["mended"] == {}
    newer = contact_file(project, text.replace("ada", "cai"), name="first (2).csv")
    assert services.judge_now(newer).report["mended"] == {"contacts.email.typo": 1}
    set_list(other, file, by=consultant.person)
    other.refresh_from_db()
    assert len(decisions_about(other)) == 1
    set_list(other, None, by=consultant.person)
    other.refresh_from_db()
    assert len(decisions_about(other)) == 1  # what held for it still does
    known = contact_file(project, text, name="from keap.csv", source="keap")
    assert decisions_about(known) == []


def test_lists_of_no_known_platform_keep_what_was_decided_before_each_had_its_own(project):
    file = contact_file(project)
    services.judge_now(file)
    Decision.objects.create(project=project, source="", kind=Decided.TAG, key="a", value={"to": "b"})
    project.sources = ["activecampaign", "keap"]
    project.save()
    import_module("apps.contacts.migrations.0013_decisions_of_a_list").to_lists(apps, None)
    assert [one.source for one in Decision.objects.all()] == [f"list:{file.pk}"]
    assert recipe(file) == {"tags": {"a": "b"}}
