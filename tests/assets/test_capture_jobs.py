"""What must be saved: ticked by people with evidence, and by jobs that fetch the page over real HTTP on loopback."""

import io
import zipfile

import pytest

from apps.assets import capturing, services, tasks
from apps.assets.models import Asset, Attachment, Batch, Capture, SiteScan
from apps.findings.models import Fact
from apps.jobs.models import Job, State
from apps.projects.stored import StoredFile
from tests.web_site import PIXEL, page, web_site


@pytest.fixture
def site(settings):
    """A site on loopback that this installation may reach."""
    import ipaddress

    with web_site() as (address, asked):
        settings.OUTBOUND_ALLOW = [ipaddress.ip_network("127.0.0.0/8")]
        settings.OUTBOUND_PORTS = [int(address.rsplit(":", 1)[1])]
        yield address, asked


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(capturing, "PAUSE", 0)


@pytest.fixture
def page_asset(project, site):
    return Asset.objects.create(
        project=project, name="Home", kind="sales_page", url=f"{site[0]}/", required_status="rebuild"
    )


def run(task):
    job = Job.objects.filter(task=task.name).latest("pk")
    task.run(job.pk)
    job.refresh_from_db()
    return job


def captured(asset):
    return dict(asset.captures.values_list("key", "is_done"))


def test_a_page_is_fetched_and_what_it_holds_is_ticked(consultant, project, page_asset, site):
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    assert run(tasks.capture_page).state == State.DONE
    assert captured(page_asset) == {
        "words": True, "links": True, "fonts": True, "colours": True, "images": False, "videos": True,
    }  # fmt: skip
    notes = dict(page_asset.captures.values_list("key", "note"))
    assert notes["images"] == "1 images saved, 1 not: images.csv names them."
    file = StoredFile.objects.get(purpose="capture")
    with zipfile.ZipFile(file.path) as archive:
        assert archive.read("images/001-hero.png") == PIXEL
        assert "Breathe & move" in archive.read("words.md").decode()
        assert "#ff6600" in archive.read("colours.csv").decode()
    drawer = consultant.get(page_asset.get_absolute_url()).content.decode()
    assert "4 looks of text." in drawer or "looks of text." in drawer
    assert not list(capturing.settings.FILE_UPLOAD_TEMP_DIR.iterdir())


def test_a_page_captured_thrice_keeps_one_list(consultant, project, page_asset):
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    job = run(tasks.capture_page)
    tasks.capture_page.run(job.pk)
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    run(tasks.capture_page)
    assert page_asset.captures.count() == 6


@pytest.mark.parametrize(
    ("path", "words"),
    [("/nowhere", "status 404"), ("http://127.0.0.1:1/", "Give an address"), ("http://10.0.0.1/", "")],
)
def test_what_cannot_be_fetched_ends_with_a_sentence(consultant, project, page_asset, site, path, words):
    url = path if path.startswith("http:") else f"{site[0]}{path}"
    Asset.objects.filter(pk=page_asset.pk).update(url=url)
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    job = run(tasks.capture_page)
    assert job.state == State.FAILED
    assert job.message.endswith(".")
    assert words in job.message
    assert not Capture.objects.exists()
    assert not StoredFile.objects.filter(purpose="capture").exists()


def test_a_page_drawn_by_a_script_is_not_called_saved(consultant, project, page_asset, site):
    Asset.objects.filter(pk=page_asset.pk).update(url=f"{site[0]}/script-only")
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    run(tasks.capture_page)
    row = page_asset.captures.get(key="words")
    assert not row.is_done
    assert "drawn by a script" in row.note


def test_what_a_person_ticked_stays_ticked(consultant, project, page_asset):
    consultant.post(f"{page_asset.get_absolute_url()}captures/images/", {"is_done": "on", "note": "By hand"})
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    run(tasks.capture_page)
    row = page_asset.captures.get(key="images")
    assert (row.is_done, row.note) == (True, "By hand")


