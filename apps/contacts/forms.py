"""Uploading contact files."""

from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from apps.contacts.models import FileKind
from apps.projects.models import Project, Role, platform_name
from apps.ui.forms import PageForm
from engine import platforms

ENDINGS = (".csv", ".txt", ".tsv", ".xlsx")
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
        wrong = [sentence for file in files if (sentence := _refusal(file))]
        if wrong:
            raise ValidationError(wrong)
        return files


def _refusal(file: UploadedFile) -> str:
    """Why this file is not taken; what only its contents show is said by the report."""
    name = str(file.name or "")[:80]
    if not file.size:
        return f"{name} is empty; export it again and choose the new one."
    if Path(str(file.name).lower()).suffix not in ENDINGS:
        return f"{name} is not a CSV, TXT or XLSX file; export or save it as one of these."
    return ""


class SettingsForm(PageForm, forms.Form):
    """What a file holds, when the upload said otherwise, and how long a buyer counts as active."""

    kind = forms.ChoiceField(label="This file holds", choices=FileKind.choices)
    active_days = forms.IntegerField(
        label="A buyer is active for", min_value=1, max_value=36_500, required=False,
        error_messages={"min_value": "Give at least 1 day.", "max_value": "Give at most 36500 days."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].widget.attrs["class"] = "form-select"
        self.fields["active_days"].widget.attrs |= {"class": "form-control", "inputmode": "numeric"}


class UploadForm(PageForm, forms.Form):
    """Files of one kind, from one platform. A client's uploads are always his to see."""

    files = FilesField(label="Files")
    kind = forms.ChoiceField(label="What they hold", choices=FileKind.choices, initial=FileKind.CONTACTS)
    source = forms.ChoiceField(label="Exported by", required=False)
    client_sees = forms.BooleanField(label="The client sees them", required=False)

    def __init__(self, *args: Any, project: Project, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(key, platform_name(key)) for key in project.sources]
        others = [(key, name) for key, name in platforms.names() if key not in project.sources]
        self.fields["source"].choices = [
            ("", "Tell by its columns"), ("This move", own), ("Other platforms", others)
        ]  # fmt: skip
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
