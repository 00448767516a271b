"""A client's domains, every check of them with its date, and what was found."""

from typing import Any

from django.db import models
from django.db.models import Prefetch

from apps.accounts.models import User
from apps.findings.models import StoredFinding
from apps.projects.models import Project, ProjectRow
from engine.findings import Verdict


class DomainQuerySet(models.QuerySet["Domain"]):
    def with_status(self) -> "DomainQuerySet":
        """Each domain with `newest`, its last check, in one query more."""
        newest = DomainCheck.objects.order_by("domain_id", "-as_of", "-pk")
        return self.prefetch_related(Prefetch("checks", queryset=newest.only(*DomainCheck.LIGHT), to_attr="all_checks"))


class Domain(ProjectRow):
    """One name. `name` is what is asked (A-label), `shown` what people read (U-label)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253)
    shown = models.CharField("domain", max_length=253)
    shows_pages = models.BooleanField("shows pages", default=True)
    sends_mail = models.BooleanField("sends mail", default=True)
    selectors = models.CharField(
        "DKIM selectors", max_length=300, blank=True, default="", help_text="Separated by commas, if you know them."
    )
    own_values = models.JSONField(default=list)  # [{host, type, value}] pasted from the new platform's account
    known_senders = models.JSONField(default=list)  # [{trace, what}]: what people said about traces nobody knew
    notes = models.TextField(blank=True, max_length=2000, default="")

    objects = DomainQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_domain_in_a_project")]

    def __str__(self) -> str:
        return self.shown

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}domains/{self.pk}/"

    @property
    def uses(self) -> set[str]:
        return {use for use, is_used in (("pages", self.shows_pages), ("mail", self.sends_mail)) if is_used}

    @property
    def selector_list(self) -> list[str]:
        return [word.strip() for word in self.selectors.split(",") if word.strip()]

    @property
    def newest(self) -> "DomainCheck | None":
        """The check that speaks for the domain: the one that was asked last, not the one that was stored last."""
        if hasattr(self, "all_checks"):
            return self.all_checks[0] if self.all_checks else None
        return self.checks.order_by("-as_of", "-pk").first()


class DomainCheck(models.Model):
    """One look at one domain: what was asked, what was found, how it was judged."""

    LIGHT = ("id", "project_id", "domain_id", "verdict", "summary", "as_of")

    project = models.ForeignKey(Project, models.CASCADE, related_name="domain_checks")
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="checks")
    verdict = models.CharField(
        max_length=12, choices=[(v.value, v.name.replace("_", " ").capitalize()) for v in Verdict]
    )
    summary = models.CharField(max_length=300)
    report = models.JSONField(default=dict)  # the engine's answer: spf, dmarc, mx, dkim, senders, expected, records
    as_of = models.DateTimeField()  # when the questions were asked
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-as_of", "-pk"]
        indexes = [models.Index(fields=["domain", "-as_of"], name="check_newest")]

    def __str__(self) -> str:
        return f"{self.domain_id} at {self.as_of:%d %b %H:%M}"

    @property
    def expected(self) -> list[dict[str, Any]]:
        """Rows of record, need, expected, found, verdict."""
        rows: list[dict[str, Any]] = self.report.get("expected", [])
        return rows


class DomainFinding(StoredFinding):
    """One finding of one check."""

    domain_check = models.ForeignKey(DomainCheck, models.CASCADE, related_name="findings")

    class Meta(StoredFinding.Meta):
        pass
