"""The hold period: until it is over the old system can still take over. Time alone turns this fact."""

from datetime import timedelta

from django.utils import timezone

from apps.findings.models import Fact
from apps.projects.models import Project
from engine.findings import Verdict

FACT = "cutover.hold_over"
FRESH = timedelta(days=1)


def publish_hold(project: Project) -> None:
    """Over, or not; by the clock, and when go-live or the hold period changes. Nothing is said before go-live."""
    now = timezone.now()
    known = project.facts.filter(key=FACT).first()
    if now < project.go_live and known is None:
        return
    until = f"{project.hold_until.astimezone(project.zone):%-d %B %Y, %H:%M} ({project.time_zone})"
    if now >= project.hold_until:
        verdict, reason = Verdict.READY, f"The hold period ended on {until}."
    else:
        verdict, reason = Verdict.NOT_READY, f"Until {until} the old system can still take over."
    if known is None or not known.says(verdict, reason, within=FRESH):
        Fact.publish(project, FACT, verdict, reason, link=f"{project.get_absolute_url()}cutover/")


def watch_holds() -> None:
    """Every project that has gone live. Safe to repeat."""
    for project in Project.objects.filter(go_live__lte=timezone.now()):
        publish_hold(project)
