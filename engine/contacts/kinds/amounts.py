"""Money as people and platforms write it: exact decimals, and one decimal sign for a column as a whole.

"1.234" is a thousand and more or a little over one: no cell can tell. So every cell of a column bears witness first
("12,50" can only be read one way), then all are read alike; how many stay in doubt is told.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

CURRENCIES_FILE = Path(__file__).parent / "words" / "currencies.json"
LONGEST = 64
MOST_DIGITS = 15
MOST_DECIMALS = 6
_SPACES = " \u00a0\u202f\u2009'’"
_MINUS = "\\-\u2212\u2013"
_MONEY = re.compile(
    rf"(?P<open>\()?(?P<before>[^\d.,()+{_MINUS}]*+)(?P<sign>[+{_MINUS}])?(?P<between>[^\d.,()+{_MINUS}]*+)"
    rf"(?P<number>\d[\d.,{_SPACES}]*|[.,]\d+)(?P<after>[^\d.,()+{_MINUS}]*+)(?P<last>[{_MINUS}])?(?P<close>\))?"
)
_SIMPLE = re.compile(r"\d{1,12}(?:([.,])\d{1,2})?")
_SPACED = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_GROUPS = {
    ".": re.compile(r"\d{1,3}(?:\.\d{2,3})*\.\d{3}"),
    ",": re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}"),
}
_OTHER = {".": ",", ",": "."}


def _load() -> tuple[frozenset[str], dict[str, str], frozenset[str]]:
    words = json.loads(CURRENCIES_FILE.read_text("utf-8"))
    return frozenset(words["codes"]) | frozenset(words["past"]), words["names"], frozenset(words["shared"])


CODES, _NAMES, SHARED_SIGNS = _load()


@lru_cache(maxsize=4_096)
def currency_of(text: str) -> str | None:
    """The ISO 4217 code; a sign that several countries share as it stands ("$"); "" when blank; None when unknown."""
    plain = text.strip().casefold()
    if not plain or plain.upper() in CODES:
        return plain.upper()
    if plain in _NAMES:
        return _NAMES[plain]
    return plain if plain in SHARED_SIGNS else None


class Shape(NamedTuple):
    """A cell before it is known which sign divides: `decimal` is "." or "," where the cell itself proves it."""

    number: str = ""
    is_negative: bool = False
    currency: str = ""
    decimal: str = ""
    is_ambiguous: bool = False
    is_money: bool = False


_NO_MONEY = Shape()


@lru_cache(maxsize=8_192)
def shape_of(cell: str) -> Shape:
    """What one cell says for itself; `is_money` is False where it is no amount at all."""
    if simple := _SIMPLE.fullmatch(cell):  # nearly all amounts of nearly all exports
        return Shape(cell, decimal=simple.group(1) or "", is_money=True)
    text = cell.strip()
    match = _MONEY.fullmatch(text) if 0 < len(text) <= LONGEST else None
    if not match or bool(match["open"]) != bool(match["close"]) or (match["sign"] and match["last"]):
        return _NO_MONEY
    words = [word.strip() for word in (match["before"], match["between"], match["after"]) if word.strip()]
    named = {currency_of(word) for word in words}
    # "$49.00 USD" names one currency twice: the sign that many share gives way to the code.
    clear = {name for name in named if name not in SHARED_SIGNS} or named
    if None in named or len(clear) > 1:
        return _NO_MONEY
    minus = match["sign"] if match["sign"] and match["sign"] != "+" else match["last"] or match["open"]
    return _shape_of_number(match["number"], bool(minus), next(iter(clear), "") or "")


def _shape_of_number(number: str, is_negative: bool, currency: str) -> Shape:
    plain = re.sub(f"[{_SPACES}]", " ", number).strip()
    if " " in plain:
        if not _SPACED.fullmatch(plain):
            return _NO_MONEY
        plain = plain.replace(" ", "")
        signs = [sign for sign in ".," if sign in plain]
        return Shape(plain, is_negative, currency, signs[0] if signs else "", is_money=True)
    dots, commas = plain.count("."), plain.count(",")
    if not dots and not commas:
        return Shape(plain, is_negative, currency, is_money=True)
    if dots and commas:
        decimal = "." if plain.rfind(".") > plain.rfind(",") else ","
        whole = plain.rpartition(decimal)[0]
        is_money = plain.count(decimal) == 1 and bool(_GROUPS[_OTHER[decimal]].fullmatch(whole))
        return Shape(plain, is_negative, currency, decimal, is_money=True) if is_money else _NO_MONEY
    sign = "." if dots else ","
    if dots + commas > 1:
        is_money = bool(_GROUPS[sign].fullmatch(plain))
        return Shape(plain, is_negative, currency, _OTHER[sign], is_money=True) if is_money else _NO_MONEY
    whole, _, rest = plain.partition(sign)
    is_ambiguous = len(rest) == 3 and whole.strip("0") != "" and len(whole) <= 3
    return Shape(plain, is_negative, currency, "" if is_ambiguous else sign, is_ambiguous, is_money=True)


class Amount(NamedTuple):
    """`value` is None where the cell is blank or no amount; `currency` is what the cell itself names."""

    value: Decimal | None = None
    currency: str = ""
    is_blank: bool = False


@lru_cache(maxsize=8_192)
def read_amount(cell: str, decimal: str) -> Amount:
    """The amount under the decimal sign of its column; a cell that contradicts its column is not read."""
    if not cell.strip():
        return Amount(is_blank=True)
    shape = shape_of(cell)
    if not shape.is_money or (shape.decimal and shape.decimal != decimal):
        return Amount()
    plain = shape.number.replace(_OTHER[decimal], "").replace(decimal, ".")
    whole, _, rest = plain.partition(".")
    if len(whole) > MOST_DIGITS or len(rest) > MOST_DECIMALS:
        return Amount()
    value = Decimal(plain if whole else f"0{plain}")
    return Amount(-value if shape.is_negative else value, shape.currency)


@dataclass(slots=True)
class AmountColumn:
    """What the cells of one column bear witness of."""

    name: str
    filled: int = 0
    witnesses: Counter[str] = field(default_factory=Counter)  # by the decimal sign that a cell proves
    doubts: Counter[str] = field(default_factory=Counter)  # by the sign that may be either

    def see(self, cell: str) -> None:
        """One more cell."""
        shape = shape_of(cell)
        self.filled += shape.is_money
        if shape.is_ambiguous:
            self.doubts["." if "." in shape.number else ","] += 1
        elif shape.decimal:
            self.witnesses[shape.decimal] += 1

    @property
    def ambiguous(self) -> int:
        """Cells that can be read two ways."""
        return sum(self.doubts.values())

    @property
    def proof(self) -> str:
        """What the cells prove; "" where they prove nothing, or as much one way as the other."""
        return self.decimal() if self._has_proof else ""

    def hear(self, sign: str) -> None:
        """Another column of the same file proves how its program writes amounts."""
        self.witnesses[sign] += 1

    def decimal(self, default: str = "") -> str:
        """The decimal sign of the column: what most cells prove; without proof three digits make a thousand.

        `default` speaks where the writing program is known, as in a workbook.
        """
        if self._has_proof:
            return "." if self.witnesses["."] > self.witnesses[","] else ","
        return default or ("," if self.doubts["."] > self.doubts[","] else ".")

    @property
    def _has_proof(self) -> bool:
        return self.witnesses["."] != self.witnesses[","]

    @property
    def is_decided(self) -> bool:
        """False where cells in doubt are read by custom and not by proof."""
        return not self.doubts or self._has_proof
