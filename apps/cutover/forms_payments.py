"""What a person may type about recurring payments."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.contacts.models import ResultList
from apps.cutover.payment_files import BIGGEST, judged_lists
from apps.cutover.payments import Choice, Payment
from apps.projects.forms import VersionedForm
from apps.projects.models import Project
from apps.ui.forms import PageForm, side_by_side
from apps.ui.moments import count

_DAY = {"attrs": {"type": "date"}, "format": "%Y-%m-%d"}


class PaymentFilterForm(forms.Form):
    """Which rows are shown."""

    CHOICES = [
        ("", "Everything"), ("undecided", "Undecided"), ("undone", "Decided, not done"), ("done", "Done"),
        ("access", "Access still to be given"), *Choice.choices,
    ]  # fmt: skip
    show = forms.ChoiceField(choices=CHOICES, required=False)
    q = forms.CharField(required=False, max_length=200)


class PaymentForm(VersionedForm):
    """One payment."""

    submit_label = "Save the payment"
    fields_layout = (
        "who", "email", "plan", side_by_side("amount", "currency"), side_by_side("every", "unit"),
        side_by_side("next_bill", "gateway"), "decision", "is_done", "needs_access",
        side_by_side("course", "reinstated_on"),
    )  # fmt: skip

    class Meta:
        model = Payment
        fields = [
            "who", "email", "plan", "amount", "currency", "every", "unit", "next_bill", "gateway", "decision",
            "is_done", "needs_access", "course", "reinstated_on",
        ]  # fmt: skip
        widgets = {"next_bill": forms.DateInput(**_DAY), "reinstated_on": forms.DateInput(**_DAY)}
        help_texts = {"currency": "Three letters, for example EUR."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].required = bool(self.instance.pk)
        self.fields["decision"].choices = [("", "Undecided"), *Choice.choices]

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].strip().upper()

    def _day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day and not 2000 < day.year < 2100:
            raise ValidationError("Choose a date between the years 2001 and 2099.")
        return day

    def clean_next_bill(self) -> date | None:
        return self._day("next_bill")

    def clean_reinstated_on(self) -> date | None:
        day = self._day("reinstated_on")
        if day and day > timezone.localdate():
            raise ValidationError("This day is still to come; access counts once it was given.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("amount") and "currency" in data and not data["currency"]:
            self.add_error("currency", "Say in which currency, for example EUR.")
        if data.get("is_done") and not data.get("decision"):
            self.add_error("decision", "Decide first; then it can be done.")
        if data.get("reinstated_on") and not data.get("needs_access"):
            data["needs_access"] = True
        return data


class PaymentFileForm(PageForm, forms.Form):
    """A list of subscriptions: one that a check of this project made, or a file."""

    submit_label = "Take the list in"
    judged = forms.ModelChoiceField(
        ResultList.objects.none(), required=False, label="A list that was checked here", empty_label="A file of mine"
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text="CSV or XLSX, up to 5 MB. The first line names the columns: email or name, plan, amount, currency, "
        "interval, next charge, gateway.",
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judged"].queryset = lists = judged_lists(project)
        self.fields["judged"].label_from_instance = lambda one: f"{one.file.name}, {count(one.records, 'subscription')}"
        if not lists.exists():
            del self.fields["judged"]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > BIGGEST:
            raise ValidationError("This file is larger than 5 MB; split it, or leave columns out.")
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("judged") and not data.get("file") and not self.errors:
            self.add_error("file", "Choose a file.")
        return data
