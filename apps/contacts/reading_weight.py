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
OWN_PRICE = "price_of_1000_contacts_a_month"
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
    def is_of_consultancy(self) -> bool:
        """Nobody typed one for this project; the consultancy states it for all."""
        return self.is_priced and self.price is not None and self.price.pk is None

    @property
    def asked(self) -> str:
        """The price, as money."""
        return money(self.price.per_thousand, self.price.currency) if self.price and self.is_priced else ""


def price_of(project: Project) -> ListPrice | None:
    """The price that somebody typed for this project, else the one that the consultancy states of the target."""
    typed = ListPrice.objects.filter(project=project).first()
    target = project.catalogue.find(project.target)
    own = target.costs.get(OWN_PRICE) if target else None
    if own is None or not own.is_known or (typed and typed.per_thousand is not None):
        return typed
    sees = typed.client_sees if typed else False
    return ListPrice(project=project, per_thousand=Decimal(own.value), currency=own.unit, client_sees=sees)


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
