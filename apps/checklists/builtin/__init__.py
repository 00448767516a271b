"""The built-in checklist as data, and the rules that every template of a plan keeps; without Django."""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.facts import FACTS

FILE = Path(__file__).with_name("four_phases.toml")
WHO = ("consultant", "client")
EVIDENCE = ("", "file", "url", "count", "text", "check")
COUNTED_FROM = ("go_live", "start")
MOST_DAYS, MOST_PHASES, MOST_ITEMS = 1000, 12, 400
LENGTHS = {"title": 160, "section": 80, "guidance": 4000}
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


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


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a template cannot be followed: the item (empty: the whole), its field, and one sentence."""

    key: str
    field: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.key}: {self.sentence}" if self.key else self.sentence


@lru_cache(maxsize=1)
def four_phases() -> Template:
    """The template that new projects get where nothing else is chosen."""
    return read(tomllib.loads(FILE.read_text(encoding="utf-8")))


def new_key(title: str, taken: set[str]) -> str:
    """Made of the title, and of a number where that is taken; projects remember a key, so it never changes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:50].strip("-") or "item"
    numbers = itertools.count(2)
    return stem if stem not in taken else next(key for key in (f"{stem}-{n}" for n in numbers) if key not in taken)


def read(data: dict[str, Any]) -> Template:
    """A template out of parsed TOML that is known to have the right types. Raises TemplateError in a sentence."""
    items = tuple(
        TemplateItem(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in data["item"]
    )
    template = Template(data["name"], data["version"], tuple(data["phases"]), items)
    check(template)
    return template


def check(template: Template) -> None:
    """Keys once each, known words, dates that can be, no cycle. Raises TemplateError."""
    for problem in problems(template):
        raise TemplateError(str(problem))


def problems(template: Template) -> Iterator[Problem]:
    """Everything that stands in the way of using the template, the plainest first."""
    yield from _of_the_whole(template)
    for item in template.items:
        yield from _of_one_item(item, template)
    yield from _of_waits(template)
    yield from _of_the_order(template)


def _of_the_whole(template: Template) -> Iterator[Problem]:
    if not 1 <= len(template.phases) <= MOST_PHASES:
        yield Problem("", "phases", f"Give the template between 1 and {MOST_PHASES} phases.")
    folded = [name.casefold() for name in template.phases]
    if len(set(folded)) < len(folded):
        yield Problem("", "phases", "Two phases have the same name; give each its own.")
    if any(not name.strip() or len(name) > LENGTHS["section"] for name in template.phases):
        yield Problem("", "phases", "Give every phase a name of at most 80 characters.")
    if len(template.items) > MOST_ITEMS:
        yield Problem("", "items", f"A template holds at most {MOST_ITEMS} items; this one has {len(template.items)}.")


def _of_one_item(item: TemplateItem, template: Template) -> Iterator[Problem]:
    if not KEY.fullmatch(item.key):
        yield Problem(item.key, "key", "A key is made of small letters, digits and hyphens, at most 60 of them.")
    if not 1 <= item.phase <= len(template.phases):
        yield Problem(item.key, "phase", f"There is no phase {item.phase}.")
    for name, most in LENGTHS.items():
        if len(getattr(item, name)) > most:
            yield Problem(item.key, name, f"The {name} is longer than {most:,} characters; shorten it.")
    for name in ("title", "section"):
        if not getattr(item, name).strip():
            yield Problem(item.key, name, f"The {name} is empty; fill it in.")
    if item.who not in WHO or item.evidence not in EVIDENCE:
        yield Problem(item.key, "who", "The word for who or evidence is not one of the known words.")
    if item.who == "client" and not item.client_sees:
        yield Problem(item.key, "client_sees", "The client does this item, so let him see it.")
    if item.needs_approval and not item.client_sees:
        yield Problem(item.key, "client_sees", "The client approves this item, so let him see it.")
    if item.fact and item.fact not in FACTS:
        yield Problem(item.key, "fact", f"The fact {item.fact} is not known.")
    if item.evidence == "check" and not item.fact:
        yield Problem(item.key, "fact", "The system ticks this only by a fact: choose one, or ask for other evidence.")
    yield from _of_a_date(item)


def _of_a_date(item: TemplateItem) -> Iterator[Problem]:
    if item.counted_from not in COUNTED_FROM:
        yield Problem(item.key, "counted_from", "Days are counted from go_live or from start.")
    elif item.counted_from == "start" and item.days < 0:
        yield Problem(item.key, "days", "Nothing is due before the start: give 0 days or more.")
    if abs(item.days) > MOST_DAYS:
        yield Problem(item.key, "days", f"This is more than {MOST_DAYS:,} days away; give fewer.")


def _of_waits(template: Template) -> Iterator[Problem]:
    by_key: dict[str, TemplateItem] = {}
    for item in template.items:
        if item.key in by_key:
            yield Problem(item.key, "key", "This key stands twice; give each item its own.")
        by_key[item.key] = item
    for item in template.items:
        if missing := sorted(set(item.waits_for) - set(by_key)):
            yield Problem(item.key, "waits_for", f"It waits for {', '.join(missing)}, which does not exist.")


def _of_the_order(template: Template) -> Iterator[Problem]:
    by_key = {item.key: item for item in template.items}
    if cycle := find_cycle({item.key: item.waits_for for item in template.items}):
        named = ", ".join(f"“{by_key[key].title}”" for key in cycle[:6])
        for key in cycle:
            yield Problem(key, "waits_for", f"These items wait for one another: {named}. Take one of them out.")
    for item in template.items:
        for key in item.waits_for:
            if key in by_key and (sentence := impossible_order(item, by_key[key])):
                yield Problem(item.key, "days", sentence)


def impossible_order(item: TemplateItem, other: TemplateItem) -> str:
    """Why an item cannot be due when it is, given one that it waits for; empty where it can."""
    if item.counted_from == other.counted_from:
        sooner = item.days > other.days if item.counted_from == "go_live" else item.days < other.days
        return f"It would be due before “{other.title}”, which it waits for. Choose a later day." if sooner else ""
    if item.counted_from == "start":
        return (
            f"It is counted from the start, but waits for “{other.title}”, which is counted from go-live "
            "and may come later. Count both from go-live."
        )
    return ""


def find_cycle(waits: dict[Any, Any]) -> list[Any]:
    """One ring of nodes that wait for each other ({node: what it waits for}); empty where the plan can be followed."""
    left = {node: set(others) & set(waits) for node, others in waits.items()}
    while free := [node for node, others in left.items() if not others]:
        for node in free:
            del left[node]
        for others in left.values():
            others.difference_update(free)
    path: list[Any] = []
    node = next(iter(left), None)
    while node is not None and node not in path:  # whatever is left waits for something that is left as well
        path.append(node)
        node = min(left[node])
    return path[path.index(node) :] if path else []
