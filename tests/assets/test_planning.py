"""Usual decisions of the pair of platforms, and what carries the revenue."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.assets import deciding, services
from apps.assets.models import Asset, Batch

DEFAULTS = "/projects/move/inventory/defaults/"


@pytest.fixture
def mixed(project):
    rows = [("Home", "landing_page", "active"), ("Old", "sales_page", "obsolete"), ("Buyers", "tag", "active"),
            ("Monthly plan", "subscription", "active"), ("Ours", "own-99", "active")]  # fmt: skip
    return [Asset.objects.create(project=project, name=n, kind=k, current_status=c) for n, k, c in rows]


def test_defaults_come_from_the_target_with_source_and_date(consultant, project, mixed):
    rows = {one.key: one for one in deciding.defaults(project)}
    assert rows["landing_page"].status == "rebuild"
    assert rows["tag"].status == "migrate"
    assert (rows["subscription"].move, rows["subscription"].status) == ("Cannot be moved", "")
    assert rows["obsolete"].status == "archive"
    assert "sales_page" not in rows
    page = consultant.get(DEFAULTS).content.decode()
    assert "Kartra migration guide, step 2, read 1 Nov 2026" in page


def test_defaults_are_suggested_or_decided_and_taken_back(consultant, project, mixed):
    data = {"kind": ["landing_page", "tag", "obsolete"], "status-landing_page": "rebuild", "status-tag": "migrate",
            "status-obsolete": "archive", "hours": "yes", "as": "suggest"}  # fmt: skip
    consultant.post(DEFAULTS, data)
    home = project.assets.get(name="Home")
    assert (home.required_status, home.suggestion, home.suggestion_why) == ("", "rebuild", "Must be rebuilt: Kartra.")
    assert home.effort_hours == Decimal("3.0")
    assert project.assets.get(name="Monthly plan").suggestion == ""
    services.undo(Batch.objects.get(), by=None)
    home.refresh_from_db()
    assert (home.suggestion, home.effort_hours) == ("", None)
    consultant.post(DEFAULTS, data | {"as": "decide", "once": "other"})
    assert dict(project.assets.exclude(required_status="").values_list("name", "required_status")) == {
        "Home": "rebuild", "Old": "archive", "Buyers": "migrate",
    }  # fmt: skip


def test_what_is_decided_already_is_left_alone(consultant, project, mixed):
    Asset.objects.filter(name="Home").update(required_status="archive")
    consultant.post(DEFAULTS, {"kind": "landing_page", "status-landing_page": "rebuild", "as": "decide"})
    assert project.assets.get(name="Home").required_status == "archive"


@pytest.mark.parametrize("status", ["burn", "", "undecided"])
def test_a_status_that_is_none_changes_nothing(consultant, project, mixed, status):
    consultant.post(DEFAULTS, {"kind": ["tag", "nonsense"], "status-tag": status, "as": "decide"})
    assert project.assets.undecided().count() == 5


# --- priority ---------------------------------------------------------------------------------------------------------


def test_parts_count_with_what_they_stand_in_and_archive_is_left_out(project):
    funnel = Asset.objects.create(project=project, name="Funnel", kind="funnel", revenue=10, effort_hours=1)
    Asset.objects.create(project=project, name="Page", kind="sales_page", revenue=90, effort_hours=4, parent=funnel)
    Asset.objects.create(project=project, name="Shop", kind="product", revenue=50, effort_hours=1)
    Asset.objects.create(project=project, name="Gone", kind="product", revenue=999, required_status="archive")
    order = deciding.ranked(project, 40)
    assert [(one.name, one.revenue, one.hours, one.count, one.share) for one in order] == [
        ("Funnel", 100, 5, 2, Decimal("66.7")), ("Shop", 50, 1, 1, Decimal("100.0")),
    ]  # fmt: skip
    assert [one.name for one in deciding.ranked(project, 40, per_hour=True)] == ["Shop", "Funnel"]


def test_the_page_says_how_much_the_first_fifth_carries(consultant, project):
    for number in range(10):
        Asset.objects.create(project=project, name=f"P{number}", kind="product", revenue=1000 if number < 2 else 10)
    page = consultant.get("/projects/move/inventory/priority/").content.decode()
    assert "The first 2 of 10 assets carry <b>96.2 %</b> of 2,080 a month" in page
    assert page.count("first fifth") == 2
    assert "<polyline" in page


def test_without_revenue_the_page_says_what_to_do(consultant, project, mixed):
    assert "No revenue is known yet" in consultant.get("/projects/move/inventory/priority/").content.decode()


def test_a_circle_of_parents_does_no_harm(project):
    first = Asset.objects.create(project=project, name="A", kind="funnel", revenue=1)
    second = Asset.objects.create(project=project, name="B", kind="funnel", revenue=2, parent=first)
    Asset.objects.filter(pk=first.pk).update(parent=second)
    order = deciding.ranked(project, 40)
    assert sum(one.revenue for one in order) <= 3


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 100)), min_size=1, max_size=60))
def test_the_curve_never_falls_and_ends_at_everything(rows):
    groups = [
        deciding.Group(at, str(at), "Product", Decimal(revenue), Decimal(hours))
        for at, (revenue, hours) in enumerate(rows)
    ]
    order = sorted(groups, key=lambda one: -one.revenue)
    total = sum((one.revenue for one in groups), Decimal(0))
    points = deciding.curve(deciding._summed(order, total, len(groups)), points=7)
    assert points[0] == (0.0, 0.0)
    assert points == sorted(points)
    assert points[-1] == (100.0, 100.0 if total else 0.0)
