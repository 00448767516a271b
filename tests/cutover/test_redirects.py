"""Redirects of a project: out of the inventory and out of files, changed, asked of real servers, told as facts."""

import io
import zipfile
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape

from apps.assets.models import Asset
from apps.cutover import redirect_standing, redirecting, tasks
from apps.cutover.models import Redirect
from apps.findings.models import Fact
from apps.jobs.models import Job, State
from engine.redirects.checking import MADE_UP
from engine.spreadsheets import open_table
from tests.engine.redirects.test_checking import server

A, B = "https://old.example.org", "https://new.example.com"
HERE = "/projects/move/cutover/redirects/"


def page(project, name, url=f"{A}/a", status="rebuild", **more):
    return Asset.objects.create(
        project=project, name=name, kind="landing_page", url=url, required_status=status, **more
    )


def line(project, old="/a", new="/a", **more):
    return Redirect.objects.create(project=project, old=A + old, new=B + new if new else "", **more)


def told(project, key="prepared"):
    fact = Fact.objects.filter(project=project, key=f"cutover.redirects_{key}").first()
    return fact and (fact.verdict, fact.reason)


def kept(project, rows, said, *, is_after):
    """One round of answers in the list."""
    done = redirecting.keep_answers(project, rows, said, is_after=is_after, started_at=timezone.now())
    return redirecting.close_round(project, done)


def do(job):
    """What a worker does with the newest job of this kind."""
    row = Job.objects.filter(task=job.name).latest("pk")
    job.run(row.pk)
    row.refresh_from_db()
    return row


def test_decided_pages_of_the_inventory_get_a_line_each(project, consultant):
    page(project, "Moves", new_url=f"{B}/a")
    page(project, "No target yet", f"{A}/b")
    page(project, "Archived", f"{A}/c", "archive", new_url=f"{B}/never")
    page(project, "Stays where it is", f"{A}/d", new_url=f"{A}/d")
    page(project, "Undecided", f"{A}/e", "")
    assert "3 decided pages" in consultant.get(HERE).content.decode()
    consultant.post(f"{HERE}bring-in/")
    assert list(Redirect.objects.values_list("old", "new", "code")) == [
        (f"{A}/c", "", "redirects.open"), (f"{A}/a", f"{B}/a", ""), (f"{A}/b", "", "redirects.open")
    ]  # fmt: skip
    assert told(project) == ("not_ready", "2 redirects have an error or no target.")
    consultant.post(f"{HERE}bring-in/")
    assert Redirect.objects.count() == 3


def test_a_new_address_is_written_to_the_asset_too(project, consultant):
    asset = page(project, "Sales page")
    row = line(project, new="", asset=asset)
    values = {"version": row.version, "old": f"{A}/a", "new": f"{B}/sales", "note": ""}
    assert consultant.post(f"{HERE}{row.pk}/", values).status_code == 302
    asset.refresh_from_db()
    assert asset.new_url == f"{B}/sales"
    assert "old URL" not in str(asset)


def test_two_people_at_one_line_lose_nothing(project, consultant):
    row = line(project)
    values = {"version": row.version, "old": f"{A}/a", "note": ""}
    assert consultant.post(f"{HERE}{row.pk}/", values | {"new": f"{B}/first"}).status_code == 302
    answer = consultant.post(f"{HERE}{row.pk}/", values | {"new": f"{B}/second"})
    assert answer.status_code == 409
    assert f"{B}/first" in answer.content.decode()
    assert f"{B}/second" in answer.content.decode()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"old": "", "new": f"{B}/a"}, "Fill this in"),
        ({"old": "/a", "new": f"{B}/a"}, "whole address"),
        ({"old": f"{A}/a", "new": ""}, "Give the new address, or mark"),
        ({"old": f"{A}/a", "new": f"{B}/a", "is_gone": "on"}, "leads nowhere"),
        ({"old": f"{A}/a", "new": f"{B}/*"}, "ends in /*"),
        ({"old": "javascript:alert(1)", "new": f"{B}/a"}, "whole address"),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_kept(values, sentence, consultant, project):
    answer = consultant.post(f"{HERE}new/", {"note": "kept text", "version": "1"} | values)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "kept text" in answer.content.decode()


def test_faults_of_the_list_stand_at_their_lines(project, consultant):
    consultant.post(f"{HERE}new/", {"old": f"{A}/a", "new": f"{A}/b", "note": ""})
    consultant.post(f"{HERE}new/", {"old": f"{A}/b", "new": f"{A}/a", "note": ""})
    assert set(Redirect.objects.values_list("code", flat=True)) == {"redirects.loop"}
    text = consultant.get(f"{HERE}?show=faulty").content.decode()
    assert "run in a circle" in text
    assert consultant.get(f"{HERE}file/nginx/").status_code == 302


