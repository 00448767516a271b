"""The link in a mail that ends mails of its kind: signed, without an end, and good for this alone."""

from django.conf import settings
from django.core import signing

from apps.accounts.models import MailKind, User

SALT = "accounts.unsubscribe"
SWITCHES = {MailKind.DIGEST: "mail_digest", MailKind.NOTICES: "mail_at_once"}


def unsubscribe_url(user: User, kind: str) -> str:
    """Empty for mails that cannot be switched off: invitations, personal links, passwords."""
    if kind not in SWITCHES:
        return ""
    return f"{settings.BASE_URL}/unsubscribe/{signing.Signer(salt=SALT).sign_object([user.pk, str(kind)])}/"


def whose(token: str) -> tuple[User, str] | None:
    """The person and the kind of mail; None where the link is not ours or the person has gone."""
    try:
        pk, kind = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk).first() if kind in SWITCHES else None
    return (user, kind) if user is not None else None


def switch(user: User, kind: str, *, on: bool) -> None:
    """Mails of this kind, on or off."""
    User.objects.filter(pk=user.pk).update(**{SWITCHES[MailKind(kind)]: on})
