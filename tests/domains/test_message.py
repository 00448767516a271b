"""The page that judges a test message: who may, what it says, and that nothing of the message stays."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from apps.domains.models import Domain
from tests.engine.dns.mails import KEY, mail, received, signed


@pytest.fixture
def url(project, name_server):
    name_server.zone = dict(name_server.zone) | {"s1._domainkey.example.org": {"TXT": [KEY]}}
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org", client_sees=True)
    return f"{domain.get_absolute_url()}message/"


def upload(data):
    return {"file": SimpleUploadedFile("secret name.eml", data, "message/rfc822")}


def test_a_consultant_and_the_client_may_judge_a_saved_message(consultant, client_person, url):
    for person in (consultant, client_person):
        page = person.post(url, upload(received(signed(mail()))))
        assert page.status_code == 200
        assert "vouches for example.org" in page.content.decode()
        assert "no-store" in page["Cache-Control"]


def test_pasted_headers_are_read_as_what_the_receiver_said(consultant, url):
    head = received(signed(mail())).partition(b"\r\n\r\n")[0].decode()
    page = consultant.post(url, {"pasted": head}).content.decode()
    assert "only the headers are here" in page
    assert "mx.receiver.example" in page


def test_nothing_of_the_message_is_shown_again_or_stored(consultant, url, settings):
    before = dump()
    data = received(signed(mail("<script>alert(1)</script> <maya@example.org>")))
    page = consultant.post(url, upload(data)).content.decode()
    for word in ("private words", "Hello there", "alert(1)", "secret name"):
        assert word not in page
        assert word not in dump()
    assert dump().count("example.org") == before.count("example.org")
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.rglob("*.upload*"))


def dump():
    """Every row of every table."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if "session" not in table:
                cursor.execute(f'SELECT * FROM "{table}"')
                rows += cursor.fetchall()
    return repr(rows)


def test_scripts_in_headers_stay_text(consultant, url):
    data = received(mail(), results="spf=pass<b> smtp.mailfrom=<script>alert(1)</script>@example.org")
    assert "<script>alert(1)" not in consultant.post(url, upload(data)).content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a saved message"),
        ({"pasted": "   "}, "Choose a saved message"),
        ({"pasted": "hello"}, "no From line"),
        ({"file": SimpleUploadedFile("x.eml", b"x" * 5_000_001)}, "larger than 5 MB"),
        ({"pasted": "x" * 1_000_001}, "at most"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(consultant, url, given, words):
    answer = consultant.post(url, given)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_form_is_guarded_against_other_sites(consultant, url):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = consultant.cookies
    assert strict.post(url, upload(mail())).status_code == 403


def test_a_foreign_domain_is_not_there(consultant, url):
    assert consultant.get("/projects/move/domains/999999/message/").status_code == 404


def test_a_helper_may_not(helper, url):
    assert helper.get(url).status_code == 403
