"""Many rows written with few statements, none of them so long that a database refuses it or others wait for it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models

Thing = TypeVar("Thing")
GROUP = 500  # keys in one statement; SQLite and PostgreSQL take more, but the plan of such a statement grows faster


def in_groups(things: Sequence[Thing], size: int = GROUP) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]


def update_many(rows: models.QuerySet[Any], keys: Sequence[int], /, **values: Any) -> int:
    """The same values for all rows of these keys; returns how many there were."""
    return sum(rows.filter(pk__in=some).update(**values) for some in in_groups(keys))


def update_each(
    model: type[models.Model], names: Sequence[str], values: Mapping[int, Iterable[Any]], **guards: Mapping[int, Any]
) -> None:
    """Values of its own for each row, by its key, in the order of `names`; only where each guard still is as it was.

    Django's bulk_update composes and plans one long CASE for each field, which takes ten times as long.
    """
    fields = [model._meta.get_field(name) for name in names]
    asked = [model._meta.get_field(name) for name in guards]
    rows = [
        [
            *(field.get_db_prep_save(value, connection) for field, value in zip(fields, told, strict=True)),
            key,
            *(was[key] for was in guards.values()),
        ]
        for key, told in values.items()
    ]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    where = " AND ".join(f"{quote(column)} = %s" for column in ["id", *(field.column for field in asked)])
    with connection.cursor() as cursor:
        # Only names of our own columns are written into the text; every value is a parameter.
        cursor.executemany(f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {where}", rows)  # noqa: S608


def give_way() -> None:
    """Between two groups: SQLite has one writer, and whoever waits for his turn looks only now and then."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(0.03)
