"""An untouched export is no change: for every kind and field, as a client's copy, through other programs (B1)."""

import csv
import shutil
import subprocess
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from apps.assets import account_sheet, exporting, services
from apps.assets.comparing import compare
from apps.assets.kinds import builtin
from apps.assets.models import Account, Asset
from apps.projects.models import Role
from tests.assets.inventory_files import apply, edit, every_kind, export, write


def untouched(project, path, count):
    found = compare(project, path)
    lines = list(found.lines())
    assert lines == []
    assert str(found) == f"0 new, 0 changed, {count} same, 0 conflicts, 0 errors"


@pytest.fixture
def everything(project, consultant):
    return every_kind(project)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("role", [Role.OWNER, Role.CLIENT])
def test_as_it_was_exported(project, everything, tmp_path, form, role):
    rows = project.assets.shown_to(role)
    untouched(project, export(project, tmp_path / f"i.{form}", role, rows), rows.count())


def test_saved_again_by_openpyxl(project, everything, tmp_path):
    path = export(project, tmp_path / "i.xlsx")
    load_workbook(path).save(path)
    untouched(project, path, len(everything))


@pytest.mark.servers
@pytest.mark.parametrize("back", ["xlsx", "xlsx-xlsx"])
def test_saved_again_by_libreoffice(project, everything, tmp_path, back):
    """Opened and saved by the real program, once and twice."""
    path = export(project, tmp_path / "i.xlsx")
    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice found: apt-get install libreoffice-calc-nogui")
    for form in back.split("-"):
        out = tmp_path / form
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", form,
             "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        path = shutil.copy(out / f"i.{form}", tmp_path / "i.xlsx")
    untouched(project, path, len(everything))


def test_every_kind_and_field_is_in_the_file(project, everything, tmp_path):
    book = load_workbook(export(project, tmp_path / "i.xlsx"))
    assert book.sheetnames == [
        "Read me", "Pages", "Products", "Emails", "Automations", "Courses", "Assets", "Accounts", "Domains",
    ]  # fmt: skip
    headers = {cell.value for name in book.sheetnames for cell in book[name][1]}
    assert {field.label for kind in builtin().kinds.values() for field in kind.fields} <= headers
    sheet = book["Pages"]
    titles = [cell.value for cell in sheet[1]]
    assert [sheet.column_dimensions[sheet.cell(1, titles.index(name) + 1).column_letter].hidden
            for name in ("Row id", "Row version", "Row base")] == [True] * 3  # fmt: skip


def test_dates_numbers_and_moments_are_cells_of_their_type(project, everything, tmp_path):
    sheet = load_workbook(export(project, tmp_path / "i.xlsx"))["Emails"]
    titles = [cell.value for cell in sheet[1]]
    row = list(sheet[2])
    assert {name: row[titles.index(name)].data_type for name in ("Last sent", "Last used", "Revenue a month")} == {
        "Last sent": "d", "Last used": "d", "Revenue a month": "n",
    }  # fmt: skip


def test_every_field_takes_an_edit_and_gives_it_back(project, everything, tmp_path):
    """Each field of each kind: cleared in the file, written, and set again by another file."""
    before = {asset.pk: asset.extra for asset in project.assets.all()}
    full = export(project, tmp_path / "full.xlsx")
    book = load_workbook(full)
    for family in builtin().families.values():
        sheet = book[family.sheet]
        titles = [cell.value for cell in sheet[1]]
        own = {field.label for kind in builtin().of_family(family.key) for field in kind.fields}
        for line in sheet.iter_rows(min_row=2):
            for at, title in enumerate(titles):
                if title in own:
                    line[at].value = None
    book.save(tmp_path / "cleared.xlsx")
    apply(project, tmp_path / "cleared.xlsx")
    assert not any(asset.extra for asset in project.assets.filter(kind__in=builtin().kinds))
    base = [cell.value for cell in load_workbook(full)["Pages"][1]].index("Row base")
    book = load_workbook(full)
    for family in builtin().families.values():
        for line in book[family.sheet].iter_rows(min_row=2):
            at = [cell.value for cell in book[family.sheet][1]].index("Row base")
            line[at].value = "{}"
    assert base >= 0
    book.save(full)
    found = compare(project, full)
    write(
        project, found, {f"{line.sheet}:{line.number}:{cell.header}" for line in found.lines() for cell in line.cells}
    )
    assert {asset.pk: asset.extra for asset in project.assets.all()} == before


def test_a_clients_copy_says_nothing_of_what_is_internal(project, everything, tmp_path):
    """Not in a cell, not in a hidden column, not as what something stands in."""
    Asset.objects.filter(pk__in=[asset.pk for asset in everything[:5]]).update(client_sees=False, name="Our margin")
    path = export(project, tmp_path / "i.xlsx", Role.CLIENT, project.assets.shown_to(Role.CLIENT))
    text = " ".join(
        str(cell.value) for sheet in load_workbook(path) for line in sheet.iter_rows() for cell in line if cell.value
    )
    assert "Our margin" not in text
    assert "line two" not in text


