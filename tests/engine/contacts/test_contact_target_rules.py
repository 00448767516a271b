"""What one target alone wants of a cell, told at its line and nowhere else."""

import pytest

from engine.contacts.limits import limits_of
from engine.contacts.target_rules import decoded_again
from engine.platforms import load


def test_text_decoded_wrongly_is_known_and_typed_text_is_left_alone():
    assert [decoded_again(text) for text in ("MÃ¼ller", "JosÃ©", "Müller", "JOÃO", "Ada")] == [
        "Müller",
        "José",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize("key", ["kartra", "kajabi", "clickfunnels", "highlevel", "kit"])
def test_a_target_whose_pages_say_nothing_of_it_wants_nothing(key):
    target = limits_of(load(key))
    assert not (target.letters or target.refuses_line_breaks or target.field_lengths or target.wanted)


def test_each_target_has_the_wishes_that_its_pages_state():
    thinkific, keap, constant, active = (
        limits_of(load(key)) for key in ("thinkific", "keap", "constant_contact", "activecampaign")
    )
    assert (thinkific.letters, [words for words, _ in thinkific.wanted]) == ("ascii", ["first name", "last name"])
    assert thinkific.is_wanted_surely
    assert (len(keap.wanted), keap.is_wanted_surely) == (1, False)
    assert dict(constant.field_lengths)["First Name"] == 50
    assert active.refuses_line_breaks
