"""Who may upload, see, check and delete contact files."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from apps.contacts import packing, receiving
from apps.contacts.process import Judged, judged
from tests import factories
from tests.factories_contacts import contact_file
from tests.roles_core import DOOR, STAFF_POST, S

INSIDE = DOOR | {"client": 200, "consultant": 200, "owner": 200}


SHARED_FOLDER = TemporaryDirectory(prefix="migrator-packs-")
FIRST: list[Judged] = []


@contextmanager
def judged_once(path: Path, *arguments: str, watch=None) -> Iterator[Judged]:
    """The engine's own answer for the one file below; asked once, since a hundred tests need it."""
    kept = Path(SHARED_FOLDER.name) / "out"
    if not FIRST:
        with judged(path, *arguments, watch=watch) as answer:
            shutil.copytree(answer.out, kept)
            FIRST.append(Judged(answer.detail, kept))
    with TemporaryDirectory() as folder:
        out = shutil.copytree(kept, Path(folder) / "out")
        yield Judged(deepcopy(FIRST[0].detail), out)


def things(project) -> dict:
    shared = contact_file(project, name="shared.csv", client_sees=True)
    with patch.object(packing, "judged", judged_once), packing.packing(shared) as packed:
        run = packing.record_packs(packed, by=None)
    internal = contact_file(project, name="internal.csv")
    export = contact_file(project, name="target.csv", kind="target")
    upload = receiving.begin(
        project, by=factories.person(), name="other.csv", size=9, modified=1, kind="contacts", source=""
    )
    return {
        "upload": upload.pk,
        "shared": shared.pk,
        "internal": internal.pk,
        "export": export.pk,
        "pack": run.packs.for_import().first().pk,
    }


UPLOAD = S | {"pk": lambda made: made["upload"]}
FOREIGN = INSIDE | {"client": 404, "consultant": 404, "owner": 404}  # an upload under way is its sender's alone
PACK = S | {"pk": lambda made: made["pack"]}
SHARED, INTERNAL = S | {"pk": lambda made: made["shared"]}, S | {"pk": lambda made: made["internal"]}

EXPORT = S | {"pk": lambda made: made["export"]}
BENCH = SHARED | {"section": "tags"}
STAFF_ONLY = DOOR | {"client": 403, "consultant": 200, "owner": 200}

ROWS = [
    ("contacts:contact-list", S, "GET", INSIDE),
    ("contacts:contact-list", S, "POST", INSIDE | {"client": 422, "consultant": 422, "owner": 422}),
    ("contacts:upload-begin", S, "POST", INSIDE | {"client": 422, "consultant": 422, "owner": 422}),
    ("contacts:upload-part", UPLOAD, "GET", FOREIGN),
    ("contacts:upload-finish", UPLOAD, "POST", FOREIGN),
    ("contacts:upload-discard", UPLOAD, "POST", FOREIGN),
    ("contacts:file-version", SHARED, "POST", STAFF_POST | {"client": 403}),
    ("contacts:file-report", SHARED, "GET", INSIDE),
    ("contacts:file-report", INTERNAL, "GET", INSIDE | {"client": 404}),
    ("contacts:file-check", SHARED, "POST", STAFF_POST),
    ("contacts:file-check", INTERNAL, "POST", STAFF_POST | {"client": 404}),
    ("contacts:file-settings", SHARED, "POST", STAFF_POST),
    ("contacts:file-settings", INTERNAL, "POST", STAFF_POST | {"client": 404}),
    ("contacts:file-letters", SHARED, "GET", STAFF_ONLY),
    ("contacts:file-letters", INTERNAL, "GET", STAFF_ONLY | {"client": 404}),
    ("contacts:file-delete", SHARED, "POST", STAFF_POST),
    ("contacts:finding-list", SHARED, "GET", STAFF_ONLY),
    ("contacts:finding-list", INTERNAL, "GET", STAFF_ONLY | {"client": 404}),
    ("contacts:finding-rows", SHARED, "GET", STAFF_ONLY),
    ("contacts:finding-download", SHARED, "GET", STAFF_POST | {"client": 403}),
    ("contacts:file-price", SHARED, "POST", STAFF_POST | {"client": 403}),
    ("contacts:file-packs", SHARED, "GET", DOOR | {"client": 403, "consultant": 200, "owner": 200}),
    ("contacts:pack-tick", PACK, "POST", STAFF_POST | {"client": 403}),
    ("contacts:mail-ask", SHARED, "POST", STAFF_POST | {"client": 403}),
    ("contacts:file-addresses", SHARED, "POST", STAFF_POST | {"client": 403}),
    ("contacts:workbench", SHARED, "GET", STAFF_ONLY),
    ("contacts:workbench-at", BENCH, "GET", STAFF_ONLY),
    ("contacts:workbench-decide", BENCH, "POST", STAFF_POST | {"client": 403}),
    ("contacts:workbench-preview", SHARED, "GET", STAFF_ONLY),
    ("contacts:workbench-samples", SHARED, "GET", STAFF_ONLY),
    ("contacts:tag-map", SHARED, "GET", STAFF_ONLY),
    ("contacts:file-changes", SHARED, "GET", STAFF_ONLY),
    ("contacts:changes-make", SHARED, "POST", STAFF_POST | {"client": 403}),
    ("contacts:file-comparison", EXPORT, "GET", STAFF_ONLY),
    ("contacts:comparison-make", EXPORT, "POST", STAFF_POST | {"client": 403}),
    ("contacts:packs-make", SHARED, "POST", STAFF_POST | {"client": 403}),
]
