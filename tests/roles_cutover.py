"""Who may open the pages of the switch."""

from django.utils import timezone

from apps.assets.models import Account
from apps.cutover.journeys import Journey, JourneyChange, JourneyMark, JourneyProof, JourneyRun
from apps.cutover.metrics import Metric, MetricEntry, MetricValue
from apps.cutover.models import Redirect, RedirectImport
from apps.cutover.payments import Payment, PaymentBatch
from apps.cutover.rollbacks import Rollback
from apps.cutover.runsheets import Run, RunSheet, RunStep
from apps.cutover.warmups import WarmUp, WarmUpEntry
from tests.roles_core import DOOR, STAFF, STAFF_POST, S

OLD = "https://old.example.org"


def things(project) -> dict:
    row = Redirect.objects.create(project=project, old=f"{OLD}/a", new="https://new.example.com/a")
    brought = RedirectImport.objects.create(project=project, name="list.csv", kind="a table")
    sheet = RunSheet.objects.create(project=project, name="The night")
    step = RunStep.objects.create(project=project, sheet=sheet, section="Before", title="Look", start=0)
    run = Run.objects.create(project=project, sheet=sheet, mode="rehearsal", zero=timezone.now())
    back = RunSheet.objects.create(project=project, kind="rollback", name="Back")
    rollback = Rollback.objects.create(project=project, system="pages", name="Pages", sheet=back)
    journey = Journey.objects.create(project=project, title="Purchase", steps="Pay", client_sees=True)
    attempt = JourneyRun.objects.create(project=project, journey=journey)
    JourneyMark.objects.create(project=project, run=attempt, place=1, title="Pay")
    proof = JourneyProof.objects.create(project=project, run=attempt, text="Seen")
    change = JourneyChange.objects.create(project=project, journey=journey, reason="Tax")
    account = Account.objects.create(project=project, name="Old host")
    made = {
        "account": account,
        "rollback": rollback,
        "redirect": row,
        "import": brought,
        "sheet": sheet,
        "step": step,
        "run": run,
    }
    payment = Payment.objects.create(project=project, who="Maya")
    batch = PaymentBatch.objects.create(project=project, label="One payment")
    warm_up = WarmUp.objects.create(project=project, tiers=[["All", 900]], starts_on=timezone.localdate())
    made |= {"entry": WarmUpEntry.objects.create(project=project, warm_up=warm_up, label="One day")}
    metric = Metric.objects.create(project=project, name="Sales")
    values = MetricEntry.objects.create(project=project, metric=metric, label="One value")
    value = MetricValue.objects.create(project=project, metric=metric, at=timezone.now(), value=1)
    made |= {"metric": metric, "values": values, "value": value}
    made |= {"payment": payment, "batch": batch}
    made |= {"journey": journey, "attempt": attempt, "proof": proof, "change": change}
    return {name: thing.pk for name, thing in made.items()}


