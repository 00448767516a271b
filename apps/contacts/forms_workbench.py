"""What the forms of the workbench send, as decisions by their keys; None takes a decision back."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict

from apps.contacts.deciding import NotDecided, consent_key, consent_value
from apps.contacts.models import Decided
from apps.contacts.reading_workbench import REPAIRS, ROLES, TYPO, WORD_CHOICES, Workbench, fix_key
from engine.contacts.recipe import EVERY

Values = Mapping[str, dict[str, Any] | None]
Told = list[tuple[str, Values]]  # kinds of decisions with their values
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@.]+")
MOST_PASTED = 5_000


def read_repairs(post: QueryDict, bench: Workbench) -> Told:
    """One suggestion taken or taken back, or all that wait."""
    if "take-all" in post:
        waiting = [repair for repair in bench.repairs() if repair.decision is None]
        return [(Decided.FIX, {one.key: _fix(one.code, one.value, one.to) for one in waiting})]
    if back := post.get("back"):
        return [(Decided.FIX, {back: None})]
    value, to = post.get("value", "").strip().lower().lstrip("@"), post.get("to", "").strip().lower().lstrip("@")
    code = post.get("code", TYPO)
    if code == TYPO:
        if not (_DOMAIN.fullmatch(value) and _DOMAIN.fullmatch(to)):
            raise NotDecided("Write both domains, such as gmial.com and gmail.com.")
    elif code not in REPAIRS:
        raise NotDecided("Choose one of the repairs on this page.")
    else:
        value, to = EVERY, ""
    return [(Decided.FIX, {fix_key(code, value): _fix(code, value, to)})]


def _fix(code: str, value: str, to: str) -> dict[str, Any]:
    return {"code": code, "value": value, "to": to}


def read_tags(post: QueryDict, bench: Workbench) -> Told:
    """New names, tags to drop, groups to merge or to keep apart, names without symbols, a pasted table."""
    values: dict[str, dict[str, Any] | None] = {}
    if "mend-all" in post:
        values = {line.tag: {"to": line.mended} for line in bench.tags() if line.is_open}
    elif merged := post.getlist("merge"):
        into = post.get("into", "").strip() or merged[0]
        values = {tag: {"to": into if "apart" not in post else tag} for tag in merged}
    elif "pasted" in post:
        values = _pasted(post["pasted"])
    else:
        for tag, to, before in zip(post.getlist("tag"), post.getlist("to"), post.getlist("before"), strict=False):
            if to.strip() != before:
                values[tag] = {"to": to.strip()[:200]} if to.strip() else None
        values |= {tag: {"to": ""} for tag in post.getlist("drop")}
        values |= dict.fromkeys(post.getlist("back"))
    if any(not 0 < len(tag) <= 300 for tag in values):
        raise NotDecided("A tag has between 1 and 300 characters.")
    return [(Decided.TAG, values)]


def _pasted(text: str) -> dict[str, dict[str, Any] | None]:
    """Two columns from a spreadsheet: the tag and its new name; a tag with nothing beside it is dropped."""
    lines = [line for line in text.splitlines() if line.strip()]
    sign = next((sign for sign in ("\t", ";", ",") if lines and sign in lines[0]), "")
    if not sign:
        raise NotDecided("Paste two columns: the tag, and beside it the new name.")
    if len(lines) > MOST_PASTED:
        raise NotDecided(f"Paste at most {MOST_PASTED:,} lines at a time.")
    rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=sign)
    pairs = [(row[0].strip(), row[1].strip() if len(row) > 1 else "") for row in rows if row]
    return {old[:300]: {"to": new[:200]} for old, new in pairs if old and old.lower() not in ("tag", "old")}


def read_columns(post: QueryDict, bench: Workbench) -> Told:
    """What becomes of each column that the page showed."""
    if "empty" in post:
        bare = [line for line in bench.columns() if not line.filled and not line.choice]
        return [(Decided.FIELD, {line.name: {"leave_out": True} for line in bare})]
    values: dict[str, dict[str, Any] | None] = {}
    for line in bench.columns():
        if f"shown-{line.number}" in post:
            choice = _column(post, line.number)
            values[line.name] = choice or (None if line.choice else {})
    return [(Decided.FIELD, {name: value for name, value in values.items() if value != {}})]


def _column(post: QueryDict, number: int) -> dict[str, Any]:
    """Only what differs from the column as it is."""
    to, role = post.get(f"to-{number}", "").strip()[:120], post.get(f"role-{number}", "")
    length = post.get(f"length-{number}", "").strip()
    if length and not (length.isascii() and length.isdigit() and 0 < int(length[:9]) < 1_000_000):
        raise NotDecided("Write the length as a whole number of characters, or leave it blank.")
    choice: dict[str, Any] = {"to": to, "role": role if role in dict(ROLES) else ""}
    choice |= {"leave_out": f"out-{number}" in post, "max_length": int(length or 0)}
    return {name: value for name, value in choice.items() if value}


def read_consent(post: QueryDict, bench: Workbench) -> Told:
    """What one word says about consent, and the document behind it; either a meaning or a consent, never both."""
    column, value, choice = post.get("column", ""), post.get("value", ""), post.get("choice", "")
    if (column, value) not in {(line.column, line.value) for line in bench.consent()}:
        raise NotDecided("This word is not in the file any more; look at the list again.")
    key, consent, word = consent_key(column, value), None, None
    if choice in ("agreed", "not_agreed"):
        consent = consent_value(column, value, is_given=choice == "agreed", source=post.get("source", ""))
    elif choice in dict(WORD_CHOICES) and value != EVERY:
        word = {"to": choice}
    elif choice:
        raise NotDecided("Choose one of the answers in the list.")
    words: Values = {value: word} if value != EVERY else {}
    return [(Decided.CONSENT, {key: consent}), (Decided.WORD, words)]


def read_activity(post: QueryDict, bench: Workbench) -> Told:
    """The days of the tiers, and from which day on a contact counts as cold."""
    if "back" in post:
        return [(Decided.TIERS, {"days": None})]
    parts = re.split(r"[,;\s]+", post.get("tiers", "").strip())
    cold = post.get("unengaged_days", "").strip()
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in [*parts, cold]):
        raise NotDecided("Write the limits as whole numbers of days, such as 60, 180, 365.")
    days = sorted({int(part) for part in parts})
    if len(days) > 8 or days[0] < 1 or not 1 <= int(cold) <= 36_500:
        raise NotDecided("Give one to eight limits, each of at least one day.")
    return [(Decided.TIERS, {"days": {"tiers": days, "unengaged_days": int(cold)}})]


READERS: dict[str, Callable[[QueryDict, Workbench], Told]] = {
    "repairs": read_repairs, "tags": read_tags, "columns": read_columns, "consent": read_consent,
    "activity": read_activity,
}  # fmt: skip
