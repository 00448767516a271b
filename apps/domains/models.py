"""A client's domains, every check of them with its date, and what was found."""

from typing import Any

from django.db import models
from django.db.models import OuterRef, Prefetch, Subquery

from apps.accounts.models import User
from apps.domains.kept import DnsSnapshot as DnsSnapshot  # models of this app, in a file of their own
from apps.domains.kept import DomainWatch as DomainWatch
from apps.domains.kept import ImportedZone as ImportedZone
from apps.domains.kept import PlanWord as PlanWord
from apps.domains.kept import Word as Word
from apps.findings.models import StoredFinding
from apps.projects.models import Project, ProjectRow, Role
from engine.findings import Verdict


class DomainQuerySet(models.QuerySet["Domain"]):
    def shown_to(self, role: int) -> "DomainQuerySet":
        """A client has those that are shown to him; who sets the records has them all, as consultants do."""
        return self.filter(client_sees=True) if role == Role.CLIENT else self

    def with_status(self) -> "DomainQuerySet":
        """Each domain with its newest check, the newest that could read it, and its newest signed snapshot: three
        questions more, however many checks there are."""
        checks = DomainCheck.objects.only(*DomainCheck.LIGHT)
        newest, good = DomainCheck.objects.all(), DomainCheck.objects.filter(failed=False)
        signed = DnsSnapshot.objects.signed()
        return self.prefetch_related(
            Prefetch("checks", queryset=checks.filter(pk__in=self._newest(newest)), to_attr="newest_checks"),
            Prefetch("checks", queryset=checks.filter(pk__in=self._newest(good)), to_attr="good_checks"),
            Prefetch("snapshots", queryset=signed.light().filter(pk__in=self._newest(signed)), to_attr="signed"),
        )

    def _newest(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The number of the newest row of each domain: one look into the index a domain, not one a check."""
        first = Subquery(rows.filter(domain=OuterRef("pk")).values("pk")[:1])
        return self.order_by().annotate(newest_key=first).values("newest_key")


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
    client_sees = models.BooleanField("the client sees its state and plan", default=False)

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
        if hasattr(self, "newest_checks"):
            return self.newest_checks[0] if self.newest_checks else None
        return self.checks.order_by("-as_of", "-pk").first()

    @property
    def last_good(self) -> "DomainCheck | None":
        """The newest check that could read the domain."""
        if hasattr(self, "good_checks"):
            return self.good_checks[0] if self.good_checks else None
        return self.checks.filter(failed=False).first()

    @property
    def signed_snapshot(self) -> "DnsSnapshot | None":
        """The newest snapshot that somebody signed off."""
        if hasattr(self, "signed"):
            return self.signed[0] if self.signed else None
        return self.snapshots.signed().first()


class DomainCheck(models.Model):
    """One look at one domain: what was asked, what was found, how it was judged."""

    LIGHT = ("id", "project_id", "domain_id", "verdict", "summary", "as_of", "failed")

    project = models.ForeignKey(Project, models.CASCADE, related_name="domain_checks")
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="checks")
    verdict = models.CharField(
        max_length=12, choices=[(v.value, v.name.replace("_", " ").capitalize()) for v in Verdict]
    )
    summary = models.CharField(max_length=300)
    report = models.JSONField(default=dict)  # the engine's answer: spf, dmarc, mx, dkim, senders, expected, records
    as_of = models.DateTimeField()  # when the questions were asked
    failed = models.BooleanField(default=False)  # nothing could be learnt
    digest = models.CharField(max_length=64, blank=True)  # of what was found, without times: equal looks are equal
    is_light = models.BooleanField(default=False)  # its report stands in the next equal check and is not kept twice
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
