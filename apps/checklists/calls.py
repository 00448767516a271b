"""What a client calls out to his consultant: "I am stuck", "this is not mine"; and how the consultant answers.

Both go to the top of the consultant's list, are logged where the client reads it, and can be taken back.
"""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists import telling
from apps.checklists.models import NO_CALL, ChecklistItem, State, Who
from apps.projects.models import Activity, Comment, StaleRow

NOT_STUCK = {name: NO_CALL[name] for name in ("stuck_note", "stuck_at", "stuck_by")}
NOT_HANDED_BACK = {name: NO_CALL[name] for name in ("handed_back_note", "handed_back_at", "handed_back_by")}


def mark_stuck(item: ChecklistItem, *, by: User, sentence: str, version: int | None = None) -> None:
    """The client cannot go on; the item goes to the top of the consultant's list."""
    values = {"stuck_note": sentence, "stuck_at": timezone.now(), "stuck_by": by, **NOT_HANDED_BACK}
    with transaction.atomic():
        _call(item, by, "is stuck with", sentence, version, values)
        telling.tell_stuck(item, by=by, sentence=sentence)


def hand_back(item: ChecklistItem, *, by: User, sentence: str, version: int | None = None) -> None:
    """The client says that an item is not his: it leaves his list and goes to the top of the consultant's."""
    values = {"handed_back_note": sentence, "handed_back_at": timezone.now(), "handed_back_by": by, **NOT_STUCK}
    _call(item, by, "handed back", sentence, version, values)


def take_call_back(item: ChecklistItem, *, by: User, version: int | None = None) -> None:
    """The client goes on by himself after all."""
    item.change(by, version=version, verb="goes on with", is_internal=False, **NO_CALL)


def _call(item: ChecklistItem, by: User, verb: str, sentence: str, version: int | None, values: dict) -> None:
    if item.state != State.OPEN:
        raise StaleRow(item, values)
    item.change(by, version=version, verb=verb, reason=sentence, is_internal=False, **values)


@transaction.atomic
def answer(item: ChecklistItem, *, by: User, words: str, keeps: bool = False, version: int | None = None) -> None:
    """The consultant answers a call: it is cleared, and his words stand with the item, where the client reads them.

    With `keeps` the item is the consultant's own from now on.
    """
    values = dict(NO_CALL) | ({"who": Who.CONSULTANT, "assignee": by} if keeps else {})
    verb = "took over" if keeps else "answered about"
    item.change(by, version=version, verb=verb, reason=words[:500], is_internal=not item.client_sees, **values)
    if words:
        about = {"subject_type": item._meta.label_lower, "subject_id": item.pk}
        comment = Comment.objects.create(
            project=item.project, author=by, body=words, is_internal=not item.client_sees, **about
        )  # fmt: skip
        telling.tell_comment(item, comment)


def say(item: ChecklistItem, *, by: User, words: str, is_internal: bool) -> Comment:
    """A comment on an item, logged."""
    with transaction.atomic():
        comment = Comment.objects.create(
            project=item.project, author=by, subject_type=item._meta.label_lower, subject_id=item.pk, body=words,
            is_internal=is_internal,
        )  # fmt: skip
        Activity.record(item.project, "commented on", item, by=by, is_internal=is_internal)
        telling.tell_comment(item, comment)
    return comment
