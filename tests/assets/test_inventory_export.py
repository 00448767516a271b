"""The inventory as a spreadsheet: typed, frozen, filtered, with drop-downs, and without a live formula (P12)."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from openpyxl import load_workbook

from apps.assets.models import Asset
from engine.spreadsheets.guarding import unguard

LEADS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "'=1", '=HYPERLINK("x")', "＝1", "-", "=",
]  # fmt: skip


def book(client, **query):
    answer = client.get("/projects/move/inventory/export.xlsx", query)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def table(sheet):
    header, *rows = list(sheet.iter_rows(values_only=True))
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_cells_are_typed_the_header_stays_and_statuses_are_chosen(consultant, project):
    Asset.objects.create(
        project=project, name="Challenge", kind="product", revenue=Decimal("2400.50"), last_used=date(2026, 3, 1),
        required_status="rebuild",
    )  # fmt: skip
    sheet = book(consultant)["Products"]
    (row,) = table(sheet)
    assert (row["Revenue a month"], row["Last used"].date()) == (2400.5, date(2026, 3, 1))
    assert (row["Required status"], row["Kind"]) == ("Rebuild/Update", "Product")
    assert sheet.freeze_panes in ("A2", "B2")
    assert sheet.auto_filter.ref
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert any("Migrate As Is" in text for text in lists)


@pytest.mark.parametrize("lead", LEADS)
def test_no_text_leaves_as_a_formula_and_every_text_survives(consultant, project, lead):
    Asset.objects.create(project=project, name=f"{lead}x", notes=lead, kind="other_page", new_url="")
    sheet = book(consultant)["Pages"]
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    (row,) = table(sheet)
    assert row["Name"] == f"{lead}x".replace("\r", "\n") or row["Name"] == f"{lead}x"
    answer = consultant.get("/projects/move/inventory/export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (line,) = list(csv.DictReader(io.StringIO(text, newline="")))
    assert unguard(line["Name"]) == f"{lead}x"
    assert not line["Name"].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_file_holds_what_the_filter_shows(consultant, project):
    Asset.objects.create(project=project, name="Keep", kind="product", required_status="migrate")
    Asset.objects.create(project=project, name="Drop", kind="product", required_status="archive")
    assert [row["Name"] for row in table(book(consultant, required="archive")["Products"])] == ["Drop"]


def test_a_clients_file_has_no_internal_column_and_no_internal_row(client_person, asset, internal):
    Asset.objects.filter(pk=asset.pk).update(notes="secret", revenue=4711)
    rows = table(book(client_person)["Pages"])
    assert [row["Name"] for row in rows] == ["Home page"]
    assert not {"Notes", "Effort in hours", "Client sees", "Action"} & set(rows[0])


def test_a_client_learns_of_an_internal_asset_neither_as_part_nor_as_whole(client_person, project, asset, internal):
    Asset.objects.filter(pk=asset.pk).update(parent=internal)
    below = Asset.objects.create(project=project, name="Inner margin", kind="product", client_sees=False, parent=asset)
    (row,) = table(book(client_person)["Pages"])
    assert row["Part of"] is None
    page = client_person.get(asset.get_absolute_url()).content.decode()
    assert internal.name not in page
    assert below.name not in page


def test_the_command_writes_the_whole_inventory(project, asset, internal, tmp_path, capsys):
    path = tmp_path / "inventory.xlsx"
    call_command("export_inventory", "move", str(path))
    assert [row["Name"] for row in table(load_workbook(path)["Pages"])] == ["Home page", "Margin sheet"]
    assert "2 assets" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["inventory.xlsx"]


@pytest.mark.parametrize("words", [["nowhere", "a.xlsx"], ["move", "a.pdf"], ["move", "/nowhere/at/all/a.xlsx"]])
def test_a_wrong_call_ends_with_two_and_a_sentence(project, words):
    with pytest.raises(CommandError, match=r"\.$") as error:
        call_command("export_inventory", *words)
    assert error.value.returncode == 2
