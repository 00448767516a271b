"""A thousand redirects against a server on loopback that takes 50 ms for each answer.

    python benchmarks/redirects.py [--count 1000] [--delay 50]

The baseline asks the same addresses one after the other, on a tenth of them. Asked: under 10 s, with no host asked for
more than its share at once. Both kinds of check are timed: the new pages, and the old addresses with where they lead.
"""

import argparse
import sys
import time
from ipaddress import ip_network
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.outbound import Response, fetch
from engine.redirects.asking import PER_HOST, asker
from engine.redirects.checking import check_after, check_before, tallied
from engine.redirects.maps import Redirect
from tests.engine.redirects.test_checking import server

LOOPBACK = (ip_network("127.0.0.0/8"),)


def first_answer(url: str, method: str) -> Response:
    return fetch(url, method=method, allow=LOOPBACK, ports=range(1, 65_536), max_hops=0, accept_hops=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--delay", type=int, default=50, help="of each answer, in ms")
    asked = parser.parse_args()
    delay, ask = asked.delay / 1000, asker(first_answer)

    def answers(path: str, count: int) -> tuple[int, str | None]:
        return (301, path.replace("/old", "/new")) if path.startswith("/old") else (200, None)

    with server(answers, delay=delay) as (site, requests, most):
        redirects = [Redirect(f"{site}/old/{n}", f"{site}/new/{n}") for n in range(asked.count)]
        began = time.perf_counter()
        for one in redirects[: asked.count // 10]:
            ask(one.new)
        alone = (time.perf_counter() - began) * 10
        print(f"one after the other: {alone:6.2f} s for {asked.count} new pages (a tenth measured)")
        for words, check in (("new pages", check_before), ("old addresses", check_after)):
            before, began = len(requests), time.perf_counter()
            counts = tallied(check(redirects, ask))
            seconds = time.perf_counter() - began
            print(
                f"{words}: {seconds:6.2f} s (asked: under 10), {len(requests) - before} requests, "
                f"{alone / seconds:.1f} times faster than one after the other; {counts}"
            )
        print(f"at once to one host: {most[1]} (at most {PER_HOST})")


if __name__ == "__main__":
    main()
