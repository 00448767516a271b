"""A consultancy's own kinds, the fields of a kind in forms and cells, columns, saved views, groups and trees."""

import pytest

from apps.assets.kinds import Field, builtin
from apps.assets.models import Asset, OwnKind, SavedView
from apps.projects.models import Activity
from engine.spreadsheets.cells import CellError

KINDS = "/consultancies/north-star/kinds/"
TABLE = "/projects/move/inventory/"
FIELDS = {"current_status": "active", "required_status": "", "progress": "not_started", "client_sees": "on"}


def table(client, **query):
    return client.get(TABLE, query).content.decode()


def make_kind(client, text="Slots: number\nSize: choice Small, Large\nNext visit: date", label="Vending machine"):
    return client.post(
        KINDS, {"label": label, "family": "other", "hours": "2", "fields_text": text, "capture": ["words"]}
    )


def test_a_consultancys_own_kind_is_used_like_any_other(consultant, project):
    assert make_kind(consultant).status_code == 302
    kind = OwnKind.objects.get()
    data = FIELDS | {"name": "In the hall", "kind": kind.key, "x_own_slots": "1,200", "x_own_size": "Large",
                     "x_own_next_visit": "2026-12-24"}  # fmt: skip
    assert consultant.post(f"{TABLE}new/", data).status_code == 302
    asset = project.assets.get()
    assert asset.extra == {"own_slots": "1200", "own_size": "Large", "own_next_visit": "2026-12-24"}
    drawer = consultant.get(asset.get_absolute_url()).content.decode()
    assert "Vending machine" in drawer
    assert "Next visit" in drawer
    assert "Vending machine" in table(consultant)


def test_another_consultancys_kind_is_no_kind_here(consultant, project, foreign):
    kind = OwnKind.objects.create(organisation=foreign.organisation, label="Theirs", family="other")
    answer = consultant.post(f"{TABLE}new/", FIELDS | {"name": "X", "kind": kind.key})
    assert answer.status_code == 422
    assert "Theirs" not in consultant.get(f"{TABLE}new/").content.decode()
    assert consultant.get(f"{KINDS}{kind.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("text", "words"),
    [("Size: choice Small", "at least two words"), ("Age: years", "is no type"), (": text", "before the colon"),
     ("A: text\na: number", "Two fields are called"), ("Notes: text", "has “Notes” already"),
     ("\n".join(f"F{n}: text" for n in range(30)), "at most 20 fields")],
)  # fmt: skip
def test_fields_that_cannot_be_are_told_and_the_text_stays(consultant, project, text, words):
    answer = make_kind(consultant, text)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not OwnKind.objects.exists()


@pytest.mark.parametrize("label", ["Landing page", "landing PAGE"])
def test_a_kind_has_a_name_of_its_own(consultant, project, label):
    assert make_kind(consultant, label=label).status_code == 422


def test_a_field_keeps_what_was_said_when_its_order_or_type_changes(consultant, project):
    make_kind(consultant)
    kind = OwnKind.objects.get()
    Asset.objects.create(project=project, name="A", kind=kind.key, extra={"own_slots": "12"})
    data = {"label": kind.label, "family": "other", "fields_text": "Colour: text\nSlots: text"}
    consultant.post(f"{KINDS}{kind.pk}/", data)
    kind.refresh_from_db()
    assert [one["key"] for one in kind.fields] == ["own_colour", "own_slots"]
    assert "12" in consultant.get(project.assets.get().get_absolute_url()).content.decode()


def test_a_kind_in_use_is_not_deleted(consultant, project):
    make_kind(consultant)
    kind = OwnKind.objects.get()
    asset = Asset.objects.create(project=project, name="A", kind=kind.key)
    consultant.post(f"{KINDS}{kind.pk}/delete/")
    assert OwnKind.objects.exists()
    Asset.objects.filter(pk=asset.pk).update(kind="tag")
    consultant.post(f"{KINDS}{kind.pk}/delete/")
    assert not OwnKind.objects.exists()


@pytest.mark.parametrize(
    ("type_", "text", "kept"),
    [("number", "1.200,5", "1200.5"), ("money", "$49.90", "49.9"), ("yes", "JA", "yes"), ("day", "5 Mar 2026", "2026-03-05"),
     ("moment", "2026-03-05T22:00", "2026-03-05 22:00"), ("choice", "b", "B"), ("text", "  x ", "x"), ("long", "a\r\nb", "a\nb")],
)  # fmt: skip
def test_a_field_reads_what_people_write(type_, text, kept):
    field = Field("k", "K", type_, ("A", "B"))
    assert field.read(text) == kept
    assert field.read(kept) == kept
    assert field.read("") == ""


