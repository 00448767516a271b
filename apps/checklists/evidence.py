"""Evidence is taken back, and put back: both logged, neither loses anything."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.models import Evidence, EvidenceKind, How, NotYet, State
from apps.checklists.services import lock_plan, reopen, settle
from apps.projects.models import Activity


@transaction.atomic
def take_back(evidence: Evidence, *, by: User) -> None:
    """It no longer counts; an item that was done on the strength of it opens again. Raises NotYet for checks."""
    lock_plan(evidence.project_id)
    if evidence.kind == EvidenceKind.CHECK:
        raise NotYet("The system's own check stays as it was; what it found is in the history.")
    if not _set(evidence, by, back=True):
        return
    Activity.record(evidence.project, "took evidence back from", evidence.item, by=by,
                    is_internal=not evidence.item.client_sees)  # fmt: skip
    item = evidence.item
    item.refresh_from_db()
    if item.state == State.DONE and item.done_how != How.OVERRIDE and not item.has_evidence:
        reopen(item, by=None, reason="Its evidence was taken back.")


@transaction.atomic
def put_back(evidence: Evidence, *, by: User) -> None:
    """Undo: it counts again. The item is ticked again by whoever ticks it."""
    lock_plan(evidence.project_id)
    if not _set(evidence, by, back=False):
        return
    Activity.record(evidence.project, "put evidence back to", evidence.item, by=by,
                    is_internal=not evidence.item.client_sees)  # fmt: skip
    settle(evidence.item)


def _set(evidence: Evidence, by: User, *, back: bool) -> bool:
    """False where it is so already. A file that was taken back is no longer shown to the client."""
    rows = Evidence.all_given.filter(pk=evidence.pk, taken_back_at__isnull=back)
    values = {"taken_back_at": timezone.now(), "taken_back_by": by} if back else {"taken_back_at": None}
    if not rows.update(**values):
        return False
    if evidence.file is not None:
        evidence.file.client_sees = evidence.item.client_sees and not back
        evidence.file.save(update_fields=["client_sees"])
    return True
