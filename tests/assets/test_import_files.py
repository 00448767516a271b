"""Files as people really hand them back: other lists, moved and merged cells, formulas, actions, damage."""

import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from apps.assets import importing, services
from apps.assets.comparing import compare
from apps.assets.models import Asset, Capture
from engine.spreadsheets import Unreadable
from engine.spreadsheets.marking import mark_cells
from tests.assets.inventory_files import apply, edit, errors_of, export, write


@pytest.fixture
def pages(project, consultant):
    return [Asset.objects.create(project=project, name=f"Page {n}", kind="other_page", notes="old") for n in range(4)]


@pytest.fixture
def file(project, pages, tmp_path):
    return export(project, tmp_path / "inventory.xlsx")


def own_list(path, rows, title="List"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def only_error(project, path, **options):
    ((number, header, sentence),) = errors_of(compare(project, path, **options))
    return number, header, sentence


# --- other lists ------------------------------------------------------------------------------------------------------


def test_headers_are_known_by_other_names(project, tmp_path):
    path = own_list(tmp_path / "l.xlsx", [
        ["Title", "Type", "URL", "Decision", "Monthly revenue", "Parent", "Last activity"],
        ["Shop", "sales page", "https://www.example.org/", "archive", "1,234.50", None, "31.12.2025"],
        ["Thanks", "Thank-you page", None, None, "€ 5", "Shop", "5 March 2026"],
    ])  # fmt: skip
    apply(project, path)
    shop, thanks = project.assets.get(name="Shop"), project.assets.get(name="Thanks")
    assert (shop.kind, shop.required_status, str(shop.revenue), str(shop.last_used)) == (
        "sales_page", "archive", "1234.50", "2025-12-31",
    )  # fmt: skip
    assert (thanks.parent, str(thanks.revenue), str(thanks.last_used)) == (shop, "5.00", "2026-03-05")


def test_a_column_is_explained_kept_as_a_note_or_left_out(project, tmp_path):
    path = own_list(tmp_path / "l.xlsx", [["Seite", "Bemerkung", "Farbe"], ["Start", "schnell", "rot"]])
    _, _, sentence = only_error(project, path)
    assert "Say below which column holds the names" in sentence
    said = {"Seite": "Name", "Bemerkung": "note", "Farbe": "skip"}
    found = compare(project, path, mapping=said, default_kind="landing_page")
    assert {title: column["to"] for title, column in found.columns.items()} == said
    write(project, found)
    asset = project.assets.get()
    assert (asset.name, asset.kind, asset.notes) == ("Start", "landing_page", "Bemerkung: schnell")


def test_the_same_list_twice_makes_nothing_twice(project, tmp_path):
    rows = [["Name", "Kind", "Extra words"], ["Shop", "Sales page", "x"], ["Shop", "Product", "y"]]
    path = own_list(tmp_path / "l.xlsx", rows)
    options = {"mapping": {"Extra words": "note"}}
    apply(project, path, **options)
    found = compare(project, path, **options)
    assert str(found) == "0 new, 0 changed, 2 same, 0 conflicts, 0 errors"
    rows[1][2], rows[2].append("z")
    own_list(path, [*rows, ["New one", "Tag", None]])
    assert compare(project, path, **options).counts["new"] == 1


def test_a_csv_with_semicolons_from_windows(project, tmp_path):
    path = tmp_path / "l.csv"
    path.write_bytes('Name;Kind;Notes\r\n"Über uns";"Other page";"Zeile 1\r\nZeile 2"\r\n'.encode("cp1252"))
    apply(project, path)
    asset = project.assets.get()
    assert (asset.name, asset.notes) == ("Über uns", "Zeile 1\nZeile 2")


def test_a_title_above_the_header_is_no_header(project, tmp_path):
    path = own_list(tmp_path / "l.xlsx", [["Our website"], [], ["Name", "Kind"], ["Shop", "Sales page"]])
    apply(project, path)
    assert project.assets.get().name == "Shop"


def test_a_duplicated_row_without_its_id_is_a_new_asset(project, pages, file):
    book = load_workbook(file)
    sheet = book["Pages"]
    titles = [cell.value for cell in sheet[1]]
    copy = [cell.value for cell in sheet[2]]
    for name in ("Row id", "Row version", "Row base"):
        copy[titles.index(name)] = None
    sheet.append(copy)
    book.save(file)
    assert str(compare(project, file)) == "1 new, 0 changed, 4 same, 0 conflicts, 0 errors"


# --- actions ----------------------------------------------------------------------------------------------------------


def test_actions_delete_skip_create_and_update(project, pages, file):
    Capture.objects.create(project=project, asset=pages[0], key="words", is_done=True)
    edit(file, {
        ("Page 0", "Action"): "Delete", ("Page 1", "Action"): "skip", ("Page 1", "Notes"): "ignored",
        ("Page 2", "Action"): "update", ("Page 2", "Notes"): "taken",
    })  # fmt: skip
    edit(file, {("Page 9", "Action"): "create", ("Page 9", "Kind"): "Sales page"})
    found = compare(project, file)
    assert str(found) == "1 new, 1 changed, 1 same, 0 conflicts, 0 errors, 1 deleted, 1 skipped"
    batch = write(project, found)
    assert sorted(project.assets.values_list("name", "notes")) == [
        ("Page 1", "old"), ("Page 2", "taken"), ("Page 3", "old"), ("Page 9", ""),
    ]  # fmt: skip
    assert services.undo(batch, by=None) == []
    assert sorted(project.assets.values_list("name", flat=True)) == ["Page 0", "Page 1", "Page 2", "Page 3"]
    assert project.assets.get(name="Page 0").captures.count() == 1


@pytest.mark.parametrize(
    ("name", "action", "words"),
    [("Page 0", "remove", "no action"), ("Page 0", "create", "clear it to create"),
     ("Nobody", "delete", "nothing here"), ("Nobody", "update", "nothing here")],
)  # fmt: skip
def test_an_action_that_cannot_be_is_told(project, pages, file, name, action, words):
    edit(file, {(name, "Action"): action, (name, "Kind"): "Other page"})
    assert words in only_error(project, file)[2]


def test_a_row_deleted_here_meanwhile_is_told(project, pages, file):
    services.delete_asset(pages[0], by=None)
    assert "was deleted here" in only_error(project, file)[2]


# --- what stands in what ----------------------------------------------------------------------------------------------


def test_new_rows_may_stand_in_new_rows_further_down(project, tmp_path):
    path = own_list(tmp_path / "l.xlsx", [
        ["Name", "Kind", "Part of"], ["Lesson", "Course part", "Module"], ["Module", "Course part", "Training"],
        ["Training", "Course", None],
    ])  # fmt: skip
    apply(project, path)
    assert project.assets.get(name="Lesson").parent.parent.name == "Training"


@pytest.mark.parametrize("inside", [{"Page 0": "Page 0"}, {"Page 0": "Page 1", "Page 1": "Page 2", "Page 2": "Page 0"}])
def test_nothing_stands_inside_itself(project, pages, file, inside):
    edit(file, {(name, "Part of"): parent for name, parent in inside.items()})
    assert "cannot stand inside itself" in only_error(project, file)[2]


def test_of_several_of_one_name_the_number_tells_which(project, pages, file):
    twins = [Asset.objects.create(project=project, name="Twin", kind="funnel") for _ in range(2)]
    edit(file, {("Page 0", "Part of"): "Twin"})
    assert "2 assets are called" in only_error(project, file)[2]
    edit(file, {("Page 0", "Part of"): f"Twin (#{twins[1].pk})"})
    apply(project, file)
    assert project.assets.get(name="Page 0").parent == twins[1]


# --- workbooks that were hurt -----------------------------------------------------------------------------------------


def test_a_formula_is_told_and_so_is_a_merged_cell(project, pages, file):
    book = load_workbook(file)
    sheet = book["Pages"]
    titles = [cell.value for cell in sheet[1]]
    sheet.cell(2, titles.index("Revenue a month") + 1).value = "=SUM(1,2)"
    at = sheet.cell(3, titles.index("Notes") + 1)
    sheet.merge_cells(f"{at.coordinate}:{sheet.cell(4, at.column).coordinate}")
    book.save(file)
    errors = errors_of(compare(project, file))
    assert [(number, header) for number, header, _ in errors] == [(3, "Notes"), (2, "Revenue a month")]
    assert "merged" in errors[0][2]
    assert "formula" in errors[1][2]


def test_deleted_sheets_delete_nothing_and_it_is_said(project, pages, file):
    Asset.objects.create(project=project, name="Course", kind="course")
    book = load_workbook(file)
    del book["Courses"]
    book.save(file)
    found = compare(project, file)
    assert str(found).startswith("0 new, 0 changed, 4 same")
    assert "Courses is not in this file: those assets stay as they are." in found.remarks


def test_a_renamed_sheet_is_read_all_the_same(project, pages, file):
    book = load_workbook(file)
    book["Pages"].title = "Seiten"
    book.save(file)
    found = compare(project, file)
    assert (str(found), found.remarks) == ("0 new, 0 changed, 4 same, 0 conflicts, 0 errors", [])


@pytest.mark.parametrize("hurt", [lambda sheet: sheet.delete_rows(1), lambda sheet: sheet.merge_cells("A1:D1")])
def test_a_sheet_that_lost_its_header_is_told(project, pages, file, hurt):
    Asset.objects.create(project=project, name="Course", kind="course")
    book = load_workbook(export(project, file))
    hurt(book["Pages"])
    book.save(file)
    ((_, _, sentence),) = errors_of(compare(project, file))
    assert "put its header row back" in sentence


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("Name", None, "Give it a name."), ("Name", "x" * 201, "longer than 200"),
     ("Notes", "x" * 5001, "longer than 5,000"), ("Revenue a month", -5, "greater than or equal to 0"),
     ("Old URL", "javascript:alert(1)", "http")],
)  # fmt: skip
def test_what_is_out_of_bounds_is_told(project, pages, file, column, value, words):
    edit(file, {("Page 0", column): value})
    assert words in only_error(project, file)[2]


