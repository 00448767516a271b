"""The register of recurring payments: typed, taken in from files, decided, undone, told as a fact without a name."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.contacts import services
from apps.cutover import paying
from apps.cutover.payments import Payment
from apps.findings.models import Fact
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from engine.spreadsheets import open_table
from tests.factories_contacts import contact_file

HERE = "/projects/move/cutover/payments/"


def pay(project, who="Maya Payer", **more):
    values = {"amount": Decimal("49.00"), "currency": "EUR", "plan": "Gold"} | more
    return Payment.objects.create(project=project, who=who, **values)


def told(project):
    fact = Fact.objects.filter(project=project, key=paying.KEY).first()
    return fact and (fact.verdict, fact.reason)


def bulk(browser, rows, do, **more):
    return browser.post(f"{HERE}bulk/", {"row": [row.pk for row in rows], "do": do} | more)


def send(browser, text, name="list.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return browser.post(f"{HERE}import/", {"file": SimpleUploadedFile(name, content)})


def text_of(answer):
    return answer.content.decode()


def test_an_empty_register_is_unknown_until_somebody_says_that_there_are_none(project, consultant):
    assert "No payments written down yet" in text_of(consultant.get(HERE))
    paying.publish(project)
    assert told(project)[0] == "unknown"
    consultant.post(f"{HERE}none/", {"none": "yes"})
    assert told(project) == ("ready", "There are no recurring payments.")
    assert "There are some after all" in text_of(consultant.get(HERE))
    consultant.post(f"{HERE}none/", {"none": "no"})
    assert told(project)[0] == "not_ready"
    assert Activity.objects.filter(project=project, verb__contains="no recurring payments").count() == 2


FORM = {"who": "Maya Payer", "amount": "49", "currency": "eur", "every": "1", "unit": "month", "plan": "kept words"}


def test_a_payment_is_typed_decided_and_done(project, consultant):
    assert consultant.post(f"{HERE}new/", FORM | {"next_bill": "2026-12-31"}).status_code == 302
    row = project.payments.get()
    assert (row.currency, row.next_bill) == ("EUR", date(2026, 12, 31))
    assert told(project) == ("not_ready", "1 of 1 undecided: EUR 49.00 a month.")
    values = FORM | {"version": row.version, "decision": "keep"}
    assert consultant.post(f"{HERE}{row.pk}/", values).status_code == 302
    assert told(project) == ("conditions", "All 1 decided; 1 not done yet: EUR 49.00 a month.")
    assert consultant.post(f"{HERE}{row.pk}/", values | {"decision": "run_out"}).status_code == 409
    values |= {"version": row.version + 1, "is_done": "on", "reinstated_on": project.today.isoformat()}
    assert consultant.post(f"{HERE}{row.pk}/", values).status_code == 302
    assert told(project) == ("ready", "All 1 decided and done.")
    assert project.payments.get().needs_access


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"who": ""}, "Fill this in"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"amount": "4,9,9"}, "Enter a number"),
        ({"amount": "NaN"}, "Enter a number"),
        ({"amount": "99999999999999"}, "no more than"),
        ({"currency": "€"}, "three letters"),
        ({"every": "0"}, "greater than or equal to 1"),
        ({"unit": "moon"}, "valid choice"),
        ({"next_bill": "2026-02-30"}, "valid date"),
        ({"next_bill": "0001-01-01"}, "between the years"),
        ({"email": "no address"}, "valid email"),
        ({"is_done": "on"}, "Decide first"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(changes, sentence, project, consultant):
    answer = consultant.post(f"{HERE}new/", FORM | changes)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "kept words" in text_of(answer)
    assert not project.payments.exists()


def test_what_a_month_is_worth_is_summed_per_currency_and_interval(project):
    pay(project, amount=Decimal("120"), unit="year")
    pay(project, amount=Decimal("30"), unit="quarter")
    pay(project, amount=Decimal("5"), currency="USD", is_done=True)
    pay(project, amount=None, currency="USD")
    pay(project, amount=Decimal("99"), decision="keep", is_done=True)
    risk = [(one["currency"], one["amount"], one["rows"]) for one in paying.risk(project.payments.at_risk())]
    assert risk == [("EUR", "20.00", 2), ("USD", "5.00", 2)]
    pay(project, amount=None, decision="keep", is_done=True)  # at risk no more, so nobody asks for its price
    pay(project, amount=None, decision="keep")
    assert paying.numbers(project)["unpriced"] == 2


def test_many_are_decided_at_once_and_the_undo_spares_what_was_changed_since(project, consultant, foreign):
    rows = [pay(project, f"Payer {number}") for number in range(3)]
    other = pay(foreign)
    bulk(consultant, [*rows, other], "done")
    assert not Payment.objects.filter(is_done=True).exists()  # what is undecided cannot be done
    bulk(consultant, [*rows, other], "new_checkout")
    assert Payment.objects.filter(decision="new_checkout").count() == 3
    assert told(project)[0] == "conditions"
    bulk(consultant, rows[:1], "done")
    first = project.payment_batches.order_by("pk").first()
    assert consultant.post(f"{HERE}batches/{first.pk}/undo/").status_code == 302
    assert sorted(project.payments.values_list("decision", flat=True)) == ["", "", "new_checkout"]
    consultant.post(f"{HERE}batches/{first.pk}/undo/")  # twice is once
    assert project.payments.filter(decision="").count() == 2


def test_another_decision_is_not_done_yet_and_the_undo_knows_it(project, consultant):
    rows = [pay(project, f"Payer {number}", decision="keep", is_done=number == 0) for number in range(3)]
    bulk(consultant, rows, "run_out")
    assert not project.payments.exclude(decision="run_out", is_done=False).exists()
    consultant.post(f"{HERE}batches/{project.payment_batches.get().pk}/undo/")
    assert sorted(project.payments.values_list("decision", "is_done")) == [
        ("keep", False),
        ("keep", False),
        ("keep", True),
    ]


def test_next_months_export_adds_nothing_and_two_seats_are_two(project, consultant):
    text = (
        "Customer Email;Plan;Amount;Currency;Interval;Next payment date\n"
        "ann@example.org;Gold;49;EUR;month;{0}\nann@example.org;Gold;49;EUR;month;{0}\nANN2@example.org;Gold;49;EUR;month;{0}\n"
    )
    assert "3 payments added" in text_of(send(consultant, text.format("2026-12-31")))
    assert "0 payments added" in text_of(send(consultant, text.format("2027-01-31")))


def test_nobody_is_done_while_somebody_waits_for_what_he_has_paid(project, consultant):
    pay(project, decision="keep", is_done=True, needs_access=True)
    bulk(consultant, [pay(project, "Ben", decision="keep")], "done")
    assert told(project) == ("conditions", "All 2 decided and done; access is still to be given again to 1.")


def test_who_has_paid_is_let_in_again(project, consultant):
    rows = [pay(project, "Waiting Wendy"), pay(project, "Inside Ida")]
    bulk(consultant, rows, "needs_access")
    bulk(consultant, rows[1:], "reinstated")
    page = text_of(consultant.get(HERE))
    assert "1 of 2" in page
    only = text_of(consultant.get(f"{HERE}?show=access"))
    assert "Waiting Wendy" in only.split('id="payments"')[1]
    assert "Inside Ida" not in only.split('id="payments"')[1]
    assert project.payments.get(who="Inside Ida").reinstated_on == project.today


def test_search_and_filters(project, consultant):
    pay(project, "Anna", gateway="Stripe")
    pay(project, "Bert", decision="keep")
    for query, shown, hidden in (
        ("?q=stripe", "Anna", "Bert"),
        ("?show=keep", "Bert", "Anna"),
        ("?q=x\x00", "", "Anna"),
    ):
        page = text_of(consultant.get(HERE + query))
        assert shown in page
        assert hidden not in page or query.endswith("\x00")


def test_a_processors_export_is_taken_in_once_and_undone(project, consultant):
    text = (
        "Customer Email;Plan;Amount;Currency;Interval;Status;Next payment date;Gateway\n"
        "maya@example.org;Gold;49,00;EUR;month;active;31.12.2026;Stripe\n"
        "ben@example.org;Silver;1.200,50;EUR;every 3 months;trialing;05.01.2027;PayPal\n"
        "old@example.org;Gold;49,00;EUR;month;canceled;;Stripe\n"
        "odd@example.org;Gold;a lot;EUR;month;active;31.12.2026;Stripe\n"
        ";Gold;49,00;EUR;month;active;31.12.2026;Stripe\n"
        "day@example.org;Gold;49,00;EUR;month;active;soon;Stripe\n"
        "moon@example.org;Gold;49,00;EUR;full moon;active;31.12.2026;Stripe\n"
    )
    page = text_of(send(consultant, text))
    assert "2 payments added, 1 ended and left out, 4 not taken" in page
    assert "odd@example.org" not in page
    rows = project.payments.order_by("pk").values_list("who", "amount", "every", "unit", "next_bill", "gateway")
    assert list(rows) == [
        ("maya@example.org", Decimal("49.00"), 1, "month", date(2026, 12, 31), "Stripe"),
        ("ben@example.org", Decimal("1200.50"), 3, "month", date(2027, 1, 5), "PayPal"),
    ]
    assert "0 payments added" in text_of(send(consultant, text))
    assert not StoredFile.objects.filter(project=project).exists()  # the file itself is not kept
    consultant.post(f"{HERE}batches/{project.payment_batches.get().pk}/undo/")
    assert not project.payments.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(90), "."),
        (b"PK\x03\x04" + bytes(200), "."),
        (b"email,amount\n", "no rows under a header"),
        (b"colour,size\nred,3\n", "No column says who pays"),
        (b"email,amount\n" + b"a@example.org,1\n" * 10_001, "more than 10,000 rows"),
        (b"email,amount\n" + b"x" * (5 * 1024 * 1024), "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_list_ends_in_a_sentence(content, sentence, project, consultant):
    answer = send(consultant, content)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not project.payments.exists()


def test_a_list_that_was_checked_here_is_taken_in_without_a_file(project, sibling, consultant):
    assert "A list that was checked here" not in text_of(consultant.get(f"{HERE}import/"))
    told = "Email,Plan,Amount,Currency,Interval,Status\n{},Gold,120.00,USD,year,active\n"
    for where, who in ((project, "ada@example.org"), (sibling, "eve@example.org")):
        services.judge_now(contact_file(where, told.format(who), name="members.csv", kind="subscriptions"))
    own, other = project.result_lists.get(), sibling.result_lists.get()
    assert "members-running.csv, 1 subscription" in text_of(consultant.get(f"{HERE}import/"))
    assert consultant.post(f"{HERE}import/", {"judged": other.pk}).status_code == 422
    assert consultant.post(f"{HERE}import/", {"judged": own.pk}).status_code == 200
    row = project.payments.get()
    assert (row.email, row.amount, row.unit) == ("ada@example.org", Decimal(120), "year")


def test_the_register_goes_out_as_a_workbook_that_comes_back(project, consultant, tmp_path):
    pay(project, "=HYPERLINK(1)", next_bill=date(2026, 12, 31))
    pay(project, "Done Dora", decision="keep", is_done=True)
    answer = consultant.get(f"{HERE}workbook/?show=undecided")
    (tmp_path / "list.xlsx").write_bytes(answer.content)
    rows = [cells for _, cells in open_table(tmp_path / "list.xlsx")[0].rows()]
    assert len(rows) == 2
    assert rows[1][3] == 49
    paying.remove(project.payments.all(), project, by=None)
    assert "1 payment added" in text_of(send(consultant, answer.content, "list.xlsx"))
    assert project.payments.get().next_bill == date(2026, 12, 31)


def test_names_are_in_no_log_and_gone_when_deleted(project, consultant):
    row = pay(project, "Secret Sam", email="sam@example.org")
    values = FORM | {"who": "Secret Sue", "email": "sue@example.org", "version": row.version, "decision": "keep"}
    consultant.post(f"{HERE}{row.pk}/", values)
    bulk(consultant, [row], "run_out")
    assert "cannot be undone" in text_of(bulk(consultant, [row], "delete"))
    assert project.payments.exists()
    bulk(consultant, [row], "delete", sure="yes")
    assert not Payment.objects.exists()
    logged = str(list(Activity.objects.values())) + str(list(Fact.objects.values()))
    logged += str(list(project.payment_batches.values()))
    assert "deleted 1 payment" in logged
    assert not any(word in logged for word in ("Secret", "sam@", "sue@"))


def test_a_row_of_another_project_is_not_there(consultant, foreign):
    row = pay(foreign, next_bill=timezone.localdate() + timedelta(days=3))
    batch = foreign.payment_batches.create(label="x", before=[[row.pk, 1, None]])
    assert consultant.get(f"{HERE}{row.pk}/").status_code == 404
    assert consultant.post(f"{HERE}batches/{batch.pk}/undo/").status_code == 404
    bulk(consultant, [row], "delete", sure="yes")
    assert Payment.objects.filter(pk=row.pk).exists()
