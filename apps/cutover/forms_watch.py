"""What a person may type about the first hours."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.cutover.metrics import Metric
from apps.projects.forms import VersionedForm
from apps.projects.models import Project
from apps.ui.forms import side_by_side
from engine.watching import HIGHEST, Unclear, read_values

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BIGGEST = 2 * 1024 * 1024


class MetricForm(VersionedForm):
    """One metric with its bounds."""

    submit_label = "Save"
    fields_layout = (
        side_by_side("name", "unit"), side_by_side("typed_baseline", "hours"), side_by_side("below", "above"),
        side_by_side("lowest", "highest"), "client_sees",
    )  # fmt: skip

    class Meta:
        model = Metric
        fields = ["name", "unit", "typed_baseline", "hours", "below", "above", "lowest", "highest", "client_sees"]
        help_texts = {
            "typed_baseline": "Empty: the middle of the values before go-live.",
            "hours": "An older value says nothing about now, and counts as unknown.",
            "below": "Empty: no alarm on this side.", "above": "Empty: no alarm on this side.",
            "lowest": "A value itself, whatever is usual.", "highest": "For example 0.1 for complaints in %.",
            "unit": "For example EUR an hour, visits an hour, % delivered.",
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].required = bool(self.instance.pk)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("typed_baseline") is not None and data["typed_baseline"] < 0:
            self.add_error("typed_baseline", "What is usual cannot be less than nothing.")
        for low, high in (("below", "above"), ("lowest", "highest")):
            if data.get(low) is not None and data.get(high) is not None and data[low] > data[high]:
                self.add_error(high, "This is less than the bound on the other side, so every value would be an alarm.")
        return data


class ValuesForm(forms.Form):
    """One value of now, pasted lines, or a CSV file."""

    value = forms.CharField(required=False, max_length=60)
    lines = forms.CharField(required=False, max_length=BIGGEST)
    file = forms.FileField(required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            raise ValidationError("These lines are more than 2 MB, or the file is empty; keep the days around go-live.")
        try:
            data["values"] = self._values(data)
            last = max(data["values"])
            if last > timezone.now() + timedelta(minutes=5):
                there = last.astimezone(self.project.zone)
                raise Unclear(f"{there:%d %b %Y, %H:%M} is still to come; write down what was really counted.")
        except Unclear as error:
            raise ValidationError(str(error)) from error
        return data

    def _values(self, data: dict[str, Any]) -> dict[datetime, Decimal]:
        file = data.get("file")
        if file is not None:
            if file.size > BIGGEST:
                raise Unclear("This file is larger than 2 MB; keep the days around go-live.")
            return read_values(_decoded(file.read()), self.project.zone)
        if data["lines"].strip():
            return read_values(data["lines"], self.project.zone)
        if not data["value"].strip():
            raise Unclear("Type a value, paste lines, or choose a CSV file.")
        return {timezone.now().replace(microsecond=0): _one_number(data["value"])}

    @property
    def sentence(self) -> str:
        return str(self.non_field_errors()[0]) if self.non_field_errors() else ""


class ValueForm(forms.Form):
    """The right number for a value that stands already, or that it is taken out."""

    value = forms.CharField(required=False, max_length=60)
    do = forms.CharField(required=False, max_length=10)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["number"] = None
        if data.get("do") == "remove":
            return data
        if not data.get("value", "").strip():
            raise ValidationError("Type the right number; to take the value out use its button.")
        data["number"] = _one_number(data["value"])
        return data

    @property
    def sentence(self) -> str:
        return str(self.non_field_errors()[0]) if self.non_field_errors() else ""


def _one_number(text: str) -> Decimal:
    """A point alone is the decimal sign here, for so the pages write numbers: 1.125 is no thousand."""
    text = text.strip().replace("−", "-")
    if len(text.splitlines()) > 1 or "\t" in text:
        raise ValidationError("Type one number; several lines belong into “Paste lines”.")
    if PLAIN.fullmatch(text) and abs(number := Decimal(text)) <= HIGHEST:
        return number
    try:
        (number,) = read_values(f"2026-01-01T00:00:00+00:00\t{text}", UTC).values()
    except Unclear as error:
        raise ValidationError(str(error).removeprefix("Line 1: ")) from error
    return number


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content[:4096]:
        raise Unclear("This file is no text; save the table as CSV.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
