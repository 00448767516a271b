"""Made-up contents for the gallery of parts."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from apps.ui import signs
from apps.ui.forms import PageForm, side_by_side


class GalleryForm(PageForm, forms.Form):
    """One of each kind of field."""

    submit_label = "Add asset"
    fields_layout = ("name", side_by_side("kind", "url"), "notes", "choice", "visible")

    name = forms.CharField(max_length=80, help_text="As the client calls it.")
    kind = forms.ChoiceField(choices=[("page", "Landing page"), ("form", "Form"), ("course", "Course")])
    url = forms.URLField(label="Old URL", required=False, assume_scheme="https")
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    choice = forms.ChoiceField(
        label="Who decides",
        choices=[("client", "The client"), ("consultant", "The consultant")],
        widget=forms.RadioSelect,
        initial="client",
    )
    visible = forms.BooleanField(label="The client sees this", required=False)


class SomeBody:
    """A person of the gallery."""

    pk, initials = -1, "MK"

    def __str__(self) -> str:
        return "Mara Klein"


def made_up_frame() -> SimpleNamespace:
    """What apps/overview gives a project's page."""
    names = ["Inventory and preparation", "Build", "Test", "Switch and hold"]
    numbers = [(34, 34), (18, 41), (0, 22), (0, 19)]
    phases = [
        {"number": i + 1, "name": name, "done": d, "total": t, "percent": 100 * d / t, "url": "#", "is_current": i == 1}
        for i, (name, (d, t)) in enumerate(zip(names, numbers, strict=True))
    ]
    pages = [
        ("overview", "Overview", "home", 0), ("checklist", "Checklist", "clipboard-document-check", 7),
        ("inventory", "Inventory", "rectangle-stack", 12), ("contacts", "Contacts", "users", 1),
        ("domains", "Domains", "globe-alt", 2), ("cutover", "Cutover", "arrows-right-left", 0),
        ("reports", "Reports", "document-chart-bar", 0), ("people", "People & settings", "cog-6-tooth", 0),
    ]  # fmt: skip
    nav = [
        {"key": key, "label": label, "url": "#", "icon": icon, "count": count, "is_active": key == "inventory"}
        for key, label, icon, count in pages
    ]
    return SimpleNamespace(
        route="Mailchimp, WordPress → Kartra", phases=phases,
        verdict="conditions", reason="2 domains have no DMARC record.",
        checked_at=timezone.now() - timedelta(minutes=4), is_stale=False, readiness_url="#", nav=nav,
        bottom=nav[:4], more=nav[4:],
        role="consultant", is_client=False,
    )  # fmt: skip


def gallery_context() -> dict[str, Any]:
    now = timezone.now()
    wrong = GalleryForm({"name": "", "kind": "page", "url": "not an address", "choice": "client"})
    person = SomeBody()
    statuses = ["migrate", "rebuild", "archive", ""]
    names = [
        "Free recipe book", "Checkout: Bread Basics", "Thank you, waiting list", "Welcome sequence, 7 mails",
        "Sourdough Masterclass", "Affiliate programme", "Abandoned basket", "Newsletter form in the footer",
    ]  # fmt: skip
    rows = [
        {"pk": i, "name": name, "kind": ["Landing page", "Checkout", "E-mail sequence", "Course"][i % 4],
         "url": f"https://baeckerei-sommer.example/{i}/a-rather-long-path-that-is-cut", "required": statuses[i % 4],
         "progress": list(signs.PROGRESS)[i % 5], "revenue": 1840 * i, "day": (now + timedelta(days=3 * i - 4)).date(),
         "owner": person if i % 3 else None}
        for i, name in enumerate(names)
    ]  # fmt: skip
    return {
        "project": SimpleNamespace(client="Bäckerei Sommer", slug="baeckerei-sommer", hold_days=7,
                                   go_live=now + timedelta(days=12, hours=5), time_zone="Europe/Berlin"),
        "frame": made_up_frame(), "rows": rows, "person": person, "now": now, "today": now.date(),
        "ago": now - timedelta(minutes=4), "long_ago": now - timedelta(days=3), "soon": now + timedelta(days=3),
        "required_values": statuses, "verdict_values": list(signs.VERDICT), "severity_values": list(signs.SEVERITY),
        "job_values": list(signs.JOB_STATE), "progress_values": list(signs.PROGRESS),
        "days": [now.date() + timedelta(days=n) for n in (-2, 0, 1, 9)],
        "counts": [{"label": "Migrate As Is", "count": 42, "tone": "teal", "url": "#"},
                   {"label": "Rebuild/Update", "count": 18, "tone": "amber", "url": "#"},
                   {"label": "Archive", "count": 25, "tone": "slate", "url": "#"},
                   {"label": "Undecided", "count": 15, "tone": "outline", "url": "#"}],
        "page": Paginator(range(480), 50).page(3), "form": GalleryForm(), "wrong_form": wrong,
    }  # fmt: skip
