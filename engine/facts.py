"""The facts that the product can establish."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactKind:
    """One fact that a feature publishes."""

    key: str
    title: str
    says: str
    published_by: str
    stale_after_hours: int


FACTS: dict[str, FactKind] = {}
