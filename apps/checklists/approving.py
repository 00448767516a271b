"""Asking for approval, giving it, declining; and the baseline that an approved plan leaves behind.

Who approves says yes to what he read: the page carries the hash of it, and another one is refused.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists import approvable
from apps.checklists.agreed import ITEM, PLAN, Answer, Approval, Baseline, Side
from apps.checklists.models import ChecklistItem, NotYet
from apps.checklists.services import lock_plan, settle
from apps.projects.models import Activity, Project, Role
from apps.projects.telling import tell_approval_asked
from engine.plan.frozen import Approvable

CHANGED = "This was changed while you were reading. Look at it again, then decide."


@transaction.atomic
def ask(
    project: Project, subject: str, *, by: User | None, item: ChecklistItem | None = None, question: str = ""
) -> Approval:
    """Ask the client; where he is asked already, that question stays. Raises NotYet for what he does not see."""
    if item is not None and not item.client_sees:
        raise NotYet("The client does not see this item. Let him see it, then ask.")
    thing = approvable.of_item(item) if item is not None else approvable.of_subject(project, subject, Role.CLIENT)
    open_one = project.approvals.waiting().filter(subject=subject, item=item).first()
    if open_one is not None:
        return open_one
    values = {"project": project, "subject": subject, "item": item, "title": thing.title[:200], "side": Side.CLIENT}
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                **values, question=question, asked_by=by, frozen=thing.rows, digest=thing.digest
            )
    except IntegrityError:  # somebody asked in the same moment
        return project.approvals.waiting().get(subject=subject, item=item)
    Activity.record(project, "asked the client to approve", approval, by=by, reason=question, is_internal=False)
    text = f"You are asked to approve: {approval.title}"[:490]
    link = approval.get_absolute_url()
    tell_approval_asked(project, f"{text}.", link=link, key=f"approval-{approval.pk}", by=by)
    return approval


@transaction.atomic
def decide(approval: Approval, *, by: User, answer: str, digest: str, comment: str = "") -> Approval:
    """The client's yes or no, once. Raises NotYet in a sentence where it was answered, or is not what he read."""
    lock_plan(approval.project_id)
    row = Approval.objects.select_for_update(of=("self",)).select_related("project", "item").get(pk=approval.pk)
    if row.state != Answer.ASKED:
        raise NotYet(f"This was answered already: {row.get_state_display().lower()}.")
    thing = approvable.now([row], row.project)[row.pk]
    if thing is None:
        raise NotYet("What this asks about is no longer there.")
    if thing.digest != digest:
        raise NotYet(CHANGED)
    _write(row, by, answer, thing, comment)
    return row


def _write(row: Approval, by: User, answer: str, thing: Approvable, comment: str) -> None:
    row.state, row.decided_by, row.decided_at, row.comment = answer, by, timezone.now(), comment
    row.frozen, row.digest = thing.rows, thing.digest
    if row.subject == PLAN and answer == Answer.APPROVED:
        row.baseline = freeze(row.project, by=by)
    row.save()
    verb = "approved" if answer == Answer.APPROVED else "declined to approve"
    about = row.item if row.item is not None else row
    Activity.record(
        row.project, verb, about, by=by, reason=comment, detail=f"version {row.short_digest}",
        is_internal=row.side != Side.CLIENT,
    )  # fmt: skip
    if row.item is not None and answer == Answer.APPROVED:
        settle(row.item)


@transaction.atomic
def approve_plan(project: Project, *, by: User, comment: str = "") -> Approval:
    """The consultant's own yes to the plan as it stands: its dates are the baseline from now on."""
    lock_plan(project.pk)
    thing = approvable.plan(project, Role.OWNER)
    row = Approval(project=project, subject=PLAN, title=thing.title, side=Side.CONSULTANT, asked_by=by)
    _write(row, by, Answer.APPROVED, thing, comment)
    return row


def freeze(project: Project, *, by: User) -> Baseline:
    """The newest baseline where nothing changed since, or a new one; older ones are kept."""
    digest = approvable.plan(project, Role.OWNER).digest
    newest = project.baselines.first()
    if newest is not None and newest.digest == digest:
        return newest
    dates = {str(pk): due.isoformat() for pk, due in project.items.exclude(due=None).values_list("pk", "due")}
    return Baseline.objects.create(
        project=project, number=newest.number + 1 if newest else 1, go_live=project.go_live,
        time_zone=project.time_zone, dates=dates, digest=digest, made_by=by,
    )  # fmt: skip


@transaction.atomic
def withdraw(approval: Approval, *, by: User) -> None:
    """Take a question back that nobody has answered."""
    rows = Approval.objects.filter(pk=approval.pk, state=Answer.ASKED)
    if rows.update(state=Answer.WITHDRAWN, decided_by=by, decided_at=timezone.now()):
        Activity.record(approval.project, "took the question back", approval, by=by, is_internal=False)


def question_about(item: ChecklistItem) -> Approval:
    """The open question about an item that needs approval; made where nobody asked yet."""
    return ask(item.project, ITEM, by=None, item=item)
