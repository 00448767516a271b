"""The shape of one platform. Every value says where it was read, when, and how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from engine.platforms.matching import address_matches, name_matches, text_begins

T = TypeVar("T")


class Mark(StrEnum):
    """How sure a value is: stated by the vendor or twice elsewhere, stated once elsewhere, or not found."""

    SURE = "sure"
    LIKELY = "likely"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a platform can be in a project; a sender is only a name in the mail records."""

    SOURCE = "source"
    TARGET = "target"
    SENDER = "sender"
    WEBSITE = "website"


class Need(StrEnum):
    REQUIRED = "required"
    RECOMMENDED = "recommended"
    NOT_NEEDED = "not_needed"


class Match(StrEnum):
    """How a record is compared with the expected value.

    exact: the same name, address or text. suffix: that name, or one below it. prefix: the text begins so.
    include: one of the SPF includes is that name or one below it. present: any record of the type will do.
    per_account: the vendor shows the value in the account; without a pasted value the answer is "cannot tell".
    """

    EXACT = "exact"
    SUFFIX = "suffix"
    PREFIX = "prefix"
    INCLUDE = "include"
    PRESENT = "present"
    PER_ACCOUNT = "per_account"


class Purpose(StrEnum):
    DKIM = "dkim"
    SPF = "spf"
    RETURN_PATH = "return_path"
    TRACKING = "tracking"
    DMARC = "dmarc"
    PAGES = "pages"
    MX = "mx"
    OWNERSHIP = "ownership"


class TraceKind(StrEnum):
    """What a sender leaves behind in a domain."""

    SPF_INCLUDE = "spf_include"
    DKIM = "dkim"
    RETURN_PATH = "return_path"
    TRACKING = "tracking"
    MX = "mx"
    NS = "ns"
    PAGES = "pages"
    OWNERSHIP = "ownership"


class Move(StrEnum):
    """What becomes of one kind of asset on the way to this platform."""

    BY_FILE = "moves_by_file"
    REBUILD = "rebuild"
    RECONNECT = "reconnect"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """One statement. `value` is None when the mark is unknown; a limit of 0 is stated to be without limit."""

    value: T | None
    source: str
    read_on: date
    mark: Mark
    unit: str = ""
    severity: str = ""
    note: str = ""

    @property
    def is_known(self) -> bool:
        return self.mark is not Mark.UNKNOWN


Values = Mapping[str, Value[Any]]


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


def plain(values: Values, name: str) -> Any:
    """The bare value under a name, None where it is unknown."""
    return values[name].value if name in values else None


def _number(values: Values, name: str) -> int | None:
    number: int | None = plain(values, name)
    return number


def _text(values: Values, name: str) -> str | None:
    text: str | None = plain(values, name)
    return text


@dataclass(frozen=True, slots=True)
class Imports:
    """What the importer takes. The properties are the bare answers; `values` holds the same with source and date."""

    values: Values = field(default_factory=_nothing)

    def __getitem__(self, name: str) -> Value[Any]:
        return self.values[name]

    @property
    def file_types(self) -> tuple[str, ...]:
        return plain(self.values, "file_types") or ()

    @property
    def max_bytes(self) -> int | None:
        """In bytes of a decimal megabyte: the vendors do not say which they mean, and this is the smaller one."""
        size = plain(self.values, "max_size")
        return None if size is None else int(size * 1_000_000)

    @property
    def max_rows(self) -> int | None:
        return _number(self.values, "max_rows")

    @property
    def max_columns_warn(self) -> int | None:
        return _number(self.values, "max_columns_warn")

    @property
    def max_columns_fail(self) -> int | None:
        return _number(self.values, "max_columns_fail")

    @property
    def max_text(self) -> int | None:
        return _number(self.values, "max_text")

    @property
    def text_unit(self) -> str:
        """Characters or bytes: some platforms count an umlaut twice."""
        return (self.values["max_text"].unit if "max_text" in self.values else "") or "characters"

    @property
    def required_columns(self) -> tuple[str, ...]:
        return plain(self.values, "required_columns") or ()

    @property
    def tag_separator(self) -> str | None:
        return _text(self.values, "tag_separator")

    @property
    def tag_symbols(self) -> str | None:
        """The allowed signs in words, for people; `tag_pattern` says the same for the program."""
        return _text(self.values, "tag_symbols")

    @property
    def tag_pattern(self) -> str | None:
        return _text(self.values, "tag_pattern")

    @property
    def max_tag_length(self) -> int | None:
        return _number(self.values, "max_tag_length")

    @property
    def max_tags(self) -> int | None:
        """Different tags in one file."""
        return _number(self.values, "max_tags_a_file")

    @property
    def max_email_length(self) -> int | None:
        return _number(self.values, "max_email_length")

    @property
    def email_letters(self) -> str | None:
        """ "ascii" where no other letters may stand before the @."""
        return _text(self.values, "email_letters")

    @property
    def encoding(self) -> str | None:
        return _text(self.values, "encoding")

    @property
    def line_breaks(self) -> str | None:
        """ "refused" where no cell may hold one."""
        return _text(self.values, "line_breaks")

    @property
    def field_lengths(self) -> tuple[tuple[str, int], ...]:
        """The standard fields that have a length of their own, written "First Name: 50"."""
        told = (str(one).rpartition(": ") for one in plain(self.values, "field_lengths") or ())
        return tuple((name, int(length)) for name, _, length in told)

    @property
    def date_form(self) -> str | None:
        return _text(self.values, "date_form")

    @property
    def name_rule(self) -> str | None:
        """first_last, single (one Name column) or first_only."""
        return _text(self.values, "name_rule")

    @property
    def consent(self) -> tuple[str, ...]:
        return plain(self.values, "consent") or ()

    @property
    def approval_days(self) -> int | None:
        """Business days the platform's staff may take to look at an import; belongs on the plan."""
        return _number(self.values, "approval_days")


