"""Who may open the pages of the switch."""

from apps.cutover.models import Redirect, RedirectImport
from tests.roles_core import STAFF, STAFF_POST, S

OLD = "https://old.example.org"


def things(project) -> dict:
    row = Redirect.objects.create(project=project, old=f"{OLD}/a", new="https://new.example.com/a")
    brought = RedirectImport.objects.create(project=project, name="list.csv", kind="a table")
    return {"redirect": row.pk, "import": brought.pk}


PK = {**S, "pk": lambda made: made["redirect"]}
BROUGHT = {**S, "pk": lambda made: made["import"]}
ROWS = [
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
