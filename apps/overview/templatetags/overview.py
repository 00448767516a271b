"""Filters for the pages of the catalogue."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template

from apps.overview.models import plain as as_written
from engine.platforms import Value

register = template.Library()


@register.filter
def in_words(name: str) -> str:
    """max_rows: Max rows."""
    return name.replace("_", " ").capitalize()


@register.filter
def statement(value: Value[Any]) -> str:
    """A value of the catalogue as people read it."""
    stated = value.value
    if isinstance(stated, Mapping):
        return "; ".join(f"{name}: {', '.join(words)}" for name, words in stated.items())
    if isinstance(stated, tuple):
        return "; ".join(", ".join(part) if isinstance(part, tuple) else str(part) for part in stated)
    if value.unit and stated == 0:
        return "no limit, in"
    return str(stated).replace("_", " ")


@register.filter
def plain(number: Decimal) -> str:
    """A number as people write it: 24.5 rather than 24.50."""
    return as_written(number)