@dataclass(frozen=True, slots=True)
class Exports:
    """How the platform's own export files are recognised and read."""

    values: Values = field(default_factory=_nothing)

    def __getitem__(self, name: str) -> Value[Any]:
        return self.values[name]

    @property
    def fingerprints(self) -> tuple[tuple[str, ...], ...]:
        """Each a set of column names that together give the platform away."""
        return plain(self.values, "fingerprints") or ()

    @property
    def tag_separator(self) -> str | None:
        return _text(self.values, "tag_separator")

    @property
    def date_form(self) -> str | None:
        return _text(self.values, "date_form")

    @property
    def status_words(self) -> Mapping[str, tuple[str, ...]]:
        """By meaning (subscribed, unsubscribed, bounced, complained, neutral): the words this platform writes."""
        return plain(self.values, "status_words") or MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Record:
    """One DNS record that the platform wants.

    `host` is relative to the domain: "@" is the domain itself, a `*` stands for a part made per account, "" for a host
    that only the account shows. Records that share a `variant` belong together; one complete variant is enough.
    """

    host: str
    type: str
    need: Need
    match: Match
    purpose: Purpose
    sentence: str
    source: str
    read_on: date
    mark: Mark
    value: str | None = None
    per_account: bool = False
    variant: str = ""
    priority: int | None = None

    def accepts(self, found: str) -> bool | None:
        """Whether a found value (for SPF: one include) is the expected one; None when only the account can tell."""
        if self.match is Match.PRESENT:
            return True
        if self.match is Match.PER_ACCOUNT or self.value is None:
            return None
        if self.match is Match.PREFIX:
            return text_begins(found, self.value)
        if self.type in ("A", "AAAA"):
            return address_matches(found, self.value)
        if self.match is Match.EXACT and self.type == "TXT":
            return found.strip().strip('"') == self.value
        return name_matches(found, self.value, exact=self.match is Match.EXACT)


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that shows the sender was, or is, at work in a domain.

    The target decides (`value`, compared as a suffix); `hosts` are the usual places to look, relative to the domain.
    A selector that several vendors use proves nothing by itself: then `value` is None and `alone` is false.
    """

    kind: TraceKind
    value: str | None
    source: str
    read_on: date
    mark: Mark
    hosts: tuple[str, ...] = ()
    type: str = ""
    alone: bool = True
    note: str = ""

    def accepts(self, found: str) -> bool:
        """Whether a found target carries this trace."""
        if self.value is None:
            return False
        if self.type in ("A", "AAAA"):
            return address_matches(found, self.value)
        if self.type == "TXT":
            return text_begins(found, self.value)
        return name_matches(found, self.value)


@dataclass(frozen=True, slots=True)
class Dns:
    expected: tuple[Record, ...] = ()
    traces: tuple[Trace, ...] = ()

    def traces_of(self, kind: TraceKind) -> tuple[Trace, ...]:
        return tuple(trace for trace in self.traces if trace.kind is kind)

    @property
    def selectors(self) -> tuple[str, ...]:
        """The DKIM selectors known in advance, of the present set-up first; empty means "cannot tell"."""
        hosts = [one.host for one in self.expected if one.purpose is Purpose.DKIM]
        hosts += [host for trace in self.traces_of(TraceKind.DKIM) for host in trace.hosts]
        found = (host.removesuffix("._domainkey") for host in hosts if host.endswith("._domainkey"))
        return tuple(dict.fromkeys(one for one in found if "*" not in one))


@dataclass(frozen=True, slots=True)
class Note:
    """A rule in words that no field holds. `about` is imports, exports, dns or scope."""

    about: str
    text: str
    source: str
    read_on: date
    mark: Mark


@dataclass(frozen=True, slots=True)
class Platform:
    key: str
    name: str
    words: str
    roles: tuple[Role, ...]
    imports: Imports = field(default_factory=Imports)
    exports: Exports = field(default_factory=Exports)
    dns: Dns = field(default_factory=Dns)
    structure: Value[tuple[str, ...]] | None = None
    moves: Mapping[str, Value[Move]] = field(default_factory=_nothing)
    costs: Values = field(default_factory=_nothing)
    notes: tuple[Note, ...] = ()

    def move_of(self, kind: str) -> Move:
        """What becomes of this kind of asset; UNKNOWN where no page says so."""
        stated = self.moves.get(kind)
        return stated.value if stated and stated.value else Move.UNKNOWN

    def with_values(self, changes: Mapping[str, Value[Any]]) -> "Platform":
        """A consultancy's own values in place of the catalogue's, under names such as imports.max_rows.

        Each brings its own source and date, so that the page can show whose word it is.
        """
        parts: dict[str, dict[str, Any]] = {
            "imports": dict(self.imports.values),
            "exports": dict(self.exports.values),
            "moves": dict(self.moves),
            "costs": dict(self.costs),
            "structure": {"": self.structure},
        }
        for path, value in changes.items():
            section, _, name = path.partition(".")
            parts[section][name] = value
        frozen = {section: MappingProxyType(values) for section, values in parts.items()}
        return replace(
            self,
            imports=Imports(frozen["imports"]),
            exports=Exports(frozen["exports"]),
            moves=frozen["moves"],
            costs=frozen["costs"],
            structure=frozen["structure"][""],
        )