def test_two_columns_of_one_meaning_are_told(project, tmp_path):
    path = own_list(tmp_path / "l.xlsx", [["Name", "Kind", "URL", "Old URL"], ["A", "Tag", None, None]])
    assert "Two columns are read as Old URL" in only_error(project, path)[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [("01/02/2026", "two ways"), ("31/12/2026", ""), ("2026-12-31", ""), ("31.12.2026", ""), ("Dec 31, 2026", ""),
     ("2026-13-01", "no date"), ("soon", "no date"), ("2026-02-30", "no date")],
)  # fmt: skip
def test_dates_as_text_are_read_or_told(project, pages, file, text, words):
    edit(file, {("Page 0", "Last used"): text})
    found = compare(project, file)
    if words:
        assert words in only_error(project, file)[2]
    else:
        write(project, found)
        assert str(project.assets.get(name="Page 0").last_used) == "2026-12-31"


def test_a_million_empty_rows_with_a_format_end_with_a_sentence(project, pages, tmp_path):
    path = export(project, tmp_path / "i.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in parts if name.endswith("sheet2.xml"))
    rows = b'<row r="1048576"><c r="Z1048576" s="1"/></row>'
    parts[name] = parts[name].replace(b"</sheetData>", rows + b"</sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    with pytest.raises(Unreadable, match="delete what is empty"):
        compare(project, path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "password"),
        (b"PK\x03\x04 cut off", "damaged"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "picture"), (b"%PDF-1.7", "PDF"),
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_named(project, tmp_path, content, words):
    path = tmp_path / "i.xlsx"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        compare(project, path)


def test_a_field_that_the_kind_has_not_is_told(project, pages, file):
    funnel = Asset.objects.create(project=project, name="Way in", kind="funnel")
    path = export(project, file)
    edit(path, {(funnel.name, "Gateway"): "Stripe"})
    assert only_error(project, path)[2] == "The kind Funnel has no Gateway; clear the cell."


# --- the file handed back with comments -------------------------------------------------------------------------------


def marked(project, path, tmp_path):
    found = compare(project, path)
    made = importing.mark_errors(path, found.lines())
    target = tmp_path / "marked.xlsx"
    made.rename(target)
    book = load_workbook(target)
    return book, {(sheet.title, cell.coordinate): cell.comment.text for sheet in book for line in sheet.iter_rows()
                  for cell in line if cell.comment}  # fmt: skip


def test_every_bad_cell_gets_its_comment_in_the_same_workbook(project, pages, file, tmp_path):
    edit(file, {("Page 0", "Progress"): "finished", ("Page 1", "Old URL"): "nowhere", ("Page 2", "Row id"): 999_999})
    book, comments = marked(project, file, tmp_path)
    sheet = book["Pages"]
    titles = [cell.value for cell in sheet[1]]
    places = {titles[sheet[place].column - 1]: text for (_, place), text in comments.items()}
    assert places.keys() == {"Progress", "Old URL", "Row id"}
    assert "none of the words" in places["Progress"]
    assert sheet.data_validations.dataValidation
    book.save(file)
    assert len(errors_of(compare(project, file))) == 3


def test_a_csv_comes_back_as_a_workbook_of_its_bad_rows(project, tmp_path):
    path = tmp_path / "l.csv"
    path.write_text("Name,Kind,Progress\nA,Tag,Built\nB,Tag,=1+1\nC,Nothing,\n")
    book, comments = marked(project, path, tmp_path)
    sheet = book.worksheets[0]
    assert [[cell.value for cell in line] for line in sheet.iter_rows()] == [
        ["Name", "Kind", "Progress"], ["B", "Tag", "=1+1"], ["C", "Nothing", None],
    ]  # fmt: skip
    assert sheet["C2"].data_type == "s"
    assert sorted(place for _, place in comments) == ["B3", "C2"]


def test_a_large_workbook_comes_back_as_its_bad_rows(project, pages, file, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.spreadsheets.marking.LARGEST", 10)
    edit(file, {("Page 2", "Progress"): "finished"})
    book, comments = marked(project, file, tmp_path)
    assert [line[1].value for line in book["Pages"].iter_rows()] == ["Name", "Page 2"]
    assert len(comments) == 1


def test_marking_what_is_gone_raises_what_reading_raises(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(Unreadable):
        mark_cells(path, tmp_path / "y.xlsx", {("Pages", 2, "Name"): "Why"})
    assert not (tmp_path / "y.xlsx").exists()


# --- what must not be lost --------------------------------------------------------------------------------------------


def test_a_cell_that_is_only_written_in_another_form_reverts_nothing(project, pages, file):
    page = pages[0]
    services.change_asset(page, by=None, version=1, revenue=1200, required_status="migrate", last_used="2026-01-02")
    path = export(project, file)
    page.refresh_from_db()
    services.change_asset(page, by=None, version=2, revenue=5000, required_status="archive", last_used="2026-05-05")
    edit(path, {("Page 0", "Revenue a month"): "1,200.00", ("Page 0", "Required status"): "migrate as is",
                ("Page 0", "Last used"): "2 Jan 2026"})  # fmt: skip
    assert str(compare(project, path)) == "0 new, 0 changed, 4 same, 0 conflicts, 0 errors"


def test_an_owner_written_as_an_address_is_the_same_person(project, pages, tmp_path):
    owner = project.memberships.get(role=30).user
    Asset.objects.filter(pk=pages[0].pk).update(owner=owner)
    path = export(project, tmp_path / "i.xlsx")
    edit(path, {("Page 0", "Owner"): owner.email.upper()})
    assert compare(project, path).counts["same"] == 4


def test_error_cells_of_the_program_erase_nothing(project, pages, file):
    book = load_workbook(file)
    cell = book["Pages"].cell(2, [one.value for one in book["Pages"][1]].index("Notes") + 1)
    cell.value, cell.data_type = "#REF!", "e"
    book.save(file)
    number, header, sentence = only_error(project, file)
    assert (number, header) == (2, "Notes")
    assert "shows an error" in sentence


def test_without_its_hidden_columns_every_difference_asks(project, pages, file):
    services.change_asset(pages[0], by=None, version=1, notes="newer")
    book = load_workbook(file)
    sheet = book["Pages"]
    for name in ("Row base", "Row version"):
        sheet.delete_cols([cell.value for cell in sheet[1]].index(name) + 1)
    book.save(file)
    assert str(compare(project, file)) == "0 new, 0 changed, 3 same, 1 conflict, 0 errors"


@pytest.mark.parametrize("action", ["update", "delete"])
def test_an_action_on_a_name_that_two_have_asks_for_the_id(project, tmp_path, action):
    for _ in range(2):
        Asset.objects.create(project=project, name="Twin", kind="tag")
    path = own_list(tmp_path / "l.xlsx", [["Action", "Name", "Kind"], [action, "Twin", "Tag"]])
    assert "2 assets are called so" in only_error(project, path)[2]


def test_an_id_with_leading_zeros_is_the_same_id(project, pages, file):
    edit(file, {("Page 1", "Row id"): f"0{pages[0].pk}"})
    assert {"stands twice" in sentence for _, _, sentence in errors_of(compare(project, file))} == {True}


def test_a_parent_that_is_skipped_is_no_parent(project, tmp_path):
    rows = [
        ["Action", "Name", "Kind", "Part of"],
        ["skip", "Parent", "Course", None],
        [None, "Child", "Course part", "Parent"],
    ]
    assert "No asset is called “Parent”" in only_error(project, own_list(tmp_path / "l.xlsx", rows))[2]


def test_emptied_rows_are_counted_and_an_empty_row_may_be_deleted(project, pages, file):
    book = load_workbook(file)
    sheet = book["Pages"]
    titles = [cell.value for cell in sheet[1]]
    for row in (2, 3):
        for at, title in enumerate(titles, start=1):
            if not title.startswith("Row "):
                sheet.cell(row, at).value = None
    sheet.cell(3, 1).value = "delete"
    book.save(file)
    found = compare(project, file)
    assert str(found) == "0 new, 0 changed, 2 same, 0 conflicts, 0 errors, 1 deleted"
    assert "1 rows are empty: their assets stay as they are." in found.remarks


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_with_a_broken_part_is_told(project, pages, file, part):
    edit(file, {("Page 0", "Revenue a month"): "=1+1"})
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = parts[part][: len(parts[part]) // 2]
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    with pytest.raises(Unreadable, match="damaged"):
        compare(project, file)


def test_a_quote_that_is_never_closed_is_told(project, tmp_path):
    path = tmp_path / "l.csv"
    path.write_text('Name,Kind\nA,Tag\n"B,Tag\n' + "x" * 1_100_000)
    with pytest.raises(Unreadable, match="never closed"):
        compare(project, path)


def test_what_openpyxl_refuses_comes_back_as_its_bad_rows(project, pages, file, tmp_path, monkeypatch):
    def refuse(*words, **more):
        raise ValueError("Value must be one of ...")

    monkeypatch.setattr("engine.spreadsheets.marking.load_workbook", refuse)
    edit(file, {("Page 2", "Progress"): "finished"})
    book, comments = marked(project, file, tmp_path)
    assert len(comments) == 1
    assert book["Pages"].max_row == 2
