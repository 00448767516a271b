"""Verbs of the register of payments: add, decide, take in a file, undo, say that there are none, tell what it means."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.payment_files import MOST, Reading
from apps.cutover.payments import Choice, NoPayments, Payment, PaymentBatch, PaymentQuerySet, per_month
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from apps.ui.moments import count
from engine.findings import Verdict

KEY = "cutover.payments_decided"


class TooMany(Exception):
    """More rows than one register may have; a sentence."""


def numbers(project: Project) -> dict[str, int]:
    """One query."""
    return project.payments.aggregate(
        total=Count("pk"), undecided=Count("pk", filter=Q(decision="")),
        undone=Count("pk", filter=Q(is_done=False) & ~Q(decision="")), done=Count("pk", filter=Q(is_done=True)),
        access=Count("pk", filter=Q(needs_access=True)),
        reinstated=Count("pk", filter=Q(needs_access=True, reinstated_on__isnull=False)),
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
    """Add what the register does not hold: the same payer, plan and amount once. One act, which can be undone."""
    Project.objects.select_for_update().get(pk=project.pk)
    known = set(project.payments.values_list("who", "plan", "amount", "next_bill"))
    fresh = {(row["who"], row["plan"], row["amount"], row["next_bill"]): row for row in found.rows}
    rows = [Payment(project=project, **row) for key, row in fresh.items() if key not in known]
    _refuse_too_many(project, len(rows))
    if rows:
        made = Payment.objects.bulk_create(rows, batch_size=500)
        label = f"{count(len(made), 'payment')} taken in from a file"
        before = [[row.pk, 1, None] for row in made]
        PaymentBatch.objects.create(project=project, by=by, label=label, before=before)
        Activity.record(project, f"took in {count(len(made), 'payment')} from a file", by=by)
    publish(project)
    return len(rows)


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
    before = []
    for row in rows.select_for_update():
        if what == "done" and not row.decision:
            continue
        was = {name: _plain(getattr(row, name)) for name in values}
        if all(getattr(row, name) == value for name, value in values.items()):
            continue
        Payment.objects.filter(pk=row.pk).update(**values, version=row.version + 1, updated_at=timezone.now())
        before.append([row.pk, row.version + 1, was])
    if before:
        words = f"{count(len(before), 'payment')}: {label}"
        PaymentBatch.objects.create(project=project, by=by, label=words, before=before)
        Activity.record(project, "decided for payments", by=by, detail=words)
    publish(project)
    return len(before)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


@transaction.atomic
def undo(batch: PaymentBatch, *, by: User) -> tuple[int, int]:
    """(taken back, left because somebody changed them since)."""
    if not PaymentBatch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=timezone.now()):
        return 0, 0
    back = 0
    for pk, version, was in batch.before:
        rows = batch.project.payments.filter(pk=pk, version=version)
        if was is None:
            back += rows.delete()[0]
        else:
            back += rows.update(**was, version=version + 1, updated_at=timezone.now())
    Activity.record(batch.project, "took back", by=by, detail=batch.label)
    publish(batch.project)
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
    """`cutover.payments_decided`: every paying member is decided."""
    Fact.one_at_a_time(project)
    known, rows = numbers(project), project.payments.all()
    total, open_, undone = known["total"], known["undecided"], known["undone"]
    if open_:
        verdict = Verdict.NOT_READY
        reason = f"{open_:,} of {total:,} undecided: {in_money(rows.undecided())} a month."
    elif undone:
        verdict = Verdict.CONDITIONS
        reason = f"All {total:,} decided; {undone:,} not done yet: {in_money(rows.at_risk())} a month."
    elif total:
        verdict, reason = Verdict.READY, f"All {total:,} decided and done."
    elif project.no_payments.filter(taken_back_at=None).exists():
        verdict, reason = Verdict.READY, "There are no recurring payments."
    else:
        was = project.facts.filter(key=KEY).exclude(verdict=Verdict.UNKNOWN.value).exists()
        verdict = Verdict.NOT_READY if was else Verdict.UNKNOWN  # what was known does not stay true of nothing
        reason = "No payment is written down, and nobody has said that there are none."
    Fact.publish(project, KEY, verdict, reason, link=f"{project.get_absolute_url()}cutover/payments/")
