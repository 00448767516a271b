"""Sweeping the room: what holds an old account open, by name, and closing it when nothing does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.assets.models import Account, Asset, Capture
from apps.cutover import closing
from apps.cutover.models import Redirect
from apps.cutover.payments import Payment
from apps.domains.models import Domain
from apps.domains.services import record_check
from apps.findings.models import Fact
from engine.findings import Verdict

HERE = "/projects/move/cutover/closing/"


@pytest.fixture
def account(project):
    project.go_live = timezone.now() - timedelta(days=30)
    project.save()
    Fact.publish(project, "cutover.redirects_right", Verdict.READY, "All arrive.")
    Fact.publish(project, "cutover.payments_decided", Verdict.READY, "There are no recurring payments.")
    return Account.objects.create(project=project, name="Mailchimp Standard", monthly_cost=59, currency="EUR")


def close(consultant, account, name=None):
    return consultant.post(f"{HERE}{account.pk}/close/", {"name": account.name if name is None else name})


def said(consultant, account):
    """Why it cannot be closed; empty where it was."""
    answer = close(consultant, account)
    return answer.content.decode() if answer.status_code == 422 else ""


def left(project, row, records=(), age=0):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    whole = {"name": "k1._domainkey.example.org", "type": "CNAME", "need": "remove", "verdict": "wrong", "found": "x",
             "sentence": "Remove this once Mailchimp has sent its last message."} | (row or {})  # fmt: skip
    record_check(domain, report={"expected": [whole] if row is not None else [], "records": list(records)},
                 findings=[], as_of=timezone.now() - timedelta(days=age), by=None)  # fmt: skip
    return domain


def test_an_account_that_nothing_holds_open_is_closed_by_typing_its_name(project, consultant, account):
    assert close(consultant, account, "mailchimp").status_code == 422
    assert close(consultant, account).status_code == 302
    account.refresh_from_db()
    assert account.closed_on == project.today
    assert "saves 59.00 EUR a month" in consultant.get(HERE).content.decode()
    assert Fact.objects.get(key="cutover.accounts_closed").verdict == "ready"
    consultant.post(f"{HERE}{account.pk}/reopen/")
    account.refresh_from_db()
    assert account.closed_on is None
    assert Fact.objects.get(key="cutover.accounts_closed").verdict == "not_ready"


def test_what_closed_accounts_save_and_what_open_ones_cost_are_told_apart(project, consultant, account):
    Account.objects.create(project=project, name="Kit", monthly_cost=20, currency="EUR")
    rows = closing.swept(project)
    assert (closing.saved(rows), closing.saved(rows, closed=False)) == ([], [("EUR", 79)])
    close(consultant, account)
    page = consultant.get(HERE).content.decode()
    assert "saves 59.00 EUR a month" in page
    assert "still open cost 20.00 EUR a month" in page


def test_the_hold_period_and_a_date_of_its_own_hold_it_open(project, consultant, account):
    Account.objects.filter(pk=account.pk).update(keep_until=project.today + timedelta(days=5))
    assert "It is to be kept until" in said(consultant, account)
    assert "5 days left" in consultant.get(HERE).content.decode()
    Account.objects.filter(pk=account.pk).update(keep_until=None)
    project.go_live = timezone.now() - timedelta(days=1)
    project.save()
    assert "The hold period runs until" in said(consultant, account)


def test_what_still_runs_and_who_still_pays_there_hold_it_open(project, consultant, account):
    Account.objects.filter(pk=account.pk).update(still_runs="birthday automation")
    assert "Still runs in it: birthday automation" in said(consultant, account)
    Account.objects.filter(pk=account.pk).update(still_runs="")
    payment = Payment.objects.create(
        project=project, who="Ada", gateway="Mailchimp", decision="new_checkout", plan="Yoga Club"
    )
    assert "1 subscription still bills there: Yoga Club (1)." in said(consultant, account)
    Payment.objects.filter(pk=payment.pk).update(is_done=True)
    assert said(consultant, account) == ""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "Still point at it: k1._domainkey.example.org"),
        ({"name": "example.org", "type": "TXT", "found": "include:servers.mcsv.net"}, "still includes it"),
        ({"verdict": "unknown", "found": ""}, "could not be told"),
        ({"name": "example.org", "type": "MX", "found": "10 mx.mandrillapp.com"}, "still name it: example.org (MX)"),
    ],
)
def test_records_left_in_the_dns_hold_it_open(row, words, project, consultant, account):
    left(project, row)
    assert words in said(consultant, account)


def test_a_page_that_is_still_served_there_holds_it_open(project, consultant, account):
    page = {"name": "www.example.org", "type": "CNAME", "values": ["pages.mailchi.mp."], "status": "answered"}
    left(project, None, [page, page | {"name": "blog.example.org", "values": ["elsewhere.example."]}])
    assert "Still point at it: www.example.org." in said(consultant, account)


def test_an_old_check_and_an_old_answer_are_told_as_old(project, consultant, account):
    left(project, None, age=30)
    assert "example.org was last checked on" in said(consultant, account)
    Fact.objects.filter(key="cutover.redirects_right").update(as_of=timezone.now() - timedelta(days=3))
    assert "Not looked at since" in consultant.get(HERE).content.decode()


@pytest.mark.parametrize(
    ("name", "platform", "words"),
    [
        ("Bluehost", "", ["Nobody has said what it is", "3 of 9", "Nobody has checked where the domains lead"]),
        ("Toolkit", "", ["Nobody has said what it is", "3 of 9", "Nobody has checked where the domains lead"]),
        ("Bluehost", "web_host", ["3 of 9", "Nobody has checked where the domains lead"]),
        ("Calendar", "tool", []),
        ("Old mails", "mailchimp", ["3 of 9", "Not rebuilt yet", "subscriptions"]),
    ],
)
def test_what_an_account_is_decides_what_has_to_be_over(name, platform, words, project, consultant, account):
    Fact.publish(project, "cutover.redirects_right", Verdict.NOT_READY, "3 of 9: the old address fails.")
    Fact.objects.filter(key="cutover.payments_decided").delete()
    Asset.objects.create(project=project, name="Not rebuilt yet", kind="automation", required_status="rebuild")
    Account.objects.exclude(pk=account.pk).delete()
    Account.objects.filter(pk=account.pk).update(name=name, platform=platform)
    page = consultant.get(HERE).content.decode()
    assert [one for one in ("Nobody has said what it is", "3 of 9", "Nobody has checked where the domains lead",
                            "Not rebuilt yet", "subscriptions") if one in page] == words or not words  # fmt: skip
    assert ("Nothing holds it open" in page) is (platform == "tool")


def test_records_of_another_platform_do_not(project, consultant, account):
    left(project, {"sentence": "Remove this once Kajabi has sent its last message."})
    assert said(consultant, account) == ""


def test_a_domain_never_checked_is_unknown_and_holds_it_open(project, consultant, account):
    Domain.objects.create(project=project, name="example.org", shown="example.org")
    assert "Not checked yet: example.org" in said(consultant, account)


def test_redirects_that_fail_and_archives_without_a_copy_hold_it_open(project, consultant, account):
    Fact.publish(project, "cutover.redirects_right", Verdict.NOT_READY, "3 of 9: the old address fails.")
    Redirect.objects.create(project=project, old="https://old.example.org/about", after="wrong")
    words = "3 of 9: the old address fails. Gone astray: https://old.example.org/about"
    assert f"{words}." in said(consultant, account)
    Redirect.objects.bulk_create(
        Redirect(project=project, old=f"https://old.example.org/{n}", after="wrong") for n in range(5)
    )
    three = ", ".join(f"https://old.example.org/{n}" for n in range(3))
    assert f"{words}, {three} and 2 more." in said(consultant, account)
    Fact.publish(project, "cutover.redirects_right", Verdict.READY, "All arrive.")
    asset = Asset.objects.create(project=project, name="Old course", kind="course", required_status="archive")
    assert "No copy is stored of what is to be archived: Old course" in said(consultant, account)
    Capture.objects.create(project=project, asset=asset, key="words", is_done=True)
    assert said(consultant, account) == ""
