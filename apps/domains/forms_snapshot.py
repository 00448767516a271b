"""The file of a DNS host that names what nobody can list from outside."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.ui.forms import PageForm
from engine.dns.zonefile import MAX_BYTES


class ImportZoneForm(PageForm, forms.Form):
    """A BIND zone file, or a table with name, type and value."""

    submit_label = "Read the file"
    file = forms.FileField(
        label="Zone file or export",
        help_text="A BIND zone file, or a CSV or XLSX with columns name, type, value and perhaps TTL. At most 2 MB.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError("This file is larger than 2 MB; export the one zone alone.")
        return file
