"""Who hears what of the plan: stuck items, comments, and checks that turned back."""

from apps.accounts.models import User
from apps.checklists.models import ChecklistItem, Who
from apps.findings.models import Fact
from apps.projects.models import Comment, Role
from apps.projects.notice import NoticeKind
from apps.projects.telling import clients_of, consultants_of, tell

NAMED = 3


def tell_stuck(item: ChecklistItem, *, by: User, sentence: str) -> None:
    """The consultants hear at once that the client cannot go on."""
    text = f"{by} is stuck with “{item.title}”: {sentence}"
    key = f"stuck:{item.pk}:{item.version}"
    tell(
        item.project, consultants_of(item.project), NoticeKind.STUCK, text, link=item.get_absolute_url(), key=key, by=by
    )


def tell_comment(item: ChecklistItem, comment: Comment) -> None:
    """Those whose item it is, and those who have spoken of it before; internal words stay among consultants."""
    staff = consultants_of(item.project)
    clients = clients_of(item.project) if item.client_sees and not comment.is_internal else []
    spoke = set(item.project.comments.about(item).shown_to(Role.OWNER).values_list("author", flat=True))
    people = {person.pk: person for person in [*staff, *clients]}
    by_client = any(person.pk == comment.author_id for person in clients_of(item.project))
    concerned = [
        person
        for person in people.values()
        if person.pk == item.assignee_id
        or person.pk in spoke
        or (person in staff and (by_client or (item.assignee_id is None and item.who == Who.CONSULTANT)))
        or (person in clients and item.assignee_id is None and item.who == Who.CLIENT)
    ]
    text = f"{comment.author} on “{item.title}”: {comment.body[:200]}{'…' if len(comment.body) > 200 else ''}"
    link, key = item.get_absolute_url(), f"comment:{comment.pk}"
    tell(item.project, concerned, NoticeKind.COMMENT, text, link=link, key=key, by=comment.author)


def tell_lost(fact: Fact, opened: list[ChecklistItem]) -> None:
    """A check turned back and opened items again: both sides hear of those that they see, and why."""
    project, key = fact.project, f"lost:{fact.pk}:{fact.as_of.timestamp():.0f}"
    tell(
        project, consultants_of(project), NoticeKind.LOST, _lost_words(opened, fact.reason),
        link=opened[0].get_absolute_url(), key=key,
    )  # fmt: skip
    seen = [item for item in opened if item.client_sees]
    if seen:
        says_why = seen[0].fact == fact.key and fact.key != "inventory.decided"  # its reason names hidden assets
        text = _lost_words(seen, fact.reason if says_why else "")
        tell(project, clients_of(project), NoticeKind.LOST, text, link=seen[0].get_absolute_url(), key=key)


def _lost_words(items: list[ChecklistItem], reason: str) -> str:
    names = ", ".join(f"“{item.title}”" for item in items[:NAMED])
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return f"{names}{more} {'is' if len(items) == 1 else 'are'} open again. {reason}".strip()
