"""The captured page as one ZIP: words, lists, pictures, and the page as it was."""

import csv
import io
import json
import posixpath
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.capture.pages import Page
from engine.capture.styles import Look
from engine.spreadsheets.guarding import guard, whole_or_absent


@dataclass(frozen=True, slots=True)
class Saved:
    """One image on its way into the archive; `problem` says why it is not there."""

    url: str
    text: str
    body: bytes = b""
    problem: str = ""


def write_archive(
    target: Path, page: Page, look: Look, images: Iterable[Saved], *, source: bytes, taken_at: datetime
) -> dict[str, int]:
    """Write the ZIP, whole or not at all; returns how many of each it holds. `images` may be a generator."""
    with whole_or_absent(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("page.html", source)
        archive.writestr("words.md", f"# {page.title}\n\n{page.markdown}" if page.title else page.markdown)
        _table(
            archive, "links.csv", ("address", "words", "kind"), [(one.url, one.text, one.kind) for one in page.links]
        )
        _table(archive, "videos.csv", ("address", "words"), [(one.url, one.text) for one in page.videos])
        _table(archive, "fonts.csv", ("font", "size in pixels", "weight", "used for", "characters"),
               [(one.family, one.pixels, one.weight, one.used_for, one.characters) for one in look.fonts])  # fmt: skip
        _table(archive, "colours.csv", ("colour", "used for", "times"),
               [(one.hex, one.used_for, one.count) for one in look.colours])  # fmt: skip
        rows = [_add_image(archive, number, image) for number, image in enumerate(images, start=1)]
        _table(archive, "images.csv", ("file", "address", "words", "problem"), rows)
        about = {"address": page.url, "title": page.title, "meta": page.meta, "taken": taken_at.isoformat(),
                 "font files": list(look.font_files), "style sheets": list(page.sheets)}  # fmt: skip
        archive.writestr("page.json", json.dumps(about, ensure_ascii=False, indent=2))
        archive.writestr("read-me.txt", _read_me(page))
    return {
        "words": page.words, "links": len(page.links), "images": sum(bool(row[0]) for row in rows),
        "images missed": sum(not row[0] for row in rows), "videos": len(page.videos), "fonts": len(look.fonts),
        "colours": len(look.colours),
    }  # fmt: skip


def _table(archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([[guard(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    archive.writestr(name, "\ufeff" + text.getvalue())


def _add_image(archive: zipfile.ZipFile, number: int, image: Saved) -> tuple[str, str, str, str]:
    if image.problem:
        return "", image.url, image.text, image.problem
    name = f"images/{number:03}-{file_name(image.url)}"
    archive.writestr(zipfile.ZipInfo(name), image.body)  # pictures are packed already
    return name, image.url, image.text, ""


def file_name(url: str) -> str:
    """The last part of an address as a harmless name of a file."""
    last = posixpath.basename(unquote(urlsplit(url).path)) or "image"
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "-" for one in last)
    return plain.strip(".-")[-60:] or "image"


def _read_me(page: Page) -> str:
    return (
        f"Captured from {page.url}.\n\n"
        "words.md: the text with its headings, for a page builder.\nlinks.csv, videos.csv: every address on the page.\n"
        "fonts.csv, colours.csv: as the style sheets set them; what only a script sets is not seen.\n"
        "images: the pictures; images.csv says which could not be fetched, and why.\npage.html: the page as it came.\n"
        "A screenshot is not here: take one in a browser and add it to the asset.\n"
    )


def as_json(page: Page, look: Look) -> dict[str, object]:
    """The same in short, for a page of ours."""
    return {"title": page.title, "meta": page.meta, "fonts": [asdict(one) for one in look.fonts[:12]],
            "colours": [asdict(one) for one in look.colours[:24]]}  # fmt: skip
