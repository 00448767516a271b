"""The list itself: one way to write an address, and everything wrong with it found before it is published."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.findings import Finding
from engine.redirects.maps import CannotRead, Redirect, RedirectMap, judge_map, read_pair, standard

A, B = "https://old.example.org", "https://new.example.com"


def to(old, new, line=1, **more):
    return Redirect(A + old, B + new if new.startswith("/") else new, line=line, **more)


def codes(*redirects):
    return [(found.where.line, found.code.removeprefix("redirects.")) for found in judge_map(redirects)]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("HTTPS://Old.Example.org:443/About#team", f"{A}/About"),
        (f"{A}/caf\u00e9", f"{A}/caf%C3%A9"),
        (f"{A}/caf%c3%a9/*", f"{A}/caf%C3%A9/*"),
        ("old.example.org/about", f"{A}/about"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/"),
        (f"{A}/blog/*", f"{A}/blog/*"),
        (f"{A}/p?id=1", f"{A}/p?id=1"),
        (f"{A}", f"{A}/"),
    ],
)
def test_an_address_has_one_way_to_be_written(typed, read):
    assert standard(typed) == read


def test_a_path_alone_needs_its_site():
    with pytest.raises(CannotRead, match="on which site"):
        standard("/about")
    assert standard("/about", A) == f"{A}/about"
    assert standard("about.html", A) == f"{A}/about.html"


@pytest.mark.parametrize(
    "typed", ["https://old.example.org/a*b", "https://x y.example/", "ftp://old.example.org/", "*", A + "/\u00fc" * 300]
)
def test_what_cannot_be_an_address_is_said(typed):
    with pytest.raises(CannotRead):
        standard(typed)


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "mailto:ada@example.org", "tel:+49301234", "data:text/html,x"]
)
def test_what_no_server_redirects_is_no_path_of_the_site(typed):
    with pytest.raises(CannotRead, match="https://"):
        standard(typed, A)
    assert standard("localhost:8000/a", A) == f"{A}/localhost:8000/a"
    assert standard("old.example.org:8000/a") == "https://old.example.org:8000/a"


def test_the_faults_of_a_list_stand_at_their_lines():
    assert codes(to("/a", "/a"), to("/b", "/b", 2)) == []
    assert codes(to("/a", "/x"), to("/a", "/x", 2)) == [(2, "duplicate.same")]
    assert codes(to("/a", "/x"), to("/a", "/y", 2)) == [(2, "duplicate.different")]
    assert codes(to("/a", "/x"), Redirect("http://old.example.org/a", f"{B}/y", line=2)) == [(2, "duplicate.different")]
    assert codes(to("/a", f"{A}/a")) == [(1, "loop")]
    assert codes(to("/a", f"{A}/b"), to("/b", f"{A}/a", 2)) == [(1, "loop"), (2, "loop")]
    assert codes(to("/a", f"{A}/b"), to("/b", "/x", 2)) == [(1, "chain")]
    assert codes(to("/a", f"{A}/b"), Redirect(f"{A}/b", is_gone=True, line=2)) == [(1, "chain")]
    assert codes(to("/a", "http://new.example.com/a")) == [(1, "insecure")]
    assert codes(Redirect("http://old.example.org/a", f"{A}/a")) == [(0, "only_scheme")]


def test_a_chain_names_its_end():
    (found,) = judge_map([to("/a", f"{A}/b"), to("/b", "/x", 2)])
    assert found.suggestion == f"{B}/x"


def test_a_line_behind_a_broader_one_is_never_reached():
    assert codes(to("/blog/*", "/news/*"), to("/blog/first", "/first", 2)) == [(2, "shadowed")]
    assert codes(to("/blog/first", "/first"), to("/blog/*", "/news/*", 2)) == []
    assert codes(to("/blog/*", "/news/*"), to("/blog/2019/*", "/archive/*", 2)) == [(2, "shadowed")]
    assert codes(to("/blog/*", "/news/*"), to("/blogs", "/first", 2)) == []


def test_circles_through_whole_folders_are_found():
    assert codes(to("/a/*", f"{A}/b/*"), to("/b/*", f"{A}/a/*", 2)) == [(1, "loop"), (2, "loop")]
    assert codes(to("/a/*", f"{A}/a/b/*")) == [(1, "loop")]


def test_many_pages_sent_to_the_front_page_are_remarked_once():
    assert codes(*(to(f"/p{n}", "/", n) for n in range(1, 15))) == [(1, "front_page")]
    assert codes(*(to(f"/p{n}", "/", n) for n in range(1, 5))) == []


def test_a_pair_is_read_or_says_what_to_do():
    assert read_pair(f"{A}/a", f"{B}/a", is_gone=False, line=3) == to("/a", "/a", 3)
    assert read_pair(f"{A}/a", "", is_gone=True, line=3) == Redirect(f"{A}/a", is_gone=True, line=3)
    for old, new, code in [
        ("", f"{B}/a", "old.missing"), (f"{A}/a", "", "new.missing"), ("/a", f"{B}/a", "old.relative"),
        (f"{A}/a", "https://new example.com/", "new.unreadable"), (f"{A}/a", f"{B}/*", "new.wildcard"),
    ]:  # fmt: skip
        found = read_pair(old, new, is_gone=False, line=3)
        assert isinstance(found, Finding), old
        assert (found.code, found.where.line) == (f"redirects.{code}", 3)


PATHS = st.lists(st.sampled_from("abc"), max_size=3).map(lambda parts: "/" + "/".join(parts))
LINES = st.tuples(PATHS, PATHS, st.booleans()).map(
    lambda made: (
        Redirect(A + made[0].rstrip("/") + "/*", A + made[1].rstrip("/") + "/*")
        if made[2]
        else Redirect(A + made[0], A + made[1])
    )
)


@given(st.lists(LINES, max_size=8))
def test_following_any_list_ends_and_a_list_without_findings_leads_everybody_to_an_end_at_once(redirects):
    found = judge_map(redirects)
    whole = RedirectMap(redirects)
    for one in redirects:
        way, is_circle = whole.follow(one)
        assert len(way) <= 22
        said = {finding.code for finding in found if finding.value == one.old}
        if is_circle:
            assert said & {"redirects.loop", "redirects.duplicate.different", "redirects.duplicate.same"}
        elif not said:
            assert whole.find(one.new) is None


def test_a_hundred_thousand_lines_are_judged_in_linear_time():
    def seconds(count):
        redirects = [to(f"/page/{n}", f"/new/{n}", n) for n in range(count)]
        began = time.perf_counter()
        assert judge_map(redirects) == []
        return time.perf_counter() - began

    seconds(1_000)
    assert seconds(100_000) < 100 * max(seconds(10_000), 0.01)
