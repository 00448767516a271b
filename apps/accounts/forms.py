"""What people type about themselves."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.ui.forms import PageForm

ZONES = ["UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))]


def clean_person_name(name: str) -> str:
    """One line without control characters."""
    name = " ".join(name.split())
    if not name.isprintable():
        raise ValidationError("Remove the invisible characters from this name.")
    return name


class PasswordField(forms.CharField):
    """A new password, judged by Django's validators."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        super().__init__(widget=widget, strip=False, max_length=200, help_text="At least 8 characters.", **kwargs)

    def clean(self, value: Any) -> str:
        value = super().clean(value)
        if value:
            validate_password(value)
        return value


class JoinForm(PageForm, forms.Form):
    """The first visit of an invited person; clients may go on without a password and use personal links."""

    name = forms.CharField(label="Your name", max_length=120)
    password = PasswordField(label="Choose a password")

    def __init__(self, *args: Any, needs_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_password:
            self.fields["password"].required = False
            self.fields["password"].label = "Choose a password (or leave empty and use the links we send you)"

    def clean_name(self) -> str:
        return clean_person_name(self.cleaned_data["name"])


class StartForm(PageForm, forms.Form):
    """The first owner of an installation."""

    organisation = forms.CharField(label="Your consultancy's name", max_length=120)
    name = forms.CharField(label="Your name", max_length=120)
    email = forms.EmailField(label="Your e-mail address", max_length=254)
    time_zone = forms.ChoiceField(label="Your time zone", choices=[(zone, zone) for zone in ZONES], initial="UTC")
    password = PasswordField(label="Choose a password")

    def clean_name(self) -> str:
        return clean_person_name(self.cleaned_data["name"])

    def clean_organisation(self) -> str:
        return clean_person_name(self.cleaned_data["organisation"])

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError("Somebody with this address is here already. Sign in instead.")
        return email


class ProfileForm(PageForm, forms.ModelForm):
    """Name, time zone, keyboard."""

    time_zone = forms.ChoiceField(choices=[(zone, zone) for zone in ZONES])

    class Meta:
        model = User
        fields = ["name", "time_zone", "single_keys"]
        labels = {"single_keys": "Keyboard shortcuts of one key (j, k, x, e)"}

    def clean_name(self) -> str:
        return clean_person_name(self.cleaned_data["name"])


class MailForm(PageForm, forms.ModelForm):
    """Which mails a person gets. Invitations, personal links and passwords cannot be switched off."""

    fields_layout = ("mail_digest", "mail_hour", "mail_at_once")

    class Meta:
        model = User
        fields = ["mail_digest", "mail_hour", "mail_at_once"]
        help_texts = {
            "mail_digest": "Only on days on which something waits for you.",
            "mail_hour": "On your own clock.",
            "mail_at_once": "Somebody is stuck, a check turned back, go or no-go was decided.",
        }
