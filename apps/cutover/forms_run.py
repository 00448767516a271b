"""What a person may type about the run sheet and its runs."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.cutover.rollbacks import Rollback
from apps.cutover.runsheets import RunSheet, RunStep
from apps.projects.forms import VersionedForm, WallClockField, wall_clock
from apps.projects.models import Project
from apps.ui.forms import side_by_side
from engine.facts import FACTS

PHONE = re.compile(r"\+?[\d\s().\-–/]{3,}(?:(?:x|ext\.?|#)\s*\d{1,6})?", re.IGNORECASE)
FEWEST, MOST = 3, 15  # digits: from an inside line to what E.164 allows


class ReachedForm(VersionedForm):
    """One person, from the list or by a typed name, and a number that can be called."""

    person, name = "owner", "owner_name"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get(self.person) and data.get(self.name):
            self.add_error(self.name, f"Clear this, or choose nobody in the list: {data[self.person]} is chosen there.")
        return data

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip()
        digits = sum(sign.isdigit() for sign in re.split("[x#]|ext", phone, flags=re.IGNORECASE)[0])
        if phone and not (PHONE.fullmatch(phone) and FEWEST <= digits <= MOST):
            raise ValidationError("Type one phone number, such as +49 30 5550 0142, so that it can be called at night.")
        return phone


class StepsField(forms.ModelMultipleChoiceField):
    """Steps with the minute at which they begin."""

    def label_from_instance(self, obj: RunStep) -> str:
        return f"{f'{obj.start:+d}'.replace('-', '−')} min · {obj.title}"


class MinutesField(forms.IntegerField):
    """A number that may have the minus sign which the pages write."""

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.replace("−", "-") if isinstance(value, str) else value)


class RunStepForm(ReachedForm):
    """One step of the sheet."""

    submit_label = "Save the step"
    fields_layout = ("title", side_by_side("section", "start", "minutes"), side_by_side("owner", "owner_name", "phone"),
                     "expected", "fact", "waits_for", "client_sees")  # fmt: skip
    waits_for = StepsField(
        RunStep.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Waits for"
    )
    fact = forms.ChoiceField(label="Checked by", required=False)

    class Meta:
        model = RunStep
        fields = [
            "title", "section", "start", "minutes", "owner", "owner_name", "phone", "expected", "fact", "client_sees"
        ]  # fmt: skip
        field_classes = {"start": MinutesField}
        widgets = {"expected": forms.Textarea(attrs={"rows": 2}), "phone": forms.TextInput(attrs={"type": "tel"})}
        far = "A step begins at most 60 days before or after T: between −86400 and 86400 minutes."
        error_messages = {
            "start": {"min_value": far, "max_value": far},
            "minutes": {"min_value": "A step takes 0 minutes or more.", "max_value": "A step takes 14 days at most."},
        }
        help_texts = {"start": "−30 is half an hour before T; what it waits for may push it later."}

    def __init__(self, *args: Any, sheet: RunSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        self.fields["version"].required = bool(self.instance.pk)
        self.fields["owner"].queryset = people_of(sheet.project)
        self.fields["owner"].empty_label = "Nobody yet"
        known = [(key, kind.title) for key, kind in FACTS.items()]
        self.fields["fact"].choices = [("", "A person"), *known]
        self.fields["waits_for"].queryset = sheet.steps.exclude(pk=self.instance.pk)
        if self.instance.pk:
            self.initial["waits_for"] = [step.pk for step in self.instance.waits_for.all()]


def people_of(project: Project) -> Any:
    """Everybody who works on this project, or owns the consultancy."""
    inside = User.objects.filter(project_memberships__project=project)
    return (inside | User.objects.filter(organisation_memberships__organisation=project.organisation)).distinct()


class RollbackForm(ReachedForm):
    """When to go back, and who decides it."""

    person, name = "decider", "decider_name"

    submit_label = "Save"
    fields_layout = ("trigger", side_by_side("decider", "decider_name", "phone"), "latest")
    latest = WallClockField(
        label="No later than", required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text="Only where it must be earlier than what is counted here; as the client's clock shows it.",
    )  # fmt: skip

    class Meta:
        model = Rollback
        fields = ["trigger", "decider", "decider_name", "phone", "latest"]
        widgets = {"trigger": forms.Textarea(attrs={"rows": 3}), "phone": forms.TextInput(attrs={"type": "tel"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decider"].queryset = people_of(self.instance.project)
        self.fields["decider"].empty_label = "Nobody yet"
        if self.instance.latest:
            self.initial["latest"] = self.instance.latest.astimezone(self.instance.project.zone).replace(tzinfo=None)

    def clean_latest(self) -> Any:
        moment = self.cleaned_data["latest"]
        return wall_clock(moment, self.instance.project.zone) if moment else None
