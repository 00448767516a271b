"""What a person may type about an asset or an old account."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from apps.assets import own_fields
from apps.assets.kinds import Field, Kind, builtin
from apps.assets.limits import people_of, without_secrets
from apps.assets.models import (
    WEB,
    Account,
    AccountIs,
    Asset,
    CurrentStatus,
    OwnKind,
    Progress,
    RequiredStatus,
    kinds_of,
)
from apps.projects.forms import VersionedForm
from apps.projects.models import Project, platform_name
from apps.ui.forms import PageForm, side_by_side
from engine.outbound import OutboundError, read_url
from engine.spreadsheets.cells import CellError

CELLS = (
    "name", "kind", "current_status", "required_status", "progress", "url", "new_url", "owner", "revenue",
    "effort_hours", "last_used", "client_sees", "suggestion", "suggestion_why", "parent",
)  # fmt: skip


class AssetForm(VersionedForm):
    """An asset in full; consultants only."""

    submit_label = "Save the asset"
    fields_layout = (
        side_by_side("name", "kind"), side_by_side("current_status", "required_status", "progress"),
        side_by_side("url", "new_url"), side_by_side("owner", "parent"),
        side_by_side("revenue", "effort_hours", "last_used"), side_by_side("suggestion", "suggestion_why"),
        "notes", "client_sees",
    )  # fmt: skip
    kind = forms.ChoiceField()

    class Meta:
        model = Asset
        fields = [*CELLS, "notes"]
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 3}),
            "last_used": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, project: Project, only: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = kinds_of(project)
        self.fields["kind"].choices = self.book.choices()
        if not self.instance.pk:
            self.initial.setdefault("kind", "other_page")
            self.initial.setdefault("client_sees", False)  # a new asset is ours until somebody shows it
        self.fields["suggestion"].choices = [("", "None"), *RequiredStatus.choices[1:]]
        self._add_fields_of_the_kind()
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
            rows = project.assets.filter(kind__in=self.book.holders)
            self.fields["parent"].queryset = rows.exclude(pk=self.instance.pk).order_by("name")
            self.fields["parent"].empty_label = "Nothing"
        if not self.instance.pk:
            self.fields["version"].required = False

    @property
    def helper(self) -> Any:
        """The fields of the kind stand beneath, in a part of their own (_kind_fields.html)."""
        helper = super().helper
        helper.render_unmentioned_fields, helper.render_hidden_fields = False, True
        return helper

    @property
    def kind_now(self) -> Kind | None:
        """The kind whose fields the form shows: the one chosen in it, or the asset's."""
        return self.book.kinds.get(self.data.get("kind") or self.initial.get("kind") or self.instance.kind)

    def _add_fields_of_the_kind(self) -> None:
        for one in self.kind_now.fields if self.kind_now else ():
            self.fields[f"x_{one.key}"] = field_of_kind(one)
            self.initial.setdefault(f"x_{one.key}", typed(one, self.instance.extra.get(one.key, "")))

    @property
    def own_fields(self) -> list[Any]:
        """The fields of the kind, bound."""
        return [self[name] for name in self.fields if name.startswith("x_")]

    def extra(self) -> dict[str, str]:
        """The asset's own fields with what was typed; those of another kind stay as they are."""
        found = {name[2:]: value for name, value in self.cleaned_data.items() if name.startswith("x_")}
        return {key: text for key, text in {**self.instance.extra, **found}.items() if text}

    def clean_suggestion_why(self) -> str:
        return without_secrets(self.cleaned_data["suggestion_why"])

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


class KindField(forms.CharField):
    """A field of a kind: read as the kind reads a cell of a spreadsheet."""

    def __init__(self, one: Field, **kwargs: Any) -> None:
        super().__init__(label=one.label, help_text=one.help, required=False, **kwargs)
        self.one = one

    def clean(self, value: Any) -> str:
        text = super().clean(value).replace("T", " ") if self.one.type == "moment" else super().clean(value)
        try:
            return without_secrets(self.one.read(text))
        except CellError as error:
            raise ValidationError(str(error)) from error


