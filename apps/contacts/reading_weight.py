"""What it costs to carry contacts along who will not buy: the dead weight of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from apps.contacts.models import FileCheck, ListPrice
from apps.projects.models import Project
from engine.contacts.rows import Segment

# In the order of the page: the segment, and who these are.
DEAD = [
    (Segment.UNENGAGED, "Not active for long"),
    (Segment.BLOCKED, "Must not be mailed"),
    (Segment.DUPLICATE, "Doubles"),
    (Segment.REJECTED, "Set aside, because nothing can reach them"),
]
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Weight:
    """One group, and what it costs a month; None where no price is known."""

    label: str
    count: int
    month: str | None


@dataclass(frozen=True, slots=True)
class DeadWeight:
    """All groups of one check."""

    price: ListPrice | None
    rows: Sequence[Weight]
    count: int
    records: int
    month: str | None = None
    year: str | None = None

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.records) if self.records else 0

    @property
    def is_priced(self) -> bool:
        return self.month is not None

    @property
    def asked(self) -> str:
        """The price, as money."""
        return money(self.price.per_thousand, self.price.currency) if self.price and self.is_priced else ""


def price_of(project: Project) -> ListPrice | None:
    """The price that somebody typed, if somebody did."""
    return ListPrice.objects.filter(project=project).first()


def read_weight(check: FileCheck, price: ListPrice | None) -> DeadWeight:
    """The groups that cost and bring nothing, priced by the thousand."""
    counts = [(label, check.in_segment(segment)) for segment, label in DEAD]
    total = sum(count for _, count in counts)
    if price is None or price.per_thousand is None:
        return DeadWeight(price, [Weight(label, n, None) for label, n in counts if n], total, check.records)
    each, currency = price.per_thousand / 1000, price.currency
    rows = [Weight(label, n, money(n * each, currency)) for label, n in counts if n]
    return DeadWeight(
        price, rows, total, check.records, money(total * each, currency), money(12 * total * each, currency)
    )


def money(amount: Decimal | None, currency: str) -> str:
    """1,234.50 EUR."""
    return f"{(amount or Decimal(0)).quantize(_CENT, ROUND_HALF_UP):,} {currency}".strip()
