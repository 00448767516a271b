"""What a person may ask of the findings: a rule, a severity, a column, lines. It stands in the address."""

from typing import Any

from django import forms

from apps.contacts.wording import title_of
from apps.ui.forms import PageForm
from engine.contacts.findings_index import Asked, FindingsIndex
from engine.findings import Severity

NO_COLUMN = "(no column)"
WHOLE = {"invalid": "Write a line as a whole number.", "min_value": "Lines begin with 1."}


def _chosen(label: str, is_missing: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, error_messages={"invalid_choice": is_missing})


class LineField(forms.IntegerField):
    """The number of a line in the file."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, min_value=1, max_value=2**31, error_messages=WHOLE)
        self.widget = forms.TextInput(
            attrs={
                "class": "form-control",
                "inputmode": "numeric",
                "size": 7,
                "placeholder": label,
                "aria-label": label,
            }
        )


class FindingsForm(PageForm, forms.Form):
    """Everything is optional: nothing asked shows all."""

    code = _chosen("Rule", "This check found nothing by that rule; all findings are shown.")
    severity = _chosen("Severity", "This check found nothing of that severity; all of them are shown.")
    column = _chosen("Column", "This check found nothing in that column; all columns are shown.")
    line_from = LineField("From line")
    line_to = LineField("To line")
    at = LineField("Go to line")

    def __init__(self, *args: Any, index: FindingsIndex, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [("", "Any rule"), *_rules(index)]
        self.fields["severity"].choices = [("", "Any severity"), *_severities(index)]
        self.fields["column"].choices = [("", "Any column"), *_columns(index)]
        for name in ("code", "severity", "column"):
            widget = {"class": "form-select", "aria-label": self.fields[name].label}
            self.fields[name].widget.attrs |= widget
        self.is_valid()  # what cannot be read is said beside the list, and asks for nothing

    @property
    def asked(self) -> Asked:
        """What the engine's index is asked for."""
        told = self.cleaned_data
        column = told.get("column") or None
        return Asked(
            code=told.get("code", ""),
            severity=told.get("severity", ""),
            column="" if column == NO_COLUMN else column,
            line_from=told.get("line_from") or 0,
            line_to=told.get("line_to") or 0,
        )

    @property
    def line(self) -> int:
        """The line to go to, 0 for none."""
        return self.cleaned_data.get("at") or 0

    @property
    def sentences(self) -> list[str]:
        """What is wrong with the question."""
        return [error for row in self.errors_in_order for error in row["errors"]]


def _rules(index: FindingsIndex) -> list[tuple[str, str]]:
    """Gravest first, then the most frequent, as on the report."""
    ranks: dict[str, int] = {}
    for code, severity, _ in index.rules:
        rank = Severity(severity).rank
        ranks[code] = min(ranks.get(code, rank), rank)
    ordered = sorted(index.counts().items(), key=lambda one: (ranks[one[0]], -one[1], one[0]))
    return [(code, f"{title_of(code)} ({count:,})") for code, count in ordered]


def _severities(index: FindingsIndex) -> list[tuple[str, str]]:
    found = sorted({Severity(severity) for _, severity, _ in index.rules}, key=lambda one: one.rank)
    counts = {one: sum(n for _, severity, n in index.rules if severity == one) for one in found}
    return [(one.value, f"{one.name.capitalize()} ({counts[one]:,})") for one in found]


def _columns(index: FindingsIndex) -> list[tuple[str, str]]:
    return [(name or NO_COLUMN, f"{name[:60] or 'No column'} ({count:,})") for name, count in index.columns]
