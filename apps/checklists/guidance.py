"""The field in which guidance is typed, with what it will look like below it."""

from crispy_forms.layout import Div
from django import forms

PREVIEW = Div(css_id="guidance-preview", css_class="preview prose")


def guidance_widget(rows: int) -> forms.Textarea:
    """Asks for the preview when the typing pauses."""
    return forms.Textarea(
        attrs={
            "rows": rows, "hx-post": "/guidance-preview/", "hx-trigger": "load, input changed delay:400ms",
            "hx-target": "#guidance-preview", "hx-swap": "innerHTML",
        }
    )  # fmt: skip
