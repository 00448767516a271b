"""Who may see, check and change domains; a helper sees the records to set and nothing else."""

from apps.domains.models import DnsSnapshot, Domain
from tests.roles_core import DOOR, STAFF, STAFF_POST, S


def things(project) -> dict:
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    shared = Domain.objects.create(project=project, name="shared.example.org", shown="shared", client_sees=True)
    DnsSnapshot.objects.create(project=project, domain=domain, sha256="0" * 64, taken_at=project.go_live)
    return {"domain": domain.pk, "shared": shared.pk}


DOMAIN = S | {"pk": lambda made: made["domain"]}
SHARED = S | {"pk": lambda made: made["shared"]}
CLIENT_TOO = STAFF | {"client": 200}
UNSEEN = STAFF | {"client": 404}  # the consultant has not shown it to him
HELPER_TOO = DOOR | {"helper": 200, "client": 200, "consultant": 200, "owner": 200}
# Two requests follow each other: htmx gets the job's progress in place of a redirect.
START = STAFF_POST | {"consultant": {200, 302}, "owner": {200, 302}}
ROWS = [
    ("domains:domain-list", S, "GET", CLIENT_TOO),
    ("domains:domain-list", S, "POST", STAFF | {"consultant": 422, "owner": 422}),
    ("domains:check", S, "POST", START),
    ("domains:domain", DOMAIN, "GET", STAFF),
    ("domains:domain-edit", DOMAIN, "GET", STAFF),
    ("domains:check-one", DOMAIN, "POST", STAFF_POST),
    ("domains:sender-explain", DOMAIN, "POST", STAFF_POST),
    ("domains:domain-delete", DOMAIN, "POST", STAFF_POST),
    ("domains:spf-change", DOMAIN, "GET", STAFF),
    ("domains:message", DOMAIN, "GET", UNSEEN),
    ("domains:message", SHARED, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("domains:message", SHARED, "POST", DOOR | {"client": 422, "consultant": 422, "owner": 422}),
    ("domains:snapshot-take", S, "POST", STAFF_POST),
    ("domains:snapshot", DOMAIN, "GET", STAFF),
    ("domains:snapshot-sign", DOMAIN, "POST", STAFF | {"consultant": 404, "owner": 404}),  # no number of a snapshot
    ("domains:snapshot-file", DOMAIN | {"form": "zone"}, "GET", STAFF),
    ("domains:snapshot-file", DOMAIN | {"form": "exe"}, "GET", STAFF | {"consultant": 404, "owner": 404}),
    ("domains:zone-import", DOMAIN, "POST", STAFF | {"consultant": 422, "owner": 422}),
    ("domains:plan", DOMAIN, "GET", UNSEEN),
    ("domains:plan", SHARED, "GET", CLIENT_TOO),
    ("domains:request-page", DOMAIN, "GET", UNSEEN),
    ("domains:request-page", SHARED, "GET", CLIENT_TOO),
    ("domains:plan-say", SHARED, "POST", STAFF | {"consultant": 404, "owner": 404}),  # no word in it
    ("domains:check-list", DOMAIN, "GET", STAFF),
    ("domains:check-compare", DOMAIN, "GET", STAFF),
    ("domains:report", S, "GET", STAFF),
    ("domains:report-workbook", S, "GET", STAFF),
    ("domains:helper-page", S, "GET", HELPER_TOO),
    ("domains:helper-state", S, "POST", HELPER_TOO),
]
