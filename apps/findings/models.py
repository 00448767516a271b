"""How results are stored: findings of one run, and facts about a project with their age."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.projects.models import Project
from engine.facts import FACTS
from engine.findings import Finding, Place, Severity, Verdict

RANKED = sorted(Severity, key=lambda severity: severity.rank)


class StoredFinding(models.Model):
    """One result of one rule, kept. A feature's table adds the foreign key to the run it belongs to."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    severity = models.CharField(max_length=8, choices=[(s.value, s.name.capitalize()) for s in Severity])
    rank = models.PositiveSmallIntegerField()  # 0 is the gravest: lets the database sort
    code = models.CharField(max_length=80)
    message = models.CharField(max_length=500)
    where = models.CharField(max_length=300, blank=True)
    line = models.PositiveBigIntegerField(null=True)
    record = models.PositiveBigIntegerField(null=True)
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=500, blank=True)
    suggestion = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True
        ordering = ["rank", "pk"]

    def __str__(self) -> str:
        return self.message

    @classmethod
    def store(cls, findings: Iterable[Finding], *, project: Project, with_values: bool = True, **fields: Any) -> int:
        """Write findings in batches; `fields` are the subclass's own. Values of contacts are left out on request."""
        rows = [cls._row(finding, project, with_values, fields) for finding in findings]
        cls._base_manager.bulk_create(rows, batch_size=500)
        return len(rows)

    @classmethod
    def _row(cls, finding: Finding, project: Project, with_values: bool, fields: dict[str, Any]) -> "StoredFinding":
        place = finding.where if isinstance(finding.where, Place) else Place()
        return cls(
            project=project,
            severity=finding.severity.value,
            rank=finding.severity.rank,
            code=finding.code,
            message=cleaned(finding.message),
            where=cleaned(str(finding.where), 300),
            line=place.line or None,
            record=place.record or None,
            column=cleaned(place.column, 200),
            value=cleaned(finding.value) if with_values else "",
            suggestion=cleaned(finding.suggestion) if with_values else "",
            **fields,
        )


def cleaned(text: str, length: int = 500) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses, and cut to the column."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")[:length]


class FactQuerySet(models.QuerySet["Fact"]):
    def by_key(self) -> dict[str, "Fact"]:
        return {fact.key: fact for fact in self}


class Fact(models.Model):
    """One statement about a project that the system established itself. One row a key; history in FactChange."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="facts")
    key = models.CharField(max_length=60)
    verdict = models.CharField(
        max_length=12, choices=[(v.value, v.name.replace("_", " ").capitalize()) for v in Verdict]
    )
    reason = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=300, blank=True)  # what proves it
    as_of = models.DateTimeField()

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="one_fact_per_key")]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_verdict_display()}"

    @property
    def title(self) -> str:
        return FACTS[self.key].title if self.key in FACTS else self.key

    @property
    def is_stale(self) -> bool:
        """Too old to be shown as good."""
        kind = FACTS.get(self.key)
        return bool(kind) and timezone.now() - self.as_of > timedelta(hours=kind.stale_after_hours)

    @property
    def is_ready(self) -> bool:
        return self.verdict == Verdict.READY and not self.is_stale

    @property
    def turned_back(self) -> bool:
        """Known not to be ready, or with conditions only, or about something that holds no more."""
        return self.verdict != Verdict.READY

    def says(self, verdict: Verdict, reason: str, *, within: timedelta) -> bool:
        """Whether it said so in these words lately: whoever speaks by the clock need not say it again."""
        is_same = (self.verdict, self.reason) == (verdict.value, reason)
        return is_same and timezone.now() - self.as_of <= within

    @staticmethod
    def one_at_a_time(project: Project) -> None:
        """For whoever works facts out of many rows: the one who speaks last has then seen what the others wrote."""
        Project.objects.select_for_update(no_key=True).filter(pk=project.pk).values_list("pk", flat=True).first()

    @classmethod
    def publish(
        cls, project: Project, key: str, verdict: Verdict, reason: str, *, link: str = "",
        as_of: datetime | None = None, is_anew: bool = False, is_void: bool = False,
    ) -> "Fact":  # fmt: skip
        """State a fact. An older statement never overwrites a newer one; "unknown" never replaces what was known.

        In the second case the fact grows older and stale. `is_anew`: worked out from everything that stands now (see
        `one_at_a_time`), so it is the newest word however old the answers are that it rests on (`as_of`); then a
        "ready" alone grows old in place of an "unknown". `is_void`: what was known is about something that is no longer
        so (another target), and "unknown" takes its place at once.

        The listeners named in settings.FACT_LISTENERS are told of a turn in the same transaction; a stale "ready" that
        is fresh again is one for them. Those of settings.FACT_AGAIN_LISTENERS are told as well when "ready" is only
        said again.
        """
        as_of = as_of or timezone.now()
        values = {"verdict": verdict.value, "reason": reason[:500], "link": link, "as_of": as_of}
        with transaction.atomic():
            fact, made = cls.objects.select_for_update().get_or_create(project=project, key=key, defaults=values)
            before, was_ready = ("", False) if made else (fact.verdict, fact.is_ready)
            stays = (Verdict.READY,) if is_anew else (Verdict.READY, Verdict.CONDITIONS, Verdict.NOT_READY)
            is_kept = verdict == Verdict.UNKNOWN and before in stays and not is_void
            if not made and ((fact.as_of > as_of and not is_anew) or is_kept):
                return fact
            if not made:
                cls.objects.filter(pk=fact.pk).update(**values)
                fact.refresh_from_db()
            if before != fact.verdict:
                FactChange.objects.create(
                    project=project, key=key, before=before, after=fact.verdict, reason=fact.reason
                )
            turned = before != fact.verdict or fact.is_ready != was_ready
            again = settings.FACT_AGAIN_LISTENERS if fact.is_ready else []
            for name in settings.FACT_LISTENERS if turned else again:
                import_string(name)(fact)
        return fact


class FactChange(models.Model):
    """A fact that turned: from, to, why and when."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="fact_changes")
    key = models.CharField(max_length=60)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.key}: {self.before or 'new'} to {self.after}"
