"""How fast domains are checked, against name servers on loopback that answer after 20 ms.

    python benchmarks/domains.py [--count 400] [--delay 0.02] [--without-checkdmarc]

Starts the servers of benchmarks/dnsbed in a process of their own: one resolver, 24 name servers, 400 client domains
with shared providers. Measured: one domain's full check in round trips; all domains in one batch through the job's task
and a SQLite database, every verdict compared with what the zones hold; the posture alone beside checkdmarc from the
registry (in an environment that is made for it) on the same servers in the same run; a silent zone; questions a domain.
"""

import argparse
import ipaddress
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.dnsbed import zones  # noqa: E402
from engine.dns.checking import check_domains  # noqa: E402

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
ENVIRONMENT = Path(tempfile.gettempdir()) / "migrator-bench-checkdmarc"


class Bed:
    """The process with the servers."""

    def __init__(self, count: int, delay: float) -> None:
        program = str(ROOT / "benchmarks/dnsbed/server.py")
        words = [sys.executable, program, "--count", str(count), "--delay", str(delay)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line())

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def asked(self) -> int:
        """Questions since the last call."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._line())

    def options(self) -> dict[str, Any]:
        return {"nameservers": [f"127.0.0.1:{self.port}"], "allow": LOOPBACK, "ports": [80, 443, self.port]}

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def tell(what: str, figure: str, asked: str = "") -> None:
    print(f"{what:<58} {figure:>14}" + (f"   asked: {asked}" if asked else ""), flush=True)


def full(names: list[str], bed: Bed) -> list[Any]:
    """The full check: six selectors, pasted records, old and new platform, every name server."""
    return check_domains(
        names,
        sources=["mailchimp"],
        target="kartra",
        selectors=dict.fromkeys(names, zones.SELECTORS),
        own_values=dict.fromkeys(names, zones.PASTED),
        **bed.options(),
    )


def one_domain(bed: Bed, delay: float, count: int) -> None:
    """Wall clock of one full check, in round trips."""
    trips, asked = [], []
    for number in range(min(count, 80)):
        bed.asked()
        begun = time.perf_counter()
        full([f"client{number:03d}.example"], bed)
        trips.append((time.perf_counter() - begun) / (delay or 1))
        asked.append(bed.asked())
    trips.sort()
    tell("one domain, full check, round trips, median", f"{statistics.median(trips):.2f}", "at most 4")
    tell("one domain, full check, round trips, 95 %", f"{trips[int(len(trips) * 0.95)]:.2f}", "at most 6")
    tell("one domain, full check, questions, median", f"{statistics.median(asked):.0f}")


def wrong_in(report: dict[str, Any], truth: dict[str, Any]) -> list[str]:
    """What the report says otherwise than the zones."""
    found: dict[str, Any] = {
        "spf": report["spf"]["result"], "lookups": report["spf"]["lookups"], "dmarc": report["dmarc"]["result"],
        "policy": report["dmarc"]["policy"], "mx": report["mx"]["result"],
        "dkim": {key["selector"]: key["result"] for key in report["dkim"]},
        "nameservers": {server["name"]: server["result"] for server in report["nameservers"]},
        "expected": {row["name"]: row["verdict"] for row in report["expected"] if row["type"] == "CNAME"},
    }  # fmt: skip
    wrong = []
    for key, expected in truth.items():
        if isinstance(expected, dict):
            here = found[key]
            wrong += [f"{key} {name}: {here.get(name)}" for name in expected if here.get(name) != expected[name]]
        elif expected is not None and found[key] != expected:
            wrong.append(f"{key}: {found[key]}, not {expected}")
    return wrong


@contextmanager
def database(bed: Bed) -> Iterator[Any]:
    """A project on SQLite in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "migrator.settings", "DATA_DIR": folder, "SECRET_KEY": "bench" * 12,
            "DNS_NAMESERVERS": f"127.0.0.1:{bed.port}", "OUTBOUND_ALLOW": "127.0.0.0/8",
            "OUTBOUND_PORTS": f"80,443,{bed.port}",
        }  # fmt: skip
        os.environ.pop("DATABASE_URL", None)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from tests import factories

        yield factories.project(slug="bench")


