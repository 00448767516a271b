"""Many at once, and back again."""

from apps.assets.models import Asset, Batch

URL = "/projects/move/inventory/bulk/"


def made(project, count=3):
    return [Asset.objects.create(project=project, name=f"Page {number}", kind="other_page") for number in range(count)]


def statuses(project):
    return sorted(project.assets.values_list("required_status", flat=True))


def test_the_selected_change_and_can_be_taken_back(consultant, project):
    rows = made(project)
    consultant.post(URL, {"ids": [rows[0].pk, rows[1].pk], "set": "required_status=archive"})
    assert statuses(project) == ["", "archive", "archive"]
    batch = Batch.objects.get()
    assert "Take it back" in consultant.get("/projects/move/inventory/", {"batch": batch.pk}).content.decode()
    for _ in range(2):
        consultant.post(f"{URL}{batch.pk}/undo/")
    assert statuses(project) == ["", "", ""]


def test_all_that_match_the_filter_change(consultant, project):
    made(project, 60)
    Asset.objects.create(project=project, name="Checkout", kind="checkout_page")
    consultant.post(f"{URL}?kind=other_page", {"all": "yes", "set": "progress=built"})
    assert project.assets.filter(progress="built").count() == 60


def test_taking_back_keeps_what_was_edited_since_and_names_it(consultant, project):
    rows = made(project)
    consultant.post(URL, {"ids": [row.pk for row in rows], "set": "required_status=archive"})
    cell = f"/projects/move/inventory/{rows[0].pk}/cell/required_status/"
    consultant.post(cell, {"required_status": "rebuild", "version": 2})
    answer = consultant.post(f"{URL}{Batch.objects.get().pk}/undo/", follow=True)
    assert statuses(project) == ["", "", "rebuild"]
    assert "except Page 0" in answer.content.decode()


def test_an_edit_from_before_the_bulk_change_is_stale(consultant, project):
    (row,) = made(project, 1)
    consultant.post(URL, {"ids": [row.pk], "set": "required_status=archive"})
    cell = f"/projects/move/inventory/{row.pk}/cell/required_status/"
    assert consultant.post(cell, {"required_status": "rebuild", "version": 1}).status_code == 409


def test_rows_of_other_projects_are_not_touched(consultant, project, sibling):
    other = Asset.objects.create(project=sibling, name="Theirs", kind="other_page")
    (mine,) = made(project, 1)
    consultant.post(URL, {"ids": [mine.pk, other.pk], "set": "required_status=archive"})
    other.refresh_from_db()
    assert other.required_status == ""


def test_nonsense_changes_nothing(consultant, project):
    rows = made(project)
    for data in (
        {"ids": ["x", "٣", "9" * 30], "set": "required_status=archive"},
        {"ids": [rows[0].pk], "set": "required_status=maybe"},
        {"ids": [rows[0].pk], "set": "project=1"},
        {"ids": [rows[0].pk]},
        {},
    ):
        assert consultant.post(URL, data).status_code == 302
    assert statuses(project) == ["", "", ""]
    assert not Batch.objects.exists()
