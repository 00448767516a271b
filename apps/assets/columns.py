"""The columns of the inventory: what a cell says, how it stands in a spreadsheet, how a text becomes its value.

One list serves the table, the export, the import and its three-way merge, so that they cannot disagree.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.db.models.functions import Lower

from apps.assets.kinds import KindBook
from apps.assets.limits import people_of, without_secrets
from apps.assets.models import Asset, CurrentStatus, Progress, RequiredStatus, kinds_of
from apps.projects.models import Project, Role
from engine.spreadsheets.cells import CellError, as_choice, as_day, as_number, as_yes, plain

ID, VERSION, BASE, ACTION = "Row id", "Row version", "Row base", "Action"
TECHNICAL = (ID, VERSION, BASE, ACTION)
_NUMBERED = re.compile(r"(?s)(.*) \(#(\d{1,17})\)")


@dataclass(slots=True)
class Names:
    """What texts stand for in one project: people, kinds, assets. Each is asked for once, and only if used."""

    project: Project
    book: KindBook = field(init=False)
    _cache: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = kinds_of(self.project)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._cache:
            self._cache[name] = make()
        return self._cache[name]

    @property
    def people(self) -> list[Any]:
        found: list[Any] = self._once("people", lambda: list(people_of(self.project)))
        return found

    @property
    def shared(self) -> set[str]:
        """Names, in small letters, that several assets have."""
        rows = self.project.assets.order_by().annotate(low=Lower("name")).values("low").annotate(n=Count("pk"))
        found: set[str] = self._once("shared", lambda: set(rows.filter(n__gt=1).values_list("low", flat=True)))
        return found

    @property
    def by_name(self) -> dict[str, list[int]]:
        """The assets of each name, in small letters."""

        def read() -> dict[str, list[int]]:
            found: dict[str, list[int]] = {}
            for pk, name in self.project.assets.order_by().values_list("pk", "name").iterator(chunk_size=5000):
                found.setdefault(name.casefold(), []).append(pk)
            return found

        names: dict[str, list[int]] = self._once("by_name", read)
        return names

    def part_of(self, asset: Asset, role: int = Role.OWNER) -> str:
        """The name of what the asset stands in, with its number where the name alone would not tell."""
        parent = asset.parent
        if parent is None or parent.deleted_at or not parent.is_shown_to(role):
            return ""
        return f"{parent.name} (#{parent.pk})" if parent.name.lower() in self.shared else parent.name

    def asset_called(self, text: str) -> int | None:
        """The key of the asset that a text names; None where there is none. Raises CellError where it names several."""
        match = _NUMBERED.fullmatch(text)
        name, number = (match[1], int(match[2])) if match else (text, 0)
        found = self.by_name.get(name.casefold(), [])
        if number:
            return number if number in found else None
        if len(found) > 1:
            raise CellError(
                f"{len(found)} assets are called “{text[:40]}”; write the number too: {text[:40]} (#{found[0]})."
            )
        return found[0] if found else None


Text = Callable[[Asset, Names], str]
Value = Callable[[Names, str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One common column. `name` is the asset's field; `cell` is what stands in a spreadsheet."""

    header: str
    name: str
    width: int
    text: Text
    value: Value
    cell: Callable[[Asset, Names], Any]
    choices: tuple[str, ...] = ()
    is_internal: bool = False
    aliases: tuple[str, ...] = ()
    default: str = ""


def _checked(name: str) -> Value:
    """As the form checks it."""

    field = Asset._meta.get_field(name)

    def value(names: Names, text: str) -> str:
        if not text and not field.blank:
            raise CellError("Give it a name.")
        if field.max_length and len(text) > field.max_length:
            raise CellError(f"This is longer than {field.max_length:,} characters; shorten it.")
        found: str = field.clean(without_secrets(text), None)
        return found

    return value


def _worded(name: str) -> Text:
    return lambda asset, names: plain(getattr(asset, name))


def _plain(header: str, name: str, width: int, **more: Any) -> Column:
    return Column(header, name, width, _worded(name), _checked(name), lambda asset, names: getattr(asset, name), **more)


def _choice(header: str, name: str, width: int, choices: Any, **more: Any) -> Column:
    labels = {key: label if key else "" for key, label in choices.choices}
    return Column(
        header, name, width, lambda asset, names: labels.get(getattr(asset, name), ""),
        lambda names, text: as_choice(text, labels), lambda asset, names: labels.get(getattr(asset, name)) or None,
        choices=tuple(label for label in labels.values() if label), **more,
    )  # fmt: skip


def _number(header: str, name: str, width: int, **more: Any) -> Column:
    def value(names: Names, text: str) -> Decimal | None:
        number = as_number(text)
        if number is not None:
            number = Asset._meta.get_field(name).clean(number, None)
        return number

    return Column(header, name, width, _worded(name), value, lambda asset, names: getattr(asset, name), **more)


def _kind(names: Names, text: str) -> str:
    labels = {key: kind.label for key, kind in names.book.kinds.items()}
    try:
        return as_choice(text, labels)
    except CellError:
        raise CellError(
            f"There is no kind “{text[:40]}”; choose one of the list in the Kind column of an export."
        ) from None


