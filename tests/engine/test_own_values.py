"""A consultancy's own values: read from text, checked, put in the catalogue's place, told to a process."""

import pytest

from engine import platforms
from engine.contacts.limits import limits_of, profile_of
from engine.platforms.own import FORMS, BadValue, as_typed, read_told, read_value, stated, with_own

KARTRA = platforms.load("kartra")
PRICE = "costs.price_of_1000_contacts_a_month"


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("imports.max_rows", " 25,000 ", 25_000),
        ("imports.max_rows", "25.000", 25_000),
        ("imports.max_rows", "0", 0),
        ("imports.required_columns", "email\n\n first name \n", ("email", "first name")),
        ("imports.tag_pattern", r"[A-Za-z0-9 _\-\u00c0-\u017f]+", r"[A-Za-z0-9 _\-\u00c0-\u017f]+"),
        ("imports.field_lengths", "First Name :50", ("First Name: 50",)),
        ("exports.fingerprints", "Email, Tags\nLead id, Score", (("Email", "Tags"), ("Lead id", "Score"))),
        ("exports.status_words", "subscribed: On, Live\nblocked: Off",
         {"subscribed": ("On", "Live"), "blocked": ("Off",)}),
        ("moves.course", "moves_by_file", "moves_by_file"),
        (PRICE, "12,5", "12.50"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_its_form_says(path, text, value):
    assert read_value(KARTRA, path, text) == value
    assert read_value(KARTRA, path, as_typed(value)) == value, "what is shown for a change is taken again"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("imports.max_rows", "2.5"), ("imports.max_rows", "-1"), ("imports.max_rows", "99"), ("imports.max_rows", ""),
        ("imports.max_rows", "1" * 5_000), ("imports.max_rows", "many"), ("imports.max_rows", "٣٠٠٠"),
        ("imports.max_columns_warn", "70"), ("imports.max_columns_fail", "50"),
        ("imports.tag_pattern", "(a+)+b"), ("imports.tag_pattern", "[z-a]+"), ("imports.tag_separator", "a\nb"),
        ("imports.line_breaks", "perhaps"), ("imports.field_lengths", "First Name"), ("imports.consent", "\n"),
        ("exports.fingerprints", "Email"), ("exports.status_words", "happy: yes"),
        ("moves.course", "unknown"), (PRICE, "NaN"), (PRICE, "1.005"), (PRICE, "-1"), ("dns.expected", "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_the_value_is_refused_with_a_sentence(path, text):
    with pytest.raises(BadValue, match=r"\.$"):
        read_value(KARTRA, path, text)


def test_every_value_of_every_platform_has_a_form():
    """So that each line of the page can be put right; its own value is taken again as it is shown."""
    for platform in platforms.catalogue().values():
        paths = [f"imports.{name}" for name in platform.imports.values]
        paths += [f"exports.{name}" for name in platform.exports.values] + [f"moves.{name}" for name in platform.moves]
        for path in paths:
            assert path in FORMS
            value = stated(platform, path).value
            if value and not (platform.key == "ontraport" and path == "exports.fingerprints"):  # one column there
                assert read_value(platform, path, as_typed(value)) == value


def test_own_values_are_what_the_engine_judges_by():
    told = read_told({
        "kartra": {"imports.max_rows": {"value": 25_000}, "structure": {"value": ["Course", "Lesson"]},
                   "exports.status_words": {"value": {"blocked": ["Off"]}}, "moves.course": {"value": "reconnect"},
                   PRICE: {"value": "12.50", "unit": "EUR"}},
    })  # fmt: skip
    mine = with_own(KARTRA, told["kartra"])
    assert (limits_of(mine).max_rows, limits_of(KARTRA).max_rows) == (25_000, 20_000)
    assert mine.imports["max_rows"].unit == "contacts a file"
    assert profile_of(mine).words == {"off": "blocked"}
    assert mine.structure.value == ("Course", "Lesson")
    assert mine.move_of("course") is platforms.Move.RECONNECT
    assert (stated(mine, PRICE).value, stated(mine, PRICE).unit) == ("12.50", "EUR")
    assert mine.dns is KARTRA.dns


@pytest.mark.parametrize("told", [[], {"kartra": 5}, {"kartra": {"imports.max_rows": 5}}, {"kartra": {"no.path": {}}}])
def test_what_is_no_set_of_own_values_is_refused(told):
    with pytest.raises(ValueError, match="value"):
        read_told(told)