@pytest.mark.parametrize(
    ("type_", "text"),
    [("number", "many"), ("number", "-1"), ("number", "1e99"), ("money", "1.239"), ("money", "9" * 30), ("yes", "maybe"),
     ("day", "02/03/2026"), ("moment", "2026-01-01 25:00"), ("choice", "C"), ("text", "x" * 301), ("number", "NaN")],
)  # fmt: skip
def test_a_field_refuses_what_it_cannot_mean(type_, text):
    with pytest.raises(CellError, match=r"\.$"):
        Field("k", "K", type_, ("A", "B")).read(text)


def test_every_builtin_field_has_a_type_and_no_kind_a_header_twice():
    from apps.assets.columns import BY_HEADER, TECHNICAL

    for kind in builtin().kinds.values():
        labels = [field.label for field in kind.fields]
        assert len(labels) == len(set(labels))
        assert not {*labels} & {*BY_HEADER, *TECHNICAL}
        assert kind.capture == () or set(kind.capture) <= set(builtin().captures)
        assert set(kind.holds) <= set(builtin().kinds)


# --- cells ------------------------------------------------------------------------------------------------------------


def test_a_field_of_the_kind_is_a_cell_with_its_history_and_an_undo(consultant, project):
    asset = Asset.objects.create(project=project, name="Plan", kind="product", extra={"price": "49"})
    assert 'x_price/"' in table(consultant, kind="product")
    cell = f"{asset.get_absolute_url()}cell/x_price/"
    answer = consultant.post(f"{cell}?kind=product", {"x_price": "59.50", "version": 1}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "59.5" in text
    assert 'value="49"' in text
    assert "undo" in text
    asset.refresh_from_db()
    assert asset.extra == {"price": "59.5"}
    assert Activity.objects.about(asset).get().changes == {"Price": ["49", "59.5"]}
    assert "was 49, changed by" in consultant.get(cell, headers={"HX-Request": "true"}).content.decode()
    consultant.post(cell, {"x_price": "49", "version": 2})
    asset.refresh_from_db()
    assert asset.extra == {"price": "49"}


def test_a_bad_value_in_a_cell_is_told_and_a_stale_one_shows_both(consultant, owner, project):
    asset = Asset.objects.create(project=project, name="Plan", kind="product", extra={"price": "49"})
    cell = f"{asset.get_absolute_url()}cell/x_price/"
    answer = consultant.post(cell, {"x_price": "a lot", "version": 1}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "is no number" in answer.content.decode()
    owner.post(cell, {"x_price": "59", "version": 1})
    answer = consultant.post(cell, {"x_price": "69", "version": 1}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "59" in answer.content.decode()
    assert "69" in answer.content.decode()


def test_the_fields_follow_the_kind_while_the_form_is_filled_in(consultant, project):
    text = consultant.get(f"{TABLE}fields/", {"kind": "payment_gateway"}).content.decode()
    assert "Webhooks to re-point" in text
    assert text.lstrip().startswith('<div id="kind-fields"')
    assert "x_" not in consultant.get(f"{TABLE}fields/", {"kind": "nonsense"}).content.decode()


def test_fields_of_another_kind_are_kept_when_the_kind_changes(consultant, project):
    asset = Asset.objects.create(
        project=project, name="Plan", kind="product", extra={"price": "49", "gateway": "Stripe"}
    )
    data = FIELDS | {"name": "Plan", "kind": "tag", "version": 1, "x_maps_to": "plan"}
    consultant.post(f"{asset.get_absolute_url()}edit/", data)
    asset.refresh_from_db()
    assert asset.extra == {"price": "49", "gateway": "Stripe", "maps_to": "plan"}


# --- columns, views, groups, trees ------------------------------------------------------------------------------------


def test_columns_are_chosen_per_person_and_can_be_the_usual_ones_again(consultant, owner, project):
    Asset.objects.create(project=project, name="A", kind="tag", new_url="https://new.example/")
    consultant.post(f"{TABLE}columns/", {"column": ["new_url", "nonsense", "client_sees"], "save": "yes"})
    assert "https://new.example/" in table(consultant)
    assert 'data-label="Progress"' not in table(consultant)
    assert 'data-label="Progress"' in table(owner)
    consultant.post(f"{TABLE}columns/", {"usual": "yes"})
    assert 'data-label="Progress"' in table(consultant)


def test_a_client_cannot_choose_an_internal_column(client_person, project):
    Asset.objects.create(project=project, name="A", kind="tag", effort_hours=31)
    client_person.post(f"{TABLE}columns/", {"column": ["effort_hours", "client_sees"], "save": "yes"})
    assert "31.0" not in table(client_person)
    assert ">31<" not in table(client_person)
    assert SavedView.objects.get().columns == []


def test_a_view_keeps_filters_and_columns_under_a_name(consultant, owner, project):
    Asset.objects.create(project=project, name="Kept", kind="product")
    Asset.objects.create(project=project, name="Filtered out", kind="tag")
    consultant.post(f"{TABLE}columns/", {"column": ["last_used"], "save": "yes"})
    answer = consultant.post(
        f"{TABLE}views/",
        {
            "name": "Products",
            "query": "kind=product&sort=-revenue&page=3&evil=1",
            "is_shared": "on",
            "columns": "last_used,nonsense",
        },
    )
    view = SavedView.objects.get(name="Products")
    assert view.query == "kind=product&sort=-revenue"
    text = owner.get(answer.headers["Location"]).content.decode()
    assert "Filtered out" not in text
    assert 'data-label="Last used"' in text
    assert 'data-label="Progress"' not in text
    owner.post(f"{TABLE}views/{view.pk}/delete/")
    assert SavedView.objects.filter(name="Products").exists()
    consultant.post(f"{TABLE}views/{view.pk}/delete/")
    assert not SavedView.objects.filter(name="Products").exists()


def test_a_shared_view_is_for_colleagues_not_for_clients(consultant, client_person, project):
    consultant.post(f"{TABLE}views/", {"name": "Margins", "query": "sort=-revenue", "is_shared": "on"})
    client_person.post(f"{TABLE}views/", {"name": "Mine", "query": "", "is_shared": "on"})
    assert "Margins" not in table(client_person)
    assert "Mine" not in table(consultant)


def test_a_view_without_a_name_is_told(consultant, project):
    answer = consultant.post(f"{TABLE}views/", {"name": "", "query": "kind=tag"}, follow=True)
    assert "Give the view a name" in answer.content.decode()


@pytest.mark.parametrize(
    ("group", "labels"), [("kind", ["Product", "Tag"]), ("required_status", ["Undecided", "Archive"])]
)
def test_groups_are_named_and_counted(consultant, project, group, labels):
    for number in range(3):
        Asset.objects.create(project=project, name=f"P{number}", kind="product")
    Asset.objects.create(project=project, name="T", kind="tag", required_status="archive")
    text = table(consultant, group=group)
    rows = [part.split("</tr>")[0] for part in text.split('<tr class="group-row">')[1:]]
    assert [(label in row, str(count) in row) for label, count, row in zip(labels, (3, 1), rows, strict=True)] == [
        (True, True)
    ] * 2


def test_a_tree_speaks_the_targets_words(consultant, project):
    course = Asset.objects.create(project=project, name="Training", kind="course")
    part = Asset.objects.create(project=project, name="Anatomy", kind="course_part", parent=course)
    Asset.objects.create(project=project, name="Spine", kind="course_part", parent=part)
    Asset.objects.create(project=project, name="Alone", kind="tag")
    text = table(consultant, group="tree")
    assert "Alone" not in text
    order = [text.index(name) for name in ("Training", "Anatomy", "Spine")]
    assert order == sorted(order)
    assert [word in text for word in ("Membership", "Category", "Subcategory")] == [True] * 3
    assert "depth-2" in text


def test_a_tree_shows_a_client_only_what_he_sees(client_person, project):
    course = Asset.objects.create(project=project, name="Training", kind="course")
    Asset.objects.create(project=project, name="Margin", kind="course_part", parent=course, client_sees=False)
    assert "Margin" not in table(client_person, group="tree")


def test_a_deleted_asset_comes_back_with_the_undo_and_goes_for_good_after_a_month(consultant, project):
    from datetime import timedelta

    from django.utils import timezone

    from apps.assets import services

    asset = Asset.objects.create(project=project, name="Home", kind="tag")
    answer = consultant.post(f"{asset.get_absolute_url()}delete/", {"confirm_name": "Home"})
    assert "Take it back" in consultant.get(answer.headers["Location"]).content.decode()
    assert consultant.get(asset.get_absolute_url()).status_code == 404
    assert services.sweep_deleted() == 0
    consultant.post(f"{TABLE}bulk/{project.asset_batches.get().pk}/undo/")
    assert project.assets.get() == asset
    services.delete_asset(asset, by=None)
    Asset._base_manager.update(deleted_at=timezone.now() - timedelta(days=31))
    assert services.sweep_deleted() == 1
    assert not Asset._base_manager.exists()


def test_the_column_of_parents_names_no_internal_parent(client_person, consultant, project):
    parent = Asset.objects.create(project=project, name="Our margin", kind="funnel", client_sees=False)
    Asset.objects.create(project=project, name="Page", kind="tag", parent=parent)
    for browser, is_named in ((consultant, True), (client_person, False)):
        browser.post(f"{TABLE}columns/", {"column": ["parent"], "save": "yes"})
        text = table(browser, q="Page")
        assert ("Our margin" in text) == is_named


def test_no_field_stands_twice_in_a_form(consultant, project):
    import re

    asset = Asset.objects.create(project=project, name="Page", kind="sales_page", extra={"traffic": "5"})
    for url in (f"{TABLE}new/?kind=sales_page", f"{asset.get_absolute_url()}edit/"):
        text = consultant.get(url).content.decode()
        form = text[text.index("data-kind-fields") : text.index("</form>", text.index("data-kind-fields"))]
        names = re.findall(r' name="([a-z_]+)"', form)
        assert len(names) == len(set(names))
        assert {"name", "kind", "version", "x_traffic"} <= set(names)


def test_a_saved_row_has_the_columns_of_its_table(consultant, project):
    parent = Asset.objects.create(project=project, name="Course", kind="course")
    asset = Asset.objects.create(project=project, name="Part", kind="course_part", parent=parent)
    cell = f"{asset.get_absolute_url()}cell/progress/"
    for query in ("kind=course_part", "group=tree", ""):
        page = consultant.get(f"{TABLE}?{query}").content.decode()
        row = page[page.index(f'<tr id="asset-{asset.pk}"') :].split("</tr>")[0]
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{TABLE}?{query}"}
        saved = consultant.get(cell, {"row": "1"}, headers=headers).content.decode()
        assert saved.count("<td") == row.count("<td")
        assert ("depth-1" in saved) == ("depth-1" in row)


def test_an_own_field_called_like_a_builtin_one_is_that_one(consultant, project):
    make_kind(consultant, "price: text\nSlots: number")
    assert [one["label"] for one in OwnKind.objects.get().fields] == ["Price", "Slots"]


def test_a_bulk_decision_answers_the_question_and_stands_in_the_history(consultant, client_person, project):
    asset = Asset.objects.create(project=project, name="Page", kind="tag")
    client_person.post(f"{TABLE}decisions/{asset.pk}/ask/", {"question": "Why?"})
    consultant.post(f"{TABLE}bulk/", {"ids": [asset.pk], "set": "required_status=archive"})
    asset.refresh_from_db()
    assert asset.asked_at is None
    line = Activity.objects.about(asset).first()
    assert line.changes == {"Required status": ["Undecided", "Archive"]}
    answer = client_person.post(f"{TABLE}decisions/{asset.pk}/ask/", {}, follow=True)
    assert "has been decided meanwhile" in answer.content.decode()


def test_parts_of_what_is_gone_or_hidden_are_still_in_the_tree(consultant, client_person, project):
    gone = Asset.objects.create(project=project, name="Gone", kind="course")
    hidden = Asset.objects.create(project=project, name="Hidden", kind="course", client_sees=False)
    Asset.objects.create(project=project, name="Orphan", kind="course_part", parent=gone)
    Asset.objects.create(project=project, name="Below hidden", kind="course_part", parent=hidden)
    consultant.post(f"{gone.get_absolute_url()}delete/", {"confirm_name": "Gone"})
    assert "Orphan" in table(consultant, group="tree")
    text = table(client_person, group="tree")
    assert "Below hidden" in text
    assert ">Hidden<" not in text
