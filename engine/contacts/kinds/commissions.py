"""Commissions as programs write them: "30%", "$10 per lead", "40% / 10%", "Tier 1: 40%, Tier 2: 10%"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from engine.contacts.kinds.amounts import AmountColumn, currency_of, read_amount
from engine.contacts.kinds.roles import plain, vocabulary

LONGEST = 200
_LEVEL = re.compile(r"\b(?:tier|level|stufe|niveau|nivel|livello)\s*\d{1,2}\s*[:=\-]?", re.I)
_PART = re.compile(r"(?P<before>[^\d\s.,;/|+%]{0,4})\s?(?P<number>\d[\d.,]*\d|\d)\s?(?P<after>%|[^\W\d]+|[€£$])?")
_RATES = ("rate", "percent", "%", "prozent", "satz", "taux", "porcent", "percentu")


@dataclass(frozen=True, slots=True)
class Commission:
    """One value per tier; `is_percent` is None where the cell does not say which, and then nothing is known."""

    values: tuple[Decimal, ...] = ()
    is_percent: bool | None = None
    currency: str = ""
    per: str = ""

    @property
    def is_readable(self) -> bool:
        """True when it says how much, and of what."""
        return bool(self.values) and self.is_percent is not None

    def in_words(self) -> str:
        """The structure in one way for all, as "40 % / 10 % per sale"."""
        unit = " %" if self.is_percent else f" {self.currency}".rstrip()
        return " / ".join(f"{value}{unit}" for value in self.values) + (f" per {self.per}" if self.per else "")


def header_says_percent(header: str) -> bool:
    """ "Commission rate" and "Commission %" are shares of the sale."""
    return any(word in header.casefold() for word in _RATES)


@lru_cache(maxsize=8_192)
def read_commission(cell: str, kind: str = "", tiers: str = "", *, is_rate: bool = False) -> Commission:
    """`kind` is what the column beside it says (percent or fixed), `tiers` the further levels."""
    text = " / ".join(part for part in (cell.strip(), tiers.strip()) if part)
    if not text or len(text) > LONGEST or re.search(r"-\s*\d", _LEVEL.sub(" ", text)):
        return Commission()
    parts = list(_PART.finditer(_LEVEL.sub(" / ", text)))
    values = [_number(part["number"]) for part in parts]
    if not parts or None in values:
        return Commission()
    currencies = {found for part in parts if (found := _currency(part))}
    is_percent = _is_percent([part["after"] == "%" or _means(part["after"]) == "percent" for part in parts])
    if currencies:
        is_percent = False if is_percent is None and len(currencies) == 1 else None
    elif is_percent is None:
        told = _means(kind)
        is_percent = told == "percent" if told in ("percent", "fixed") else (True if is_rate else None)
    known = tuple(value for value in values if value is not None)
    return Commission(known, is_percent, next(iter(currencies), ""), _per(text) or _per(kind))


def _is_percent(signs: list[bool]) -> bool | None:
    return True if any(signs) else None


def _number(text: str) -> Decimal | None:
    column = AmountColumn("")
    column.see(text)
    return read_amount(text, column.decimal()).value


def _currency(part: re.Match[str]) -> str:
    for word in (part["before"], part["after"] or ""):
        found = currency_of(word) if word else None
        if found:
            return found
    return ""


def _means(word: str | None) -> str:
    return vocabulary("affiliates").words.get(plain(word or ""), "")


def _per(text: str) -> str:
    """ "sale" or "lead", where a word says so."""
    return next((told for word in re.findall(r"[^\W\d]+", text) if (told := _means(word)) in ("sale", "lead")), "")
