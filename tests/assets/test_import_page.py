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
