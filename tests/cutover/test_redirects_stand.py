"""What the list of redirects is worth: against the inventory, by the age of its answers, and under many hands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.cutover import redirect_standing, redirect_taking, redirecting, tasks
from apps.cutover.models import Redirect
from apps.findings.models import Fact
from apps.findings.readiness import verdict_now
from apps.jobs.models import Job
from apps.projects.many import update_each
from engine.findings import Finding
from engine.redirects.checking import NOT_ASKED
from engine.redirects.maps import read_pair
from engine.redirects.reading import MapFile
from tests.cutover.test_redirects import HERE, A, B, do, kept, line, outbound, page, told  # noqa: F401
from tests.engine.redirects.test_checking import server


def answered(project, *names, days=0, says="ok"):
    at = timezone.now() - timedelta(days=days)
    values = {"before": says, "before_at": at, "after": says, "after_at": at}
    return [line(project, name, name, **values) for name in names]


def right(project):
    """The fact about the old addresses: what it says, and what counts of it now."""
    redirect_standing.publish(project)
    fact = Fact.objects.get(project=project, key="cutover.redirects_right")
    return fact.verdict, verdict_now(fact)


def settings_of(row, **more):
    row.refresh_from_db()
    return {"version": row.version, "old": row.old, "new": row.new, "note": row.note} | more


def test_a_list_that_was_emptied_is_not_ready_any_more(project, consultant):
    (row,) = answered(project, "/a")
    assert right(project) == ("ready", "ready")
    consultant.post(f"{HERE}bulk/", {"row": row.pk, "do": "delete"})
    assert told(project) == told(project, "right") == ("not_ready", "No old address is listed.")


def test_a_fact_is_as_old_as_the_oldest_answer_it_rests_on(project, consultant):
    old, *_ = answered(project, "/a", days=2)
    answered(project, "/b")
    consultant.post(f"{HERE}{old.pk}/", settings_of(old, note="hello"))
    tasks.watch_redirects()
    assert right(project) == ("unknown", "unknown")
    assert told(project) == ("ready", "All 2 answer as they should.")
    fact = Fact.objects.get(key="cutover.redirects_prepared")
    assert timezone.now() - fact.as_of > timedelta(days=1)
    new = line(project, "/c", "/c")
    assert right(project)[0] == "not_ready"
    consultant.post(f"{HERE}bulk/", {"row": [new.pk, old.pk], "do": "delete"})
    assert right(project) == ("ready", "ready")


def test_a_page_marked_as_gone_has_to_be_asked_for_410(project, consultant):
    (row,) = answered(project, "/a")
    consultant.post(f"{HERE}bulk/", {"row": row.pk, "do": "gone"})
    row.refresh_from_db()
    assert (row.before, row.after, row.after_at) == ("", "", None)
    assert told(project, "right")[0] != "ready"


def test_a_line_follows_its_page_of_the_inventory(project, consultant):
    moved, opened = page(project, "Moves", new_url=f"{B}/a"), page(project, "Later", f"{A}/y")
    consultant.post(f"{HERE}bring-in/")
    project.redirects.update(before="ok", before_at=timezone.now())
    moved.change(None, new_url=f"{B}/other")
    opened.change(None, new_url=f"{B}/y")
    assert "2 lines here lead where" in consultant.get(HERE).content.decode()
    tasks.watch_redirects()
    assert set(project.redirects.values_list("new", "before")) == {(f"{B}/other", ""), (f"{B}/y", "")}
    assert told(project)[0] == "unknown"


def test_a_page_archived_later_is_settled_by_a_person(project, consultant):
    asset = page(project, "Moves", new_url=f"{B}/a")
    consultant.post(f"{HERE}bring-in/")
    asset.change(None, required_status="archive")
    tasks.watch_redirects()
    row = project.redirects.get()
    assert (row.new, row.code) == (f"{B}/a", redirect_standing.DIFFERS)
    assert told(project) == ("not_ready", "1 redirect has an error or no target.")
    consultant.post(f"{HERE}{row.pk}/", settings_of(row))
    row.refresh_from_db()
    assert (row.new, row.code) == (f"{B}/a", "")


def test_a_line_of_its_own_that_contradicts_the_inventory_is_told_and_settled_on_both_sides(project, consultant):
    asset, silent = page(project, "Moves", new_url=f"{B}/a"), page(project, "Says nothing", f"{A}/s")
    row, taught = line(project, "/a", "/b"), line(project, "/s", "/s")
    redirect_standing.judge(project)
    row.refresh_from_db()
    assert (row.code, row.suggestion, row.asset) == (redirect_standing.DIFFERS, f"{B}/a", None)
    silent.refresh_from_db()
    taught.refresh_from_db()
    assert (silent.new_url, taught.asset) == (f"{B}/s", silent)
    consultant.post(f"{HERE}bulk/", {"row": row.pk, "do": "gone"})
    asset.refresh_from_db()
    row.refresh_from_db()
    assert (asset.new_url, row.asset, row.code) == ("", asset, "")


def test_a_whole_folder_is_known_by_one_of_its_pages(project, consultant, outbound):  # noqa: F811
    answers = {"/blog/a": (301, "/new/a"), "/new/a": (200, None)}
    with server(answers) as (site, _, _):
        row = Redirect.objects.create(project=project, old=f"{site}/blog/*", new=f"{site}/new/*")
        for when in ("before", "after"):
            consultant.post(f"{HERE}check/{when}/")
            do(tasks.check_redirects)
        assert told(project, "right") == (
            "unknown",
            "0 of 1 are right; 1 stands for a whole folder and cannot be told: name one page of each to be asked.",
        )
        answer = consultant.post(f"{HERE}{row.pk}/", settings_of(row, sample="/elsewhere"))
        assert "Give one page below" in answer.content.decode()
        assert "/elsewhere" in answer.content.decode()
        assert consultant.post(f"{HERE}{row.pk}/", settings_of(row, sample="/blog/a")).status_code == 302
        for when in ("before", "after"):
            consultant.post(f"{HERE}check/{when}/")
            do(tasks.check_redirects)
    assert told(project) == told(project, "right") == ("ready", "All 1 answer as they should.")


@pytest.mark.django_db(transaction=True)
def test_the_same_button_pressed_by_four_does_its_work_once(project, consultant):
    page(project, "Moves", new_url=f"{B}/a")
    rows = [line(project, f"/{n}", f"/{n}") for n in range(5)]

    def four(path, values):
        def press(_):
            try:
                return consultant.post(f"{HERE}{path}/", values).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            return set(pool.map(press, range(4)))

    assert four("bring-in", {}) == {302}
    assert four("bulk", {"row": [row.pk for row in rows], "do": "gone"}) == {302}
    assert project.redirects.filter(old=f"{A}/a").count() == 1
    assert project.redirects.filter(is_gone=True).count() == 5


@pytest.mark.parametrize("when", ["during", "x" * 150])
def test_there_is_a_before_and_an_after_and_nothing_else(when, project, consultant):
    assert consultant.post(f"{HERE}check/{when}/").status_code == 404
    assert not Job.objects.exists()


def test_an_address_that_grows_too_long_is_not_taken():
    found = read_pair(f"{A}/{chr(252) * 500}", f"{B}/a", is_gone=False, line=7)
    assert isinstance(found, Finding)
    assert found.code == "redirects.old.long"


def test_a_line_whose_turn_did_not_come_keeps_its_answer(project):
    (row,) = answered(project, "/a", days=1)
    said = [redirecting.Answer("unknown", NOT_ASKED, "The time was over.")]
    kept(project, [row], said, is_after=True)
    row.refresh_from_db()
    assert (row.after, timezone.now() - row.after_at > timedelta(hours=23)) == ("ok", True)


def test_judging_asks_no_more_for_more_lines_and_long_lists_are_judged_in_a_job(
    project, consultant, django_assert_max_num_queries, monkeypatch
):
    line(project)
    redirect_standing.judge(project)
    Redirect.objects.bulk_create(Redirect(project=project, old=f"{A}/{n}", new=f"{B}/{n}") for n in range(200))
    with django_assert_max_num_queries(30):
        redirect_standing.judge(project)
    monkeypatch.setattr(redirect_standing, "LONG", 100)
    consultant.post(f"{HERE}new/", {"old": f"{A}/7", "new": f"{B}/other", "note": ""})
    consultant.post(f"{HERE}new/", {"old": f"{A}/8", "new": f"{B}/other", "note": ""})
    assert not project.redirects.remarked().exists()
    assert consultant.get(f"{HERE}file/nginx/").status_code == 302
    assert Job.objects.filter(task=tasks.judge_redirects.name).count() == 1
    do(tasks.judge_redirects)
    assert project.redirects.faulty().count() == 2
    assert User.objects.get(email="dana@northstar.example").notices.count() == 0


def test_where_every_address_stays_nothing_has_to_be_redirected(project):
    url = "https://old.example/shop/"
    page = Asset.objects.create(project=project, name="Shop", kind="page", url=url, new_url=url)
    redirecting.publish(project)
    assert told(project, "right")[0] == "unknown"  # nobody has decided the page
    Asset.objects.filter(pk=page.pk).update(required_status="migrate")
    redirecting.publish(project)
    assert told(project, "right") == ("ready", "No page of the inventory changes its address.")


def test_the_lines_of_a_file_are_seen_all_at_once_and_what_a_killed_worker_left_is_seen_by_nobody(project, consultant):
    consultant.post(f"{HERE}import/", {"text": f"{A}/x,{B}/x\n{A}/y,{B}/y\n"})
    job = Job.objects.get()
    lines = [read_pair(f"{A}/{name}", f"{B}/{name}", is_gone=False, line=1) for name in "xy"]
    redirect_taking.Taking(project, MapFile("a table", lines), job).write()
    assert not project.redirects.exists()
    assert "No redirects yet" in consultant.get(HERE).content.decode()
    assert do(tasks.import_redirects).message == "2 added, 0 known already, 0 not taken."
    assert redirect_taking.UNSEEN.count() == project.redirects.count() == 2
    redirect_taking.Taking(
        project, MapFile("a table", [*lines, read_pair(f"{A}/z", B, is_gone=False, line=1)]), job
    ).write()
    tasks.watch_redirects()
    assert redirect_taking.UNSEEN.count() == 2


def test_what_somebody_adds_while_a_file_is_written_is_not_added_again(project, consultant):
    consultant.post(f"{HERE}import/", {"text": "x"})
    lines = [read_pair(f"{A}/{name}", f"{B}/{name}", is_gone=False, line=1) for name in "xy"]
    taking = redirect_taking.Taking(project, MapFile("a table", lines), Job.objects.get())
    taking.write()
    line(project, "/x", "/x")
    row = taking.show(name="list.csv", by=None)
    assert (row.added, row.known, project.redirects.count()) == (1, 1, 2)


@pytest.fixture
def taking(project):
    """Begins to read a file with one line for each letter, in a job of its own."""

    def begin(letters):
        lines = [read_pair(f"{A}/{name}", f"{B}/{name}", is_gone=False, line=1) for name in letters]
        job = Job.objects.create(project=project, task="x", key=letters, attempt=1)
        return redirect_taking.Taking(project, MapFile("a table", lines), job)

    return begin


def test_of_two_files_read_at_once_each_line_is_added_once(project, taking):
    first = taking("xy")
    first.write()
    second = taking("xyz")  # begins while the lines of the first are older and not shown yet
    second.write()
    first.show(name="one.csv", by=None)
    row = second.show(name="two.csv", by=None)
    assert (row.added, row.known, project.redirects.count()) == (1, 2, 3)


def test_a_project_that_filled_up_while_a_file_was_written_takes_nothing_of_it(project, taking, monkeypatch):
    monkeypatch.setattr(redirect_taking, "MOST", 2)
    late = taking("xy")
    late.write()
    line(project)
    with pytest.raises(redirect_taking.TooMany):
        late.show(name="list.csv", by=None)
    late.drop()
    assert (redirect_taking.UNSEEN.count(), project.redirect_imports.count()) == (1, 0)


def test_a_file_taken_back_by_two_is_taken_back_once(project, consultant, taking):
    one = taking("xyz")
    one.write()
    row = one.show(name="list.csv", by=None)
    again = project.redirect_imports.get(pk=row.pk)
    by = User.objects.get(email="dana@northstar.example")
    assert [redirect_taking.take_back(each, by=by) for each in (row, again)] == [3, 0]
    assert project.activities.filter(verb__contains="of a file back").count() == 1


def test_a_line_changed_while_its_answer_is_written_keeps_none(project):
    row = line(project)
    update_each(Redirect, ["before"], {row.pk: ["ok"]}, version={row.pk: row.version + 1})
    row.refresh_from_db()
    assert row.before == ""


@pytest.fixture
def meanwhile(monkeypatch):
    """Something that happens between reading the lines and writing their answers."""

    def happens(project, **values):
        def write(*args, **guards):
            project.redirects.update(**values)
            update_each(*args, **guards)

        monkeypatch.setattr(redirecting, "update_each", write)

    return happens


ARRIVES = redirecting.Answer("ok", "arrives", "Arrives.")


def test_an_answer_is_not_written_to_a_line_that_was_changed_just_before(project, meanwhile):
    earlier = timezone.now() - timedelta(days=1)
    row = line(project, after="ok", after_at=earlier)
    meanwhile(project, version=row.version + 1)
    kept(project, [row], [ARRIVES], is_after=True)
    row.refresh_from_db()
    assert (row.after_at, row.before) == (earlier, "")


@pytest.mark.parametrize("answer", [ARRIVES, redirecting.Answer("wrong", "loop", "A circle.")])
def test_what_the_new_page_answered_in_between_is_not_written_over(answer, project, meanwhile):
    row = line(project)
    meanwhile(project, before="wrong", before_said="404", before_at=timezone.now() + timedelta(minutes=1))
    kept(project, [row], [answer], is_after=True)
    row.refresh_from_db()
    assert (row.after, row.before, row.before_said) == (answer.verdict, "wrong", "404")


@pytest.mark.parametrize("is_after", [True, False])
def test_a_newer_answer_stays_where_an_older_round_ends_later(is_after, project):
    newer = timezone.now() + timedelta(minutes=1)
    row = line(project, before="wrong", before_at=newer, after="wrong", after_at=newer)
    kept(project, [row], [ARRIVES], is_after=is_after)
    row.refresh_from_db()
    assert (row.before, row.after, row.before_at, row.after_at) == ("wrong", "wrong", newer, newer)


def test_whoever_arrives_says_nothing_of_a_new_page_asked_later(project):
    newer = timezone.now() + timedelta(minutes=1)
    late = line(project, before="wrong", before_at=newer)
    early = line(project, "/b", before="wrong", before_at=newer - timedelta(days=1))
    kept(project, [late, early], [ARRIVES, ARRIVES], is_after=True)
    assert list(project.redirects.values_list("before", "after")) == [("wrong", "ok"), ("ok", "ok")]
