"""The first form of a project."""

from typing import Any

from django import forms

from apps.accounts.models import Organisation
from apps.checklists.builtin import four_phases
from apps.checklists.models import TemplateVersion
from apps.projects.forms import ProjectForm


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
