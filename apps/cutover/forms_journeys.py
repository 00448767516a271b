"""What a person may type about test journeys and their runs."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.cutover.forms_run import people_of
from apps.cutover.journeys import Journey, split_steps
from apps.projects.forms import VersionedForm
from apps.projects.models import Project
from apps.ui.forms import PageForm

MOST_STEPS, LONGEST = 40, 300


class JourneyForm(VersionedForm):
    """One journey with its steps."""

    submit_label = "Save the journey"
    fields_layout = ("title", "why", "steps", "owner", "is_essential", "client_sees")

    class Meta:
        model = Journey
        fields = ["title", "why", "steps", "owner", "is_essential", "client_sees"]
        widgets = {
            "steps": forms.Textarea(
                attrs={"rows": 10, "placeholder": "Open the checkout -> Name, price and tax are right"}
            )
        }
        help_texts = {
            "steps": "One step a line; behind -> stands what should come of it. Other steps ask for a new run."
        }

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].required = bool(self.instance.pk)
        self.fields["owner"].queryset = people_of(project)
        self.fields["owner"].empty_label = "Nobody yet"

    def clean_steps(self) -> str:
        text: str = self.cleaned_data["steps"].replace("\r\n", "\n").replace("\r", "\n")
        steps = split_steps(text)
        if len(steps) > MOST_STEPS:
            raise ValidationError(f"These are {len(steps)} steps; {MOST_STEPS} at most. Make two journeys of it.")
        for number, (done, expected) in enumerate(steps, 1):
            if not done:
                raise ValidationError(f"Step {number} says what is expected, but not what is done.")
            if max(len(done), len(expected)) > LONGEST:
                raise ValidationError(f"Step {number} is longer than {LONGEST} characters; shorten it.")
        return text


class ChangedForm(PageForm, forms.Form):
    """What was changed, and whether every journey passes through it."""

    reason = forms.CharField(
        label="What was changed",
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "The checkout has a new tax rule"}),
    )
    all = forms.BooleanField(label="All journeys are to be run again", required=False)


class ProofForm(PageForm, forms.Form):
    """Words, a link, or a file."""

    submit_label = "Add the evidence"
    text = forms.CharField(label="A link, or in words", max_length=2000, required=False)
    file = forms.FileField(label="Or a file, a picture for example", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("text")) == bool(data.get("file")):
            raise ValidationError("Give a link, words or a file: one at a time.")
        return data


class MarkForm(forms.Form):
    """One step of a run, as its buttons send it."""

    place = forms.IntegerField(min_value=1, max_value=MOST_STEPS)
    result = forms.ChoiceField(choices=[("", ""), ("passed", ""), ("failed", "")], required=False)
    was = forms.CharField(required=False, max_length=8)
    note = forms.CharField(required=False, max_length=500)
