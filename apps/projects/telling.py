"""Telling people what concerns them. Each is told only what he may see; whoever acted is not told what he did."""

from collections.abc import Iterable

from apps.accounts.models import OrganisationRole, User
from apps.projects.models import Project, Role
from apps.projects.notice import Notice, NoticeKind

URGENT = (NoticeKind.STUCK, NoticeKind.LOST, NoticeKind.DECISION)


def consultants_of(project: Project) -> list[User]:
    """Who is told: the consultants in the project, the owners where there is none."""
    found = _members(project, Role.CONSULTANT)
    if found:
        return found
    owners = User.objects.filter(
        organisation_memberships__organisation=project.organisation,
        organisation_memberships__role=OrganisationRole.OWNER,
        is_active=True,
    )
    return list(owners.distinct().order_by("pk"))


def clients_of(project: Project) -> list[User]:
    return _members(project, Role.CLIENT)


def _members(project: Project, role: Role) -> list[User]:
    people = User.objects.filter(
        project_memberships__project=project, project_memberships__role=role, is_active=True
    )  # fmt: skip
    return list(people.distinct().order_by("pk"))


def tell(
    project: Project,
    people: Iterable[User],
    kind: NoticeKind,
    text: str,
    *,
    link: str,
    key: str,
    by: User | None = None,
) -> None:
    """One notice to each, but for the one who acted. The same key is told once, however often this runs.

    What is urgent is mailed within a minute or so, to those who want such mails; see mailing.py.
    """
    Notice.objects.bulk_create(
        (
            Notice(
                project=project,
                recipient=person,
                kind=kind,
                text=text[:500],
                link=link[:300],
                key=key[:80],
                is_urgent=kind in URGENT and person.mail_at_once,
            )
            for person in people
            if by is None or person.pk != by.pk
        ),
        ignore_conflicts=True,
    )


def tell_decision(project: Project, text: str, *, link: str, key: str, by: User | None) -> None:
    """Go, or no-go: everybody in the project but its helpers hears of it at once. For the switch."""
    people = {person.pk: person for person in [*consultants_of(project), *clients_of(project)]}
    tell(project, people.values(), NoticeKind.DECISION, text, link=link, key=key, by=by)


def tell_approval_asked(project: Project, text: str, *, link: str, key: str, by: User | None) -> None:
    """The clients are asked to approve something."""
    tell(project, clients_of(project), NoticeKind.APPROVAL, text, link=link, key=key, by=by)
