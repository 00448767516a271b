"""Bringing a spreadsheet back in the browser: upload, background preview, conflicts chosen, written, taken back."""

import io

import pytest
from openpyxl import Workbook, load_workbook

from apps.assets import services, tasks
from apps.assets.models import Asset, Batch, InventoryImport
from apps.jobs.models import Job, State

URL = "/projects/move/inventory/import/"


def exported(client, changes):
    answer = client.get("/projects/move/inventory/export.xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book["Pages"]
    header = [cell.value for cell in sheet[1]]
    at = header.index("Name")
    for (name, column), value in changes.items():
        line = next(line for line in sheet.iter_rows(min_row=2) if line[at].value == name)
        line[header.index(column)].value = value
    return as_file(book)


def as_file(book, name="inventory.xlsx"):
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    stream.name = name
    return stream


def upload(client, file):
    answer = client.post(URL, {"file": file})
    assert answer.status_code == 302
    run(tasks.preview_import)
    return InventoryImport.objects.get()


def run(task, times=1):
    job = Job.objects.filter(task=task.name).latest("pk")
    for _ in range(times):
        task.run(job.pk)
    job.refresh_from_db()
    return job


def write(client, row, **data):
    client.post(f"{row.get_absolute_url()}write/", data)
    return run(tasks.write_import, times=3)


def test_a_file_is_compared_shown_written_once_and_taken_back(consultant, project, asset):
    row = upload(consultant, exported(consultant, {("Home page", "Required status"): "Archive"}))
    page = consultant.get(row.get_absolute_url()).content.decode()
    assert "0 new, 1 changed, 0 same" in page
    assert "Archive" in page
    asset.refresh_from_db()
    assert asset.required_status == ""
    assert write(consultant, row).state == State.DONE
    asset.refresh_from_db()
    assert (asset.required_status, asset.version) == ("archive", 2)
    row.refresh_from_db()
    assert row.file.deleted_at
    assert not row.file.path.exists()
    consultant.post(f"/projects/move/inventory/bulk/{Batch.objects.get().pk}/undo/")
    asset.refresh_from_db()
    assert asset.required_status == ""
    assert "Taken back" in consultant.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("take", "stays"), [([], "rebuild"), (["Pages:3:Required status"], "archive")])
def test_of_a_conflict_the_chosen_side_is_written(consultant, project, asset, take, stays):
    Asset.objects.create(project=project, name="A first", kind="other_page")
    file = exported(consultant, {("Home page", "Required status"): "Archive"})
    services.change_asset(asset, by=None, version=1, required_status="rebuild")
    row = upload(consultant, file)
    page = consultant.get(row.get_absolute_url()).content.decode()
    assert "Changed on both sides" in page
    assert 'value="Pages:3:Required status"' in page
    write(consultant, row, take=take)
    asset.refresh_from_db()
    assert asset.required_status == stays


def test_what_changed_since_the_preview_is_shown_again_before_anything_is_written(consultant, project, asset):
    row = upload(consultant, exported(consultant, {("Home page", "Required status"): "Archive"}))
    services.change_asset(asset, by=None, version=1, required_status="rebuild")
    job = write(consultant, row)
    assert (job.state, job.message) == (State.FAILED, tasks.CHANGED_SINCE)
    asset.refresh_from_db()
    assert asset.required_status == "rebuild"
    assert "Changed on both sides" in consultant.get(row.get_absolute_url()).content.decode()


def test_a_file_with_errors_names_them_and_cannot_be_written(consultant, project, asset):
    row = upload(consultant, exported(consultant, {("Home page", "Progress"): "finished"}))
    page = consultant.get(row.get_absolute_url()).content.decode()
    assert "none of the words" in page
    assert "Write it" not in page
    assert write(consultant, row).state == State.FAILED
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("inventory.xlsx", b"", "empty")],
)
def test_what_cannot_be_a_workbook_is_refused_at_once(consultant, project, name, content, words):
    file = io.BytesIO(content)
    file.name = name
    answer = consultant.post(URL, {"file": file})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not InventoryImport.objects.exists()


