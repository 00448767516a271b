"""The timeline as a drawing: where each bar, mark and word of the SVG stands. Numbers only; the template draws."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from apps.checklists.timeline import Dates, PhaseDates, Timeline

WIDTH, LABELS, TOP, ROW = 1000, 268, 60, 28
CHART = WIDTH - LABELS - 16
LONGEST_LABEL = 38


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawing: a phase with bars, or an item with marks."""

    y: int
    label: str
    words: str  # for those who hear or hover: everything in a sentence
    url: str
    phase: PhaseDates | None = None
    dates: Dates | None = None
    planned: Bar | None = None
    now: Bar | None = None
    baseline: Bar | None = None
    marks: list[tuple[float, str]] = field(default_factory=list)
    is_open: bool = False

    @property
    def is_late(self) -> bool:
        if self.dates is not None:
            return self.dates.is_late
        return bool(self.phase and self.phase.is_late)

    @property
    def is_done(self) -> bool:
        if self.dates is not None:
            return self.dates.item.is_settled
        return bool(self.phase and self.phase.done == len(self.phase.rows))

    @property
    def middle(self) -> int:
        return self.y + ROW // 2

    @property
    def text_y(self) -> int:
        return self.y + ROW // 2 + 5


class Drawing:
    """Coordinates for templates/checklists/_timeline.html."""

    width, labels = WIDTH, LABELS

    def __init__(self, timeline: Timeline, opened: set[int], address: str) -> None:
        self.timeline, self.opened, self.address = timeline, opened, address
        project = timeline.project
        self.hold_until = project.hold_until.astimezone(project.zone).date()
        self.first, self.last = self._range()
        self.rows = self._rows()
        self.height = TOP + ROW * len(self.rows) + 8
        self.top, self.bottom = TOP, self.height - 8

    def _range(self) -> tuple[date, date]:
        project = self.timeline.project
        days = [project.started_on, project.go_live_day, self.hold_until]
        if project.today <= self.hold_until + timedelta(days=60):
            days.append(project.today)
        for row in self.timeline.rows:
            days += [day for day in (row.planned, row.now, row.baseline) if day is not None]
        return min(days) - timedelta(days=2), max(days) + timedelta(days=4)

    def x(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(LABELS + CHART * min(1.0, max(0.0, share)), 1)

    def _bar(self, span: tuple[date, date] | None) -> Bar | None:
        if span is None:
            return None
        start, end = self.x(span[0]), self.x(span[1] + timedelta(days=1))
        return Bar(start, round(max(4.0, end - start), 1))

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        for phase in self.timeline.phases:
            rows.append(self._phase(phase, TOP + ROW * len(rows)))
            if phase.number in self.opened:
                for dates in phase.rows:
                    rows.append(self._item(dates, TOP + ROW * len(rows)))
        return rows

    def _phase(self, phase: PhaseDates, y: int) -> Row:
        is_open = phase.number in self.opened
        others = sorted(self.opened ^ {phase.number})
        query = f"?open={','.join(map(str, others))}" if others else ""
        span = phase.span("now")
        until = f", now until {said(span[1])}" if span else ""
        words = f"{phase.number}. {phase.name}: {phase.done} of {len(phase.rows)} done{until}"
        return Row(
            y=y, label=f"{phase.number}. {phase.name}", phase=phase, is_open=is_open,
            words=f"{words}. {'Hide' if is_open else 'Show'} its items", url=f"{self.address}{query}#drawing",
            planned=self._bar(phase.span("planned")), now=self._bar(span), baseline=self._bar(phase.span("baseline")),
            marks=[(self.x(row.now), row.item.title) for row in phase.rows if row.item.is_essential and row.now],
        )  # fmt: skip

    def _item(self, dates: Dates, y: int) -> Row:
        title = dates.item.title
        label = title if len(title) <= LONGEST_LABEL else f"{title[: LONGEST_LABEL - 1].rstrip()}…"
        days = [("planned", dates.planned), ("now", dates.now), ("baseline", dates.baseline)]
        told = ", ".join(f"{name} {said(day)}" for name, day in days if day is not None) or "no date"
        return Row(
            y=y, label=label, dates=dates, words=f"{title}: {told}, {dates.slip_words}",
            url=dates.item.get_absolute_url(), planned=self._mark(dates.planned), now=self._mark(dates.now),
            baseline=self._mark(dates.baseline),
        )  # fmt: skip

    def _mark(self, day: date | None) -> Bar | None:
        return Bar(self.x(day), 0) if day is not None else None

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """Mondays while there are few of them, else the first of each month."""
        days = (self.last - self.first).days
        if days <= 110:
            step = 7 if days <= 75 else 14
            day = self.first + timedelta(days=-self.first.weekday() % 7)
            found = []
            while day <= self.last:
                found.append({"x": self.x(day), "label": f"{day.day} {day:%b}"})
                day += timedelta(days=step)
            return found
        day, months = self.first.replace(day=1), []
        every = 1 + days // 400
        while (day := (day + timedelta(days=32)).replace(day=1)) <= self.last:
            months.append(day)
        return [{"x": self.x(month), "label": f"{month:%b %y}"} for month in months[::every]]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Today, go-live, and the forecast where it is another day."""
        project, forecast = self.timeline.project, self.timeline.forecast
        found = [{"x": self.x(project.go_live_day), "kind": "go-live", "label": "Go-live"}]
        if forecast.days_late and forecast.day:
            found.append({"x": self.x(forecast.day), "kind": "forecast", "label": "Forecast"})
        if self.first <= project.today <= self.last:
            found.append({"x": self.x(project.today), "kind": "today", "label": "Today"})
        return found

    @property
    def hold(self) -> Bar:
        """The days after go-live in which the old system can still take over."""
        return self._bar((self.timeline.project.go_live_day, self.hold_until)) or Bar(0, 0)


def said(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
