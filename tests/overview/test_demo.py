"""The demo: two consultancies, three projects, people of every role; safe to run twice."""

import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.projects.models import Activity, Project


@pytest.fixture
def loaded(db, capsys):
    call_command("demo", password="Zebra-Quartz-7", json=True)
    return json.loads(capsys.readouterr().out)


def counts():
    return {
        project.slug: (
            project.items.count(),
            project.assets.count(),
            project.domains.count(),
            project.domain_checks.count(),
            project.payments.count(),
            project.runs.count(),
        )
        for project in Project.objects.all()
    }


def test_it_fills_three_projects_at_different_stages(loaded):
    assert Organisation.objects.count() == 2
    projects = {project.slug: project for project in Project.objects.all()}
    routes = {slug: (project.sources, project.target) for slug, project in projects.items()}
    assert routes["sunrise-yoga"] == (["mailchimp", "wordpress"], "kartra")
    assert routes["peak-coaching"] == (["clickfunnels"], "highlevel")
    bakery = projects["bay-bakery-school"]
    assert bakery.go_live < timezone.now() < bakery.hold_until
    done = {slug: project.items.settled().count() for slug, project in projects.items()}
    assert 0 < done["peak-coaching"] < done["sunrise-yoga"] < done["bay-bakery-school"]
    files = projects["sunrise-yoga"].contact_files.with_status()
    assert sorted(file.kind for file in files) == ["contacts", "purchases", "subscriptions"]
    file = files.get(kind="contacts")
    assert file.latest_check.records == 2412
    assert file.latest_check.has_errors
    assert all(project.domains.count() == project.domain_checks.count() > 0 for project in projects.values())


def test_the_switch_is_prepared_in_one_project_and_told_of_in_another(loaded):
    projects = {project.slug: project for project in Project.objects.all()}
    for slug in ("sunrise-yoga", "bay-bakery-school"):
        mine = projects[slug]
        for name in ("redirects", "journey_runs", "payments", "accounts", "rollbacks", "objectives", "runsteps"):
            assert getattr(mine, name).exists(), (slug, name)
    browser = Client()
    victor = next(one for one in loaded["people"] if one["email"] == "victor@harbour.example")
    browser.post("/accounts/login/", {"login": victor["email"], "password": victor["password"]})
    text = browser.get("/projects/bay-bakery-school/cutover/report/").content.decode()
    for words in ("Go with 2 accepted risks", "Way back started (aborted): Checkout", "The registrar asked", "Reached"):
        assert words in text, words


def test_no_done_item_stands_behind_a_shut_gate(loaded):
    for project in Project.objects.all():
        for item in project.items.filter(state="done").exclude(done_how="override"):
            assert not item.blockers, item


def test_running_it_twice_changes_nothing_but_passwords(loaded, capsys):
    before, lines = counts(), Activity.objects.count()
    call_command("demo", json=True)
    again = json.loads(capsys.readouterr().out)
    assert counts() == before
    assert Activity.objects.count() == lines
    assert len({person["password"] for person in again["people"]}) == len(again["people"])


def test_everybody_signs_in_with_what_was_printed(loaded):
    assert {person["role"] for person in loaded["people"]} == {"owner", "consultant", "client", "helper"}
    for person in loaded["people"]:
        browser = Client(REMOTE_ADDR=f"192.0.2.{len(person['email'])}")
        answer = browser.post("/accounts/login/", {"login": person["email"], "password": person["password"]})
        assert answer.status_code == 302, person
        assert browser.get("/projects/", follow=True).status_code == 200
