"""The hash of what was approved changes exactly when it changed, and the changes can be named."""

from hypothesis import given
from hypothesis import strategies as st

from engine.plan.frozen import Change, Line, canonical, changes, digest

WORDS = st.text(max_size=6)
LINES = st.lists(
    st.builds(Line, st.sampled_from("abcd"), WORDS, st.dictionaries(st.sampled_from(["Due", "Who"]), WORDS)),
    unique_by=lambda line: line.key,
    max_size=4,
)


@given(LINES, LINES)
def test_hashes_are_equal_exactly_when_nothing_changed(first, second):
    old, new = canonical(first), canonical(second)
    assert (digest(old) == digest(new)) == (old == new) == (changes(old, new) == [])


@given(LINES, st.randoms())
def test_the_order_in_which_lines_come_does_not_matter(lines, random):
    mixed = list(lines)
    random.shuffle(mixed)
    assert digest(canonical(mixed)) == digest(canonical(lines))


def test_each_change_says_from_what_to_what():
    old = canonical([Line("1", "Meet", {"Due": "1 May"}), Line("2", "Pay", {})])
    new = canonical([Line("1", "Meet them", {"Due": "3 May"}), Line("3", "Sign", {})])
    assert changes(old, new) == [
        Change("Meet them", "Name", "Meet", "Meet them"),
        Change("Meet them", "Due", "1 May", "3 May"),
        Change("Pay", "", "was there", "taken out"),
        Change("Sign", "", "", "added"),
    ]
