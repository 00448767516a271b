"""The contact engine, as a ratio to a bare `csv.reader` loop over the same file in the same run.

    python benchmarks/contacts.py [--rows N] [--pairs N] [--only NAME...] [--large] [--frictionless]

Makes its own files in a temporary folder (1,000,000 rows unless told): plain with 14 columns, wide with 40, one with
every kind of structural fault, and with --large one of ten times the rows. Every program is a whole process of its own
(the engine with its second one), the loop and the engine in turn; a ratio is the median of the pairs, with the least
and the most beside it, the memory the largest peak of both processes together. --frictionless installs it from the
registry into an environment of its own and checks the plain file with the same fields. What the product adds to the
engine is measured by contacts_product.py.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parent.parent
AS_OF = date(2026, 9, 1)
HEADER = ["Email", "First Name", "Last Name", "Phone", "Status", "Consent", "Opt-in Date", "Last Open", "Tags",
          "Country", "City", "Score", "Website", "Notes"]  # fmt: skip
TYPES = ["email", "text", "text", "phone", "status", "consent", "date", "date", "tags", "option", "text", "number",
         "url", "text"]  # fmt: skip
FIRST = ["Ada", "Béla", "Chloë", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ívar", "José", "Kerstin", "Łucja"]
LAST = ["Okafor", "Nguyen", "O'Neil", "Müller", "van der Berg", "Sørensen", "García", "Ivanova", "Smith", "Kaya"]
TAGS = ["Newsletter", "Buyer", "Webinar 2026", "Lead", "VIP", "Course A", "Course B", "Affiliate"]
COUNTRIES = ["Germany", "France", "Nigeria", "Brazil", "Canada", "Japan", "Poland", "India"]
BARE = "import csv,sys\ncsv.field_size_limit(1 << 30)\nfor row in csv.reader(open(sys.argv[1], newline='', encoding='utf-8', errors='replace')): pass"  # noqa: E501


def plain_rows(count: int, width: int = 14) -> Iterator[list[str]]:
    """Contacts as exports hold them; two in a hundred have one of the usual faults, one in six is cold."""
    rng = random.Random(7)
    days = [(AS_OF - timedelta(days=number)).isoformat() for number in range(1500)]
    domains = ["gmail.com", "yahoo.com", "outlook.com", "icloud.com"] + [f"firm-{n}.example" for n in range(25_000)]
    for number in range(count):
        first, last = FIRST[number % 12], LAST[number // 12 % 10]
        domain = domains[rng.randrange(4)] if rng.random() < 0.6 else domains[rng.randrange(25_004)]
        address = f"person{number}.{number % 97}@{domain}"
        dice = rng.randrange(1000)
        if dice < 20:
            address = _spoiled(address, dice)
        opened = rng.randrange(180) if rng.random() < 0.8 else rng.randrange(1400)
        joined = days[min(opened + rng.randrange(100), 1499)]
        row = [
            address, first, last, f"+49 30 {number % 1_000_000:06}", "unsubscribed" if dice > 970 else "subscribed",
            "" if dice % 50 == 41 else "yes", joined, days[opened], ", ".join(rng.sample(TAGS, rng.randrange(4))),
            COUNTRIES[number % 8], "Somewhere", str(number % 100), f"https://www.site-{number % 5000}.example/",
            "A remark, with a comma" if number % 9 == 0 else "",
        ]  # fmt: skip
        yield row + [f"extra {number % 1000}"] * (width - 14)


def _spoiled(address: str, dice: int) -> str:
    kinds: list[Callable[[str], str]] = [
        lambda a: "", lambda a: a.replace("@", "(at)"), lambda a: a.replace("@", "@@"), lambda a: f" <{a}>",
        lambda a: a.partition("@")[0] + "@gmial.com", lambda a: "info@" + a.partition("@")[2],
        lambda a: a + ".", lambda a: "person7.7@gmail.com",
    ]  # fmt: skip
    return kinds[dice % 8](address)


def lines_of(rows: Iterable[list[str]]) -> Iterator[str]:
    for row in rows:
        yield ",".join(f'"{cell}"' if "," in cell or '"' in cell else cell for cell in row) + "\r\n"


def faulty_lines(count: int) -> Iterator[bytes]:
    """Quoted newlines, ragged rows, blank lines, NULs, bad bytes, stray and unclosed quotes, mixed line ends."""
    for number, line in enumerate(lines_of(plain_rows(count))):
        data, kind = line.encode(), number % 2500
        if number % 33 == 0:
            data = data[:-2] + b"," if kind == 33 else data.replace(b",Somewhere,", b',"Some\nwhere",')
        elif kind == 1:
            data = data.replace(b",Somewhere,", b",", 1)
        elif kind == 2:
            data = data[:-2] + b",more\r\n"
        elif kind == 4:
            data += b"\r\n"
        elif kind == 5:
            data = data.replace(b"Somewhere", b"Some\0where")
        elif kind == 7:
            data = data.replace(b"Somewhere", b"S\xe3o Paulo")
        elif kind == 8:
            data = data.replace(b",Somewhere,", b',5" pipe,')
        elif kind == 10 and number % 100_000 < 2500:
            data = data.replace(b",Somewhere,", b',"Somewhere,')
        elif number % 5 == 0:
            data = data[:-2] + b"\n"
        yield data if data.endswith(b"\n") else data + b"\r\n"


def make(path: Path, name: str, rows: int) -> None:
    """One of the files."""
    with path.open("wb") as stream:
        width = 40 if name == "wide" else 14
        header = HEADER + [f"Extra {n}" for n in range(15, width + 1)]
        stream.write((",".join(header) + "\r\n").encode())
        if name == "faulty":
            stream.writelines(faulty_lines(rows))
        else:
            stream.writelines(line.encode() for line in lines_of(plain_rows(rows, width)))


@dataclass
class Ran:
    """One program: seconds by the clock, seconds of processor, the largest memory of its processes together in MB, and
    what it printed."""

    wall: float
    cpu: float
    peak: int
    told: bytes


class Watch(Thread):
    """The largest memory that a process and its children hold together, looked at forty times a second.

    What they share (libraries above all) is counted once.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak, self._pid = 0, pid
        self.start()

    def run(self) -> None:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children")
        page = os.sysconf("SC_PAGE_SIZE")
        while (own := self._held(self._pid)) != (0, 0):
            more = map(self._held, children.read_text().split() if children.exists() else [])
            held, shared = zip(own, *more, strict=True)
            self.peak = max(self.peak, page * (sum(held) - sum(shared) + max(shared)))
            time.sleep(0.025)

    def _held(self, pid: int | str) -> tuple[int, int]:
        """Pages in memory, and those of them that are shared."""
        try:
            _, held, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        except (OSError, ValueError):
            return 0, 0
        return held, shared


