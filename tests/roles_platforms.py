"""Who may read the catalogue, and who may put a value of the consultancy's own into its place."""

from tests.roles_core import OWNER, SIGNED_IN, N

ONE = N | {"key": "kartra", "path": "imports.max_rows"}


def things(project) -> dict:
    return {}


ROWS = [
    ("overview:platform-list", {}, "GET", SIGNED_IN),
    ("overview:platform-page", {"key": "kartra"}, "GET", SIGNED_IN),
    ("overview:platform-value", ONE, "GET", OWNER),
    ("overview:platform-value", ONE, "POST", OWNER),
    ("overview:platform-value-back", ONE, "POST", OWNER | {"owner": 302}),
]
