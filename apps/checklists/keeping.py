"""A project's plan kept as a template of the consultancy: fixed dates become counted ones, and all dates possible."""

from dataclasses import replace

from django.db import transaction

from apps.accounts.models import User
from apps.checklists import publishing
from apps.checklists.builtin import MOST_DAYS, Template, TemplateItem, check
from apps.checklists.copying import plan_as_template
from apps.checklists.models import ChecklistItem, PlanTemplate, State
from apps.checklists.template_files import in_order, one_line, tidy
from apps.projects.models import Activity, Project


@transaction.atomic
def begin_from_plan(
    project: Project, name: str, *, with_not_applicable: bool, by: User
) -> tuple[PlanTemplate, list[str]]:
    """A draft out of the plan, and the titles whose dates moved to after what they wait for. Raises NameTaken."""
    rows = project.items.all() if with_not_applicable else project.items.exclude(state=State.NOT_APPLICABLE)
    template, moved = as_draft(project, [_counted(row, project) for row in rows])
    row = publishing.begin(project.organisation, name, template, by=by)
    Activity.record(project, "saved the plan as the template", by=by, subject_label=name)
    return row, moved


def _counted(row: ChecklistItem, project: Project) -> ChecklistItem:
    """A fixed date means nothing to the next client: so many days before go-live it is. The row is not saved."""
    if row.fixed_on is not None:
        row.counted_from, row.days = "go_live", (project.go_live_day - row.fixed_on).days
    if row.counted_from == "start" and row.days < 0:
        row.counted_from, row.days = "go_live", (project.go_live_day - row.due_for(project)).days
    return row


def as_draft(project: Project, rows: list[ChecklistItem]) -> tuple[Template, list[str]]:
    """A template that can be published, and what had to move for it."""
    template = plan_as_template(project, rows)
    span = (project.go_live_day - project.started_on).days
    by_key: dict[str, TemplateItem] = {}
    moved = []
    for item in _followable(template):
        item = replace(
            item, title=one_line(item.title) or "Item", section=one_line(item.section) or "Items",
            guidance=tidy(item.guidance), days=max(-MOST_DAYS, min(MOST_DAYS, item.days)),
            client_sees=item.client_sees or item.who == "client" or item.needs_approval,
            evidence="" if item.evidence == "check" and not item.fact else item.evidence,
        )  # fmt: skip
        possible = after_all(item, [by_key[key] for key in item.waits_for], span)
        if possible != item:
            moved.append(item.title)
        by_key[item.key] = possible
    template = in_order(replace(template, items=tuple(by_key[item.key] for item in template.items)))
    check(template)
    return template, moved


def _followable(template: Template) -> list[TemplateItem]:
    """Each item after all that it waits for; a plan has no rings."""
    left, done, ordered = list(template.items), set(), []
    while left:
        ready = [item for item in left if set(item.waits_for) <= done]
        ordered += ready
        done |= {item.key for item in ready}
        left = [item for item in left if item.key not in done] if ready else []
    return ordered


def after_all(item: TemplateItem, others: list[TemplateItem], span: int) -> TemplateItem:
    """Not due before any of the others; counted from go-live as soon as one of them is."""
    before_go_live = [other.days for other in others if other.counted_from == "go_live"]
    after_start = [other.days for other in others if other.counted_from == "start"]
    if item.counted_from == "start" and before_go_live:
        item = replace(item, counted_from="go_live", days=max(-MOST_DAYS, min(MOST_DAYS, span - item.days)))
    if item.counted_from == "start":
        return replace(item, days=max([item.days, *after_start]))
    return replace(item, days=min([item.days, *before_go_live]))
