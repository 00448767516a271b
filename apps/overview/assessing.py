"""The self-assessment: its questions as data, an answer, and what a "no" puts on the plan."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.models import ChecklistItem, Plan, State
from apps.checklists.services import add_item, delete_item, lock_plan, reopen
from apps.overview.models import Answer, Said
from apps.projects.models import Project
from apps.projects.stored import StoredFile

FILE = Path(__file__).with_name("self_assessment.toml")
PHASE, SECTION = 3, "Self-assessment"


@dataclass(frozen=True, slots=True)
class Ask:
    """One sub-question: the items that a "no" marks, or the one it adds where the plan has none of them."""

    key: str
    text: str
    items: tuple[str, ...]
    new: str


@dataclass(frozen=True, slots=True)
class Question:
    """One of the four."""

    key: str
    title: str
    why: str
    asks: tuple[Ask, ...]


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Question(row["key"], row["title"], row["why"],
                 tuple(Ask(ask["key"], ask["text"], tuple(ask["items"]), ask["new"]) for ask in row["ask"]))
        for row in data["question"]
    )  # fmt: skip


def ask_of(key: str) -> Ask | None:
    return next((ask for question in questions() for ask in question.asks if ask.key == key), None)


def shown(project: Project) -> list[dict[str, Any]]:
    """Each question with its progress and its sub-questions with their answers; three queries."""
    rows = project.answers.select_related("said_by", "file", "file__project")
    answers = {row.key: row for row in rows}
    items = {row.pk: row for row in project.items.all()}
    found = []
    for number, question in enumerate(questions(), 1):
        lines = [line(project, ask, answers.get(ask.key), items.values()) for ask in question.asks]
        done = len([one for one in lines if one["answer"].said])
        found.append(
            {"number": number, "question": question, "lines": lines, "done": done, "total": len(lines)}
        )  # fmt: skip
    return found


def line(project: Project, ask: Ask, answer: Answer | None, items: Iterable[ChecklistItem]) -> dict[str, Any]:
    """One sub-question: its answer, what a "no" would do to the plan, and what it did."""
    answer = answer or Answer(project=project, key=ask.key, question=ask.text[:200], version=0)
    marks, adds = would_do(ask, items)
    by_pk = {item.pk: item for item in items}
    for item in by_pk.values():
        item.project = project
    done = [by_pk[pk] for pk in [*answer.added, *answer.marked] if pk in by_pk]
    is_no = answer.said == Said.NO and not answer.is_on_plan
    return {
        "ask": ask, "answer": answer, "marks": marks if is_no else [], "adds": adds if is_no else "",
        "on_plan": done, "id": ask.key.replace(".", "-"), "offers_back": answer.is_on_plan and answer.said != Said.NO,
    }  # fmt: skip


def would_do(ask: Ask, items: Iterable[ChecklistItem]) -> tuple[list[ChecklistItem], str]:
    """The items a "no" would mark essential (or open again where they were taken out), else the title it would add."""
    there = [item for item in items if item.key in ask.items]
    if not there:
        return [], ask.new
    return [item for item in there if not item.is_essential or item.state == State.NOT_APPLICABLE], ""


@transaction.atomic
def answer(project: Project, ask: Ask, *, by: User, version: int, upload: Any = None, **values: Any) -> Answer:
    """Write an answer with its note and evidence. Raises StaleRow where somebody else was faster."""
    row, made = project.answers.get_or_create(key=ask.key, defaults={"question": ask.text[:200]})
    values |= {"said_by": by, "said_at": timezone.now()}
    row.project = project
    row.change(by, version=row.version if made else version, verb="answered", **values)
    if upload is not None:
        row.file = StoredFile.keep(project, upload, purpose="evidence", by=by)
        row.save(update_fields=["file"])
    return row


@transaction.atomic
def put_on_plan(row: Answer, ask: Ask, *, by: User) -> None:
    """What a "no" asks for: mark the items essential, or add the one that is missing. Twice does nothing more."""
    lock_plan(row.project_id)
    row.refresh_from_db()
    if row.said != Said.NO or row.is_on_plan:
        return
    marks, adds = would_do(ask, row.project.items.select_related("project"))
    marked = []
    for item in marks:
        if item.state == State.NOT_APPLICABLE:
            reopen(item, by=by, reason="The self-assessment asks for it.")
            item.refresh_from_db()
        if item.change(by, verb="marked as essential", reason=ask.text[:500], is_essential=True):
            marked.append(item.pk)
    added = [_add(row.project, ask, by).pk] if adds else []
    row.change(by, verb="put on the plan what is missing for", added=added, marked=marked)


def _add(project: Project, ask: Ask, by: User) -> ChecklistItem:
    phase = min(PHASE, len(Plan.of(project).phases))
    return add_item(
        project, by=by, waits_for=[], title=ask.new, guidance=ask.text, phase=phase, section=SECTION, who="consultant",
        days=14, is_essential=True,
    )  # fmt: skip


@transaction.atomic
def take_off_plan(row: Answer, *, by: User) -> list[ChecklistItem]:
    """Take back what the "no" did. An item that was worked on since stays; those are returned."""
    lock_plan(row.project_id)
    row.refresh_from_db()
    kept = []
    for item in row.project.items.filter(pk__in=row.marked).select_related("project"):
        item.change(by, verb="marked as not essential", is_essential=False)
    for item in row.project.items.filter(pk__in=row.added).select_related("project"):
        if item.is_settled or item.evidence.exists() or row.project.comments.about(item).exists():
            kept.append(item)
        else:
            delete_item(item, by=by)
    row.change(by, verb="took off the plan what was added for", added=[], marked=[])
    return kept


def progress(project: Project) -> tuple[int, int]:
    """Sub-questions answered, and all."""
    keys = [ask.key for question in questions() for ask in question.asks]
    return project.answers.filter(key__in=keys).exclude(said="").count(), len(keys)
