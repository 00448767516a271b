"""The first form of a project, objectives with their values, answers of the self-assessment, and shared files."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.models import Organisation
from apps.checklists.builtin import four_phases
from apps.checklists.models import TemplateVersion
from apps.overview.models import Direction, Lesson, Objective, Said
from apps.projects.forms import ProjectForm, VersionedForm
from apps.ui.forms import side_by_side


class TemplateField(forms.ModelChoiceField):
    """The newest version of each template, by name; with the consultancy's where there are several."""

    several = False

    def label_from_instance(self, obj: TemplateVersion) -> str:
        return f"{obj} ({obj.organisation})" if self.several else str(obj)


class NewProjectForm(ProjectForm):
    """As the settings, and for people of several consultancies: which one."""

    submit_label = "Create the project"
    fields_layout = ("client", "template", *ProjectForm.fields_layout[1:])
    template = TemplateField(
        TemplateVersion.objects.none(),
        required=False,
        label="Template",
        help_text="The checklist begins as a copy of it, with its dates; it can be changed afterwards.",
    )
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="Consultancy", empty_label=None)

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        if len(organisations) == 1:
            self.fields["organisation"].initial = organisations[0]
            self.fields["organisation"].widget = forms.HiddenInput()
        template = self.fields["template"]
        newest = TemplateVersion.objects.newest().filter(organisation__in=organisations)
        template.queryset = newest.select_related("template", "organisation").order_by("template__name", "pk")
        template.empty_label = f"{four_phases().name} (built in)"
        template.several = len(organisations) > 1
        self.order_fields(["organisation", *self._meta.fields])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        chosen = data.get("template")
        if chosen is not None and data.get("organisation") and chosen.organisation_id != data["organisation"].pk:
            self.add_error("template", f"This template belongs to {chosen.organisation}. Choose another one.")
        return data


class ObjectiveForm(VersionedForm):
    """One reason to move, with its number before, the number wanted and the day."""

    submit_label = "Save the objective"
    fields_layout = (
        "sentence", side_by_side("metric", "unit"), side_by_side("baseline", "target"),
        side_by_side("direction", "due"), "client_measures",
    )  # fmt: skip

    class Meta:
        model = Objective
        fields = ["sentence", "metric", "unit", "baseline", "target", "direction", "due", "client_measures"]
        widgets = {"due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {"sentence": "For example: half of our mail lands in spam.", "unit": "%, EUR, hours …"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["version"].required = False

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        before, wanted = data.get("baseline"), data.get("target")
        if before is not None and wanted is not None:
            is_better = wanted > before if data.get("direction") == Direction.UP else wanted < before
            if not is_better:
                self.add_error("target", "The value wanted is not better than the one before. Correct it or the way.")
        return data


class MeasurementForm(forms.Form):
    """What was measured on one day."""

    value = forms.DecimalField(max_digits=14, decimal_places=2)
    on = forms.DateField(label="Day")

    def __init__(self, *args: Any, objective: Objective, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.objective = objective

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if not date(2000, 1, 1) <= day <= self.objective.project.today:
            raise ValidationError("Choose a day that is not in the future.")
        return day


class AnswerForm(forms.Form):
    """One answer of the self-assessment."""

    said = forms.ChoiceField(choices=Said.choices, required=False)
    note = forms.CharField(max_length=2000, required=False)
    link = forms.URLField(max_length=500, required=False, assume_scheme="https")
    file = forms.FileField(required=False)
    version = forms.IntegerField(min_value=0, max_value=10**9)


class SharedFileForm(forms.Form):
    """A file between client and consultant."""

    file = forms.FileField(error_messages={"required": "Choose a file."})


class LessonForm(forms.ModelForm):
    """What was learnt, for the next move."""

    submit_label = "Keep it"

    class Meta:
        model = Lesson
        fields = ("text", "kind", "client_sees")
