"""Verbs about people and consultancies."""

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from apps.accounts.models import Organisation, OrganisationMembership, OrganisationRole, PersonalLink, User


def is_start_open() -> bool:
    """The start page is open until the first real consultancy exists; the demo does not count."""
    return not Organisation.objects.filter(is_demo=False).exists()


@transaction.atomic
def start_organisation(*, organisation: str, name: str, email: str, time_zone: str, password: str) -> User:
    """A consultancy and its first owner."""
    slug = f"{slugify(organisation)[:60] or 'consultancy'}-{secrets.token_hex(2)}"
    row = Organisation.objects.create(name=organisation, slug=slug)
    user = User.objects.create_user(email, password, name=name, time_zone=time_zone)
    OrganisationMembership.objects.create(organisation=row, user=user, role=OrganisationRole.OWNER)
    return user


def use_link(token: str) -> PersonalLink | None:
    """The link behind a token, marked as used; None where it has ended."""
    link = PersonalLink.objects.usable().of_token(token).select_related("user").first()
    if link is not None:
        PersonalLink.objects.filter(pk=link.pk).update(last_used_at=timezone.now())
    return link
