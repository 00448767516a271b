"""Loads the demo out of demo.toml. What exists already (by slug or address) is left as it is."""

import secrets
import tomllib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Organisation, OrganisationMembership, User
from apps.assets.services import add_assets
from apps.contacts.models import FileKind
from apps.contacts.services import add_stored, judge_now, keep_upload
from apps.domains.models import Domain
from apps.domains.services import publish_facts, record_check
from apps.overview.demo_cutover import fill_cutover
from apps.overview.demo_dns import keep_snapshot, zone_of
from apps.overview.demo_files import purchase_rows, subscription_rows
from apps.overview.demo_plan import approved_plan, doers, done_items
from apps.overview.services import start_project
from apps.projects.models import Membership, Project, Role
from engine.dns.answers import Question, lookup_in
from engine.dns.checking import judge_answers

DATA = Path(__file__).with_name("demo.toml")
ROLES = {"client": Role.CLIENT, "helper": Role.HELPER, "consultant": Role.CONSULTANT}
ASSET_FIELDS = (
    "name", "kind", "current_status", "required_status", "progress", "url", "revenue", "effort_hours", "client_sees",
)  # fmt: skip


def load_demo(password: str | None = None) -> dict[str, list[dict[str, str]]]:
    """Everybody's address and password, and the projects."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    people: dict[str, dict[str, str]] = {}
    there = set(Project.objects.values_list("slug", flat=True))
    with transaction.atomic():
        for row in data["organisation"]:
            _organisation(row, people, password)
        projects = [
            _project(row, data["assets"][row["slug"]], data["details"].get(row["slug"], {}), people, password)
            for row in data["project"]
        ]
        for project in projects:
            if project.slug not in there:
                fill_cutover(project, data["names"])
    for project, row in zip(projects, data["project"], strict=True):
        if project.slug not in there and "contact_file" in row:
            _contact_file(project, row["contact_file"], data["names"])
            _other_files(project, row, data["names"])
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
    row: dict[str, Any],
    assets: list[list[Any]],
    details: dict[str, dict[str, Any]],
    people: dict[str, dict[str, str]],
    password: str | None,
) -> Project:
    organisation = Organisation.objects.get(slug=row["organisation"])
    project = Project.objects.filter(slug=row["slug"]).first()
    is_new = project is None
    if project is None:
        fields = {name: row[name] for name in ("slug", "client", "sources", "target", "time_zone")}
        go_live = _go_live(row)
        started_on = go_live.date() - timedelta(days=63)
        project = start_project(organisation, by=None, go_live=go_live, started_on=started_on, **fields)
    for person in row["person"]:
        user = _person(person | {"time_zone": row["time_zone"]}, row["client"], people, password)
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": ROLES[person["role"]]})
    if is_new:
        _fill(project, row, assets, details)
    return project


def _go_live(row: dict[str, Any]) -> datetime:
    """So many days from now, at an hour of the client's clock; noon would do as well in an hour that is skipped."""
    zone = ZoneInfo(row["time_zone"])
    day = timezone.now().astimezone(zone).date() + timedelta(days=row["go_live_in_days"])
    return datetime.combine(day, time.fromisoformat(row["go_live_at"]), zone)


def _fill(project: Project, row: dict[str, Any], assets: list[list[Any]], details: dict[str, dict[str, Any]]) -> None:
    """The inventory, the domains as they were last read, and what is done already."""
    values = [dict(zip(ASSET_FIELDS, asset, strict=True)) for asset in assets]
    for value in values:
        value["revenue"] = Decimal(value["revenue"]) or None
        value["effort_hours"] = Decimal(value["effort_hours"]) or None
        more = details.get(value["name"], {})
        value |= {"suggestion": more.get("suggestion", ""), "suggestion_why": more.get("why", ""),
                  "extra": more.get("fields", {})}  # fmt: skip
        if "used" in more:
            value["last_used"] = project.today - timedelta(days=more["used"])
    add_assets(project, values)
    for name, more in details.items():
        if "part_of" in more:
            parent = project.assets.filter(name=more["part_of"]).first()
            project.assets.filter(name=name).update(parent=parent)
    _domains(project, row)
    done_items(project, row)
    if project.today < project.go_live_day:
        approved_plan(project)


