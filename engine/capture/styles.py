"""Fonts with their sizes and colours, as the style sheets set them for the text that is there.

A small cascade (CSS Cascade 4): rules by importance, specificity and order; font, size, weight and colour inherit;
custom properties are looked up; rules for narrow screens and paper are left out. What only a script sets is not seen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cssselect2
import tinycss2
import tinycss2.color4

WIDE = 1280  # pixels: rules for narrower screens are left out
RULES = 20_000
ROOT_SIZE = 16.0
_SIZES = {"h1": 32.0, "h2": 24.0, "h3": 18.72, "h4": 16.0, "h5": 13.28, "h6": 10.72, "small": 13.33}
_NAMED = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
          "xx-large": 32.0, "xxx-large": 48.0}  # fmt: skip
_BOLD = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_WANTED = frozenset({"font-family", "font-size", "font-weight", "font", "color", "background-color", "background"})
_UNIT = re.compile(r"(-?[\d.]+)(px|pt|em|rem|%|vw|vh)?")
_MEDIA_WIDTH = re.compile(r"(max|min)-width\s*:\s*([\d.]+)(px|em|rem)", re.IGNORECASE)
_SKIPPED = frozenset({"script", "style", "noscript", "template", "head", "title", "meta", "link", "svg"})
USES = {"h1": "headings 1", "h2": "headings 2", "h3": "headings 3", "a": "links", "button": "buttons", "li": "lists"}


@dataclass(frozen=True, slots=True)
class Font:
    """One look of text: family, size in CSS pixels, weight, what it is used for, and how many characters have it."""

    family: str
    pixels: float
    weight: str
    used_for: str
    characters: int


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour as #rrggbb, what it is used for, and how often (characters of text, or elements behind it)."""

    hex: str
    used_for: str
    count: int


@dataclass(frozen=True, slots=True)
class Look:
    fonts: tuple[Font, ...] = ()
    colours: tuple[Colour, ...] = ()
    font_files: tuple[str, ...] = ()  # families the page loads with @font-face


@dataclass(slots=True)
class _Found:
    fonts: Counter[tuple[str, float, str, str]] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    backs: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Style:
    """What an element hands down to its children."""

    family: str = "the browser's own"
    size: float = ROOT_SIZE
    weight: str = "400"
    colour: str = "#000000"


Declarations = list[tuple[bool, str, list[Any]]]


def look_of(root: Any, sheets: Sequence[str]) -> Look:
    """Fonts and colours of the tree under these style sheets, the commonest first. Never raises for bad CSS."""
    matcher: Any = cssselect2.Matcher()
    families: dict[str, None] = {}
    number = 0
    for sheet in [*sheets, *root.xpath("//style/text()")]:
        for selectors, declarations in _rules(sheet, families):
            number += 1
            if number > RULES:
                break
            for selector in selectors:
                matcher.add_selector(selector, (number, declarations))
    found = _Found()
    wrapper = cssselect2.ElementWrapper.from_html_root(root)
    _walk(wrapper, _Style(), {}, matcher, found)
    fonts = tuple(Font(*key, count) for key, count in found.fonts.most_common(40))
    colours = [Colour(value, "text", count) for value, count in found.texts.most_common(25)]
    colours += [Colour(value, "background", count) for value, count in found.backs.most_common(25)]
    return Look(fonts, tuple(colours), tuple(families))


def _rules(sheet: str, families: dict[str, None]) -> Iterator[tuple[list[Any], Declarations]]:
    """The rules that set a wanted property, those inside of fitting @media and @supports too."""
    parsed = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    yield from _of(parsed, families)


def _of(rules: Iterable[Any], families: dict[str, None]) -> Iterator[tuple[list[Any], Declarations]]:
    for rule in rules:
        if rule.type == "at-rule" and rule.content is not None:
            if rule.lower_at_keyword == "font-face":
                _remember_family(rule, families)
            elif rule.lower_at_keyword in ("media", "supports", "layer") and _fits(rule):
                yield from _of(tinycss2.parse_rule_list(rule.content, True, True), families)
        elif rule.type == "qualified-rule":
            declarations = _declarations(rule.content)
            if declarations:
                try:
                    yield cssselect2.compile_selector_list(rule.prelude), declarations
                except cssselect2.SelectorError:
                    continue


def _remember_family(rule: Any, families: dict[str, None]) -> None:
    for one in tinycss2.parse_blocks_contents(rule.content, True, True):
        if one.type == "declaration" and one.lower_name == "font-family" and len(families) < 50:
            families[_names(one.value)] = None


def _fits(rule: Any) -> bool:
    """Whether a wide screen obeys the rule."""
    if rule.lower_at_keyword != "media":
        return True
    text = tinycss2.serialize(rule.prelude).lower()
    if ("print" in text and "not print" not in text) or "prefers-color-scheme" in text:
        return False
    for bound, number, unit in _MEDIA_WIDTH.findall(text):
        pixels = float(number) * (ROOT_SIZE if unit != "px" else 1)
        if (bound == "max" and pixels < WIDE) or (bound == "min" and pixels > WIDE):
            return False
    return True


def _declarations(content: Any) -> Declarations:
    return [
        (one.important, one.lower_name if not one.name.startswith("--") else one.name, one.value)
        for one in tinycss2.parse_blocks_contents(content, True, True)
        if one.type == "declaration" and (one.lower_name in _WANTED or one.name.startswith("--"))
    ]


def _walk(wrapper: Any, above: _Style, variables: dict[str, list[Any]], matcher: Any, found: _Found) -> None:
    """Depth first with a stack of our own: a page may nest deeper than Python may call."""
    stack = [(wrapper, above, variables)]
    while stack:
        element, parent, known = stack.pop()
        tag = element.local_name
        if tag in _SKIPPED:
            continue
        style, background, known = _style_of(element, parent, known, matcher)
        _count(element, tag, style, background, found)
        stack += [(child, style, known) for child in reversed(list(element.iter_children()))]


