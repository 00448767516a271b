"""What the tests of the spreadsheet share: a project with every kind and field, files edited as programs edit them."""

from datetime import date

from openpyxl import load_workbook

from apps.assets import exporting, importing
from apps.assets.comparing import compare
from apps.assets.kinds import builtin
from apps.assets.models import Asset, OwnKind
from apps.projects.models import Role

ODD = {
    "text": "=1+1 and “quotes”, 'apostrophes' & <tags>", "long": "One\nTwo\n\n-3\tfour ", "number": "1200.25",
    "money": "-", "day": "2024-02-29", "moment": "2026-03-29 02:30", "yes": "yes",
}  # fmt: skip
ODD["money"] = "49.9"


def every_kind(project):
    """One asset of every kind with every field filled in, one of a consultancy's own kind, and one with nothing."""
    own = OwnKind.objects.create(
        organisation=project.organisation, label="Vending machine", family="other", hours="2.5", capture=["words"],
        fields=[
            {"key": "own_slots", "label": "Slots", "type": "number"},
            {"key": "own_size", "label": "Size", "type": "choice", "choices": ["Small", "Large, wide"]},
            {"key": "own_next", "label": "Next visit", "type": "day"},
            {"key": "own_last", "label": "Last visit", "type": "moment"},
        ],
    )  # fmt: skip
    owner = project.memberships.filter(role=Role.CONSULTANT).first()
    made = []
    for number, kind in enumerate(builtin().kinds.values()):
        extra = {one.key: one.choices[-1] if one.type == "choice" else ODD[one.type].strip() for one in kind.fields}
        made.append(Asset.objects.create(
            project=project, name=f"{kind.label} number {number}", kind=kind.key, extra=extra,
            owner=owner and owner.user,
            current_status="obsolete", required_status=("", "migrate", "rebuild", "archive")[number % 4],
            progress="tested", url=f"https://www.example.org/ä/{number}?a=1&b=%20", new_url="https://new.example/#x",
            revenue="1234567.89", effort_hours="0.5", last_used=date(2024, 2, 29), client_sees=bool(number % 2),
            notes=" -1 + 2\r\nline two\tand 'three' ", suggestion="rebuild", suggestion_why="=because",
            parent=made[0] if number % 5 == 1 else None,
        ))  # fmt: skip
    extra = {"own_slots": "12", "own_size": "Large, wide", "own_next": "2026-12-24", "own_last": "2026-01-01 10:15"}
    made.append(Asset.objects.create(project=project, name="In the hall", kind=own.key, extra=extra, parent=made[1]))
    made.append(Asset.objects.create(project=project, name="007", kind="tag"))
    made.append(Asset.objects.create(project=project, name="Same name", kind="tag", parent=made[-1]))
    made.append(Asset.objects.create(project=project, name="same name", kind="tag", parent=made[-1]))
    made.append(Asset.objects.create(project=project, name="Of no kind any more", kind="gone", parent=made[-1]))
    return made


def export(project, path, role=Role.OWNER, rows=None):
    rows = exporting.all_assets(project) if rows is None else rows
    exporting.write_to(path, project, rows, role=role, as_csv=path.suffix == ".csv")
    return path


def edit(path, changes, sheet="Pages"):
    """{(name of the asset, header): value}, as a spreadsheet program does it; an unknown name is a new row."""
    book = load_workbook(path)
    page = book[sheet]
    header = [cell.value for cell in page[1]]
    at = header.index("Name")
    for (name, column), value in changes.items():
        line = next((line for line in page.iter_rows(min_row=2) if line[at].value == name), None)
        if line is None:
            page.append([name if title == "Name" else None for title in header])
            line = page[page.max_row]
        line[header.index(column)].value = value
    book.save(path)


def errors_of(found):
    return [(line.number, header, sentence) for line in found.lines() for header, sentence in line.errors]


def write(project, found, chosen=()):
    lines = importing.take(found.lines(), chosen)
    return importing.apply(project, lines, by=None, file="inventory.xlsx", counts=dict(found.counts))


def apply(project, path, **options):
    found = compare(project, path, **options)
    assert errors_of(found) == []
    return write(project, found)
