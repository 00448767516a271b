"""A step taken out of the sheet, and put back. It is kept, so that what waited for it waits again when it returns."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.running import NotNow, planned_anew
from apps.cutover.runsheets import RunSheet, RunStep, RunStepQuerySet
from apps.projects.models import Activity
from engine.runsheet import WrongSheet, check_sheet

KEPT_DAYS = 30  # whom a deleted step names


@transaction.atomic
def take_out(step: RunStep, *, by: User) -> None:
    """Raises NotNow where the run that goes on has a mark of it; runs that are over keep their steps."""
    sheet = RunSheet.objects.select_for_update().get(pk=step.sheet_id)
    list(sheet.runs.active().select_for_update())  # nobody starts it there while it is taken out
    if step.marks.filter(run__ended_at=None).exists():
        raise NotNow(f"“{step.title}” is part of the run that goes on, so it stays until that has ended.")
    if not RunStep.objects.filter(pk=step.pk).update(retired_at=timezone.now()):
        return
    Activity.record(sheet.project, "deleted the step", step, by=by)
    planned_anew(sheet, f"took the step “{step.title}” out", by=by, step=step)


@transaction.atomic
def put_back(step: RunStep, *, by: User) -> None:
    """Raises NotNow where it cannot stand beside what was planned since."""
    sheet = RunSheet.objects.select_for_update().get(pk=step.sheet_id)
    if step.record and any(other.record == step.record for other in sheet.steps.all()):
        raise NotNow(f"“{step.title}” stands here again already: the records were brought in anew.")
    if not RunStep.every.filter(pk=step.pk).exclude(retired_at=None).update(retired_at=None):
        return
    try:
        check_sheet([other.step for other in sheet.steps.prefetch_related("waits_for")])
    except WrongSheet as error:
        raise NotNow(f"“{step.title}” cannot be put back as it was. {error}") from error
    Activity.record(sheet.project, "put back the step", step, by=by)
    planned_anew(sheet, f"put the step “{step.title}” back", by=by, step=step)


def taken_out(sheet: RunSheet) -> RunStepQuerySet:
    """The newest first."""
    return RunStep.every.filter(sheet=sheet).exclude(retired_at=None).order_by("-retired_at", "-pk")


def sweep() -> None:
    """Names and numbers of people go from steps that nobody has put back; the steps stay, without them."""
    old = RunStep.every.filter(retired_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    old.exclude(phone="", owner_name="").update(phone="", owner_name="")


def freed(step: RunStep) -> list[str]:
    """What waited for it, by name."""
    return list(step.followers.order_by("start", "pk").values_list("title", flat=True))
