"""What arrived in the target against what was sent: its own export, compared with the files that were imported.

Persons are compared as numbers, so that a million of them fit; rows are read once more where they must be shown.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.arrivals import IMPORT, ArrivedPeople, Original, Sent, SentPeople, read_plan
from engine.contacts.block_judging import Judged
from engine.contacts.compared import Pair, side_by_side
from engine.contacts.judging import judge_into
from engine.contacts.naming import columns_as_they_are
from engine.contacts.persons import Hashes, Numbers, OwnFile, is_among, persons_of, places_among, tag_pairs
from engine.contacts.report import Pack, Report
from engine.contacts.rows import Setting
from engine.contacts.splitting import Places
from engine.contacts.tag_cells import shared_tags
from engine.contacts.verdicts import Comparison
from engine.contacts.written import Sheet, csv_text, guarded
from engine.findings import Finding
from engine.spreadsheets import guard

PEOPLE_SHOWN = 10
SHOWN_TAGS = 2_000
_OF_THE_EXPORT = ("source", "encoding", "delimiter", "fields", "progress")  # settings that mean no other file


class Reconciliation:
    """One comparison; `run` reads everything, `write` makes the files in a folder."""

    def __init__(self, path: Path, sent: Sequence[Sent], originals: Sequence[Original], **settings: Any) -> None:
        self._path, self._originals, self._settings = path, originals, settings
        self._read = SentPeople.read(sent, settings["target"].tag_separator)
        self._arrived = ArrivedPeople()
        self.report: Report = judge_into(self._arrived, path, **settings)
        self._arrived.close()
        self._place = places_among(self._read.hashes, self._arrived.persons)
        out = places_among(self._read.to_keep_out, self._arrived.persons)
        self._out_found = out[out >= 0]

    def outcome(self) -> Comparison:
        """The numbers."""
        read, arrived, found = self._read, self._arrived, self._place >= 0
        there = arrived.persons.size
        blocked = np.zeros(found.size, np.bool_)
        blocked[found] = arrived.is_blocked[self._place[found]]
        return Comparison(
            rows=arrived.rows,
            persons=there,
            expected=read.hashes.size,
            found=int(found.sum()),
            blocked=int(blocked.sum()),
            files=self._by_file(found),
            consent=self._by_consent(found, blocked),
            tags=self._by_tag(found),
            tells_tags=bool(arrived.setting and arrived.setting.columns.tags),
            tells_status=arrived.tells_status,
            kept_out=read.to_keep_out.size,
            kept_out_found=self._out_found.size,
            intruders=int((~arrived.is_blocked[self._out_found]).sum()),
            unexpected=there - int(found.sum()) - self._out_found.size,
        )

    def _by_file(self, found: NDArray[np.bool_]) -> list[dict[str, Any]]:
        expected = np.bincount(self._read.file_of, minlength=len(self._read.files)).tolist()
        arrived = np.bincount(self._read.file_of[found], minlength=len(self._read.files)).tolist()
        return [
            {"file": one.file, "consent": one.consent, "segment": one.segment, "expected": sent, "found": there}
            for one, sent, there in zip(self._read.files, expected, arrived, strict=True)
        ]

    def _by_consent(self, found: NDArray[np.bool_], blocked: NDArray[np.bool_]) -> dict[str, dict[str, int]]:
        words = np.array([one.consent for one in self._read.files] or [""])[self._read.file_of]
        return {
            str(word): {
                "expected": int(mask.sum()),
                "found": int((mask & found).sum()),
                "blocked": int(blocked[mask].sum()),
            }
            for word in np.unique(words)
            if (mask := words == word).any()
        }  # fmt: skip

    def _by_tag(self, found: NDArray[np.bool_]) -> list[dict[str, Any]]:
        """For each tag how many were sent with it, how many of them arrived, and how many arrived with it."""
        read, arrived, sent, with_tag, there = self._read, self._arrived, Counter[str](), Counter[str](), Counter[str]()
        for code, count in zip(*(part.tolist() for part in np.unique(read.tags, return_counts=True)), strict=True):
            sent.update(dict.fromkeys(read.codes.tags[code] or (), count))
        for tags, others, count in tag_pairs(
            read.tags[found], arrived.tags[self._place[found]], read.codes, arrived.codes
        ):
            there.update(dict.fromkeys(tags or (), count))
            kept = tags if tags is None or others is None else shared_tags(tags, others)
            with_tag.update(dict.fromkeys(kept or (), count))
        rows = [
            {"tag": tag, "expected": count, "found": there[tag], "tagged": with_tag[tag]} for tag, count in sent.items()
        ]
        return sorted(rows, key=lambda row: (with_tag[str(row["tag"])] - there[str(row["tag"])], row["tag"]))[
            :SHOWN_TAGS
        ]

    def write(self, folder: Path, prefix: str) -> list[dict[str, Any]]:
        """The missing people ready to be imported once more and as a list, those who must not be there, the others."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        chosen = self._chosen()
        sent_rows: dict[int, tuple[list[str], list[str]]] = {}
        made, missing = self._write_missing(folder, prefix, chosen, sent_rows)
        made += self._list_missing(folder, missing)
        found = _Found(folder, self._read, self._arrived, self._read.hashes[chosen])
        judge_into(found, self._path, **self._settings)
        pairs = [
            Pair(*sent_rows[number], *found.rows[int(self._read.hashes[number])])
            for number in chosen.tolist()
            if number in sent_rows and int(self._read.hashes[number]) in found.rows
        ]
        rows = side_by_side(pairs, self._settings["target"].tag_separator)
        with_rows = found.close()
        if rows:
            sheet = Sheet(folder / "side_by_side.csv", ["Person", "Field", "Sent", "Found", "Same"])
            sheet.write_all([*map(guard, row)] for row in rows)
            with_rows.append(_made(sheet.close(), "people", "pairs") | {"records": len(pairs)})
        return made + with_rows

    def _chosen(self) -> Numbers:
        """Some of those who arrived; the same ones for the same export."""
        there = np.flatnonzero(self._place >= 0).tolist()
        chance = random.Random(self.report.sha256)  # noqa: S311
        return np.array(sorted(chance.sample(there, min(PEOPLE_SHOWN, len(there)))), np.int64)

    def _write_missing(
        self, folder: Path, prefix: str, chosen: Numbers, sent_rows: dict[int, tuple[list[str], list[str]]]
    ) -> tuple[list[dict[str, Any]], list[pl.DataFrame]]:
        """Each imported file once more with whoever is missing; keeps the rows of the chosen on the way."""
        read, made, listed = self._read, [], []
        for number, one in enumerate(read.files):
            mine = np.flatnonzero(read.file_of == number)
            wanted, missing = mine[np.isin(mine, chosen)], mine[self._place[mine] < 0]
            if not wanted.size and not missing.size:
                continue
            sheet = Sheet(folder / missing_name(one.file, prefix), (own := OwnFile(one.path)).header)
            before = 0
            for frame, lines in own.blocks():
                for place in _within(read.row[wanted], before, frame.height):
                    person = int(wanted[np.flatnonzero(read.row[wanted] == place + before)[0]])
                    sent_rows[person] = own.header, list(frame.row(place))
                gone = _within(read.row[missing], before, frame.height)
                if gone:
                    rows = frame[gone]
                    sheet.put(csv_text(rows), rows.height)
                    listed.append(_listed(one.file, rows[str(own.columns.email)], lines[gone]))
                before += frame.height
            pack = sheet.close()
            if pack.records:
                made.append(_made(pack, one.segment, IMPORT) | {"consent": one.consent})
            else:
                sheet.path.unlink()
        return made, listed

    def _list_missing(self, folder: Path, listed: list[pl.DataFrame]) -> list[dict[str, Any]]:
        """Who is missing, with the lines of the imported file and of the original."""
        if not listed:
            return []
        people = pl.concat(listed)
        labels, lines = self._origins(persons_of(people["email"]))
        people = people.with_columns(pl.Series("original", labels), pl.Series("original_line", lines))
        people = guarded(people.select("file", "line", "original", "original_line", "email"))
        sheet = Sheet(folder / "missing.csv", ["File", "Line", "Original", "Original line", "E-mail"])
        sheet.put(csv_text(people), people.height)
        return [_made(sheet.close(), "missing", "list")]

    def _origins(self, hashes: Hashes) -> tuple[list[str], list[str]]:
        labels, lines = [""] * hashes.size, [""] * hashes.size
        for original in self._originals:
            if not all(labels):
                settings = self._settings | dict.fromkeys(_OF_THE_EXPORT) | {"recipe": original.recipe}
                settings |= {"encoding": original.encoding, "delimiter": original.delimiter}
                lookup = _Lines(np.unique(hashes))
                judge_into(lookup, original.path, **settings)
                told = lookup.lines[np.searchsorted(lookup.wanted, hashes)].tolist()
                for number, line in enumerate(told):
                    if line and not labels[number]:
                        labels[number], lines[number] = original.label, str(line)
        return labels, lines


