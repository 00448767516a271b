"""The decisions about one client's contacts, kept so that the next export of the same source gets them too.

A recipe never changes an upload: it is applied while the packs are made. It is plain data, so that it can be stored,
shown, undone line by line, and told in the manifest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from engine.contacts.columns import comparable
from engine.contacts.private import is_secret_column

DEFAULT_TIERS = (60, 180, 365)
EVERY = "*"


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """What becomes of one column: `header` as the source writes it, `to` as the target calls it ("" = unchanged).

    `role` is a role of `columns.json` ("" = as recognised), `max_length` in characters (0 = as long as it is).
    """

    header: str
    to: str = ""
    role: str = ""
    leave_out: bool = False
    max_length: int = 0


@dataclass(frozen=True, slots=True)
class Fix:
    """One suggested repair, taken for all cells alike.

    `code` is the code of the finding; `value` what is replaced: a domain for `contacts.email.typo`, EVERY for repairs
    that need no word (spaces, brackets, dates); `to` what stands there afterwards.
    """

    code: str
    value: str = EVERY
    to: str = ""


@dataclass(frozen=True, slots=True)
class ConsentChoice:
    """Whether the contacts with this `value` in this `column` agreed, and by which document (`source`).

    EVERY as value speaks for all contacts of the file that nothing else speaks for; then `column` is "".
    """

    column: str
    value: str
    is_given: bool
    source: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that was decided; an empty one changes nothing."""

    fields: tuple[FieldChoice, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)  # old name: new name, "" drops it
    consent: tuple[ConsentChoice, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)  # a status word: subscribed, neutral, unsubscribed, ...
    tiers: tuple[int, ...] = DEFAULT_TIERS  # days since the last sign of life, rising
    unengaged_days: int = 180

    def roles(self) -> dict[str, str]:
        """The role of each column that a person named, by its header."""
        return {choice.header: choice.role for choice in self.fields if choice.role}

    def left_out(self, header: Sequence[str]) -> frozenset[int]:
        """The places of the columns that stay behind: those somebody chose, and those that hold passwords."""
        chosen = {comparable(choice.header) for choice in self.fields if choice.leave_out}
        names = enumerate(header)
        return frozenset(number for number, name in names if comparable(name) in chosen or is_secret_column(name))

    def as_json(self) -> dict[str, Any]:
        """Plain data; `read_recipe` gives the same recipe back."""
        return asdict(self)


def read_recipe(raw: Any) -> Recipe:
    """The recipe in plain data; ValueError with a sentence when it does not have that shape."""
    if not isinstance(raw, Mapping) or not {part.name for part in fields(Recipe)}.issuperset(raw):
        raise ValueError("A recipe is a JSON object with fields, fixes, tags, consent, words, tiers, unengaged_days.")
    try:
        return Recipe(
            tuple(FieldChoice(**item) for item in _listed(raw.get("fields"))),
            tuple(Fix(**item) for item in _listed(raw.get("fixes"))),
            _words(raw.get("tags")),
            tuple(ConsentChoice(**item) for item in _listed(raw.get("consent"))),
            _words(raw.get("words")),
            _days(raw.get("tiers", DEFAULT_TIERS)),
            int(raw.get("unengaged_days", 180)),
        )
    except TypeError as error:
        raise ValueError("An entry of the recipe has a name that is not known, or lacks one.") from error


def _listed(raw: Any) -> Iterable[Mapping[str, Any]]:
    items = raw or ()
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        raise ValueError("The fields, fixes and consent of a recipe are lists of objects.")
    return items


def _words(raw: Any) -> dict[str, str]:
    if not isinstance(raw or {}, Mapping):
        raise ValueError("The tags and words of a recipe are objects with text on both sides.")
    return {str(old): str(new) for old, new in (raw or {}).items()}


def _days(raw: Any) -> tuple[int, ...]:
    days = tuple(raw) if isinstance(raw, list | tuple) else ()
    if not days or any(type(day) is not int or day < 1 for day in days) or list(days) != sorted(set(days)):
        raise ValueError("The tiers of a recipe are whole numbers of days, each larger than the one before.")
    return days
