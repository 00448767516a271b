from engine import platforms
from engine.contacts.limits import SourceProfile, fingerprint, limits_of, profile_of, recognise


def test_the_catalogue_becomes_the_words_of_the_engine():
    limits = limits_of(platforms.load("kartra"))
    assert (limits.max_columns_warn, limits.max_columns_fail, limits.max_rows) == (55, 60, 20_000)
    assert (limits.max_text, limits.text_unit, limits.tag_separator) == (255, "characters", ";")
    assert limits_of(platforms.load("mailchimp")).text_unit == "bytes"


def test_what_the_catalogue_does_not_know_stays_unjudged():
    limits = limits_of(platforms.load("wordpress"))
    assert (limits.max_rows, limits.max_columns_fail, limits.tag_separator) == (0, 0, "")


def test_mailchimps_own_export_is_recognised_and_kartras_is_not_guessed():
    header = ["Email Address", "First Name", "MEMBER_RATING", "OPTIN_TIME", "LEID", "EUID", "TAGS"]
    profiles = [profile_of(platform) for platform in platforms.catalogue().values()]
    assert recognise(header, profiles).key == "mailchimp"
    assert not profile_of(platforms.load("kartra")).wrote(header)


def test_two_platforms_with_the_same_headers_are_not_guessed_between():
    same = [SourceProfile(key, fingerprints=(fingerprint(["Email", "Status"]),)) for key in ("one", "two")]
    assert recognise(["email", "STATUS"], same) is None
    assert recognise(["email", "STATUS"], same[:1]) == same[0]
