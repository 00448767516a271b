"""Things for tests, as plain functions: each makes one row that makes sense, and takes what the test cares about."""

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Organisation, OrganisationMembership, User
from apps.projects.models import Membership, Project

numbers = itertools.count(1)


def organisation(name: str = "", **fields: Any) -> Organisation:
    number = next(numbers)
    return Organisation.objects.create(
        name=name or f"Consultancy {number}", slug=fields.pop("slug", f"org-{number}"), **fields
    )


def person(email: str = "", *, password: str = "correct horse battery", **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(numbers)}@example.org", password, **fields)


def colleague(in_organisation: Organisation, role: str, email: str = "", **fields: Any) -> User:
    user = person(email, **fields)
    OrganisationMembership.objects.create(organisation=in_organisation, user=user, role=role)
    return user


def project(in_organisation: Organisation | None = None, **fields: Any) -> Project:
    number = next(numbers)
    values = {
        "slug": f"project-{number}",
        "client": f"Client {number}",
        "sources": ["mailchimp"],
        "target": "kartra",
        "go_live": timezone.now() + timedelta(days=40),
        "time_zone": "Europe/Berlin",
    }
    return Project.objects.create(organisation=in_organisation or organisation(), **(values | fields))


def member(of_project: Project, user: User, role: int) -> Membership:
    return Membership.objects.create(project=of_project, user=user, role=role)
