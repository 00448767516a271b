"""Verbs that write several models: inviting people, letting them in, taking them out, deleting files."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.accounts.models import (
    MailKind,
    Organisation,
    OrganisationMembership,
    OrganisationRole,
    PersonalLink,
    User,
    digest,
)
from apps.projects.models import Activity, Invitation, Membership, Project, Role, StaleRow, default_expiry, new_slug
from apps.projects.stored import StoredFile, delete_project_folder


class NotPossible(Exception):
    """A sentence for the person who asked."""


@transaction.atomic
def create_project(organisation: Organisation, *, by: User | None, **fields: Any) -> Project:
    """A project with its maker as member; the checklist is copied by the floor above."""
    fields.setdefault("slug", new_slug(fields["client"]))
    fields.setdefault("started_on", Project(time_zone=fields.get("time_zone", "UTC")).today)
    project = Project.objects.create(organisation=organisation, created_by=by, **fields)
    if by is not None:
        Membership.objects.create(project=project, user=by, role=Role.CONSULTANT)
    Activity.record(project, "created the project", project, by=by, is_internal=False)
    return project


@transaction.atomic
def invite(
    organisation: Organisation, project: Project | None, *, email: str, role: int, by: User
) -> tuple[Invitation, str]:
    """An invitation and its link, which is shown once and mailed; older open ones for the same place end."""
    email = email.strip().lower()
    if role >= Role.CONSULTANT and not may_bring_consultants(organisation, email, by):
        raise NotPossible("Only an owner can bring a new consultant into the consultancy.")
    same = Invitation.objects.open().filter(organisation=organisation, project=project, email=email)
    same.update(revoked_at=timezone.now())
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        project=project,
        email=email,
        role=role,
        token_hash=digest(token),
        created_by=by,
        expires_at=default_expiry(),
    )
    link = f"{settings.BASE_URL}/invitations/{token}/"
    if project is not None:
        Activity.record(project, f"invited a {invitation.get_role_display().lower()}", invitation, by=by)
    transaction.on_commit(lambda: mail_invitation(invitation, link, by))
    return invitation, link


def may_bring_consultants(organisation: Organisation, email: str, by: User) -> bool:
    """Owners may; consultants may only ask in those who work here already."""
    staff = organisation.memberships
    return staff.filter(user=by, role=OrganisationRole.OWNER).exists() or staff.filter(user__email=email).exists()


def mail_invitation(invitation: Invitation, link: str, by: User) -> None:
    """Mail the link. Where no mail server answers, the consultant still has the link on his page."""
    text = (
        f"{by} invites you to {invitation.into} at {invitation.organisation}, "
        f"as {invitation.get_role_display().lower()}.\n\n"
        f"Open this page and press its button; it works once, until {invitation.expires_at:%d %B %Y}:\n{link}\n"
    )
    send(invitation.organisation, invitation.email, f"Your invitation to {invitation.into}", text)


def send(organisation: Organisation, to: str, subject: str, body: str, kind: str = MailKind.ACCESS) -> bool:
    """One mail, written down for the worker; the headers are for the outbox and do not travel."""
    message = EmailMessage(subject, body, to=[to], headers={"X-Organisation": str(organisation.pk), "X-Kind": kind})
    return bool(message.send(fail_silently=True))


@transaction.atomic
def join(invitation: Invitation, user: User | None, typed: dict[str, str]) -> User:
    """Accept an invitation, making the person where he is new. Raises NotPossible.

    The invitation is taken first, by one conditional UPDATE: of two clicks at once the second waits and finds it used.
    """
    rows = Invitation.objects.open().filter(pk=invitation.pk)
    if not rows.update(accepted_at=timezone.now()):
        raise NotPossible("This invitation has been used, was taken back or has expired. Ask for a new one.")
    if user is None:
        zone = invitation.project.time_zone if invitation.project else "UTC"
        password = typed.get("password") or None
        user = User.objects.create_user(invitation.email, password, name=typed.get("name", ""), time_zone=zone)
    if user.email != invitation.email:
        raise NotPossible("This invitation is for another address. Sign out and open the link again.")
    _let_in(invitation, user)
    return user


def _let_in(invitation: Invitation, user: User) -> None:
    """The memberships that the invitation speaks of."""
    if invitation.project is None or invitation.role >= Role.CONSULTANT:
        role = OrganisationRole.OWNER if invitation.role == Role.OWNER else OrganisationRole.CONSULTANT
        OrganisationMembership.objects.get_or_create(
            organisation=invitation.organisation, user=user, defaults={"role": role}
        )
    if invitation.project is not None:
        Membership.objects.get_or_create(
            project=invitation.project, user=user, defaults={"role": min(invitation.role, Role.CONSULTANT)}
        )
        Activity.record(invitation.project, "joined the project", user, by=user, is_internal=False)


@transaction.atomic
def take_out(project: Project, user: User, *, by: User) -> None:
    """End a person's place in a project: membership, links and open invitations."""
    Membership.objects.filter(project=project, user=user).delete()
    PersonalLink.objects.usable().filter(user=user, organisation=project.organisation).update(revoked_at=timezone.now())
    Invitation.objects.open().filter(project=project, email=user.email).update(revoked_at=timezone.now())
    Activity.record(project, "took out", user, by=by)


