"""Apache's four ways to say it: Redirect, RedirectMatch, RewriteRule, and the conditions that stand before a rule.

https://httpd.apache.org/docs/2.4/mod/mod_alias.html and mod_rewrite.html.
"""

import re
import shlex
from collections.abc import Iterator

from engine.redirects.lines import Line, NotTaken
from engine.redirects.patterns import addresses_of

IS_LINE = re.compile(r"\s*(?:Redirect(?:Match|Permanent|Temp)?|Rewrite(?:Rule|Cond|Engine))\s", re.IGNORECASE)
WORDS = {"permanent": "301", "temp": "302", "seeother": "303", "gone": "410"}
CONDITION = "This rule has a condition; enter what it is meant for by hand."


def read_lines(text: str) -> Iterator[Line | NotTaken]:
    """Every directive that redirects; others (RewriteEngine, Options ...) are no redirects and are passed over."""
    conditions: list[list[str]] = []
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if not line or line.startswith(("#", "<")):
            continue
        try:
            name, *words = shlex.split(line, posix=True) if '"' in line else line.split()
        except ValueError:
            yield NotTaken("unreadable", "Close the quotation mark in this line.", line, number)
            continue
        name = name.lower()
        if name == "rewritecond":
            conditions.append(words)
        elif name == "rewriterule":
            yield from _rule(words, conditions, line, number)
            conditions = []
        elif name.startswith("redirect"):
            yield from _redirect(name, words, line, number)


def _redirect(name: str, words: list[str], line: str, number: int) -> Iterator[Line | NotTaken]:
    code = {"redirectpermanent": "301", "redirecttemp": "302"}.get(name, "")
    if not code and words and (words[0].isdigit() or words[0].lower() in WORDS):
        code = WORDS.get(words[0].lower(), words[0])
        words = words[1:]
    code = code or "302"
    if not words or (len(words) < 2 and code != "410"):
        yield NotTaken("unreadable", "Give an old and a new address in this line.", line, number)
    elif name == "redirectmatch":
        yield from addresses_of(words[0], words[1] if len(words) > 1 else "", code, number)
    else:
        yield Line(words[0], words[1] if len(words) > 1 else "", code, number)


def _rule(words: list[str], conditions: list[list[str]], line: str, number: int) -> Iterator[Line | NotTaken]:
    flags = words[2].strip("[]").split(",") if len(words) > 2 else []
    names = {flag.partition("=")[0].strip().upper(): flag.partition("=")[2].strip() for flag in flags}
    is_gone = "G" in names or "GONE" in names
    if not is_gone and not {"R", "REDIRECT"} & set(names):
        return  # a rewrite inside the server is no redirect
    code = "410" if is_gone else names.get("R", names.get("REDIRECT", "")) or "302"
    site, query = "", ""
    for subject, *tests in conditions:
        test = tests[0] if tests else ""
        if subject.upper() == "%{HTTP_HOST}" and (host := _whole(test)):
            site = f"https://{host}"
        elif subject.upper() == "%{QUERY_STRING}" and (asked := _whole(test)) is not None:
            query = asked
        else:
            yield NotTaken("condition", CONDITION, line, number)
            return
    pattern = words[0] if words[0].startswith("^/") else words[0].replace("^", "^/", 1)
    new = "" if is_gone or len(words) < 2 or words[1] == "-" else words[1].replace(r"\%", "%")
    for found in addresses_of(pattern.replace("^/?", "^/"), new, WORDS.get(code.lower(), code), number, site=site):
        if query and isinstance(found, Line):
            found = Line(f"{found.old}?{query}", found.new, found.code, found.line, found.site)
        yield found


def _whole(test: str) -> str | None:
    """The text that ^text$ stands for; None where it is any other pattern."""
    if not (test.startswith("^") and test.endswith("$")):
        return None
    inner = test[1:-1]
    return None if re.search(r"(?<!\\)[.*+?()\[\]{}|^$]", inner) else re.sub(r"\\(.)", r"\1", inner)
