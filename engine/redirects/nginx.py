"""nginx's ways to say it: return in a location, rewrite, and the lines of a map.

https://nginx.org/en/docs/http/ngx_http_rewrite_module.html and ngx_http_map_module.html.
"""

import re
from collections.abc import Iterator

from engine.redirects.lines import Line, NotTaken
from engine.redirects.patterns import addresses_of

IS_LINE = re.compile(
    r"\s*(?:rewrite\s|return\s+\d|location\s|map\s|server\s*\{|server_name\s|if\s*\(|\"?~?[\^/][^,;\t]*\s[^,]*;\s*$)"
)
_TOKEN = re.compile(
    r"""\s*(?:#[^\n]*|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([;{}])"""
    r"""|((?:\$\{\w+\}|\\.|[^\s;{}"'])(?:\$\{\w+\}|\\.|[^\s;{}])*))"""
)
_WHOLE_SITE = re.compile(r"(https?://[^$/]+)/?\$(?:request_uri|uri)")
_ONLY_SCHEME = re.compile(r"https://\$(?:host|server_name|http_host)\$request_uri")
UNCLOSED = "Close the quotation mark in this line; the line was left out."
CONDITION = "This depends on a condition or a variable; enter what it is meant for by hand."


def read_lines(text: str) -> Iterator[Line | NotTaken]:
    """Every redirect of the configuration, with the host of the server block it stands in."""
    blocks: list[list[str]] = []
    site = ""
    for words, end, number in _statements(text):
        if end == "?":
            yield NotTaken("unreadable", UNCLOSED, " ".join(words), number)
        elif end == "{":
            blocks.append(words)
        elif end == "}":
            if blocks and blocks.pop()[:1] == ["server"]:
                site = ""
        elif words:
            if words[0] == "server_name" and len(words) > 1 and not set(words[1]) & set("*~_"):
                site = f"https://{words[1]}"
            yield from _statement(words, blocks[-1] if blocks else [], number, site)


def _statements(text: str) -> Iterator[tuple[list[str], str, int]]:
    """Words up to ; { or }, with the line on which they begin; ends in ? where a quotation mark is never closed.

    A quotation mark counts at the beginning of a word alone, as nginx reads it: it's is one word.
    """
    words: list[str] = []
    began, at, number, counted = 0, 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:  # blanks at the end, or a quotation mark that nothing closes
            start = at + len(text[at:]) - len(text[at:].lstrip())
            number += text.count("\n", counted, start)
            at = text.find("\n", start) + 1 or len(text)
            if start < len(text):
                yield [*words, text[start:at].strip()], "?", began or number
            words, began, counted = [], 0, start
            continue
        quoted, sign, bare = match.groups()
        start = match.start(match.lastindex) if match.lastindex else match.end()
        number += text.count("\n", counted, start)
        counted, at = start, match.end()
        if sign:
            yield words, sign, began or number
            words, began = [], 0
        elif quoted is not None or bare is not None:
            began = began or number
            words.append(re.sub(r"\\([\"'])", r"\1", quoted[1:-1]) if quoted is not None else bare)
    if words:
        yield words, ";", began


def _statement(words: list[str], block: list[str], number: int, site: str) -> Iterator[Line | NotTaken]:
    text = " ".join(words)
    if words[0] == "rewrite" and len(words) >= 3:
        if len(words) > 3 and words[3] in ("permanent", "redirect"):
            code = "301" if words[3] == "permanent" else "302"
            yield from addresses_of(words[1], words[2], code, number, site=site)
        elif re.match(r"https?://", words[2]):
            yield from addresses_of(words[1], words[2], "302", number, site=site)
    elif words[0] == "return" and len(words) >= 2 and words[1].isdigit() and words[1][0] in "34":
        yield from _return(words, block, number, site, text)
    elif block[:1] == ["map"] and len(words) == 2 and words[0] not in ("default", "include", "hostnames", "volatile"):
        yield from _map_line(words, number, site, text)


def _return(words: list[str], block: list[str], number: int, site: str, text: str) -> Iterator[Line | NotTaken]:
    new = words[2] if len(words) > 2 else ""
    if _ONLY_SCHEME.fullmatch(new):
        return  # http to https of the whole site
    whole = _WHOLE_SITE.fullmatch(new)
    if whole and (block[:1] == ["server"] or block[:2] == ["location", "/"]):
        yield Line("/*", f"{whole.group(1)}/*", words[1], number, site)
    elif block[:2] == ["location", "="] and len(block) == 3 and "$" not in new:
        yield Line(block[2], new, words[1], number, site)
    elif block[:1] == ["location"] and len(block) == 3 and block[1] in ("~", "~*"):
        yield from addresses_of(block[2], new, words[1], number, site=site)
    elif block[:1] == ["location"] and block[-1].endswith("/") and block[-1] != "/" and "$" not in new:
        yield Line(f"{block[-1]}*", new, words[1], number, site)
    elif block[:1] == ["if"] and (
        asked := re.fullmatch(r"\(\$request_uri (?:=|~) \^?([^$]+)\$?\)", " ".join(block[1:]))
    ):
        yield Line(asked.group(1).replace("\\", ""), new, words[1], number, site)
    else:
        yield NotTaken("condition", CONDITION, text, number)


def _map_line(words: list[str], number: int, site: str, text: str) -> Iterator[Line | NotTaken]:
    old, new = words
    if new.startswith("$"):
        return  # one variable out of another, no address
    code = new if new in ("404", "410") else "301"
    new = new if code == "301" else ""
    if old.startswith("~"):
        yield from addresses_of(old.lstrip("~*"), new, code, number, site=site)
    elif "$" in new:
        yield NotTaken("condition", CONDITION, text, number)
    else:
        yield Line(old.replace("\\", ""), new, code, number, site)
