"""The gallery's door, and the pages that say what went wrong."""

import pytest
from django.template.loader import render_to_string


def test_the_gallery_is_shown_while_debugging(client, settings, db):
    settings.DEBUG = True
    answer = client.get("/ui/gallery/")
    assert answer.status_code == 200
    assert "Gallery of parts" in answer.content.decode()


def test_the_gallery_does_not_exist_otherwise(client, settings, db):
    settings.DEBUG = False
    assert client.get("/ui/gallery/").status_code == 404


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_a_fault_page_needs_no_request_and_no_database(name):
    html = render_to_string(name)
    assert "<h1>" in html
    assert 'href="/"' in html


@pytest.mark.parametrize("name", ["403.html", "404.html", "429.html"])
def test_an_error_page_says_what_to_do_in_the_words_it_is_given(name):
    assert "Ask &lt;Mara&gt;." in render_to_string(name, {"title": "Closed", "message": "Ask <Mara>."})
    assert "None" not in render_to_string(name)


def test_the_sign_in_page_is_ours(client, db):
    html = client.get("/accounts/login/").content.decode()
    assert "calm-card" in html
    assert 'name="password"' in html
    assert "top-person" not in html


def test_the_top_bar_of_a_person_signs_out_by_post(consultant):
    html = consultant.get("/accounts/password/change/").content.decode()
    assert 'action="/accounts/logout/"' in html
    assert 'href="/me/"' in html
