"""What is known of mail domains: for everybody, and about the contacts of one file."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.projects.many import in_groups
from apps.projects.models import ProjectRow
from apps.projects.stored import StoredFile
from engine.dns.mail import DEAD, Mail

GOOD_FOR, BAD_FOR = timedelta(days=30), timedelta(days=1)


class Takes(models.TextChoices):
    OK = Mail.OK.value, "takes mail"
    NONE = Mail.NONE.value, "has no mail server"
    NULL_MX = Mail.NULL_MX.value, "refuses all mail"
    UNKNOWN = Mail.UNKNOWN.value, "could not tell"


class MailDomainQuerySet(models.QuerySet["MailDomain"]):
    def fresh(self) -> "MailDomainQuerySet":
        """Those that need not be asked again: a mail server seldom goes, and one that was missing may soon be there."""
        now = timezone.now()
        return self.filter(Q(verdict=Mail.OK, as_of__gt=now - GOOD_FOR) | Q(as_of__gt=now - BAD_FOR))

    def dead(self) -> "MailDomainQuerySet":
        return self.filter(verdict__in=DEAD)

    def known(self, names: Iterable[str]) -> dict[str, tuple[str, datetime]]:
        """Fresh verdicts of these names."""
        wanted, told = list(names), {}
        for some in in_groups(wanted):
            rows = self.fresh().filter(name__in=some).values_list("name", "verdict", "as_of")
            told |= {name: (verdict, as_of) for name, verdict, as_of in rows}
        return told

    def learn(self, verdicts: Mapping[str, str], as_of: datetime) -> None:
        """Keep what the DNS said; what it could not say is not kept."""
        rows = [MailDomain(name=name, verdict=verdict, as_of=as_of) for name, verdict in sorted(verdicts.items())]
        self.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["verdict", "as_of"])


class MailDomain(models.Model):
    """A domain of at least two contacts, for the whole installation; a domain of one may be that person's name."""

    name = models.CharField(max_length=253, unique=True)
    verdict = models.CharField(max_length=8, choices=Takes.choices)
    as_of = models.DateTimeField(db_index=True)

    objects = MailDomainQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class MailCheck(ProjectRow):
    """One round of questions about the domains of one file. The newest speaks for the file.

    The list names every domain that takes no mail or could not be told, with the number of its contacts and the first
    line; it goes with the upload.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="mail_checks")
    contact_file = models.ForeignKey("contacts.ContactFile", models.CASCADE, related_name="mail_checks")
    counts = models.JSONField(default=dict)  # {verdict: {"domains", "contacts", "first_line"}}
    asked = models.PositiveIntegerField()  # the others were known
    left = models.PositiveIntegerField(default=0)  # not asked: cancelled, or no answers
    list_file = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-as_of", "-pk"]

    def __str__(self) -> str:
        return f"mail domains of {self.contact_file_id}"

    def total(self, what: str, *verdicts: str) -> int:
        return sum(int(self.counts.get(verdict, {}).get(what, 0)) for verdict in verdicts)

    @property
    def dead(self) -> dict[str, Any]:
        """Domains that take no mail, their contacts, and the first line of any."""
        told = [self.counts[verdict] for verdict in sorted(DEAD) if verdict in self.counts]
        lines = [one["first_line"] for one in told]
        return {
            "domains": self.total("domains", *DEAD),
            "contacts": self.total("contacts", *DEAD),
            "line": min(lines, default=0),
        }

    @property
    def has_list(self) -> bool:
        return any(verdict != Mail.OK for verdict in self.counts)

    @property
    def is_fresh(self) -> bool:
        """What it says of domains without mail still counts."""
        return self.as_of > timezone.now() - BAD_FOR
