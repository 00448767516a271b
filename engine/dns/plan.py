"""The order in which records are changed so that nothing breaks, and where one domain stands in it. Pure.

Lower the TTL, add the new sender beside the old one, verify, move sending, switch the pages, wait, and remove the old
records only after a person has said that the old platform sends no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from engine.dns.records import Key, RecordSet, by_key, zone_value

LOW_TTL = 300  # five minutes: what the DNS hosts allow, and short enough for a switch
NORMAL_TTL = 3600
FROM_ACCOUNT = "(from the account)"  # a planned value that only the new platform shows
ADDRESS_TYPES = ("A", "AAAA", "CNAME")


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    WAITS = "waits"
    LATER = "later"


class Action(StrEnum):
    LOWER = "lower"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    RAISE = "raise"


@dataclass(frozen=True, slots=True)
class Line:
    """One record to touch: the whole value, ready to paste; empty where only the account knows it."""

    action: Action
    name: str
    type: str
    value: str = ""
    ttl: int | None = None
    found: tuple[str, ...] = ()
    verdict: str = ""
    sentence: str = ""
    is_optional: bool = False
    visible_until: str = ""

    @property
    def host(self) -> str:
        """What stands before the domain in a panel is the page's business; the whole name is what the DNS knows."""
        return self.name

    @property
    def bind(self) -> str:
        """As a zone file has it; a removal is a remark."""
        if self.action is Action.REMOVE:
            return "\n".join(f"; remove {self.name}. {self.type} {value}" for value in self.found)
        if not self.value:
            return f"; {self.name}. {self.type}: the value comes from the account of the new platform"
        return f"{self.name}.\t{self.ttl or NORMAL_TTL}\tIN\t{self.type}\t{zone_value(self.type, self.value)}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the plan, in its place."""

    key: str
    title: str
    state: State
    why: str
    lines: tuple[Line, ...] = ()
    not_before: datetime | None = None
    word: str = ""  # the person's word that this step asks for

    @property
    def is_open(self) -> bool:
        return self.state is not State.DONE


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the plan depends on."""

    domain: str
    at: datetime
    rows: Sequence[Mapping[str, Any]] = ()
    old: Sequence[RecordSet] = ()  # the snapshot
    now: Sequence[RecordSet] = ()  # what stands there, asked of the zone's own servers
    is_signed: bool = False
    is_checked: bool = True
    ttl_low_since: datetime | None = None
    has_moved_sending: bool = False
    has_stopped_sending: bool = False
    pages_built: bool | None = None  # None: nothing is known about it
    spf: str = ""
    target_name: str = "the new platform"
    source_names: Sequence[str] = ()
    hold_until: datetime | None = None
    words: Mapping[str, str] = field(default_factory=dict)  # who said what, when; for the page

    @property
    def old_name(self) -> str:
        return " and ".join(self.source_names) or "the old platform"

    def wanted(self, *, pages: bool) -> list[Mapping[str, Any]]:
        return [
            row for row in self.rows
            if row["need"] in ("required", "recommended") and (row.get("purpose") == "pages") is pages
        ]  # fmt: skip

    @property
    def leftovers(self) -> list[Mapping[str, Any]]:
        return [row for row in self.rows if row["need"] == "remove"]


def plan_of(one: Situation) -> list[Step]:
    """The steps in their order. What a domain has no use for is left out."""
    steps = [_snapshot(one)]
    has_mail, has_pages = bool(one.wanted(pages=False)), bool(one.wanted(pages=True))
    ttl = _lower_ttl(one)
    if has_pages:
        steps.append(ttl)
    if has_mail:
        add = _add_sender(one)
        verify = _verify(one)
        steps += [add, verify, _move_sending(one, verify)]
    if has_pages:
        steps.append(_switch_pages(one, ttl))
    if has_mail or one.leftovers:
        steps += [_wait(one), _remove_old(one)]
    if has_pages:
        steps.append(_raise_ttl(one))
    return steps


def _snapshot(one: Situation) -> Step:
    title = "Keep a snapshot and sign it off"
    if one.is_signed:
        return Step("snapshot", title, State.DONE, "The records to go back to are kept and signed off.")
    why = "A snapshot was taken; look it through and sign it off." if one.old else "Take a snapshot before any change."
    return Step("snapshot", title, State.NOW, why)


def changing(one: Situation) -> list[RecordSet]:
    """The records of the snapshot that the switch of the pages will replace."""
    names = {row["name"] for row in one.wanted(pages=True) if row["verdict"] != "ok"}
    return [record for record in one.old if record.name in names and record.type in ADDRESS_TYPES and record.is_there]


def _lower_ttl(one: Situation) -> Step:
    title = "Lower the time to live of what will change"
    records = changing(one)
    if not one.old:
        return Step("lower_ttl", title, State.WAITS, "The snapshot comes first: it tells the present times to live.")
    if not records:
        return Step("lower_ttl", title, State.DONE, "No record that people's computers remember is going to change.")
    longest = max(record.ttl or NORMAL_TTL for record in records)
    if all(record.ttl is not None and record.ttl <= LOW_TTL for record in records):
        return Step("lower_ttl", title, State.DONE, "The times to live are short already.")
    now = by_key(one.now)
    lines = tuple(_ttl_line(record, now.get(record.key)) for record in records if (record.ttl or 0) > LOW_TTL)
    if not one.is_signed:
        return Step("lower_ttl", title, State.WAITS, "Sign off the snapshot first.", lines)
    if one.ttl_low_since is None:
        span = in_words(longest)
        why = f"Not lowered yet: others remember an answer for {span}, so lower it {span} or more before the switch."
        return Step("lower_ttl", title, State.NOW, why, lines, one.at + timedelta(seconds=longest))
    safe = one.ttl_low_since + timedelta(seconds=longest)
    if one.at < safe:
        why = "The lower value is seen. Others may still remember the old one, so the switch waits."
        return Step("lower_ttl", title, State.WAITS, why, lines, safe)
    return Step("lower_ttl", title, State.DONE, "The lower value is seen and the old one has run out.", lines)


def _ttl_line(record: RecordSet, now: RecordSet | None) -> Line:
    is_low = now is not None and now.is_exact and (now.ttl or 0) <= LOW_TTL
    seen = f"{now.ttl} s now" if now and now.is_exact else "not read from the zone's own servers yet"
    return Line(
        Action.LOWER, record.name, record.type, "; ".join(record.values), LOW_TTL, record.values,
        "ok" if is_low else "wrong", f"Time to live: {record.ttl} s in the snapshot, {seen}, {LOW_TTL} s wanted.",
    )  # fmt: skip


def is_low(records: Iterable[RecordSet], now: Sequence[RecordSet]) -> bool | None:
    """Whether the records stand there with a short TTL; None where that cannot be told."""
    found = by_key(now)
    answers = [found.get(record.key) for record in records]
    if any(answer is None or answer.is_unknown for answer in answers):
        return None
    there = [answer for answer in answers if answer is not None and answer.is_there]
    if any(answer.ttl is not None and answer.ttl > LOW_TTL for answer in there):
        return False  # also true of a resolver's answer: what is left of it is never more than what stands there
    return True if all(answer.is_exact for answer in there) else None


def _add_sender(one: Situation) -> Step:
    title = f"Add the records of {one.target_name} beside the old ones"
    rows = [row for row in one.wanted(pages=False) if row["verdict"] != "ok"]
    lines = tuple(_lines_of(rows, one, NORMAL_TTL))
    required = [row for row in rows if row["need"] == "required"]
    if not one.is_checked:
        return Step("add_sender", title, State.WAITS, "The domain has not been read yet.")
    if not required:
        why = "What is required stands there." + (" Some advised records are missing." if lines else "")
        return Step("add_sender", title, State.DONE, why, lines)
    if not one.is_signed:
        return Step("add_sender", title, State.WAITS, "Sign off the snapshot first.", lines)
    return Step("add_sender", title, State.NOW, "Nothing that works today changes by it.", lines)


def _lines_of(rows: Iterable[Mapping[str, Any]], one: Situation, ttl: int) -> Iterable[Line]:
    """What to do for each row. All includes that are missing make one SPF record, and only one."""
    includes = [row for row in rows if row.get("match") == "include"]
    merged = with_terms(one.spf, [f"include:{row['expected']}" for row in includes])
    for row in rows:
        is_spf = row.get("match") == "include"
        if is_spf and row is not includes[0]:
            continue
        expected = row.get("expected") or ""
        value = merged if is_spf else "" if row.get("match") in ("suffix", "per_account") else expected
        if is_spf and one.spf:
            action, found = Action.CHANGE, (one.spf,)
        else:
            action = Action.CHANGE if row["verdict"] == "wrong" else Action.ADD
            found = tuple(row.get("found_list", []))
        yield Line(
            action, row["name"], row["type"], value, ttl, found, row["verdict"], row.get("sentence", ""),
            row["need"] == "recommended", row.get("visible_until") or "",
        )  # fmt: skip


def with_terms(spf: str, terms: Sequence[str]) -> str:
    """The one SPF record with further terms, set before its last word (RFC 7208 4.6.2: what follows `all` is lost)."""
    words = spf.split() or ["v=spf1", "~all"]
    new = [term for term in terms if term.lower() not in {word.lower() for word in words}]
    at = next((n for n, word in enumerate(words) if word.lower().lstrip("+-~?") == "all" or "redirect=" in word), None)
    return " ".join([*words, *new] if at is None else [*words[:at], *new, *words[at:]])


def without_terms(spf: str, terms: Sequence[str]) -> str:
    gone = {term.lower() for term in terms}
    return " ".join(word for word in spf.split() if word.lower().lstrip("+?~-") not in gone)


def _verify(one: Situation) -> Step:
    title = "Verify that the new sender is right"
    rows = [row for row in one.wanted(pages=False) if row["need"] == "required"]
    unclear = [row for row in rows if row["verdict"] == "unknown"]
    if any(row["verdict"] in ("wrong", "missing") for row in rows):
        return Step("verify", title, State.LATER, "First the records of the step before.")
    if unclear or not one.is_checked:
        names = ", ".join(f"{row['name']} {row['type']}" for row in unclear[:3])
        return Step("verify", title, State.WAITS, f"Cannot tell yet: {names or 'the domain could not be read'}.")
    return Step("verify", title, State.DONE, "Every required record was found right by the last check.")


def _move_sending(one: Situation, verify: Step) -> Step:
    title = f"Move sending to {one.target_name}"
    if one.has_moved_sending:
        return Step("move_sending", title, State.DONE, one.words.get("sending_moved", ""), word="sending_moved")
    if verify.is_open:
        return Step("move_sending", title, State.WAITS, "Only once the new sender is verified.", word="sending_moved")
    why = f"Send the next message from {one.target_name}, to a few of your own addresses first; then say so here."
    return Step("move_sending", title, State.NOW, why, word="sending_moved")


def _switch_pages(one: Situation, ttl: Step) -> Step:
    title = f"Point the pages to {one.target_name}"
    rows = [row for row in one.wanted(pages=True) if row["need"] == "required"] or one.wanted(pages=True)
    lines = tuple(_page_lines([row for row in rows if row["verdict"] != "ok"], one))
    if all(row["verdict"] == "ok" for row in rows):
        return Step("switch_pages", title, State.DONE, "The names lead there.", word="pages_built")
    reasons = []
    if not one.is_signed:
        reasons.append("the snapshot is signed off")
    if ttl.is_open:
        reasons.append("the old times to live have run out")
    if not one.pages_built:
        known = "" if one.pages_built is False else ", which the inventory does not tell yet"
        reasons.append(f"the essential pages and memberships are built{known}")
    if reasons:
        why = f"Waits until {'; '.join(reasons)}. The old pages disappear with this change."
        return Step("switch_pages", title, State.WAITS, why, lines, ttl.not_before, "pages_built")
    return Step("switch_pages", title, State.NOW, "Everything stands ready for it.", lines, word="pages_built")


def _page_lines(rows: Sequence[Mapping[str, Any]], one: Situation) -> Iterable[Line]:
    """An alias cannot stand beside anything else, so addresses at its name go first (RFC 1034 3.6.2)."""
    now = by_key(one.now) or by_key(one.old)
    for row in rows:
        rivals = {"CNAME": ("A", "AAAA"), "A": ("CNAME",), "AAAA": ("CNAME",)}.get(row["type"], ())
        for kind in rivals:
            there = now.get((row["name"], kind))
            if there is not None and there.is_there:
                why = f"A name holds either a CNAME or addresses; take this one away, then set the {row['type']}."
                yield Line(Action.REMOVE, row["name"], kind, "", None, there.values, "wrong", why)
        yield from _lines_of([row], one, LOW_TTL)


def _wait(one: Situation) -> Step:
    title = f"Wait for the last message through {one.old_name}"
    if one.has_stopped_sending:
        return Step("wait", title, State.DONE, one.words.get("sending_stopped", ""), word="sending_stopped")
    why = (
        "Running sequences, receipts and invoices count too. Only a person can know; no look-up tells. "
        "The records of the old sender do no harm while they wait."
    )
    return Step("wait", title, State.NOW if one.has_moved_sending else State.LATER, why, word="sending_stopped")


def _remove_old(one: Situation) -> Step:
    title = f"Remove the mail records of {one.old_name}"
    left = [row for row in one.leftovers if row["verdict"] == "wrong"]
    unclear = [row for row in one.leftovers if row["verdict"] == "unknown"]
    terms = [term for row in left for term in row.get("found_list", []) if term.startswith("include:")]
    lines = [
        Line(Action.REMOVE, row["name"], row["type"], "", None, tuple(row.get("found_list", [])), "wrong",
             row.get("sentence", ""))
        for row in left if not any(term in terms for term in row.get("found_list", []))
    ]  # fmt: skip
    if terms:
        shorter = without_terms(one.spf, terms)
        why = f"Take {' and '.join(terms)} out; the rest of the record stays."
        lines.insert(0, Line(Action.CHANGE, one.domain, "TXT", shorter, NORMAL_TTL, (one.spf,), "wrong", why))
    if not left and not unclear and one.is_checked:
        return Step("remove_old", title, State.DONE, "None of them is left.")
    if not left:
        return Step("remove_old", title, State.WAITS, "Cannot tell yet what is left of them; the next check will.")
    if not one.has_stopped_sending:
        why = f"Waits until a person has confirmed that sending through {one.old_name} has stopped."
        return Step("remove_old", title, State.WAITS, why, tuple(lines))
    return Step("remove_old", title, State.NOW, "Sending has stopped, so these records may go.", tuple(lines))


def _raise_ttl(one: Situation) -> Step:
    title = "Set the times to live back"
    low = [record for record in one.now if record.is_there and record.type in ADDRESS_TYPES and record.is_exact]
    names = {row["name"] for row in one.wanted(pages=True)}
    short = [record for record in low if record.name in names and (record.ttl or 0) <= LOW_TTL]
    lines = tuple(
        Line(Action.RAISE, record.name, record.type, "; ".join(record.values), NORMAL_TTL, record.values, "wrong",
             f"{record.ttl} s now.")
        for record in short
    )  # fmt: skip
    are_pointed = all(row["verdict"] == "ok" for row in one.wanted(pages=True))
    if not are_pointed or one.hold_until is None or one.at < one.hold_until:
        why = "After the hold period: while the way back may be needed, short times serve it."
        return Step("raise_ttl", title, State.LATER, why, lines if are_pointed else (), one.hold_until)
    if not short:
        return Step("raise_ttl", title, State.DONE, "They are long again.")
    return Step("raise_ttl", title, State.NOW, "The hold period is over.", lines)


def planned_values(rows: Sequence[Mapping[str, Any]], steps: Sequence[Step]) -> dict[Key, list[str]]:
    """What the plan sets at each name and type, for the table that leads back; nothing listed where it removes."""
    planned: dict[Key, list[str]] = {}
    for step in steps:
        for line in step.lines:
            if line.action in (Action.ADD, Action.CHANGE):
                planned.setdefault((line.name, line.type), []).append(line.value or FROM_ACCOUNT)
            elif line.action is Action.REMOVE:
                planned.setdefault((line.name, line.type), [])
    for row in rows:
        if row["need"] in ("required", "recommended") and row["verdict"] == "ok" and row.get("match") == "exact":
            planned.setdefault((row["name"], row["type"]), [row["expected"] or ""])
    return planned


def in_words(seconds: int) -> str:
    """A time to live for people: 5 minutes, 1 hour, 2 days."""
    for size, one in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size, 1)
            text = f"{number:g}"
            return f"{text} {one}" if number == 1 else f"{text} {one}s"
    return f"{seconds} seconds"
