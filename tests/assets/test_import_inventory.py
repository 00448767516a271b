"""The way back: an exported file, edited, is merged three ways; all or nothing; and it can be taken back."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from openpyxl import Workbook, load_workbook

from apps.assets import exporting, services
from apps.assets.comparing import compare
from apps.assets.models import Asset, Batch
from apps.projects.models import Activity, Role
from tests import factories
from tests.assets.inventory_files import apply, edit, errors_of, write

EVERY = {
    "name": "  =Odd\r\nname + \x07 ＝ 'x' ", "kind": "sales_page", "current_status": "active",
    "required_status": "rebuild", "progress": "tested", "url": "https://example.org/ä?x=1&y=-2",
    "new_url": "https://new.example/", "notes": "-1\n+2\t@3",
    "revenue": "2400.50", "effort_hours": "7.5", "last_used": "2026-02-28", "client_sees": False,
}  # fmt: skip


@pytest.fixture
def rows(project, consultant):
    owner = project.memberships.get(role=Role.CONSULTANT).user
    Asset.objects.create(project=project, owner=owner, **EVERY)
    return [Asset.objects.create(project=project, name=f"Page {number}", kind="other_page") for number in range(3)]


@pytest.fixture
def file(project, rows, tmp_path):
    path = tmp_path / "inventory.xlsx"
    exporting.write_to(path, project, exporting.all_assets(project), role=Role.OWNER)
    return path


@pytest.mark.parametrize("role", [Role.OWNER, Role.CLIENT])
def test_an_untouched_export_imports_as_no_change(project, rows, tmp_path, role):
    path = tmp_path / "inventory.xlsx"
    exporting.write_to(path, project, project.assets.shown_to(role), role=role)
    assert str(compare(project, path)).startswith("0 new, 0 changed,")
    book = load_workbook(path)
    book.save(path)
    found = compare(project, path)
    assert str(found) == f"0 new, 0 changed, {project.assets.shown_to(role).count()} same, 0 conflicts, 0 errors"
    assert {column["to"] for column in found.columns.values()} & {"", "note", "skip"} == set()


def test_cells_changed_in_the_file_are_taken_and_logged_with_their_row(project, rows, file):
    edit(
        file,
        {("Page 0", "Required status"): "Archive", ("Page 1", "Revenue a month"): 99.5, ("Page 2", "Notes"): "New"},
    )
    found = compare(project, file)
    assert str(found) == "0 new, 3 changed, 1 same, 0 conflicts, 0 errors"
    write(project, found)
    rows[0].refresh_from_db()
    rows[1].refresh_from_db()
    assert (rows[0].required_status, str(rows[1].revenue)) == ("archive", "99.50")
    line = Activity.objects.about(rows[0]).get()
    assert (line.source, line.detail) == ("import", "inventory.xlsx row 3")


def test_a_cell_changed_here_alone_stays(project, rows, file):
    services.change_asset(rows[0], by=None, version=1, name="Renamed here")
    edit(file, {("Page 0", "Required status"): "Archive"})
    apply(project, file)
    rows[0].refresh_from_db()
    assert (rows[0].name, rows[0].required_status) == ("Renamed here", "archive")


def test_a_cell_changed_on_both_sides_is_a_conflict_and_stays(project, rows, file):
    services.change_asset(rows[0], by=None, version=1, required_status="rebuild")
    edit(file, {("Page 0", "Required status"): "Archive", ("Page 0", "Progress"): "Built"})
    found = compare(project, file)
    assert str(found) == "0 new, 1 changed, 3 same, 1 conflict, 0 errors"
    (line,) = list(found.lines())
    assert [(cell.header, cell.old, cell.new) for cell in line.cells if cell.is_conflict] == [
        ("Required status", "Rebuild/Update", "Archive")
    ]
    write(project, found)
    rows[0].refresh_from_db()
    assert (rows[0].required_status, rows[0].progress) == ("rebuild", "built")


def test_a_conflict_is_taken_from_the_file_where_somebody_chose_it(project, rows, file):
    services.change_asset(rows[0], by=None, version=1, required_status="rebuild")
    edit(file, {("Page 0", "Required status"): "Archive"})
    found = compare(project, file)
    (line,) = list(found.lines())
    write(project, found, {f"Pages:{line.number}:Required status"})
    rows[0].refresh_from_db()
    assert rows[0].required_status == "archive"


def test_both_sides_making_the_same_change_is_no_conflict(project, rows, file):
    services.change_asset(rows[0], by=None, version=1, required_status="archive")
    edit(file, {("Page 0", "Required status"): "Archive"})
    assert compare(project, file).counts["changed"] == 0


def test_new_rows_are_added_and_everything_can_be_taken_back(project, rows, file, consultant):
    edit(file, {("Late find", "Kind"): "Sales page", ("Page 0", "Progress"): "Live", ("Page 1", "Owner"): None})
    batch = apply(project, file)
    made = project.assets.get(name="Late find")
    assert (made.kind, made.current_status, made.client_sees) == ("sales_page", "unknown", False)
    rows[0].refresh_from_db()
    services.change_asset(rows[0], by=None, version=rows[0].version, notes="since")
    answer = consultant.post(f"/projects/move/inventory/bulk/{batch.pk}/undo/", follow=True)
    assert "except Page 0" in answer.content.decode()
    assert not project.assets.filter(name="Late find").exists()
    rows[0].refresh_from_db()
    assert (rows[0].progress, rows[0].notes) == ("live", "since")


def test_an_owner_and_numbers_come_back_with_the_undo(project, rows, file):
    odd = project.assets.get(progress="tested")
    name = load_workbook(file)["Pages"]["B2"].value
    edit(file, {(name, "Owner"): None, (name, "Revenue a month"): None})
    batch = apply(project, file)
    odd.refresh_from_db()
    assert (odd.owner, odd.revenue) == (None, None)
    services.undo(batch, by=None)
    odd.refresh_from_db()
    assert (str(odd.owner.email), str(odd.revenue)) == ("dana@northstar.example", "2400.50")


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        (("Page 0", "Required status"), "Required status", "none of the words"),
        (("Page 0", "Kind"), "Kind", "no kind"),
        (("Page 0", "Revenue a month"), "Revenue a month", "no number"),
        (("Page 0", "Last used"), "Last used", "no date"),
        (("Page 0", "Owner"), "Owner", "Nobody in this project"),
        (("Page 0", "Old URL"), "Old URL", "http"),
        (("Page 0", "Client sees"), "Client sees", "neither yes nor no"),
        (("Page 0", "Visits a month"), "Visits a month", "no number"),
        (("Page 0", "Part of"), "Part of", "No asset is called"),
        (("Page 0", "Action"), "Action", "no action"),
        (("Page 0", "Row id"), "Row id", "not in this project"),
    ],
)
def test_every_error_is_told_with_its_row_and_nothing_is_written(project, rows, file, change, column, words, capsys):
    edit(file, {change: "nonsense", ("Page 1", "Progress"): "Live"})
    errors = errors_of(compare(project, file))
    assert [(row, header) for row, header, _ in errors] == [(3, column)]
    assert words in errors[0][2]
    with pytest.raises(SystemExit) as left:
        call_command("import_inventory", "move", str(file), "--apply")
    assert left.value.code == 1
    assert "Nothing was written" in capsys.readouterr().out
    assert not Batch.objects.exists()
    assert not project.assets.filter(progress="live").exists()


def test_secrets_another_projects_rows_and_rows_twice_are_refused(project, rows, file, sibling):
    other = Asset.objects.create(project=sibling, name="Theirs", kind="other_page")
    edit(
        file,
        {("Page 1", "Row id"): other.pk, ("Page 2", "Row id"): rows[0].pk},
    )
    edit(file, {("Page 9", "Row id"): rows[0].pk, ("Page 9", "Kind"): "Sales page"})
    sentences = [sentence for _, _, sentence in errors_of(compare(project, file))]
    assert len(sentences) == 4
    assert "stands twice" in sentences[0]
    assert "not in this project" in sentences[1]
    assert "stands twice" in sentences[2]
    other.refresh_from_db()
    assert other.name == "Theirs"


@pytest.mark.parametrize("secret", ["password: hunter2", "sk_live_abcdefgh1234", "api-key = 12345678"])
@pytest.mark.parametrize("column", ["Name", "Notes", "Page title", "Suggested because"])
def test_secrets_are_refused_in_every_text(project, rows, file, secret, column):
    edit(file, {("Page 0", column): secret})
    ((row, header, sentence),) = errors_of(compare(project, file))
    assert (row, header) == (3, column)
    assert "password or a key" in sentence


def test_columns_may_be_moved_renamed_or_taken_out(project, rows, file):
    book = load_workbook(file)
    sheet = book["Pages"]
    header = [cell.value for cell in sheet[1]]
    sheet.delete_cols(header.index("Kind") + 1)
    sheet.move_range("B1:B5", cols=40)
    sheet["C1"].value = "My remarks"
    book.save(file)
    found = compare(project, file)
    assert str(found) == "0 new, 0 changed, 4 same, 0 conflicts, 0 errors"
    assert found.columns["My remarks"]["to"] == ""
    assert any("no column Kind" in remark for remark in found.remarks)


def test_a_workbook_of_ones_own_needs_only_names_and_kinds(project, tmp_path):
    book = Workbook()
    book.active.append(["Name", "Kind"])
    book.active.append(["Home", "Landing page"])
    book.active.append(["Shop", None])
    path = tmp_path / "own.xlsx"
    book.save(path)
    found = compare(project, path)
    assert found.counts["new"] == 1
    assert [(row, column) for row, column, _ in errors_of(found)] == [(3, "Kind")]
    assert str(compare(project, path, default_kind="other_page")).startswith("2 new, 0 changed, 0 same")


def test_a_row_changed_between_preview_and_apply_stops_everything(project, rows, file):
    from apps.projects.models import StaleRow

    edit(file, {("Page 0", "Progress"): "Live", ("Page 1", "Progress"): "Live"})
    found = compare(project, file)
    services.change_asset(rows[1], by=None, version=1, progress="built")
    with pytest.raises(StaleRow):
        write(project, found)
    rows[0].refresh_from_db()
    assert rows[0].progress == "not_started"


def test_the_command_shows_the_preview_and_writes_only_when_told(project, rows, file, capsys):
    edit(file, {("Page 0", "Progress"): "Live"})
    call_command("import_inventory", "move", str(file))
    assert "Progress: from “Not started” to “Live”" in capsys.readouterr().out
    assert not project.assets.filter(progress="live").exists()
    call_command("import_inventory", "move", str(file), "--apply")
    assert project.assets.filter(progress="live").count() == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"<!doctype html><p>Sign in", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600],
)
def test_what_is_no_workbook_gets_a_sentence(project, tmp_path, content):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"\.$") as error:
        call_command("import_inventory", "move", str(path))
    assert error.value.returncode == 1


def test_a_wrong_call_ends_with_two(project, tmp_path):
    factories.organisation()
    for words in (["nowhere", "x.xlsx"], ["move", str(tmp_path / "gone.xlsx")]):
        with pytest.raises(CommandError) as error:
            call_command("import_inventory", *words)
        assert error.value.returncode == 2
