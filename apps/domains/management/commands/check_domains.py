"""The DNS engine from the command line, without the database; scripts rely on its options and exit status."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.dns.checking import ACTIVE, DomainReport, NoNameserver, check_domains
from engine.dns.names import BadName, parse_domain
from engine.dns.resolver import BadNameserver
from engine.platforms import UnknownPlatform

MOST = 512


class Command(BaseCommand):
    help = "Look up domains and judge their mail records; one JSON object a line with --json."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", metavar="NAME")
        parser.add_argument("--from", dest="sources", action="append", default=[], metavar="KEY", help="what is left")
        parser.add_argument("--to", dest="target", metavar="KEY", help="what is moved to")
        parser.add_argument("--selector", action="append", default=[], metavar="S", help="a DKIM selector; repeatable")
        parser.add_argument("--nameserver", action="append", default=[], metavar="IP[:PORT]", help="repeatable")
        parser.add_argument("--concurrency", type=int, default=ACTIVE, metavar="N", help="domains at the same time")
        parser.add_argument("--json", action="store_true", help="print nothing but JSON, progress to standard error")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the call first, so that a wrong one asks nothing; exit with 1 when a domain has errors."""
        try:
            reports = self._check(options)
        except (BadName, BadNameserver, UnknownPlatform, NoNameserver) as error:
            raise CommandError(str(error), returncode=2) from error
        for report in reports:
            text = json.dumps(report.as_report(), ensure_ascii=False) if options["json"] else "\n".join(_lines(report))
            self.stdout.write(text)
        if any(report.has_errors for report in reports):
            sys.exit(1)

    def _check(self, options: dict[str, Any]) -> list[DomainReport]:
        if not 1 <= options["concurrency"] <= MOST:
            raise CommandError(f"--concurrency takes a number from 1 to {MOST}.", returncode=2)
        names = [_parsed(text) for text in options["names"]]
        return check_domains(
            names,
            sources=options["sources"],
            target=options["target"],
            nameservers=options["nameserver"] or settings.DNS_NAMESERVERS,
            selectors=dict.fromkeys(names, options["selector"]),
            allow=settings.OUTBOUND_ALLOW,
            ports=settings.OUTBOUND_PORTS,
            progress=self._tell if len(names) > 1 else None,
            concurrency=options["concurrency"],
        )

    def _tell(self, done: int, total: int) -> None:
        self.stderr.write(f"{done} of {total} domains", ending="\n")


def _parsed(text: str) -> str:
    try:
        return parse_domain(text)
    except BadName as error:
        raise BadName(f"{text[:60]!r}: {error}") from error


def _lines(report: DomainReport) -> list[str]:
    """The report for a person."""
    found = report.as_report()
    spf, dmarc, mx = found["spf"], found["dmarc"], found["mx"]
    lines = [
        f"{found['shown']}: SPF {spf['result']} ({spf['lookups']} look-ups), DMARC {dmarc['result']}"
        + (f" (p={dmarc['policy']})" if dmarc["policy"] else "")
        + f", MX {mx['result']}; {found['queries']} questions in {found['seconds']:.1f} s through {found['nameserver']}"
    ]
    lines += [f"  DKIM {key['selector']}: {key['result']}" for key in found["dkim"]]
    for row in found["expected"]:
        lines.append(f"  {row['need']:11} {row['name']} {row['type']}: {row['verdict']}")
    lines += [f"  name server {one['name']} {one['address'] or ''}: {one['result']}" for one in found["nameservers"]]
    lines += [f"  {one['severity']:8} {one['code']}: {one['message']}" for one in found["findings"]]
    return lines
