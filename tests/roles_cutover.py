"""Who may open the pages of the switch."""

from django.utils import timezone

from apps.cutover.models import Redirect, RedirectImport
from apps.cutover.rollbacks import Rollback
from apps.cutover.runsheets import Run, RunSheet, RunStep
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
    made = {"rollback": rollback, "redirect": row, "import": brought, "sheet": sheet, "step": step, "run": run}
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
UNSAID = STAFF | {"consultant": 422, "owner": 422}  # no word in it
ROWS = [
    ("cutover:risk-accept", S, "POST", UNSAID),
    ("cutover:risk-revoke", S, "POST", STAFF_POST),
    ("cutover:decide", S, "POST", UNSAID),
    ("cutover:rollback-list", S, "GET", STAFF),
    ("cutover:rollback-prepare", S, "POST", STAFF_POST),
    ("cutover:no-return", S, "POST", UNSAID),
    ("cutover:rollback-edit", BACK, "GET", STAFF),
    ("cutover:rollback-records", BACK, "POST", STAFF_POST),
    ("cutover:rollback-start", BACK, "POST", STAFF | {"consultant": 422, "owner": 422}),  # its sheet has no step
    ("cutover:run-sheet-home", S, "GET", STAFF_POST),
    ("cutover:run-sheet-make", S, "POST", STAFF_POST),
    ("cutover:run-sheet", SHEET, "GET", STAFF),
    ("cutover:run-sheet-workbook", SHEET, "GET", STAFF),
    ("cutover:run-begin", SHEET, "POST", STAFF | {"consultant": 422, "owner": 422}),  # one runs already
    ("cutover:step-new", SHEET, "GET", STAFF),
    ("cutover:step-edit", STEP, "GET", STAFF),
    ("cutover:step-delete", STEP, "POST", ONCE),
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
