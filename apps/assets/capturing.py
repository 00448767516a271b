"""Pages of the old site fetched by us: one page saved with all that must be rebuilt, or the list of a site's pages."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset, Batch, Capture, SiteScan, kinds_of
from apps.assets.services import publish_facts
from apps.projects.models import Activity, Project, Source
from apps.projects.stored import StoredFile
from engine.capture import Look, Media, Page, Saved, Site, find_pages, look_of, read_page, write_archive
from engine.outbound import OutboundError, Response, fetch

MOST_IMAGES = 80
MOST_SHEETS = 12
IMAGE_BYTES = 8_000_000
ALL_BYTES = 60_000_000
PAUSE = 0.1  # seconds between two requests for one page, which a browser would make at once
PATIENCE = timedelta(minutes=3)
FEW_WORDS = 15  # a page with fewer is probably drawn by a script


class CannotCapture(Exception):
    """Why a page was not captured, as a sentence for the person who asked."""


Progress = Callable[[int, int, str], None]


def get(url: str, max_bytes: int = 5_000_000) -> Response:
    """The one way out, with this installation's settings."""
    return fetch(url, allow=settings.OUTBOUND_ALLOW, ports=settings.OUTBOUND_PORTS, max_bytes=max_bytes)


@dataclass(slots=True)
class Captured:
    """A page on disk, in the temporary folder, and what was found on it."""

    path: Path
    page: Page
    counts: dict[str, int]


def capture(url: str, progress: Progress) -> Captured:
    """Fetch the page, its style sheets and its images into a ZIP. Raises CannotCapture."""
    progress(0, 1, "Opening the page")
    try:
        answer = get(url)
    except OutboundError as error:
        raise CannotCapture(str(error)) from error
    if answer.status != 200:
        raise CannotCapture(f"The page answers with status {answer.status}. Correct the old URL, or save it by hand.")
    try:
        page = read_page(answer.body, answer.url, answer.headers.get("content-type", ""))
    except ValueError as error:
        raise CannotCapture("This address is no web page. Save the file by hand.") from error
    look = _look(page, progress)
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".zip", delete=False) as file:
        path = Path(file.name)
    try:
        counts = write_archive(path, page, look, _images(page, progress), source=answer.body, taken_at=timezone.now())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Captured(path, page, counts)


def _look(page: Page, progress: Progress) -> Look:
    sheets = []
    for at, url in enumerate(page.sheets[:MOST_SHEETS]):
        progress(at, len(page.sheets) + len(page.images), "Reading the style sheets")
        try:
            answer = get(url, 3_000_000)
        except OutboundError:
            continue
        if answer.status == 200:
            sheets.append(answer.body.decode("utf-8", "replace"))
        time.sleep(PAUSE)
    return look_of(page.root, sheets)


def _images(page: Page, progress: Progress) -> Iterator[Saved]:
    """One after the other; what is too much or not there is named with its reason."""
    total, ends = 0, timezone.now() + PATIENCE
    for at, image in enumerate(page.images, start=1):
        progress(len(page.sheets) + at, len(page.sheets) + len(page.images), "Fetching images")
        if at > MOST_IMAGES or total > ALL_BYTES or timezone.now() > ends:
            yield Saved(image.url, image.text, problem="left out: too many or too large for one page")
            continue
        saved = _image(image)
        total += len(saved.body)
        yield saved
        time.sleep(PAUSE)


def _image(image: Media) -> Saved:
    try:
        answer = get(image.url, IMAGE_BYTES)
    except OutboundError as error:
        return Saved(image.url, image.text, problem=str(error))
    if answer.status != 200:
        return Saved(image.url, image.text, problem=f"answers with status {answer.status}")
    return Saved(image.url, image.text, answer.body)


def keep_capture(asset: Asset, found: Captured, *, by: User | None) -> StoredFile:
    """Store the ZIP and tick what it holds; what it does not hold stays open, and says why."""
    name = f"{asset.name[:80]} captured.zip"
    file = StoredFile.keep(
        asset.project, found.path, purpose="capture", by=by, name=name, client_sees=asset.client_sees
    )
    wanted = kinds_of(asset.project).kinds.get(asset.kind)
    with transaction.atomic():
        for key, (is_done, note) in _evidence(found).items():
            if wanted and key in wanted.capture:
                _tick(asset, key, is_done, note, file)
        verb = "captured the page of"
        Activity.record(asset.project, verb, asset, by=by, source=Source.SYSTEM, is_internal=not asset.client_sees)
        publish_facts(asset.project)
    return file


def _tick(asset: Asset, key: str, is_done: bool, note: str, file: StoredFile) -> None:
    """What a person has ticked stays ticked; a remark of ours never unticks it."""
    row, made = Capture.objects.get_or_create(
        project=asset.project, asset=asset, key=key, defaults={"is_done": is_done, "note": note, "file": file}
    )
    if not made and (is_done or not row.is_done):
        Capture.objects.filter(pk=row.pk).update(
            is_done=is_done, note=note, file=file, by=None, version=row.version + 1, updated_at=timezone.now()
        )


def _evidence(found: Captured) -> dict[str, tuple[bool, str]]:
    counts, page = found.counts, found.page
    missed = counts["images missed"]
    videos = counts["videos"]
    return {
        "words": (page.words >= FEW_WORDS, f"{page.words:,} words." if page.words >= FEW_WORDS else
                  f"Only {page.words} words were found; the page is probably drawn by a script. Save them by hand."),
        "links": (True, f"{counts['links']:,} links."),
        "fonts": (counts["fonts"] > 0, f"{counts['fonts']:,} looks of text."),
        "colours": (counts["colours"] > 0, f"{counts['colours']:,} colours."),
        "images": (missed == 0, f"{counts['images']:,} images." if not missed else
                   f"{counts['images']:,} images saved, {missed:,} not: images.csv names them."),
        "videos": (videos == 0, "There are no videos on the page." if not videos else
                   f"{videos:,} videos are listed in videos.csv; download those you need."),
    }  # fmt: skip


# --- a whole site ---------------------------------------------------------------------------------------------------


def scan(start: str, most: int, progress: Callable[[int, int], None]) -> Site:
    """The pages of a site; `progress` is asked often, and ends the scan by raising."""

    def pause(seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))
            progress(-1, -1)

    return find_pages(start, get, most=most, pause=pause, progress=progress)


def keep_scan(row: SiteScan, site: Site) -> None:
    row.pages = [
        {"url": page.url[:2000], "title": page.title[:200], "status": page.status, "kind": page.kind}
        for page in sorted(site.pages.values(), key=lambda page: page.url)
    ]
    row.remarks, row.finished_at = site.remarks[:20], timezone.now()
    row.save(update_fields=["pages", "remarks", "finished_at"])


@transaction.atomic
def add_pages(project: Project, pages: list[dict[str, str]], *, by: User) -> Batch:
    """The chosen pages as assets, with a way back."""
    assets = [
        Asset(
            project=project,
            name=page["name"][:200],
            kind=page["kind"],
            url=page["url"],
            current_status="active",
            client_sees=False,
        )
        for page in pages
    ]
    made = Asset.objects.bulk_create(assets, batch_size=500)
    before = [[asset.pk, asset.version, None] for asset in made]
    batch = Batch.objects.create(project=project, by=by, label=f"{len(made)} pages of a site", before=before)
    Activity.record(project, f"added {len(made)} pages of a site", by=by)
    publish_facts(project)
    return batch
