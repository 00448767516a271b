"""What a person may type about an asset or an old account."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.assets.kinds import kind_choices
from apps.assets.limits import people_of, without_secrets
from apps.assets.models import Account, Asset, CurrentStatus, Progress, RequiredStatus
from apps.projects.forms import VersionedForm
from apps.projects.models import Project
from apps.ui.forms import PageForm, side_by_side

CELLS = (
    "name", "kind", "current_status", "required_status", "progress", "url", "new_url", "owner", "revenue",
    "effort_hours", "last_used", "client_sees",
)  # fmt: skip


class AssetForm(VersionedForm):
    """An asset in full; consultants only."""

    submit_label = "Save the asset"
    fields_layout = (
        side_by_side("name", "kind"), side_by_side("current_status", "required_status", "progress"),
        side_by_side("url", "new_url"), side_by_side("owner", "parent"),
        side_by_side("revenue", "effort_hours", "last_used"), "notes", "client_sees",
    )  # fmt: skip
    kind = forms.ChoiceField(choices=kind_choices)

    class Meta:
        model = Asset
        fields = [*CELLS, "parent", "notes"]
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 3}),
            "last_used": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, project: Project, only: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if only:
            for name in set(self.fields) - {*only, "version"}:
                del self.fields[name]
            for name in only:
                widget = self.fields[name].widget
                kind = "form-select" if isinstance(widget, forms.Select) else "form-control"
                widget.attrs |= {"class": f"{kind} {kind}-sm", "autofocus": True}
        if "owner" in self.fields:
            self.fields["owner"].queryset = people_of(project)
            self.fields["owner"].empty_label = "Nobody"
        if "parent" in self.fields:
            rows = project.assets.filter(kind__in=["funnel", "course", "membership_site", "product"])
            self.fields["parent"].queryset = rows.exclude(pk=self.instance.pk).order_by("name")
            self.fields["parent"].empty_label = "Nothing"
        if not self.instance.pk:
            self.fields["version"].required = False

    def clean_name(self) -> str:
        name = without_secrets(" ".join(self.cleaned_data["name"].split()))
        if not name:
            raise ValidationError("Give it a name.")
        return name

    def clean_notes(self) -> str:
        return without_secrets(self.cleaned_data["notes"])

    def clean_parent(self) -> Asset | None:
        parent, seen = self.cleaned_data["parent"], set()
        above = parent
        while above is not None and above.pk not in seen:
            if above.pk == self.instance.pk:
                raise ValidationError("An asset cannot stand inside itself. Choose another parent.")
            seen.add(above.pk)
            above = above.parent
        return parent


class DecisionForm(forms.Form):
    """What a client may set: the required status, nothing else."""

    required_status = forms.ChoiceField(choices=RequiredStatus.choices, required=False)


class BulkForm(forms.Form):
    """One field for many assets."""

    FIELDS = [("required_status", "Required status"), ("current_status", "Current status"), ("progress", "Progress"),
              ("client_sees", "The client sees it")]  # fmt: skip
    VALUES = {
        "required_status": dict(RequiredStatus.choices) | {"undecided": "Undecided"},
        "current_status": dict(CurrentStatus.choices),
        "progress": dict(Progress.choices),
        "client_sees": {"yes": "yes", "no": "no"},
    }
    field = forms.ChoiceField(choices=FIELDS)
    value = forms.CharField(required=False, max_length=20)

    @classmethod
    def of(cls, data: Any) -> "BulkForm":
        """From the buttons of the bar, `set=field=value`, or from the two fields by themselves."""
        field, _, value = data.get("set", "").partition("=")
        return cls({"field": field or data.get("field", ""), "value": value or data.get("value", "")})

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        field, value = data.get("field"), data.get("value", "")
        if field and value not in self.VALUES[field]:
            raise ValidationError("Choose a value that fits the field.")
        if field == "client_sees":
            data["value"] = value == "yes"
        elif value == "undecided":
            data["value"] = ""
        return data


class FilterForm(forms.Form):
    """Search and filters of the table; whatever is wrong is ignored."""

    SORTS = ["name", "kind", "current_status", "required_status", "progress", "revenue", "last_used", "updated_at"]
    q = forms.CharField(required=False, max_length=100)
    kind = forms.ChoiceField(required=False, choices=lambda: [("", "Every kind"), *kind_choices()])
    required = forms.ChoiceField(
        required=False, choices=[("", "Every decision"), ("undecided", "Undecided"), *RequiredStatus.choices[1:]]
    )
    current = forms.ChoiceField(required=False, choices=[("", "Every status"), *CurrentStatus.choices])
    progress = forms.ChoiceField(required=False, choices=[("", "Every progress"), *Progress.choices])
    sort = forms.ChoiceField(required=False, choices=[(sign + name, name) for name in SORTS for sign in ("", "-")])

    def asked(self) -> dict[str, str]:
        """The filters that make sense."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class ImportForm(PageForm, forms.Form):
    """The edited spreadsheet."""

    submit_label = "Compare"
    file = forms.FileField(label="Spreadsheet", help_text="XLSX, as exported here, or with a Name and a Kind column.")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not str(file.name).lower().endswith(".xlsx"):
            raise ValidationError("Choose an XLSX file; save other spreadsheets as XLSX first.")
        return file


class AccountForm(VersionedForm):
    """An old service."""

    submit_label = "Save the account"
    fields_layout = (side_by_side("name", "does"), side_by_side("monthly_cost", "currency", "renews_on"),
                     side_by_side("replaced_by", "still_runs"), side_by_side("keep_until", "closed_on"))  # fmt: skip

    class Meta:
        model = Account
        fields = [
            "name", "does", "monthly_cost", "currency", "renews_on", "replaced_by", "still_runs", "keep_until",
            "closed_on",
        ]  # fmt: skip
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("renews_on", "keep_until", "closed_on")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["version"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("name", "does", "replaced_by", "still_runs"):
            try:
                without_secrets(data.get(name, ""))
            except ValidationError as error:
                self.add_error(name, error)
        return data
