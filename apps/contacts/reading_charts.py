"""What a contact file looks like, in bars and columns."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contacts.models import FileCheck
from engine.contacts.recipe import DEFAULT_TIERS
from engine.contacts.vocabulary import plain

Row = dict[str, Any]
# Word of the engine, word of the page, tone; in the order of the page.
STATUS = [
    ("subscribed", "On the list", "green"), ("yes", "On the list", "green"), ("neutral", "Says nothing", "slate"),
    ("cold", "No longer reads its mail", "amber"), ("", "Blank", "grey"), ("unknown", "Not understood", "amber"),
    ("no", "Not opted in", "amber"),
    ("unsubscribed", "Unsubscribed", "red"), ("bounced", "Bounced", "darkred"),
    ("complained", "Complained about mail", "darkred"), ("blocked", "Blocked", "darkred"),
]  # fmt: skip
CONSENT = [
    ("yes", "Agreed", "green"), ("subscribed", "On the list", "green"), ("", "Blank", "grey"),
    ("neutral", "Says nothing", "slate"), ("unknown", "Not understood", "amber"), ("no", "Did not agree", "red"),
    ("unsubscribed", "Unsubscribed", "red"), ("bounced", "Bounced", "darkred"),
    ("complained", "Complained about mail", "darkred"), ("blocked", "Blocked", "darkred"),
]  # fmt: skip
_TONES = ("green", "teal", "blue", "slate")  # the fresher, the greener


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of one check; an empty one is not drawn."""

    status: list[Row]
    consent: list[Row]
    tiers: list[Row]
    months: Mapping[str, int]
    undated: int

    @property
    def is_empty(self) -> bool:
        return not (self.status or self.consent or self.tiers or self.months)


def read_charts(check: FileCheck, choices: Iterable[Mapping[str, Any]] = ()) -> Charts:
    """What the engine counted, in the words of the page; `choices` about consent were in force when it counted."""
    told = check.report.get("charts", {})
    months = told.get("opted_in", {})
    return Charts(
        _worded(told.get("status", {}), STATUS),
        _worded(_decided(check, told.get("consent", {}), choices), CONSENT),
        _tiers(told.get("tiers", {})),
        months,
        max(check.records - sum(months.values()), 0) if months else 0,
    )


def _decided(check: FileCheck, counts: Mapping[str, int], choices: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    """The column's own meanings; where somebody decided what a word of it says, that counts."""
    columns = [one["name"] for one in check.report.get("columns_detail", []) if one.get("role") == "consent"]
    chosen = {(one["column"], plain(one["value"])): "yes" if one["is_given"] else "no" for one in choices}
    moved = Counter(counts)
    for name in columns:
        for word, told in check.report.get("words", {}).get(name, {}).items():
            meaning = chosen.get((name, plain(word)))
            if meaning and told["meaning"] in ("unknown", "neutral", "yes", "no"):
                moved[told["meaning"]] -= told["count"]
                moved[meaning] += told["count"]
    return +moved


def _worded(counts: Mapping[str, int], words: list[tuple[str, str, str]]) -> list[Row]:
    known = {key for key, _, _ in words}
    rows = [{"label": label, "count": counts[key], "tone": tone} for key, label, tone in words if counts.get(key)]
    return rows + [{"label": key, "count": n, "tone": "grey"} for key, n in counts.items() if key not in known and n]


def _tiers(counts: Mapping[str, int]) -> list[Row]:
    """By the days since the last sign of life; those that were never seen come last."""
    if not counts:
        return []
    told = {int(name) for name in counts if name.isdigit()}
    days = sorted(told | set(DEFAULT_TIERS)) if told <= set(DEFAULT_TIERS) else sorted(told)
    rows, above = [], 0
    for number, limit in enumerate(days):
        label = f"{above + 1} to {limit} days ago" if above else f"In the last {limit} days"
        rows.append({"label": label, "count": counts.get(str(limit), 0), "tone": _TONES[min(number, len(_TONES) - 1)]})
        above = limit
    if counts.get("older"):
        rows.append(
            {"label": f"More than {above} days ago" if above else "Long ago", "count": counts["older"], "tone": "amber"}
        )
    if counts.get("never"):
        rows.append({"label": "No day known", "count": counts["never"], "tone": "grey"})
    return rows
