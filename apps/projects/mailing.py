"""Urgent notices become mails: one to each person and consultancy for all that happened within a minute."""

from collections import defaultdict
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts.mail import write_down
from apps.accounts.models import KeptMail, MailKind, User
from apps.accounts.unsubscribing import unsubscribe_url
from apps.projects.models import Project
from apps.projects.notice import Notice

TOGETHER = timedelta(minutes=1)
OLD = timedelta(days=1)  # after a long standstill nobody is woken by what is a day old


def mail_urgent() -> int:
    """Write the mails of all whose oldest urgent notice is a minute old. Returns how many. Safe at once and again."""
    now = timezone.now()
    Notice.objects.filter(is_urgent=True, created_at__lt=now - OLD).update(is_urgent=False)
    ripe = Notice.objects.filter(is_urgent=True, created_at__lte=now - TOGETHER)
    pairs = ripe.order_by().values_list("recipient", "project__organisation").distinct()
    return sum(_mail(recipient, organisation) for recipient, organisation in list(pairs))


@transaction.atomic
def _mail(recipient_pk: int, organisation_pk: int) -> int:
    """Everything urgent for one person, claimed with the mail that carries it."""
    rows = Notice.objects.select_for_update(of=("self",)).filter(
        is_urgent=True, recipient=recipient_pk, project__organisation=organisation_pk
    )
    notices = list(rows.select_related("project").order_by("created_at", "pk"))
    if not notices:
        return 0
    person = User.objects.get(pk=recipient_pk)
    seen = set(Project.objects.visible_to(person).values_list("pk", flat=True))
    told = [one for one in notices if one.project_id in seen]
    mail = None
    if told and person.is_active and person.mail_at_once:
        mail = _write(person, organisation_pk, told)
    Notice.objects.filter(pk__in=[one.pk for one in notices]).update(is_urgent=False, mail=mail)
    return 1 if mail else 0


def _write(person: User, organisation_pk: int, notices: list[Notice]) -> KeptMail | None:
    groups: dict[Project, list[Notice]] = defaultdict(list)
    for one in notices:
        groups[one.project].append(one)
    off = unsubscribe_url(person, MailKind.NOTICES)
    lines = []
    for project, ones in groups.items():
        lines += [project.client, "", *(f"- {one.text}\n  {settings.BASE_URL}{one.link}" for one in ones), ""]
    body = "\n".join([*lines, "--", f"Stop these mails: {off}"])
    context = {"groups": list(groups.items()), "base_url": settings.BASE_URL, "off": off}
    return write_down(
        person.email,
        subject_of(groups),
        body,
        kind=MailKind.NOTICES,
        recipient=person,
        organisation_id=organisation_pk,
        html=render_to_string("mail/notices.html", context),
        key=f"notices:{person.pk}:{notices[0].pk}",
    )


def subject_of(groups: dict[Project, list[Notice]]) -> str:
    """Sunrise Yoga: “SPF is right” is open again. With several things their number, with several projects theirs."""
    if len(groups) > 1:
        return f"{sum(map(len, groups.values()))} things that cannot wait, in {len(groups)} projects"
    ((project, ones),) = groups.items()
    if len(ones) > 1:
        return f"{project.client}: {len(ones)} things that cannot wait"
    text = ones[0].text
    return f"{project.client}: {text if len(text) <= 90 else text[:89] + '…'}"
