"""A few people as they were sent and as they arrived, field by field."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.contacts.columns import comparable, load_aliases
from engine.contacts.tag_cells import shared_tags, split_tags

CUT = 200
NO_FIELD = "not in the export"


class Pair(NamedTuple):
    """One person twice."""

    sent_header: Sequence[str]
    sent: Sequence[str]
    found_header: Sequence[str]
    found: Sequence[str]


def side_by_side(pairs: Sequence[Pair], separator: str) -> list[tuple[str, str, str, str, str]]:
    """Person, field, sent, found, and whether they are the same; for reading, so long cells are cut."""
    return [
        (str(number), name, sent[:CUT], found[:CUT], same)
        for number, pair in enumerate(pairs, start=1)
        for name, sent, found, same in _fields(pair, separator)
    ]


def _fields(pair: Pair, separator: str) -> Iterator[tuple[str, str, str, str]]:
    roles = load_aliases()
    by_name = {comparable(name): place for place, name in reversed(list(enumerate(pair.found_header)))}
    by_role = {roles[name]: place for name, place in reversed(by_name.items()) if name in roles}
    for name, sent in zip(pair.sent_header, pair.sent, strict=True):
        place = by_name.get(comparable(name), by_role.get(roles.get(comparable(name), "?")))
        if place is None:
            if sent:
                yield name, sent, "", NO_FIELD
            continue
        found = pair.found[place]
        is_same = _is_same(sent, found, separator, is_tags=roles.get(comparable(name)) == "tags")
        if sent or found:
            yield name, sent, found, "yes" if is_same else "no"


def _is_same(sent: str, found: str, separator: str, *, is_tags: bool) -> bool:
    if is_tags:
        told, there = frozenset(split_tags(sent, separator)), {*split_tags(found), *split_tags(found, separator)}
        return shared_tags(told, frozenset(there)) == told
    return " ".join(sent.split()).casefold() == " ".join(found.split()).casefold()
