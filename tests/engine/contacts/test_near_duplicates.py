"""Tags that are probably meant to be one."""

from hypothesis import given
from hypothesis import strategies as st

from engine.contacts.tags import near_duplicates


def groups(*tags):
    return [set(group.tags) for group in near_duplicates(dict.fromkeys(tags, 1))]


def test_case_accents_signs_order_plural_and_one_letter_do_not_count():
    assert groups("VIP", "vip", "V.I.P.") == [{"VIP", "vip", "V.I.P."}]
    assert groups("Café", "cafe") == [{"Café", "cafe"}]
    assert groups("Course A", "A courses") == [{"Course A", "A courses"}]
    assert groups("Newsletter", "Newsleter", "Newslettor") == [{"Newsletter", "Newsleter", "Newslettor"}]


def test_numbers_and_short_words_are_meant_as_they_stand():
    assert groups("Webinar 2024", "Webinar 2025") == []
    assert groups("Lead", "Load") == []
    assert groups("!", "?") == []


def test_the_most_frequent_name_leads_and_the_largest_group_comes_first():
    found = near_duplicates({"lead": 2, "Lead": 9, "Buyer": 100, "buyer": 3})
    assert [group.tags for group in found] == [("Buyer", "buyer"), ("Lead", "lead")]


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.integers(1, 99), max_size=40))
def test_every_tag_stands_in_one_group_at_most_and_the_order_of_the_input_does_not_matter(tags):
    found = near_duplicates(tags)
    listed = [tag for group in found for tag in group.tags]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(tags)
    assert near_duplicates(dict(reversed(tags.items()))) == found