def test_every_page_at_once_and_a_stubborn_one_does_not_stop_the_others(consultant, project, page_asset, site):
    Asset.objects.create(
        project=project, name="Gone", kind="other_page", url=f"{site[0]}/gone", required_status="rebuild"
    )
    Asset.objects.create(
        project=project, name="Kept", kind="other_page", url=f"{site[0]}/about", required_status="migrate"
    )
    consultant.post("/projects/move/inventory/captures/all/")
    job = run(tasks.capture_pages)
    assert (job.state, job.message) == (State.DONE, "1 pages captured. 1 could not be opened: Gone.")


def test_a_cancelled_capture_keeps_nothing(consultant, project, page_asset, monkeypatch):
    consultant.post(f"{page_asset.get_absolute_url()}capture/")
    job = Job.objects.get()
    real = capturing.get

    def get(url, *more):
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)
        return real(url, *more)

    monkeypatch.setattr(capturing, "get", get)
    tasks.capture_page.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not Capture.objects.exists()
    assert not list(capturing.settings.FILE_UPLOAD_TEMP_DIR.iterdir())


def test_the_fact_follows_what_is_saved(consultant, project):
    tag = Asset.objects.create(project=project, name="Tag", kind="tag", required_status="rebuild")
    form = Asset.objects.create(project=project, name="Form", kind="form", required_status="rebuild")
    services.publish_facts(project)
    fact = Fact.objects.get(project=project, key="inventory.captured")
    assert (fact.verdict, fact.reason) == ("not_ready", "Not saved yet: Form.")
    for key in ("words", "screenshot"):
        consultant.post(f"{form.get_absolute_url()}captures/{key}/", {"is_done": "on", "link": "https://kept.example/"})
    fact.refresh_from_db()
    assert (fact.verdict, fact.reason) == ("ready", "Everything of the 2 assets to be rebuilt is saved.")
    consultant.post(f"{form.get_absolute_url()}captures/words/", {"note": "was the wrong page"})
    fact.refresh_from_db()
    assert fact.verdict == "not_ready"
    assert tag.captures.count() == 0


def test_evidence_is_a_file_a_link_or_words_and_nonsense_is_told(client_person, consultant, project):
    form = Asset.objects.create(project=project, name="Form", kind="form", required_status="rebuild")
    shot = io.BytesIO(PIXEL)
    shot.name = "shot.png"
    client_person.post(f"{form.get_absolute_url()}captures/screenshot/", {"is_done": "on", "file": shot})
    row = form.captures.get()
    assert (row.is_done, row.file.name, row.by.role if hasattr(row.by, "role") else "") == (True, "shot.png", "")
    assert client_person.get(row.file.get_absolute_url()).status_code == 200
    for key, data in (("fonts", {"is_done": "on"}), ("words", {"is_done": "on", "link": "javascript:alert(1)"}),
                      ("words", {"is_done": "on", "note": "password: hunter2"})):  # fmt: skip
        answer = consultant.post(f"{form.get_absolute_url()}captures/{key}/", data, follow=True)
        assert 'class="toast' in answer.content.decode() or "toast" in answer.content.decode()
    assert form.captures.count() == 1


def test_the_list_of_what_to_save_counts(consultant, project, page_asset):
    text = consultant.get("/projects/move/inventory/captures/").content.decode()
    assert "0 of 7" in text
    assert "Capture 1 page by itself" in text


# --- a whole site -----------------------------------------------------------------------------------------------------


def test_a_site_is_listed_chosen_from_and_taken_back(consultant, project, page_asset, site, monkeypatch):
    monkeypatch.setattr("engine.capture.sites.LEAST_PAUSE", 0)
    consultant.post("/projects/move/inventory/scans/", {"start": f"{site[0]}/", "most": 50})
    assert run(tasks.scan_site).state == State.DONE
    row = SiteScan.objects.get()
    text = consultant.get(row.get_absolute_url()).content.decode()
    assert "3 of them new to the inventory" in text
    assert "About us" in text
    at = next(number for number, one in enumerate(row.pages) if one["url"].endswith("/about"))
    consultant.post(f"{row.get_absolute_url()}add/", {"page": [at, "9999", "x"], f"kind-{at}": "landing_page"})
    asset = project.assets.get(name="About us")
    assert (asset.kind, asset.url) == ("landing_page", f"{site[0]}/about")
    services.undo(Batch.objects.get(), by=None)
    assert not project.assets.filter(name="About us").exists()


