"""What the target asks for contacts."""

from decimal import Decimal
from typing import Any

from django import forms

from apps.contacts.models import ListPrice
from apps.ui.forms import PageForm


class PriceField(forms.DecimalField):
    """Takes a comma before the cents too."""

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, str) and "." not in value and value.count(",") == 1:
            value = value.replace(",", ".")
        return super().to_python(value)


class PriceForm(PageForm, forms.Form):
    """Blank takes the price away again."""

    per_thousand = PriceField(
        label="Price of 1,000 contacts a month", required=False, min_value=0, max_digits=8, decimal_places=2,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal", "size": 8}),
        error_messages={"invalid": "Write the price as a number, such as 12.50.", "min_value": "Write 0 or more."},
    )  # fmt: skip
    currency = forms.RegexField(
        r"[A-Za-z]{3}", label="Currency", required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "size": 4, "maxlength": 3, "placeholder": "EUR"}),
        error_messages={"invalid": "Write the currency as three letters, such as EUR."},
    )  # fmt: skip
    client_sees = forms.BooleanField(
        label="The client sees this", required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )

    @classmethod
    def of(cls, price: ListPrice | None) -> "PriceForm":
        """As it stands; the consultancy's own price shows through, and is not taken for the project's."""
        if price is None:
            return cls()
        names = ("per_thousand", "currency")
        form = cls(
            initial={name: getattr(price, name) for name in names if price.pk} | {"client_sees": price.client_sees}
        )
        for name in names:
            if not price.pk:
                form.fields[name].widget.attrs["placeholder"] = getattr(price, name)
        return form

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()
