"""What may not travel in a contact file: card numbers and passwords."""

import re
from collections.abc import Sequence, Set

from engine.contacts.columns import comparable

NOT_KEPT = "(not kept)"  # stands in rejects.csv in place of a secret
# Digits in groups, as people write them; one run of 13 to 19.
CARD_LIKE = r"[0-9](?:[ -]?[0-9]){12,18}"
_CARD_LIKE = re.compile(rf"(?<![0-9.,/=_-]){CARD_LIKE}(?![0-9])")
# A card as it is printed, whatever digits (an expiry, a check code) follow behind a space.
_PRINTED = re.compile(
    r"(?<![0-9.,/=_-])(?:[0-9]{13,16}"
    r"|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{4}([ -])[0-9]{6}\2[0-9]{4,5})(?![0-9])"
)
_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}"
)
_PASSWORDS = frozenset(
    (
        "password", "passwort", "passwd", "pwd", "user password", "login password", "kennwort", "mot de passe",
        "contraseña", "senha", "wachtwoord", "lösenord", "пароль", "cvv", "cvc", "card number", "credit card number",
        "kartennummer", "kreditkartennummer", "numéro de carte",
    )
)  # fmt: skip


def has_card_number(text: str) -> bool:
    """True for a number of a known card issuer whose check digit is right (ISO/IEC 7812-1, annex B: Luhn)."""
    return bool(_CARD_LIKE.search(text)) and any(
        _ISSUERS.fullmatch(digits) and _luhn(digits)
        for shape in (_CARD_LIKE, _PRINTED)
        for match in shape.finditer(text)
        if (digits := re.sub(r"\D", "", match.group()))
    )


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_secret_column(header: str) -> bool:
    """True for a column that holds passwords or card data by its name."""
    return comparable(header) in _PASSWORDS


def secret_columns(header: Sequence[str]) -> frozenset[int]:
    """The places of the columns that hold passwords or card data by their names."""
    return frozenset(number for number, name in enumerate(header) if is_secret_column(name))


def covered(cells: Sequence[str], secrets: Set[int], *, is_trusted: bool) -> list[str]:
    """A rejected record without its secrets; where its cells may have moved, and one of them is secret, none stays."""
    if secrets and not is_trusted:
        return [NOT_KEPT]
    return [
        NOT_KEPT if cell and (number in secrets or (len(cell) >= 13 and has_card_number(cell))) else cell
        for number, cell in enumerate(cells)
    ]
