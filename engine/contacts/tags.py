"""Tags that are probably meant to be one: grouped, so that a person can merge them or say that they differ.

Two tags belong together when they are the same without case, accents, spaces and punctuation, when their words are the
same in another order or number (course, courses), or when a long one differs by one letter of a long word. Every
comparison goes through a table of keys, so ten thousand tags take a fraction of a second.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LEAST_FOR_SLIPS = 7  # letters; in shorter tags one letter is a difference that is meant
LONGEST_FOR_SLIPS = 60
LEAST_FOR_WORDS = 5  # letters of a word: "Group A" and "Group B", "Module I" and "Module II" are meant
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class TagGroup:
    """Tags that are alike, the most frequent one first. `key` names the group as long as its tags are the same."""

    tags: tuple[str, ...]
    counts: tuple[int, ...]

    @property
    def key(self) -> str:
        """The same for the same tags, whatever their counts."""
        return "\n".join(sorted(self.tags))


def near_duplicates(tags: Mapping[str, int]) -> list[TagGroup]:
    """Groups of two and more, the largest number of contacts first."""
    roots = {tag: tag for tag in tags}

    def root(tag: str) -> str:
        while roots[tag] != tag:
            roots[tag] = roots[roots[tag]]
            tag = roots[tag]
        return tag

    known: dict[str, str] = {}
    whole = {_letters(tag) for tag in tags}
    for tag in tags:
        for key in _keys(tag, whole):
            roots[root(tag)] = root(known.setdefault(key, tag))
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for tag in tags:
        groups[root(tag)].append(tag)
    found = [_group(listed, tags) for listed in groups.values() if len(listed) > 1]
    return sorted(found, key=lambda group: (-sum(group.counts), group.tags))


def _group(listed: list[str], counts: Mapping[str, int]) -> TagGroup:
    listed.sort(key=lambda tag: (-counts[tag], tag))
    return TagGroup(tuple(listed), tuple(counts[tag] for tag in listed))


def _words(tag: str) -> list[str]:
    return _WORD.findall(_MARKS.sub("", unicodedata.normalize("NFKD", tag)).casefold())


def _letters(tag: str) -> str:
    return "".join(_words(tag))


def _keys(tag: str, whole: set[str]) -> Iterator[str]:
    """Tags that share one of these are alike; `whole` are the letters of all tags."""
    words = _words(tag)
    if not words:
        yield f"signs {tag}"
        return
    joined = "".join(words)
    yield f"same {joined}"
    yield f"words {' '.join(sorted(map(_singular, words)))}"
    if LEAST_FOR_SLIPS <= len(joined) <= LONGEST_FOR_SLIPS:
        for place, rest in _slips(words):
            yield f"slip {place} {rest}"
            if rest in whole:
                yield f"same {rest}"


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _slips(words: list[str]) -> Iterator[tuple[int, str]]:
    """The words as one text without each of its letters: two tags that share one differ by one letter.

    Digits always count, and so does every letter of a short word.
    """
    text, start = "".join(words), 0
    for word in words:
        if len(word) >= LEAST_FOR_WORDS:
            for place, sign in enumerate(word, start):
                if not sign.isdigit():
                    yield place, text[:place] + text[place + 1 :]
        start += len(word)
