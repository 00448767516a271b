"""What a person may type about a project and its people."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.projects.models import Project, ProjectRow, Role
from apps.ui.forms import PageForm, side_by_side
from engine import platforms

ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
)
ZONES.insert(0, "UTC")


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant that a clock in `zone` shows as `moment`; refuses what it never shows, or shows twice.

    At the end of summer time an hour comes twice, at its start one is skipped: a plan must not guess which is meant.
    """
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise ValidationError("The clocks go forward then: this time does not exist in this time zone. Choose another.")
    if early.utcoffset() != late.utcoffset():
        raise ValidationError("The clocks go back then: this time comes twice in this time zone. Choose another.")
    return early.astimezone(UTC)


class WallClockField(forms.DateTimeField):
    """A date and time as a clock on the wall shows it, in no zone yet: neither the server's nor the reader's."""

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):
            moment = super().to_python(value)
        return moment.replace(tzinfo=None) if moment else None


class VersionedForm(PageForm, forms.ModelForm):
    """A form that carries its row's version: saving never overwrites what somebody else changed meanwhile."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        self.initial["version"] = self.instance.version

    def save_change(self, by: User, **fields: Any) -> ProjectRow:
        """Write the form's values over the row as it stands. Raises StaleRow with both texts."""
        row = type(self.instance)._base_manager.select_related("project").get(pk=self.instance.pk)
        values = {name: self.cleaned_data[name] for name in self._meta.fields if name in self.cleaned_data}
        row.change(by, version=self.cleaned_data["version"], **values, **fields)
        return row


class ProjectForm(PageForm, forms.ModelForm):
    """A client's move. The time is typed as the clock shows it where the client is."""

    sources = forms.MultipleChoiceField(label="Moving from", widget=forms.CheckboxSelectMultiple)
    target = forms.ChoiceField(label="Moving to")
    time_zone = forms.ChoiceField(label="The client's time zone", choices=[(zone, zone) for zone in ZONES])
    go_live = WallClockField(
        label="Go-live",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
        help_text="Date and time of the switch, as the clock shows it where the client is.",
    )
    started_on = forms.DateField(
        label="Start", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The day the work begins; some dates are counted from it. Empty: as it was, or today.",
    )  # fmt: skip
    hold_days = forms.IntegerField(
        label="Hold period (days)", min_value=0, max_value=365, initial=7,
        help_text="For so long after go-live the old system can still take over.",
    )  # fmt: skip
    keep_days = forms.IntegerField(
        label="Keep uploaded contact files (days)", min_value=1, max_value=365, initial=30,
        help_text="Then they are deleted; the reports stay.",
    )  # fmt: skip

    fields_layout = (
        "client",
        "target",
        "sources",
        side_by_side("go_live", "time_zone"),
        side_by_side("started_on", "hold_days"),
        "keep_days",
    )

    class Meta:
        model = Project
        fields = ["client", "sources", "target", "time_zone", "go_live", "started_on", "hold_days", "keep_days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = dict(platforms.names(platforms.Role.SOURCE)) | dict(platforms.names(platforms.Role.WEBSITE))
        self.fields["sources"].choices = sorted(left.items(), key=lambda pair: pair[1].casefold())
        self.fields["target"].choices = [("", "Choose a platform"), *platforms.names(platforms.Role.TARGET)]
        if self.instance.pk:
            shown = self.instance.go_live.astimezone(self.instance.zone).replace(tzinfo=None)
            self.initial |= {"go_live": shown, "version": self.instance.version}
            self.fields["version"] = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_client(self) -> str:
        name = " ".join(self.cleaned_data["client"].split())
        if "\x00" in name:
            raise ValidationError("Remove the invisible characters from this name.")
        return name

    def clean_started_on(self) -> Any:
        day = self.cleaned_data["started_on"] or self.instance.started_on
        if not 2000 < day.year < 2100:
            raise ValidationError("Choose a date between the years 2001 and 2099.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("target") and data["target"] in data.get("sources", []):
            self.add_error("target", "The target is also named as a source. Choose another, or take it out there.")
        if data.get("go_live") and data.get("time_zone"):
            self._clean_instant(data)
        return data

    def _clean_instant(self, data: dict[str, Any]) -> None:
        moment = data["go_live"]
        if not 2000 < moment.year < 2100:
            self.add_error("go_live", "Choose a date between the years 2001 and 2099.")
            return
        try:
            data["go_live"] = wall_clock(moment, ZoneInfo(data["time_zone"]))
        except ValidationError as error:
            self.add_error("go_live", error)
            return
        day = data["go_live"].astimezone(ZoneInfo(data["time_zone"])).date()
        if data.get("started_on") and data["started_on"] > day:
            self.add_error("started_on", "The start lies after go-live. Choose an earlier day, or a later go-live.")
        unchanged = self.instance.pk and data["go_live"] == self.instance.go_live
        if not unchanged and data["go_live"] <= timezone.now():
            self.add_error("go_live", "This time has passed. Choose a go-live in the future.")


class ConsultancyForm(PageForm, forms.ModelForm):
    """The consultancy's own name, and who sees which projects."""

    class Meta:
        model = Organisation
        fields = ["name", "consultants_see_all"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class ColleagueForm(PageForm, forms.Form):
    """One person into the consultancy."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (int(Role.CONSULTANT), "Consultant: makes and runs projects"),
            (int(Role.OWNER), "Owner: everything in the consultancy"),
        ],
    )


class InviteForm(PageForm, forms.Form):
    """One person into one project."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (int(Role.CLIENT), "Client: ticks his items, decides assets, uploads files"),
            (int(Role.CONSULTANT), "Consultant: works on everything in this project"),
            (int(Role.HELPER), "Helper: sees only the DNS records to set"),
        ],
    )
