"""The built-in checklist holds everything that the two guides ask for, and can be followed."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from apps.checklists.builtin import TemplateError, check, four_phases
from engine.facts import FACTS

HEADINGS = tomllib.loads(Path(__file__).with_name("demands.toml").read_text(encoding="utf-8"))["heading"]
DEMANDS = {demand: row for row in HEADINGS for demand in row.get("demands", {})}


def names(row):
    return f"{row['guide']}: {row['title']}"


@pytest.mark.parametrize("heading", HEADINGS, ids=names)
def test_every_demand_under_a_heading_is_answered_by_an_item(heading):
    answered = {demand for item in four_phases().items for demand in item.covers}
    missing = {demand: words for demand, words in heading.get("demands", {}).items() if demand not in answered}
    assert not missing
    assert heading.get("demands") or heading["none"]


def test_the_page_about_the_template_counts_its_items():
    page = (Path(__file__).parents[2] / "docs" / "checklist-template.md").read_text(encoding="utf-8")
    for number, phase in enumerate(four_phases().phases, start=1):
        items = [item for item in four_phases().items if item.phase == number]
        clients, checks = (sum(item.who == "client" for item in items), sum(bool(item.fact) for item in items))
        assert f"| {number} {phase} | {len(items)} | {clients} | {checks} |" in page


def test_every_item_answers_a_demand():
    assert [item.key for item in four_phases().items if not item.covers] == []


def test_no_item_answers_what_nobody_asks():
    assert {demand for item in four_phases().items for demand in item.covers} - set(DEMANDS) == set()


def test_taking_an_item_away_would_be_noticed():
    """Each item is the only one with some demand: none can vanish unseen."""
    for gone in four_phases().items:
        left = {demand for item in four_phases().items if item is not gone for demand in item.covers}
        assert set(gone.covers) - left, f"{gone.key} covers nothing of its own"


def test_every_item_says_how_and_by_whom():
    for item in four_phases().items:
        assert len(item.title) <= 160
        assert len(item.guidance) > 60, item.key
        assert item.guidance.endswith((".", "?"))
        assert item.who != "client" or item.client_sees, f"{item.key}: the client does it, so he sees it"
        assert (item.evidence == "check") == bool(item.fact), item.key


def test_nothing_is_due_before_what_it_waits_for():
    by_key = {item.key: item for item in four_phases().items}
    late = [
        (item.key, other) for item in four_phases().items for other in item.waits_for if by_key[other].days < item.days
    ]
    assert late == []


def test_facts_are_known_and_each_phase_has_items():
    assert {item.fact for item in four_phases().items if item.fact} <= set(FACTS)
    assert {item.phase for item in four_phases().items} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "why-we-move"}, "twice"),
        ({"phase": 5}, "no phase"),
        ({"who": "somebody"}, "who or evidence"),
        ({"fact": "nothing.known"}, "not known"),
        ({"waits_for": ("nothing",)}, "does not exist"),
        ({"waits_for": ("close-accounts",)}, "wait for one another"),
    ],
)
def test_a_template_that_cannot_be_followed_is_refused_with_words(change, words):
    template = four_phases()
    items = [replace(item, **change) if item.key == "sweep" else item for item in template.items]
    with pytest.raises(TemplateError, match=words):
        check(replace(template, items=tuple(items)))
