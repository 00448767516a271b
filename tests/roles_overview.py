"""Who may open the first pages, the catalogue, a project's overview and its reports."""

from tests.roles_core import DOOR, SIGNED_IN, STAFF, S

NOBODY_ELSE = SIGNED_IN | {"sibling_client": 403, "helper": 403, "client": 403}


def things(project) -> dict:
    return {}


ROWS = [
    ("overview:project-list", {}, "GET", SIGNED_IN | {"sibling_client": 302, "helper": 302, "client": 302}),
    ("overview:project-new", {}, "GET", NOBODY_ELSE),
    ("overview:project-page", S, "GET", DOOR | {"helper": 302, "client": 302, "consultant": 200, "owner": 200}),
    ("overview:progress", S, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("overview:reports", S, "GET", STAFF),
    ("overview:search", {}, "GET", SIGNED_IN),
    ("overview:platform-list", {}, "GET", SIGNED_IN),
    ("overview:platform-page", {"key": "kartra"}, "GET", SIGNED_IN),
]
