"""Who may open what: sign-in, one's own pages, project settings, people, files, jobs."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from apps.accounts.models import OrganisationRole
from apps.jobs.models import Job
from apps.projects.models import Invitation, Role
from apps.projects.stored import StoredFile
from tests import factories

EVERYBODY = dict.fromkeys(["anonymous", "stranger", "sibling_client", "helper", "client", "consultant", "owner"], 200)
SIGNED_IN = EVERYBODY | {"anonymous": 302}
DOOR = {"anonymous": 302, "stranger": 404, "sibling_client": 404, "helper": 403}
STAFF = DOOR | {"client": 403, "consultant": 200, "owner": 200}
STAFF_POST = STAFF | {"consultant": 302, "owner": 302}


def all_302(**others: int) -> dict:
    return dict.fromkeys(EVERYBODY, 302) | others


def things(project) -> dict:
    with NamedTemporaryFile(suffix=".csv") as file:
        Path(file.name).write_text("email\nmaya@example.org\n")
        stored = StoredFile.keep(project, Path(file.name), purpose="evidence", name="list.csv", client_sees=True)
    client = factories.member(project, factories.person(), Role.CLIENT)
    job = Job.objects.create(project=project, task="nothing.known", title="Nothing", state="done")
    invitation = Invitation.objects.create(
        organisation=project.organisation, project=project, email="new@example.org", role=Role.CLIENT,
        token_hash=f"hash-{project.pk}", expires_at=project.go_live,
    )  # fmt: skip
    into = Invitation.objects.create(
        organisation=project.organisation, email="colleague@example.org", role=Role.CONSULTANT,
        token_hash=f"colleague-{project.pk}", expires_at=project.go_live,
    )  # fmt: skip
    colleague = factories.colleague(project.organisation, OrganisationRole.CONSULTANT)
    row = project.organisation.memberships.get(user=colleague)
    return {
        "colleague": row.pk,
        "colleague_invitation": into.pk,
        "file": stored.pk,
        "member": client.pk,
        "job": job.pk,
        "invitation": invitation.pk,
    }


S = {"slug": "move"}
FILE, MEMBER = S | {"pk": lambda made: made["file"]}, S | {"pk": lambda made: made["member"]}
JOB, INVITATION = S | {"pk": lambda made: made["job"]}, S | {"pk": lambda made: made["invitation"]}
N = {"slug": "north-star"}
OWNER = dict.fromkeys(EVERYBODY, 404) | {"anonymous": 302, "consultant": 403, "owner": 200}
COLLEAGUE = N | {"pk": lambda made: made["colleague"]}
COLLEAGUE_INVITATION = N | {"pk": lambda made: made["colleague_invitation"]}
TWO_FACTOR = {person: {200, 302} for person in EVERYBODY}
WITH_CODES = {person: {200, 302, 404} for person in EVERYBODY}

OTHERS_JOB = STAFF | {"client": 404}  # a client follows the work that he started himself
ROWS = [
    ("home", {}, "GET", all_302()),
    ("account_signup", {}, "GET", all_302(anonymous=200)),
    ("account_login", {}, "GET", all_302(anonymous=200)),
    ("account_logout", {}, "GET", EVERYBODY | {"anonymous": 302}),
    ("account_inactive", {}, "GET", EVERYBODY),
    ("account_reauthenticate", {}, "GET", TWO_FACTOR),
    ("account_change_password", {}, "GET", SIGNED_IN),
    ("account_set_password", {}, "GET", all_302()),
    ("account_reset_password", {}, "GET", EVERYBODY),
    ("account_reset_password_done", {}, "GET", EVERYBODY),
    ("account_reset_password_from_key", {"uidb36": "1", "key": "x"}, "GET", EVERYBODY),
    ("account_reset_password_from_key_done", {}, "GET", EVERYBODY),
    ("mfa_index", {}, "GET", SIGNED_IN),
    ("mfa_authenticate", {}, "GET", all_302()),
    ("mfa_reauthenticate", {}, "GET", TWO_FACTOR),
    ("mfa_activate_totp", {}, "GET", TWO_FACTOR),
    ("mfa_deactivate_totp", {}, "GET", WITH_CODES),
    ("mfa_view_recovery_codes", {}, "GET", WITH_CODES),
    ("mfa_generate_recovery_codes", {}, "GET", WITH_CODES),
    ("mfa_download_recovery_codes", {}, "GET", WITH_CODES),
    ("accounts:start", {}, "GET", dict.fromkeys(EVERYBODY, 404)),
    ("accounts:link-open", {"token": "unknown"}, "GET", dict.fromkeys(EVERYBODY, 410)),
    ("accounts:profile", {}, "GET", SIGNED_IN),
    ("accounts:kept-mails", N, "GET", OWNER),
    ("accounts:my-mails", {}, "GET", SIGNED_IN),
    ("accounts:calendar-renew", {}, "POST", all_302()),
    ("accounts:calendar-end", {}, "POST", all_302()),
    ("accounts:mail-preferences", {}, "POST", dict.fromkeys(EVERYBODY, 422) | {"anonymous": 302}),
    ("accounts:unsubscribe", {"token": "unknown"}, "GET", dict.fromkeys(EVERYBODY, 404)),
    ("accounts:unsubscribe", {"token": "unknown"}, "POST", dict.fromkeys(EVERYBODY, 404)),
    ("projects:notices", {}, "GET", SIGNED_IN),
    ("projects:notices-read", {}, "POST", all_302()),
    ("projects:notice-read", {"pk": 1}, "POST", dict.fromkeys(EVERYBODY, 404) | {"anonymous": 302}),
    ("projects:consultancy", N, "GET", OWNER),
    ("projects:consultancy", N, "POST", OWNER),
    ("projects:colleague-role", COLLEAGUE, "POST", OWNER | {"owner": 302}),
    ("projects:colleague-take-out", COLLEAGUE, "POST", OWNER | {"owner": {302, 404}}),
    ("projects:colleague-revoke", COLLEAGUE_INVITATION, "POST", OWNER | {"owner": 302}),
    ("projects:invitation-open", {"token": "unknown"}, "GET", dict.fromkeys(EVERYBODY, 410)),
    ("projects:project-edit", S, "GET", STAFF),
    ("projects:project-delete", S, "GET", STAFF | {"consultant": 403}),
    ("projects:client-view", S, "POST", STAFF_POST),
    ("projects:people", S, "GET", STAFF),
    ("projects:person-link", MEMBER, "POST", STAFF_POST),
    ("projects:person-link-revoke", MEMBER, "POST", STAFF_POST),
    ("projects:person-take-out", MEMBER, "POST", STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}),
    ("projects:invitation-revoke", INVITATION, "POST", STAFF_POST),
    ("projects:activity", S, "GET", STAFF),
    ("projects:file-download", FILE, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("projects:file-delete", FILE, "POST", STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}),
    ("jobs:job-list", S, "GET", STAFF),
    ("jobs:job-detail", JOB, "GET", OTHERS_JOB),
    ("jobs:job-cancel", JOB, "POST", OTHERS_JOB | {"consultant": {200, 302}, "owner": {200, 302}}),
    ("jobs:job-retry", JOB, "POST", OTHERS_JOB | {"consultant": {200, 302}, "owner": {200, 302}}),
    ("jobs:healthz", {}, "GET", EVERYBODY),
    ("jobs:readyz", {}, "GET", dict.fromkeys(EVERYBODY, 503)),
]  # fmt: skip