def test_a_damaged_workbook_ends_with_a_sentence(consultant, project):
    file = io.BytesIO(b"PK\x03\x04 this is no workbook")
    file.name = "inventory.xlsx"
    consultant.post(URL, {"file": file})
    job = run(tasks.preview_import)
    assert job.state == State.FAILED
    assert job.message.endswith(".")
    assert consultant.get(InventoryImport.objects.get().get_absolute_url()).status_code == 200


def test_texts_of_a_file_are_text_on_the_page(consultant, project):
    book = Workbook()
    book.active.append(["Name", "Kind", "<b>Odd</b>"])
    book.active.append(["<script>alert(1)</script>", "Landing page", "x"])
    row = upload(consultant, as_file(book))
    page = consultant.get(row.get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;Odd" in page


def test_a_cancelled_comparison_keeps_nothing_and_can_be_asked_again(consultant, project, asset):
    consultant.post(URL, {"file": exported(consultant, {("Home page", "Progress"): "Live"})})
    Job.objects.update(cancel_requested=True)
    assert run(tasks.preview_import).state == State.CANCELLED
    row = InventoryImport.objects.get()
    assert (row.summary, row.lines.count()) == ("", 0)
    consultant.post(f"{row.get_absolute_url()}columns/", {})
    assert run(tasks.preview_import).state == State.DONE
    row.refresh_from_db()
    assert row.summary.startswith("0 new, 1 changed")


def test_what_a_person_said_of_a_column_is_remembered_for_the_next_file(consultant, project):
    book = Workbook()
    book.active.append(["Seite", "Farbe"])
    book.active.append(["Start", "rot"])
    row = upload(consultant, as_file(book))
    assert row.counts["errors"] == 1
    at = {column["title"]: number for number, column in enumerate(row.columns)}
    said = {f"to-{at['Seite']}": "Name", f"to-{at['Farbe']}": "note", "default_kind": "landing_page", "to-99": "Name"}
    consultant.post(f"{row.get_absolute_url()}columns/", said)
    run(tasks.preview_import)
    row.refresh_from_db()
    assert row.summary.startswith("1 new, 0 changed")
    InventoryImport.objects.all().delete()
    again = upload(consultant, as_file(book))
    assert {column["title"]: column["to"] for column in again.columns} == {"Seite": "Name", "Farbe": "note"}


def test_errors_come_back_as_a_workbook_for_consultants_alone(consultant, client_person, project, asset):
    row = upload(consultant, exported(consultant, {("Home page", "Progress"): "finished"}))
    assert row.marked.name == "inventory to correct.xlsx"
    answer = consultant.get(row.marked.get_absolute_url())
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert [cell.comment.text for line in book["Pages"].iter_rows() for cell in line if cell.comment] == [
        "“finished” is none of the words; choose Not started, In progress, Built, Tested, Live."
    ]
    assert client_person.get(row.marked.get_absolute_url()).status_code == 404
    assert row.marked.delete_after is not None


def test_a_large_undo_goes_in_the_background_and_says_what_it_kept(consultant, project, asset, monkeypatch):
    monkeypatch.setattr("apps.assets.views.UNDO_IN_THE_BACKGROUND", 0)
    row = upload(consultant, exported(consultant, {("Home page", "Progress"): "Live"}))
    write(consultant, row)
    asset.refresh_from_db()
    services.change_asset(asset, by=None, version=asset.version, notes="since")
    consultant.post(f"/projects/move/inventory/bulk/{Batch.objects.get().pk}/undo/")
    job = run(tasks.undo_batch, times=3)
    assert (job.state, job.message) == (State.DONE, "Taken back, except Home page: edited since.")


def test_a_large_inventory_is_exported_in_the_background(consultant, client_person, project, asset, monkeypatch):
    from apps.assets import exporting

    monkeypatch.setattr(exporting, "LARGE", 0)
    answer = consultant.get("/projects/move/inventory/export.xlsx", follow=True).content.decode()
    assert "Write the whole inventory as XLSX" in answer
    answer = client_person.post("/projects/move/inventory/exports/xlsx/", follow=True)
    assert "Export the inventory as XLSX" in answer.content.decode()
    job = run(tasks.export_all)
    assert (job.state, job.message) == (State.DONE, "1 assets.")
    book = load_workbook(io.BytesIO(b"".join(client_person.get(job.result_url).streaming_content)))
    assert "Accounts" not in book.sheetnames
    assert "Notes" not in [cell.value for cell in book["Pages"][1]]
