"""What the rules look at."""

from dataclasses import dataclass

from engine.dns.expected import Row
from engine.dns.facts import DomainFacts


@dataclass(frozen=True, slots=True)
class Subject:
    """A domain's facts and its rows of expected and left records."""

    facts: DomainFacts
    rows: tuple[Row, ...] = ()
    sends_mail: bool = True

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def can_be_judged(self) -> bool:
        """The domain exists and answers; otherwise that alone is said."""
        return not self.facts.is_unreadable and not self.facts.does_not_exist
