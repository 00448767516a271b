"""A test message, pasted or as a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.ui.forms import PageForm
from engine.dns.message import MOST_BYTES

LONGEST_PASTE = 1_000_000


class MessageForm(PageForm, forms.Form):
    """`cleaned_data["data"]` holds the bytes, `is_pasted` how they came."""

    submit_label = "Check the message"
    file = forms.FileField(
        label="Saved message (.eml)", required=False, max_length=200,
        help_text="Gmail: ⋮ > Download message. Outlook: Save as. Apple Mail: Save as > Raw message source.",
    )  # fmt: skip
    pasted = forms.CharField(
        label="Or its source or headers, pasted", required=False, max_length=LONGEST_PASTE, strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="Headers alone show what the receiver said; a signature can be verified only with the whole message.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One of the two; the file counts where both are given."""
        data = super().clean() or {}
        file, pasted = data.get("file"), data.get("pasted") or ""
        if self.errors:
            return data
        if file and file.size > MOST_BYTES:
            raise ValidationError("The message is larger than 5 MB; send a short test message without attachments.")
        if not file and not pasted.strip():
            raise ValidationError("Choose a saved message or paste its headers.")
        data["data"] = file.read() if file else pasted.encode("utf-8", "surrogateescape")
        data["is_pasted"] = not file
        return data
