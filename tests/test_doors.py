"""Every address of the site, asked by every kind of person, against one table (promises P1, P2, P4).

Each app keeps its rows in tests/roles_<app>.py. A row: (url name, kwargs, method, {person: status}). A status may be a
set. Values of kwargs may be functions of the things that the module's `things(project)` made.
"""

import importlib
import pkgutil
from itertools import product

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests
from tests import factories

PEOPLE = ["anonymous", "stranger", "sibling_client", "helper", "client", "consultant", "owner"]
EXEMPT = {
    "ui:gallery": "shown with DEBUG alone; tested in tests/ui",
}


def tables() -> dict:
    names = [name for _, name, _ in pkgutil.iter_modules(tests.__path__) if name.startswith("roles_")]
    return {name: importlib.import_module(f"tests.{name}") for name in names}


ROWS = [(name, *row) for name, module in tables().items() for row in module.ROWS]


def named(rows: list) -> list[str]:
    """The same name in every process of a run: an address in memory would differ."""
    return [f"{name}-{method}" for _, name, _, method, _ in rows]


def all_url_names(patterns=None, prefix="") -> set[str]:
    names = set()
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            names |= all_url_names(pattern.url_patterns, space)
        elif isinstance(pattern, URLPattern):
            names.add(f"{prefix}{pattern.name}")
    return names


def test_every_address_has_a_row():
    listed = {row[1] for row in ROWS}
    assert all_url_names() - listed - set(EXEMPT) == set()
    assert listed - all_url_names() == set(), "rows for addresses that do not exist"
    assert len(EXEMPT) <= 5


@pytest.fixture
def people(owner, consultant, client_person, helper, sibling_client, stranger):
    return {
        "anonymous": Client(),
        "stranger": stranger,
        "sibling_client": sibling_client,
        "helper": helper,
        "client": client_person,
        "consultant": consultant,
        "owner": owner,
    }


def address(name: str, kwargs: dict, made: dict) -> str:
    return reverse(name, kwargs={key: value(made) if callable(value) else value for key, value in kwargs.items()})


@pytest.mark.parametrize(("module", "name", "kwargs", "method", "expected"), ROWS, ids=named(ROWS))
def test_the_door_answers_as_the_table_says(module, name, kwargs, method, expected, people, project):
    made = tables()[module].things(project)
    assert set(expected) == set(PEOPLE), f"{name}: the row leaves people out"
    url = address(name, kwargs, made)
    found = {}
    for person, htmx in product(PEOPLE, (False, True)):
        headers = {"HX-Request": "true"} if htmx else {}
        answer = getattr(people[person], method.lower())(url, headers=headers)
        found[person, htmx] = answer.status_code
    wrong = {key: status for key, status in found.items() if status not in _set(expected[key[0]])}
    assert not wrong, f"{method} {url}: {wrong}, expected {expected}"


def _set(expected) -> set[int]:
    return expected if isinstance(expected, set) else {expected}


PROJECT_ROWS = [row for row in ROWS if "slug" in row[2] and any(callable(value) for value in row[2].values())]


@pytest.mark.parametrize(("module", "name", "kwargs", "method", "expected"), PROJECT_ROWS, ids=named(PROJECT_ROWS))
def test_things_of_another_project_are_not_found_through_mine(
    module, name, kwargs, method, expected, owner, project, foreign
):
    """Own project in the address, somebody else's row behind it: 404, for the owner too (promise P1)."""
    made = tables()[module].things(foreign)
    url = address(name, {**kwargs, "slug": project.slug}, made)
    assert getattr(owner, method.lower())(url).status_code == 404
    sibling = factories.project(project.organisation, client="Another one")
    made = tables()[module].things(sibling)
    url = address(name, {**kwargs, "slug": project.slug}, made)
    assert getattr(owner, method.lower())(url).status_code == 404
