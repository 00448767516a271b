"""A form sent several times acts once (promise P6)."""

import threading
import uuid

import pytest
from django.db import connection

from apps.projects.models import Invitation
from apps.ui.models import OnceToken

URL = "/projects/move/people/"


def form(token: str = "", email: str = "new@example.org") -> dict:
    return {"email": email, "role": "20", "once": token or uuid.uuid4().hex}


def test_the_second_sending_does_nothing_and_arrives_at_the_same_page(consultant):
    fields = form()
    first, second = consultant.post(URL, fields), consultant.post(URL, fields)
    assert first.status_code == second.status_code == 302
    assert second.url == first.url
    assert Invitation.objects.count() == 1


def test_a_form_with_an_error_may_be_sent_again_with_the_same_token(consultant):
    fields = form(email="no address")
    assert consultant.post(URL, fields).status_code == 422
    assert consultant.post(URL, fields | {"email": "new@example.org"}).status_code == 302
    assert Invitation.objects.count() == 1


def test_somebody_elses_token_is_another_token(consultant, owner):
    fields = form()
    consultant.post(URL, fields)
    owner.post(URL, fields | {"email": "other@example.org"})
    assert Invitation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_equal_posts_at_once_make_one_row(consultant, signed_in, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"invite": "10000/h/user"}
    for round_number in range(5):
        fields = form(email=f"round{round_number}@example.org")
        answers = []

        def send(fields=fields, answers=answers):
            answers.append(signed_in(consultant.person).post(URL, fields).status_code)
            connection.close()

        threads = [threading.Thread(target=send) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [302] * 10
        assert Invitation.objects.count() == round_number + 1
    assert OnceToken.objects.count() == 5
