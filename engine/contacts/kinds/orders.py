"""What an order number says about the rows that share it: lines of one order, instalments, refunds, or a double."""

from engine.contacts.kinds.entries import Entry
from engine.contacts.kinds.sums import key_of

_SOLD, _ASSUMED = 1, 2
_WORD = (1 << 30) - 1
MONEY_MOVED = ("paid", "refunded", "partly")


class Orders:
    """Every order number seen, as a hash, with its first line and a fingerprint of what stood there.

    Platforms write refunds in two ways: the order itself turns "refunded", or a row of its own follows (or, newest
    first, precedes) the sale. Looking at a row answers both: `is_sale` when its amount is money that was paid, and
    `is_doubled` when the very same row stood there before.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self.is_sale = False
        self.is_doubled = False

    def look(self, entry: Entry, meaning: str) -> int:
        """The line of the first row with this number: above 0 where one of the two must go, below 0 where not."""
        amount, order = entry.amount("amount"), entry.text("order")
        self.is_doubled = False
        self.is_sale = meaning in MONEY_MOVED and amount.value is not None and amount.value >= 0
        if not order or not entry.address.text or (amount.value is None and not amount.is_blank):
            return 0
        key, person = key_of(order), key_of(entry.address.key) & _WORD
        exact = key_of(entry.text("product"), amount.value, entry.text("date"), meaning) & _WORD
        known = self._seen.get(key)
        if known is None:
            self._seen[key] = self._packed(entry.line, person, exact, meaning)
            return 0
        if amount.is_blank:
            return -(known >> 64)
        return self._compare(key, known, person, exact, meaning)

    def _packed(self, line: int, person: int, exact: int, meaning: str) -> int:
        flags = (_ASSUMED if meaning == "refunded" else _SOLD) if self.is_sale else 0
        return line << 64 | person << 34 | exact << 4 | flags

    def _compare(self, key: int, known: int, person: int, exact: int, meaning: str) -> int:
        line, flags = known >> 64, known & 15
        if known >> 34 & _WORD != person:
            return line
        if known >> 4 & _WORD == exact:
            self.is_doubled = meaning in MONEY_MOVED
            return line if self.is_doubled else -line
        if meaning == "refunded" and flags & _SOLD:
            self.is_sale = False  # the sale stands in a row of its own
        elif self.is_sale and flags & _ASSUMED:
            self.is_sale = False  # the refund above it was counted as sold and given back
            self._seen[key] = known & ~_ASSUMED | _SOLD
        elif self.is_sale:
            self._seen[key] = known | (_ASSUMED if meaning == "refunded" else _SOLD)
        return -line