def _domains(project: Project, row: dict[str, Any]) -> None:
    """Each domain with a check of records that stand in demo.toml: nobody answers for reserved names."""
    zone: dict[Question, list[str]] = {}
    for name, kind, value in row["records"]:
        zone.setdefault((name, kind), []).append(value)
    asked_at = timezone.now() - timedelta(minutes=row["domains_read_minutes_ago"])
    for entry in row["domains"]:
        domain = Domain.objects.create(
            project=project, name=entry["name"], shown=entry["name"], shows_pages=entry["pages"],
            sends_mail=entry["sending"], own_values=entry.get("pasted", []),
            notes="An example name: a new look-up will say that it does not exist.",
        )  # fmt: skip
        found = judge_answers(
            domain.name, lookup_in(zone), sources=project.sources, target=project.target,
            own_values=domain.own_values, uses=domain.uses, asked_at=asked_at,
        )  # fmt: skip
        report = found.as_report() | {"nameserver": "records of the demo"}
        if "snapshot_days_ago" in row:
            taken_at = timezone.now() - timedelta(days=row["snapshot_days_ago"])
            keep_snapshot(domain, zone, at=taken_at, by=doers(project)[0])
            report["zone"] = [one.as_json() for one in zone_of(domain, zone)]
        record_check(domain, report=report, findings=found.findings, as_of=asked_at, by=None)
    publish_facts(project)


TAGS = ("Newsletter", "Newsletter,Buyer", "newsletter,Webinar 2026", "Newsletter,VIP - 2026", "Newsletters,Buyer", "")
STATES = ("Subscribed", *["Subscribed"] * 16, "Unsubscribed", "Cleaned", "Non-Subscribed", "On hold")


def _contact_file(project: Project, row: dict[str, Any], names: dict[str, list[str]]) -> None:
    """An export judged by the real engine; outside the transaction, since it takes a moment."""
    client = doers(project)[1]
    with TemporaryDirectory() as folder:
        path = Path(folder) / row["name"]
        path.write_text(contact_rows(names, row["people"], row["faults"], project.today), encoding="utf-8")
        stored = keep_upload(project, path, by=client)
    file = add_stored(project, stored, by=client, source=project.sources[0], client_sees=True)
    judge_now(file)


def _other_files(project: Project, row: dict[str, Any], names: dict[str, list[str]]) -> None:
    """What the payment processor exports: bought, and still being paid."""
    writers = {FileKind.PURCHASES: purchase_rows, FileKind.SUBSCRIPTIONS: subscription_rows}
    for kind, write in writers.items():
        told = row[kind.value]
        with TemporaryDirectory() as folder:
            path = Path(folder) / told["name"]
            path.write_text(write(names, told["rows"], project.today), encoding="utf-8")
            stored = keep_upload(project, path, by=doers(project)[1])
        judge_now(add_stored(project, stored, by=doers(project)[1], kind=kind, client_sees=True))


def contact_rows(names: dict[str, list[str]], people: int, faults: int, today: date) -> str:
    """An export as the old platform writes it; `faults` of the rows have one of the usual mistakes."""
    lines = ["Email Address,First Name,Last Name,Status,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LAST_OPEN,TAGS"]
    for number in range(people):
        first = names["first"][number % len(names["first"])]
        last = names["last"][number // len(names["first"]) % len(names["last"])]
        address = f"{first}.{last}.{number}@mail.example".lower()
        day = f"{2023 + number * 3 // people}-{number % 12 + 1:02}-{number % 28 + 1:02} 09:{number % 60:02}:00"
        opened = today - timedelta(days=number * number % 700)
        status = STATES[number % len(STATES)]
        tags = TAGS[number % len(TAGS)]
        cells = (address, first, last, status, number % 5 + 1, day, day, f"{opened} 18:00:00", f'"{tags}"')
        lines.append(",".join(map(str, cells)))
    for number in range(faults):
        at = (number + 1) * (people // (faults + 1))
        wrong = lines[at].split(",", 1)
        name, near = wrong[0].partition("@")[0], lines[at - 1].split(",")[0]
        kinds = [
            wrong[0].replace("@", "(at)"), f"{name}@gmial.com", f" <{wrong[0]}>", near.upper(), "",
            f"{name}@hotmial.com",
        ]  # fmt: skip
        lines[at] = f"{kinds[number % len(kinds)]},{wrong[1]}"
    return "\n".join(lines) + "\n"