def batch(bed: Bed, count: int) -> None:
    """All domains through the job's task; every verdict compared."""
    with database(bed) as project:
        from apps.domains.models import Domain, DomainCheck
        from apps.domains.tasks import check_domains as task
        from apps.jobs.models import Job

        truths = {one.name: one.truth for one in zones.clients(count)}
        for name in truths:
            selectors = ", ".join(zones.SELECTORS)
            Domain.objects.create(project=project, name=name, shown=name, selectors=selectors, own_values=zones.PASTED)
        job = Job.start(task, project, by=None, title="Benchmark")
        bed.asked()
        begun, cpu = time.perf_counter(), time.process_time()
        task.run(job.pk)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        job.refresh_from_db()
        reports = {check.domain.name: check.report for check in DomainCheck.objects.select_related("domain")}
    wrong = {name: found for name in truths if (found := wrong_in(reports[name], truths[name]))}
    tell(f"{count} domains through the task and SQLite: {job.message}", f"{seconds:.2f} s")
    tell("  full checks a second", f"{count / seconds:.1f}", "at least 20")
    tell("  processor seconds of the task", f"{cpu:.2f} s")
    tell("  domains with a wrong verdict", str(len(wrong)), "0")
    tell("  questions that reached the servers, a domain", f"{bed.asked() / count:.1f}")
    for name, found in list(wrong.items())[:5]:
        print(f"    {name}: {'; '.join(found)}")


def posture(bed: Bed, count: int, *, beside: bool) -> None:
    """SPF, DMARC, MX, NS and addresses of every domain; checkdmarc's four functions beside it."""
    names = [f"client{number:03d}.example" for number in range(count)]
    options = {"nameservers": [f"127.0.0.1:{bed.port}"]}
    bed.asked()
    begun, cpu = time.perf_counter(), time.process_time()
    reports = check_domains(names, **options)
    ours, cpu = time.perf_counter() - begun, time.process_time() - cpu
    asked = bed.asked()
    truths = {one.name: one.truth for one in zones.clients(count)}
    wrong = sum(report.facts.spf.result.value != truths[report.domain]["spf"] for report in reports)
    tell("posture alone", f"{count / ours:.0f} domains/s")
    tell("  questions that reached the servers, a domain", f"{asked / count:.1f}")
    tell("  wrong SPF verdicts", str(wrong), "0")
    if not beside:
        return
    line = subprocess.run(
        [checkdmarc_python(), str(ROOT / "benchmarks/dnsbed/checkdmarc_side.py"), str(bed.port), str(count)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    theirs = json.loads(line)
    wrong = sum(theirs["spf"][name] != truths[name]["spf"] for name in names)
    tell("  checkdmarc, 32 threads", f"{count / theirs['seconds']:.1f} domains/s")
    tell("  checkdmarc, wrong SPF verdicts", str(wrong))
    tell("  checkdmarc, questions a domain", f"{bed.asked() / count:.1f}")
    tell("  times checkdmarc", f"{theirs['seconds'] / ours:.1f}", "at least 5, stretch 20")
    tell("  times checkdmarc in processor seconds", f"{theirs['cpu'] / cpu:.1f}")


def checkdmarc_python() -> str:
    """The Python of an environment with checkdmarc in it, made once."""
    python = ENVIRONMENT / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", "checkdmarc==6.0.4"], check=True)
    return str(python)


def silent_zone() -> None:
    """A server that takes questions and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        names = ["quiet.example"]
        (report,) = check_domains(
            names, nameservers=[f"127.0.0.1:{silent.getsockname()[1]}"], sources=["mailchimp"], target="kartra",
            selectors=dict.fromkeys(names, zones.SELECTORS), own_values=dict.fromkeys(names, zones.PASTED),
        )  # fmt: skip
    tell("a silent zone, full check", f"{report.seconds:.2f} s", "at most 2.5 s")


def without_task(bed: Bed, count: int) -> None:
    """Questions of one domain when neither a target nor a selector is known."""
    needed, seen = [], []
    for number in range(min(count, 40)):
        bed.asked()
        (report,) = check_domains([f"client{number:03d}.example"], **bed.options())
        needed.append(report.queries)
        seen.append(bed.asked())
    bed.asked()
    check_domains([f"client{number:03d}.example" for number in range(count)], **bed.options())
    tell("questions a domain without a task, in one batch", f"{bed.asked() / count:.1f}", "at most 20")
    tell("questions a domain without a task, alone, median", f"{statistics.median(seen):.0f}")
    tell("  the most (an SPF tree of 11 look-ups)", str(max(*needed, *seen)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=zones.COUNT)
    parser.add_argument("--delay", type=float, default=0.02)
    parser.add_argument("--without-checkdmarc", action="store_true")
    options = parser.parse_args()
    bed = Bed(options.count, options.delay)
    try:
        one_domain(bed, options.delay, options.count)
        without_task(bed, options.count)
        silent_zone()
        posture(bed, options.count, beside=not options.without_checkdmarc)
        batch(bed, options.count)
    finally:
        bed.close()


if __name__ == "__main__":
    main()
