"""The plan of a demo project: what is done with its evidence, and what was approved when."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.checklists.agreed import PLAN, Answer
from apps.checklists.approving import approve_plan, ask, decide
from apps.checklists.models import ChecklistItem, Evidence
from apps.checklists.services import complete, give_evidence
from apps.projects.models import Activity, Project, Role
from apps.projects.stored import StoredFile

EVIDENCE = {"count": "412", "url": "https://example.com/shared-folder", "text": "Seen and agreed."}
NOTE = b"A made-up file of the demo: it stands for the export, the screenshot or the document that was kept.\n"


def doers(project: Project) -> tuple[User, User]:
    """A consultant, or the owner, and the client of the project."""
    people = {membership.role: membership.user for membership in project.memberships.select_related("user")}
    owner = project.organisation.memberships.order_by("pk").first()
    return people.get(Role.CONSULTANT) or owner.user, people[Role.CLIENT]


def done_items(project: Project, row: dict[str, Any]) -> None:
    """What was due some days ago is done, as far as its gates are open; checks of the system only where said."""
    staff, client = doers(project)
    day = project.today - timedelta(days=row["done_until"])
    for item in project.items.filter(due__lt=day).order_by("due", "phase", "position"):
        item.refresh_from_db()
        who = client if item.who == "client" else staff
        override = row["override"] if item.evidence_kind == "check" else ""
        if item.is_settled or item.blockers or (item.evidence_kind == "check" and not override):
            continue
        _evidence(item, who)
        complete(item, by=who, version=item.version, override=override)
        _backdate(project, item, who)


def _evidence(item: ChecklistItem, who: User) -> None:
    """Of the kind that is asked for."""
    if item.evidence_kind == "file":
        note = SimpleUploadedFile(f"{item.key or 'evidence'}.txt", NOTE)
        file = StoredFile.keep(item.project, note, purpose="evidence", by=who, client_sees=item.client_sees)
        give_evidence(item, by=who, kind="file", file=file)
    elif item.evidence_kind not in ("", "check"):
        give_evidence(item, by=who, kind=item.evidence_kind, text=EVIDENCE[item.evidence_kind])


def _backdate(project: Project, item: ChecklistItem, who: User) -> None:
    """Done on the day it was due, at ten o'clock."""
    at = datetime.combine(item.due, time(10), ZoneInfo(project.time_zone))
    project.items.filter(pk=item.pk).update(done_at=at)
    Evidence.objects.filter(item=item).update(at=at)
    Activity.objects.filter(project=project, actor=who).about(item).update(at=at)


def approved_plan(project: Project) -> None:
    """Both sides approved the plan in its first week; the client is asked about the inventory now."""
    staff, client = doers(project)
    at = datetime.combine(project.started_on + timedelta(days=5), time(15), ZoneInfo(project.time_zone))
    asked = ask(project, PLAN, by=staff, question="Do these dates suit you?")
    decide(
        asked, by=client, answer=Answer.APPROVED, digest=asked.digest, comment="Yes, but not in the school holidays."
    )
    approve_plan(project, by=staff)
    project.approvals.update(asked_at=at, decided_at=at)
    project.baselines.update(made_at=at)
    Activity.objects.filter(project=project, subject_type="checklists.approval").update(at=at)
    ask(project, "inventory", by=staff, question="Is this what shall move, be rebuilt and be left behind?")
    _move_two(project)


def _move_two(project: Project) -> None:
    """Two steps got later dates after the approval, as it happens: they show as changed, and as slip."""
    for item in project.items.open().filter(phase=3, client_sees=True, days__gt=8).order_by("due", "pk")[:2]:
        days = item.days - 4
        project.items.filter(pk=item.pk).update(days=days, due=item.due + timedelta(days=4))
