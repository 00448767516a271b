"""Uploading contact files."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import localtime

from apps.contacts.how_read import ENCODINGS, SIGNS
from apps.contacts.models import ContactFile, ContactFileQuerySet, FileKind
from apps.projects.models import Project, Role, platform_name
from apps.ui.forms import PageForm
from engine import platforms

ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".zip")
MOST_FILES = 20


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files, each looked at; all that is wrong is said at once."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not files:
            raise ValidationError("Choose at least one file.")
        if len(files) > MOST_FILES:
            raise ValidationError(f"Choose at most {MOST_FILES} files at a time.")
        wrong = [sentence for file in files if (sentence := _refusal(str(file.name or ""), file.size))]
        if wrong:
            raise ValidationError(wrong)
        return files


def _refusal(name: str, size: int | None) -> str:
    """Why this file is not taken; what only its contents show is said by the report."""
    shown = name[:80]
    if not size:
        return f"{shown} is empty; export it again and choose the new one."
    if Path(name.lower()).suffix not in ENDINGS:
        return f"{shown} is not a CSV, TXT, XLSX or ZIP file; export or save it as one of these."
    return ""


def kinds_for(role: int) -> list[tuple[str, str]]:
    """What a file may be said to hold; the target's own export is the consultants' matter."""
    return [choice for choice in FileKind.choices if choice[0] != FileKind.TARGET or role >= Role.CONSULTANT]


def sources_for(project: Project) -> list[Any]:
    """The platforms that may have written a file, those of this move first."""
    own = [(key, platform_name(key)) for key in project.sources]
    others = [(key, name) for key, name in platforms.names() if key not in project.sources]
    return [("", "Tell by its columns"), ("This move", own), ("Other platforms", others)]


class SettingsForm(PageForm, forms.Form):
    """What a file holds and how it is read, when rule or upload said otherwise; how long a buyer counts as active.

    What is not sent stays as it is.
    """

    kind = forms.ChoiceField(label="It holds", choices=FileKind.choices)
    source = forms.ChoiceField(label="Exported by", required=False)
    encoding = forms.ChoiceField(
        label="Encoding", required=False, choices=[("", "Tell by its bytes"), *ENCODINGS.items()]
    )
    delimiter = forms.ChoiceField(
        label="Between the cells", required=False,
        choices=[("", "Tell by its first lines"), *((name, name.capitalize()) for name in SIGNS)],
    )  # fmt: skip
    active_days = forms.IntegerField(
        label="A buyer is active for", min_value=1, max_value=36_500, required=False,
        error_messages={"min_value": "Give at least 1 day.", "max_value": "Give at most 36500 days."},
    )  # fmt: skip

    def __init__(self, *args: Any, role: int, file: ContactFile, **kwargs: Any) -> None:
        now = {name: getattr(file, name) for name in ("kind", "source", "encoding", "delimiter", "active_days")}
        super().__init__(*args, initial=now, **kwargs)
        self.fields["kind"].choices = kinds_for(role)
        self.fields["source"].choices = sources_for(file.project)
        for name in ("kind", "source", "encoding", "delimiter"):
            self.fields[name].widget.attrs["class"] = "form-select names"
        self.fields["active_days"].widget.attrs |= {"class": "form-control", "inputmode": "numeric"}

    def values(self) -> dict[str, Any]:
        """What was sent and is sound; no number of days is none."""
        sent = {name: value for name, value in self.cleaned_data.items() if name in self.data}
        return {name: value for name, value in sent.items() if name != "active_days" or value}


class UploadForm(PageForm, forms.Form):
    """Files of one kind, from one platform. A client's uploads are always his to see."""

    files = FilesField(label="Files")
    kind = forms.ChoiceField(label="What they hold", choices=FileKind.choices, initial=FileKind.CONTACTS)
    source = forms.ChoiceField(label="Exported by", required=False)
    client_sees = forms.BooleanField(label="The client sees them", required=False)

    def __init__(self, *args: Any, project: Project, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds_for(role)
        self.fields["source"].choices = sources_for(project)
        for name, look in (("kind", "form-select"), ("source", "form-select"), ("client_sees", "form-check-input")):
            self.fields[name].widget.attrs["class"] = look
        if role < Role.CONSULTANT:
            del self.fields["client_sees"]
        self.is_client = role < Role.CONSULTANT

    def values(self) -> dict[str, Any]:
        """What `add_stored` takes."""
        data = self.cleaned_data
        return {
            "kind": data["kind"],
            "source": data["source"],
            "client_sees": True if self.is_client else data["client_sees"],
        }


class ListForm(forms.Form):
    """Which list a file is a version of: one of the project's other lists, or one of its own."""

    same_list = forms.ModelChoiceField(
        ContactFile.objects.none(), label="A version of", required=False, empty_label="A list of its own"
    )

    def __init__(self, *args: Any, file: ContactFile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["same_list"]
        others = file.project.contact_files.filter(version_of=None, kind=file.kind).exclude(pk=file.pk)
        chosen = others.filter(pk=file.version_of_id)  # it stays a choice, whatever its last check said
        field.queryset = others.readable() | chosen
        field.initial = file.version_of_id
        field.label_from_instance = lambda file: file.short_label
        field.widget.attrs["class"] = "form-select names"


class AddressForm(forms.Form):
    """Which column holds the addresses, where neither its name nor its cells told."""

    column = forms.ChoiceField(label="E-mail addresses stand in")

    def __init__(self, *args: Any, file: ContactFile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        header = file.latest_check.report.get("header", []) if file.latest_check else []
        names = dict.fromkeys(name for name in header if name.strip())
        self.fields["column"].choices = [("", "Choose a column"), *((name, name) for name in names)]
        self.fields["column"].widget.attrs["class"] = "form-select"


class OlderForm(forms.Form):
    """Which older version a file is compared with; the newest of them unless told otherwise."""

    older = forms.ModelChoiceField(ContactFile.objects.none(), label="Compare with", empty_label=None)

    def __init__(self, *args: Any, older: ContactFileQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["older"]
        field.queryset = older
        field.widget.attrs["class"] = "form-select names"
        field.label_from_instance = lambda file: f"{localtime(file.created_at):%-d %b %Y %H:%M}, {file.short_label}"


class BeginForm(UploadForm):
    """One file that is announced before its bytes come: the same choices, and what the browser knows of the file."""

    files = None
    name = forms.CharField(max_length=1000)
    size = forms.IntegerField(min_value=0, max_value=1 << 50)
    modified = forms.IntegerField(min_value=-(1 << 53), max_value=1 << 53)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        name, size = data.get("name", ""), data.get("size")
        if name and size is not None and (sentence := _refusal(name, size)):
            raise ValidationError(sentence)
        if size and size > settings.CONTACTS_LIMIT_MB * 1024 * 1024:
            limit = f"{settings.CONTACTS_LIMIT_MB:,} MB"
            raise ValidationError(f"{name[:80]} is larger than {limit}, the limit here; split it and upload the parts.")
        return data

    def values(self) -> dict[str, Any]:
        """What `begin` takes."""
        return super().values() | {name: self.cleaned_data[name] for name in ("name", "size", "modified")}

    @property
    def first_error(self) -> str:
        """The sentence for the file's row."""
        return str(self.errors_in_order[0]["errors"][0])
