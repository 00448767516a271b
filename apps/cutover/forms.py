"""What a person may type about the switch."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from apps.cutover.models import Redirect
from apps.projects.forms import VersionedForm
from apps.ui.forms import PageForm, side_by_side
from engine.redirects.maps import CannotRead, place, standard


class RedirectFilterForm(forms.Form):
    """Which lines are shown."""

    CHOICES = [
        ("", "Everything"), ("waiting", "Waits for you"), ("faulty", "To correct"), ("astray", "Gone astray"),
        ("untold", "Could not tell"), ("gone", "Gone on purpose"),
    ]  # fmt: skip
    show = forms.ChoiceField(choices=CHOICES, required=False)
    q = forms.CharField(required=False, max_length=2100)
    same_as = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)  # key of a line


class AddressField(forms.CharField):
    """A web address in its one reading, with the /* at its end if it has one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2048, **kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return standard(text)
        except CannotRead as error:
            raise ValidationError(str(error)) from error


class RedirectForm(VersionedForm):
    """One line."""

    submit_label = "Save the redirect"
    fields_layout = ("old", "new", "is_gone", "sample", "note")
    old = AddressField(label="Old address", help_text="The whole address. /* at its end stands for everything below.")
    new = AddressField(label="New address", required=False)
    sample = forms.CharField(
        label="One page below it", required=False, max_length=2048,
        help_text="For an address that ends in /*: a page that stood there. It is asked in place of all of them.",
    )  # fmt: skip

    class Meta:
        model = Redirect
        fields = ["old", "new", "is_gone", "sample", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].required = bool(self.instance.pk)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        old, new = data.get("old", ""), data.get("new", "")
        if data.get("is_gone") and new:
            self.add_error("new", "A page that is gone leads nowhere: empty this, or do not mark it as gone.")
        elif not data.get("is_gone") and not new and "new" not in self.errors:
            self.add_error("new", "Give the new address, or mark the page as gone.")
        if new.endswith("/*") and not old.endswith("/*"):
            self.add_error("new", "Only an address that ends in /* can lead to one that does.")
        if old and data.get("sample"):
            data["sample"] = self._sample(data["sample"], old)
        return data

    def _sample(self, text: str, old: str) -> str:
        """The page in standard form; empty where the line stands for one address alone."""
        if not old.endswith("/*"):
            return ""
        try:
            found = standard(text, old[:-1])
        except CannotRead as error:
            self.add_error("sample", str(error))
            return text
        start = place(old)[:-1]
        if found.endswith("*") or not place(found).startswith(start) or place(found) == start:
            self.add_error("sample", f"Give one page below {old[:-1]}, with its whole path.")
        return found


class RedirectFileForm(PageForm, forms.Form):
    """A list that exists already, as a file or pasted."""

    submit_label = "Bring the list in"
    fields_layout = ("file", "text", side_by_side("old_site", "new_site"))
    file = forms.FileField(
        label="File", required=False,
        help_text="CSV or XLSX with old address, new address and, if you like, status (410 for gone); an nginx or "
        "Apache configuration; Cloudflare's list; an export of WordPress Redirection.",
    )  # fmt: skip
    text = forms.CharField(
        label="Or paste the lines", required=False, max_length=2_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": "old address, new address"}),
    )  # fmt: skip
    old_site = forms.CharField(
        label="The old site", required=False, max_length=300,
        help_text="Completes paths that stand alone, like /about.",
        widget=forms.TextInput(attrs={"placeholder": "https://www.example.org"}),
    )  # fmt: skip
    new_site = forms.CharField(
        label="The new site", required=False, max_length=300, help_text="The old one, where you leave it empty.",
        widget=forms.TextInput(attrs={"placeholder": "https://shop.example.com"}),
    )  # fmt: skip

    def _site(self, name: str) -> str:
        text = self.cleaned_data[name].strip()
        if not text:
            return ""
        try:
            return standard(text)
        except CannotRead as error:
            raise ValidationError(str(error)) from error

    def clean_old_site(self) -> str:
        return self._site("old_site")

    def clean_new_site(self) -> str:
        return self._site("new_site")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("file")) == bool(data.get("text", "").strip()):
            raise ValidationError("Choose a file or paste the lines, one of the two.")
        return data

    @property
    def upload(self) -> Any:
        """The file, or what was pasted as one."""
        if self.cleaned_data["file"]:
            return self.cleaned_data["file"]
        text = (
            self.cleaned_data["text"].replace("\t", ",")
            if "," not in self.cleaned_data["text"]
            else self.cleaned_data["text"]
        )
        return ContentFile(text.encode("utf-8", "replace"), name="pasted lines.csv")
