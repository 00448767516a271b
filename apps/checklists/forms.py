"""What a person may type about an item."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.agreed import ITEM, Answer
from apps.checklists.guidance import PREVIEW, guidance_widget
from apps.checklists.models import ChecklistItem, EvidenceKind, Plan, Who
from apps.projects.forms import VersionedForm, WallClockField, wall_clock
from apps.projects.models import Project, Role
from apps.ui.forms import PageForm, say_what_to_do, side_by_side


class FilterForm(forms.Form):
    """Which items are shown."""

    CHOICES = [
        ("", "Everything"),
        ("open", "Open"),
        ("mine", "Mine"),
        ("client", "The client's"),
        ("overdue", "Overdue"),
        ("blocked", "Blocked"),
        ("stuck", "Stuck"),
    ]
    FOR_CLIENTS = [("mine", "For me to do"), ("open", "Open"), ("overdue", "Overdue"), ("", "Everything")]
    show = forms.ChoiceField(choices=CHOICES, required=False)
    q = forms.CharField(required=False, max_length=100)


class ItemsField(forms.ModelMultipleChoiceField):
    """Items of the plan, each behind the number of its phase."""

    def label_from_instance(self, obj: ChecklistItem) -> str:
        return f"{obj.phase} · {obj.title}"


class ItemForm(VersionedForm):
    """An item's words and place. A client never sees this form."""

    submit_label = "Save the item"
    fields_layout = ("title", "guidance", PREVIEW, side_by_side("phase", "section"), side_by_side("who", "assignee"),
                     side_by_side("days", "counted_from"), side_by_side("fixed_on", "evidence_kind"), "waits_for",
                     "client_sees", "needs_approval")  # fmt: skip
    waits_for = ItemsField(
        ChecklistItem.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Waits for"
    )

    phase = forms.TypedChoiceField(coerce=int)

    class Meta:
        model = ChecklistItem
        fields = [
            "title", "guidance", "phase", "section", "who", "assignee", "days", "counted_from", "fixed_on",
            "evidence_kind", "client_sees", "needs_approval",
        ]  # fmt: skip
        widgets = {
            "guidance": guidance_widget(4),
            "fixed_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "days": "Before go-live, a negative number after it; or after the start.",
            "fixed_on": "A day that stays where it is when go-live moves. Empty: counted by the days above.",
            "needs_approval": "It cannot be ticked before he has.",
        }

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(project_memberships__project=project, project_memberships__role__gte=Role.CLIENT)
        self.fields["assignee"].queryset = people.order_by("name", "pk")
        self.fields["assignee"].empty_label = "Whoever has the role"
        phases = enumerate(Plan.of(project).phases, 1)
        self.fields["phase"].choices = [(number, f"{number}. {name}") for number, name in phases]
        self.fields["waits_for"].queryset = project.items.exclude(pk=self.instance.pk)
        if self.instance.pk:
            self.initial["waits_for"] = [wait.waits_for_id for wait in self.instance.waits.all()]
        else:
            self.fields["version"].required = False
        choices = self.fields["counted_from"].choices
        self.fields["counted_from"].choices = [choice for choice in choices if choice[0]]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("who") == Who.CLIENT and not data.get("client_sees"):
            self.add_error("client_sees", "The client does this item, so let him see it.")
        elif data.get("needs_approval") and not data.get("client_sees"):
            self.add_error("client_sees", "The client approves this item, so let him see it.")
        return data

    def clean_counted_from(self) -> str:
        return self.cleaned_data["counted_from"] or self.instance.counted_from

    def clean_fixed_on(self) -> Any:
        day = self.cleaned_data["fixed_on"]
        if day is not None and not 2000 < day.year < 2100:
            raise ValidationError("Choose a date between the years 2001 and 2099.")
        return day

    def clean_days(self) -> int:
        days = self.cleaned_data["days"]
        if not -1000 <= days <= 1000:
            raise ValidationError("Choose a number between -1000 and 1000.")
        return days


class ReasonForm(PageForm, forms.Form):
    """One sentence that is logged and shown."""

    reason = forms.CharField(label="Reason", max_length=500)


class AnswerForm(forms.Form):
    """What the consultant says to a client who called; words may be left out where he takes the item over."""

    words = forms.CharField(max_length=10_000, required=False)
    keeps = forms.BooleanField(required=False)


class GoLiveForm(forms.Form):
    """A new go-live, as the clock shows it where the client is."""

    go_live = WallClockField(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])
    version = forms.CharField(max_length=12, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        say_what_to_do(self.fields["go_live"])

    def clean_go_live(self) -> Any:
        moment = self.cleaned_data["go_live"]
        if not 2000 < moment.year < 2100:
            raise ValidationError("Choose a date between the years 2001 and 2099.")
        instant = wall_clock(moment, self.project.zone)
        if instant <= timezone.now():
            raise ValidationError("This time has passed. Choose a go-live in the future.")
        if self.project.started_on > moment.date():
            raise ValidationError("This lies before the start of the project. Choose a later day.")
        return instant


class AskForm(forms.Form):
    """What the client is asked to approve."""

    subject = forms.ChoiceField()
    item = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    question = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = [(key, key) for key in (ITEM, *settings.APPROVAL_SOURCES)]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("subject") == ITEM and not data.get("item"):
            self.add_error("subject", "Open the item and ask from its own page.")
        return data


class DecideForm(forms.Form):
    """The client's yes or no, to exactly what he read."""

    answer = forms.ChoiceField(choices=[(Answer.APPROVED, "Approve"), (Answer.DECLINED, "Decline")])
    digest = forms.CharField(max_length=64)
    comment = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("answer") == Answer.DECLINED and not data.get("comment"):
            self.add_error("comment", "Say in a sentence what is not right yet.")
        return data


class CommentForm(PageForm, forms.Form):
    """A remark; internal ones stay inside the consultancy."""

    submit_label = "Comment"
    body = forms.CharField(label="Comment", max_length=10_000, widget=forms.Textarea(attrs={"rows": 2}))
    is_internal = forms.BooleanField(label="Only for us", required=False)


class EvidenceForm(PageForm, forms.Form):
    """The kind of evidence that the item asks for."""

    submit_label = "Add the evidence"
    text = forms.CharField(label="In words", max_length=2000, required=False)
    file = forms.FileField(label="File", required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind if kind and kind != EvidenceKind.CHECK else EvidenceKind.TEXT
        unused = "text" if self.kind == EvidenceKind.FILE else "file"
        del self.fields[unused]
        left = next(iter(self.fields.values()))
        left.required = True
        left.label = str(EvidenceKind(self.kind).label)
        if self.kind == EvidenceKind.URL:
            self.fields["text"] = forms.URLField(label="Link", max_length=2000, assume_scheme="https")

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if self.kind == EvidenceKind.COUNT:
            try:
                Decimal(text.replace(",", "").strip())
            except InvalidOperation as error:
                raise ValidationError("Give a number, for example 412.") from error
        if self.kind == EvidenceKind.URL and not text.startswith(("http://", "https://")):
            raise ValidationError("Give an address that begins with https://.")
        return text

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size == 0:
            raise ValidationError("This file is empty; choose another one.")
        return file