@transaction.atomic
def take_out_of_organisation(organisation: Organisation, user: User, *, by: User) -> None:
    """End a consultant's place, in every project too. The last owner stays. Raises NotPossible."""
    rows = organisation.memberships.select_for_update()
    membership = rows.get(user=user)
    if membership.role == OrganisationRole.OWNER and rows.filter(role=OrganisationRole.OWNER).count() == 1:
        raise NotPossible("This is the last owner. Make somebody else an owner first.")
    membership.delete()
    Membership.objects.filter(project__organisation=organisation, user=user, role__gte=Role.CONSULTANT).delete()
    PersonalLink.objects.usable().filter(user=user, organisation=organisation).update(revoked_at=timezone.now())


@transaction.atomic
def set_organisation_role(organisation: Organisation, user: User, role: str) -> None:
    """Make a colleague an owner, or a consultant again. The last owner stays. Raises NotPossible."""
    rows = organisation.memberships.select_for_update()
    membership = rows.get(user=user)
    owners = rows.filter(role=OrganisationRole.OWNER).exclude(pk=membership.pk)
    if role != OrganisationRole.OWNER and not owners.exists():
        raise NotPossible("This is the last owner. Make somebody else an owner first.")
    membership.role = role
    membership.save(update_fields=["role"])


def delete_expired_files() -> int:
    """Delete the bytes of files past their keep time, and log each."""
    rows = StoredFile.objects.expired().select_related("project")
    for file in rows:
        file.delete_content()
        Activity.record(file.project, "deleted, keep time over", file)
    return len(rows)


def delete_file(file: StoredFile, *, by: User) -> None:
    """Delete one file now; the receipt stays."""
    file.delete_content(by)
    Activity.record(file.project, "deleted the file", file, by=by)


def delete_project(project: Project) -> None:
    """Everything of the project: rows and files."""
    number = project.pk
    with transaction.atomic():
        project.delete()
        transaction.on_commit(lambda: delete_project_folder(number))


def revoke(invitation: Invitation, *, by: User) -> None:
    """Take an open invitation back."""
    if Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=timezone.now()) and invitation.project:
        Activity.record(invitation.project, "took an invitation back", invitation, by=by)


def personal_link(project: Project, user: User, *, by: User) -> str:
    """A new personal link into the project; mailed, and returned to be copied once. Raises NotPossible.

    A link signs the person in as himself, so nobody gets one who may see more than this consultancy's projects.
    """
    elsewhere = Membership.objects.filter(user=user).exclude(project__organisation=project.organisation)
    if user.organisation_memberships.exists() or elsewhere.exists():
        raise NotPossible("This person signs in with a password, because other projects are open to him as well.")
    link, token = PersonalLink.issue(user, project.organisation, by=by, next_url=project.get_absolute_url())
    url = f"{settings.BASE_URL}/links/{token}/"
    Activity.record(project, "made a personal link for", user, by=by)
    text = f"Open this page and press its button to sign in, until {link.expires_at:%d %B %Y}:\n{url}\n"
    transaction.on_commit(lambda: send(project.organisation, user.email, f"Your link to {project}", text))
    return url


def revoke_links(project: Project, user: User, *, by: User) -> None:
    """End the personal links of one person."""
    PersonalLink.objects.usable().filter(user=user, organisation=project.organisation).update(revoked_at=timezone.now())
    Activity.record(project, "ended the personal link of", user, by=by)


@transaction.atomic
def change_project(project: Project, form: Any, *, version: str, by: User) -> None:
    """Write the settings, unless somebody else did meanwhile: raises StaleRow."""
    values = {name: form.cleaned_data[name] for name in form._meta.fields}
    _change(project, values, version=version, by=by)


@transaction.atomic
def move_go_live(project: Project, moment: datetime, *, version: str, by: User) -> None:
    """A new go-live, and with it every date that is counted from it. Raises StaleRow."""
    _change(project, {"go_live": moment}, version=version, by=by)


def _change(project: Project, values: dict[str, Any], *, version: str, by: User) -> None:
    row = Project.objects.select_for_update().get(pk=project.pk)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return
    if version != str(row.version):
        raise StaleRow(row, changed)
    changes = {name.replace("_", " "): [str(getattr(row, name)), str(value)] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*changed, "version"])
    Activity.record(row, "changed the project", row, by=by, changes=changes)
    if {"go_live", "time_zone", "started_on", "hold_days"} & changed.keys():
        for name in settings.GO_LIVE_LISTENERS:
            import_string(name)(row)
    if "target" in changed:
        for name in settings.TARGET_LISTENERS:
            import_string(name)(row)