def _listed(file: str, addresses: pl.Series, lines: Places) -> pl.DataFrame:
    told = pl.DataFrame({"email": addresses, "line": [str(line) for line in lines.tolist()]})
    return told.with_columns(pl.lit(file).alias("file"))


def _within(rows: Numbers, before: int, height: int) -> list[int]:
    """The row numbers that stand in a block, counted from its first row."""
    found: list[int] = (rows[(rows >= before) & (rows < before + height)] - before).tolist()
    return found


def missing_name(file: str, prefix: str) -> str:
    """client_target_consented_all_1.csv gets client_target_missing_consented_all_1.csv."""
    if prefix and file.startswith(f"{prefix}_"):
        return f"{prefix}_missing_{file.removeprefix(f'{prefix}_')}"
    return f"missing_{file}"


def _made(pack: Pack, segment: str, purpose: str) -> dict[str, Any]:
    return pack.as_json() | {"segment": segment, "purpose": purpose}


class _Lines:
    """The first line of each person wanted, in a file that is judged."""

    def __init__(self, wanted: Hashes) -> None:
        self.wanted, self.lines = wanted, np.zeros(wanted.size, np.int64)

    def begin(self, setting: Setting) -> None:
        """Nothing to prepare."""

    def finding(self, finding: Finding) -> None:
        """Told long ago."""

    def block(self, judged: Judged) -> None:
        places = np.flatnonzero(is_among(judged.hashes, self.wanted))[::-1]  # the first is written last, and stays
        at = np.searchsorted(self.wanted, judged.hashes[places])
        is_new = self.lines[at] == 0
        self.lines[at[is_new]] = judged.lines[places[is_new]]


