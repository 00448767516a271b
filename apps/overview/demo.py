"""Loads the demo out of demo.toml. What exists already (by slug or address) is left as it is."""

import secrets
import tomllib
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Organisation, OrganisationMembership, User
from apps.assets.services import add_assets
from apps.overview.services import start_project
from apps.projects.models import Membership, Project, Role

DATA = Path(__file__).with_name("demo.toml")
ROLES = {"client": Role.CLIENT, "helper": Role.HELPER, "consultant": Role.CONSULTANT}
ASSET_FIELDS = (
    "name", "kind", "current_status", "required_status", "progress", "url", "revenue", "effort_hours", "client_sees",
)  # fmt: skip


def load_demo(password: str | None = None) -> dict[str, list[dict[str, str]]]:
    """Everybody's address and password, and the projects."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    people: dict[str, dict[str, str]] = {}
    with transaction.atomic():
        for row in data["organisation"]:
            _organisation(row, people, password)
        projects = [_project(row, data["assets"][row["slug"]], people, password) for row in data["project"]]
    listed = [{"slug": project.slug, "client": project.client, "route": project.route} for project in projects]
    return {"people": list(people.values()), "projects": listed}


def _person(row: dict[str, str], where: str, people: dict[str, dict[str, str]], password: str | None) -> User:
    """The person, with a new password; each is listed once, under the first role."""
    user = User.objects.filter(email=row["email"]).first()
    if user is None:
        user = User(email=row["email"], name=row["name"], time_zone=row.get("time_zone", "UTC"))
    if row["email"] not in people:
        word = password or secrets.token_urlsafe(9)
        user.set_password(word)
        people[row["email"]] = {
            "email": row["email"], "password": word, "role": row["role"], "name": user.name, "where": where,
        }  # fmt: skip
    user.save()
    return user


def _organisation(row: dict[str, Any], people: dict[str, dict[str, str]], password: str | None) -> None:
    values = {"name": row["name"], "is_demo": True}
    organisation, _ = Organisation.objects.get_or_create(slug=row["slug"], defaults=values)
    for person in row["person"]:
        user = _person(person, row["name"], people, password)
        OrganisationMembership.objects.get_or_create(
            organisation=organisation, user=user, defaults={"role": person["role"]}
        )


def _project(
    row: dict[str, Any], assets: list[list[Any]], people: dict[str, dict[str, str]], password: str | None
) -> Project:
    organisation = Organisation.objects.get(slug=row["organisation"])
    project = Project.objects.filter(slug=row["slug"]).first()
    is_new = project is None
    if project is None:
        fields = {name: row[name] for name in ("slug", "client", "sources", "target", "time_zone")}
        project = start_project(organisation, by=None, go_live=_go_live(row), **fields)
    for person in row["person"]:
        user = _person(person | {"time_zone": row["time_zone"]}, row["client"], people, password)
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": ROLES[person["role"]]})
    if is_new:
        _fill(project, row, assets)
    return project


def _go_live(row: dict[str, Any]) -> datetime:
    """So many days from now, at an hour of the client's clock; noon would do as well in an hour that is skipped."""
    zone = ZoneInfo(row["time_zone"])
    day = timezone.now().astimezone(zone).date() + timedelta(days=row["go_live_in_days"])
    return datetime.combine(day, time.fromisoformat(row["go_live_at"]), zone)


def _fill(project: Project, row: dict[str, Any], assets: list[list[Any]]) -> None:
    """The inventory, what is done already, the domains and a contact file."""
    values = [dict(zip(ASSET_FIELDS, asset, strict=True)) for asset in assets]
    for value in values:
        value["revenue"] = Decimal(value["revenue"]) or None
        value["effort_hours"] = Decimal(value["effort_hours"]) or None
    add_assets(project, values)
