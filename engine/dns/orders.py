"""The way back as orders to a person: at each name and type exactly what to delete and what to set. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.dns.plan import FROM_ACCOUNT
from engine.dns.records import readable
from engine.dns.snapshot import Back, RevertRow


class Do(StrEnum):
    """What is to be done at one name and type."""

    SET = "set"  # and delete what stands in its place
    DELETE = "delete"
    LOOK = "look"  # nobody can tell: by hand


@dataclass(frozen=True, slots=True)
class Order:
    """One name and type. Values are whole. `is_read`: what to delete was read there; otherwise the plan names it.

    `seen` is what stands there now, where nobody can tell what stood there before.
    """

    name: str
    type: str
    do: Do
    deletes: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    ttl: int | None = None  # the one to set; None = not known
    others: int = 0  # texts beside it that stay
    is_read: bool = True
    is_back: bool = False

    @property
    def title(self) -> str:
        words = {Do.SET: "Put back", Do.DELETE: "Delete", Do.LOOK: "Look by hand at"}
        return f"{words[self.do]} {self.type} of {self.name}"

    @property
    def result(self) -> str:
        """How it stands afterwards, in a sentence."""
        if self.do is Do.LOOK:
            return (
                "The snapshot could not read it, so nobody can tell what stood there. Compare with the DNS host's own "
                "history, and write down what stands there before you change it."
            )
        others = ""
        if self.others:
            others = f"{self.others} other texts at this name stay" if self.others > 1 else "1 other text there stays"
        if self.do is Do.DELETE:
            return f"Only what is listed goes; {others}." if others else "Nothing stood there before the switch."
        now = "It stands so now; look again when you go back." if self.is_back else "It stands as it was kept."
        return f"{now} {others}." if others else now

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "type": self.type, "do": self.do.value, "deletes": list(self.deletes),
            "sets": list(self.sets), "seen": list(self.seen), "ttl": self.ttl, "is_read": self.is_read,
        }  # fmt: skip


def orders(rows: Iterable[RevertRow]) -> list[Order]:
    """In the order in which they can be done: at one name an alias goes before an address comes."""
    return sorted(map(_order, rows), key=lambda one: (one.name, one.do is not Do.DELETE, one.type))


def _order(row: RevertRow) -> Order:
    if row.action is Back.CANNOT_TELL:
        seen = tuple(map(_shown(row), row.now.values)) if row.now is not None else ()
        return Order(row.name, row.type, Do.LOOK, seen=seen)
    deletes, is_read = _deletes(row)
    sets = tuple(row.put_back) if row.action is Back.PUT_BACK else ()
    do = Do.SET if sets else Do.DELETE
    return Order(
        row.name, row.type, do, deletes, sets, ttl=row.old.ttl if sets and row.old.is_exact else None,
        others=row.others, is_read=is_read, is_back=row.is_back,
    )  # fmt: skip


def _deletes(row: RevertRow) -> tuple[tuple[str, ...], bool]:
    """What has to go. Where the new records do not stand yet, or were not read, the plan says what will."""
    shown = _shown(row)
    before = {shown(value) for value in row.old.values}
    if row.now is not None and not row.now.is_unknown and not row.is_back:
        return tuple(shown(value) for value in row.now.values if shown(value) not in before), True
    return tuple(value for value in row.planned if value and value not in before and value != FROM_ACCOUNT), False


def _shown(row: RevertRow) -> Any:
    return readable if row.type == "TXT" else str