WIDGETS = {
    "long": lambda: forms.Textarea(attrs={"rows": 3}), "day": lambda: forms.DateInput(attrs={"type": "date"}),
    "moment": lambda: forms.DateTimeInput(attrs={"type": "datetime-local"}),
    "number": lambda: forms.TextInput(attrs={"inputmode": "decimal"}),
    "money": lambda: forms.TextInput(attrs={"inputmode": "decimal"}),
}  # fmt: skip


def field_of_kind(one: Field) -> KindField:
    """The form's field for a field of a kind."""
    if one.type in ("choice", "yes"):
        choices = one.choices or ("yes", "no")
        return KindField(one, widget=forms.Select(choices=[("", "Not said"), *((word, word) for word in choices)]))
    return KindField(one, widget=WIDGETS.get(one.type, forms.TextInput)())


def typed(one: Field, text: str) -> str:
    """A kept text as the browser's input takes it."""
    if one.type == "moment" and text:
        return text.replace(" ", "T") if " " in text else f"{text}T00:00"
    return text


class OwnKindForm(PageForm, forms.ModelForm):
    """A kind of a consultancy's own. Its fields are written one a line: `Name: type`, a choice with its words."""

    submit_label = "Save the kind"
    fields_layout = (side_by_side("label", "family", "hours"), "fields_text", "capture")
    family = forms.ChoiceField(label="Listed with")
    fields_text = forms.CharField(
        label="Its own fields", required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=4000,
        help_text="One a line, with its type: “Seats: number”, “Renewal: date”, “Size: choice S, M, L”. Types: text, "
        "long text, number, money, date, date and time, yes/no, choice.",
    )  # fmt: skip
    capture = forms.MultipleChoiceField(
        label="To be saved before it is rebuilt", required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = OwnKind
        fields = ["label", "family", "hours", "capture"]

    def __init__(self, *args: Any, organisation: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.organisation = organisation
        book = builtin()
        self.fields["family"].choices = [(one.key, one.label) for one in book.families.values()]
        self.fields["capture"].choices = list(book.captures.items())
        self.initial.setdefault("fields_text", own_fields.written(self.instance.fields))

    def clean_label(self) -> str:
        label = " ".join(self.cleaned_data["label"].split())
        taken = {kind.label.casefold() for kind in builtin().kinds.values()}
        same = OwnKind.objects.filter(organisation=self.instance.organisation, label__iexact=label)
        if label.casefold() in taken or same.exclude(pk=self.instance.pk).exists():
            raise ValidationError("There is a kind of this name already.")
        return label

    def clean_fields_text(self) -> str:
        try:
            self.instance.fields = own_fields.read(self.cleaned_data["fields_text"], self.instance.fields)
        except CellError as error:
            raise ValidationError(str(error)) from error
        return self.cleaned_data["fields_text"]


class DecisionForm(forms.Form):
    """What a client may set: the required status, nothing else."""

    required_status = forms.ChoiceField(choices=RequiredStatus.choices, required=False)


class BulkForm(forms.Form):
    """One field for many assets."""

    FIELDS = [("required_status", "Required status"), ("suggestion", "Suggestion"),
              ("current_status", "Current status"), ("progress", "Progress"),
              ("client_sees", "The client sees it")]  # fmt: skip
    VALUES = {
        "required_status": dict(RequiredStatus.choices) | {"undecided": "Undecided"},
        "suggestion": dict(RequiredStatus.choices) | {"undecided": "No suggestion"},
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


class CaptureForm(forms.Form):
    """One thing saved, and what shows it."""

    is_done = forms.BooleanField(required=False)
    note = forms.CharField(required=False, max_length=500)
    link = forms.CharField(required=False, max_length=2000, validators=[WEB])
    file = forms.FileField(required=False, max_length=200)

    def clean_note(self) -> str:
        return without_secrets(self.cleaned_data["note"].replace("\x00", ""))


class ScanForm(PageForm, forms.Form):
    """Where to look for the pages of a site."""

    submit_label = "List the pages"
    start = forms.CharField(
        label="Address", max_length=2000, validators=[WEB],
        help_text="The site's first page, or its sitemap. Only pages that everybody can open are listed.",
        widget=forms.URLInput(attrs={"placeholder": "https://www.example.com/"}),
    )  # fmt: skip
    most = forms.IntegerField(label="At most", min_value=1, max_value=2000, initial=300, help_text="Pages.")

    def clean_start(self) -> str:
        try:
            return str(read_url(self.cleaned_data["start"], settings.OUTBOUND_PORTS))
        except OutboundError as error:
            raise ValidationError(str(error)) from error


class FileForm(forms.Form):
    """A file for an asset."""

    file = forms.FileField(max_length=200)
    is_internal = forms.BooleanField(required=False)


class ViewForm(forms.Form):
    """The name of a saved view."""

    name = forms.CharField(max_length=60)
    is_shared = forms.BooleanField(required=False)


class FilterForm(forms.Form):
    """Search and filters of the table; whatever is wrong is ignored."""

    SORTS = ["name", "kind", "current_status", "required_status", "progress", "revenue", "effort_hours", "last_used",
             "updated_at"]  # fmt: skip
    q = forms.CharField(required=False, max_length=100)
    kind = forms.ChoiceField(required=False)
    required = forms.ChoiceField(
        required=False,
        choices=[("", "Every decision"), ("undecided", "Undecided"), ("asked", "The client asks"),
                 *RequiredStatus.choices[1:]],
    )  # fmt: skip
    current = forms.ChoiceField(required=False, choices=[("", "Every status"), *CurrentStatus.choices])
    progress = forms.ChoiceField(required=False, choices=[("", "Every progress"), *Progress.choices])
    group = forms.ChoiceField(
        required=False, choices=[("", "No groups"), ("kind", "Group by kind"), ("required_status", "Group by decision"),
                                 ("tree", "As a tree")],
    )  # fmt: skip
    sort = forms.ChoiceField(required=False, choices=[(sign + name, name) for name in SORTS for sign in ("", "-")])

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Every kind"), *kinds_of(project).choices()]

    def asked(self) -> dict[str, str]:
        """The filters that make sense."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class ImportForm(PageForm, forms.Form):
    """The edited spreadsheet."""

    submit_label = "Compare"
    file = forms.FileField(
        label="Spreadsheet", help_text="XLSX or CSV: the export from here, or any other list with a column of names.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )  # fmt: skip


def account_choices(project: Project, row: Account) -> list[tuple[str, str]]:
    """The project's sources between what every project may choose."""
    first, *others = AccountIs.choices
    keys = dict.fromkeys([*project.sources, *([row.platform] if row.platform not in AccountIs else [])])
    return [first, *((key, platform_name(key)) for key in keys), *others]


class AccountForm(VersionedForm):
    """An old service."""

    submit_label = "Save the account"
    fields_layout = (side_by_side("name", "does"), "platform", side_by_side("monthly_cost", "currency", "renews_on"),
                     side_by_side("replaced_by", "still_runs"), "keep_until")  # fmt: skip

    class Meta:
        model = Account
        fields = [
            "name", "does", "platform", "monthly_cost", "currency", "renews_on", "replaced_by", "still_runs",
            "keep_until",
        ]  # fmt: skip
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("renews_on", "keep_until")
        }

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["version"].required = False
        self.fields["platform"] = forms.ChoiceField(
            label="Which of them it is", choices=account_choices(project, self.instance), required=False,
            help_text="Tells what has to be over before it can be closed.",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("name", "does", "replaced_by", "still_runs"):
            try:
                without_secrets(data.get(name, ""))
            except ValidationError as error:
                self.add_error(name, error)
        return data
