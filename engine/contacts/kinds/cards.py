"""Card numbers in any cell: found by the issuer's pattern and the Luhn check digit, never shown and never passed on.

They may not be stored or sent in a file (PCI DSS, requirement 3), so the record is set aside with the number masked.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

_RUN = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_OPEN = re.compile(r"[\d .-]{1,40}\Z")  # may be the beginning of one
_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1."""
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(_DOUBLED[number] for number in numbers[1::2])) % 10 == 0


def _is_card(run: str) -> bool:
    digits = run.replace(" ", "").replace("-", "")
    return bool(_ISSUERS.fullmatch(digits)) and passes_luhn(digits)


def cells_with_cards(cells: Sequence[str]) -> list[int]:
    """The places of the cells that hold a card number."""
    if not _RUN.search("\n".join(cells)):  # one look at the whole record: nearly all end here
        return []
    return [number for number, cell in enumerate(cells) if any(_is_card(run) for run in _RUN.findall(cell))]


def masked_pieces(pieces: Iterable[str]) -> Iterator[str]:
    """A text in pieces, covered as well where a number stands in two of them."""
    held = ""
    for piece in pieces:
        text = held + piece
        cut = _OPEN.search(text)
        end = cut.start() if cut else len(text)
        held = text[end:]
        yield masked(text[:end])
    yield masked(held)


def masked(cell: str) -> str:
    """The cell with all but the last four digits of each card number covered."""
    return _RUN.sub(lambda run: "•••• " + run.group()[-4:] if _is_card(run.group()) else run.group(), cell)
