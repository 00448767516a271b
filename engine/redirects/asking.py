"""Puts the questions: many addresses, each once, to each host no faster than it likes.

At most `PER_HOST` requests at once to one host, longer pauses where it asks for them (429, 503), and no more of them
where it has not answered, or has asked for a pause, several times in a row. A round ends in time: what was not asked
until then stays without an answer.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from engine.outbound import Failed, OutboundError, Refused, Response
from engine.redirects.maps import host_of

PER_HOST = 12
AT_ONCE = 48
GIVES_UP_AFTER = 4  # answers that did not come, in a row
LONGEST_PAUSE = 10.0
LONGEST_ROUND = 1_200.0  # seconds; the requests under way and their pauses come on top, a minute at most
REDIRECTS = frozenset({301, 302, 303, 307, 308})
WISHES_A_PAUSE = frozenset({429, 503})

Ask = Callable[[str], Response]
"""The first answer to this address, as it came, without following it; raises OutboundError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one address: a status with the place it names, or why there is none."""

    status: int = 0
    location: str = ""
    failure: str = ""
    is_refused: bool = False

    @property
    def came(self) -> bool:
        return bool(self.status or self.failure)


@dataclass(slots=True)
class _Host:
    """What is known of one host: who waits for it, how many are with it, and how it has answered."""

    waiting: deque[str] = field(default_factory=deque)
    busy: int = 0
    silent: int = 0
    nameless: str = ""  # the words of the DNS, which are about all addresses of this host
    refusing: int = 0
    not_before: float = 0.0
    at_once: int = PER_HOST


class Asking:
    """Asks many addresses, each once, and goes where the answers lead. `on_done` is told of every address answered."""

    def __init__(
        self, ask: Ask, *, per_host: int = PER_HOST, at_once: int = AT_ONCE, seconds: float = LONGEST_ROUND
    ) -> None:
        self._ask = ask
        self._until = time.monotonic() + seconds
        self._per_host, self._threads = per_host, at_once
        self._hosts: dict[str, _Host] = {}
        self._turn: deque[str] = deque()
        self._lock = threading.Condition()
        self._left = 0
        self.answers: dict[str, Answer] = {}
        self._ended = False

    def add(self, url: str, *, is_next: bool = False) -> None:
        """Ask this address too, unless it has been; `is_next`: before the others of its host."""
        with self._lock:
            if url in self.answers:
                return
            self.answers[url] = Answer()
            name = host_of(url)
            host = self._hosts.get(name)
            if host is None:
                host = self._hosts[name] = _Host(at_once=self._per_host)
                self._turn.append(name)
            (host.waiting.appendleft if is_next else host.waiting.append)(url)
            self._left += 1
            self._lock.notify()

    def run(self, on_answer: Callable[[str, Answer], None]) -> None:
        """Until nothing is left or the time is over. `on_answer` may add addresses; what it raises ends the whole."""
        with ThreadPoolExecutor(self._threads) as pool:
            futures = [pool.submit(self._work, on_answer) for _ in range(self._threads)]
            for future in futures:
                future.result()

    def _work(self, on_answer: Callable[[str, Answer], None]) -> None:
        try:
            while (url := self._next()) is not None:
                answer = self._one(url)
                with self._lock:
                    self.answers[url] = answer
                    on_answer(url, answer)
                    self._left -= 1
                    if not self._left:
                        self._lock.notify_all()
        except BaseException:
            with self._lock:
                self._ended = True
                self._lock.notify_all()
            raise

    def _next(self) -> str | None:
        """The next address whose host may be asked now; None when all is done or the time is over."""
        with self._lock:
            while self._left and not self._ended and (now := time.monotonic()) < self._until:
                soonest = 1.0
                for _ in range(len(self._turn)):
                    name = self._turn[0]
                    self._turn.rotate(-1)
                    host = self._hosts[name]
                    if host.waiting and host.busy < host.at_once:
                        if host.not_before <= now:
                            host.busy += 1
                            return host.waiting.popleft()
                        soonest = min(soonest, host.not_before - now)
                self._lock.wait(soonest)
            return None

    def _one(self, url: str) -> Answer:
        host = self._hosts[host_of(url)]
        try:
            if host.nameless:
                return Answer(failure=host.nameless)
            if host.silent >= GIVES_UP_AFTER:
                return Answer(failure="This server did not answer several times in a row, so it was not asked again.")
            if host.refusing >= GIVES_UP_AFTER:
                return Answer(failure="This server refuses so many requests; check again later.")
            return self._asked(url, host)
        finally:
            with self._lock:
                host.busy -= 1

    def _asked(self, url: str, host: _Host) -> Answer:
        try:
            response = self._ask(url)
        except Refused as error:
            return Answer(failure=str(error), is_refused=True)
        except OutboundError as error:
            reason = error.reason if isinstance(error, Failed) else ""
            with self._lock:
                host.silent += reason in ("connection", "timeout", "name")
                if reason == "name" and host.silent >= GIVES_UP_AFTER:
                    host.nameless = str(error)
            return Answer(failure=str(error))
        host.silent = 0
        if response.status in WISHES_A_PAUSE:
            self._slow_down(host, response)
            try:
                time.sleep(max(0.0, host.not_before - time.monotonic()))
                response = self._ask(url)
            except OutboundError as error:
                return Answer(failure=str(error))
        with self._lock:
            host.refusing = host.refusing + 1 if response.status in WISHES_A_PAUSE else 0
        return Answer(response.status, response.headers.get("location", ""))

    def _slow_down(self, host: _Host, response: Response) -> None:
        wish = response.headers.get("retry-after", "")
        pause = min(float(wish) if wish.isascii() and wish.isdigit() else 1.0, LONGEST_PAUSE)
        with self._lock:
            now = time.monotonic()
            if host.not_before <= now:  # else the others that were with it have been told the same
                host.at_once = max(1, host.at_once // 2)
                host.not_before = now + pause


def asker(fetch_first: Callable[[str, str], Response]) -> Ask:
    """HEAD first, GET where a server does not take HEAD (405, 501) or answers it otherwise than 200 or a redirect.

    Many a page builder answers HEAD with 404 or 403 though the page is there.
    """

    def ask(url: str) -> Response:
        found = fetch_first(url, "HEAD")
        is_final = found.status == 200 or found.status in REDIRECTS | WISHES_A_PAUSE
        return found if is_final else fetch_first(url, "GET")

    return ask
