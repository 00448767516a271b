"""The repairs that somebody decided on, made before anything is judged: the next export gets them too, unasked."""

from collections import Counter
from collections.abc import Callable

import polars as pl

from engine.contacts.addresses import read_address
from engine.contacts.columns import comparable
from engine.contacts.recipe import EVERY
from engine.contacts.rows import Setting
from engine.contacts.screens import PLAIN_ADDRESS
from engine.contacts.tag_cells import mended_tag, split_tags

_TYPO, _REPAIRABLE = "contacts.email.typo", "contacts.email.repairable"
_NUL, _SYMBOLS, _LENGTH = "contacts.cell.nul", "contacts.tags.symbols", "contacts.text.too_long"


class Mending:
    """What the recipe of one file repairs. `counts` are changed cells, by the code that each would have had."""

    def __init__(self, setting: Setting) -> None:
        self.counts: Counter[str] = Counter()
        self._setting = setting
        recipe = setting.recipe
        self._domains = {fix.value.lower(): fix.to for fix in recipe.fixes if fix.code == _TYPO}
        self._every = {fix.code for fix in recipe.fixes if fix.value == EVERY}
        self._lengths = {
            number: choice.max_length
            for number, name in enumerate(setting.columns.header)
            for choice in recipe.fields
            if choice.max_length and comparable(choice.header) == comparable(name)
        }
        changes_tags = bool(recipe.tags) or _SYMBOLS in self._every
        self._is_idle = not (recipe.fixes or changes_tags or self._lengths)
        self._changes_tags = changes_tags
        self._tags: dict[str, str] = {}

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with every decided repair made."""
        if self._is_idle or not frame.height:
            return frame
        columns = self._setting.columns
        if _NUL in self._every:
            for name in frame.columns:
                frame = self._put(frame, int(name), _NUL, frame[name].str.replace_all("\0", "", literal=True))
        if columns.email >= 0 and (self._domains or _REPAIRABLE in self._every):
            frame = self._addresses(frame, columns.email)
        for number in columns.tags if self._changes_tags else ():
            frame = self._put(frame, number, _SYMBOLS, _by_text(frame[str(number)], self._tag_cell))
        for number, length in self._lengths.items():
            frame = self._put(frame, number, _LENGTH, frame[str(number)].str.slice(0, length))
        return frame

    def _put(self, frame: pl.DataFrame, number: int, code: str, cells: pl.Series) -> pl.DataFrame:
        changed = int((cells != frame[str(number)]).sum())
        if not changed:
            return frame
        self.counts[code] += changed
        return frame.with_columns(cells.alias(str(number)))

    def _addresses(self, frame: pl.DataFrame, number: int) -> pl.DataFrame:
        cells = frame[str(number)]
        if _REPAIRABLE in self._every:
            is_odd = ~cells.str.to_lowercase().str.contains(PLAIN_ADDRESS)
            frame = self._put(frame, number, _REPAIRABLE, _by_text(cells, _repaired, is_odd))
        cells = frame[str(number)]
        if self._domains:
            ends = [f"@{domain}" for domain in self._domains]
            is_typo = cells.str.to_lowercase().str.extract("(@[^@]*)$").is_in(ends).fill_null(value=False)
            frame = self._put(frame, number, _TYPO, _by_text(cells, self._with_right_domain, is_typo))
        return frame

    def _with_right_domain(self, cell: str) -> str:
        local, _, domain = cell.rpartition("@")
        return f"{local}@{self._domains[domain.lower()]}"

    def _tag_cell(self, cell: str) -> str:
        """The tags of a cell under their decided names, each once; a tag without a name is dropped."""
        if cell not in self._tags:
            separator, target = self._setting.tag_separator, self._setting.target
            told = split_tags(cell, separator)
            named = [self._tag(tag) for tag in told]
            kept = list(dict.fromkeys(tag for tag in named if tag))
            sign = separator or target.tag_separator or next((sign for sign in (";", "|") if sign in cell), ",")
            self._tags[cell] = cell if kept == told else sign.join(kept)
        return self._tags[cell]

    def _tag(self, tag: str) -> str:
        named = self._setting.recipe.tags.get(tag)
        if named is not None:
            return named
        target = self._setting.target
        return mended_tag(tag, target.tag_pattern) if _SYMBOLS in self._every and target.refuses_tag(tag) else tag


def _repaired(cell: str) -> str:
    address = read_address(cell)
    return address.text if address.is_repaired else cell


def _by_text(cells: pl.Series, change: Callable[[str], str], mask: pl.Series | None = None) -> pl.Series:
    """The cells (of the mask) changed, once for each text that occurs."""
    few = (cells if mask is None else cells.filter(mask)).unique()
    changed = {text: told for text in few if (told := change(text)) != text}
    if not changed:
        return cells
    if mask is None:
        return cells.replace(changed)
    return cells.zip_with(~mask, cells.replace(changed))
