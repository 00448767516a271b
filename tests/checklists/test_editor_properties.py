"""Whatever is done to a draft in whatever order, what is published can be followed, and a copy of it is the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.checklists import drafting, publishing
from apps.checklists.builtin import Template, TemplateError, TemplateItem, check
from apps.checklists.copying import begin_plan
from apps.checklists.models import PlanTemplate
from apps.checklists.plans import StaleDraft
from apps.checklists.template_files import fingerprint
from tests import factories

numbers = st.integers(0, 5)
saves = st.tuples(st.just("save"), numbers, st.sets(numbers, max_size=3), st.integers(-3, 6), st.booleans())
others = st.tuples(
    st.sampled_from(["up", "down", "duplicate", "delete", "put back", "phase up", "phase down", "add phase",
                     "remove phase", "section up", "section down", "rename section", "rename phase"]), numbers,
)  # fmt: skip
REFUSED = (TemplateError, KeyError, IndexError, StaleDraft, publishing.DraftRefused)


def act(row: PlanTemplate, by, what: str, number: int, *more) -> None:
    draft = PlanTemplate.objects.get(pk=row.pk)
    items, key = draft.template.items, f"k{number}"
    place = [(item.phase, item.section) for item in items]
    if what == "save":
        save(row, by, draft.template, number, *more)
    elif what == "delete":
        publishing.remove_item(row, key, fingerprint(drafting.find(draft.template, key)), by=by)
    elif what == "put back":
        publishing.put_back(row, draft.removed[number]["item"]["key"], by=by)
    elif what == "duplicate":
        publishing.duplicate_item(row, key, by=by)
    else:
        step = -1 if what.endswith("up") else 1
        acts = {
            "up": lambda one: drafting.move(one, key, step),
            "down": lambda one: drafting.move(one, key, step),
            "phase up": lambda one: drafting.move_phase(one, number + 1, step),
            "phase down": lambda one: drafting.move_phase(one, number + 1, step),
            "add phase": lambda one: drafting.add_phase(one, f"Phase {number}"),
            "remove phase": lambda one: drafting.remove_phase(one, number + 1),
            "rename phase": lambda one: drafting.rename_phase(one, number + 1, f"Phase {number % 2}"),
            "section up": lambda one: drafting.move_section(one, *place[number], step),
            "section down": lambda one: drafting.move_section(one, *place[number], step),
            "rename section": lambda one: drafting.rename_section(one, *place[number], f"S{number % 2}"),
        }
        publishing.change(row, acts[what], by=by)


def save(row, by, template: Template, number: int, waits: set[int], days: int, from_start: bool) -> None:
    item = TemplateItem(
        key=f"k{number}", phase=1 + number % len(template.phases), section=f"S{number % 3}", title=f"Do {number}",
        guidance="", days=abs(days) if from_start else days, counted_from="start" if from_start else "go_live",
        waits_for=tuple(f"k{other}" for other in sorted(waits)),
    )  # fmt: skip
    old = {one.key: one for one in template.items}.get(item.key)
    publishing.save_item(row, item, fingerprint(old) if old else "", by=by)


def seed() -> dict:
    """Six items that wait for nothing, in two phases and three sections."""
    rows = [
        TemplateItem(f"k{number}", 1 + number % 2, f"S{number % 3}", f"Do {number}", "", number) for number in range(6)
    ]
    template = drafting.finished(Template("", 0, ("One", "Two"), tuple(rows)))
    return publishing.as_data(template)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(saves, others), min_size=3, max_size=14))
def test_no_sequence_of_acts_publishes_what_cannot_be_followed(organisation, acts):
    by = factories.person()
    row = PlanTemplate.objects.create(organisation=organisation, name=f"T {by.pk}", draft=seed())
    for one in acts:
        before = PlanTemplate.objects.get(pk=row.pk).draft
        try:
            act(row, by, *one)
        except REFUSED:
            assert PlanTemplate.objects.get(pk=row.pk).draft == before
        check(PlanTemplate.objects.get(pk=row.pk).template)
    row.refresh_from_db()
    if not row.draft["items"]:
        return
    version = publishing.publish(row, "Why", publishing.digest(row.draft), by=by)
    check(version.as_template())
    project = factories.project(organisation)
    begin_plan(project, version, by=by)
    copied = {item.key: item for item in project.items.all()}
    for item in version.as_template().items:
        mine = copied[item.key]
        assert {wait.waits_for.key for wait in mine.waits.all()} == set(item.waits_for)
        distance = mine.due - project.started_on if item.counted_from == "start" else project.go_live_day - mine.due
        assert distance.days == item.days
        assert (mine.phase, mine.section, mine.title) == (item.phase, item.section, item.title)
    assert [item.key for item in project.items.all()] == [item.key for item in version.as_template().items]
