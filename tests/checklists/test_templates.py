"""A consultancy's templates: begun, edited, published, compared, put away."""

import tomllib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.checklists.builtin import four_phases
from apps.checklists.copying import begin_plan
from apps.checklists.models import PlanTemplate
from apps.checklists.template_files import as_data, fingerprints, write_file
from tests import factories
from tests.checklists.test_plan import published, two_phases
from tests.factories_checklists import item, waits

LIST = "/consultancies/north-star/templates/"


@pytest.fixture
def row(organisation):
    return PlanTemplate.objects.create(organisation=organisation, name="Webinar move", draft=two_phases())


@pytest.fixture
def url(row):
    return f"{LIST}{row.pk}/"


def draft(row):
    return PlanTemplate.objects.get(pk=row.pk).template


def item_form(row, key, **typed):
    item = next(one for one in draft(row).items if one.key == key)
    values = {"title": item.title, "guidance": item.guidance, "phase": item.phase, "section": item.section,
              "who": item.who, "evidence": item.evidence, "days": abs(item.days),
              "counted": "after" if item.days < 0 else "before", "fact": item.fact, "waits_for": list(item.waits_for),
              "seen": fingerprints(draft(row))[key]}  # fmt: skip
    flags = {name: "on" for name in ("client_sees", "needs_approval", "essential") if getattr(item, name)}
    return values | flags | typed


