"""The few patterns that people really write (^/old/?$, ^/blog/(.*)$), read as addresses; any other is not guessed."""

import re
from collections.abc import Iterator

from engine.redirects.lines import Line, NotTaken

_PLAIN = re.compile(r"(?:[^\\^$.|?*+()\[\]{}]|\\.)*")
_REST = re.compile(r"\((?:\.\*|\.\+|\?:\.\*|\?<\w+>\.\*)\)\$?|\.\*\$?")
_REFERENCE = re.compile(r"\$(?:1|\{1\}|[A-Za-z]\w*)|\\1")
SENTENCE = "This pattern cannot be written as an address; enter what it is meant for as addresses, or as /path/*."


def addresses_of(pattern: str, new: str, code: str, line: int, *, site: str = "") -> Iterator[Line | NotTaken]:
    """The pattern as one or two addresses: with and without the slash at the end, or everything below a path."""
    text = pattern.removeprefix("^")
    is_open = not pattern.startswith("^")
    scheme = re.match(r"https\??://", text)
    plain = _PLAIN.match(text, scheme.end() if scheme else 0)
    start = text[: plain.end()] if plain else ""
    rest = text[len(start) :]
    old = _unescaped(re.sub(r"^https\?", "https", start))
    if is_open or not old:
        yield NotTaken("pattern", SENTENCE, pattern, line)
    elif rest in ("", "$") and rest == "$":
        yield Line(old, _plain_target(new), code, line, site)
    elif rest in ("/?$", "?$") and (rest == "/?$" or old.endswith("/")):
        short = old.rstrip("/")
        yield Line(short or "/", _plain_target(new), code, line, site)
        if short:
            yield Line(f"{short}/", _plain_target(new), code, line, site)
    elif old.endswith("/") and _REST.fullmatch(rest):
        target = _REFERENCE.sub("", new) if _REFERENCE.search(new) else None
        if target is not None and not (target.endswith("/") and _REFERENCE.search(new).end() == len(new)):  # type: ignore[union-attr]
            yield NotTaken("pattern", SENTENCE, pattern, line)
        else:
            yield Line(f"{old}*", f"{target}*" if target is not None else new, code, line, site)
    else:
        yield NotTaken("pattern", SENTENCE, pattern, line)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _plain_target(new: str) -> str:
    return new.removesuffix("?")