def test_a_scan_is_cancelled_between_two_pages(consultant, project, site):
    consultant.post("/projects/move/inventory/scans/", {"start": f"{site[0]}/", "most": 50})
    Job.objects.update(cancel_requested=True)
    assert run(tasks.scan_site).state == State.CANCELLED
    assert SiteScan.objects.get().pages == []


@pytest.mark.parametrize(
    "start", ["ftp://example.org/", "http://user:pw@example.org/", "example", "http://example.org:22/"]
)
def test_an_address_that_is_none_is_told_at_the_field(consultant, project, start):
    answer = consultant.post("/projects/move/inventory/scans/", {"start": start, "most": 5})
    assert answer.status_code == 422
    assert not SiteScan.objects.exists()


def test_a_site_where_nobody_answers_ends_with_a_sentence(consultant, project, site):
    with web_site({"/": (500, "text/html", page("Broken"))}) as (address, _):
        capturing.settings.OUTBOUND_PORTS.append(int(address.rsplit(":", 1)[1]))
        consultant.post("/projects/move/inventory/scans/", {"start": f"{address}/nothing.xml", "most": 5})
        job = run(tasks.scan_site)
    assert (job.state, job.message) == (State.FAILED, "No page was found at this address.")


def test_files_are_attached_and_internal_ones_stay_with_us(client_person, consultant, project, page_asset):
    for name, internal in (("brief.pdf", ""), ("margins.pdf", "on")):
        file = io.BytesIO(b"%PDF-1.7")
        file.name = name
        consultant.post(f"{page_asset.get_absolute_url()}attach/", {"file": file, "is_internal": internal})
    assert Attachment.objects.count() == 2
    text = client_person.get(page_asset.get_absolute_url()).content.decode()
    assert "brief.pdf" in text
    assert "margins.pdf" not in text
    hidden = StoredFile.objects.get(name="margins.pdf")
    assert client_person.get(hidden.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("way", ["cell", "bulk", "form"])
def test_files_of_an_asset_that_became_internal_are_closed(client_person, consultant, project, way):
    asset = Asset.objects.create(project=project, name="Form", kind="form", required_status="rebuild")
    for address, data in (("attach/", {}), ("captures/words/", {"is_done": "on"})):
        file = io.BytesIO(b"%PDF-1.7")
        file.name = "brief.pdf"
        client_person.post(f"{asset.get_absolute_url()}{address}", data | {"file": file})
    files = list(StoredFile.objects.filter(project=project))
    assert [client_person.get(file.get_absolute_url()).status_code for file in files] == [200, 200]
    if way == "cell":
        consultant.post(f"{asset.get_absolute_url()}cell/client_sees/", {"version": 1})
    elif way == "bulk":
        consultant.post("/projects/move/inventory/bulk/", {"ids": [asset.pk], "set": "client_sees=no"})
    else:
        data = {"name": "Form", "kind": "form", "current_status": "active", "required_status": "rebuild",
                "progress": "built", "version": 1}  # fmt: skip
        consultant.post(f"{asset.get_absolute_url()}edit/", data)
    asset.refresh_from_db()
    assert not asset.client_sees
    assert [client_person.get(file.get_absolute_url()).status_code for file in files] == [404, 404]


def test_what_is_undecided_keeps_the_fact_from_being_ready(consultant, project):
    form = Asset.objects.create(project=project, name="Form", kind="form", required_status="rebuild")
    services.publish_facts(project)
    Asset.objects.create(project=project, name="New", kind="tag")
    services.change_asset(form, by=None, version=1, required_status="archive")
    fact = Fact.objects.get(project=project, key="inventory.captured")
    assert (fact.verdict, fact.reason) == ("not_ready", "What must be rebuilt is known when every asset is decided.")
