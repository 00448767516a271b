"""Filters for the pages of the catalogue."""

from decimal import Decimal
from typing import Any

from django import template

from apps.overview.models import plain as as_written
from apps.overview.own_values import as_value, words
from apps.projects.models import PlatformValue
from engine.platforms import Value

register = template.Library()


@register.filter
def in_words(name: str) -> str:
    """max_rows: Max rows."""
    return name.replace("_", " ").capitalize()


@register.filter
def statement(value: Value[Any] | None) -> str:
    """A value of the catalogue as people read it."""
    return words(value)


@register.filter
def own_statement(row: PlatformValue, stated: Value[Any] | None) -> str:
    """An own value, in the unit of the catalogue's."""
    return words(as_value(row, stated))


@register.filter
def plain(number: Decimal) -> str:
    """A number as people write it: 24.5 rather than 24.50."""
    return as_written(number)
