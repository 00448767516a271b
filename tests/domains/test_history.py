"""Every check kept, two side by side, and the report on paper and as a workbook."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.utils import timezone

from apps.domains import services, tasks
from apps.domains.models import Domain
from engine.findings import Finding, Severity
from tests.domains.conftest import run

D = "sunrise-yoga.example"


def check(domain, value, minutes_ago, verdict="ok", findings=(), status="ok"):
    records = [{"name": D, "type": "A", "values": [value] if value else [], "status": status, "ttl": 300}]
    rows = [{"name": D, "type": "A", "need": "required", "expected": "192.0.2.1", "found_list": [value],
             "found": value, "verdict": verdict, "match": "exact", "purpose": "pages",
             "sentence": "Set it."}]  # fmt: skip
    as_of = timezone.now() - timedelta(minutes=minutes_ago)
    report = {"failed": False, "records": records, "expected": rows}
    return services.record_check(domain, report=report, findings=list(findings), as_of=as_of, by=None)


def test_two_checks_side_by_side_in_the_order_of_time(domain, consultant):
    old = check(domain, "192.0.2.9", 30, "wrong")
    new = check(domain, "192.0.2.1", 10)
    url = f"{domain.get_absolute_url()}checks/compare/"
    for pair in ([old.pk, new.pk], [new.pk, old.pk]):
        page = consultant.get(url, {"check": pair}).content.decode()
        assert page.index("192.0.2.9") < page.index("<b>192.0.2.1</b>")
        assert page.index("Wrong") < page.index("<b>Right</b>")
    assert "192.0.2.9" in consultant.get(url).content.decode()  # the two newest where none is named


def test_what_could_not_be_learnt_is_no_change(domain, consultant):
    check(domain, "192.0.2.1", 30)
    check(domain, "", 10, "unknown", status="timeout")
    page = consultant.get(f"{domain.get_absolute_url()}checks/compare/").content.decode()
    assert "could not be read" in page
    assert "not compared" in page


@pytest.mark.parametrize("numbers", [["x", "y"], ["9" * 40, "1"], ["-1", "0"], ["1", "1"], []])
def test_odd_numbers_and_single_checks_are_answered(domain, consultant, numbers):
    check(domain, "192.0.2.1", 30)
    assert consultant.get(f"{domain.get_absolute_url()}checks/compare/", {"check": numbers}).status_code == 200


def test_a_check_between_equal_ones_shows_what_it_saw(domain, consultant):
    finding = Finding(Severity.WARNING, "dns.spf.missing", "Publish an SPF record.", D)
    made = [check(domain, "192.0.2.1", minutes, findings=[finding]) for minutes in (40, 30, 20)]
    made[1].refresh_from_db()
    assert made[1].is_light
    page = consultant.get(domain.get_absolute_url(), {"check": made[1].pk}).content.decode()
    assert "Publish an SPF record." in page
    assert "192.0.2.1" in page
    compare = consultant.get(f"{domain.get_absolute_url()}checks/compare/", {"check": [made[0].pk, made[1].pk]})
    assert "found the same" in compare.content.decode()


def test_the_list_marks_what_changed_and_asks_the_same_for_many(domain, consultant, django_assert_num_queries):
    check(domain, "192.0.2.9", 500)
    for minutes in range(400, 380, -1):
        check(domain, "192.0.2.1", minutes)
    url = f"{domain.get_absolute_url()}checks/"
    page = consultant.get(url).content.decode()
    assert page.count(">changed<") == 1
    assert page.count('name="check"') == 21
    assert consultant.get(url, {"show": "changes"}).content.decode().count('name="check"') == 3


def test_the_workbook_holds_everything_and_no_formula(project, domain, own_server, consultant):
    own_server.zone[D]["TXT"] = ['=HYPERLINK("http://evil.example")', "v=spf1 -all"]
    run(tasks.check_domains, project)
    answer = consultant.get("/projects/move/domains/report/workbook/")
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["Expected and found", "Findings", "Records", "Checks"]
    cells = [cell for row in book["Records"].iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
    assert book["Checks"].max_row == 2


def test_the_report_asks_as_much_for_many_domains_as_for_one(project, domain, consultant):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as asked:
            assert consultant.get("/projects/move/domains/report/").status_code == 200
        return len(asked)

    check(domain, "192.0.2.1", 5)
    few = count()
    for number in range(20):
        name = f"d{number}.example"
        check(Domain.objects.create(project=project, name=name, shown=name), "192.0.2.1", 5)
    assert count() == few


def test_until_when_the_old_answer_may_be_seen_is_said_in_the_clients_time(domain, consultant):
    made = check(domain, "192.0.2.1", 5)
    made.report["expected"][0] |= {"published": "all", "visible_until": "2026-11-24T15:40:00+00:00"}
    made.save()
    page = consultant.get(domain.get_absolute_url()).content.decode()
    assert "The old answer may be seen until" in page
    assert "16:40" in page
    made.report["expected"][0]["visible_until"] = "<b>soon</b>"
    made.save()
    assert "may be seen until" not in consultant.get(domain.get_absolute_url()).content.decode()
