"""What each tag draws."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from apps.ui import moments, signs
from apps.ui.icons import draw_icon
from engine.findings import Severity, Verdict


def draw(source, **context):
    return " ".join(Template("{% load ui %}" + source).render(Context(context)).split())


@pytest.mark.parametrize(
    ("source", "word", "tone"),
    [
        ('{% required_status "migrate" %}', "Migrate As Is", "teal"),
        ('{% required_status "rebuild" %}', "Rebuild/Update", "amber"),
        ('{% required_status "archive" %}', "Archive", "slate"),
        ('{% required_status "" %}', "Undecided", "outline"),
        ("{% required_status None %}", "Undecided", "outline"),
        ('{% severity "fatal" %}', "Fatal", "darkred"),
        ('{% severity "unknown" %}', "Could not tell", "grey"),
        ('{% verdict "not_ready" %}', "Not ready", "red"),
        ('{% job_state "queued" %}', "Queued", "grey"),
        ('{% progress_state "live" %}', "Live", "green"),
        ('{% progress_state "" %}', "Not started", "outline"),
        ('{% severity "something new" %}', "Unknown", "grey"),
    ],
)
def test_a_sign_is_an_icon_a_word_and_a_colour(source, word, tone):
    html = draw(source)
    assert f"<span>{word}</span>" in html
    assert f"tone-{tone}" in html
    assert "<svg " in html


def test_every_severity_and_verdict_of_the_engine_has_a_sign():
    assert set(signs.SEVERITY) == {str(severity) for severity in Severity}
    assert set(signs.VERDICT) == {str(verdict) for verdict in Verdict}


def test_no_sign_of_one_kind_looks_like_another():
    for table in [signs.REQUIRED_STATUS, signs.VERDICT, signs.SEVERITY, signs.JOB_STATE, signs.PROGRESS]:
        drawings = {draw_icon(sign.icon) for sign in table.values()}
        assert len(drawings) == len(table)


def test_a_stale_verdict_is_never_green():
    html = draw('{% verdict "ready" age=age stale=True %}', age=timezone.now() - timedelta(days=3))
    assert "tone-green" not in html
    assert "Was ready" in html
    assert "stale, checked" in html
    assert "3 days ago" in html


def test_a_verdict_shows_its_age_and_its_reason_escaped():
    html = draw('{% verdict "ready" age=age reason=why %}', why="<b>no</b>", age=timezone.now() - timedelta(minutes=4))
    assert "4 min ago" in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html


@pytest.mark.parametrize("name", [sign.icon for table in [signs.VERDICT, signs.PROGRESS] for sign in table.values()])
def test_an_icon_is_hidden_from_screen_readers(name):
    assert 'aria-hidden="true"' in draw_icon(name)


def test_an_icon_with_a_label_is_read_and_its_label_escaped():
    html = draw("{% icon name label=label %}", name="bell", label='"><script>')
    assert 'role="img"' in html
    assert "aria-hidden" not in html
    assert "<script>" not in html


def test_an_unknown_icon_does_not_break_the_page():
    assert "<svg " in draw('{% icon "no-such-icon" %}')


NOW = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
BERLIN = moments.zone_of("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 9, 12, 20, 0, tzinfo=UTC), "in 3 days"),
        (datetime(2026, 9, 9, 17, 30, tzinfo=UTC), "in 5 hours"),
        (datetime(2026, 9, 9, 12, 1, 30, tzinfo=UTC), "in 1 minute"),
        (datetime(2026, 9, 9, 12, 0, 30, tzinfo=UTC), "now"),
        (datetime(2026, 9, 9, 11, 20, tzinfo=UTC), "40 minutes ago"),
        (datetime(2026, 9, 10, 13, 0, tzinfo=UTC), "tomorrow"),
        # 23:30 in Berlin, two nights on: the weekday on the page is two days away, so are the words
        (datetime(2026, 9, 11, 21, 30, tzinfo=UTC), "in 2 days"),
        (datetime(2026, 9, 8, 6, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 12, 30, 6, 0, tzinfo=UTC), "in 4 months"),
    ],
)
def test_relative_words(moment, words):
    assert moments.relative(moment, BERLIN, NOW) == words


def test_a_moment_names_its_day_and_its_zone():
    assert moments.absolute(datetime(2026, 9, 12, 20, 0, tzinfo=UTC), BERLIN, NOW) == "Sat 12 Sep 22:00 Berlin"
    assert moments.absolute(datetime(2027, 1, 2, 20, 0, tzinfo=UTC), BERLIN, NOW) == "Sat 2 Jan 2027 21:00 Berlin"


def test_the_viewers_clock_stands_beside_only_where_it_differs():
    moment = datetime(2026, 9, 12, 20, 0, tzinfo=UTC)
    london, auckland = moments.zone_of("Europe/London"), moments.zone_of("Pacific/Auckland")
    assert moments.clock(moment, london, BERLIN) == "21:00 London"
    assert moments.clock(moment, auckland, BERLIN).startswith("Sun 13 Sep")
    assert moments.clock(moment, moments.zone_of("Europe/Paris"), BERLIN) == ""


def test_a_moment_is_drawn_relative_and_absolute_together():
    moment = timezone.now() + timedelta(days=3, minutes=1)
    html = draw('{% when moment "Europe/Berlin" viewer=True live=True %}', moment=moment)
    assert "in 3 days" in html
    assert "Berlin" in html
    assert "for you)" in html
    assert "data-countdown=" in html
    assert 'data-zone="Europe/Berlin"' in html


def test_paper_says_the_moment_where_the_screen_says_how_long_ago():
    zone = SimpleNamespace(zone=ZoneInfo("Asia/Kathmandu"))
    moment = timezone.now() - timedelta(minutes=4)
    html = draw('{% verdict "ready" age=moment %}{% when moment "Asia/Kathmandu" %}', project=zone, moment=moment)
    words = moments.absolute(moment, zone.zone)
    assert f'<span class="no-print">4 min ago</span><span class="only-print">{words}</span>' in html
    assert f'<span class="when-absolute">{words}</span>' in html
    assert '<span class="when-relative no-print">' in html
    assert "4 minutes ago" not in draw("{% when moment alone=True %}", moment=moment)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Kathmandu", "Sun 28 Mar 2027 06:15 Kathmandu (UTC+5:45)"),
        ("America/St_Johns", "Sat 27 Mar 2027 22:00 St Johns (UTC−2:30)"),
        ("UTC", "Sun 28 Mar 2027 00:30 UTC (UTC)"),
    ],
)
def test_a_moment_in_full_has_its_year_and_its_distance_from_utc(zone, words):
    assert moments.in_full(datetime(2027, 3, 28, 0, 30, tzinfo=UTC), ZoneInfo(zone)) == words


@pytest.mark.parametrize("source", ["{% when None %}", "{% ago None %}", "{% due None %}"])
def test_a_missing_date_is_said_in_words(source):
    html = draw(source)
    assert "None" not in html
    assert "muted" in html


@pytest.mark.parametrize(
    ("days", "words", "state"),
    [
        (-1, "overdue by 1 day", "overdue"),
        (-2, "overdue by 2 days", "overdue"),
        (0, "today", "today"),
        (1, "tomorrow", "soon"),
        (9, "in 9 days", "later"),
    ],
)
def test_a_due_date(days, words, state):
    today = date(2026, 9, 9)
    html = draw("{% due day today %}", day=today + timedelta(days=days), today=today)
    assert words in html
    assert f"due-{state}" in html


def test_what_is_done_is_never_overdue():
    html = draw("{% due day today done=True %}", day=date(2026, 9, 1), today=date(2026, 9, 9))
    assert "overdue" not in html
    assert "Tue 1 Sep" in html


@pytest.mark.parametrize(
    ("done", "total", "width", "percent"),
    [(3, 12, "25.0", 25), (0, 0, "0.0", 0), (12, 12, "100.0", 100), (9999, 10000, "100.0", 99), (15, 12, "100.0", 100)],
)
def test_a_bar_is_as_wide_as_what_is_done(done, total, width, percent):
    html = draw("{% bar done total 'Decided' %}", done=done, total=total)
    assert f'width="{width}"' in html
    assert f"Decided: {done} of {total}" in html
    assert ("bar-complete" in html) == (percent == 100)


def test_the_parts_of_a_stacked_bar_fill_it():
    counts = [{"label": "Archive", "count": 1, "tone": "slate"}, {"label": "Undecided", "count": 3, "tone": "outline"}]
    html = draw("{% stacked counts 'Decisions' %}", counts=counts)
    assert 'x="0.00" width="25.00"' in html
    assert 'x="25.00" width="75.00"' in html
    assert "<b>3</b>" in html


def test_a_stacked_bar_of_nothing_is_drawn():
    assert "<svg" in draw("{% stacked counts %}", counts=[])


def test_a_phase_bar_links_every_phase_and_marks_the_current_one():
    phases = [
        {"number": 1, "name": "Prepare", "done": 3, "total": 4, "percent": 75, "url": "/one", "is_current": True},
        {"number": 2, "name": "Build", "done": 0, "total": 4, "percent": 0, "url": "/two", "is_current": False},
    ]
    html = draw("{% phase_bar phases %}", phases=phases)
    assert html.count('aria-current="step"') == 1
    assert 'href="/two"' in html
    assert 'width="75"' in html


def test_a_person_is_initials_and_the_system_has_its_own_mark():
    class Mara:
        pk, initials = 7, "MK"

        def __str__(self):
            return "Mara <Klein>"

    assert "MK" in draw("{% person who %}", who=Mara())
    assert "Mara &lt;Klein&gt;" in draw("{% person who name=True %}", who=Mara())
    assert "System" in draw("{% person None name=True %}")
    assert "person-system" in draw("{% person None %}")
    request = SimpleNamespace(user=SimpleNamespace(pk=7))
    assert "You" in draw("{% person who name=True %}", who=Mara(), request=request)


def test_pages_keep_the_query_string():
    request = RequestFactory().get("/", {"q": "a&b", "page": "2"})
    html = draw('{% paginate page "#rows" %}', page=Paginator(range(200), 20).page(2), request=request)
    assert "?q=a%26b&amp;page=3" in html
    assert 'hx-target="#rows"' in html
    assert "21 to 40 of 200" in html


def test_one_page_needs_no_page_numbers():
    assert draw("{% paginate page %}", page=Paginator(range(3), 20).page(1)) == ""


def test_a_sorted_header_sorts_the_other_way_and_forgets_the_page():
    request = RequestFactory().get("/", {"sort": "name", "page": "4"})
    html = draw('{% sort_link "Name" "name" %}', request=request)
    assert 'href="?sort=-name"' in html
    assert "sorted upwards" in html


def test_an_empty_list_teaches_and_leads_on():
    html = draw('{% empty "No files yet" "Why it matters." "/upload/" "Upload a file" %}')
    assert "Why it matters." in html
    assert '<a class="btn btn-primary" href="/upload/">Upload a file</a>' in html


def test_each_form_gets_a_token_of_its_own():
    first, second = draw("{% once %}"), draw("{% once %}")
    assert first != second
    assert 'name="once"' in first


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{{ 1|plural:"asset" }}', "1 asset"),
        ('{{ 0|plural:"asset" }}', "0 assets"),
        ('{{ 48211|plural:"copy,copies" }}', "48,211 copies"),
        ('{{ things|plural:"thing" }}', "2 things"),
        ('{{ nothing|plural:"thing" }}', "0 things"),
    ],
)
def test_numbers_agree_with_their_words(source, words):
    assert draw(source, things=["a", "b"]) == words