@pytest.mark.parametrize("old", ["/", "/a", "/x" * 300])
def test_show_both_shows_the_lines_of_one_old_address_and_no_other(old, project, consultant):
    first = line(project, old)
    second = Redirect.objects.create(project=project, old=first.old.replace("https", "http"), new=f"{B}/b")
    line(project, f"{old}other")
    redirect_standing.settle(project)
    link = f"?same_as={second.pk}"
    assert f'href="{link}">Show both' in consultant.get(HERE).content.decode()
    assert list(consultant.get(HERE + link).context["page"]) == [first, second]
    assert first in consultant.get(HERE, {"q": first.old}).context["page"]
    assert "Nothing matches" in consultant.get(f"{HERE}?same_as=99999999").content.decode()


def test_a_file_is_read_in_the_background_and_can_be_taken_back(project, consultant):
    line(project, "/known", "/known")
    plain = A.replace("https", "http")  # the same place
    text = f"old,new,code\n{plain}/known,{B}/known,301\n{A}/x,{B}/x,301\n{A}/y,,410\n/z,{B}/z,301\nbroken\n".encode()
    answer = consultant.post(f"{HERE}import/", {"file": SimpleUploadedFile("list.csv", text)})
    assert answer.status_code == 302
    job = do(tasks.import_redirects)
    assert (job.state, job.message) == (State.DONE, "2 added, 1 known already, 2 not taken.")
    shown = consultant.get(HERE).content.decode()
    assert "Line 5" in shown
    assert "2 lines of list.csv could not be taken" in shown
    brought = project.redirect_imports.get()
    consultant.post(f"{HERE}import/{brought.pk}/take-back/")
    assert list(Redirect.objects.values_list("old", flat=True)) == [f"{A}/known"]
    assert consultant.post(f"{HERE}import/{brought.pk}/take-back/").status_code == 404


def test_pasted_lines_complete_their_paths(project, consultant):
    values = {"text": "/a\t/b\n/c\t/d\n", "old_site": A, "new_site": "new.example.com"}
    assert consultant.post(f"{HERE}import/", values).status_code == 302
    do(tasks.import_redirects)
    assert list(Redirect.objects.values_list("old", "new")) == [(f"{A}/a", f"{B}/b"), (f"{A}/c", f"{B}/d")]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + bytes(90), b"<html>no</html>", b"just words\n"])
def test_a_file_that_is_no_list_ends_in_a_sentence(content, project, consultant):
    consultant.post(f"{HERE}import/", {"file": SimpleUploadedFile("list.csv", content)})
    job = do(tasks.import_redirects)
    if job.state == State.DONE:
        assert "0 added" in job.message
    else:
        assert job.state == State.FAILED
        assert job.message.endswith(".")
        assert escape(job.message) in consultant.get(HERE).content.decode()
    assert consultant.get(HERE).status_code == 200


def test_neither_file_nor_lines_is_asked_for(consultant, project):
    assert "one of the two" in consultant.post(f"{HERE}import/", {}).content.decode()


@pytest.mark.parametrize("form", ["csv", "xlsx", "nginx", "apache", "cloudflare", "wordpress"])
def test_the_list_goes_out_in_every_form(form, project, consultant, tmp_path):
    line(project)
    line(project, "/=HYPERLINK(1)", "", is_gone=True)
    answer = consultant.get(f"{HERE}file/{form}/")
    assert answer["Content-Disposition"].startswith("attachment")
    if form == "xlsx":
        (tmp_path / "list.xlsx").write_bytes(answer.content)
        rows = [cells for _, cells in open_table(tmp_path / "list.xlsx")[0].rows()]
        assert rows[1][:3] == [f"{A}/a", f"{B}/a", 301]
    else:
        assert b"example" in answer.content
    assert consultant.get(f"{HERE}file/exe/").status_code == 404


def test_wordpress_which_knows_no_hosts_gets_a_file_for_each_of_them(project, consultant):
    line(project)
    assert b"/a,https://new.example.com/a" in consultant.get(f"{HERE}file/wordpress/").content
    Redirect.objects.create(project=project, old="https://shop.example.org/a", new=f"{B}/shop")
    answer = consultant.get(f"{HERE}file/wordpress/")
    assert "redirects-wordpress.zip" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        found = {name: archive.read(name).decode().splitlines()[1] for name in archive.namelist()}
    assert found == {
        "redirects-wordpress-old.example.org.csv": f"/a,{B}/a,0,301,url,0,,active",
        "redirects-wordpress-shop.example.org.csv": f"/a,{B}/shop,0,301,url,0,,active",
    }


