"""A newer version is offered to running projects: chosen item by item, never taken by itself."""

from copy import deepcopy

import pytest

from apps.checklists.builtin import four_phases
from apps.checklists.copying import begin_plan
from apps.checklists.models import Plan
from apps.projects.models import Project
from tests.checklists.test_plan import published, two_phases
from tests.factories_checklists import item, waits

URL = "/projects/move/checklist/update/"


@pytest.fixture
def plan(project):
    return begin_plan(project, published(project.organisation), by=None)


def second(organisation, number=2):
    """b waits for the new d, c is worded anew, a is gone, and e opens a phase between the two."""
    content = deepcopy(two_phases())
    content["phases"] = ["Look", "Pack", "Move"]
    _, b, c = content["items"]
    new = {"section": "Goals", "guidance": "", "phase": 1}
    content["items"] = [
        new | {"key": "d", "title": "Measure", "days": 25},
        b | {"waits_for": ["d"]},
        new | {"key": "e", "title": "Pack it", "days": 10, "phase": 2, "waits_for": ["b"]},
        c | {"phase": 3, "title": "Agree in writing"},
    ]
    return published(organisation, content, number)


def test_the_checklist_says_what_is_new_and_changes_nothing(plan, project, consultant, client_person):
    assert "in version" not in consultant.get("/projects/move/checklist/").content.decode()
    before = list(project.items.values_list("key", "title", "phase", "version"))
    second(project.organisation)
    assert (
        "2 new items, 2 changed and 1 gone in version 2" in consultant.get("/projects/move/checklist/").content.decode()
    )
    assert "version 2" not in client_person.get("/projects/move/checklist/").content.decode()
    page = consultant.get(URL).content.decode()
    assert [words in page for words in ("Measure", "Pack it", "Agree in writing", "Look around")] == [True] * 4
    assert list(project.items.values_list("key", "title", "phase", "version")) == before


def test_what_is_chosen_arrives_with_its_date_its_waits_and_its_phase(plan, project, consultant):
    own = item(project, title="Their own")
    waits(project.items.get(key="b"), own)
    second(project.organisation)
    answer = consultant.post(URL, {"number": "2", "act": "take", "key": ["d", "e", "b"]})
    assert answer.status_code == 302
    rows = {row.key: row for row in project.items.exclude(key="")}
    assert {row.key: row.phase for row in rows.values()} == {"a": 1, "b": 1, "d": 1, "e": 2, "c": 3}
    assert rows["c"].title == "Agree"  # it was not chosen
    assert (project.go_live_day - rows["e"].due).days == 10
    assert {wait.waits_for.title for wait in rows["b"].waits.all()} == {"Measure", "Their own"}
    assert [wait.waits_for.key for wait in rows["e"].waits.all()] == ["b"]
    plan = Plan.objects.get(project=project)
    assert (plan.version.number, plan.phases) == (2, ["Look", "Pack", "Move"])
    assert project.activities.filter(verb="added from the template").count() == 2
    assert "in version" not in consultant.get("/projects/move/checklist/").content.decode()


def test_a_version_that_was_left_alone_is_not_offered_again_but_the_next_one_is(plan, project, consultant):
    second(project.organisation)
    consultant.post(URL, {"number": "2", "act": "leave"})
    assert Plan.objects.get(project=project).version.number == 1
    assert "Nothing newer" in consultant.get(URL).content.decode()
    content = deepcopy(two_phases())
    content["items"].append(content["items"][0] | {"key": "f", "title": "Party"})
    published(project.organisation, content, 3)
    page = consultant.get("/projects/move/checklist/").content.decode()
    assert "1 new item in version 3" in page
    assert project.activities.filter(verb__startswith="left as it is").exists()


def test_two_people_answering_one_offer_do_not_both_write(plan, project, consultant):
    second(project.organisation)
    assert "Nothing is chosen" in consultant.post(URL, {"number": "2", "act": "take"}).content.decode()
    consultant.post(URL, {"number": "2", "act": "take", "key": ["d"]})
    again = consultant.post(URL, {"number": "2", "act": "take", "key": ["e"]})
    assert again.status_code == 409
    assert not project.items.filter(key="e").exists()
    for wrong in ("", "x", "9" * 30):
        assert consultant.post(URL, {"number": wrong, "act": "take"}).status_code == 409


def test_waits_that_would_make_a_ring_with_ones_own_are_refused_whole(plan, project, consultant):
    own = item(project, title="Their own")
    waits(project.items.get(key="b"), own)
    waits(own, project.items.get(key="c"))
    content = deepcopy(two_phases())
    content["items"][2] |= {"title": "Agree later", "waits_for": ["b"]}
    published(project.organisation, content, 2)
    answer = consultant.post(URL, {"number": "2", "act": "take", "key": ["c"]})
    assert answer.status_code == 422
    assert "wait for one another" in answer.content.decode()
    assert project.items.get(key="c").title == "Agree"
    assert Plan.objects.get(project=project).answered == 1


def test_a_newer_built_in_version_is_offered_too(project, consultant):
    plan = begin_plan(project, None, by=None)
    newest = four_phases().version
    assert plan.came_from.endswith(f"version {newest}")
    Plan.objects.filter(pk=plan.pk).update(answered=0, builtin_version=0)
    project.items.filter(key="why-we-move").delete()
    known = {key: mark for key, mark in plan.known.items() if key != "why-we-move"}
    Plan.objects.filter(pk=plan.pk).update(known=known)
    assert f"1 new item in version {newest}" in consultant.get("/projects/move/checklist/").content.decode()
    consultant.post(URL, {"number": str(newest), "act": "take", "key": ["why-we-move"]})
    assert Project.objects.get(pk=project.pk).items.get(key="why-we-move").due is not None
