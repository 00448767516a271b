"""What the answers mean: does the new address answer, and does the old one lead there, at once and for good?"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from engine.outbound import target_of
from engine.redirects.asking import LONGEST_ROUND, PER_HOST, REDIRECTS, Answer, Ask, Asking
from engine.redirects.maps import CannotRead, Redirect, host_of, is_made_up, standard

MOST_HOPS = 5
PERMANENT = frozenset({301, 308})
NOT_ASKED = "not_asked"  # the code of a line whose turn did not come
MADE_UP = "made_up"  # the code of a line at a name that exists for examples alone
MANY = "Stands for many addresses: name one page below it, which is then asked."
NO_TIME = "The time of this round was over before its turn came; check again."


@dataclass(frozen=True, slots=True)
class Checked:
    """One verdict: ok, wrong or unknown; `code` names the case; `way` is (address, status) of every hop."""

    verdict: str
    code: str
    sentence: str
    way: tuple[tuple[str, int], ...] = ()


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
    wanted = [one.new for one in redirects if one.new and not one.new.endswith("/*") and not is_made_up(one.new)]
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
    if is_made_up(one.new):
        return _made_up(one.new)
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


def _made_up(url: str) -> Checked:
    host = host_of(url)
    end = host.partition(":")[0].rpartition(".")[2]
    words = f"{host} is a made-up name: .{end} is kept for examples, so no server can be asked."
    return Checked("unknown", MADE_UP, words)


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
        if not (way.one.is_prefix or is_made_up(way.one.old)):
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
    if is_made_up(one.old):
        return _made_up(one.old)
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
