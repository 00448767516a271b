"""The fact that the pages and memberships which move are built; a domain's change plan waits for it."""

import pytest

from apps.assets import services
from apps.assets.models import Asset
from apps.domains.planning import essentials_built
from apps.findings.models import Fact


def said(project):
    fact = Fact.objects.get(project=project, key="inventory.essentials_built")
    return fact.verdict, fact.reason


@pytest.fixture
def sales(project):
    return services.add_asset(project, by=None, name="Retreat", kind="sales_page", required_status="rebuild")


def test_a_page_that_moves_is_waited_for_until_it_is_built(project, sales, consultant):
    assert said(project) == ("not_ready", "Not built yet: Retreat.")
    assert essentials_built(project) is False
    services.change_asset(sales, by=consultant.person, version=sales.version, progress="built")
    assert said(project) == ("ready", "All 1 pages and memberships that move are built.")
    assert essentials_built(project) is True


def test_progress_set_for_many_at_once_counts_too(project, sales, consultant):
    services.change_many(project, project.assets.all(), field="progress", value="live", label="x", by=consultant.person)
    assert essentials_built(project) is True


def test_what_no_domain_shows_and_what_stays_behind_is_not_waited_for(project, sales, consultant):
    services.add_asset(project, by=None, name="Welcome", kind="email_sequence", required_status="rebuild")
    services.add_asset(project, by=None, name="Old page", kind="landing_page", required_status="archive")
    services.change_asset(sales, by=consultant.person, version=sales.version, progress="tested")
    assert essentials_built(project) is True


def test_an_undecided_course_holds_it_up_and_internal_names_stay_inside(project, sales, consultant):
    Asset.objects.filter(pk=sales.pk).update(client_sees=False)
    services.publish_essentials(project)
    assert said(project) == ("not_ready", "Not built yet: 1 internal.")
    services.change_asset(sales, by=consultant.person, version=sales.version, progress="built")
    services.add_asset(project, by=None, name="Course", kind="course")
    assert said(project) == ("not_ready", "Undecided pages and memberships: 1.")


def test_an_inventory_without_pages_says_nothing(project):
    services.add_asset(project, by=None, name="Welcome", kind="email_sequence", required_status="rebuild")
    assert said(project)[0] == "unknown"
    assert essentials_built(project) is None
