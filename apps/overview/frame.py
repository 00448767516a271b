"""What the frame of every project page shows: route, phases, readiness, navigation. Read once a page, when drawn."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, cached_property

from apps.accounts.models import Organisation, User
from apps.checklists.forecasting import PlanForecast, forecasts
from apps.checklists.models import Plan
from apps.cutover import testing
from apps.cutover.journeys import Journey
from apps.findings.readiness import Readiness, readiness_of
from apps.projects.access import person_shown
from apps.projects.models import Project, Role

# key, label, page, icon; "key" is the app whose pages the entry stands for.
STAFF_PAGES = [
    ("overview", "Overview", "overview:project-page", "home"),
    ("checklists", "Checklist", "checklists:checklist", "check-circle"),
    ("plan", "Timeline", "checklists:timeline", "calendar-days"),
    ("assets", "Inventory", "assets:inventory", "rectangle-stack"),
    ("contacts", "Contacts", "contacts:contact-list", "users"),
    ("domains", "Domains", "domains:domain-list", "globe-alt"),
    ("cutover", "Cutover", "cutover:cutover", "rocket-launch"),
    ("reports", "Reports", "overview:reports", "chart-bar"),
    ("projects", "People & settings", "projects:people", "cog-6-tooth"),
]
CLIENT_PAGES = [
    ("checklists", "My list", "checklists:my-list", "check-circle"),
    ("assets", "Decisions", "assets:inbox", "rectangle-stack"),
    ("contacts", "Files", "overview:files", "arrow-up-tray"),
    ("overview", "Progress", "overview:progress", "chart-bar"),
]
PLAN_PAGES = ("timeline", "approvals", "approval", "plan-report", "go-live")
HELPER_PAGES = [("domains", "DNS records", "domains:helper-page", "globe-alt")]
PHONE_PAGES = ("overview", "checklists", "assets", "cutover")  # the others stand behind "More"


class Frame:
    """Values for templates/projects/base.html."""

    def __init__(self, request: HttpRequest, project: Project, role: Role) -> None:
        self.project, self.request = project, request
        self.role = role.name.lower()
        self.is_client = role == Role.CLIENT
        self.route = project.route
        self.phases: list[dict[str, Any]] = []
        self.readiness: Readiness | None = None
        self.forecast: PlanForecast | None = None
        if role > Role.HELPER:
            self._read_the_plan(role)
        self.nav = self._nav(role)
        is_staff = role >= Role.CONSULTANT
        self.bottom = [item for item in self.nav if not is_staff or item["key"] in PHONE_PAGES]
        self.more = [item for item in self.nav if item not in self.bottom]

    def _read_the_plan(self, role: Role) -> None:
        page = "overview:progress" if role == Role.CLIENT else "checklists:checklist"
        address = reverse(page, args=[self.project.slug])
        for phase in self.project.items.shown_to(role).per_phase(Plan.of(self.project).phases):
            self.phases.append({**phase, "url": f"{address}#phase-{phase['number']}"})
        current = next((phase for phase in self.phases if phase["done"] < phase["total"]), None)
        for phase in self.phases:
            phase["is_current"] = phase is current
        if role >= Role.CONSULTANT:
            self.readiness = readiness_of(self.project)
            self.forecast = forecasts([self.project])[self.project.pk]

    @property
    def client_shown(self) -> User | None:
        """Whose list is drawn: the reader himself, or through whose eyes a consultant looks."""
        return person_shown(self.request)

    @cached_property
    def asks_for_approval(self) -> list[Any]:
        """What the client has not answered yet."""
        return list(self.project.approvals.waiting().shown_to_clients().select_related("project")[:20])

    @cached_property
    def redirects_waiting(self) -> int:
        """The number on the tab; its page shows just these."""
        waiting: int = self.project.redirects.waiting().count()
        return waiting

    @cached_property
    def journeys_to_walk(self) -> list[Journey]:
        """The test journeys that this client is to go through."""
        return testing.to_walk([self.project], self.client_shown)

    @cached_property
    def waiting(self) -> int:
        """Everything on the client's list; his badge and the sentence on top of the list say this number."""
        items = self.project.items.waiting_on(self.client_shown).free().count()
        return items + len(self.asks_for_approval) + len(self.journeys_to_walk)

    @property
    def verdict(self) -> str:
        return self.readiness.verdict if self.readiness else ""

    @property
    def reason(self) -> str:
        return self.readiness.reason if self.readiness else ""

    @property
    def checked_at(self) -> datetime | None:
        return self.readiness.as_of if self.readiness else None

    is_stale = False

    @property
    def readiness_url(self) -> str:
        return reverse("overview:project-page", args=[self.project.slug]) + "#readiness"

    def _nav(self, role: Role) -> list[dict[str, Any]]:
        pages = STAFF_PAGES if role >= Role.CONSULTANT else CLIENT_PAGES if role == Role.CLIENT else HELPER_PAGES
        here = self._key_of_this_page()
        counts = self._counts(role)
        return [
            {
                "key": key,
                "label": label,
                "icon": icon,
                "url": reverse(page, args=[self.project.slug]),
                "count": counts.get(key, 0),
                "is_active": key == here,
            }
            for key, label, page, icon in pages
        ]

    def _key_of_this_page(self) -> str:
        match = self.request.resolver_match
        space = match.namespace if match else ""
        if space == "overview" and match.url_name == "reports":
            return "reports"
        if space == "overview" and match.url_name == "after-report":
            return "overview" if self.is_client else "cutover"
        if space == "overview" and match.url_name == "files" and self.is_client:
            return "contacts"
        if space == "checklists" and match.url_name in PLAN_PAGES:
            return "overview" if self.is_client else "plan"
        if space == "domains" and self.is_client:
            return "overview"
        return "projects" if space == "jobs" else space

    def _counts(self, role: Role) -> dict[str, int]:
        """What waits for this person: overdue or his items, undecided assets."""
        if role == Role.HELPER:
            return {}
        assets = self.project.assets.filter(required_status="")
        if role == Role.CLIENT:
            return {"checklists": self.waiting, "assets": assets.filter(client_sees=True).count()}
        return {"checklists": self.forecast.overdue if self.forecast else 0, "assets": assets.count()}


def project_frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `project`, `frame` and `organisation`; nothing is read until a template asks."""
    project = getattr(request, "project", None)
    context: dict[str, Any] = {"frame": None}
    if project is not None:
        context["frame"] = _lazily(lambda: Frame(request, project, request.role))
        context["organisation"] = project.organisation
    elif getattr(request, "user", None) is not None and request.user.is_authenticated:
        context["organisation"] = _lazily(lambda: _own_organisation(request))
    return context


def _own_organisation(request: HttpRequest) -> Organisation | str:
    mine = Q(memberships__user=request.user) | Q(projects__memberships__user=request.user)
    return Organisation.objects.filter(mine).order_by("pk").first() or ""


def _lazily(make: Callable[[], Any]) -> SimpleLazyObject:
    return SimpleLazyObject(make)
