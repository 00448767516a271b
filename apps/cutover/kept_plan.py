"""The plan as it stood when a run ended, kept with the run: what is planned later changes no night that is over."""

from typing import Any

from apps.accounts.models import User
from apps.cutover.runsheets import Run, RunSheet, RunStep

FIELDS = (
    "key", "section", "title", "start", "minutes", "owner_id", "owner_name", "expected", "fact", "client_sees", "record"
)  # fmt: skip


def keep(run: Run) -> None:
    """Phone numbers are left out: nobody is called any more."""
    rows = [
        {"pk": step.pk, "waits": step.waits} | {name: getattr(step, name) for name in FIELDS}
        for step in run.sheet.steps.whole()
    ]
    Run.objects.filter(pk=run.pk).update(kept_steps=rows)


def steps_of(sheet: RunSheet, run: Run | None) -> list[RunStep]:
    """As they are planned now; for a run that has ended, as they stood then."""
    if run is None or not run.ended_at:
        return list(sheet.steps.whole())
    people = User.objects.in_bulk({row["owner_id"] for row in run.kept_steps} - {None})
    return [_as_it_stood(sheet, row, people.get(row["owner_id"])) for row in run.kept_steps]


def _as_it_stood(sheet: RunSheet, row: dict[str, Any], owner: User | None) -> RunStep:
    step = RunStep(pk=row["pk"], project_id=sheet.project_id, sheet=sheet, **{name: row[name] for name in FIELDS})
    step.owner, step.kept_waits = owner, tuple(row["waits"])
    return step
