"""A project's plan: what it was copied from, and its own phases."""

import importlib

from django.apps import apps

from apps.checklists.builtin import four_phases
from apps.checklists.copying import begin_plan
from apps.checklists.models import Plan, PlanTemplate, TemplateVersion
from apps.checklists.template_files import as_data
from tests import factories
from tests.factories_checklists import item


def two_phases():
    """{"phases", "items"}: b waits for a; c is the client's, in the second phase."""
    row = {"section": "Goals", "guidance": "", "phase": 1}
    return {
        "phases": ["Look", "Move"],
        "items": [
            row | {"key": "a", "title": "Look around", "days": 30},
            row | {"key": "b", "title": "Write it down", "days": 20, "waits_for": ["a"]},
            row | {"key": "c", "title": "Agree", "days": -2, "phase": 2, "who": "client", "client_sees": True},
        ],
    }


def published(organisation, content=None, number=1, name="Webinar move"):
    template, _ = PlanTemplate.objects.get_or_create(organisation=organisation, name=name)
    content = content or two_phases()
    return TemplateVersion.objects.create(
        organisation=organisation, template=template, number=number, note="First", content=content
    )


def test_a_plan_takes_words_waits_dates_and_phases_of_its_version(project, consultant):
    plan = begin_plan(project, published(project.organisation), by=None)
    assert str(plan.version) == "Webinar move, version 1"
    rows = {row.key: row for row in project.items.all()}
    assert {key: (row.title, row.phase) for key, row in rows.items()}["c"] == ("Agree", 2)
    assert (project.go_live_day - rows["b"].due).days == 20
    assert [wait.waits_for.key for wait in rows["b"].waits.all()] == ["a"]
    page = consultant.get("/projects/move/checklist/").content.decode()
    assert "2. Move" in page
    assert "Execute" not in page


def test_an_item_of_a_phase_that_the_plan_does_not_have_is_still_shown(project, consultant):
    begin_plan(project, published(project.organisation), by=None)
    item(project, phase=4)
    assert "4. Phase 4" in consultant.get("/projects/move/checklist/").content.decode()


def test_projects_of_before_get_the_plan_of_the_first_built_in_version(project):
    item(project, key="why-we-move")
    item(project, title="Their own")
    with_plan = factories.project(project.organisation)
    begin_plan(with_plan, None, by=None)
    step = importlib.import_module("apps.checklists.migrations.0004_a_plan_for_every_project")
    step.begin(apps, None)
    plan = Plan.objects.get(project=project)
    assert (plan.builtin_version, plan.answered, plan.known) == (1, 1, {"why-we-move": ""})
    assert plan.phases == list(four_phases().phases)
    assert Plan.objects.count() == 2


def test_the_built_in_template_is_stored_as_it_is_read(project):
    assert begin_plan(project, None, by=None).known.keys() == {row["key"] for row in as_data(four_phases())["items"]}
