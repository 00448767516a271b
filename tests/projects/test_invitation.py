"""Invitations work once, for one person, for seven days (promise P14)."""

import re
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import OrganisationMembership, User
from apps.projects.models import Invitation, Membership, Role
from tests import factories


@pytest.fixture
def link(consultant) -> str:
    """The path of a fresh invitation for a client."""
    consultant.post("/projects/move/people/", {"email": "New@Example.org", "role": "20"})
    page = consultant.get("/projects/move/people/").content.decode()
    return re.search(r"/invitations/[\w-]+/", page)[0]


JOIN = {"name": "Nora New", "password": "a long pass phrase"}


def test_opening_the_link_changes_nothing(link):
    answer = Client().get(link)
    assert answer.status_code == 200
    assert not User.objects.filter(email="new@example.org").exists()
    assert Invitation.objects.get().state == "open"


def test_the_button_makes_the_person_signs_in_and_opens_the_project(link, project):
    browser = Client()
    answer = browser.post(link, JOIN)
    assert answer.url == "/projects/move/"
    assert Membership.objects.get(project=project, user__email="new@example.org").role == Role.CLIENT
    assert browser.get("/me/").status_code == 200


def test_it_does_not_work_twice(link):
    Client().post(link, JOIN)
    assert Client().post(link, JOIN).status_code == 410
    assert User.objects.filter(email="new@example.org").count() == 1


def test_it_does_not_work_after_it_was_taken_back_or_a_week_has_passed(link, consultant):
    row = Invitation.objects.get()
    consultant.post(f"/projects/move/invitations/{row.pk}/revoke/")
    assert Client().post(link, JOIN).status_code == 410
    Invitation.objects.update(revoked_at=None, expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(link, JOIN).status_code == 410
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_changed_token_is_no_token(link):
    changed = link[:-3] + ("aa/" if link[-3:-1] != "aa" else "bb/")
    assert Client().post(changed, JOIN).status_code == 410


def test_it_does_not_let_somebody_else_in(link, stranger, project):
    assert stranger.post(link, JOIN).status_code == 403
    assert not Membership.objects.filter(project=project, user=stranger.person).exists()
    assert Invitation.objects.get().state == "open"


def test_a_known_person_signs_in_first(link, project, signed_in):
    user = factories.person("new@example.org")
    page = Client().get(link)
    assert "/accounts/login/?next=" in page.content.decode()
    assert signed_in(user).post(link).status_code == 302
    assert Membership.objects.filter(project=project, user=user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_person(link):
    answers = []

    def click():
        answers.append(Client().post(link, JOIN).status_code)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(302) == 1
    assert set(answers) <= {302, 410, 200}  # 200: late enough to find the person known, he is asked to sign in
    assert User.objects.filter(email="new@example.org").count() == 1


def test_a_consultant_cannot_bring_a_new_consultant_into_the_consultancy_but_an_owner_can(consultant, owner, project):
    fields = {"email": "new@example.org", "role": str(int(Role.CONSULTANT))}
    answer = consultant.post("/projects/move/people/", fields)
    assert answer.status_code == 422
    assert "Only an owner" in answer.content.decode()
    owner.post("/projects/move/people/", fields)
    link = re.search(r"/invitations/[\w-]+/", owner.get("/projects/move/people/").content.decode())[0]
    Client().post(link, JOIN)
    assert OrganisationMembership.objects.get(user__email="new@example.org").role == "consultant"


def test_without_a_mail_server_the_mail_is_kept_for_the_owner(settings, owner, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "apps.accounts.mail.Outbox"
    with django_capture_on_commit_callbacks(execute=True):
        owner.post("/projects/move/people/", {"email": "new@example.org", "role": "20"})
    page = owner.get("/consultancies/north-star/mails/").content.decode()
    assert "Your invitation to Sunrise Yoga" in page
    assert mail.outbox == []
