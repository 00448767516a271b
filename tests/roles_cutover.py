"""Who may open the pages of the switch."""

from tests.roles_core import STAFF, S


def things(project) -> dict:
    return {}


ROWS = [
    ("cutover:cutover", S, "GET", STAFF),
]
