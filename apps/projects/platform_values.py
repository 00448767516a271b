"""The catalogue as one consultancy sees it: its own values in place of those that everybody reads.

Whoever asks what a platform takes for a project asks `project.catalogue`, and never the engine's catalogue itself.
"""

from functools import cached_property
from typing import Any

from django.db import models
from django.utils import timezone

from apps.accounts.models import Organisation, User
from engine import platforms
from engine.platforms import Platform
from engine.platforms.own import FORMS, with_own


class PlatformValueQuerySet(models.QuerySet["PlatformValue"]):
    def standing(self) -> "PlatformValueQuerySet":
        return self.filter(ended_at=None)


class PlatformValue(models.Model):
    """One value that a consultancy holds against the catalogue's. Rows are only ended, never changed: the history."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="platform_values")
    platform = models.CharField(max_length=40)
    path = models.CharField(max_length=60)  # such as imports.max_rows
    value = models.JSONField()
    unit = models.CharField(max_length=20, blank=True)  # of a price: its currency; else the catalogue's unit holds
    source = models.CharField(max_length=500)  # a link or a note, for the consultancy's own people alone
    set_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = PlatformValueQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "platform", "path"],
                condition=models.Q(ended_at=None),
                name="one_own_value_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.path}"

    def end(self, by: User) -> bool:
        """The catalogue's value holds again; False where it does already."""
        rows = PlatformValue.objects.standing().filter(pk=self.pk)
        return bool(rows.update(ended_at=timezone.now(), ended_by=by))


class Catalogue:
    """The platforms as one consultancy sees them. Its own values are read once, when first asked for."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._seen: dict[str, Platform] = {}

    @cached_property
    def own(self) -> dict[str, dict[str, PlatformValue]]:
        """The standing own values, by platform and path; a path that the catalogue no longer has counts no more."""
        found: dict[str, dict[str, PlatformValue]] = {}
        for row in self._organisation.platform_values.standing().select_related("set_by"):
            if row.path in FORMS:
                found.setdefault(row.platform, {})[row.path] = row
        return found

    def load(self, key: str) -> Platform:
        """One platform; UnknownPlatform where the catalogue has none of this key."""
        if key not in self._seen:
            source = f"{self._organisation.name}'s own value"
            self._seen[key] = with_own(platforms.load(key), self._told(key), source)
        return self._seen[key]

    def find(self, key: str) -> Platform | None:
        """The same, None where there is none."""
        try:
            return self.load(key)
        except platforms.UnknownPlatform:
            return None

    def with_own(self) -> list[tuple[Platform, int]]:
        """Every platform, in the order of the names, and how many own values it has."""
        return [(self.load(key), len(self.own.get(key, {}))) for key in platforms.catalogue()]

    def told(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The own values as plain data, for a process without the database: no source, no names."""
        return {
            key: {path: {"value": row.value, "unit": row.unit} for path, row in rows.items()}
            for key, rows in self.own.items()
        }

    def _told(self, key: str) -> dict[str, dict[str, Any]]:
        rows = self.own.get(key, {})
        return {
            path: {"value": row.value, "unit": row.unit, "read_on": timezone.localdate(row.set_at)}
            for path, row in rows.items()
        }
