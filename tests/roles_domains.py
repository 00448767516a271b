"""Who may see, check and change domains; a helper sees the records to set and nothing else."""

from apps.domains.models import Domain
from tests.roles_core import DOOR, STAFF, STAFF_POST, S


def things(project) -> dict:
    return {"domain": Domain.objects.create(project=project, name="example.org", shown="example.org").pk}


DOMAIN = S | {"pk": lambda made: made["domain"]}
# Two requests follow each other: htmx gets the job's progress in place of a redirect.
START = STAFF_POST | {"consultant": {200, 302}, "owner": {200, 302}}
ROWS = [
    ("domains:domain-list", S, "GET", STAFF),
    ("domains:domain-list", S, "POST", STAFF | {"consultant": 422, "owner": 422}),
    ("domains:check", S, "POST", START),
    ("domains:domain", DOMAIN, "GET", STAFF),
    ("domains:domain-edit", DOMAIN, "GET", STAFF),
    ("domains:check-one", DOMAIN, "POST", STAFF_POST),
    ("domains:sender-explain", DOMAIN, "POST", STAFF_POST),
    ("domains:domain-delete", DOMAIN, "POST", STAFF_POST),
    ("domains:message", DOMAIN, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("domains:message", DOMAIN, "POST", DOOR | {"client": 422, "consultant": 422, "owner": 422}),
    ("domains:helper-page", S, "GET", DOOR | {"helper": 200, "client": 200, "consultant": 200, "owner": 200}),
]
