"""Who may open and change the inventory."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from apps.assets.models import Account, Asset, Batch, InventoryImport
from apps.projects.stored import StoredFile
from tests.roles_core import DOOR, STAFF, STAFF_POST, S

CLIENT_TOO = DOOR | {"client": 200, "consultant": 200, "owner": 200}
CLIENT_POST = DOOR | {person: {200, 302, 422} for person in ("client", "consultant", "owner")}


def stored(project) -> StoredFile:
    with NamedTemporaryFile(suffix=".xlsx") as file:
        return StoredFile.keep(project, Path(file.name), purpose="import", name="inventory.xlsx")


def things(project) -> dict:
    return {
        "asset": Asset.objects.create(project=project, name="Home page", kind="other_page").pk,
        "account": Account.objects.create(project=project, name="Old mail tool").pk,
        "import": InventoryImport.objects.create(project=project, file=stored(project)).pk,
        "batch": Batch.objects.create(project=project, label="Progress").pk,
    }


IMPORT = S | {"pk": lambda made: made["import"]}
ASSET = S | {"pk": lambda made: made["asset"]}
ROWS = [
    ("assets:inventory", S, "GET", CLIENT_TOO),
    ("assets:asset-new", S, "GET", STAFF),
    ("assets:bulk", S, "POST", STAFF_POST),
    ("assets:bulk-undo", S | {"pk": lambda made: made["batch"]}, "POST", STAFF_POST),
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