def run(command: list[str], cwd: Path = ROOT) -> Ran:
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.DEVNULL, cwd=cwd)
        watch = Watch(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begun
        told.seek(0)
        text = told.read()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command[:4])} ended with {process.returncode}")
    return Ran(wall, used.ru_utime + used.ru_stime, max(used.ru_maxrss // 1024, watch.peak >> 20), text)


def bare(path: Path) -> Ran:
    return run([sys.executable, "-c", BARE, str(path)])


def engine(path: Path, *options: str) -> Ran:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        words = [str(path), "--target", "kartra", "--as-of", AS_OF.isoformat(), "--out", f"{folder}/out", *options]
        return run([sys.executable, "-m", "engine.contacts", *words])


def compare(title: str, path: Path, pairs: int, asked: str, *options: str) -> list[Ran]:
    """The loop and the engine in turn; prints one line."""
    ratios, cpus, runs = [], [], []
    for _ in range(pairs):
        base, ours = bare(path), engine(path, *options)
        ratios.append(ours.wall / base.wall)
        cpus.append(ours.cpu / base.cpu)
        runs.append(ours)
    ratio, cpu = statistics.median(ratios), statistics.median(cpus)
    seconds, peak = statistics.median(one.wall for one in runs), max(one.peak for one in runs)
    print(
        f"{title:34} {ratio:5.2f} times the bare loop ({min(ratios):.2f} to {max(ratios):.2f}), processor {cpu:.2f}; "
        f"{seconds:.2f} s, peak {peak} MB   asked: {asked}",
        flush=True,
    )
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["plain", "packs", "wide", "faulty"])
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--frictionless", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-contacts-"))
    try:
        measure(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, options: argparse.Namespace) -> None:
    files = {}
    for name in ("plain", "wide", "faulty"):
        if name in options.only or (name == "plain" and ("packs" in options.only or options.frictionless)):
            files[name] = folder / f"{name}.csv"
            make(files[name], name, options.rows)
    if "plain" in options.only:
        compare("plain x 14, all findings", files["plain"], options.pairs, "1.5, 450 MB", "--no-packs")
    if "packs" in options.only:
        compare("plain x 14, with packs", files["plain"], options.pairs, "2.2")
    if "wide" in options.only:
        compare("plain x 40, all findings", files["wide"], options.pairs, "1.2", "--no-packs")
    if "faulty" in options.only:
        compare("every structural fault", files["faulty"], options.pairs, "2.2", "--no-packs")
    if options.frictionless:
        against_frictionless(folder, files["plain"])
    if options.large:
        make(folder / "large.csv", "plain", 10 * options.rows)
        compare("plain x 14, ten times the rows", folder / "large.csv", 1, "1.5, 700 MB", "--no-packs")


def against_frictionless(folder: Path, path: Path) -> None:
    """The same columns with the same types; frictionless is asked for every error, not for the first thousand."""
    fields = [{"name": name, "type": kind} for name, kind in zip(HEADER, TYPES, strict=True)]
    (folder / "fields.json").write_text(json.dumps(fields))
    kinds = {"date": "date", "number": "number"}
    schema = {
        "fields": [{"name": name, "type": kinds.get(kind, "string")} for name, kind in zip(HEADER, TYPES, strict=True)]
    }
    schema["fields"][0] |= {"format": "email", "constraints": {"required": True, "unique": True}}
    (folder / "schema.json").write_text(json.dumps(schema))
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    python = folder / "env/bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "frictionless"], check=True)
    text = (
        "import sys; from frictionless import Resource, Schema, Checklist;"
        "report = Resource(path=sys.argv[1], schema=Schema.from_descriptor(sys.argv[2])).validate(limit_errors=10**9);"
        "print(report.stats)"
    )
    theirs = run([str(python), "-c", text, path.name, "schema.json"], cwd=folder)
    ours = engine(path, "--fields", str(folder / "fields.json"), "--no-packs")
    print(
        f"{'frictionless, the same fields':34} {theirs.wall / ours.wall:5.1f} times the engine; {theirs.wall:.1f} s, "
        f"peak {theirs.peak} MB, against {ours.wall:.2f} s   asked: 20",
        flush=True,
    )


if __name__ == "__main__":
    main()
