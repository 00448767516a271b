"""Verbs of the after-action report: what people learnt, and whether the client reads the report."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.plans import PlanTemplate
from apps.overview.models import Lesson, SharedReport
from apps.projects.models import Activity, Project
from apps.projects.notice import NoticeKind
from apps.projects.telling import clients_of, tell

TOLD = "after-report-"


@transaction.atomic
def learn(project: Project, *, by: User, **values: Any) -> Lesson:
    """Write a lesson down."""
    row = Lesson.objects.create(project=project, by=by, **values)
    Activity.record(project, "wrote down the lesson", row, by=by)
    return row


@transaction.atomic
def put(row: Lesson, *, away: bool, by: User) -> None:
    """Remove a lesson, or put it back."""
    if away != bool(row.removed_at):
        verb = "removed the lesson" if away else "put back the lesson"
        row.change(by, verb=verb, removed_at=timezone.now() if away else None)


@transaction.atomic
def show(row: Lesson, *, to_client: bool, by: User) -> None:
    """Let the client read it, or no longer."""
    row.change(by, client_sees=to_client)


@transaction.atomic
def share(project: Project, *, on: bool, by: User) -> None:
    """Open the client's version of the report to the client, who is told, or close it again."""
    if on:
        row, moved = SharedReport.objects.get_or_create(project=project, defaults={"by": by})
        if moved:
            text = "The report on your move is there: how the switch went, what was decided, what the checks say."
            link = f"{project.get_absolute_url()}cutover/report/"
            tell(project, clients_of(project), NoticeKind.TODO, text, link=link, key=f"{TOLD}{row.pk}", by=by)
    else:
        moved = bool(SharedReport.objects.filter(project=project).delete()[0])
        project.notices.unread().filter(key__startswith=TOLD).delete()  # its link leads nowhere now
    if moved:
        verb = "shared the after-action report" if on else "no longer shares the after-action report"
        Activity.record(project, verb, by=by, is_internal=False)


def template_of(project: Project) -> PlanTemplate | None:
    """The consultancy's template that the plan came from: a lesson may become an item of its draft."""
    return PlanTemplate.objects.filter(versions__plans__project=project, archived_at=None).first()


def shared(project: Project) -> SharedReport | None:
    return SharedReport.objects.filter(project=project).select_related("by").first()
