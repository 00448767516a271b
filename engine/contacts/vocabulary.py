"""The words that platforms write into status and consent columns, in several languages."""

import json
import re
from functools import lru_cache
from pathlib import Path

WORDS_FILE = Path(__file__).parent / "words" / "status.json"
BLOCKING = ("unsubscribed", "bounced", "complained", "blocked")
_SIGNS = re.compile(r"[\s_\-]+")
_FLAGS = ("bounced", "complained", "complaint", "blacklist", "blocklist", "suppressed", "blocked", "dnd")
_FLAG_KINDS = {"complaint": "complained", "blacklist": "blocked", "blocklist": "blocked", "suppressed": "blocked"}


def plain(word: str) -> str:
    """A word without case, hyphens and needless space."""
    return _SIGNS.sub(" ", word.casefold()).strip()


def _load() -> tuple[dict[str, str], dict[str, str]]:
    groups: dict[str, list[str]] = json.loads(WORDS_FILE.read_text("utf-8"))
    words = {name: {plain(word): name for word in listed} for name, listed in groups.items()}
    meaning: dict[str, str] = {}
    for name in (*BLOCKING, "subscribed", "neutral"):
        meaning |= words[name]
    meaning |= dict.fromkeys(words["not_opted_in"], "no")
    agreed = words["subscribed"] | words["no"] | words["yes"]
    for name in BLOCKING:
        agreed |= words[name]
    return meaning, {word: "yes" if name == "subscribed" else name for word, name in agreed.items()}


_STATUS, _CONSENT = _load()
TRUTHS = frozenset(
    plain(word) for name in ("ticked", "unticked") for word in json.loads(WORDS_FILE.read_text("utf-8"))[name]
)


@lru_cache(maxsize=8_192)
def status_of(cell: str) -> str:
    """A blocking word, "subscribed", "neutral" or, of who never confirmed, "no"; "" when blank, "unknown" else."""
    word = plain(cell)
    return _STATUS.get(word, "unknown") if word else ""


@lru_cache(maxsize=8_192)
def consent_of(cell: str) -> str:
    """ "yes", "no", or a blocking word (consent withdrawn); "" when blank, "unknown" else: unknown is never a yes."""
    word = plain(cell)
    return _CONSENT.get(word, "unknown") if word else ""


@lru_cache(maxsize=8_192)
def flag_of(header: str, cell: str) -> str:
    """What a filled "unsubscribed at" or a true "bounced" column says; "" when it says nothing against the contact."""
    word = plain(cell)
    if (
        not word
        or _CONSENT.get(word) == "no"
        or word in ("0.0", "null", "n/a", "na", "0000 00 00", "inactive", "active")
    ):
        return ""
    name = header.casefold()
    told = next((flag for flag in _FLAGS if flag in name), "unsubscribed")
    return _FLAG_KINDS.get(told, "blocked" if told == "dnd" else told)
