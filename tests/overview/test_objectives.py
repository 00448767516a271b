"""Why we move: objectives, what was measured, by whom it may be, and what the chart says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.overview.models import Measurement, Objective
from apps.overview.objectives import chart_of, shown
from apps.projects.models import Activity

URL = "/projects/move/objectives/"
FORM = {"sentence": "Mail lands in spam", "metric": "Opening rate", "unit": "%", "baseline": "18", "target": "30",
        "direction": "up", "due": "2027-03-01"}  # fmt: skip


@pytest.fixture
def objective(consultant, project):
    assert consultant.post(f"{URL}new/", FORM).status_code == 302
    return Objective.objects.get()


def measure(browser, objective, value, on=None):
    day = on or objective.project.today
    return browser.post(f"{URL}{objective.pk}/measure/", {"value": value, "on": day})


def test_the_client_reads_why_and_the_log_says_who_wrote_it(client_person, consultant, objective):
    text = client_person.get(URL).content.decode()
    assert "Mail lands in spam" in text
    assert "Not measured yet" in text
    assert "Add an objective" not in text
    assert "Mail lands in spam" in client_person.get("/projects/move/progress/").content.decode()
    assert Activity.objects.about(objective).get().actor == consultant.person


@pytest.mark.parametrize(
    ("direction", "baseline", "target", "value", "words"),
    [
        ("up", 18, 30, 31, "Reached"), ("up", 18, 30, 30, "Reached"), ("up", 18, 30, 20, "Not yet"),
        ("up", 18, 30, 17, "Worse than before"), ("down", 300, 100, 90, "Reached"), ("down", 300, 100, 299, "Not yet"),
        ("down", 300, 100, 301, "Worse than before"),
    ],
)  # fmt: skip
def test_a_measured_value_is_judged_by_the_way_that_is_better(
    consultant, project, direction, baseline, target, value, words
):
    row = Objective.objects.create(
        project=project, sentence="Why", metric="What", baseline=baseline, target=target, direction=direction
    )
    measure(consultant, row, value)
    assert words in consultant.get(URL).content.decode()


def test_the_newest_day_counts_and_a_day_has_one_value(consultant, objective):
    today = objective.project.today
    measure(consultant, objective, 31, today - timedelta(days=3))
    measure(consultant, objective, 12, today)
    measure(consultant, objective, "19.5", today)
    assert [one.value for one in Measurement.objects.all()] == [Decimal("31.00"), Decimal("19.50")]
    assert Activity.objects.about(objective).first().changes == {
        f"Opening rate, {today:%d %b %Y}": ["12", "19.5"]
    }  # fmt: skip
    text = consultant.get(URL).content.decode()
    assert "Not yet" in text
    assert "<circle" in text
    assert "wanted 30" in text


def test_the_client_measures_only_where_he_is_let_and_takes_out_only_his_own(client_person, consultant, objective):
    assert measure(client_person, objective, 20).status_code == 403
    consultant.post(f"{URL}{objective.pk}/", FORM | {"version": objective.version, "client_measures": "on"})
    assert measure(client_person, objective, 20).status_code == 302
    measure(consultant, objective, 25, objective.project.today - timedelta(days=1))
    theirs, his = Measurement.objects.all()
    assert client_person.post(f"/projects/move/measurements/{theirs.pk}/delete/").status_code == 403
    assert client_person.post(f"/projects/move/measurements/{his.pk}/delete/").status_code == 302
    assert Measurement.objects.get() == theirs


@pytest.mark.parametrize("value", ["", "many", "1e99", "NaN", "12345678901234567890"])
def test_what_is_no_number_is_said_so_and_stays_in_its_field(consultant, objective, value):
    answer = measure(consultant, objective, value)
    assert answer.status_code == 422
    assert f'value="{value}"' in answer.content.decode()
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("day", ["", "tomorrow", "1999-12-31", "0001-01-01", "2999-01-01"])
def test_a_day_that_cannot_be_is_refused(consultant, objective, day):
    assert consultant.post(f"{URL}{objective.pk}/measure/", {"value": 1, "on": day}).status_code == 422


def test_a_value_wanted_must_be_better_than_the_one_before(consultant, project):
    answer = consultant.post(f"{URL}new/", FORM | {"direction": "down"})
    assert answer.status_code == 422
    assert "not better than the one before" in answer.content.decode()


def test_a_stale_edit_is_told_both_texts(consultant, objective):
    consultant.post(f"{URL}{objective.pk}/", FORM | {"version": 1, "sentence": "The first one's words"})
    answer = consultant.post(f"{URL}{objective.pk}/", FORM | {"version": 1, "sentence": "The second one's words"})
    assert answer.status_code == 409
    for words in ("first one", "second one"):
        assert words in answer.content.decode()


@pytest.mark.parametrize("values", [[18], [18, 18], [30, 18, 500], [-5, 0]])
def test_every_point_of_the_chart_stands_inside_it(project, values):
    row = Objective.objects.create(project=project, sentence="Why", metric="What", baseline=18, target=18)
    for number, value in enumerate(values):
        Measurement.objects.create(project=project, objective=row, value=value, on=date(2026, 1, 1 + number))
    (row,) = shown(project)
    chart = chart_of(row)
    assert all(0 <= x <= chart.width and 0 <= y <= chart.height for x, y, _ in chart.points)
    assert [x for x, _, _ in chart.points] == sorted(x for x, _, _ in chart.points)


def test_an_objective_goes_with_its_values_and_the_log_keeps_its_sentence(consultant, objective):
    measure(consultant, objective, 20)
    consultant.post(f"{URL}{objective.pk}/delete/")
    assert not Measurement.objects.exists()
    assert Activity.objects.filter(verb="deleted the objective", subject_label="Mail lands in spam").exists()