def _style_of(
    element: Any, parent: _Style, variables: dict[str, list[Any]], matcher: Any
) -> tuple[_Style, str, dict[str, list[Any]]]:
    tag = element.local_name
    declared = []
    for specificity, _, pseudo, (number, declarations) in matcher.match(element):
        declared += (
            [] if pseudo else [(important, specificity, number, name, value) for important, name, value in declarations]
        )
    inline = element.etree_element.get("style")
    if inline:
        declared += [(important, (9, 0, 0), RULES + 1, name, value) for important, name, value in _declarations(inline)]
    declared.sort(key=lambda one: (one[0], one[1], one[2]))
    values: dict[str, list[Any]] = {}
    for _, _, _, name, value in declared:
        if name.startswith("--"):
            variables = {**variables, name: value}
        elif name == "font":
            values |= _of_font(value)
        else:
            values["background-color" if name == "background" else name] = value
    values = {name: _without_variables(value, variables) for name, value in values.items()}
    style = _Style(
        _names(values["font-family"]) or parent.family if "font-family" in values else parent.family,
        _size(values.get("font-size"), parent.size, tag),
        _weight(values.get("font-weight"), parent.weight, tag),
        _colour(values.get("color")) or parent.colour,
    )
    return style, _colour(values.get("background-color")), variables


def _of_font(value: list[Any]) -> dict[str, list[Any]]:
    """The shorthand: what stands before the first length is style and weight, after it the families."""
    for at, token in enumerate(value):
        if token.type in ("dimension", "percentage"):
            rest = value[at + 1 :]
            if rest and rest[0].type == "literal" and rest[0].value == "/":
                rest = rest[2:]
            weights = [one for one in value[:at] if one.type == "number" or getattr(one, "value", "") == "bold"]
            found = {"font-size": [token], "font-family": rest}
            return found | ({"font-weight": weights} if weights else {})
    return {}


def _without_variables(value: list[Any], variables: dict[str, list[Any]], depth: int = 0) -> list[Any]:
    """var(--name) replaced by what it stands for, or by its fall-back (CSS Variables 1, section 3)."""
    found: list[Any] = []
    for token in value:
        if token.type == "function" and token.lower_name == "var" and depth < 10:
            names = [one.value for one in token.arguments if one.type == "ident"]
            comma = next(
                (at for at, one in enumerate(token.arguments) if one.type == "literal" and one.value == ","), None
            )
            fallback = token.arguments[comma + 1 :] if comma is not None else []
            stands = variables.get(names[0], fallback) if names else fallback
            found += _without_variables(list(stands), variables, depth + 1)
        else:
            found.append(token)
    return found


def _names(value: Iterable[Any]) -> str:
    """The first family of the list, as it is written."""
    words = []
    for token in value:
        if token.type == "literal" and token.value == ",":
            break
        if token.type in ("ident", "string"):
            words.append(token.value)
    name = " ".join(words)[:80]
    return "" if name in ("inherit", "initial", "unset", "revert") else name


def _size(value: list[Any] | None, parent: float, tag: str) -> float:
    usual = _SIZES.get(tag, parent)
    token = next((one for one in value or [] if one.type in ("dimension", "percentage", "ident", "number")), None)
    if token is None:
        sizes = [_size([one], parent, tag) for fun in value or [] if fun.type == "function" for one in fun.arguments
                 if one.type == "dimension"]  # fmt: skip
        return sizes[-1] if sizes else usual  # clamp() and max(): a wide screen gets the largest
    if token.type == "ident":
        relative = {"larger": parent * 1.2, "smaller": parent / 1.2, "inherit": parent}
        return round(_NAMED.get(token.lower_value, relative.get(token.lower_value, usual)), 2)
    number = float(token.value)
    unit = "%" if token.type == "percentage" else getattr(token, "lower_unit", "")
    factors = {"px": 1.0, "pt": 4 / 3, "em": parent, "rem": ROOT_SIZE, "%": parent / 100, "vw": WIDE / 100, "vh": 7.2}
    pixels = number * factors.get(unit, 0.0)
    return round(min(pixels, 1000.0), 2) if pixels > 0 else usual


def _weight(value: list[Any] | None, parent: str, tag: str) -> str:
    usual = "700" if tag in _BOLD else parent
    token = next((one for one in value or [] if one.type in ("ident", "number")), None)
    if token is None:
        return usual
    if token.type == "number":
        return str(int(token.value))
    return {"bold": "700", "bolder": "700", "normal": "400", "lighter": "300"}.get(token.lower_value, usual)


def _colour(value: list[Any] | None) -> str:
    """As #rrggbb; "" where it is none, see-through, or the current one."""
    for token in value or []:
        try:
            found = tinycss2.color4.parse_color(token)
        except (ValueError, TypeError):
            found = None
        if found is None or isinstance(found, str):
            continue
        if found.alpha == 0:
            return ""
        red, green, blue = (round(min(max(part, 0.0), 1.0) * 255) for part in found.to("srgb").coordinates)
        return f"#{red:02x}{green:02x}{blue:02x}"
    return ""


def _count(element: Any, tag: str, style: _Style, background: str, found: _Found) -> None:
    tree = element.etree_element
    own = (tree.text or "") + "".join(child.tail or "" for child in tree)
    characters = len("".join(own.split()))
    if characters:
        found.fonts[style.family, style.size, style.weight, USES.get(tag, "text")] += characters
        found.texts[style.colour] += characters
    if background:
        found.backs[background] += 1
