"""What is told of many plain rows at once: the same codes, words and values as the rules give."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.beside import IN_OTHER, KEPT_OUT, Hits
from engine.contacts.blocks import Block
from engine.contacts.finding_frames import Places
from engine.contacts.rows import Setting
from engine.contacts.rules import BLOCKED_MESSAGES, CALLED_COLD, CONSENT_MISSING, UNKNOWN_WORD, cold_message
from engine.contacts.screens import MEANINGS, Flags, Looks
from engine.findings import Severity

_STATUS, _CONSENT, _WORD, _COLD, _FORM, _DUPLICATE, _CONFLICT, _BESIDE = range(8)
_UNKNOWN, CALLED_COLD_CODE, NO_CODE = (MEANINGS.index(meaning) for meaning in ("unknown", "cold", "no"))


def bulk_findings(
    setting: Setting,
    block: Block,
    looks: Looks,
    rows: NDArray[np.int64],
    plain: Flags,
    first: NDArray[np.int64],
    blocked: Flags,
    refused: Flags,
) -> Iterable[pl.DataFrame]:
    """What is told of plain rows: the same codes, words and values as the rules give."""
    columns, places = setting.columns, Places(block, rows, setting)
    is_blocked = plain & (looks.blocked > 0)
    pairs = zip(looks.blocked[is_blocked].tolist(), looks.blocked_by[is_blocked].tolist(), strict=True)
    for code, number in sorted(set(pairs)):
        meaning = MEANINGS[code]
        mask = is_blocked & (looks.blocked == code) & (looks.blocked_by == number)
        told = (_STATUS, Severity.NOTE, f"contacts.status.{meaning}", BLOCKED_MESSAGES[meaning])
        yield places.findings(mask, number, *told)
    mask = plain & looks.lacks_consent
    yield places.findings(
        mask, columns.consent, _CONSENT, Severity.WARNING, "contacts.consent.missing", CONSENT_MISSING, value=""
    )
    for kind, number, codes in (
        ("status", columns.status, looks.status), ("consent", columns.consent, looks.consent)
    ):  # fmt: skip
        mask = plain & (codes == _UNKNOWN)
        if kind == "consent":
            mask &= ~looks.is_decided
        code = f"contacts.{kind}.unknown_word"
        yield places.findings(mask, number, _WORD, Severity.WARNING, code, UNKNOWN_WORD)
    cold = cold_message(setting)
    yield places.findings(
        plain & looks.is_cold, columns.last_active, _COLD, Severity.NOTE, "contacts.engagement.cold", cold
    )
    for form, is_ill in zip(setting.cell_forms, looks.ill_formed, strict=True):
        yield places.findings(plain & is_ill, form.number, _FORM, form.severity, form.code, form.message)
    mask = plain & (looks.status == CALLED_COLD_CODE) & ~looks.is_cold
    yield places.findings(mask, columns.status, _COLD, Severity.NOTE, "contacts.engagement.cold", CALLED_COLD)
    before = first[rows]
    mask = plain & (before != 0)
    messages = [duplicate_message(line) for line in np.abs(before[mask]).tolist()]
    yield places.findings(mask, columns.email, _DUPLICATE, Severity.WARNING, "contacts.email.duplicate", messages)
    mask, forbids = plain & (before > 0) & (blocked | refused)[rows], blocked[rows]
    pairs = zip(before[mask].tolist(), forbids[mask].tolist(), strict=True)
    messages = [conflict_message(line, forbids=forbids) for line, forbids in pairs]
    yield places.findings(mask, columns.email, _CONFLICT, Severity.ERROR, "contacts.email.conflict", messages)


def beside_findings(
    setting: Setting, block: Block, rows: NDArray[np.int64], plain: Flags, hits: Hits | None, own: Flags
) -> Iterable[pl.DataFrame]:
    """The plain rows whose address stands in another list, or is forbidden there."""
    if hits is None:
        return
    places, column = Places(block, rows, setting), setting.columns.email
    by, also, lines = hits.forbidden_by[rows], hits.also_in[rows], hits.lines[rows]
    for numbers, mask, code, message in (
        (by, plain & (by > 0) & ~own[rows], KEPT_OUT, hits.kept_out_message),
        (also, plain & (by == 0) & (also > 0), IN_OTHER, hits.in_other_message),
    ):
        told = [message(*one) for one in zip(numbers[mask].tolist(), lines[mask].tolist(), strict=True)]
        yield places.findings(mask, column, _BESIDE, Severity.NOTE, code, told)


def duplicate_message(line: int) -> str:
    """What to do about a second row of one person."""
    return f"Keep one of the two: the same address stands on line {line}."


def conflict_message(line: int, *, forbids: bool) -> str:
    """What to do where two rows of one person do not agree."""
    if not forbids:
        return f"Ask before you mail this person: this row refuses consent and the one on line {line} gives it."
    return f"Ask before you mail this person: this row forbids it and the one on line {line} does not."
