"""What all contact files of a project together say about readiness."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from apps.contacts.deciding import scope_of
from apps.contacts.judged_with import CUT_BY, changed_since
from apps.contacts.models import ContactFile, Decided, Decision, FileCheck, FileKind
from apps.contacts.tag_groups import open_groups
from apps.findings.models import Fact
from apps.projects.models import Project
from apps.projects.platform_values import Catalogue
from engine.contacts.limits import TargetLimits, limits_of
from engine.contacts.recipe import EVERY
from engine.contacts.rows import Segment
from engine.findings import Verdict

Answer = tuple[Verdict, str]
OVER_LIMIT = (
    "contacts.columns.too_many",
    "contacts.text.too_long",
    "contacts.tags.symbols",
    "contacts.tags.too_long",
)
OF_TARGET = ("contacts.validated", "contacts.within_limits", "contacts.tags_mapped")
OF_FILES = ("contacts.validated", "contacts.within_limits", "contacts.consent_split", "contacts.tags_mapped")
NEAR_LIMIT = ("contacts.columns.many",)
UNREAD_WORDS = ("contacts.consent.unknown_word", "contacts.status.unknown_word")


def publish_facts(project: Project, *, as_of: datetime) -> None:
    """State the facts anew from the newest check of each list's newest file. Part of the caller's transaction."""
    Fact.one_at_a_time(project)
    files = list(project.contact_files.not_withdrawn().not_replaced().with_status().exclude(kind=FileKind.TARGET))
    checks = [file.latest_check for file in files if file.latest_check is not None]
    if not checks:
        _nothing_left(project, as_of)
        return
    lists = [file.latest_check for file in files if file.kind == FileKind.CONTACTS and file.latest_check is not None]
    limits = known_limits(project.catalogue, project.target)
    answers = {
        "contacts.validated": validated(checks, waiting=len(files) - len(checks)),
        "contacts.within_limits": within_limits(lists, limits, is_outdated=_is_outdated(project, lists)),
        "contacts.consent_split": consent_split(lists, decided_rest(project, files)),
        "contacts.tags_mapped": tags_mapped(lists, tags_named(project)),
    }
    link, is_other = _link(project, files), any(check.target != project.target for check in lists)
    for key, (verdict, reason) in answers.items():
        is_void = is_other and key in OF_TARGET
        if is_void:
            verdict, reason = Verdict.UNKNOWN, checked_for_another(project.target_name)
        Fact.publish(project, key, verdict, reason, link=link, as_of=as_of, is_void=is_void)


def checked_for_another(name: str) -> str:
    """Why nothing is known yet after a change of the target."""
    return f"The files were checked for another target; check them again for {name}."


def _nothing_left(project: Project, as_of: datetime) -> None:
    """The last judged file was taken away: what was known of it holds no more."""
    link = reverse("contacts:contact-list", args=[project.slug])
    for fact in project.facts.filter(key__in=OF_FILES):
        Fact.publish(project, fact.key, Verdict.NOT_READY, "No contact file is here any more.", link=link, as_of=as_of)


def _link(project: Project, files: Sequence[ContactFile]) -> str:
    """The report that proves it: the one file's own, or the list of all."""
    if len(files) == 1:
        return files[0].get_absolute_url()
    return reverse("contacts:contact-list", args=[project.slug])


def known_limits(catalogue: Catalogue, target: str) -> TargetLimits | None:
    """The target's import limits as the consultancy sees them, None where the catalogue does not know it."""
    platform = catalogue.find(target)
    return limits_of(platform) if platform else None


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def validated(checks: Sequence[FileCheck], *, waiting: int = 0) -> Answer:
    """Ready only where no file has a fatal finding or an error, and all were checked."""
    errors = sum(check.error_count for check in checks)
    records = sum(check.records for check in checks)
    if errors:
        wrong = sum(check.has_errors for check in checks)
        return Verdict.NOT_READY, f"{_files(wrong)} of {len(checks)} must be put right first: {errors:,} faults."
    read = f"{_files(len(checks))} with {records:,} records read without an error"
    if waiting:
        return Verdict.CONDITIONS, f"{read}; {_files(waiting)} not checked yet."
    warnings = sum(check.warning_count for check in checks)
    return Verdict.READY, f"{read}; {warnings:,} warnings to look at." if warnings else f"{read}."


def _is_outdated(project: Project, checks: Iterable[FileCheck]) -> bool:
    """Some check went by limits that no longer hold."""
    return any(one.name not in CUT_BY for check in checks for one in changed_since(check, project.catalogue))


