"""The inventory's spreadsheet out and in, as a ratio to a bare loop over the same cells in the same run.

    python benchmarks/spreadsheets.py [ASSETS [ROWS]]

On SQLite, in a temporary folder; with 100,000 assets and 50,000 rows unless given.

Export: against openpyxl's write-only mode appending the same cells to sheets of the same size. Import preview: against
reading the same file with python-calamine. Each runs in a process of its own, so that the peak memory (MB, of the
process, Django included) is its own. Compare the ratios, not the seconds: machines differ and are noisy.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def set_up() -> Any:
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from apps.projects.models import Project

    return Project


def fill(count: int) -> None:
    """A project with many assets of every kind, each field of its kind filled in."""
    set_up()
    from django.core.management import call_command

    from apps.assets.kinds import builtin
    from apps.assets.models import Asset
    from tests import factories

    call_command("migrate", verbosity=0)
    project = factories.project(factories.organisation(), slug="bench")
    kinds = list(builtin().kinds.values())
    samples = {"text": "Some words, as people write them", "long": "More words.\nOn two lines.", "number": "1200",
               "money": "49.5", "day": "2026-05-01", "moment": "2026-05-01 22:00", "yes": "yes"}  # fmt: skip

    def row(number: int) -> Asset:
        kind = kinds[number % len(kinds)]
        extra = {one.key: one.choices[0] if one.type == "choice" else samples[one.type] for one in kind.fields}
        return Asset(
            project=project, name=f"Asset {number:06} of the old platform", kind=kind.key, extra=extra,
            url=f"https://www.example.org/pages/{number}/", revenue=number % 900, effort_hours=number % 40,
            current_status="active", required_status=("", "migrate", "rebuild", "archive")[number % 4],
            last_used="2026-02-28", notes="A remark about this asset." if number % 3 else "",
        )  # fmt: skip

    for start in range(0, count, 5000):
        Asset.objects.bulk_create([row(number) for number in range(start, min(start + 5000, count))])


def measured(verb: Callable[[], Any]) -> None:
    begun = time.perf_counter()
    said = verb()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak": peak, "said": str(said)}))


def export(path: str) -> None:
    project = set_up().objects.get(slug="bench")
    from apps.assets import exporting

    measured(lambda: exporting.write_to(Path(path), project, exporting.all_assets(project), role=40))


def bare_export(path: str, source: str) -> None:
    """The cells of `source`, held in memory already, through openpyxl's write-only mode."""
    import openpyxl
    import python_calamine

    found = python_calamine.CalamineWorkbook.from_path(source)
    sheets = [found.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in found.sheet_names]

    def write() -> int:
        book = openpyxl.Workbook(write_only=True)
        for rows in sheets:
            page = book.create_sheet()
            for row in rows:
                page.append([None if cell == "" else cell for cell in row])
        book.save(path)
        return sum(map(len, sheets))

    measured(write)


def preview(path: str) -> None:
    project = set_up().objects.get(slug="bench")
    from apps.assets.comparing import compare

    measured(lambda: compare(project, Path(path)))


def bare_read(path: str) -> None:
    import python_calamine

    def read() -> int:
        book = python_calamine.CalamineWorkbook.from_path(path)
        return sum(1 for name in book.sheet_names for _ in book.get_sheet_by_name(name).iter_rows())

    measured(read)


def edit(source: str, target: str, rows: str) -> None:
    """The first rows of each sheet with every tenth notes cell changed, as a person would hand it back."""
    import openpyxl
    import python_calamine

    found = python_calamine.CalamineWorkbook.from_path(source)
    book, left, number = openpyxl.Workbook(write_only=True), int(rows), 0
    for name in found.sheet_names:
        page = book.create_sheet(name)
        header: list[Any] = []
        for at, cells in enumerate(found.get_sheet_by_name(name).iter_rows()):
            header = header or cells
            if at and "Notes" in header:
                number += 1
                if number > left:
                    break
                if number % 10 == 0:
                    cells[header.index("Notes")] = f"Changed in the file, {number}"
            page.append([None if cell == "" else cell for cell in cells])
    book.save(target)


def run(*words: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True)
    return json.loads(done.stdout) if done.stdout.strip() else {}


def main() -> None:
    assets, rows = (int(word) for word in [*sys.argv[1:], "100000", "50000"][:2]) if len(sys.argv) != 2 else (
        int(sys.argv[1]), int(sys.argv[1]) // 2)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migrator.settings")
        os.environ["DATA_DIR"] = folder
        ours, bare, edited = (str(Path(folder) / name) for name in ("ours.xlsx", "bare.xlsx", "edited.xlsx"))
        run("fill", str(assets))
        first, base = run("export", ours), run("bare_export", bare, ours)
        print(f"export of {assets:,} assets: {first['seconds']:.1f} s, bare openpyxl {base['seconds']:.1f} s, "
              f"ratio {first['seconds'] / base['seconds']:.2f}, peak {first['peak']} MB")  # fmt: skip
        run("edit", ours, edited, str(rows))
        first, base = run("preview", edited), run("bare_read", edited)
        print(f"preview of {rows:,} rows: {first['seconds']:.1f} s, bare calamine {base['seconds']:.1f} s, "
              f"ratio {first['seconds'] / base['seconds']:.1f}, peak {first['peak']} MB (bare {base['peak']} MB): "
              f"{first['said']}")  # fmt: skip


if __name__ == "__main__":
    verbs = {verb.__name__: verb for verb in (fill, export, bare_export, preview, bare_read, edit)}
    if len(sys.argv) > 1 and sys.argv[1] in verbs:
        verbs[sys.argv[1]](*(int(word) if sys.argv[1] == "fill" else word for word in sys.argv[2:]))
    else:
        main()
