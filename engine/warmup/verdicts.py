"""What one day's numbers mean: go on, repeat the volume, or stop, with one sentence why."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

HUNDRED = Decimal(100)


class Word(StrEnum):
    GO_ON = "go_on"
    HOLD = "hold"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rules:
    """Percent of what was sent: above `bounced` stop, above `complained` repeat the volume, from `ceiling` on stop."""

    bounced: Decimal
    complained: Decimal
    ceiling: Decimal


@dataclass(frozen=True, slots=True)
class Sent:
    """What was told about one day; None where nobody has said it."""

    sent: int
    bounced: int | None
    complained: int | None


def judge(day: Sent, rules: Rules) -> tuple[Word, str]:
    """What is not known is never taken as good: then the volume is repeated at most. A lone complaint never stops."""
    if not day.sent:
        return Word.UNKNOWN, "Nothing was sent this day."
    bounced, complained = _share(day.bounced, day.sent), _share(day.complained, day.sent)
    if bounced is not None and bounced > rules.bounced:
        return Word.STOP, f"{_said(bounced)} bounced, more than {_plain(rules.bounced)} %: clean the list first."
    if complained is not None and complained >= rules.ceiling and (day.complained or 0) > 1:
        return Word.STOP, f"{_said(complained)} complained; at {_plain(rules.ceiling)} % mail is turned away."
    if complained is not None and complained > rules.complained:
        return Word.HOLD, f"{_said(complained)} complained, more than {_plain(rules.complained)} %: repeat this volume."
    if bounced is None or complained is None:
        what = "bounces" if bounced is None else "complaints"
        return Word.HOLD, f"The {what} of this day are not known: repeat this volume until they are."
    return Word.GO_ON, f"{_said(bounced)} bounced and {_said(complained)} complained, within the rules."


def _share(many: int | None, sent: int) -> Decimal | None:
    return None if many is None else HUNDRED * many / sent


def _said(percent: Decimal) -> str:
    """Rounded, but what is there is never said to be 0 %."""
    rounded = percent.quantize(Decimal("0.01"))
    return "Under 0.01 %" if percent and not rounded else f"{_plain(rounded)} %"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
