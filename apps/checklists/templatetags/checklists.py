"""Words for items of a template."""

from django import template

from apps.checklists import differences
from apps.checklists.builtin import TemplateItem
from engine.facts import FACTS

register = template.Library()


@register.filter
def when_due(item: TemplateItem) -> str:
    return differences.when(item)


@register.filter
def evidence_words(item: TemplateItem) -> str:
    return differences.EVIDENCE[item.evidence]


@register.filter
def fact_words(item: TemplateItem) -> str:
    """What must be so before the system ticks it."""
    return FACTS[item.fact].says if item.fact in FACTS else ""
