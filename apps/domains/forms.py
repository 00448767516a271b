"""What a person may type about domains."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.domains.models import Domain
from apps.projects.forms import VersionedForm
from apps.projects.models import Project
from apps.ui.forms import PageForm, side_by_side
from engine.dns.names import BadName, name_in, parse_domain, shown_name
from engine.dns.spf_change import as_term
from engine.dns.spf_syntax import BadSpf

SELECTOR = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9_])?")
MOST_AT_ONCE = 100
MOST_TERMS = 30


class AddDomainsForm(PageForm, forms.Form):
    """One name a line; what people paste (addresses, URLs) is read as the name that is in it."""

    submit_label = "Add and check"
    names = forms.CharField(
        label="Domains", max_length=20_000, widget=forms.Textarea(attrs={"rows": 3, "placeholder": "example.com"}),
        help_text="One a line. Sub-domains that show pages or send mail count too.",
    )  # fmt: skip
    shows_pages = forms.BooleanField(label="They show pages", required=False, initial=True)
    sends_mail = forms.BooleanField(label="They send mail", required=False, initial=True)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_names(self) -> list[tuple[str, str]]:
        """(name to ask, name to show), each once; every mistake is named."""
        found, wrong = {}, []
        lines = [line.strip() for line in re.split(r"[\n,;]", self.cleaned_data["names"]) if line.strip()]
        for line in lines[: MOST_AT_ONCE + 1]:
            try:
                name = parse_domain(name_in(line))
            except BadName as error:
                wrong.append(f"{line[:60]}: {error}")
            else:
                found[name] = shown_name(name)
        if len(lines) > MOST_AT_ONCE:
            wrong.append(f"Add at most {MOST_AT_ONCE} domains at once.")
        there = set(self.project.domains.filter(name__in=found).values_list("name", flat=True))
        wrong += [f"{found[name]}: this domain is here already." for name in sorted(there)]
        if wrong:
            raise ValidationError(wrong)
        return list(found.items())


class SpfChangeForm(PageForm, forms.Form):
    """Terms to add to a domain's SPF and to take out, one a line; a bare name stands for its include."""

    submit_label = "Try it"
    fields_layout = (side_by_side("add", "remove"),)
    add = forms.CharField(
        label="Add", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
        help_text="One a line, such as include:spf.example.net or only spf.example.net.",
    )  # fmt: skip
    remove = forms.CharField(
        label="Take out", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
        help_text="As they stand in the record.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("add", "remove"):
            data[name] = list(dict.fromkeys(data.get(name, "").split()))
            if len(data[name]) > MOST_TERMS:
                self.add_error(name, f"Give at most {MOST_TERMS} terms.")
            for text in data[name][:MOST_TERMS]:
                try:
                    as_term(text)
                except BadSpf as error:
                    self.add_error(name, f"{text[:60]}: {error}")
        return data


class ExplainSenderForm(forms.Form):
    """What a person knows about a sender that the catalogue does not."""

    trace = forms.CharField(max_length=300)
    what = forms.CharField(max_length=200)

    def __init__(self, *args: Any, unknown: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unknown = unknown

    def clean_trace(self) -> str:
        trace: str = self.cleaned_data["trace"]
        if trace not in self.unknown:
            raise ValidationError("This trace is no longer in the records.")
        return trace


class DomainForm(VersionedForm):
    """A domain's uses, selectors and notes."""

    fields_layout = (side_by_side("shows_pages", "sends_mail"), "client_sees", "selectors", "pasted", "notes")
    pasted = forms.CharField(
        label="Values from the new platform's account", required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One record a line: host, type, value. For example: s1._domainkey CNAME dkim1.account.example.net",
    )  # fmt: skip

    class Meta:
        model = Domain
        fields = ["shows_pages", "sends_mail", "client_sees", "selectors", "notes"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [f"{row['host']} {row['type']} {row['value']}" for row in self.instance.own_values]
        self.initial["pasted"] = "\n".join(lines)

    def clean_selectors(self) -> str:
        words = [word.strip() for word in self.cleaned_data["selectors"].split(",") if word.strip()]
        for word in words:
            if not SELECTOR.fullmatch(word):
                raise ValidationError(f"{word[:40]} is no selector; it is the word before ._domainkey.")
        return ", ".join(dict.fromkeys(words))

    def clean_pasted(self) -> list[dict[str, str]]:
        rows = []
        for line in self.cleaned_data["pasted"].splitlines():
            if not line.strip():
                continue
            parts = line.split(None, 2)
            if len(parts) != 3 or parts[1].upper() not in ("CNAME", "TXT", "A", "AAAA", "MX"):
                raise ValidationError(
                    f"“{line.strip()[:60]}” is not read: write host, type (CNAME, TXT, A, MX) and value."
                )
            rows.append({"host": parts[0].rstrip(".").lower(), "type": parts[1].upper(), "value": parts[2].strip()})
        return rows
