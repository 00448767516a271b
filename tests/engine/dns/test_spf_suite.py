"""The public RFC 7208 suite, at the level of the record: what a sender that matches nothing would get.

Read from SPF_SUITE, or from the folder beside the project; it is not part of the project.
"""

import os
from pathlib import Path

import pytest
import yaml

from engine.dns.answers import Answer, Answers, Status
from engine.dns.spf import check_spf

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "rfc7208-tests.yml"
SUITE = Path(os.environ.get("SPF_SUITE", BESIDE))
SENDER_DECIDES = {
    "include-at-limit": "its sender matches at the tenth look-up; one that matches nothing needs the eleventh",
}
ABSENT = pytest.mark.xfail(run=False, reason="the suite is not beside the project; SPF_SUITE names its file")


def cases():
    if not SUITE.exists():
        return [pytest.param({}, {}, marks=ABSENT)]
    parts = list(yaml.safe_load_all(SUITE.read_text(encoding="utf-8")))
    return [pytest.param(part["zonedata"], case, id=name) for part in parts for name, case in part["tests"].items()]


class Zone(Answers):
    """The suite's zone data, with its conventions: SPF stands for TXT too, TIMEOUT for what is not listed."""

    def __init__(self, zonedata):
        super().__init__()
        self.names = {str(name).lower().rstrip("."): rows for name, rows in zonedata.items()}

    def _one(self, name, kind):
        rows = self.names.get(name)
        if rows is None:
            return Answer(Status.NXDOMAIN)
        pairs = [pair for row in rows if isinstance(row, dict) for pair in row.items()]
        has_txt = any(key == "TXT" for key, _ in pairs)
        wanted = [value for key, value in pairs if key == kind or (key == "SPF" and kind == "TXT" and not has_txt)]
        values = [text(value, kind) for value in wanted if value != "NONE"]
        if values:
            return Answer(Status.OK, tuple(values))
        cname = [value for key, value in pairs if key == "CNAME"]
        if cname:
            return Answer(Status.NODATA, chain=(str(cname[0]).lower().rstrip("."),))
        return Answer(Status.TIMEOUT if "TIMEOUT" in rows else Status.NODATA)


def text(value, kind):
    if kind == "MX":
        return f"{value[0]} {str(value[1]).lower().rstrip('.') or '.'}"
    if isinstance(value, list):
        return "".join(value)
    return str(value)


@pytest.mark.parametrize(("zonedata", "case"), cases())
def test_the_record_level_verdict_is_the_suites(zonedata, case, request):
    sender = case["mailfrom"] or case["helo"]
    domain = str(sender).rpartition("@")[2] or str(case["helo"])
    results = case["result"] if isinstance(case["result"], list) else [case["result"]]
    expected = {result if result in ("none", "permerror", "temperror") else "valid" for result in results}
    spf = check_spf(domain, Zone(zonedata))
    result = spf.result_ipv6 if ":" in str(case["host"]) else spf.result
    if (reason := SENDER_DECIDES.get(request.node.callspec.id)) is not None:
        assert result not in expected, f"no exception any more: {reason}"
        return
    assert result in expected, f"{spf.problem} {spf.record}"
