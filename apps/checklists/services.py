"""Verbs of the plan: tick, open again, follow the facts.

The invariant: an item is never done while something it waits for is open, unless a consultant overrode it.
So opening an item again opens those done after it too. One plan changes at a time (`lock_plan`): whoever reads the
gates also writes what follows. An open item marked "override" was opened by a person against its ready check; the check
ticks it again only when it turns. An open item marked "held" was done by hand until the system shut its gate; it is
done again when the gate opens, unless a person opened something before it meanwhile.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists import telling
from apps.checklists.builtin import find_cycle
from apps.checklists.models import NO_CALL, ChecklistItem, Evidence, EvidenceKind, How, NotYet, State, Wait
from apps.findings.models import Fact
from apps.projects.models import Activity, Project, StaleRow
from apps.projects.stored import StoredFile
from engine.findings import Verdict


def _tick(
    item: ChecklistItem, by: User | None, how: str, reason: str, version: int | None, at: datetime | None = None
) -> None:
    """`at` with a held item: it is done again as it was, and the system says so."""
    values = {"state": State.DONE, "done_by": by, "done_at": at or timezone.now(), "done_how": how, "reopened_at": None}
    item.change(
        by if at is None else None,
        version=version,
        verb="ticked" if how != How.OVERRIDE else "ticked by override",
        reason=reason,
        source="system" if how == How.FACT or at is not None else "page",
        is_internal=not item.client_sees,
        **NO_CALL,
        state_reason=reason[:500] if at is None else "",
        **values,
    )


@transaction.atomic
def complete(item: ChecklistItem, *, by: User, version: int, override: str = "") -> None:
    """Tick by hand. Already done is fine; raises NotYet with the reason, StaleRow where somebody else was faster."""
    item = _locked(item)
    if item.state == State.DONE:
        return
    _refuse_stale(item, version, State.DONE)
    missing = item.what_is_missing()
    if missing and not override:
        raise NotYet(missing)
    _tick(item, by, How.OVERRIDE if missing else How.PERSON, override if missing else "", version)
    _follow(item)


@transaction.atomic
def set_not_applicable(item: ChecklistItem, *, by: User, version: int, reason: str) -> None:
    """Take an item out of the plan with a reason; it then holds nobody up."""
    item = _locked(item)
    if item.state == State.NOT_APPLICABLE:
        return
    values = {"state": State.NOT_APPLICABLE, "state_reason": reason, "done_by": by, "done_at": timezone.now()}
    item.change(
        by, version=version, verb="marked not applicable", reason=reason, done_how="", reopened_at=None,
        **NO_CALL, **values,
    )  # fmt: skip
    _follow(item)


@transaction.atomic
def reopen(item: ChecklistItem, *, by: User | None, version: int | None = None, reason: str = "") -> None:
    """Open an item again, and with it what was done after it."""
    item = _locked(item)
    if item.state == State.OPEN:
        return
    fact = item.project.facts.filter(key=item.fact).first() if item.fact else None
    _open(item, by, reason, version, how=How.OVERRIDE if by is not None and fact is not None and fact.is_ready else "")
    _let_go(item)


def _open(
    item: ChecklistItem, by: User | None, reason: str, version: int | None, how: str = "", holds: bool = False
) -> list[ChecklistItem]:
    """The item and what was done after it are open again; returns them.

    `holds`: only the gate is shut, so what a person did has not to be done anew.
    """
    is_held = holds and item.done_how == How.PERSON
    values = {"done_how": How.HELD} if is_held else {"done_by": None, "done_at": None, "done_how": how}
    item.change(
        by,
        version=version,
        verb="opened again",
        reason=reason,
        source="page" if by else "system",
        is_internal=not item.client_sees,
        state=State.OPEN,
        state_reason=reason[:500],
        reopened_at=timezone.now(),
        **values,
    )
    opened = [item]
    after = ChecklistItem.objects.filter(waits__waits_for=item, state=State.DONE).exclude(done_how=How.OVERRIDE)
    for follower in after.select_related("project").order_by("pk"):
        follower.refresh_from_db()  # it may wait for an earlier one too, and is open by now
        if follower.state == State.DONE:
            opened += _open(follower, None, _because_of(item), None, holds=True)
    return opened


def _let_go(item: ChecklistItem) -> None:
    """What is held behind an item that a person opens has to be done anew."""
    waits = list(Wait.objects.filter(project=item.project_id).values_list("item_id", "waits_for_id"))
    behind, new = set(), {item.pk}
    while new := {one for one, other in waits if other in new} - behind:
        behind |= new
    held = ChecklistItem.objects.filter(pk__in=behind, done_how=How.HELD)
    held.update(done_how="", done_by=None, done_at=None)


def _because_of(item: ChecklistItem) -> str:
    """The client may read it, now or when the follower is shown to him later, so an internal title is not in it."""
    named = item.client_sees
    return f"It waits for “{item.title}”, which is open again." if named else "It waits for a step that is open again."


@transaction.atomic
def give_evidence(item: ChecklistItem, *, by: User, kind: str, text: str = "", file: Any = None) -> Evidence:
    """Attach evidence and log it."""
    evidence = Evidence.objects.create(project=item.project, item=item, kind=kind, text=text, file=file, by=by)
    Activity.record(item.project, "gave evidence for", item, by=by, is_internal=not item.client_sees)
    _agree(_locked(item))
    return evidence


@transaction.atomic
def settle_fact(fact: Fact) -> None:
    """Called when a fact turns: ready ticks its items, anything else opens again what the fact had ticked.

    "Ready with conditions" is not ready: it does not tick, and opens what "ready" had ticked; a person may accept the
    conditions by override. "Unknown" changes nothing, and nothing touches what a person ticked or overrode.
    """
    lock_plan(fact.project_id)
    opened: list[ChecklistItem] = []
    items = ChecklistItem.objects.filter(project=fact.project, fact=fact.key)
    for item in items.select_related("project").order_by("pk"):
        item.refresh_from_db()  # an earlier one may have moved it
        if fact.is_ready:
            _tick_by_fact(item, fact)
        elif fact.turned_back and item.state == State.DONE and item.done_how == How.FACT:
            conditions = "Ready with conditions: " if fact.verdict == Verdict.CONDITIONS else ""
            opened += _open(item, None, f"{conditions}{fact.reason}", None)
    if opened:
        telling.tell_lost(fact, opened)


def _tick_by_fact(item: ChecklistItem, fact: Fact) -> None:
    if item.state != State.OPEN or item.blockers or not item.has_evidence:
        return
    if item.needs_approval and not item.is_approved:
        return
    text = f"{fact.title}: {fact.reason}"
    Evidence.objects.create(project=item.project, item=item, kind=EvidenceKind.CHECK, text=text[:2000], at=fact.as_of)
    _tick(item, None, How.FACT, fact.reason, None)
    _follow(item)


def _follow(item: ChecklistItem) -> None:
    """What waited for this item ticks now where its fact is ready, or where it was held."""
    waiting = ChecklistItem.objects.filter(waits__waits_for=item, state=State.OPEN)
    for follower in waiting.exclude(fact="", done_how="").select_related("project").order_by("pk"):
        _agree(follower)


def _agree(item: ChecklistItem) -> None:
    """Make one item agree with its gate and its check, after its waits or its evidence changed."""
    item.refresh_from_db()  # an item settled just before may have moved it
    if item.state == State.DONE and item.done_how != How.OVERRIDE and item.blockers:
        _open(item, None, "It now waits for something that is open.", None, holds=True)
    elif item.state != State.OPEN or item.blockers:
        return
    elif item.done_how == How.HELD and not item.what_is_missing():
        _tick(item, item.done_by, How.PERSON, "What it waits for is done again.", None, at=item.done_at)
        _follow(item)
    elif item.fact and item.done_how != How.OVERRIDE:
        fact = item.project.facts.filter(key=item.fact).first()
        if fact is not None and fact.is_ready:
            _tick_by_fact(item, fact)


def settle(item: ChecklistItem) -> None:
    """After its evidence or its approval changed: let its check tick it, where it is ready."""
    _agree(_locked(item))


def lock_plan(project_pk: int) -> None:
    """One change of a plan at a time, or an item could be ticked while what it waits for is being opened."""
    Project.objects.select_for_update(no_key=True).filter(pk=project_pk).values_list("pk", flat=True).first()


def _locked(item: ChecklistItem) -> ChecklistItem:
    """The item as it stands now, in a plan that nobody else changes meanwhile; it speaks to the same reader."""
    lock_plan(item.project_id)
    row = ChecklistItem.objects.select_related("project").get(pk=item.pk)
    return row.seen_by(item.viewer, item.viewer_role)


def _refuse_stale(item: ChecklistItem, version: int, wanted: str) -> None:
    """A page that is older than the row may not decide, and hears that before it hears about gates."""
    if item.version != version:
        raise StaleRow(item, {"state": wanted})


@transaction.atomic
def set_waits(item: ChecklistItem, others: list[ChecklistItem]) -> None:
    """Replace what an item waits for. Raises NotYet where items would wait for one another."""
    lock_plan(item.project_id)
    graph: dict[int, set[int]] = {pk: set() for pk in item.project.items.values_list("pk", flat=True)}
    for row in Wait.objects.filter(project=item.project).exclude(item=item):
        graph[row.item_id].add(row.waits_for_id)
    graph[item.pk] = {other.pk for other in others}
    if find_cycle(graph):
        raise NotYet("These items would wait for one another. Take one of them out.")
    Wait.objects.filter(item=item).delete()
    Wait.objects.bulk_create(Wait(project=item.project, item=item, waits_for=other) for other in others)
    _agree(_locked(item))


@transaction.atomic
def reschedule(project: Project) -> int:
    """Count the dates of open items anew after go-live or the start moved. Returns how many changed."""
    moved = 0
    for item in project.items.open():
        due = item.due_for(project)
        moved += ChecklistItem.objects.filter(pk=item.pk).exclude(due=due).update(due=due)
    return moved


@transaction.atomic
def add_item(project: Project, *, by: User, waits_for: Any, **values: Any) -> ChecklistItem:
    """An item of the consultancy's own, at the end of its section."""
    item = ChecklistItem(project=project, position=100_000, **values)
    item.due = item.due_for(project)
    item.save()
    set_waits(item, list(waits_for))
    Activity.record(project, "added the item", item, by=by, is_internal=not item.client_sees)
    return item


