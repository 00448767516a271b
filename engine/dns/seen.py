"""Rows of expected records beside what every name server publishes, and until when caches may show the old answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from engine.dns.answers import Answer, Answers, Question
from engine.dns.dkim import DkimResult
from engine.dns.expected import OK, REMOVE, Row
from engine.dns.facts import DomainFacts
from engine.dns.lines import Server
from engine.dns.mx import is_address
from engine.dns.published import Published, Said, gather_published, signature
from engine.dns.reach import Reach
from engine.dns.senders import includes_in
from engine.platforms import Mark, Match, Need, Purpose, Record

MOST_WITHOUT_TASK = 20
MOST_RESOLVERS = 4


def with_published(
    facts: DomainFacts,
    rows: Sequence[Row],
    lookup: Answers,
    *,
    reach: Reach,
    resolvers: Sequence[Server] = (),
    more: Sequence[Question] = (),
    asked_at: datetime | None = None,
) -> tuple[DomainFacts, tuple[Row, ...]]:
    """The same with the zone's own servers asked: about everything where a task is open, else about the telling few."""
    if facts.does_not_exist or facts.is_unreadable:
        return facts, tuple(rows)
    by_record: dict[Question, list[Row]] = {}
    for row in rows:
        by_record.setdefault((row.name, row.type), []).append(row)

    def accepts(record: Question, answer: Answer) -> bool | None:
        return any(has_it(row, answer) is (row.need != REMOVE) for row in by_record.get(record, ()))

    is_task = bool(rows or facts.asked_selectors or more)
    wanted = [*own_records(facts.name), *rows_records(rows), *key_records(facts, rows), *more]
    published = gather_published(
        facts.name, lookup, wanted, reach, accepts, most_questions=0 if is_task else MOST_WITHOUT_TASK
    )
    judged = tuple(_judged(row, published, lookup, resolvers[:MOST_RESOLVERS], asked_at) for row in rows)
    return replace(facts, published=published), judged


def own_records(domain: str) -> list[Question]:
    """What every domain is asked about, the most telling first."""
    return [(domain, "TXT"), (f"_dmarc.{domain}", "TXT"), (domain, "MX"), (domain, "NS")]


def rows_records(rows: Iterable[Row]) -> Iterator[Question]:
    for row in rows:
        if not row.is_open:
            yield row.name, row.type


def key_records(facts: DomainFacts, rows: Iterable[Row]) -> Iterator[Question]:
    """The keys that are looked at, unless a row asks about the same name."""
    told = {row.name for row in rows}
    for key in facts.dkim:
        name = f"{key.selector}._domainkey.{facts.name}"
        is_there = key.result is not DkimResult.MISSING
        if name not in told and (is_there or key.selector in facts.asked_selectors):
            yield name, "TXT"


def has_it(row: Row, answer: Answer) -> bool | None:
    """Whether this answer holds what the row expects (of a left record: what was found); None when nobody can tell."""
    values = answer.chain[:1] if answer.chain and row.type == "CNAME" else answer.values
    if row.type == "MX":
        values = tuple(value.split(" ", 1)[-1] for value in values)
    if row.match == Match.INCLUDE or (row.need == REMOVE and row.purpose == "old" and row.type == "TXT"):
        values = (*values, *(f"include:{target}" for target in includes_in(values)))
    if row.need == REMOVE:
        return any(value in row.found for value in values)
    if not values:
        return False if not answer.chain else None
    if row.match == Match.PRESENT and row.purpose == Purpose.DMARC:
        return any(value.startswith("v=DMARC1") for value in values)
    record = _record(row)
    told = [record.accepts(value.removeprefix("include:")) for value in values]
    return True if True in told else None if None in told else False


def _record(row: Row) -> Record:
    return Record(
        host=row.name, type=row.type, need=Need.REQUIRED, match=Match(row.match), purpose=Purpose.OWNERSHIP,
        sentence="", source="", read_on=date.min, mark=Mark.SURE, value=row.expected or None,
    )  # fmt: skip


def _judged(
    row: Row, published: Published, lookup: Answers, resolvers: Sequence[Server], asked_at: datetime | None
) -> Row:
    """The row with the servers that have it, and those that do not."""
    said = published.said.get((row.name, row.type), {})
    told = {name: has_it(row, answer) for name, answer in said.items()}
    is_hidden = row.type == "CNAME" and any(is_address(value) for value in row.found)  # flattened or proxied
    if row.is_open or is_hidden or not told or None in told.values():
        return row
    having = [name for name, has in told.items() if has]
    lacking = having if row.need == REMOVE else [name for name, has in told.items() if not has]
    state = "all" if len(having) == len(told) else "some" if having else "none"
    is_done = state == ("none" if row.need == REMOVE else "all")
    found = replace(row, published=state, missing_at=tuple(lacking) if state == "some" else ())
    if not (is_done and asked_at):
        return found
    until = _old_until(row, said, lookup, resolvers)
    if until is None:
        return found
    end = asked_at + timedelta(seconds=until)
    sentence = f"Published on every name server; the old answer may be seen until {in_words(end)}."
    return replace(found, visible_until=end, sentence=found.sentence if row.verdict == OK else sentence)


def _old_until(row: Row, said: Said, lookup: Answers, resolvers: Sequence[Server]) -> int | None:
    """The seconds for which a resolver of ours will still give another answer than the zone's servers."""
    fresh = {signature(answer) for answer in said.values()}
    seen = [lookup(row.name, row.type)]
    if len(resolvers) > 1:
        seen += [lookup.at(row.name, row.type, address, port) for address, port in resolvers]
    old = [
        answer.ttl
        for answer in seen
        if not (answer.is_pending or answer.has_failed or answer.is_own)
        and answer.ttl is not None
        and signature(answer) not in fresh
    ]
    return max(old, default=None)


def in_words(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC on {moment.day} {moment:%b}"
