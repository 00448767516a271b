"""A consultancy's own values of a platform: what the pages show, and what follows in its projects from a change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from apps.accounts.models import Organisation, OrganisationMembership, OrganisationRole, User
from apps.contacts.facts import publish_facts_now
from apps.projects.models import Activity, PlatformValue, Project
from apps.projects.platform_values import Catalogue
from engine import platforms
from engine.platforms import Platform, Value
from engine.platforms.own import FORMS, as_typed, frozen, stated

TITLES = {
    "imports": "Contact import", "exports": "Its own exports", "costs": "What it costs",
    "structure": "Names of its levels", "moves": "What moves, and how",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a platform: what the catalogue states, and the own value in its place, if there is one."""

    path: str
    stated: Value[Any] | None
    own: PlatformValue | None

    @property
    def name(self) -> str:
        return self.path.partition(".")[2] or "levels"

    @property
    def anchor(self) -> str:
        return self.path.replace(".", "-")

    def typed(self, history: list[PlatformValue]) -> dict[str, str]:
        """What a form for it begins with: the own value, else the one before, else the catalogue's."""
        if self.own or history:
            row = self.own or history[0]
            return {"value": as_typed(row.value), "unit": row.unit, "source": row.source}
        return {"value": as_typed(self.stated.value) if self.stated else ""}

    @property
    def own_value(self) -> Value[Any] | None:
        return as_value(self.own, self.stated) if self.own else None


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: list[Line]
    unstated: list[Line] = field(default_factory=list)  # what the catalogue has no word about


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Whose values a page of the catalogue shows: those of one of the reader's consultancies, or of none."""

    organisation: Organisation | None
    is_owner: bool
    others: list[Organisation]

    @property
    def catalogue(self) -> Catalogue | None:
        return Catalogue(self.organisation) if self.organisation else None


def viewpoint(user: User, slug: str) -> Viewpoint:
    """The consultancy that was asked for, else the reader's first one; clients read the plain catalogue."""
    rows = OrganisationMembership.objects.filter(user=user).select_related("organisation").order_by("pk")
    chosen = next((row for row in rows if row.organisation.slug == slug), rows[0] if rows else None)
    if chosen is None:
        return Viewpoint(None, False, [])
    others = [row.organisation for row in rows if row != chosen]
    return Viewpoint(chosen.organisation, chosen.role == OrganisationRole.OWNER, others)


def as_value(own: PlatformValue, before: Value[Any] | None) -> Value[Any]:
    """An own value in the form in which the catalogue's are shown."""
    unit = own.unit or (before.unit if before else "")
    return Value(frozen(own.value), own.source, own.set_at.date(), platforms.Mark.SURE, unit)


def sections(platform: Platform, own: Mapping[str, PlatformValue]) -> list[Section]:
    """Every value that the catalogue states or says to be unknown; apart from them what it is silent about."""
    found = []
    for section, title in TITLES.items():
        lines = list(_lines(platform, section, own))
        said = [line for line in lines if line.stated or line.own]
        silent = [line for line in lines if not (line.stated or line.own)]
        if said or section in ("imports", "exports"):
            found.append(Section(title, said, silent if section in ("imports", "exports") else []))
    return found


def _lines(platform: Platform, section: str, own: Mapping[str, PlatformValue]) -> Iterator[Line]:
    """In the order of the platform's file; what stands in none of it last."""
    values = {"imports": platform.imports.values, "exports": platform.exports.values, "costs": platform.costs,
              "moves": platform.moves, "structure": {}}[section]  # fmt: skip
    paths = [f"{section}.{name}" for name in values]
    paths += [path for path in FORMS if path.partition(".")[0] == section and path not in paths]
    return (Line(path, stated(platform, path), own.get(path)) for path in paths)


def line_of(organisation: Organisation, platform: Platform, path: str) -> Line | None:
    """One value as this consultancy sees it; None where there is no such value."""
    if path not in FORMS:
        return None
    return Line(path, stated(platform, path), Catalogue(organisation).own.get(platform.key, {}).get(path))


def history_of(organisation: Organisation, key: str, path: str) -> list[PlatformValue]:
    """Every own value there was, newest first."""
    rows = organisation.platform_values.filter(platform=key, path=path).select_related("set_by", "ended_by")
    return list(rows[:50])


@transaction.atomic
def use_own(
    organisation: Organisation, platform: Platform, path: str, value: Any, *, unit: str = "", source: str, by: User
) -> PlatformValue:
    """From now on this value holds for the consultancy; the one before it is kept as history."""
    before = _locked(organisation, platform, path)
    if before and (before.value, before.unit, before.source) == (_plain(value), unit, source):
        return before
    if before:
        before.end(by)
    row = PlatformValue.objects.create(
        organisation=organisation, platform=platform.key, path=path, value=_plain(value), unit=unit, source=source,
        set_by=by,
    )  # fmt: skip
    _tell(organisation, platform, path, before, row, by)
    return row


@transaction.atomic
def use_catalogue(organisation: Organisation, platform: Platform, path: str, *, by: User) -> PlatformValue | None:
    """The catalogue's value holds again; the own one that was ended, None where there was none."""
    before = _locked(organisation, platform, path)
    if before is None or not before.end(by):
        return None
    _tell(organisation, platform, path, before, None, by)
    return before


def _locked(organisation: Organisation, platform: Platform, path: str) -> PlatformValue | None:
    """Two people change one value one after the other."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    return organisation.platform_values.standing().filter(platform=platform.key, path=path).first()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _tell(
    organisation: Organisation, platform: Platform, path: str,
    before: PlatformValue | None, after: PlatformValue | None, by: User,
) -> None:  # fmt: skip
    """Write it into the log of every project that this platform is part of, and judge anew what hangs on it."""
    said = stated(platform, path)
    name = Line(path, said, None).name.replace("_", " ")
    then, now = (words(as_value(row, said) if row else said) for row in (before, after))
    verb = "set the consultancy's own value of" if after else "went back to the catalogue's value of"
    touched = [
        project
        for project in organisation.projects.select_related("organisation").order_by("pk")
        if platform.key in (project.target, *project.sources)
    ]
    Activity.objects.bulk_create(
        Activity(
            project=project, actor=by, verb=verb, subject_label=f"{platform.name}, {name}"[:200],
            changes={name.capitalize(): [then, now]}, reason=after.source if after else "",
        )
        for project in touched
    )  # fmt: skip
    checked = set(
        Project.objects.filter(organisation=organisation).exclude(file_checks=None).values_list("pk", flat=True)
    )
    for project in touched:
        if project.pk in checked:
            publish_facts_now(project)


def words(value: Value[Any] | None) -> str:
    """A value as people read it; unknown where nobody knows."""
    if value is None or not value.is_known:
        return "unknown"
    stated_value = value.value
    if isinstance(stated_value, Mapping):
        text = "; ".join(f"{name}: {', '.join(listed)}" for name, listed in stated_value.items())
    elif isinstance(stated_value, tuple):
        text = "; ".join(", ".join(part) if isinstance(part, tuple) else str(part) for part in stated_value)
    elif isinstance(stated_value, int):
        text = f"{stated_value:,}" if stated_value else "no limit"
    else:
        text = str(stated_value).replace("_", " ")
    return f"{text or 'any'} {value.unit if stated_value != 0 else ''}".strip()
