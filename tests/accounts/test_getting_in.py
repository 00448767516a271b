"""Signing in, personal links, and guessing that is slowed without locking owners out (promise P13)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organisation, PersonalLink
from apps.projects.models import Membership, Role
from tests import factories

LOGIN = "/accounts/login/"


def sign_in(email: str, password: str, address: str = "127.0.0.1", **headers):
    return Client(REMOTE_ADDR=address).post(LOGIN, {"login": email, "password": password}, headers=headers)


@pytest.fixture
def person(db):
    return factories.person("dana@example.org", password="a long pass phrase")


def test_the_right_password_opens_the_projects(person):
    assert sign_in("Dana@Example.org", "a long pass phrase").url == "/projects/"


def test_guessing_is_blocked_after_ten_tries_at_most_and_the_owner_gets_in_from_elsewhere(person):
    bodies = [sign_in("dana@example.org", f"guess {n}", "198.51.100.7").content.decode() for n in range(11)]
    assert "Too many" in bodies[-1]
    blocked = sign_in("dana@example.org", "a long pass phrase", "198.51.100.7")
    assert blocked.status_code != 302
    assert sign_in("dana@example.org", "a long pass phrase", "203.0.113.9").status_code == 302


def test_a_forged_forwarded_for_header_does_not_help_the_guesser(person):
    for n in range(11):
        sign_in("dana@example.org", f"guess {n}", "198.51.100.7", **{"X-Forwarded-For": f"203.0.113.{n}"})
    last = sign_in("dana@example.org", "a long pass phrase", "198.51.100.7", **{"X-Forwarded-For": "203.0.113.99"})
    assert last.status_code != 302


def test_known_and_unknown_names_are_answered_alike(person):
    known, unknown = (sign_in(name, "wrong") for name in ("dana@example.org", "nobody@example.org"))
    assert known.status_code == unknown.status_code

    def words(answer):
        return re.sub(r'value="[^"]*"|X-CSRFToken[^}]*|[\w.]+@example\.org', "", answer.content.decode())

    assert words(known) == words(unknown)


def test_signing_in_does_not_lead_away(person):
    answer = Client().post(
        f"{LOGIN}?next=https://evil.example/", {"login": "dana@example.org", "password": "a long pass phrase"}
    )
    assert answer.url == "/projects/"


@pytest.fixture
def link(consultant, client_person, project) -> str:
    membership = Membership.objects.get(project=project, user=client_person.person)
    consultant.post(f"/projects/move/people/{membership.pk}/link/")
    return re.search(r"/links/[\w-]+/", consultant.get("/projects/move/people/").content.decode())[0]


def test_a_personal_link_shows_one_button_and_only_the_button_signs_in(link):
    browser = Client()
    assert browser.get(link).status_code == 200
    assert browser.get("/me/").status_code == 302
    assert browser.post(link).url == "/projects/move/"
    assert browser.get("/me/").status_code == 200


def test_a_personal_link_ends_by_time_by_hand_and_by_a_newer_one(link, consultant, client_person, project):
    row = PersonalLink.objects.get()
    PersonalLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(link).status_code == 410
    PersonalLink.objects.update(expires_at=row.expires_at)
    membership = Membership.objects.get(project=project, user=client_person.person)
    consultant.post(f"/projects/move/people/{membership.pk}/link/")
    assert Client().post(link).status_code == 410
    newest = re.search(r"/links/[\w-]+/", consultant.get("/projects/move/people/").content.decode())[0]
    consultant.post(f"/projects/move/people/{membership.pk}/link/revoke/")
    assert Client().post(newest).status_code == 410


def test_nobody_gets_a_link_into_what_other_consultancies_opened_to_a_person(consultant, project, foreign):
    user = factories.person("both@example.org")
    place = factories.member(project, user, Role.CLIENT)
    factories.member(foreign, user, Role.CLIENT)
    consultant.post(f"/projects/move/people/{place.pk}/link/")
    assert not PersonalLink.objects.exists()


def test_the_first_owner_starts_a_consultancy_and_then_the_page_is_closed(db):
    fields = {
        "organisation": "North Star", "name": "Olga Owner", "email": "olga@example.org",
        "time_zone": "Europe/Berlin", "password": "a long pass phrase",
    }  # fmt: skip
    browser = Client()
    assert browser.get("/start/").status_code == 200
    assert browser.post("/start/", fields | {"password": "short"}).status_code == 422
    assert browser.post("/start/", fields).url == "/projects/"
    assert Organisation.objects.get().memberships.get().role == "owner"
    assert Client().get("/start/").status_code == 404


def test_trying_links_is_slowed(db):
    answers = [Client(REMOTE_ADDR="198.51.100.8").post(f"/links/guess{n}/").status_code for n in range(25)]
    assert answers[0] == 410
    assert answers[-1] == 429