def test_where_nothing_can_be_written_a_sentence_says_why(project, consultant):
    row = line(project, is_gone=True, new="")
    assert "can hold none of these" in consultant.get(f"{HERE}file/cloudflare/", follow=True).content.decode()
    Redirect.objects.filter(pk=row.pk).update(severity="error")
    assert "Correct at least one" in consultant.get(f"{HERE}file/apache/", follow=True).content.decode()


def test_the_number_on_the_tab_is_the_number_of_lines_that_the_page_shows_for_it(project, consultant):
    line(project, "/right"), line(project, "/astray", after="wrong"), line(project, "/open", "")
    line(project, "/both", "", before="wrong")
    redirect_standing.judge(project)
    assert '<span class="count">3<' in consultant.get("/projects/move/cutover/").content.decode()
    shown = consultant.get(f"{HERE}?show=waiting").content.decode()
    assert "3 redirects" in shown
    assert "old.example.org/right" not in shown


@pytest.fixture
def outbound(settings):
    settings.OUTBOUND_ALLOW = (ip_network("127.0.0.0/8"),)
    settings.OUTBOUND_PORTS = range(1, 65_536)


def test_the_servers_are_asked_before_and_after_and_the_facts_follow(project, consultant, outbound):
    answers = {"/old": (301, "/new"), "/new": (404, None), "/gone": (410, None)}
    with server(answers) as (site, _, _):
        Redirect.objects.create(project=project, old=f"{site}/old", new=f"{site}/new")
        Redirect.objects.create(project=project, old=f"{site}/gone", is_gone=True)
        consultant.post(f"{HERE}check/before/")
        assert do(tasks.check_redirects).message == "1 right, 1 wrong, 0 not told."
        assert told(project) == ("not_ready", "1 of 2: the new page does not answer as it should.")
        answers["/new"] = (200, None)
        consultant.post(f"{HERE}check/before/")
        do(tasks.check_redirects)
        assert told(project) == ("ready", "All 2 answer as they should.")
        consultant.post(f"{HERE}check/after/")
        do(tasks.check_redirects)
        assert told(project, "right") == ("ready", "All 2 answer as they should.")
        answers["/old"] = (302, "/new")
        consultant.post(f"{HERE}check/after/")
        do(tasks.check_redirects)
    assert told(project, "right")[0] == "not_ready"
    run = project.redirect_runs.first()
    assert [(old, was, now) for old, was, now, _ in run.turned] == [(f"{site}/old", "ok", "wrong")]
    shown = consultant.get(f"{HERE}?show=astray").content.decode()
    assert "temporary (302)" in shown
    row = Redirect.objects.get(is_gone=False)
    assert "(302)" in consultant.get(f"{HERE}{row.pk}/").content.decode()


def test_a_changed_line_has_to_be_asked_again(project, consultant, outbound):
    with server({"/new": (200, None), "/other": (200, None)}) as (site, _, _):
        row = Redirect.objects.create(project=project, old="http://old.example.org/a", new=f"{site}/new")
        consultant.post(f"{HERE}check/before/")
        do(tasks.check_redirects)
        assert told(project)[0] == "ready"
        row.refresh_from_db()
        values = {"version": row.version, "old": row.old, "new": f"{site}/other", "note": ""}
        consultant.post(f"{HERE}{row.pk}/", values)
    assert told(project) == ("not_ready", "1 of 1 is not checked as it stands now.")


def test_an_answer_about_an_older_line_is_not_written_to_the_new_one(project, consultant):
    row = line(project)
    asked = [Redirect.objects.get(pk=row.pk)]
    Redirect.objects.filter(pk=row.pk).update(new=f"{B}/elsewhere")
    said = [redirecting.Answer("ok", "answers", "The new page answers.")]
    run = kept(project, asked, said, is_after=False)
    assert (run.ok, Redirect.objects.get(pk=row.pk).before) == (0, "")


