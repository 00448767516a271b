from types import SimpleNamespace

from engine.contacts.limits import SourceProfile, TargetLimits, fingerprint, limits_of, profile_of, recognise


def test_the_catalogue_becomes_the_words_of_the_engine():
    imports = SimpleNamespace(
        max_columns_warn=55, max_columns_fail=60, max_rows=20_000, max_text=255, tag_separator=";"
    )
    limits = limits_of(SimpleNamespace(key="kartra", name="Kartra", imports=imports))
    assert limits == TargetLimits("kartra", "Kartra", 55, 60, 20_000, 255, tag_separator=";")


def test_what_the_catalogue_does_not_know_stays_unjudged():
    assert limits_of({"key": "kit", "name": "Kit"}) == TargetLimits("kit", "Kit")


def test_a_profile_without_fingerprints_recognises_nothing():
    assert not profile_of(SimpleNamespace(key="keap", name="Keap")).wrote(["Email"])


def test_two_platforms_with_the_same_headers_are_not_guessed_between():
    same = [SourceProfile(key, fingerprints=(fingerprint(["Email", "Status"]),)) for key in ("one", "two")]
    assert recognise(["email", "STATUS"], same) is None
    assert recognise(["email", "STATUS"], same[:1]) == same[0]
