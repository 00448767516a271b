"""Forms drawn by ui/_form.html."""

from django import forms
from django.template import Context, Template

from apps.ui.forms import PageForm, side_by_side


class Sample(PageForm, forms.Form):
    submit_label = "Add"
    fields_layout = (side_by_side("name", "kind"),)
    name = forms.CharField()
    kind = forms.CharField(required=False)
    note = forms.CharField(required=False)

    def clean(self):
        raise forms.ValidationError("Say <who> decides.")


def draw(form, **context):
    template = Template('{% include "ui/_form.html" %}')
    return " ".join(template.render(Context({"form": form} | context)).split())


def test_a_form_brings_its_button_its_one_time_token_and_every_field():
    html = draw(Sample())
    assert html.count("<form") == 1
    assert ">Add</button>" in html
    assert 'name="once"' in html
    assert all(f'name="{name}"' in html for name in ["name", "kind", "note"])
    assert "form-errors" not in html


def test_the_summary_leads_to_each_field_and_keeps_what_was_typed():
    html = draw(Sample({"name": "", "note": "kept <text>"}))
    assert '<a href="#id_name">Name</a>' in html
    assert html.count("Say &lt;who&gt; decides.") == 1
    assert "data-takes-focus" in html
    assert "kept &lt;text&gt;" in html


def test_a_plain_form_is_drawn_too_with_one_summary():
    class Plain(forms.Form):
        name = forms.CharField()

    html = draw(Plain({}), label="Send", cancel_url="/back/")
    assert html.count("form-errors-title") == 1
    assert ">Send</button>" in html
    assert 'href="/back/"' in html


def test_a_form_with_a_file_is_sent_in_parts():
    class Upload(PageForm, forms.Form):
        file = forms.FileField()

    assert 'enctype="multipart/form-data"' in draw(Upload())


def test_an_empty_field_is_told_what_to_do_unless_the_form_has_words_of_its_own():
    class Words(PageForm, forms.Form):
        name = forms.CharField()
        kind = forms.ChoiceField(choices=[("a", "A")])
        file = forms.FileField()
        reason = forms.CharField(error_messages={"required": "Say why."})

    errors = {name: list(words) for name, words in Words({}).errors.items()}
    assert errors == {
        "name": ["Fill this in."],
        "kind": ["Choose one."],
        "file": ["Choose a file."],
        "reason": ["Say why."],
    }