class _Found:
    """The rows of the target that somebody must see: who must not be there, who was not sent, and the chosen ones."""

    def __init__(self, folder: Path, read: SentPeople, arrived: ArrivedPeople, chosen: Hashes) -> None:
        self._folder, self._read, self._arrived = folder, read, arrived
        self._sent, self._chosen = np.sort(read.hashes), np.sort(chosen)
        self._header: list[str] = []
        self._sheets: dict[str, Sheet] = {}
        self._written: set[int] = set()
        self.rows: dict[int, tuple[list[str], list[str]]] = {}

    def begin(self, setting: Setting) -> None:
        self._kept, self._header = columns_as_they_are(setting)

    def finding(self, finding: Finding) -> None:
        """The report of the file tells it."""

    def block(self, judged: Judged) -> None:
        frame, places = judged.every_row()
        frame, hashes = frame.select([str(number) for number in self._kept]), judged.hashes[places]
        for place in np.flatnonzero(is_among(hashes, self._chosen)).tolist():
            self.rows.setdefault(int(hashes[place]), (self._header, list(frame.row(place))))
        is_out = is_among(hashes, self._read.to_keep_out)
        at = places_among(hashes, self._arrived.persons)
        is_mailable = ~self._arrived.is_blocked[np.maximum(at, 0)] if self._arrived.persons.size else is_out
        self._write("must_not_be_there", frame, hashes, is_out & is_mailable)
        self._write("not_sent", frame, hashes, (hashes != 0) & ~is_out & ~is_among(hashes, self._sent))

    def _write(self, name: str, frame: pl.DataFrame, hashes: Hashes, mask: NDArray[np.bool_]) -> None:
        """The first row of each person."""
        _, first = np.unique(np.where(mask, hashes, 0), return_index=True)
        fresh = [place for place in np.sort(first).tolist() if mask[place] and int(hashes[place]) not in self._written]
        if not fresh:
            return
        self._written.update(hashes[fresh].tolist())
        if name not in self._sheets:
            self._sheets[name] = Sheet(self._folder / f"{name}.csv", [*map(guard, self._header)])
        rows = guarded(frame[fresh])
        self._sheets[name].put(csv_text(rows), rows.height)

    def close(self) -> list[dict[str, Any]]:
        """What was written."""
        purposes = {"must_not_be_there": "intruders", "not_sent": "list"}
        return [_made(sheet.close(), name, purposes[name]) for name, sheet in sorted(self._sheets.items())]


def reconcile(
    path: Path, plan: Mapping[str, Any], *, out: Path | None = None, client: str = "", **settings: Any
) -> dict[str, Any]:
    """The whole comparison in plain data; with `out` its files too. May raise Unreadable and ValueError."""
    work = Reconciliation(path, *read_plan(plan), **settings)
    outcome = work.outcome()
    prefix = "_".join(part for part in (client, settings["target"].key) if part)
    made: Iterable[dict[str, Any]] = work.write(out, prefix) if out else []
    answer = work.report.as_json() | outcome.as_json() | {"made": list(made)}
    if out:
        (out / "manifest.json").write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return answer
