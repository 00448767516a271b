"""The consultancy's own page: who works here, invitations, what consultants see; owners alone."""

import pytest

from apps.accounts.models import Organisation, OrganisationMembership, OrganisationRole
from apps.projects.models import Invitation, Membership, Role
from tests import factories

URL = "/consultancies/north-star/"


def roles(organisation):
    return dict(organisation.memberships.values_list("user__email", "role"))


def test_a_colleague_is_invited_and_joins_as_what_he_was_invited(owner, project, client):
    owner.post(URL, {"email": "new@northstar.example", "role": int(Role.OWNER)})
    page = owner.get(URL).content.decode()
    link = page.split('id="new-link">')[1].split("<")[0]
    path = link[link.index("/invitations/") :]
    client.post(path, {"name": "Nora New", "password": "violet-anchor-72"})
    assert roles(project.organisation)["new@northstar.example"] == "owner"


def test_an_invitation_can_be_taken_back(owner, project):
    owner.post(URL, {"email": "new@northstar.example", "role": int(Role.CONSULTANT)})
    invitation = Invitation.objects.get()
    owner.post(f"{URL}invitations/{invitation.pk}/revoke/")
    invitation.refresh_from_db()
    assert invitation.state == "revoked"


def test_taking_a_consultant_out_ends_his_place_in_every_project(owner, consultant, project):
    row = OrganisationMembership.objects.get(user__email="dana@northstar.example")
    owner.post(f"{URL}people/{row.pk}/take-out/")
    assert "dana@northstar.example" not in roles(project.organisation)
    assert not Membership.objects.filter(user=row.user).exists()
    assert consultant.get("/projects/move/").status_code == 404


@pytest.mark.parametrize(("verb", "data"), [("take-out", {}), ("role", {"role": "consultant"})])
def test_the_last_owner_stays(owner, project, verb, data):
    row = OrganisationMembership.objects.get(user__email="owner@northstar.example")
    answer = owner.post(f"{URL}people/{row.pk}/{verb}/", data, follow=True)
    assert "last owner" in answer.content.decode()
    assert roles(project.organisation)["owner@northstar.example"] == "owner"


def test_roles_change_between_the_two_and_nothing_else(owner, consultant, project):
    row = OrganisationMembership.objects.get(user__email="dana@northstar.example")
    for wanted, stored in (("owner", "owner"), ("king", "owner"), ("consultant", "consultant")):
        owner.post(f"{URL}people/{row.pk}/role/", {"role": wanted})
        assert roles(project.organisation)["dana@northstar.example"] == stored


def test_the_owner_decides_whether_consultants_see_every_project(owner, consultant, sibling):
    address = sibling.get_absolute_url()
    assert consultant.get(address).status_code == 404
    owner.post(URL, {"name": "North Star Consulting", "consultants_see_all": "on"})
    assert consultant.get(address).status_code == 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "no address", "role": 30}, "valid email"),
        ({"email": "a@example.org", "role": 10}, "valid choice"),
        ({"name": ""}, "Fill this in"),
        ({"name": "x" * 10_000}, "at most"),
    ],
)
def test_bad_input_gets_a_sentence(owner, project, data, words):
    answer = owner.post(URL, data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Organisation.objects.get(slug="north-star").name == "North Star Consulting"


def test_a_colleague_of_another_consultancy_is_not_there(owner, project):
    other = factories.organisation()
    user = factories.colleague(other, OrganisationRole.OWNER)
    row = other.memberships.get(user=user)
    assert owner.post(f"{URL}people/{row.pk}/take-out/").status_code == 404
