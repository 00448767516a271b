"""Asks the servers: does the new address answer, and does the old one lead there, at once and for good?

Every host is asked politely: at most `PER_HOST` requests at once, longer pauses where it asks for them (429, 503), and
no more of them where it has not answered, or has asked for a pause, several times in a row. A round ends in time: what
was not asked until then is told as such (`NOT_ASKED`).
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from engine.outbound import Failed, OutboundError, Refused, Response, target_of
from engine.redirects.maps import CannotRead, Redirect, host_of, standard

PER_HOST = 12
AT_ONCE = 48
MOST_HOPS = 5
GIVES_UP_AFTER = 4  # answers that did not come, in a row
LONGEST_PAUSE = 10.0
LONGEST_ROUND = 1_200.0  # seconds; the requests under way and their pauses come on top, a minute at most
NOT_ASKED = "not_asked"  # the code of a line whose turn did not come
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
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


@dataclass(frozen=True, slots=True)
class Checked:
    """One verdict: ok, wrong or unknown; `code` names the case; `way` is (address, status) of every hop."""

    verdict: str
    code: str
    sentence: str
    way: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Host:
    """What is known of one host: who waits for it, how many are with it, and how it has answered."""

    waiting: deque[str] = field(default_factory=deque)
    busy: int = 0
    silent: int = 0
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
            if isinstance(error, Failed) and error.reason in ("connection", "timeout", "name"):
                with self._lock:
                    host.silent += 1
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


MANY = "Stands for many addresses: name one page below it, which is then asked."
NO_TIME = "The time of this round was over before its turn came; check again."


@dataclass(slots=True)
class _Way:
    """One old address on its way: the hops so far, and how it ended."""

    one: Redirect
    hops: list[tuple[str, int]] = field(default_factory=list)
    last: Answer = field(default_factory=Answer)
    is_circle: bool = False
    is_broken: str = ""
    waits: bool = True  # for the answer of an address that has not been asked


def check_before(
    redirects: Sequence[Redirect],
    ask: Ask,
    *,
    on_done: Callable[[int, int], None] = lambda done, total: None,
    per_host: int = PER_HOST,
    seconds: float = LONGEST_ROUND,
) -> list[Checked]:
    """Does every new address answer with 200? In the order of the list; what ends in /* cannot be asked."""
    asking = Asking(ask, per_host=per_host, seconds=seconds)
    wanted = [one.new for one in redirects if one.new and not one.new.endswith("/*")]
    for url in wanted:
        asking.add(url)
    total, done = len(asking.answers), 0

    def told(url: str, answer: Answer) -> None:
        nonlocal done
        done += 1
        on_done(done, total)

    asking.run(told)
    return [_before(one, asking.answers.get(one.new)) for one in redirects]


def _before(one: Redirect, answer: Answer | None) -> Checked:
    if one.is_gone:
        return Checked("ok", "gone_by_choice", "Is to be gone by choice; there is nothing to ask.")
    if answer is None:
        return Checked("unknown", "pattern", MANY)
    if not answer.came:
        return Checked("unknown", NOT_ASKED, NO_TIME)
    way = ((one.new, answer.status),)
    if answer.failure:
        return Checked("wrong" if answer.is_refused else "unknown", "no_answer", answer.failure)
    if answer.status == 200:
        return Checked("ok", "answers", "The new page answers.", way)
    if answer.status in REDIRECTS:
        return Checked(
            "wrong", "target_redirects", f"The new address itself leads on ({answer.status}); name its end.", way
        )
    if answer.status in (401, 403):
        sentence = (
            f"The new page answers {answer.status}: it may be open to signed-in people alone. Look at it yourself."
        )
        return Checked("unknown", "target_closed", sentence, way)
    if answer.status >= 500 or answer.status == 429:
        return Checked(
            "unknown", "target_ails", f"The server of the new page answers {answer.status}; try again later.", way
        )
    return Checked(
        "wrong", "target_missing", f"The new page answers {answer.status}; publish it, or name another.", way
    )


def check_after(
    redirects: Sequence[Redirect],
    ask: Ask,
    *,
    on_done: Callable[[int, int], None] = lambda done, total: None,
    per_host: int = PER_HOST,
    seconds: float = LONGEST_ROUND,
) -> list[Checked]:
    """Does every old address lead to its new one, in one permanent hop? In the order of the list."""
    asking = Asking(ask, per_host=per_host, seconds=seconds)
    ways: dict[str, list[_Way]] = {}
    every = [_Way(one) for one in redirects]
    for way in every:
        if not way.one.is_prefix:
            ways.setdefault(way.one.old, []).append(way)
    total, done = sum(map(len, ways.values())), 0

    def told(url: str, answer: Answer) -> None:
        nonlocal done
        for way in ways.pop(url, []):
            following = _step(way, url, answer)
            while following and (known := asking.answers.get(following)) and known.came:
                following = _step(way, following, known)
            if following:
                ways.setdefault(following, []).append(way)
                asking.add(following, is_next=True)  # a way that was begun is finished before the time is over
            else:
                done += 1
        on_done(done, total)

    for url in list(ways):
        asking.add(url)
    asking.run(told)
    return [_after(way) for way in every]


def _step(way: _Way, url: str, answer: Answer) -> str:
    """Write down what this address answered; the next address to ask, or nothing."""
    way.hops.append((url, answer.status))
    way.last, way.waits = answer, False
    if answer.status not in REDIRECTS or not answer.location:
        return ""
    try:
        following = standard(target_of(url, answer.location))
    except (CannotRead, ValueError):
        way.is_broken = answer.location
        return ""
    if any(following == seen for seen, _ in way.hops):
        way.is_circle = True
        return ""
    way.waits = len(way.hops) <= MOST_HOPS
    return following if way.waits else ""


def _after(way: _Way) -> Checked:
    one, hops, last = way.one, tuple(way.hops), way.last
    if one.is_prefix:
        return Checked("unknown", "pattern", MANY)
    if way.waits:
        return Checked("unknown", NOT_ASKED, NO_TIME, hops)

    def said(verdict: str, code: str, sentence: str) -> Checked:
        return Checked(verdict, code, sentence, hops)

    first = hops[0][1]
    if not first:
        return said("wrong" if last.is_refused else "unknown", "no_answer", last.failure)
    if one.is_gone:
        return _gone(first, said)
    if first == 429 or first >= 500:
        return said("unknown", "ails", f"The server answers {first}; try again later.")
    if first not in REDIRECTS:
        where = "still shows a page of its own" if first == 200 else f"answers {first}"
        return said("wrong", "not_redirected", f"The old address {where}; publish the redirect.")
    return _redirected(way, said)


def _gone(status: int, said: Callable[[str, str, str], Checked]) -> Checked:
    if status == 410:
        return said("ok", "gone", "Answers 410: gone by choice.")
    if status == 404:
        return said("wrong", "missing_not_gone", "Answers 404; 410 says that the page is gone on purpose.")
    if status == 429 or status >= 500:
        return said("unknown", "ails", f"The server answers {status}; try again later.")
    return said("wrong", "not_gone", f"Answers {status}, though it is to be gone (410).")


def _redirected(way: _Way, said: Callable[[str, str, str], Checked]) -> Checked:
    """The first answer was a redirect; the gravest fault speaks."""
    one, hops, last = way.one, way.hops, way.last
    end = hops[-1][0]
    if way.is_circle:
        return said("wrong", "loop", "The redirects run in a circle; nobody arrives.")
    if way.is_broken:
        return said("wrong", "bad_target", "The redirect names an address that cannot be read; correct it.")
    if last.is_refused:
        return said("wrong", "private", "The redirect leads to an address that the public cannot open; correct it.")
    if last.status in REDIRECTS:
        return said("wrong", "chain", f"More than {MOST_HOPS} redirects in a row; send it straight to its end.")
    if any(
        before.startswith("https://") and after.startswith("http://")
        for (before, _), (after, _) in itertools.pairwise(hops)
    ):
        return said("wrong", "https_lost", "The way leads from https to http; name the new address with https.")
    if end != one.new and end.rstrip("/") != one.new.rstrip("/"):
        return said("wrong", "wrong_target", f"Leads to {end} in place of {one.new}.")
    if len(hops) > 2:
        return said("wrong", "chain", f"Arrives after {len(hops) - 1} redirects; send it straight to {one.new}.")
    if hops[0][1] not in PERMANENT:
        return said("wrong", "temporary", f"The redirect is temporary ({hops[0][1]}); make it permanent (301).")
    if last.failure:
        return said("unknown", "target_no_answer", last.failure)
    if last.status in (401, 403, 429) or last.status >= 500:
        return said(
            "unknown", "target_ails", f"Leads to the right place, which answers {last.status}; look at it yourself."
        )
    if last.status != 200:
        return said(
            "wrong", "target_missing", f"Leads to the right place, which answers {last.status}; publish the page."
        )
    return said("ok", "arrives", "Arrives in one permanent hop.")


def tallied(checked: Iterable[Checked]) -> dict[str, int]:
    """How many of each verdict."""
    counts = {"ok": 0, "wrong": 0, "unknown": 0}
    for one in checked:
        counts[one.verdict] += 1
    return counts


def asker(fetch_first: Callable[[str, str], Response]) -> Ask:
    """HEAD first, GET where a server does not take HEAD (405, 501) or answers it otherwise than 200 or a redirect.

    Many a page builder answers HEAD with 404 or 403 though the page is there.
    """

    def ask(url: str) -> Response:
        found = fetch_first(url, "HEAD")
        is_final = found.status == 200 or found.status in REDIRECTS | WISHES_A_PAUSE
        return found if is_final else fetch_first(url, "GET")

    return ask


def hops_of(checked: Checked) -> Iterator[str]:
    """The way in words: address (301)."""
    for url, status in checked.way:
        yield f"{url} ({status or 'no answer'})"
