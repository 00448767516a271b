"""What a person may type about a template: its name, an item, a note to a version, a file."""

from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError

from apps.checklists.builtin import LENGTHS, MOST_DAYS, Problem, Template, TemplateError, TemplateItem, four_phases
from apps.checklists.differences import EVIDENCE, WHO
from apps.checklists.guidance import PREVIEW, guidance_widget
from apps.checklists.template_files import MOST_BYTES, fingerprint, one_line, read_file, tidy
from apps.ui.forms import PageForm, side_by_side
from engine.facts import FACTS

BEFORE, AFTER, FROM_START = "before", "after", "start"
# A rule's own word for a field, where the form has another one.
FIELDS = {"counted_from": "counted", "key": "title"}


class NameField(forms.CharField):
    """On one line, without invisible signs."""

    def clean(self, value: Any) -> str:
        return one_line(super().clean(value))


class TemplateFileField(forms.FileField):
    """A template's TOML, read and checked: the value is the template."""

    def clean(self, data: Any, initial: Any = None) -> Template | None:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return read_file(file.read(MOST_BYTES + 1))
        except TemplateError as error:
            raise ValidationError(str(error)) from error


class NewTemplateForm(PageForm, forms.Form):
    """Where a new template begins."""

    submit_label = "Begin the template"
    name = NameField(label="Name", max_length=120, help_text="For example: Membership site to Kajabi")
    begin = forms.ChoiceField(
        label="Begin with",
        choices=[("builtin", "A copy of the built-in template"), ("empty", "An empty template"), ("file", "A file")],
        widget=forms.RadioSelect,
        initial="builtin",
    )
    file = TemplateFileField(label="File", required=False, help_text="A template downloaded here, as TOML, up to 1 MB.")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("begin") == "file" and not data.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose the file of a template.")
        return data

    @property
    def template(self) -> Template:
        """A file that was chosen is meant, whatever else stands above it."""
        if self.cleaned_data["file"]:
            return self.cleaned_data["file"]
        empty = Template("", 0, ("Prepare", "Move"), ())
        return four_phases() if self.cleaned_data["begin"] == "builtin" else empty


class DraftFileForm(PageForm, forms.Form):
    """The whole draft out of a file."""

    submit_label = "Replace the draft"
    file = TemplateFileField(label="File", help_text="A template as TOML, up to 1 MB. The name stays as it is.")
    seen = forms.CharField(widget=forms.HiddenInput)


class RenameForm(PageForm, forms.Form):
    name = NameField(label="Name", max_length=120)


