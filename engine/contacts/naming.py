"""Which columns stand in the import files, in which order and under which names."""

from collections.abc import Iterator

from engine.contacts.columns import comparable
from engine.contacts.rows import Setting
from engine.contacts.target_columns import arriving_names, meaning

# Where a wrong match does no harm; a phone may be one for calls or one for messages, and is left alone.
_RENAMED = frozenset(("email", "first_name", "last_name", "name", "tags", "consent"))


def columns_as_they_are(setting: Setting) -> tuple[list[int], list[str]]:
    """What of a file may be handed over where no importer reads it: places and names, as somebody chose them.

    Left out is left out there too; only the address stays, without which nobody is kept out.
    """
    columns = setting.columns
    names = arriving_names(columns, setting.recipe)
    kept = [
        n for n in range(len(names)) if n not in columns.ignored or (n == columns.email and n not in columns.secrets)
    ]
    return kept, [names[number] for number in kept]


class ImportColumns:
    """The columns of one file as the target gets them. A person's choice of a name goes before the platform's."""

    def __init__(self, setting: Setting) -> None:
        self._setting, columns = setting, setting.columns
        self._chosen = {comparable(choice.header): choice.to for choice in setting.recipe.fields if choice.to}
        self.kept = [number for number in range(len(columns.header)) if number not in columns.ignored]
        self.joined = self._names_to_join() if setting.target.joins_names else ()
        if self.joined:
            self.kept.remove(self.joined[1])
        if setting.target.first_column and columns.email in self.kept:
            self.kept.remove(columns.email)
            self.kept.insert(0, columns.email)
        self.header = self._header()

    def _choice(self, number: int) -> str:
        return self._chosen.get(comparable(self._setting.columns.header[number]), "")

    def _names_to_join(self) -> tuple[int, ...]:
        """First and last name, for a platform with one field; none where a full name or a decision is there."""
        told = [(role, number) for number, role in self._setting.columns.roles.items() if number in self.kept]
        roles = dict(reversed(told))
        found = [roles[role] for role in ("first_name", "last_name") if role in roles]
        is_free = "name" not in roles and len(found) == 2 and not any(map(self._choice, found))
        return tuple(found) if is_free else ()

    def _header(self) -> list[str]:
        columns, target = self._setting.columns, self._setting.target
        named = {number: self._choice(number) for number in self.kept}
        named |= {number: name for number, name in self._platform_names() if not named[number]}
        header = [named[number] or columns.header[number] for number in self.kept]
        if self.joined:
            header[self.kept.index(self.joined[0])] = "Name"
        if target.first_column and columns.email in self.kept and header[0] not in target.first_column:
            header[0] = target.first_column[0]
        return header

    def _platform_names(self) -> Iterator[tuple[int, str]]:
        """The platform's own names for columns that have them in another case, or mean the same, each once."""
        header, names = self._setting.columns.header, self._setting.target.header_names
        exact = {comparable(name): name for name in names}
        alike = {
            number: exact[comparable(header[number])] for number in self.kept if comparable(header[number]) in exact
        }
        free = {meaning(name): name for name in reversed(names) if name not in alike.values()}
        for number in self.kept:
            role = self._setting.columns.roles.get(number, "")
            if number in alike:
                yield number, alike[number]
            elif role in _RENAMED and role in free:
                yield number, free.pop(role)
