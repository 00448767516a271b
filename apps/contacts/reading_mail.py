"""What a page says about the mail domains of a list."""

from dataclasses import dataclass

from apps.contacts.asking import TASK
from apps.contacts.mail_domains import MailCheck
from apps.contacts.models import ContactFile, FileKind
from apps.jobs.models import Job
from apps.projects.stored import StoredFile


@dataclass(frozen=True, slots=True)
class MailPage:
    """What templates/contacts/_mail.html needs. `domains` is how many there are to ask about."""

    domains: int
    told: MailCheck | None
    job: Job | None
    is_checked_since: bool  # the report knows what the DNS said

    @property
    def is_running(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @property
    def has_stopped(self) -> bool:
        """The last round ended early."""
        return self.job is not None and self.job.state in ("failed", "cancelled")

    @property
    def takes(self) -> int:
        return self.told.total("domains", "ok") if self.told else 0

    @property
    def unknown(self) -> int:
        return self.told.total("domains", "unknown") if self.told else 0

    @property
    def list_file(self) -> StoredFile | None:
        """The download, where there is anything in it."""
        stored = self.told.list_file if self.told else None
        return stored if stored and stored.deleted_at is None and self.told and self.told.has_list else None

    @property
    def is_old(self) -> bool:
        """Domains took no mail, and that is too long ago to count."""
        return self.told is not None and bool(self.told.dead["domains"]) and not self.told.is_fresh


def read_mail(file: ContactFile) -> MailPage | None:
    """Of the newest check of a contact list; None where it has no mail domains."""
    check = file.latest_check
    domains = int(check.report.get("mail_domains", 0)) if check else 0
    if file.kind != FileKind.CONTACTS or check is None or not domains:
        return None
    told = file.mail_checks.select_related("list_file").first()
    job = Job.objects.filter(project=file.project_id, task=TASK, key=file.job_key).select_related("project").last()
    return MailPage(domains, told, job, is_checked_since=told is not None and check.as_of > told.as_of)
