"""Adding, editing in full, deleting, commenting; and old accounts."""

import pytest

from apps.assets.models import Account, Asset
from apps.projects.models import Comment

NEW = "/projects/move/inventory/new/"
FIELDS = {"name": "Checkout", "kind": "checkout_page", "current_status": "active", "progress": "not_started"}


def test_an_asset_is_added_once_however_often_the_form_is_sent(consultant, project):
    token = consultant.get(NEW).content.decode().split('name="once" value="')[1].split('"')[0]
    for _ in range(3):
        consultant.post(NEW, FIELDS | {"once": token})
    assert project.assets.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Fill this in"),
        ({"kind": "spaceship"}, "valid choice"),
        ({"url": "not a url"}, "http"),
        ({"notes": "api_key = sk_live_1234567890"}, "password or a key"),
        ({"notes": "x" * 20_000}, "at most"),
    ],
)
def test_bad_input_is_told_and_kept(consultant, project, change, words):
    answer = consultant.post(NEW, FIELDS | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not project.assets.exists()


def test_an_asset_cannot_stand_inside_itself(consultant, project):
    top = Asset.objects.create(project=project, name="Funnel", kind="funnel")
    below = Asset.objects.create(project=project, name="Inner", kind="funnel", parent=top)
    data = FIELDS | {"name": "Funnel", "kind": "funnel", "version": 1, "parent": below.pk}
    answer = consultant.post(f"{top.get_absolute_url()}edit/", data)
    assert "cannot stand inside itself" in answer.content.decode()


def test_a_stale_edit_shows_both_texts(consultant, owner, asset):
    url = f"{asset.get_absolute_url()}edit/"
    assert consultant.post(url, FIELDS | {"name": "First", "version": 1}).status_code == 302
    answer = owner.post(url, FIELDS | {"name": "Second", "version": 1})
    assert answer.status_code == 409
    assert "First" in answer.content.decode()
    assert "Second" in answer.content.decode()


def test_deleting_asks_for_the_name_and_keeps_the_children(consultant, project, asset):
    child = Asset.objects.create(project=project, name="Below", kind="other_page", parent=asset)
    url = f"{asset.get_absolute_url()}delete/"
    consultant.post(url, {"confirm_name": "Home"})
    assert Asset.objects.filter(pk=asset.pk).exists()
    consultant.post(url, {"confirm_name": "Home page"})
    assert not Asset.objects.filter(pk=asset.pk).exists()
    page = consultant.get(child.get_absolute_url()).content.decode()
    assert "<dt>Part of" not in page


def test_a_clients_comment_is_never_internal_and_he_reads_no_internal_one(client_person, consultant, asset):
    url = f"{asset.get_absolute_url()}comment/"
    client_person.post(url, {"body": "Please keep it", "is_internal": "on"})
    consultant.post(url, {"body": "He says so every time", "is_internal": "on"})
    assert list(Comment.objects.order_by("pk").values_list("is_internal", flat=True)) == [False, True]
    page = client_person.get(asset.get_absolute_url()).content.decode()
    assert "Please keep it" in page
    assert "every time" not in page


def test_an_empty_or_endless_comment_is_told(client_person, asset):
    url = f"{asset.get_absolute_url()}comment/"
    for body in ("", "   ", "x" * 10_001):
        assert client_person.post(url, {"body": body}).status_code == 422
    assert not Comment.objects.exists()


def test_an_old_account_is_kept_without_passwords(consultant, project):
    url = "/projects/move/accounts/"
    assert consultant.post(url, {"name": "Web host, password: hunter2", "currency": "EUR"}).status_code == 422
    consultant.post(url, {"name": "Web host", "currency": "EUR", "monthly_cost": "12.50"})
    account = Account.objects.get()
    assert str(account.monthly_cost) == "12.50"
    edit = f"{url}{account.pk}/"
    assert (
        consultant.post(edit, {"name": "Web host", "currency": "EUR", "version": 1, "does": "pages"}).status_code == 302
    )
    assert consultant.post(edit, {"name": "Other", "currency": "EUR", "version": 1}).status_code == 409