def _person(names: Names, text: str) -> Any:
    if not text:
        return None
    found = [one for one in names.people if text.casefold() in (str(one).casefold(), one.email)]
    if len(found) != 1:
        words = "Nobody in this project is called" if not found else "Several people are called"
        raise CellError(f"{words} “{text[:40]}”; write the e-mail address.")
    return found[0].pk


def _who(asset: Asset, names: Names) -> str:
    """The name, or where two people share it the address."""
    if asset.owner is None:
        return ""
    label = str(asset.owner)
    return label if sum(str(one) == label for one in names.people) < 2 else asset.owner.email


def _parent(names: Names, text: str) -> Any:
    """The key of the parent, or the text itself where it may be a new row of the same file."""
    return (names.asset_called(text) or text) if text else None


def _seen(names: Names, text: str) -> bool:
    found = as_yes(text)
    if found is None:
        raise CellError("Write yes or no.")
    return found


COLUMNS: list[Column] = [
    _plain("Name", "name", 42, aliases=("title", "asset", "asset name", "item", "page", "page name")),
    Column("Kind", "kind", 20, lambda asset, names: names.book.label(asset.kind), _kind,
           lambda asset, names: names.book.label(asset.kind), aliases=("type", "asset type", "category")),
    _choice("Current status", "current_status", 15, CurrentStatus, aliases=("status", "state"),
            default=CurrentStatus.UNKNOWN.label),
    _choice("Required status", "required_status", 17, RequiredStatus,
            aliases=("decision", "migration status", "what to do", "treatment")),
    _choice("Progress", "progress", 14, Progress, default=Progress.NOT_STARTED.label),
    _plain("Old URL", "url", 40, aliases=("url", "link", "address", "page url", "source url", "old link")),
    _plain("New URL", "new_url", 40, aliases=("new link", "target url", "destination", "new address")),
    Column("Owner", "owner_id", 20, _who, _person, lambda asset, names: _who(asset, names) or None,
           aliases=("responsible", "assignee", "assigned to", "who")),
    Column("Part of", "parent_id", 24, lambda asset, names: names.part_of(asset), _parent,
           lambda asset, names: names.part_of(asset) or None, aliases=("parent", "belongs to", "inside")),
    Column("Last used", "last_used", 12, _worded("last_used"), lambda names, text: as_day(text),
           lambda asset, names: asset.last_used, aliases=("last activity", "last used on", "last modified")),
    _number("Revenue a month", "revenue", 15, aliases=("revenue", "monthly revenue", "mrr")),
    _number("Effort in hours", "effort_hours", 14, is_internal=True, aliases=("effort", "hours", "estimate")),
    _choice("Suggestion", "suggestion", 17, RequiredStatus, aliases=("recommendation",)),
    _plain("Suggested because", "suggestion_why", 30),
    _plain("Notes", "notes", 50, is_internal=True, aliases=("note", "comment", "comments", "remarks")),
    Column("Client sees", "client_sees", 11, _worded("client_sees"), _seen,
           lambda asset, names: "yes" if asset.client_sees else "no", choices=("yes", "no"), is_internal=True,
           aliases=("visible to client",), default="no"),
]  # fmt: skip
BY_HEADER: Mapping[str, Column] = {one.header: one for one in COLUMNS}
BY_NAME: Mapping[str, Column] = {one.name: one for one in COLUMNS}
_ALIASES = {alias: one.header for one in COLUMNS for alias in one.aliases}


def header_of(text: str, own: Collection[str]) -> str:
    """Our header that a file's header means: the same, a field of a kind, or another name for it; "" where none."""
    wanted = " ".join(text.split()).casefold()
    for header in (*BY_HEADER, *TECHNICAL, *own):
        if header.casefold() == wanted:
            return header
    return _ALIASES.get(wanted, "")


def text_of(asset: Asset, header: str, names: Names) -> str:
    """What the asset says under a header; "" where its kind has no such field."""
    column = BY_HEADER.get(header)
    if column is not None:
        return column.text(asset, names)
    kind = names.book.kinds.get(asset.kind)
    found = kind.field_called(header) if kind else None
    return asset.extra.get(found.key, "") if found else ""


def read_cell(header: str, kind: str, text: str, names: Names) -> tuple[str, Any]:
    """The field a cell belongs to ("extra.<key>" for a field of the kind) and its value. Raises CellError."""
    column = BY_HEADER.get(header)
    try:
        if column is not None:
            return column.name, column.value(names, text)
        found = names.book.kinds[kind].field_called(header) if kind in names.book.kinds else None
        if found is None:
            if text:
                raise CellError(f"The kind {names.book.label(kind)} has no {header}; clear the cell.")
            return "", ""
        return f"extra.{found.key}", without_secrets(found.read(text))
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from error


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def base_of(cells: Iterable[tuple[str, Any]]) -> str:
    """What (header, cell) pairs say, for the hidden column that comes back with the row; what is empty is left out.

    Made of the very cells that leave, so that it says nothing which they do not say. Texts are made plain when read.
    """
    there = ((header, cell) for header, cell in cells if cell is not None and cell != "")
    return _as_json({header: cell if type(cell) is str else plain(cell) for header, cell in there})


def stored(value: Any) -> Any:
    """A value as JSON can keep it."""
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def restored(name: str, value: Any) -> Any:
    """What `stored` kept, as the asset's field takes it."""
    return value if name == "extra" or name.startswith("extra.") else Asset._meta.get_field(name).to_python(value)
