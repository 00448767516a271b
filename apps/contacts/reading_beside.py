"""What a page says about the project's other lists: which were looked up, and which a verdict does not know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.contacts.beside import UNNAMED, OtherList, others_of, surroundings_of
from apps.contacts.models import ContactFile, FileKind, PackRun
from apps.projects.models import Role


@dataclass(frozen=True, slots=True)
class Names:
    """Lists by name in a sentence, as this person may see them: a link, or a word for a list that is not for him."""

    lists: Sequence[OtherList]
    role: int

    def __len__(self) -> int:
        return len(self.lists)

    def __str__(self) -> SafeString:
        parts = [self._name(other) for other in self.lists if self._is_named(other)]
        if unnamed := len(self.lists) - len(parts):
            parts.append(format_html("{}", UNNAMED if unnamed == 1 else f"{unnamed} other lists of this project"))
        last = parts.pop()
        return (
            format_html("{} and {}", format_html_join(", ", "{}", ((part,) for part in parts)), last) if parts else last
        )

    def _is_named(self, other: OtherList) -> bool:
        return self.role >= Role.CONSULTANT or other.file.client_sees

    def _name(self, other: OtherList) -> SafeString:
        return format_html('<a href="{}">{}</a>', other.file.get_absolute_url(), other.file.label)


@dataclass(frozen=True, slots=True)
class BesidePage:
    """What templates/contacts/_beside.html needs."""

    changed: Names
    outdated: Names
    waiting: Names
    deleted: Names

    @property
    def is_current(self) -> bool:
        return not (self.changed or self.outdated or self.waiting)


def read_beside(file: ContactFile, role: int, run: PackRun | None = None) -> BesidePage | None:
    """About the newest check of a contact list, or about the files that a run made; None where there is nothing yet."""
    check = file.latest_check
    if file.kind != FileKind.CONTACTS or file.is_deleted or check is None or check.is_fatal:
        return None
    return _page(run.beside if run else check.beside, others_of(file), role)


def _page(known: Mapping[str, str], others: Iterable[OtherList], role: int) -> BesidePage:
    told = surroundings_of(known, others)
    return BesidePage(*(Names(group, role) for group in (told.changed, told.outdated, told.waiting, told.deleted)))