def test_many_lines_are_marked_or_deleted_at_once(project, consultant, foreign):
    rows = [line(project, f"/{n}", f"/{n}") for n in range(3)]
    other = line(foreign)
    consultant.post(f"{HERE}bulk/", {"row": [rows[0].pk, other.pk], "do": "gone"})
    consultant.post(f"{HERE}bulk/", {"row": [rows[1].pk, other.pk, "x"], "do": "delete"})
    assert set(Redirect.objects.values_list("old", "is_gone")) == {
        (f"{A}/0", True), (f"{A}/2", False), (f"{A}/a", False)
    }  # fmt: skip


def test_after_go_live_the_clock_asks_and_after_the_hold_period_no_more(project):
    line(project)
    project.go_live = timezone.now() - timedelta(hours=1)
    project.save()
    tasks.watch_redirects()
    tasks.watch_redirects()
    assert Job.objects.filter(task=tasks.check_redirects.name).count() == 1
    Job.objects.all().delete()
    project.redirect_runs.create(is_after=True, started_at=timezone.now() - timedelta(minutes=5))
    tasks.watch_redirects()
    assert not Job.objects.exists()
    project.go_live = timezone.now() - timedelta(days=project.hold_days + 1)
    project.save()
    project.redirect_runs.all().delete()
    tasks.watch_redirects()
    assert not Job.objects.exists()


def test_a_check_that_failed_holds_back_its_own_side_alone_until_a_newer_one_has_succeeded(project):
    project.go_live = timezone.now() - timedelta(hours=3)
    project.save()
    line(project)
    project.redirect_runs.create(is_after=True, started_at=timezone.now() - timedelta(minutes=20))
    started = project.jobs.filter(key=tasks.WATCH)

    def ended(state, minutes, is_after=True):
        at = timezone.now() - timedelta(minutes=minutes)
        name = tasks.check_redirects.name
        project.jobs.create(task=name, state=state, ended_at=at, args={"is_after": is_after})
        tasks.watch_redirects()
        return started.exists()

    assert not ended(State.FAILED, 20)
    project.jobs.update(ended_at=timezone.now() - timedelta(minutes=31))
    tasks.watch_redirects()
    assert started.exists()  # every quarter of an hour is asked now, so it is tried again soon
    started.delete()
    assert not ended(State.FAILED, 19)
    assert not ended(State.DONE, 18, is_after=False)
    assert ended(State.DONE, 17)
    project.jobs.all().delete()
    assert ended(State.FAILED, 16, is_after=False)


def test_a_page_decided_later_turns_the_fact_back(project, consultant, outbound):
    with server({"/new": (200, None)}) as (site, _, _):
        Redirect.objects.create(project=project, old=f"{A}/a", new=f"{site}/new")
        consultant.post(f"{HERE}check/before/")
        do(tasks.check_redirects)
    page(project, "Forgotten", f"{A}/forgotten", new_url=f"{B}/x")
    tasks.watch_redirects()
    assert told(project) == ("not_ready", "1 decided page of the inventory has no redirect yet.")


def test_before_go_live_the_clock_asks_the_new_pages_again_before_the_answers_are_too_old(project):
    made = Job.objects.filter(task=tasks.check_redirects.name)
    project.go_live = timezone.now() + timedelta(days=30)
    project.save()
    line(project)
    tasks.watch_redirects()
    assert not made.exists()  # nobody has asked yet
    run = project.redirect_runs.create(is_after=False, started_at=timezone.now() - timedelta(days=4))
    tasks.watch_redirects()
    assert not made.exists()
    project.redirect_runs.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(days=5, hours=1))
    tasks.watch_redirects()
    assert made.get().args == {"is_after": False}
    made.update(state=State.FAILED, ended_at=timezone.now())
    tasks.watch_redirects()
    assert made.count() == 1  # what failed just now is not tried again at once
    made.all().delete()
    project.redirects.update(old="https://www.bakery.example/a")
    tasks.watch_redirects()
    assert not made.exists()  # at made-up names nobody can be asked


def test_an_answer_at_a_made_up_name_stays_and_whoever_arrives_has_seen_the_new_page(project, consultant):
    row, other = line(project, "/a", after="ok", after_at=timezone.now() - timedelta(days=3)), line(project, "/b")
    said = [redirecting.Answer("unknown", MADE_UP, "Made up."), redirecting.Answer("ok", "arrives", "Arrives.")]
    kept(project, [row, other], said, is_after=True)
    assert list(project.redirects.values_list("after", "before")) == [("ok", ""), ("ok", "ok")]
    project.redirects.filter(pk=row.pk).update(old="https://www.bakery.localhost:8000/a")
    assert list(project.redirects.askable()) == [other]
    assert ".localhost are made up and lead to no server" in consultant.get(HERE).content.decode()
