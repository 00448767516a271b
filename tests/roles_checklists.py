"""Who may open and change the checklist."""

from apps.checklists import approving
from apps.checklists.models import ChecklistItem, Evidence
from tests.roles_core import DOOR, EVERYBODY, STAFF, S

CLIENT_TOO = DOOR | {"client": 200, "consultant": 200, "owner": 200}
POST = DOOR | {"client": {200, 302, 422}, "consultant": {200, 302, 422}, "owner": {200, 302, 422}}
STAFF_POST = STAFF | {"consultant": {200, 302, 422}, "owner": {200, 302, 422}}


def things(project) -> dict:
    row = ChecklistItem.objects.create(
        project=project, phase=1, section="Audit", title="Say yes", who="client", client_sees=True
    )
    given = Evidence.objects.create(project=project, item=row, kind="text", text="Done")
    asked = approving.ask(project, "inventory", by=None)
    return {"given": given.pk, "approval": asked.pk, "item": row.pk}


APPROVAL = S | {"pk": lambda made: made["approval"]}
GIVEN = S | {"pk": lambda made: made["item"], "given": lambda made: made["given"]}
ITEM = S | {"pk": lambda made: made["item"]}
ROWS = [
    ("checklists:checklist", S, "GET", CLIENT_TOO),
    ("live:pulse", {"token": "unknown"}, "GET", dict.fromkeys(EVERYBODY, 404)),
    ("checklists:changes", S, "GET", CLIENT_TOO),
    ("checklists:item-new", S, "GET", STAFF),
    ("checklists:item", ITEM, "GET", CLIENT_TOO),
    ("checklists:item-edit", ITEM, "GET", STAFF),
    ("checklists:tick", ITEM, "POST", POST),
    ("checklists:not-applicable", ITEM, "POST", STAFF_POST),
    ("checklists:stuck", ITEM, "POST", POST),
    ("checklists:comment", ITEM, "POST", POST),
    ("checklists:evidence", ITEM, "POST", POST),
    ("checklists:answer", ITEM, "POST", STAFF_POST),
    ("checklists:my-list", S, "GET", CLIENT_TOO | {"consultant": 302, "owner": 302}),
    *[(f"checklists:my-{verb}", ITEM, "POST", POST) for verb in ("done", "undo", "stuck", "not-mine", "comment")],
    ("checklists:evidence-state", GIVEN, "POST", POST | {"client": 403}),
    ("checklists:timeline", S, "GET", CLIENT_TOO),
    ("checklists:go-live", S, "GET", STAFF),
    ("checklists:plan-report", S, "GET", CLIENT_TOO),
    ("checklists:plan-workbook", S, "GET", CLIENT_TOO),
    ("checklists:approvals", S, "GET", CLIENT_TOO),
    ("checklists:approval", APPROVAL, "GET", CLIENT_TOO),
    ("checklists:approval-ask", S, "POST", POST),
    ("checklists:approval-decide", APPROVAL, "POST", POST | {"consultant": 403, "owner": 403}),
    ("checklists:approval-withdraw", APPROVAL, "POST", STAFF_POST),
    ("checklists:plan-approve", S, "POST", STAFF_POST),
    ("checklists:item-delete", ITEM, "POST", STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}),
]
