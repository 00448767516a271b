"""Verbs of the register of payments: add, decide, take in a file, undo, say that there are none, tell what it means."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.payment_files import MOST, Reading
from apps.cutover.payments import Choice, NoPayments, Payment, PaymentBatch, PaymentQuerySet, per_month
from apps.findings.models import Fact
from apps.projects.many import in_groups, update_many
from apps.projects.models import Activity, Project
from apps.ui.moments import count
from engine.findings import Verdict

KEY = "cutover.payments_decided"
IDENTITY = ("who", "email", "plan", "amount", "currency", "every", "unit")


class TooMany(Exception):
    """More rows than one register may have; a sentence."""


def numbers(project: Project) -> dict[str, int]:
    """One query."""
    return project.payments.aggregate(
        total=Count("pk"), undecided=Count("pk", filter=Q(decision="")),
        undone=Count("pk", filter=Q(is_done=False) & ~Q(decision="")), done=Count("pk", filter=Q(is_done=True)),
        access=Count("pk", filter=Q(needs_access=True)),
        reinstated=Count("pk", filter=Q(needs_access=True, reinstated_on__isnull=False)),
        unpriced=Count("pk", filter=(Q(decision="") | Q(is_done=False)) & Q(amount=None)),
    )  # fmt: skip


def risk(rows: PaymentQuerySet) -> list[dict[str, Any]]:
    """What these rows bring in a month, per currency: [{currency, amount, rows}]."""
    sums: dict[str, list[Any]] = {}
    groups = rows.order_by().values("currency", "every", "unit").annotate(money=Sum("amount"), rows=Count("pk"))
    for group in groups:
        one = sums.setdefault(group["currency"], [Decimal(0), 0])
        one[0] += per_month(group["money"] or Decimal(0), group["every"], group["unit"])
        one[1] += group["rows"]
    return [{"currency": name, "amount": f"{money:,.2f}", "rows": many} for name, (money, many) in sorted(sums.items())]


def in_money(rows: PaymentQuerySet) -> str:
    return ", ".join(f"{one['currency'] or 'without currency'} {one['amount']}" for one in risk(rows)[:6])


def _refuse_too_many(project: Project, more: int) -> None:
    if project.payments.count() + more > MOST:
        raise TooMany(f"A register holds {MOST:,} rows at most.")


@transaction.atomic
def save(form: Any, project: Project, *, by: User) -> Payment:
    """A new row, or a changed one. Raises StaleRow or TooMany."""
    if form.instance.pk:
        row: Payment = form.save_change(by)
    else:
        _refuse_too_many(project, 1)
        row = form.save(commit=False)
        row.project = project
        row.save()
        Activity.record(project, "added the", row, by=by)
    publish(project)
    return row


@transaction.atomic
def take_in(project: Project, found: Reading, *, by: User) -> int:
    """Add what the register does not hold yet. One act, which can be undone.

    A subscription is known by its payer, plan, amount and interval, as often as it stands there: next month's export
    of the same people adds nothing, two seats of one person are two.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    known = Counter(_identity(row) for row in project.payments.values(*IDENTITY))
    rows = []
    for values in found.rows:
        key = _identity(values)
        if known[key]:
            known[key] -= 1
        else:
            rows.append(Payment(project=project, **values))
    _refuse_too_many(project, len(rows))
    if rows:
        made = Payment.objects.bulk_create(rows, batch_size=500)
        label = f"{count(len(made), 'payment')} taken in from a file"
        before = [[row.pk, 1, None] for row in made]
        PaymentBatch.objects.create(project=project, by=by, label=label, before=before)
        Activity.record(project, f"took in {count(len(made), 'payment')} from a file", by=by)
    publish(project)
    return len(rows)


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    who, email, *rest = (row[name] for name in IDENTITY)
    return ((email or who).strip().casefold(), *rest)


ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{choice.value: (choice.label, {"decision": choice.value}) for choice in Choice},
    "undecided": ("Undecided", {"decision": "", "is_done": False}),
    "done": ("Done", {"is_done": True}),
    "needs_access": ("Access has to be given again", {"needs_access": True}),
    "reinstated": ("Access given today", {"needs_access": True}),
}


