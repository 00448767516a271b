"""The client's list and what he does in it: done, stuck, not mine, a comment, and back again. Answers stay in place."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.checklists import calls, client_list, live, services
from apps.checklists.forms import CommentForm, EvidenceForm, ReasonForm
from apps.checklists.listing import who_was_faster
from apps.checklists.models import ChecklistItem, NotYet, State
from apps.projects.access import person_shown, project_view
from apps.projects.models import Project, Role, StaleRow
from apps.projects.stored import StoredFile
from apps.ui.once import acts_once

CANNOT_READ = "This form is incomplete. Reload the page and try again."


class Refused(Exception):
    """Why nothing was written, in a sentence that stands at the row."""


@project_view(Role.CLIENT)
@require_safe
def my_list(request: HttpRequest, project: Project) -> HttpResponse:
    """What waits for the client now, what comes next, what he has done. Consultants have their own list."""
    if request.role >= Role.CONSULTANT:
        return redirect("checklists:checklist", slug=project.slug)
    return _page(request, project)


def _page(request: HttpRequest, project: Project, status: int = 200, **said: Any) -> HttpResponse:
    part = "checklists/_my_list.html" if request.htmx and not request.htmx.boosted else "checklists/my_list.html"
    asked = request.GET.get("done") == "all"
    context = {"live": live.begin(request, project)}
    context |= client_list.my_list(project, person_shown(request), everything_done=asked)
    return render(request, part, {"project": project, "role": Role.CLIENT, "said": said, **context}, status=status)


def answers_in_the_list(verb: str) -> Callable[[Callable[..., str]], Callable[..., HttpResponse]]:
    """Run a verb on an item of this person's list; show the list again, with a sentence where it was refused.

    404 for an item that he does not see, 403 for one that is not his to settle. What was typed stays in its field.
    """

    def decorate(run: Callable[..., str]) -> Callable[..., HttpResponse]:
        @wraps(run)
        def view(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
            row = _his(request, project, pk)
            typed = {"pk": pk, "verb": verb, "typed": request.POST.get("words", "")}
            try:
                with transaction.atomic():
                    sentence = run(request, project, row)
            except StaleRow as stale:
                theirs = [(label, one) for label, one, _ in stale.fields if label in ("State", "Stuck", "Not mine")]
                faster = who_was_faster(stale.row)
                return _page(request, project, 409, sentence=faster, theirs=theirs, title=row.title, **typed)
            except (NotYet, Refused) as error:
                return _page(request, project, 422, sentence=str(error), **typed)
            address = reverse("checklists:my-list", args=[project.slug])
            if request.htmx:
                response = _page(request, project, acted=pk)
                response.acted_at = address
                return response
            messages.success(request, sentence)
            return redirect(f"{address}#mine-{pk}")

        return view

    return decorate


def _his(request: HttpRequest, project: Project, pk: int) -> ChecklistItem:
    row = get_object_or_404(project.items.shown_to(request.role).with_blockers(request.role), pk=pk)
    if not row.may_be_ticked_by(request.user, request.role):
        raise PermissionDenied
    return row.seen_by(request.user, request.role)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(CANNOT_READ)
    return int(text)


def _valid(form: Any) -> dict[str, Any]:
    """The form's values; Refused with its first sentence."""
    if not form.is_valid():
        raise Refused(next(iter(form.errors.values()))[0])
    return form.cleaned_data


@project_view(Role.CLIENT)
@require_POST
@acts_once
@answers_in_the_list("done")
def my_done(request: HttpRequest, project: Project, row: ChecklistItem) -> str:
    """Done, with what the item asks for in the same step."""
    version = _version(request)
    if row.waits_sentence:
        raise NotYet(f"{row.waits_sentence}.")
    if row.version != version:
        raise StaleRow(row, {"state": State.DONE})
    if request.FILES or request.POST.get("words", "").strip():
        _give(request, project, row)
    services.complete(row, by=request.user, version=version)
    return f"“{row.title}” is done."


def _give(request: HttpRequest, project: Project, row: ChecklistItem) -> None:
    form = EvidenceForm({"text": request.POST.get("words", "")}, request.FILES, kind=row.evidence_kind)
    values = _valid(form)
    file = values.get("file")
    if file is not None:
        file = StoredFile.keep(project, file, purpose="evidence", by=request.user, client_sees=row.client_sees)
    services.give_evidence(row, by=request.user, kind=form.kind, text=values.get("text", ""), file=file)


@project_view(Role.CLIENT)
@require_POST
@answers_in_the_list("undo")
def my_undo(request: HttpRequest, project: Project, row: ChecklistItem) -> str:
    """Not done after all, not stuck any more, or mine after all: the item waits for him again."""
    if row.is_settled:
        services.reopen(row, by=request.user, version=_version(request))
    else:
        calls.take_call_back(row, by=request.user, version=_version(request))
    return f"“{row.title}” is open again."


@project_view(Role.CLIENT)
@require_POST
@answers_in_the_list("stuck")
def my_stuck(request: HttpRequest, project: Project, row: ChecklistItem) -> str:
    """He cannot go on, and says why in a sentence."""
    form = ReasonForm({"reason": request.POST.get("words", "")})
    form.fields["reason"].error_messages["required"] = "Say in a sentence what stands in your way."
    calls.mark_stuck(row, by=request.user, sentence=_valid(form)["reason"], version=_version(request))
    return "Your consultant has been told."


@project_view(Role.CLIENT)
@require_POST
@answers_in_the_list("not_mine")
def my_not_mine(request: HttpRequest, project: Project, row: ChecklistItem) -> str:
    """He is not the one to do it; it goes back to the consultant, with a sentence if he wants to say why."""
    form = ReasonForm({"reason": request.POST.get("words", "")})
    form.fields["reason"].required = False
    calls.hand_back(row, by=request.user, sentence=_valid(form)["reason"], version=_version(request))
    return f"“{row.title}” is back with your consultant."


@project_view(Role.CLIENT)
@require_POST
@acts_once
@answers_in_the_list("comment")
def my_comment(request: HttpRequest, project: Project, row: ChecklistItem) -> str:
    """A remark; what a client says is never internal."""
    form = CommentForm({"body": request.POST.get("words", "")})
    form.fields["body"].error_messages["required"] = "Write what you want to say first."
    calls.say(row, by=request.user, words=_valid(form)["body"], is_internal=not row.client_sees)
    return "Your comment is there."
