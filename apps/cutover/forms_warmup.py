"""What a person may type about the warm-up."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.cutover import warmup_files
from apps.cutover.warmups import MOST_A_DAY, WarmUp
from apps.projects.forms import VersionedForm
from apps.ui.forms import side_by_side

_WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DAY = {"attrs": {"type": "date"}, "format": "%Y-%m-%d"}
_TIER = re.compile(r"(?P<name>.*\S)\s*[:=\t;]\s*(?P<many>[\d.,'\u2019\u00a0\u202f ]+)")
MOST_TIERS = 20


class WarmUpForm(VersionedForm):
    """The pace and the rules."""

    submit_label = "Save the plan"
    tiers = forms.CharField(
        label="People, most engaged first", widget=forms.Textarea(attrs={"rows": 5}), max_length=3_000,
        help_text="One tier a line with its number, for example “Opened in the last 60 days: 1,200”.",
    )  # fmt: skip
    days_off = forms.TypedMultipleChoiceField(
        label="Days off", choices=list(enumerate(_WEEK)), coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple, help_text="Nothing is planned for these days.",
    )  # fmt: skip
    fields_layout = (
        "tiers", side_by_side("starts_on", "first"), side_by_side("growth", "longest"), "days_off", "most_bounced",
        "most_complained", "ceiling",
    )  # fmt: skip

    class Meta:
        model = WarmUp
        fields = [
            "tiers", "starts_on", "first", "growth", "longest", "days_off", "most_bounced", "most_complained",
            "ceiling",
        ]  # fmt: skip
        widgets = {"starts_on": forms.DateInput(**_DAY)}
        help_texts = {
            "first": "200 is our own careful beginning, no rule of a mailbox provider.",
            "growth": "Each day is the one before times this; 1.5 is ours.",
            "longest": "No day is larger, whatever the growth says; 20,000 is ours.",
            "most_bounced": "2 % is ours; no mailbox provider states a number. Change it to yours.",
            "most_complained": "Gmail wants less than 0.1 % of 5,000 a day and more; Kajabi’s own limit is 0.2 %.",
            "ceiling": "Gmail asks never to reach 0.3 %, and Yahoo is read the same way.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].required = bool(self.instance.pk)
        if isinstance(rows := self.initial.get("tiers"), list):
            self.initial["tiers"] = "\n".join(f"{name}: {many:,}" for name, many in rows)

    def clean_tiers(self) -> list[list[Any]]:
        lines = [line.strip() for line in self.cleaned_data["tiers"].splitlines() if line.strip()]
        if len(lines) > MOST_TIERS:
            raise ValidationError(f"Use {MOST_TIERS} tiers at most.")
        found = []
        for line in lines:
            match = _TIER.fullmatch(line)
            many = int(re.sub(r"\D", "", match["many"]) or 0) if match else -1
            if match is None or many < 0:
                raise ValidationError(f"“{line[:60]}” has no number; write it as “Opened in the last 60 days: 1,200”.")
            found.append([match["name"].rstrip(" :=;")[:120], many])
        total = sum(many for _, many in found)
        if not 0 < total <= MOST_A_DAY * 10:
            raise ValidationError("Nobody is in these tiers." if not total else "These are too many people.")
        return found

    def clean_starts_on(self) -> Any:
        day = self.cleaned_data["starts_on"]
        if not 2000 < day.year < 2100:
            raise ValidationError("Choose a date between the years 2001 and 2099.")
        return day

    def clean_days_off(self) -> list[int]:
        days = sorted(set(self.cleaned_data["days_off"]))
        if len(days) == 7:
            raise ValidationError("Leave at least one day of the week for sending.")
        return days

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        if data.get("first") and data.get("longest") and data["first"] > data["longest"]:
            self.add_error("longest", "The longest day cannot be smaller than the first one.")
        if data.get("ceiling") and data.get("most_complained") and data["ceiling"] < data["most_complained"]:
            self.add_error("ceiling", "The stop cannot come before the volume is repeated.")
        return data


class WarmUpDaysForm(forms.Form):
    """Days as pasted lines, or one day in fields."""

    lines = forms.CharField(required=False, max_length=100_000)
    on = forms.DateField(required=False)
    sent = forms.CharField(required=False, max_length=60)
    bounced = forms.CharField(required=False, max_length=60)
    complained = forms.CharField(required=False, max_length=60)

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            raise ValidationError("Write the day as 2026-12-31 and the numbers in digits.")
        try:
            data["days"] = self._days(data)
        except warmup_files.Unclear as error:
            raise ValidationError(str(error)) from error
        return data

    def _days(self, data: dict[str, Any]) -> warmup_files.Told:
        if data["lines"].strip():
            return warmup_files.read_days(data["lines"], self.today)
        if data["on"] is None:
            raise warmup_files.Unclear("Choose the day, or paste lines.")
        if data["on"] > self.today:
            raise warmup_files.Unclear("This day is still to come; enter what was really sent.")
        numbers = "\t".join(data[name] for name in ("sent", "bounced", "complained"))
        try:
            return warmup_files.read_days(f"{data['on']}\t{numbers}", self.today)
        except warmup_files.Unclear as error:
            words = str(error).removeprefix("Line 1: ")
            raise warmup_files.Unclear(words[:1].upper() + words[1:]) from error

    @property
    def sentence(self) -> str:
        return str(self.non_field_errors()[0]) if self.non_field_errors() else ""