@transaction.atomic
def act(rows: PaymentQuerySet, project: Project, what: str, *, by: User) -> int:
    """One decision for many rows, remembered for the undo. What is undecided cannot be done."""
    label, values = ACTS[what]
    values = values | ({"reinstated_on": project.today} if what == "reinstated" else {})
    before, again = [], values | {"is_done": False}  # another decision is not done yet
    changed: dict[bool, list[int]] = {False: [], True: []}
    for row in rows.select_for_update():
        if what == "done" and not row.decision:
            continue
        if all(getattr(row, name) == value for name, value in values.items()):
            continue
        is_again = row.is_done and what in Choice
        was = {name: _plain(getattr(row, name)) for name in (again if is_again else values)}
        changed[is_again].append(row.pk)
        before.append([row.pk, row.version + 1, was])
    _update(project, changed[False], values)
    _update(project, changed[True], again)
    if before:
        words = f"{count(len(before), 'payment')}: {label}"
        PaymentBatch.objects.create(project=project, by=by, label=words, before=before)
        Activity.record(project, "decided for payments", by=by, detail=words)
    publish(project)
    return len(before)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _update(project: Project, keys: list[int], values: dict[str, Any]) -> None:
    update_many(project.payments.all(), keys, **values, version=F("version") + 1, updated_at=timezone.now())


@transaction.atomic
def undo(batch: PaymentBatch, *, by: User) -> tuple[int, int]:
    """(taken back, left because somebody changed them since)."""
    if not PaymentBatch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=timezone.now()):
        return 0, 0
    project = batch.project
    now = dict(project.payments.select_for_update().values_list("pk", "version"))
    alike: dict[str, tuple[dict[str, Any] | None, list[int]]] = {}
    for pk, version, was in batch.before:
        if now.get(pk) == version:
            alike.setdefault(repr(was), (was, []))[1].append(pk)
    for was, keys in alike.values():
        if was is None:
            for some in in_groups(keys):
                project.payments.filter(pk__in=some).delete()
        else:
            _update(project, keys, was)
    back = sum(len(keys) for _, keys in alike.values())
    Activity.record(project, "took back", by=by, detail=batch.label)
    publish(project)
    return back, len(batch.before) - back


@transaction.atomic
def remove(rows: PaymentQuerySet, project: Project, *, by: User) -> int:
    """Delete rows with the personal data in them; nothing of it is kept."""
    number = rows.count()
    rows.delete()
    if number:
        Activity.record(project, f"deleted {count(number, 'payment')}", by=by)
    publish(project)
    return number


@transaction.atomic
def say_none(project: Project, *, is_none: bool, by: User) -> None:
    """There are no recurring payments, or there are some after all."""
    standing = project.no_payments.filter(taken_back_at=None)
    if is_none and not standing.exists():
        NoPayments.objects.create(project=project, by=by)
        Activity.record(project, "said that there are no recurring payments", by=by)
    elif not is_none and standing.update(taken_back_at=timezone.now()):
        Activity.record(project, "took back that there are no recurring payments", by=by)
    publish(project)


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.payments_decided`: every paying member is decided, and nobody waits for what he has paid."""
    Fact.one_at_a_time(project)
    known, rows = numbers(project), project.payments.all()
    total, open_, undone = known["total"], known["undecided"], known["undone"]
    if open_:
        verdict = Verdict.NOT_READY
        reason = f"{open_:,} of {total:,} undecided: {in_money(rows.undecided())} a month."
    elif undone:
        verdict = Verdict.CONDITIONS
        reason = f"All {total:,} decided; {undone:,} not done yet: {in_money(rows.at_risk())} a month."
    elif waiting := known["access"] - known["reinstated"]:
        verdict = Verdict.CONDITIONS
        reason = f"All {total:,} decided and done; access is still to be given again to {waiting:,}."
    elif total:
        verdict, reason = Verdict.READY, f"All {total:,} decided and done."
    elif project.no_payments.filter(taken_back_at=None).exists():
        verdict, reason = Verdict.READY, "There are no recurring payments."
    else:
        was = project.facts.filter(key=KEY).exclude(verdict=Verdict.UNKNOWN.value).exists()
        verdict = Verdict.NOT_READY if was else Verdict.UNKNOWN  # what was known does not stay true of nothing
        reason = "No payment is written down, and nobody has said that there are none."
    Fact.publish(project, KEY, verdict, reason, link=f"{project.get_absolute_url()}cutover/payments/")
