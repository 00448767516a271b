"""A consultancy's own value of a platform."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.ui.forms import PageForm
from engine.platforms import Platform
from engine.platforms.own import FORMS, BadValue, read_value

_CURRENCY = {"invalid": "Write the currency as three letters, such as EUR."}


class OwnValueForm(PageForm, forms.Form):
    """The value in the form that the catalogue gives it, and where it comes from."""

    submit_label = "Use this value"
    value = forms.CharField(label="Your value", max_length=10_000)
    unit = forms.RegexField(r"^[A-Za-z]{3}$", label="Currency", error_messages=_CURRENCY)
    source = forms.CharField(
        label="Where it comes from", max_length=500,
        help_text="A link, or who said so and when. Only the people of the consultancy read it.",
        error_messages={"required": "Say where the value comes from: a link, or who said so and when."},
    )  # fmt: skip

    def __init__(self, *args: Any, platform: Platform, path: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.platform, self.path, form = platform, path, FORMS[path]
        if form.choices:
            self.fields["value"] = forms.ChoiceField(
                label="Your value", choices=form.choices, error_messages={"invalid_choice": "Choose one of the list."}
            )
        elif form.is_long:
            self.fields["value"].widget = forms.Textarea(attrs={"rows": 5})
        elif form.is_number:
            self.fields["value"].widget.attrs |= {"inputmode": "decimal" if form.has_currency else "numeric"}
        self.fields["value"].help_text = form.hint
        self.fields["value"].widget.attrs["autofocus"] = True
        if not form.has_currency:
            del self.fields["unit"]
        self.order_fields(["value", "unit", "source"])

    def clean_value(self) -> Any:
        try:
            return read_value(self.platform, self.path, self.cleaned_data["value"])
        except BadValue as reason:
            raise ValidationError(str(reason)) from reason

    def clean_unit(self) -> str:
        return str(self.cleaned_data["unit"]).upper()

    def values(self) -> dict[str, Any]:
        """What `use_own` takes."""
        return {"unit": "", **self.cleaned_data}
