"""The list of domains, adding some, one domain, its edit and its end; and the helper's page."""

import pytest

from apps.domains.models import Domain
from apps.jobs.models import Job
from apps.projects.models import Activity, Role
from tests import factories

URL = "/projects/move/domains/"


def add(client, names, **more):
    return client.post(URL, {"names": names, "shows_pages": "on", "sends_mail": "on", **more})


def names(project):
    return [domain.name for domain in project.domains.all()]


def test_names_are_added_once_checked_at_once_and_logged(consultant, project):
    answer = add(consultant, "Sunrise-Yoga.example\nhttps://kurse.sunrise-yoga.example/x, bücher.example")
    assert answer.status_code == 302
    assert names(project) == ["kurse.sunrise-yoga.example", "sunrise-yoga.example", "xn--bcher-kva.example"]
    job = Job.objects.get()
    assert sorted(job.args["domain_ids"]) == sorted(project.domains.values_list("pk", flat=True))
    assert Activity.objects.filter(project=project, verb="added the domain").count() == 3
    assert "bücher.example" in consultant.get(URL).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("my domain", "no spaces"),
        ("localhost", "whole domain"),
        ("co.uk", "whole domain"),
        ("_dmarc.example.org", "underscore"),
        ("x" * 10_000, "253 characters"),
        ("x" * 30_000, "at most"),
        ("exa\x00mple.org", "Null characters"),
        ("", "required"),
        ("\n".join(f"d{number}.example" for number in range(101)), "at most 100"),
    ],
)
def test_bad_names_get_a_sentence_and_nothing_typed_is_lost(consultant, project, typed, words):
    answer = add(consultant, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert names(project) == []
    if typed and len(typed) < 10_000 and "\x00" not in typed:
        assert typed.splitlines()[0] in page


def test_a_name_that_is_there_is_told(consultant, project):
    add(consultant, "example.org")
    answer = add(consultant, "example.org\nother.example")
    assert "is here already" in answer.content.decode()
    assert names(project) == ["example.org"]


def test_the_list_asks_the_same_number_of_questions_however_long(consultant, project, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            consultant.get(URL)
        return len(asked)

    Domain.objects.create(project=project, name="a.example", shown="a.example")
    few = count()
    Domain.objects.bulk_create(
        Domain(project=project, name=f"d{number}.example", shown=f"d{number}.example") for number in range(40)
    )
    assert count() == few <= 25


def test_two_people_editing_one_domain_lose_nothing(consultant, owner, project):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    url = f"{domain.get_absolute_url()}edit/"
    old = domain.version
    first = consultant.post(url, {"version": old, "selectors": "k1", "notes": "first", "pasted": ""})
    second = owner.post(url, {"version": old, "selectors": "", "notes": "second", "pasted": ""})
    assert (first.status_code, second.status_code) == (302, 409)
    page = second.content.decode()
    assert "first" in page
    assert "second" in page
    domain.refresh_from_db()
    assert domain.notes == "first"


@pytest.mark.parametrize("pasted", ["nonsense", "a b", "host SRV x", "www CNAME"])
def test_pasted_values_that_are_not_read_are_told(consultant, project, pasted):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    answer = consultant.post(f"{domain.get_absolute_url()}edit/", {"version": domain.version, "pasted": pasted})
    assert answer.status_code == 422
    assert "write host, type" in answer.content.decode()


def test_pasted_values_are_kept_for_the_next_check(consultant, project):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    data = {"version": domain.version, "pasted": "k1._domainkey CNAME dkim1.kartra.example\n\nwww cname x.kartra.com"}
    assert consultant.post(f"{domain.get_absolute_url()}edit/", data).status_code == 302
    domain.refresh_from_db()
    assert [row["type"] for row in domain.own_values] == ["CNAME", "CNAME"]


def test_deleting_asks_for_the_name(consultant, project):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    url = f"{domain.get_absolute_url()}delete/"
    consultant.post(url, {"confirm_name": "example.com"})
    assert names(project) == ["example.org"]
    consultant.post(url, {"confirm_name": "example.org"})
    assert names(project) == []


@pytest.mark.parametrize("number", ["99999", "x", "9" * 30, "٣", ""])
def test_an_older_check_that_is_not_there_shows_the_newest(consultant, project, number):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    assert consultant.get(domain.get_absolute_url(), {"check": number}).status_code == 200


def test_a_helper_sees_the_records_to_set_and_nothing_else(helper, project):
    Domain.objects.create(project=project, name="example.org", shown="example.org", notes="between us")
    page = helper.get("/projects/move/dns-records/").content.decode()
    assert "example.org" in page
    assert "between us" not in page
    assert helper.get(URL).status_code == 403
    assert helper.get("/projects/move/", follow=True).redirect_chain[-1][0] == "/projects/move/dns-records/"


def test_a_foreign_domain_is_not_there(consultant, project):
    other = factories.project(slug="elsewhere-move")
    domain = Domain.objects.create(project=other, name="example.org", shown="example.org")
    for path in ("", "edit/", "check/", "delete/"):
        method = consultant.get if path in ("", "edit/") else consultant.post
        assert method(f"/projects/move/domains/{domain.pk}/{path}").status_code == 404
    assert Role.HELPER < Role.CLIENT
