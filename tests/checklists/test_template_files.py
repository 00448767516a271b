"""A template leaves as TOML and comes back the same; anything else is refused, naming the item."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.checklists.builtin import Template, TemplateError, TemplateItem, four_phases
from apps.checklists.template_files import as_data, from_data, in_order, read_file, tidy, write_file

HEAD = 'name = "Move"\nphases = ["One", "Two"]\n'


def item(key="a", **values):
    fields = {"phase": 1, "section": '"S"', "title": f'"Do {key}"', "days": 10} | values
    return f'[[item]]\nkey = "{key}"\n' + "".join(
        f"{name} = {value}\n" for name, value in fields.items() if value is not None
    )


BAD = [
    (b"", "name"),
    (b"\xff\xfe\x00 no text", "UTF-8"),
    (b"PK\x03\x04 a zip", "TOML"),
    (b"name = [[[[", "TOML"),
    (b"x = " + b"[" * 5000, "TOML"),
    (b"#" * 1_000_001, "larger than 1 MB"),
    (b'name = 3\nphases = ["One"]', "name"),
    (b'name = "Move"', "Name the phases"),
    (b'name = "Move"\nphases = [1, 2]', "Name the phases"),
    (b'name = "Move"\nphases = []', "between 1 and 12 phases"),
    (b'name = "Move"\nphases = ["One", "one"]', "same name"),
    (b'name = "Move"\nphases = ["One"]\nitem = 7', r"\[\[item\]\]"),
    (HEAD + item(days=None), "a: days is missing"),
    (HEAD + item(title=None), "a: title is missing"),
    (HEAD + "[[item]]\nphase = 1\n", "Item 1: key is missing"),
    (HEAD + item(days='"ten"'), "a: days must be a whole number"),
    (HEAD + item(days="true"), "a: days must be a whole number"),
    (HEAD + item(days="10.5"), "a: days must be a whole number"),
    (HEAD + item(title="4"), "a: title must be text"),
    (HEAD + item(client_sees='"yes"'), "a: client_sees must be true or false"),
    (HEAD + item(waits_for='"b"'), "a: waits_for must be a list of keys"),
    (HEAD + item(waits_for="[1]"), "a: waits_for must be a list of keys"),
    (HEAD + item(wait_for='["b"]'), "a: “wait_for” is not a word of this file"),
    (HEAD + item("Big Key"), "small letters, digits and hyphens"),
    (HEAD + item(phase=3), "a: There is no phase 3"),
    (HEAD + item(title='"   "'), "a: The title is empty"),
    (HEAD + item(title=f'"{"x" * 161}"'), "a: The title is longer than 160"),
    (HEAD + item(guidance=f'"{"x" * 4001}"'), "a: The guidance is longer than 4,000"),
    (HEAD + item(who='"boss"'), "a: The word for who"),
    (HEAD + item(who='"client"'), "a: The client does this item"),
    (HEAD + item(fact='"moon.full"'), "a: The fact moon.full is not known"),
    (HEAD + item(evidence='"check"'), "a: The system ticks this only by a fact"),
    (HEAD + item(days=1001), "a: This is more than 1,000 days away"),
    (HEAD + item(days=99999999999999999999), "more than 1,000 days"),
    (HEAD + item(counted_from='"christmas"'), "a: Days are counted from go_live or from start"),
    (HEAD + item(counted_from='"start"', days=-1), "a: Nothing is due before the start"),
    (HEAD + item() + item(), "a: This key stands twice"),
    (HEAD + item(waits_for='["z"]'), "a: It waits for z, which does not exist"),
    (HEAD + item(waits_for='["a"]'), "a: These items wait for one another"),
    (HEAD + item(waits_for='["b"]') + item("b", waits_for='["a"]'), "wait for one another: “Do a”, “Do b”"),
    (HEAD + item(days=20, waits_for='["b"]') + item("b"), "a: It would be due before “Do b”"),
    (HEAD + item(counted_from='"start"', waits_for='["b"]') + item("b"), "a: It is counted from the start, but waits"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), BAD, ids=[words for _, words in BAD])
def test_a_file_that_is_no_template_is_refused_in_a_sentence(content, words):
    with pytest.raises(TemplateError, match=words) as refused:
        read_file(content if isinstance(content, bytes) else content.encode())
    assert len(str(refused.value)) < 400


def test_the_built_in_template_comes_back_as_it_left():
    back = read_file(write_file(four_phases()).encode())
    assert as_data(back) == as_data(four_phases())
    assert back.name == four_phases().name


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(tidy)
line = words.map(lambda text: " ".join(text.split()) or "x")
items = st.builds(
    TemplateItem, key=st.just(""), phase=st.integers(1, 2), section=line, title=line, guidance=words,
    days=st.integers(0, 9), who=st.just("consultant"), evidence=st.sampled_from(["", "file", "url"]),
    client_sees=st.booleans(), essential=st.booleans(), counted_from=st.sampled_from(["go_live", "start"]),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(items, max_size=6), line)
def test_whatever_is_written_in_an_item_survives_the_file(rows, name):
    rows = [TemplateItem(**{**from_row(row), "key": f"k-{number}"}) for number, row in enumerate(rows)]
    template = in_order(Template(name, 0, ("One", "Two"), tuple(rows)))
    assert read_file(write_file(template).encode()) == template
    assert from_data(as_data(template), name) == template


def from_row(row):
    return {name: getattr(row, name) for name in TemplateItem.__dataclass_fields__}
