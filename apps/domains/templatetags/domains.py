"""Filters of the domain pages: kept records for people, hosts as panels want them."""

from datetime import datetime

from django import template

from apps.domains.watching import moment_of
from engine.dns.panels import short_host
from engine.dns.records import RecordSet, readable
from engine.dns.snapshot import shown_values

register = template.Library()
MAIL_WORDS = {
    "ok": "right", "valid": "valid", "none": "nothing there", "permerror": "rejected by receivers",
    "temperror": "cannot tell", "unknown": "cannot tell", "invalid": "not valid", "null": "takes no mail (null MX)",
    "wrong": "wrong", "missing": "missing", "revoked": "withdrawn", "weak": "too short", "dangling": "leads nowhere",
    "wrong_target": "wrong target",
}  # fmt: skip


@register.filter
def kept_values(record: RecordSet) -> list[str]:
    """The values, texts in letters that people read."""
    return [readable(value) if record.type == "TXT" else value for value in record.values]


@register.filter
def kept_text(record: RecordSet) -> str:
    return shown_values(record)


@register.filter
def panel_host(name: str, zone: str) -> str:
    """The part before the zone, @ for the zone itself."""
    return short_host(name, zone)


@register.filter
def as_moment(value: object) -> datetime | None:
    """A time out of a report."""
    return moment_of(value)


@register.filter
def at_key(values: dict[str, str], key: str) -> str:
    """One value of a dictionary; nothing where the key is not in it."""
    return values.get(key, "")


@register.filter
def in_mail_words(result: str) -> str:
    """A result of SPF, DKIM, DMARC or MX for people."""
    return MAIL_WORDS.get(result, result)
