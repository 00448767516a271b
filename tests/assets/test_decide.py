"""Deciding, by clients and consultants, and what the decisions say about the project."""

from apps.assets import services
from apps.assets.models import Asset


def decide(client, asset, value, **more):
    return client.post(f"/projects/move/inventory/{asset.pk}/decide/", {"required_status": value, **more})


def verdict(project):
    fact = project.facts.filter(key="inventory.decided").first()
    return (fact.verdict, fact.reason) if fact else None


def test_a_client_decides_what_he_sees_and_nothing_else(client_person, asset, internal):
    assert decide(client_person, asset, "archive").status_code == 302
    assert decide(client_person, internal, "archive").status_code == 404
    asset.refresh_from_db()
    internal.refresh_from_db()
    assert (asset.required_status, internal.required_status) == ("archive", "")


def test_extra_fields_of_a_client_are_not_taken(client_person, asset):
    extra = {"name": "Mine", "client_sees": "", "progress": "live", "revenue": "1", "project": "2", "notes": "x"}
    decide(client_person, asset, "archive", **extra)
    asset.refresh_from_db()
    assert (asset.name, asset.client_sees, asset.progress, asset.revenue, asset.notes) == (
        "Home page", True, "not_started", None, "",
    )  # fmt: skip


def test_two_people_deciding_differently_are_both_shown(client_person, consultant, asset):
    decide(consultant, asset, "rebuild", version=1)
    answer = decide(client_person, asset, "archive", version=1)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Rebuild/Update" in text
    assert "Archive" in text
    asset.refresh_from_db()
    assert asset.required_status == "rebuild"


def test_a_wrong_word_changes_nothing(client_person, asset):
    decide(client_person, asset, "maybe")
    asset.refresh_from_db()
    assert asset.required_status == ""


def test_the_fact_names_the_undecided_and_turns_with_them(project, asset, consultant):
    services.publish_decided(project)
    assert verdict(project) == ("not_ready", "Undecided: Home page.")
    decide(consultant, asset, "archive")
    assert verdict(project)[0] == "ready"
    decide(consultant, asset, "", version=2)
    assert verdict(project)[0] == "not_ready"


def test_the_reason_names_nothing_that_the_client_does_not_see(project, asset, internal):
    services.publish_decided(project)
    assert verdict(project)[1] == "Undecided: Home page and 1 more."
    asset.delete()
    services.publish_decided(project)
    assert verdict(project)[1] == "Undecided: 1 internal."


def test_an_empty_inventory_is_unknown_and_never_ready(project, consultant, asset):
    services.delete_asset(asset, by=None)
    assert verdict(project) is None or verdict(project)[0] != "ready"


def test_a_new_undecided_asset_opens_the_item_again(project, consultant, asset):
    from apps.checklists.models import ChecklistItem

    item = ChecklistItem.objects.create(
        project=project, phase=1, section="Audit", title="Decide", fact="inventory.decided", evidence_kind="check"
    )
    decide(consultant, asset, "archive")
    item.refresh_from_db()
    assert item.state == "done"
    consultant.post("/projects/move/inventory/new/", {"name": "Late find", "kind": "other_page",
                    "current_status": "unknown", "progress": "not_started", "client_sees": "on"})  # fmt: skip
    assert Asset.objects.filter(name="Late find").exists()
    item.refresh_from_db()
    assert item.state == "open"