def test_a_copy_of_the_built_in_template_is_begun_edited_published_and_chosen_for_a_project(owner, consultant, project):
    answer = owner.post(f"{LIST}new/", {"name": " Webinar  move ", "begin": "builtin"})
    row = PlanTemplate.objects.get(name="Webinar move")
    assert answer.url == f"{LIST}{row.pk}/edit/"
    assert len(draft(row).items) == len(four_phases().items)
    page = owner.get(answer.url).content.decode()
    assert "Not published yet" in page
    seen = page_seen(owner, f"{LIST}{row.pk}/publish/")
    assert owner.post(f"{LIST}{row.pk}/publish/", {"note": "", "seen": seen}).status_code == 422
    assert owner.post(f"{LIST}{row.pk}/publish/", {"note": "The first", "seen": seen}).status_code == 302
    version = row.versions.get()
    assert f'<option value="{version.pk}">Webinar move, version 1' in consultant.get("/new-project/").content.decode()
    form = {"organisation": project.organisation.pk, "client": "New Client", "sources": ["mailchimp"],
            "target": "kartra", "time_zone": "UTC", "go_live": "2027-06-01T20:00", "started_on": "2027-01-01",
            "hold_days": "7", "keep_days": "30", "template": version.pk}  # fmt: skip
    answer = consultant.post("/new-project/", form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    begun = project.organisation.projects.get(client="New Client")
    assert begun.plan.version == version
    assert begun.items.count() == len(four_phases().items)


def page_seen(browser, url):
    return browser.get(url).content.decode().split('name="seen" value="')[1].split('"')[0]


def test_the_list_shows_ones_own_and_the_built_in_one_and_only_owners_may_edit(row, url, owner, consultant):
    mine, theirs = owner.get(LIST).content.decode(), consultant.get(LIST).content.decode()
    for page in (mine, theirs):
        assert four_phases().name in page
        assert "Webinar move" in page
    assert f"{url}edit/" in mine
    assert f"{url}edit/" not in theirs
    assert "New template" not in theirs


def test_an_item_is_added_changed_duplicated_deleted_and_put_back(row, url, owner):
    form = {"title": "Say thanks", "phase": 2, "section": "Goals", "who": "consultant", "days": 3, "counted": "after",
            "waits_for": ["c"], "guidance": "One\r\nTwo"}  # fmt: skip
    assert owner.post(f"{url}edit/new-item/", form).url == f"{url}edit/#item-say-thanks"
    added = draft(row).items[-1]
    assert (added.days, added.guidance, added.waits_for) == (-3, "One\nTwo", ("c",))
    owner.post(f"{url}edit/items/b/", item_form(row, "b", title="Write everything down", days=12))
    assert [(item.key, item.title, item.days) for item in draft(row).items][1] == ("b", "Write everything down", 12)
    owner.post(f"{url}edit/items/b/act/", {"act": "duplicate"})
    assert [item.title for item in draft(row).items][2] == "Write everything down (copy)"
    owner.post(f"{url}edit/items/a/act/", {"act": "delete", "seen": fingerprints(draft(row))["a"]})
    assert "a" not in fingerprints(draft(row))
    assert draft(row).items[0].waits_for == ()
    owner.post(f"{url}edit/put-back/", {"key": "a"})
    assert draft(row).items[0].key == "a"
    assert draft(row).items[1].waits_for == ("a",)


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        ("a", {"waits_for": ["b"]}, "wait for one another: “Look around”, “Write it down”"),
        ("b", {"days": 40}, "It would be due before “Look around”"),
        ("a", {"days": 2}, "“Write it down” waits for this and would be due before it"),
        ("b", {"counted": "start"}, "It is counted from the start, but waits for “Look around”"),
        ("a", {"days": 1001}, "1000"),
        ("a", {"fact": "moon.full"}, "moon.full"),
        ("a", {"evidence": "check"}, "The system ticks this only by a fact"),
        ("a", {"title": "x" * 161}, "160"),
        ("a", {"title": " "}, "Fill this in"),
        ("a", {"who": "client"}, "so let him see it"),
        ("a", {"waits_for": ["zzz"]}, "zzz"),
    ],
)
def test_what_could_not_be_followed_is_not_saved_and_the_typed_text_stays(row, url, owner, key, typed, words):
    before = draft(row)
    answer = owner.post(f"{url}edit/items/{key}/", item_form(row, key, guidance="Half an hour of typing") | typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Half an hour of typing" in page
    assert draft(row) == before


def test_the_second_of_two_people_sees_both_texts(row, url, owner):
    first, second = item_form(row, "a", title="Theirs"), item_form(row, "a", title="Mine")
    owner.post(f"{url}edit/items/a/", first)
    answer = owner.post(f"{url}edit/items/a/", second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert "Mine" in page
    assert draft(row).items[0].title == "Theirs"
    other = owner.post(f"{url}edit/items/b/", item_form(row, "b", title="Another item"))
    assert other.status_code == 302
    assert owner.post(f"{url}edit/items/a/act/", {"act": "delete", "seen": first["seen"]}).status_code == 409
    owner.post(f"{url}edit/items/a/act/", {"act": "delete", "seen": fingerprints(draft(row))["a"]})
    assert owner.post(f"{url}edit/items/a/act/", {"act": "up"}).status_code == 409
    assert owner.post(f"{url}edit/items/a/", second).status_code == 404


def test_phases_and_sections_are_renamed_moved_added_and_removed_when_empty(row, url, owner):
    def act(**typed):
        return owner.post(f"{url}edit/outline/", typed)

    act(act="add", name=" Rest ")
    act(act="rename", phase="Look", name="Look twice")
    act(act="up", phase="Move")
    assert draft(row).phases == ("Move", "Look twice", "Rest")
    assert {item.key: item.phase for item in draft(row).items} == {"a": 2, "b": 2, "c": 1}
    refused = act(act="remove", phase="Move")
    assert refused.status_code == 422
    assert "still has items" in refused.content.decode()
    act(act="remove", phase="Rest")
    assert draft(row).phases == ("Move", "Look twice")
    act(act="rename", phase="Move", section="Goals", name="Words")
    assert draft(row).items[0].section == "Words"
    assert "same name" in act(act="rename", phase="Move", name="look TWICE").content.decode()
    assert act(act="rename", phase="Gone", name="x").status_code == 409
    assert act(act="rename", phase="Move", section="Gone", name="x").status_code == 409


def test_publishing_twice_says_that_nothing_changed_and_never_publishes_what_was_not_seen(row, url, owner):
    seen = page_seen(owner, f"{url}publish/")
    owner.post(f"{url}edit/items/a/", item_form(row, "a", title="Changed since"))
    answer = owner.post(f"{url}publish/", {"note": "Why", "seen": seen})
    assert answer.status_code == 409
    assert "Why" in answer.content.decode()
    assert not row.versions.exists()
    seen = page_seen(owner, f"{url}publish/")
    owner.post(f"{url}publish/", {"note": "Why", "seen": seen})
    again = owner.post(f"{url}publish/", {"note": "Why", "seen": seen})
    assert "Nothing has changed since version 1" in again.content.decode()
    assert row.versions.count() == 1


def test_any_two_versions_are_compared_item_by_item(row, url, organisation, consultant):
    published(organisation)
    changed = two_phases()
    changed["items"][0]["title"] = "Look everywhere"
    changed["items"].pop()
    published(organisation, changed, 2)
    page = consultant.get(f"{url}compare/?old=1&new=2").content.decode()
    assert [words in page for words in ("Look around", "Look everywhere", "Items gone", "Agree")] == [True] * 4
    assert "Nothing differs" in consultant.get(f"{url}compare/?old=2&new=2").content.decode()
    assert consultant.get(f"{url}compare/?old=1&new=7").status_code == 404


def test_a_template_travels_as_a_file_and_a_bad_one_is_refused_at_the_field(row, url, owner, organisation):
    published(organisation)
    file = owner.get(f"{url}versions/1/file/")
    assert tomllib.loads(file.content.decode())["name"] == "Webinar move"
    upload = {"name": "Copy", "begin": "file", "file": SimpleUploadedFile("t.toml", file.content)}
    assert owner.post(f"{LIST}new/", upload).status_code == 302
    assert PlanTemplate.objects.get(name="Copy").draft == as_data(row.template)
    for content, words in ((b"\xff", "UTF-8"), (b'name = "x"', "Name the phases"), (b"", "Choose a file|empty")):
        bad = owner.post(f"{LIST}new/", {"name": "Bad", "begin": "file", "file": SimpleUploadedFile("t.toml", content)})
        assert bad.status_code == 422
        assert any(word in bad.content.decode() for word in words.split("|"))
    taken = owner.post(f"{LIST}new/", {"name": "WEBINAR move", "begin": "empty"})
    assert "has this name" in taken.content.decode()
    seen = page_seen(owner, f"{url}edit/replace/")
    whole = SimpleUploadedFile("t.toml", write_file(four_phases()).encode())
    assert owner.post(f"{url}edit/replace/", {"file": whole, "seen": seen}).status_code == 302
    assert len(draft(row).items) == len(four_phases().items)
    whole.seek(0)
    assert owner.post(f"{url}edit/replace/", {"file": whole, "seen": seen}).status_code == 409


def test_only_what_nobody_uses_is_deleted_and_the_archive_hides_it_from_new_projects(row, url, owner, project):
    version = published(project.organisation)
    begin_plan(project, version, by=None)
    owner.post(f"{url}delete/")
    assert PlanTemplate.objects.filter(pk=row.pk).exists()
    owner.post(f"{url}archive/", {"act": "archive"}, follow=True)
    assert "Webinar move" not in owner.get("/new-project/").content.decode()
    assert "Archived (1)" in owner.get(LIST).content.decode()
    owner.post(f"{url}archive/", {"act": "restore"}, follow=True)
    assert "Webinar move" in owner.get("/new-project/").content.decode()
    project.delete()
    owner.post(f"{url}delete/")
    assert not PlanTemplate.objects.filter(pk=row.pk).exists()


def test_another_consultancys_template_is_not_there(row, url, owner, foreign, stranger):
    other = PlanTemplate.objects.create(organisation=foreign.organisation, name="Theirs", draft=two_phases())
    assert owner.get(f"{LIST}{other.pk}/").status_code == 404
    assert owner.post(f"{LIST}{other.pk}/edit/items/a/act/", {"act": "up"}).status_code == 404
    version = published(foreign.organisation, name="Theirs")
    form = {"template": version.pk, "client": "X", "organisation": factories.organisation().pk}
    assert "Theirs" not in owner.post("/new-project/", form).content.decode()


def test_a_plan_is_kept_as_a_template_with_dates_that_can_be(project, owner):
    begin_plan(project, published(project.organisation), by=None)
    early = item(project, title="Too early", days=50)
    waits(early, project.items.get(key="b"))
    item(project, title="Not here", days=5, state="not_applicable")
    answer = owner.post("/projects/move/checklist/keep/", {"name": "As for Sunrise"})
    row = PlanTemplate.objects.get(name="As for Sunrise")
    assert answer.url == f"{LIST}{row.pk}/edit/"
    found = {one.title: one for one in row.template.items}
    assert found.keys() == {"Look around", "Write it down", "Agree", "Too early"}
    assert found["Too early"].days == 20
    assert found["Too early"].waits_for == ("b",)
    assert "“Too early”" in owner.get(answer.url).content.decode()
    assert owner.post("/projects/move/checklist/keep/", {"name": "as for sunrise"}).status_code == 422


def test_guidance_is_shown_as_it_reads_and_can_do_no_harm(consultant, project):
    text = (
        "**Bold**\n\n- one\n- two\n\n<script>alert(1)</script> [x](javascript:alert(1)) [y](data:text/html;base64,x) "
    )
    text += '[ok](https://e.example "t") ![p](https://e.example/p.png) <img src=x onerror=alert(1)> # no'
    shown = [
        consultant.post("/guidance-preview/", {"guidance": text}).content.decode(),
        consultant.get(f"/projects/move/checklist/{item(project, guidance=text).pk}/").content.decode(),
    ]
    for page in shown:
        assert "<strong>Bold</strong>" in page
        assert "<li>one</li>" in page
        assert '<a href="https://e.example" title="t" rel="noopener noreferrer nofollow">ok</a>' in page
        part = page.split("<strong>Bold")[1].split("ok</a>")[0]
        assert "<script" not in part
        assert 'href="javascript' not in page
        assert 'href="data' not in page
        assert "<img src=x" not in page
        assert "<img" not in page.split("ok</a>")[1][:200]
