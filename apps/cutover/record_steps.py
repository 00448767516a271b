"""The steps of a way back that are made of DNS records: exactly what leads back to the signed snapshots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.cutover.builtin import systems
from apps.cutover.runsheets import RunSheet, RunStep
from apps.domains.going_back import WayBack
from engine.dns.orders import Order, orders
from engine.dns.snapshot import RevertRow
from engine.runsheet import Step, WrongSheet, check_sheet

MINUTES = 3  # to put one record back
DAY = 86_400  # seconds: counted where a time to live is not known, the longest that DNS hosts set by themselves
SECTION = "Records"


@dataclass(frozen=True)
class Kept:
    """One order, with the domain and the snapshot that it comes from."""

    way: WayBack
    order: Order

    @property
    def record(self) -> dict[str, Any]:
        """What its step holds."""
        return self.order.as_json() | {"zone": self.way.zone, "snapshot": self.way.snapshot.pk}


@dataclass(frozen=True)
class Memory:
    """For how many seconds others may remember the new records; `unknown`: those whose time to live nobody knows."""

    seconds: int
    unknown: tuple[str, ...] = ()


def needs_records(system: str) -> bool:
    return bool(systems().get(system, {}).get("dns"))


def _belongs(system: str, row: RevertRow) -> bool:
    """Addresses and aliases of hosts are the pages'; mail, texts and keys are the sender's."""
    is_mail = row.type in ("MX", "TXT", "SPF") or "_domainkey." in row.name or row.name.startswith("_dmarc.")
    return is_mail == (system == "sending")


def _rows(system: str, way: WayBack) -> list[RevertRow]:
    return [row for row in way.rows if _belongs(system, row)] if needs_records(system) else []


def wanted(system: str, ways: Sequence[WayBack]) -> list[Kept]:
    """What the snapshots ask for today, domain by domain."""
    return [Kept(way, order) for way in ways for order in orders(_rows(system, way))]


def remembered(system: str, ways: Sequence[WayBack]) -> Memory:
    """The longest time to live of what is to go; a day where it is not known."""
    known, unknown = [0], []
    for way in ways:
        for row in _rows(system, way):
            now = row.now
            is_there = now is None or now.is_unknown or now.is_there
            ttl = way.ttl if not is_there else now.ttl if now is not None and now.is_exact else None
            if ttl is None:
                unknown.append(f"{row.type} of {row.name}")
            known.append(DAY if ttl is None else ttl)
    return Memory(max(known), tuple(unknown))


def is_current(steps: Iterable[RunStep], kept: Sequence[Kept]) -> bool:
    """Whether the sheet holds exactly what the snapshots ask for today."""
    there = sorted((step.record for step in steps if step.record), key=_place)
    return there == sorted((one.record for one in kept), key=_place)


def planned(steps: Sequence[RunStep], kept: Sequence[Kept]) -> list[Step]:
    """The sheet for the engine as it will be when it is started: with today's records."""
    if is_current(steps, kept):
        return [step.step for step in steps]
    own = [step for step in steps if not step.record]
    first, last = _around(own)
    begin = _begin(first)
    found = {step.pk: step.step for step in own}
    keys = [f"record {number}" for number in range(len(kept))]
    if last is not None:
        one = found[last.pk]
        known = tuple(key for key in one.waits_for if key in found)
        found[last.pk] = Step(one.key, one.title, one.start, one.minutes, (*known, *keys))
    rest = [Step(key, kept[number].order.title, begin + number * MINUTES, MINUTES) for number, key in enumerate(keys)]
    return [*found.values(), *rest]


def _around(own: Sequence[RunStep]) -> tuple[RunStep | None, RunStep | None]:
    """The step that comes before the records, and the one that waits for all of them."""
    first = next(iter(own), None)
    return first, next((step for step in own if step.section == "Back" and step != first), None)


def _begin(first: RunStep | None) -> int:
    return first.start + first.minutes if first else 0


def bring_in(sheet: RunSheet, kept: Sequence[Kept]) -> bool:
    """Make the sheet's record steps anew; False where they are right already. The caller has locked the sheet."""
    steps = list(sheet.steps.prefetch_related("waits_for"))
    if is_current(steps, kept):
        return False
    own, old = [step for step in steps if not step.record], [step for step in steps if step.record]
    if sheet.runs.exists():
        sheet.steps.exclude(record=None).update(retired_at=timezone.now())
    else:
        sheet.steps.exclude(record=None).delete()
    first, last = _around(own)
    people = {_place(step.record): step for step in old}
    made = [_made(sheet, one, _begin(first) + number * MINUTES, people) for number, one in enumerate(kept)]
    if last is not None:
        last.waits_for.add(*made)
    if first is not None:
        first.followers.add(*made)
        try:
            check_sheet([step.step for step in sheet.steps.prefetch_related("waits_for")])
        except WrongSheet:  # the first step waits, by a person's wish, for what comes after the records
            first.followers.remove(*made)
    return True


def _place(record: dict[str, Any]) -> tuple[str, str, str]:
    return record["zone"], record["name"], record["type"]


def _made(sheet: RunSheet, one: Kept, start: int, people: dict[tuple[str, str, str], RunStep]) -> RunStep:
    """Whoever was to do it before still is."""
    before = people.get(_place(one.record))
    who = {name: getattr(before, name) for name in ("owner_id", "owner_name", "phone")} if before else {}
    return RunStep.objects.create(
        project=sheet.project, sheet=sheet, section=SECTION, title=_short(one.order.title), start=start,
        minutes=MINUTES, expected=one.order.result, record=one.record, **who,
    )  # fmt: skip


def _short(title: str) -> str:
    """The whole name stands with the values."""
    return title if len(title) <= 160 else f"{title[:159]}…"
