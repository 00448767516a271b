"""The findings of a check, read from its files when asked and never kept: only the rows that a page shows."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from apps.contacts.models import FileCheck
from apps.contacts.wording import title_of
from engine.contacts.findings_index import Asked, FindingsIndex, IndexedFinding, NoIndex, copied, read_findings
from engine.spreadsheets import unguard

PAGE, FEW = 50, 5


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding in the words of its page."""

    found: IndexedFinding

    @property
    def title(self) -> str:
        return title_of(self.found.code)

    @property
    def column(self) -> str:
        return unguard(self.found.column)

    @property
    def value(self) -> str:
        return unguard(self.found.value)

    @property
    def suggestion(self) -> str:
        return unguard(self.found.suggestion)


class Findings:
    """findings.csv of a check and its index. NoIndex where one of them is not there."""

    def __init__(self, check: FileCheck | None) -> None:
        files = (check.findings_file, check.index_file) if check else (None, None)
        if any(file is None or file.deleted_at is not None or not file.path.is_file() for file in files):
            raise NoIndex("not here")
        self._path, self.index = files[0].path, FindingsIndex(files[1].path)  # type: ignore[union-attr]

    def page(self, asked: Asked, number: str | None, line: int = 0) -> Page:
        """A page by its number, or the one with the first finding on a line or behind it."""
        matches = self.index.matching(asked)
        paginator = Paginator(matches, PAGE)  # type: ignore[type-var]
        if number is None and line:
            return paginator.page(matches.position_of_line(line) // PAGE + 1)
        return paginator.get_page(number)

    def lines(self, places: list[int]) -> list[FindingLine]:
        """The findings at these places."""
        return [FindingLine(found) for found in read_findings(self._path, self.index, places)]

    def first_of(self, code: str) -> list[FindingLine]:
        """The first few findings of a rule."""
        return self.lines(self.index.matching(Asked(code=code))[:FEW])

    def copied(self, asked: Asked) -> Iterator[bytes]:
        """The wanted rows of findings.csv as they stand in it, guarded as they are."""
        return copied(self._path, self.index.matching(asked))
