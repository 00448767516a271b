"""No page asks the database more as its lists grow (promise P19): at most 25 questions, as many however long."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Account, Asset
from apps.checklists import approving
from apps.checklists.models import ChecklistItem, Evidence, Wait
from apps.cutover.deciding import Decision, Risk
from apps.cutover.journeys import Journey, JourneyChange, JourneyMark, JourneyProof, JourneyRun
from apps.cutover.metrics import Metric, MetricValue
from apps.cutover.models import Redirect, RedirectImport
from apps.cutover.payments import Payment
from apps.cutover.rollbacks import Rollback
from apps.cutover.runsheets import Run, RunAct, RunSheet, RunStep, StepMark
from apps.cutover.warmups import WarmUp, WarmUpDay
from apps.domains.models import Domain
from apps.domains.services import record_check
from apps.jobs.models import Job
from apps.overview.models import Lesson, Measurement, Objective, SharedReport
from apps.projects.models import Activity, Role
from apps.projects.stored import StoredFile
from engine.findings import Finding, Severity
from tests import factories
from tests.checklists.test_plan import published
from tests.factories_contacts import contact_file

STAFF = [
    "/projects/", "/projects/move/", "/projects/move/checklist/", "/projects/move/inventory/",
    "/projects/move/approvals/", "/projects/move/timeline/?open=1,2,3,4", "/projects/move/plan-report/",
    "/projects/move/go-live/",
    "/projects/move/contacts/", "/projects/move/domains/", "/projects/move/dns-records/",
    "/projects/move/domains/report/",
    "/projects/move/cutover/", "/projects/move/cutover/redirects/", "/projects/move/cutover/rollback/",
    "/projects/move/cutover/closing/",
    "/projects/move/cutover/journeys/", "/projects/move/cutover/journeys/1/", "/projects/move/cutover/journey-runs/1/",
    "/projects/move/cutover/payments/", "/projects/move/cutover/report/", "/projects/move/cutover/warm-up/",
    "/projects/move/cutover/watch/",
    "/projects/move/cutover/run-sheets/1/", "/projects/move/cutover/runs/1/", "/projects/move/reports/",
    "/projects/move/inventory/?group=kind", "/projects/move/inventory/?group=tree",
    "/projects/move/inventory/decisions/", "/projects/move/inventory/defaults/", "/projects/move/inventory/priority/",
    "/projects/move/inventory/captures/", "/projects/move/inventory/import/", "/projects/move/inventory/scans/",
    "/consultancies/north-star/kinds/", "/consultancies/north-star/templates/",
    "/projects/move/people/", "/projects/move/activity/", "/projects/move/accounts/", "/projects/move/jobs/",
    "/projects/move/files/", "/projects/move/objectives/", "/projects/move/self-assessment/",
    "/search/?q=thing", "/platforms/",
]  # fmt: skip
CLIENT = ["/projects/move/my-list/?done=all", "/projects/move/progress/",
          "/projects/move/files/", "/projects/move/objectives/", "/projects/move/checklist/?show=",
          "/projects/move/inventory/", "/projects/move/contacts/",
          "/projects/move/approvals/", "/projects/move/timeline/", "/projects/move/plan-report/",
          "/projects/move/inventory/decisions/", "/projects/move/inventory/?group=tree",
          "/projects/move/cutover/watch/", "/projects/move/cutover/journeys/", "/projects/move/cutover/journeys/1/",
          "/projects/move/cutover/journey-runs/1/", "/projects/move/cutover/report/"]  # fmt: skip

MOST = 25


def leave_room_for_the_first():
    """The rows that addresses above name by number 1 are given it, also where no test came before."""
    if connection.vendor != "postgresql":
        return  # SQLite gives the next number after the largest by itself
    with connection.cursor() as asked:
        for model in (RunSheet, Run, Journey, JourneyRun):
            table = model._meta.db_table
            asked.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), nextval(%s || '_id_seq') + 1)", [table, table]
            )


def fill(project, client_user, start, count):
    """Everything that a page lists, so many more of it."""
    organisation = project.organisation
    leave_room_for_the_first()
    sheet, _ = RunSheet.objects.get_or_create(pk=1, project=project, name="The night")
    run, _ = Run.objects.get_or_create(
        pk=1, project=project, sheet=sheet, defaults={"zero": timezone.now(), "mode": "live"}
    )
    SharedReport.objects.get_or_create(project=project)
    first, _ = Journey.objects.get_or_create(pk=1, project=project, title="Buy", steps="Pay", client_sees=True)
    ways = {"tiers": [["All", 999]], "starts_on": timezone.localdate()}
    warm_up, _ = WarmUp.objects.get_or_create(project=project, defaults=ways)
    attempt, _ = JourneyRun.objects.get_or_create(pk=1, project=project, journey=first)
    for number in range(start, start + count):
        name = f"Thing {number:03}"
        published(organisation, name=name)
        asset = Asset.objects.create(project=project, name=name, kind="product", owner=client_user)
        brought = RedirectImport.objects.create(project=project, name=name, by=client_user)
        Account.objects.create(project=project, name=name)
        Redirect.objects.create(project=project, old=f"https://old.example.org/{number}", source=brought, asset=asset)
        item = ChecklistItem.objects.create(
            project=project, phase=1 + number % 4, section="Audit", title=name, who="client", client_sees=True,
            due=timezone.localdate() - timedelta(days=3), done_by=client_user, assignee=client_user,
        )  # fmt: skip
        before = ChecklistItem.objects.filter(project=project).exclude(pk=item.pk).first()
        if before is not None:
            Wait.objects.create(project=project, item=item, waits_for=before)
        Evidence.objects.create(project=project, item=item, kind="text", text=name, by=client_user)
        approving.ask(project, "item", by=client_user, item=item)
        step = RunStep.objects.create(project=project, sheet=sheet, section="Before", title=name, start=number)
        step.waits_for.set(sheet.steps.exclude(pk=step.pk)[:1])
        StepMark.objects.create(project=project, run=run, step=step, started_at=timezone.now(), started_by=client_user)
        RunAct.objects.create(project=project, run=run, words=name, by=client_user)
        Lesson.objects.create(project=project, text=name, client_sees=True)
        Risk.objects.create(project=project, key=f"made.up{number}", by=client_user)
        Decision.objects.create(project=project, word="no_go", by=client_user)
        back = RunSheet.objects.create(project=project, kind="rollback", name=name)
        Rollback.objects.create(project=project, system="other", name=name, sheet=back)
        day = timezone.localdate() - timedelta(days=number)
        WarmUpDay.objects.create(project=project, warm_up=warm_up, on=day, sent=9)
        metric = Metric.objects.create(project=project, name=name, client_sees=True)
        MetricValue.objects.create(project=project, metric=metric, at=timezone.now(), value=number)
        Payment.objects.create(project=project, who=name, amount=number, needs_access=True)
        journey = Journey.objects.create(project=project, title=name, steps=name, client_sees=True, owner=client_user)
        for tried in (first, journey):
            once = JourneyRun.objects.create(project=project, journey=tried, started_by=client_user)
            JourneyMark.objects.create(project=project, run=once, place=1, title=name, by=client_user)
            JourneyChange.objects.create(project=project, journey=tried, by=client_user, reason=name)
        JourneyMark.objects.create(project=project, run=attempt, place=number, title=name, by=client_user)
        JourneyProof.objects.create(project=project, run=attempt, text=name, by=client_user)
        Activity.record(project, "looked at", item, by=client_user, is_internal=False)
        domain = Domain.objects.create(project=project, name=f"d{number}.example", shown=f"d{number}.example")
        finding = Finding(Severity.ERROR, "dns.spf.multiple", "Merge the SPF records.", domain.name)
        record_check(domain, report={"expected": []}, findings=[finding], as_of=timezone.now(), by=None)
        contact_file(project, name=f"file-{number}.csv", client_sees=True)
        objective = Objective.objects.create(project=project, sentence=name, metric=name, baseline=1, target=2)
        Measurement.objects.create(project=project, objective=objective, value=number, on=timezone.localdate())
        StoredFile.objects.create(
            project=project, purpose="shared", name=name, key=name, size=1, sha256="", client_sees=True,
            uploaded_by=client_user,
        )  # fmt: skip
        Job.objects.create(project=project, task="nothing.known", title=name, state="done", created_by=client_user)
        factories.member(project, factories.person(), Role.CLIENT)
        other = factories.project(organisation, client=name)
        factories.member(other, User.objects.get(email="dana@northstar.example"), Role.CONSULTANT)


def count(client, url):
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert answer.status_code == 200, url
    return len(asked)


@pytest.mark.parametrize("who", ["consultant", "client_person"])
def test_every_page_asks_as_much_for_a_long_list_as_for_a_short_one(who, project, consultant, client_person, request):
    browser, pages = (consultant, STAFF) if who == "consultant" else (client_person, CLIENT)
    person = User.objects.get(project_memberships__project=project, project_memberships__role=Role.CLIENT)
    fill(project, person, 0, 3)
    for url in pages:
        count(browser, url)  # what is read once for all is read
    few = {url: count(browser, url) for url in pages}
    fill(project, person, 3, 40)
    many = {url: count(browser, url) for url in pages}
    assert many == few
    assert {url: number for url, number in many.items() if number > MOST} == {}
