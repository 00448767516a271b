"""What a finished live run teaches the consultancy's next plan."""

from apps.accounts.models import Organisation
from apps.cutover.builtin import keys
from apps.cutover.runsheets import LearntLength, Result, Run
from engine.runsheet import LONGEST

LEARNT_FROM = 5  # runs; older ones weigh less and less


def learn(run: Run) -> None:
    """Mix the minutes that the steps of the built-in sheets really took into their lengths; four queries.

    What ended within a minute was true before the step began, or only clicked through, and teaches nothing.
    """
    marks = run.marks.filter(result=Result.DONE, step__key__in=keys()).select_related("step")
    taught = {mark.step.key: mark for mark in marks if mark.took and mark.took >= 1}
    organisation: Organisation = run.project.organisation
    new = [LearntLength(organisation=organisation, key=key, minutes=mark.step.minutes) for key, mark in taught.items()]
    LearntLength.objects.bulk_create(new, ignore_conflicts=True)
    rows = list(organisation.learnt_lengths.select_for_update().filter(key__in=taught).order_by("pk"))
    for row in rows:
        # A clock that was set forward must not make a length that no plan may have.
        took = min(LONGEST, taught[row.key].took or 0)
        row.runs += 1
        row.minutes += (took - row.minutes) / min(row.runs, LEARNT_FROM)
    LearntLength.objects.bulk_update(rows, ["runs", "minutes"])
