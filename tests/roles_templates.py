"""Who may look at the consultancy's templates, and who may change them."""

from apps.checklists.models import PlanTemplate, TemplateVersion
from tests.roles_core import DOOR, EVERYBODY, OWNER, STAFF, N, S

CONTENT = {
    "phases": ["Look"],
    "items": [{"key": "a", "phase": 1, "section": "Goals", "title": "Look", "guidance": "", "days": 3}],
}
LOOK = OWNER | {"consultant": 200}
CHANGE = OWNER | {"owner": {200, 302, 404, 409, 422}}  # what is deleted is asked for twice
POST = {person: 302 if person == "anonymous" else 200 for person in EVERYBODY}


def things(project) -> dict:
    organisation = project.organisation
    row = PlanTemplate.objects.create(organisation=organisation, name="Webinar move", draft=CONTENT)
    for number in (1, 2):
        TemplateVersion.objects.create(
            organisation=organisation, template=row, number=number, note="Why", content=CONTENT
        )
    return {"template": row.pk}


ONE = N | {"pk": lambda made: made["template"]}
ITEM, VERSION = ONE | {"key": "a"}, ONE | {"number": 1}
LOOKED_AT = [("page", ONE), ("compare", ONE), ("version", VERSION), ("file", VERSION)]
OPENED = [("edit", ONE), ("draft-file", ONE), ("replace", ONE), ("item-new", ONE), ("item", ITEM), ("publish", ONE)]
POSTED = [("outline", ONE), ("put-back", ONE), ("item-act", ITEM), ("rename", ONE), ("archive", ONE), ("delete", ONE)]
ROWS = [
    ("checklists:template-list", N, "GET", LOOK),
    ("checklists:template-builtin", N, "GET", LOOK),
    ("checklists:template-builtin-file", N, "GET", LOOK),
    ("checklists:template-new", N, "GET", OWNER),
    ("checklists:template-new", N, "POST", CHANGE),
    *[(f"checklists:template-{name}", kwargs, "GET", LOOK) for name, kwargs in LOOKED_AT],
    *[(f"checklists:template-{name}", kwargs, "GET", OWNER) for name, kwargs in OPENED],
    *[(f"checklists:template-{name}", kwargs, "POST", CHANGE) for name, kwargs in POSTED],
    *[(f"checklists:template-{name}", kwargs, "POST", CHANGE) for name, kwargs in OPENED if name != "draft-file"
      and name != "edit"],
    ("checklists:guidance-preview", {}, "POST", POST),
    ("checklists:plan-update", S, "GET", STAFF),
    ("checklists:plan-update", S, "POST", STAFF | {"consultant": 409, "owner": 409}),
    ("checklists:plan-keep", S, "GET", DOOR | {"client": 403, "consultant": 403, "owner": 200}),
    ("checklists:plan-keep", S, "POST", DOOR | {"client": 403, "consultant": 403, "owner": {200, 422}}),
]  # fmt: skip
