"""The first form of a project."""

from typing import Any

from django import forms

from apps.accounts.models import Organisation
from apps.projects.forms import ProjectForm


class NewProjectForm(ProjectForm):
    """As the settings, and for people of several consultancies: which one."""

    submit_label = "Create the project"
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="Consultancy", empty_label=None)

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        if len(organisations) == 1:
            self.fields["organisation"].initial = organisations[0]
            self.fields["organisation"].widget = forms.HiddenInput()
        self.order_fields(["organisation", *self._meta.fields])