def within_limits(checks: Sequence[FileCheck], limits: TargetLimits | None, *, is_outdated: bool = False) -> Answer:
    """Columns, lengths and tags against what the target takes; too many rows are cut into files and break nothing."""
    judged = [check for check in checks if not check.is_fatal]
    if not judged:
        return Verdict.UNKNOWN, "No contact file could be read yet."
    if limits is None or not (limits.max_columns_fail or limits.max_text or limits.max_rows):
        return Verdict.UNKNOWN, f"The catalogue knows no import limits of {limits.name if limits else 'the target'}."
    if any(check.target != limits.key for check in judged):
        return Verdict.UNKNOWN, checked_for_another(limits.name)
    over = sum(check.count_of(code) for check in judged for code in OVER_LIMIT)
    if over:
        return Verdict.NOT_READY, f"{over:,} places go beyond what {limits.name} takes."
    if is_outdated:  # "unknown" would not replace what was known, and a limit that is tighter now must not stay ready
        return Verdict.CONDITIONS, f"What {limits.name} takes was changed after the check; check the files again."
    if len(judged) < len(checks):
        return Verdict.CONDITIONS, f"{_files(len(checks) - len(judged))} could not be read; the others keep the limits."
    near = sum(check.count_of(code) for check in judged for code in NEAR_LIMIT)
    if near:
        return Verdict.CONDITIONS, f"{_files(near)} with more columns than {limits.name} advises."
    return Verdict.READY, f"{_files(len(judged))} within the limits of {limits.name}."


def publish_facts_now(project: Project) -> None:
    """The same after a decision."""
    publish_facts(project, as_of=timezone.now())


def tags_named(project: Project) -> dict[str, str]:
    """What was decided about tags, whatever their source."""
    rows = Decision.objects.filter(project=project, kind=Decided.TAG).values_list("key", "value")
    return {key: value["to"] for key, value in rows}


def decided_rest(project: Project, files: Iterable[ContactFile]) -> frozenset[int]:
    """The checks whose contacts without consent were looked at: somebody said what holds for them."""
    rows = Decision.objects.filter(project=project, kind=Decided.CONSENT, value__value=EVERY)
    decided = set(rows.values_list("source", flat=True))
    if not decided:
        return frozenset()
    return frozenset(file.latest_check.pk for file in files if file.latest_check and scope_of(file) in decided)


def tags_mapped(checks: Sequence[FileCheck], named: Mapping[str, str]) -> Answer:
    """Whether every tag has a name that the target takes, and tags that look alike were decided about."""
    judged = [check for check in checks if not check.is_fatal]
    if not judged:
        return Verdict.UNKNOWN, "No contact file could be read yet."
    tags = {one["tag"]: one["mended"] for check in judged for one in check.report.get("tags", [])}
    refused = sum(bool(mended) and tag not in named for tag, mended in tags.items())
    if refused:
        return Verdict.NOT_READY, f"{refused:,} of {len(tags):,} tags have no name that the target takes."
    alike = sum(len(open_groups(check.report, named)) for check in judged)
    if alike:
        return Verdict.CONDITIONS, f"{alike:,} groups of tags look alike; merge them or say that they differ."
    return Verdict.READY, f"{len(tags):,} tags in the contact files, none left to decide."


def consent_split(checks: Sequence[FileCheck], decided: frozenset[int] = frozenset()) -> Answer:
    """Whether every contact is known to have agreed or not, so that the groups can be imported apart."""
    judged = [check for check in checks if not check.is_fatal]
    if not judged:
        return Verdict.UNKNOWN, "No contact file could be read yet."
    agreed = sum(check.in_segment(Segment.CONSENTED) for check in judged)
    silent = sum(check.in_segment(Segment.NO_CONSENT) for check in judged)
    blocked = sum(check.in_segment(Segment.BLOCKED) for check in judged)
    apart = f"{agreed:,} agreed, {silent:,} without consent, {blocked:,} blocked"
    if not agreed and silent:
        return Verdict.NOT_READY, f"No contact is known to have agreed to be mailed: {apart}."
    if len(judged) < len(checks):
        return Verdict.CONDITIONS, f"{_files(len(checks) - len(judged))} could not be read; in the others {apart}."
    if any(check.count_of(code) for check in judged for code in UNREAD_WORDS):
        return Verdict.CONDITIONS, f"Some words for consent or status are not understood yet; {apart}."
    silent = sum(check.in_segment(Segment.NO_CONSENT) for check in judged if check.pk not in decided)
    if silent:  # a "no" and a blank cell look alike from here; a consultant may know, and overrides with a reason
        return Verdict.CONDITIONS, f"{apart}; leave those without consent out, or document it."
    return Verdict.READY, f"{apart}; each group stands apart."
