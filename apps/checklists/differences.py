"""What differs between two templates, item by item, in the words of people."""

from dataclasses import dataclass, field

from apps.checklists.builtin import Template, TemplateItem
from engine.facts import FACTS

WHO = {"consultant": "Consultant", "client": "Client"}
EVIDENCE = {
    "": "None", "file": "A file", "url": "A link", "count": "A number", "text": "A few words",
    "check": "The system's own check",
}  # fmt: skip
Words = tuple[str, str, str]  # label, old, new
WAITS = "Waits for"


@dataclass(frozen=True, slots=True)
class Change:
    """One item that stands in both, and what differs in it."""

    old: TemplateItem
    new: TemplateItem
    fields: list[Words]


@dataclass(frozen=True, slots=True)
class Differences:
    added: list[TemplateItem] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    gone: list[TemplateItem] = field(default_factory=list)
    phases: tuple[str, str] | None = None  # old and new, where they differ
    is_reordered: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone or self.phases or self.is_reordered)


def compare(old: Template, new: Template) -> Differences:
    """From the old one to the new one. Phases are the same where their names are."""
    was = {item.key: item for item in old.items}
    now = {item.key: item for item in new.items}
    both = [item for item in new.items if item.key in was]
    changes = [Change(was[item.key], item, fields_of(was[item.key], item, old, new)) for item in both]
    return Differences(
        added=[item for item in new.items if item.key not in was],
        changed=[change for change in changes if change.fields],
        gone=[item for item in old.items if item.key not in now],
        phases=None if old.phases == new.phases else (", ".join(old.phases), ", ".join(new.phases)),
        is_reordered=[item.key for item in old.items if item.key in now] != [item.key for item in both],
    )


def fields_of(was: TemplateItem, now: TemplateItem, old: Template, new: Template) -> list[Words]:
    """Each field that differs: label, old words, new words. Waiting for the same under another title is no change."""
    pairs = zip(words_of(was, old, new), words_of(now, new, old), strict=True)
    found = [(label, before, after) for (label, before), (_, after) in pairs if before != after]
    is_same = set(was.waits_for) == set(now.waits_for)
    return [row for row in found if not (is_same and row[0] == WAITS)]


def words_of(item: TemplateItem, template: Template, other: Template | None = None) -> list[tuple[str, str]]:
    """An item as people read it: [(label, words)]. Titles of what it waits for may stand in the other template."""
    titles = {row.key: row.title for row in (*(other.items if other else ()), *template.items)}
    phase = template.phases[item.phase - 1] if item.phase <= len(template.phases) else f"Phase {item.phase}"
    return [
        ("Title", item.title),
        ("Guidance", item.guidance),
        ("Phase", phase),
        ("Section", item.section),
        ("Who does it", WHO[item.who]),
        ("When", when(item)),
        (WAITS, "\n".join(sorted(titles.get(key, key) for key in item.waits_for))),
        ("Evidence", EVIDENCE[item.evidence]),
        ("Ticked by", FACTS[item.fact].title if item.fact in FACTS else ""),
        ("The client approves it", "yes" if item.needs_approval else "no"),
        ("The client sees it", "yes" if item.client_sees else "no"),
        ("Essential", "yes" if item.essential else "no"),
    ]


def when(item: TemplateItem) -> str:
    """30 days before go-live; 1 day after the start; on the day of go-live."""
    if item.counted_from == "start":
        end, side = "the start", "after"
    else:
        end, side = "go-live", "before" if item.days > 0 else "after"
    count = abs(item.days)
    return f"{count:,} {'day' if count == 1 else 'days'} {side} {end}" if count else f"on the day of {end}"