class PublishForm(PageForm, forms.Form):
    """What the people who run projects should know about this version."""

    submit_label = "Publish"
    note = NameField(label="What is new, and why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.CharField(widget=forms.HiddenInput)


class KeepPlanForm(PageForm, forms.Form):
    """A project's plan as a template."""

    submit_label = "Save as a template"
    name = NameField(label="Name of the template", max_length=120)
    with_not_applicable = forms.BooleanField(label="Include items marked not applicable", required=False)


class TemplateItemForm(PageForm, forms.Form):
    """One item of a draft. Whether the plan can be followed with it is checked when it is stored."""

    submit_label = "Save the item"
    fields_layout = (
        "title", "guidance", PREVIEW, side_by_side("phase", "section"), side_by_side("who", "evidence"),
        side_by_side("days", "counted"), "fact", "waits_for", Div("client_sees", "needs_approval", "essential"),
    )  # fmt: skip
    title = NameField(max_length=LENGTHS["title"])
    guidance = forms.CharField(
        max_length=LENGTHS["guidance"], required=False, widget=guidance_widget(6),
        help_text="Markdown: **bold**, - lists, [links](https://…).",
    )  # fmt: skip
    phase = forms.TypedChoiceField(coerce=int)
    section = NameField(max_length=LENGTHS["section"], widget=forms.TextInput(attrs={"list": "sections"}))
    who = forms.ChoiceField(label="Who does it", choices=list(WHO.items()))
    evidence = forms.ChoiceField(label="Evidence asked for", choices=list(EVIDENCE.items()), required=False)
    days = forms.IntegerField(label="Days", min_value=0, max_value=MOST_DAYS)
    counted = forms.ChoiceField(
        label="Counted",
        choices=[(BEFORE, "before go-live"), (AFTER, "after go-live"), (FROM_START, "after the start")],
    )
    fact = forms.ChoiceField(label="Ticked by the system when", required=False)
    waits_for = forms.MultipleChoiceField(label="Waits for", required=False, widget=forms.CheckboxSelectMultiple)
    client_sees = forms.BooleanField(label="The client sees this", required=False)
    needs_approval = forms.BooleanField(label="The client approves it", required=False)
    essential = forms.BooleanField(
        label="Essential", required=False, help_text="A reminder that is not passed lightly."
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, template: Template, item: TemplateItem | None = None, **kwargs: Any) -> None:
        self.item, self.template = item, template
        super().__init__(*args, initial=self._shown(item) | kwargs.pop("initial", {}), **kwargs)
        self.fields["phase"].choices = [(at, f"{at}. {name}") for at, name in enumerate(template.phases, 1)]
        self.fields["fact"].choices = [("", "Nothing: a person ticks it")] + [
            (fact.key, f"{fact.title}: {fact.says[:1].lower()}{fact.says[1:].rstrip('.')}") for fact in FACTS.values()
        ]
        others = [row for row in template.items if item is None or row.key != item.key]
        self.fields["waits_for"].choices = [(row.key, f"{row.phase} · {row.title}") for row in others]

    @staticmethod
    def _shown(item: TemplateItem | None) -> dict[str, Any]:
        if item is None:
            return {"phase": 1, "counted": BEFORE, "who": "consultant"}
        names = ("title", "guidance", "phase", "section", "who", "evidence", "fact", "waits_for", "client_sees",
                 "needs_approval", "essential")  # fmt: skip
        counted = FROM_START if item.counted_from == "start" else AFTER if item.days < 0 else BEFORE
        shown = {name: getattr(item, name) for name in names}
        return shown | {"days": abs(item.days), "counted": counted, "seen": fingerprint(item)}

    @property
    def sections(self) -> list[str]:
        return list(dict.fromkeys(item.section for item in self.template.items))

    def clean_guidance(self) -> str:
        return tidy(self.cleaned_data["guidance"])

    def typed(self) -> TemplateItem:
        """The item as it would be."""
        data = dict(self.cleaned_data)
        data.pop("seen")
        counted, days = data.pop("counted"), data.pop("days")
        data |= {
            "days": -days if counted == AFTER else days,
            "counted_from": "start" if counted == FROM_START else "go_live",
            "waits_for": tuple(data["waits_for"]),
        }
        return TemplateItem(key=self.item.key if self.item else "", **data)

    def refuse(self, found: list[Problem], key: str) -> None:
        """Say at its field why the plan could not be followed; about another item, at the days that caused it."""
        titles = {item.key: item.title for item in self.template.items}
        for problem in found[:3]:
            name = FIELDS.get(problem.field, problem.field)
            if problem.key in (key, ""):
                self.add_error(name if name in self.fields else None, problem.sentence)
            elif problem.field == "days":
                words = f"“{titles[problem.key]}” waits for this and would be due before it. Choose an earlier day."
                self.add_error("days", words)
            else:
                self.add_error(None, f"“{titles.get(problem.key, problem.key)}”: {problem.sentence}")
        if not self.errors:
            self.add_error(None, "The plan could not be followed with this. Look at its date and what it waits for.")


def name_is_taken(form: forms.Form) -> None:
    """The sentence for NameTaken, at the field."""
    form.add_error("name", "Another template of the consultancy has this name. Choose another one.")
