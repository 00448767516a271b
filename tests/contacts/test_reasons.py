"""Every rule of the engine has a name and a reason, and the target's own word with its source."""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.contacts.reasons import FILE, known_codes, reason_for
from apps.contacts.wording import TITLES, title_of
from engine import platforms
from engine.contacts.columns import Kind as FieldKind
from engine.contacts.kinds import KINDS
from engine.contacts.kinds.roles import vocabulary
from engine.contacts.rules import BLOCKED_MESSAGES
from engine.contacts.types import _CHECKS
from engine.spreadsheets.kinds import Kind

KARTRA = platforms.load("kartra")
ENGINE = Path(platforms.__file__).parents[1] / "contacts"
CODE = re.compile(r"contacts\.[a-z_]+\.[a-z_0-9]+")
KINDS_WITH_MONEY = [kind.code for kind in KINDS.values() if kind.money]
EXPANDED = {
    "contacts.file.{refusal.kind}": [f"contacts.file.{kind}" for kind in (*Kind, "damaged", "bomb", "one_line")],
    "contacts.status.{meaning}": [f"contacts.status.{word}" for word in BLOCKED_MESSAGES],
    "contacts.status.{told}": [f"contacts.status.{word}" for word in BLOCKED_MESSAGES],
    "contacts.{kind}.unknown_word": ["contacts.status.unknown_word", "contacts.consent.unknown_word"],
    "contacts.{kind}.malformed": [f"contacts.{kind}.malformed" for kind in _CHECKS],
    "{self.kind.code}.amount_ambiguous": [f"{code}.amount_ambiguous" for code in KINDS_WITH_MONEY],
    "{self.kind.code}.currency_missing": [f"{code}.currency_missing" for code in KINDS_WITH_MONEY],
    "{self.kind.code}.date_ambiguous": [f"{kind.code}.date_ambiguous" for kind in KINDS.values() if kind.days],
    "{self.kind.code}.no_{role}_column": [
        f"{kind.code}.no_{role}_column" for key, kind in KINDS.items() for role in {*vocabulary(key).needs} - {"email"}
    ],
    "{self.code}.{problem}": [],  # what the kinds pass to `finding`: collected from its calls
    "{self.setting.code}.{problem}": [],
}  # fmt: skip


def pattern_of(node: ast.JoinedStr) -> str:
    parts = [part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}" for part in node.values]
    return "".join(map(str, parts))


def written_out(tree: ast.Module) -> Iterator[str]:
    """Codes that stand in the source as they are."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in inside and CODE.fullmatch(str(node.value)):
            yield node.value


def put_together(tree: ast.Module) -> Iterator[str]:
    """Codes that are made of parts; a pattern that nobody expanded above fails here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and re.match(r"contacts\.|\{[a-z.]*code\}\.", pattern_of(node)):
            yield from EXPANDED[pattern_of(node)]


def problems_in(tree: ast.Module) -> set[str]:
    """What a kind's rules and tallies call what they found."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 1]
    named = [call.args[1] for call in calls if ast.unparse(call.func).endswith(".finding")]
    return {name.value for name in named if isinstance(name, ast.Constant)}


def of_kinds(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """The problems of each kind: those in its own module, and those of the shared rules that it lists."""
    shared = problems_in(trees[ENGINE / "kinds" / "shared.py"])
    for kind in KINDS.values():
        own = problems_in(trees[Path(inspect.getfile(kind.tally))])
        used = {const for rule in kind.rules for const in rule.__code__.co_consts if isinstance(const, str)}
        yield from (f"{kind.code}.{problem}" for problem in own | (used & shared))


def emitted() -> set[str]:
    """Every code in the engine's sources."""
    trees = {path: ast.parse(path.read_text()) for path in ENGINE.rglob("*.py")}
    plain = {code for tree in trees.values() for code in (*written_out(tree), *put_together(tree))}
    return plain | set(of_kinds(trees))


def test_the_search_finds_what_runs_are_known_to_emit():
    found = emitted()
    assert len(found) > 100
    assert {
        "contacts.email.typo", "contacts.status.bounced", "contacts.file.photo", "contacts.member.no_course_column",
        "contacts.affiliate.duplicate", "contacts.purchase.currency_missing", "contacts.url.malformed",
    } <= found  # fmt: skip


@pytest.mark.parametrize("code", sorted(emitted()))
def test_every_rule_has_a_name_and_a_reason(code):
    assert code in TITLES or title_of(code) == "This file cannot be read as contacts"
    reason = reason_for(code, KARTRA, "Kartra")
    assert reason is not None
    assert reason.why.endswith(".")
    assert "{" not in reason.why


def test_no_reason_is_for_a_rule_that_does_not_exist():
    assert {code for code in known_codes() if not code.endswith(".*")} - emitted() - set(TITLES) == set()


def test_every_named_value_has_a_phrase():
    told = tomllib.loads(FILE.read_text())
    assert {name for reason in told["reason"] for name in reason.get("says", [])} <= set(told["says"])


def test_the_platforms_own_word_comes_with_number_source_and_date():
    (said,) = reason_for("contacts.text.too_long", KARTRA, "Kartra").said
    assert said.sentence == "Kartra takes at most 255 characters in a field."
    assert "153000227159" in said.source
    assert said.read_on.year == 2026


def test_what_no_page_states_is_not_made_up():
    assert reason_for("contacts.tags.too_long", KARTRA, "Kartra").said == ()
    assert reason_for("contacts.text.too_long", None, "Somewhere").said == ()
    assert reason_for("contacts.nobody.knows", KARTRA, "Kartra") is None


@pytest.mark.parametrize("key", [key for key, _ in platforms.names(platforms.Role.TARGET)])
def test_every_target_can_be_asked_about_every_rule(key):
    for code in known_codes():
        for said in reason_for(code, platforms.load(key), key).said:
            assert "{" not in said.sentence
            assert said.sentence.endswith((".", "?", ")")), said.sentence


def test_fields_that_a_person_describes_are_named_too():
    assert {f"contacts.{kind}.malformed" for kind in _CHECKS} <= known_codes()
    assert set(_CHECKS) <= set(FieldKind)
