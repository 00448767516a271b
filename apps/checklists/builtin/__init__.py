"""The built-in checklist as data, read and checked without Django."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.facts import FACTS

FILE = Path(__file__).with_name("four_phases.toml")
WHO = ("consultant", "client")
COUNTED_FROM = ("go_live", "start")
EVIDENCE = ("", "file", "url", "count", "text", "check")


class TemplateError(ValueError):
    """The template cannot be used; the sentence names the item."""


@dataclass(frozen=True, slots=True)
class TemplateItem:
    """One item. `days` before go-live, negative after it; with `counted_from` = "start" after the start.

    `needs_approval`: the client approves it before it can be ticked. `covers` names the guides' demands it answers.
    """

    key: str
    phase: int
    section: str
    title: str
    guidance: str
    days: int
    who: str = "consultant"
    counted_from: str = "go_live"
    waits_for: tuple[str, ...] = ()
    evidence: str = ""
    fact: str = ""
    needs_approval: bool = False
    client_sees: bool = False
    essential: bool = False
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """Phases by name and all items, in the order in which they are shown."""

    name: str
    version: int
    phases: tuple[str, ...]
    items: tuple[TemplateItem, ...]


@lru_cache(maxsize=1)
def four_phases() -> Template:
    """The template that new projects get."""
    return read(tomllib.loads(FILE.read_text(encoding="utf-8")))


def read(data: dict[str, Any]) -> Template:
    """A template out of parsed TOML. Raises TemplateError in a sentence."""
    items = tuple(
        TemplateItem(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in data["item"]
    )
    template = Template(data["name"], data["version"], tuple(data["phases"]), items)
    check(template)
    return template


def check(template: Template) -> None:
    """Keys once each, known words, no cycle. Raises TemplateError."""
    keys = [item.key for item in template.items]
    for item in template.items:
        if keys.count(item.key) > 1:
            raise TemplateError(f"The key {item.key} stands twice; give each item its own.")
        if not 1 <= item.phase <= len(template.phases):
            raise TemplateError(f"{item.key}: there is no phase {item.phase}.")
        if item.who not in WHO or item.evidence not in EVIDENCE:
            raise TemplateError(f"{item.key}: who or evidence is not one of the known words.")
        if item.counted_from not in COUNTED_FROM:
            raise TemplateError(f"{item.key}: days are counted from go_live or from start.")
        if item.needs_approval and not item.client_sees:
            raise TemplateError(f"{item.key}: the client approves it, so let him see it.")
        if item.fact and item.fact not in FACTS:
            raise TemplateError(f"{item.key}: the fact {item.fact} is not known.")
        if missing := set(item.waits_for) - set(keys):
            raise TemplateError(f"{item.key} waits for {', '.join(sorted(missing))}, which does not exist.")
    if cycle := find_cycle({item.key: item.waits_for for item in template.items}):
        raise TemplateError(f"These items wait for one another: {', '.join(cycle)}.")


def find_cycle(waits: dict[Any, Any]) -> list[Any]:
    """Nodes that wait for one another ({node: what it waits for}); empty where the plan can be followed."""
    left = {node: set(others) & set(waits) for node, others in waits.items()}
    while free := [node for node, others in left.items() if not others]:
        for node in free:
            del left[node]
        for others in left.values():
            others.difference_update(free)
    return list(left)