def test_the_csv_is_safe_to_open_and_exact_when_it_comes_back(project, everything, tmp_path):
    path = export(project, tmp_path / "i.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert not any((text or "").startswith(("=", "+", "-", "@")) for row in rows for text in row.values() if text)
    untouched(project, path, len(everything))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_a_csv_saved_by_another_program_reads_the_same(project, everything, tmp_path, encoding, delimiter):
    path = export(project, tmp_path / "i.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    untouched(project, path, len(everything))


def test_the_whole_way_with_a_change_a_new_row_and_the_undo(project, everything, tmp_path):
    path = export(project, tmp_path / "i.xlsx")
    name = "Funnel number 5"
    edit(path, {(name, "Visits a month"): 77, ("Brand new", "Kind"): "Sales page", ("Brand new", "Part of"): name})
    batch = apply(project, path)
    funnel = project.assets.get(name=name)
    assert funnel.extra["traffic"] == "77"
    assert project.assets.get(name="Brand new").parent == funnel
    services.undo(batch, by=None)
    assert compare(project, export(project, tmp_path / "again.xlsx")).counts["same"] == len(everything)
    funnel.refresh_from_db()
    assert funnel.extra["traffic"] == "1200.25"
    assert exporting.all_assets(project).filter(name="Brand new").count() == 0


# --- old accounts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def accounts(project):
    host = {"does": "=pages", "monthly_cost": "12.50", "renews_on": "2026-12-31", "replaced_by": "Kartra",
            "still_runs": "the blog", "keep_until": "2027-01-15"}  # fmt: skip
    rows = [{"name": "Web host", **host}, {"name": "Mail tool"}]
    return [Account.objects.create(project=project, **row) for row in rows]


def edit_accounts(path, changes):
    book = load_workbook(path)
    sheet = book["Accounts"]
    titles = [cell.value for cell in sheet[1]]
    for (name, title), value in changes.items():
        row = next((line for line in sheet.iter_rows(min_row=2) if line[0].value == name), None)
        if row is None:
            sheet.append([name])
            row = sheet[sheet.max_row]
        sheet.cell(row[0].row, titles.index(title) + 1).value = value
    book.save(path)


def test_a_workbook_cannot_close_an_account_nor_open_it_again(project, accounts, tmp_path):
    accounts[1].change(None, closed_on=date(2026, 11, 1))
    path = export(project, tmp_path / "i.xlsx")
    untouched(project, path, 2)
    edit_accounts(path, {("Web host", "Closed on"): "1 May 2027", ("Mail tool", "Closed on"): None,
                         ("Booking tool", "Closed on"): "2026-11-02"})  # fmt: skip
    found = compare(project, path)
    assert str(found) == "0 new, 0 changed, 0 same, 0 conflicts, 3 errors"
    assert {message for line in found.lines() for _, message in line.errors} == {account_sheet.CLOSED_ON_ITS_PAGE}


def test_accounts_come_back_untouched_changed_new_and_taken_back(project, accounts, tmp_path):
    path = export(project, tmp_path / "i.xlsx")
    untouched(project, path, 2)
    accounts[1].change(None, does="sends")
    edit_accounts(path, {("Web host", "Cost a month"): 15, ("Mail tool", "Renews on"): "1 May 2027",
                         ("Booking tool", "Currency"): "EUR"})  # fmt: skip
    found = compare(project, path)
    assert str(found) == "1 new, 2 changed, 0 same, 0 conflicts, 0 errors"
    batch = write(project, found)
    rows = {one.name: one for one in Account.objects.all()}
    assert str(rows["Web host"].monthly_cost) == "15.00"
    assert (rows["Mail tool"].does, str(rows["Mail tool"].renews_on)) == ("sends", "2027-05-01")
    assert rows["Booking tool"].currency == "EUR"
    assert services.undo(batch, by=None) == []
    assert sorted(Account.objects.values_list("name", "monthly_cost", "renews_on")) == [
        ("Mail tool", None, None), ("Web host", Decimal("12.50"), date(2026, 12, 31)),
    ]  # fmt: skip


def test_an_account_changed_on_both_sides_asks(project, accounts, tmp_path):
    path = export(project, tmp_path / "i.xlsx")
    accounts[0].change(None, still_runs="nothing")
    edit_accounts(path, {("Web host", "What still runs in it"): "the shop"})
    found = compare(project, path)
    assert str(found) == "0 new, 0 changed, 1 same, 1 conflict, 0 errors"
    write(project, found)
    assert Account.objects.get(name="Web host").still_runs == "nothing"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Cost a month", "a lot", "no number"), ("Renews on", "soon", "no date"), ("Cost a month", "=1+1", "formula"),
        ("Row id", 999999, "not in this project"), ("What it does", "password: hunter2", "password"),
    ],
)  # fmt: skip
def test_a_bad_account_is_told(project, accounts, tmp_path, column, value, words):
    path = export(project, tmp_path / "i.xlsx")
    edit_accounts(path, {("Web host", column): value})
    (line,) = [line for line in compare(project, path).lines() if line.errors]
    assert words in line.errors[0][1]


def test_a_clients_copy_has_no_accounts(project, accounts, tmp_path):
    path = export(project, tmp_path / "i.xlsx", Role.CLIENT, project.assets.shown_to(Role.CLIENT))
    assert "Accounts" not in load_workbook(path).sheetnames
