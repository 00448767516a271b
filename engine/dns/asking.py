"""One judgement on its own, asked until nothing is missing: for simulations and for pasted messages."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from engine.dns.answers import Answers
from engine.dns.resolver import Resolver, parse_nameserver, system_nameservers

MAX_ROUNDS = 40
MOST_QUESTIONS = 400
SECONDS = 20.0  # RFC 7208 4.6.4 gives a whole check no more

T = TypeVar("T")


async def settle(judge: Callable[[Answers], T], resolver: Resolver, known: Answers | None, seconds: float) -> T:
    """The judgement once all that it asks is known; what is still open after that counts as not answered."""
    lookup = known or Answers()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for _ in range(MAX_ROUNDS):
                found = judge(lookup)
                questions = sorted(lookup.missing)
                if not questions:
                    return found
                if len(lookup.known) + len(questions) > MOST_QUESTIONS:
                    break
                answers = await asyncio.gather(*(resolver.ask(question) for question in questions))
                lookup.learn(zip(questions, answers, strict=True))
    lookup.is_silent = True
    return judge(lookup)


def settled(
    judge: Callable[[Answers], T],
    nameservers: Sequence[str] = (),
    known: Answers | None = None,
    seconds: float = SECONDS,
) -> T:
    """The same for code that waits; `nameservers` as in check_domains. Raises BadNameserver."""
    servers = [parse_nameserver(text) for text in nameservers] or system_nameservers()

    async def run() -> T:
        resolver = Resolver(servers)
        try:
            return await settle(judge, resolver, known, seconds)
        finally:
            resolver.close()

    return asyncio.run(run())
