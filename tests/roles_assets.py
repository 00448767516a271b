"""Who may open and change the inventory."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from apps.assets.models import Account, Asset, Batch, InventoryImport, OwnKind, SavedView, SiteScan
from apps.projects.stored import StoredFile
from tests import factories
from tests.roles_core import DOOR, EVERYBODY, STAFF, STAFF_POST, N, S

CLIENT_TOO = DOOR | {"client": 200, "consultant": 200, "owner": 200}
CLIENT_POST = DOOR | {person: {200, 302, 422} for person in ("client", "consultant", "owner")}


def stored(project) -> StoredFile:
    with NamedTemporaryFile(suffix=".xlsx") as file:
        return StoredFile.keep(project, Path(file.name), purpose="import", name="inventory.xlsx")


def things(project) -> dict:
    kind = OwnKind.objects.create(organisation=project.organisation, label="Vending machine", family="other")
    Asset.objects.create(project=project, name="In the hall", kind=kind.key)  # a kind in use is not deleted
    return {
        "asset": Asset.objects.create(project=project, name="Home page", kind="other_page").pk,
        "account": Account.objects.create(project=project, name="Old mail tool").pk,
        "import": InventoryImport.objects.create(project=project, file=stored(project)).pk,
        "batch": Batch.objects.create(project=project, label="Progress").pk,
        "scan": SiteScan.objects.create(project=project, start="https://www.example.org/").pk,
        "kind": kind.pk,
        "view": SavedView.objects.create(project=project, user=factories.person(), name="Mine").pk,
    }


IMPORT = S | {"pk": lambda made: made["import"]}
ASSET = S | {"pk": lambda made: made["asset"]}
SCAN = S | {"pk": lambda made: made["scan"]}
KIND = N | {"pk": lambda made: made["kind"]}
# A client may take back his own changes; this one is somebody else's.
OTHERS_BATCH = STAFF_POST | {"client": 404}
# A view is deleted by whoever saved it; to everybody else it is not there.
OWN_VIEW = {person: {200, 302, 404} for person in ("client", "consultant", "owner")} | DOOR
COLLEAGUES = dict.fromkeys(EVERYBODY, 404) | {"anonymous": 302, "consultant": 200, "owner": 200}
COLLEAGUES_POST = COLLEAGUES | {"consultant": 302, "owner": 302}
ROWS = [
    ("assets:inventory", S, "GET", CLIENT_TOO),
    ("assets:asset-new", S, "GET", STAFF),
    ("assets:bulk", S, "POST", STAFF_POST),
    ("assets:kind-fields", S, "GET", STAFF),
    ("assets:columns", S, "POST", CLIENT_POST),
    ("assets:view-save", S, "POST", CLIENT_POST),
    ("assets:view-delete", S | {"pk": lambda made: made["view"]}, "POST", OWN_VIEW),
    ("assets:bulk-undo", S | {"pk": lambda made: made["batch"]}, "POST", OTHERS_BATCH),
    ("assets:export-large", S | {"form": "xlsx"}, "POST", CLIENT_POST),
    ("assets:import-columns", IMPORT, "POST", STAFF_POST),
    ("assets:inbox", S, "GET", CLIENT_TOO),
    ("assets:inbox-many", S, "POST", CLIENT_POST),
    ("assets:inbox-decide", ASSET, "POST", CLIENT_POST),
    ("assets:ask", ASSET, "POST", CLIENT_POST),
    ("assets:defaults", S, "GET", STAFF),
    ("assets:priority", S, "GET", STAFF),
    ("assets:captures", S, "GET", STAFF),
    ("assets:capture-all", S, "POST", STAFF_POST),
    ("assets:capture-page", ASSET, "POST", STAFF_POST),
    ("assets:capture-set", ASSET | {"key": "words"}, "POST", CLIENT_POST),
    ("assets:attach", ASSET, "POST", CLIENT_POST),
    ("assets:scan-new", S, "GET", STAFF),
    ("assets:scan-page", SCAN, "GET", STAFF),
    ("assets:scan-add", SCAN, "POST", STAFF_POST),
    ("assets:kind-list", N, "GET", COLLEAGUES),
    ("assets:kind-edit", KIND, "GET", COLLEAGUES),
    ("assets:kind-delete", KIND, "POST", COLLEAGUES_POST),
    ("assets:inventory-export", S | {"form": "xlsx"}, "GET", CLIENT_TOO),
    ("assets:inventory-export", S | {"form": "csv"}, "GET", CLIENT_TOO),
    ("assets:import-new", S, "GET", STAFF),
    ("assets:import-page", IMPORT, "GET", STAFF),
    ("assets:import-write", IMPORT, "POST", STAFF_POST),
    ("assets:asset", ASSET, "GET", CLIENT_TOO),
    ("assets:asset-edit", ASSET, "GET", STAFF),
    ("assets:asset-cell", ASSET | {"field": "progress"}, "GET", STAFF),
    ("assets:decide", ASSET, "POST", CLIENT_POST),
    ("assets:asset-comment", ASSET, "POST", CLIENT_POST),
    ("assets:asset-delete", ASSET, "POST", STAFF_POST),
    ("assets:account-list", S, "GET", STAFF),
    ("assets:account-edit", S | {"pk": lambda made: made["account"]}, "GET", STAFF),
]
