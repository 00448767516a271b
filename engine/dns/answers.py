"""Answers to DNS questions, and the dictionary out of which the judges read them."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from engine.dns.names import is_askable

MAX_CHAIN = 10

Question = tuple[str, str]


class At(NamedTuple):
    """A question to one server alone: a name server of the zone, or (with its port) a resolver of ours."""

    name: str
    kind: str
    address: str
    port: int | None = None


class Status(StrEnum):
    """How a question was answered. The four failures mean "cannot tell" and never "missing"."""

    OK = "ok"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    ERROR = "error"
    PENDING = "pending"  # not asked yet; the judges go on as far as they can


FAILURES = frozenset({Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT, Status.ERROR})
IN_WORDS = {
    Status.SERVFAIL: "the name server reports a failure",
    Status.REFUSED: "the name server refuses to answer",
    Status.TIMEOUT: "no answer in time",
    Status.ERROR: "the answer cannot be read",
    Status.PENDING: "not asked",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `values` in the order received: addresses, names without final dot, "10 mx.example", or whole TXTs.

    TXT values hold one character a byte (latin-1), strings joined without a space (RFC 7208 3.3). `chain` names the
    CNAME targets that were followed. `ttl` in seconds, the smallest on the way; of an absent record, how long that
    may be remembered. `is_own`: the server speaks for the zone itself (AA). `referral`: the zone it points down to.
    """

    status: Status
    values: tuple[str, ...] = ()
    ttl: int | None = None
    chain: tuple[str, ...] = ()
    server: str = ""
    is_own: bool = False
    referral: str = ""
    note: str = ""

    @property
    def has_failed(self) -> bool:
        return self.status in FAILURES

    @property
    def is_pending(self) -> bool:
        return self.status is Status.PENDING

    @property
    def is_absent(self) -> bool:
        return self.status in (Status.NODATA, Status.NXDOMAIN)

    @property
    def is_loop(self) -> bool:
        return len(set(self.chain)) < len(self.chain)

    @property
    def why(self) -> str:
        """The failure in words."""
        return IN_WORDS.get(self.status, "")


Lookup = Callable[[str, str], Answer]


def normal(name: str) -> str:
    return name.rstrip(".").lower()


class Answers:
    """The lookup of the judges: what is known; what is not is noted in `missing` and answered "pending".

    The driver asks all that is missing and lets the judges run again, so they are pure and need no network.
    """

    def __init__(self, known: Mapping[Any, Answer] | None = None) -> None:
        self.known: dict[Question | At, Answer] = dict(known or {})
        self.missing: set[Question | At] = set()
        self.is_silent = False  # nothing about the domain is answered: what is still open is not waited for

    def __call__(self, name: str, kind: str) -> Answer:
        """The answer with CNAMEs followed to the end, also where the server left that to us."""
        start = name = normal(name)
        chain: tuple[str, ...] = ()
        while True:
            answer = self._one(name, kind)
            if not answer.chain and not chain:
                return answer
            chain += answer.chain
            if not (answer.chain and answer.status is Status.NODATA and kind != "CNAME"):
                return replace(answer, chain=chain)
            name = answer.chain[-1]
            if name == start or chain.count(name) > 1 or len(chain) > MAX_CHAIN:
                return Answer(Status.ERROR, chain=(*chain, name), server=answer.server)

    def _one(self, name: str, kind: str) -> Answer:
        if not is_askable(name):
            return Answer(Status.NXDOMAIN)
        found = self.known.get((name, kind)) or (self._alias(name) if kind == "CNAME" else None)
        return found or self._ask((name, kind))

    def _ask(self, question: Question | At) -> Answer:
        if self.is_silent:
            return Answer(Status.TIMEOUT)
        self.missing.add(question)
        return Answer(Status.PENDING)

    def _alias(self, name: str) -> Answer | None:
        """An alias shows in the answer about the addresses too, where that is known, or soon will be."""
        if (name, "A") in self.missing and not self.is_silent:
            return Answer(Status.PENDING)
        addresses = self.known.get((name, "A"))
        if addresses is None or (addresses.has_failed and addresses.status is not Status.TIMEOUT):
            return None
        if addresses.has_failed:  # who kept silent twice about the addresses would do so once more
            return addresses
        if addresses.chain:
            return Answer(Status.OK, addresses.chain[:1], addresses.ttl, server=addresses.server)
        return replace(addresses, status=Status.NODATA if addresses.values else addresses.status, values=())

    def at(self, name: str, kind: str, address: str, port: int | None = None) -> Answer:
        """What one server alone says; CNAMEs are not followed."""
        question = At(normal(name), kind, address, port)
        return self.known.get(question) or self._ask(question)

    def has_asked(self, name: str, kind: str, address: str) -> bool:
        question = At(normal(name), kind, address)
        return question in self.known or question in self.missing

    def knows(self, name: str, kind: str) -> bool:
        return (name, kind) in self.known

    def learn(self, answers: Iterable[tuple[Question | At, Answer]]) -> None:
        """Add what was asked."""
        self.known.update(answers)
        self.missing -= self.known.keys()


def lookup_in(zone: Mapping[Question, Answer | list[str]]) -> Answers:
    """Answers out of a dictionary that is complete: what is not in it does not exist. For tests and replays."""
    known = {
        (normal(name), kind): value if isinstance(value, Answer) else Answer(Status.OK, tuple(value), 300)
        for (name, kind), value in zone.items()
    }
    return _Complete(known)


class _Complete(Answers):
    def knows(self, name: str, kind: str) -> bool:
        return True

    def at(self, name: str, kind: str, address: str, port: int | None = None) -> Answer:
        return self.known.get(At(normal(name), kind, address, port), Answer(Status.PENDING))

    def _one(self, name: str, kind: str) -> Answer:
        if (name, kind) in self.known:
            return self.known[name, kind]
        cname = self.known.get((name, "CNAME"))
        if cname and cname.values and kind != "CNAME":
            return Answer(Status.NODATA, chain=cname.values)
        there = any(known[0] == name or known[0].endswith(f".{name}") for known in self.known)
        return Answer(Status.NODATA if there else Status.NXDOMAIN)


def printable(text: str) -> str:
    """A value for people and for storing: UTF-8 where it is, everything else as in a zone file (\\000)."""
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return "".join(sign if sign.isprintable() else f"\\{ord(sign):03d}" for sign in text)
