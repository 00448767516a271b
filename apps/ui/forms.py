"""Forms look alike: one crispy helper, one summary of errors, one row of buttons (templates/ui/_form.html)."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms


def side_by_side(*fields: Any) -> Div:
    """Fields that share a row on a desk and stand under each other on a phone."""
    return Div(*[Div(field, css_class="form-cell") for field in fields], css_class="form-cells")


def say_what_to_do(field: forms.Field) -> None:
    """An empty field is told what to do with it; words that a form chose itself stay."""
    if field.error_messages.get("required") != forms.Field.default_error_messages["required"]:
        return
    if isinstance(field, forms.FileField):
        words = "Choose a file."
    elif isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        words = "Choose one."
    else:
        words = "Fill this in."
    field.error_messages["required"] = words


class PageForm:
    """Mixin for the forms of pages: `class AssetForm(PageForm, forms.ModelForm)`.

    The template owns <form>, the CSRF token and the buttons: {% include "ui/_form.html" %} draws all of it,
    {% crispy form %} draws the fields alone.
    """

    submit_label = "Save"
    fields_layout: tuple[Any, ...] = ()  # names, or side_by_side("first", "second"); empty means the form's own order

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            say_what_to_do(field)

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.include_media = False
        if self.fields_layout:
            helper.layout = Layout(*self.fields_layout)
            helper.render_unmentioned_fields = True
        return helper

    @property
    def errors_in_order(self) -> list[dict[str, Any]]:
        """What is wrong, field by field in the order of the page, for the summary at the top."""
        rows = [{"label": "", "id": "", "errors": list(self.non_field_errors())}]  # type: ignore[attr-defined]
        for field in self:  # type: ignore[attr-defined]
            rows.append({"label": field.label, "id": field.id_for_label, "errors": list(field.errors)})
        return [row for row in rows if row["errors"]]