@transaction.atomic
def edit_item(pk: int, form: Any, *, by: User) -> None:
    """The form's values and waits. Raises StaleRow, or NotYet for a circle; opens what is done behind a shut gate."""
    item = form.save_change(by)
    due = item.due_for(item.project)
    if item.due != due:
        ChecklistItem.objects.filter(pk=pk).update(due=due)
    show_evidence(item)
    set_waits(item, list(form.cleaned_data["waits_for"]))


def show_evidence(item: ChecklistItem) -> None:
    """Evidence is seen by whoever sees its item."""
    files = StoredFile.objects.filter(pk__in=item.evidence.exclude(file=None).values("file"), project=item.project)
    files.update(client_sees=item.client_sees)


@transaction.atomic
def delete_item(item: ChecklistItem, *, by: User) -> None:
    """Only items of one's own, with comments and evidence; nothing waits for it any more. The log keeps its title."""
    lock_plan(item.project_id)
    followers = list(ChecklistItem.objects.filter(waits__waits_for=item).select_related("project"))
    files = [row.file for row in item.evidence.exclude(file=None).select_related("file")]
    Activity.record(item.project, "deleted the item", item, by=by, is_internal=not item.client_sees)
    item.project.comments.about(item).delete()
    item.delete()
    for follower in followers:
        _agree(follower)
    for file in files:
        transaction.on_commit(lambda file=file: file.delete_content(by))