PK = {**S, "pk": lambda made: made["redirect"]}
BROUGHT = {**S, "pk": lambda made: made["import"]}
SHEET = {**S, "pk": lambda made: made["sheet"]}
STEP = SHEET | {"step_pk": lambda made: made["step"]}
RUN = {**S, "pk": lambda made: made["run"]}
MARK = RUN | {"step_pk": lambda made: made["step"]}
EVERYBODY = DOOR | {"client": 200, "consultant": 200, "owner": 200}
BOARD = STAFF | {"consultant": {200, 302}, "owner": {200, 302}}  # htmx gets the board in place of a redirect
ONCE = STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}  # deleted by the first
BACK = {**S, "pk": lambda made: made["rollback"]}
JOURNEY = {**S, "pk": lambda made: made["journey"]}
CHANGE = JOURNEY | {"change_pk": lambda made: made["change"]}
ATTEMPT = {**S, "pk": lambda made: made["attempt"]}
PROOF = ATTEMPT | {"proof_pk": lambda made: made["proof"]}
EVERYBODY_POST = EVERYBODY | {"client": 302, "consultant": 302, "owner": 302}
PAYMENT = {**S, "pk": lambda made: made["payment"]}
VALUE = {**S, "pk": lambda made: made["value"]}
METRIC = {**S, "pk": lambda made: made["metric"]}
VALUES = {**S, "pk": lambda made: made["values"]}
ENTRY = {**S, "pk": lambda made: made["entry"]}
BATCH = {**S, "pk": lambda made: made["batch"]}
UNSAID = STAFF | {"consultant": 422, "owner": 422}  # no word in it
ACCOUNT = {**S, "pk": lambda made: made["account"]}
ROWS = [
    ("cutover:closing-list", S, "GET", STAFF),
    ("cutover:account-close", ACCOUNT, "POST", STAFF | {"consultant": 422, "owner": 422}),  # the hold period runs
    ("cutover:account-reopen", ACCOUNT, "POST", STAFF_POST),
    ("cutover:risk-accept", S, "POST", UNSAID),
    ("cutover:risk-revoke", S, "POST", STAFF_POST),
    ("cutover:decide", S, "POST", UNSAID),
    ("cutover:rollback-list", S, "GET", STAFF),
    ("cutover:rollback-prepare", S, "POST", STAFF_POST),
    ("cutover:no-return", S, "POST", UNSAID),
    ("cutover:no-return-withdraw", S, "POST", UNSAID),
    ("cutover:rollback-edit", BACK, "GET", STAFF),
    ("cutover:rollback-records", BACK, "POST", STAFF_POST),
    ("cutover:rollback-start", BACK, "POST", STAFF | {"consultant": 422, "owner": 422}),  # its sheet has no step
    ("cutover:watch", S, "GET", EVERYBODY),
    ("cutover:watch-board", S, "GET", EVERYBODY),
    ("cutover:watch-begin", S, "POST", STAFF_POST),
    ("cutover:metric-new", S, "GET", STAFF),
    ("cutover:metric-edit", METRIC, "GET", STAFF),
    ("cutover:metric-state", METRIC, "POST", STAFF_POST),
    ("cutover:metric-enter", METRIC, "POST", UNSAID),
    ("cutover:metric-value", VALUE, "POST", UNSAID),
    ("cutover:metric-undo", VALUES, "POST", STAFF_POST),
    ("cutover:warm-up", S, "GET", STAFF),
    ("cutover:warm-up-edit", S, "GET", STAFF),
    ("cutover:warm-up-enter", S, "POST", UNSAID),
    ("cutover:warm-up-resume", S, "POST", UNSAID),
    ("cutover:warm-up-workbook", S, "GET", STAFF),
    ("cutover:warm-up-undo", ENTRY, "POST", STAFF_POST),
    ("cutover:payment-list", S, "GET", STAFF),
    ("cutover:payment-new", S, "GET", STAFF),
    ("cutover:payment-bulk", S, "POST", STAFF_POST),
    ("cutover:payment-import", S, "GET", STAFF),
    ("cutover:payment-workbook", S, "GET", STAFF),
    ("cutover:payment-none", S, "POST", STAFF_POST),
    ("cutover:payment-undo", BATCH, "POST", STAFF_POST),
    ("cutover:payment-edit", PAYMENT, "GET", STAFF),
    ("cutover:journey-list", S, "GET", EVERYBODY),
    ("cutover:journey-make", S, "POST", STAFF_POST),
    ("cutover:journey-new", S, "GET", STAFF),
    ("cutover:journey", JOURNEY, "GET", EVERYBODY),
    ("cutover:journey-edit", JOURNEY, "GET", STAFF),
    ("cutover:journey-state", JOURNEY, "POST", STAFF_POST),
    ("cutover:journey-changed", JOURNEY, "POST", UNSAID),
    ("cutover:journey-change-back", CHANGE, "POST", STAFF_POST),
    ("cutover:journey-begin", JOURNEY, "POST", EVERYBODY_POST),
    ("cutover:journey-run", ATTEMPT, "GET", EVERYBODY),
    ("cutover:journey-mark", ATTEMPT, "POST", EVERYBODY | {"client": 404, "consultant": 404, "owner": 404}),
    ("cutover:journey-proof", ATTEMPT, "POST", EVERYBODY | {"client": 422, "consultant": 422, "owner": 422}),
    ("cutover:journey-proof-state", PROOF, "POST", EVERYBODY_POST | {"client": 404}),  # not the client's own
    ("cutover:run-sheet-home", S, "GET", STAFF_POST),
    ("cutover:run-sheet-make", S, "POST", STAFF_POST),
    ("cutover:run-sheet", SHEET, "GET", STAFF),
    ("cutover:run-sheet-workbook", SHEET, "GET", STAFF),
    ("cutover:run-begin", SHEET, "POST", STAFF | {"consultant": 422, "owner": 422}),  # one runs already
    ("cutover:step-new", SHEET, "GET", STAFF),
    ("cutover:step-edit", STEP, "GET", STAFF),
    ("cutover:step-delete", STEP, "POST", ONCE),
    ("cutover:step-back", STEP, "POST", STAFF_POST),
    ("cutover:run", RUN, "GET", EVERYBODY),
    ("cutover:run-board", RUN, "GET", EVERYBODY),
    ("cutover:run-act", RUN, "POST", BOARD),
    ("cutover:step-act", MARK, "POST", BOARD),
    ("cutover:cutover", S, "GET", STAFF),
    ("cutover:redirect-list", S, "GET", STAFF),
    ("cutover:redirect-new", S, "GET", STAFF),
    ("cutover:redirect-bulk", S, "POST", STAFF_POST),
    ("cutover:redirect-bring-in", S, "POST", STAFF_POST),
    ("cutover:redirect-import", S, "GET", STAFF),
    ("cutover:redirect-take-back", BROUGHT, "POST", STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}),
    ("cutover:redirect-check", {**S, "when": "before"}, "POST", STAFF_POST),
    ("cutover:redirect-file", {**S, "form": "csv"}, "GET", STAFF),
    ("cutover:redirect-edit", PK, "GET", STAFF),
]
