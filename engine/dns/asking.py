"""One judgement on its own, asked until nothing is missing: for simulations and for pasted messages."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.dns.answers import Answers
from engine.dns.resolver import Resolver, parse_nameserver, system_nameservers

MAX_ROUNDS = 40
MOST_QUESTIONS = 400

T = TypeVar("T")


async def settle(judge: Callable[[Answers], T], resolver: Resolver, known: Answers | None = None) -> T:
    """The judgement once all that it asks is known; what is still open after that counts as not answered."""
    lookup = known or Answers()
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


def settled(judge: Callable[[Answers], T], nameservers: Sequence[str] = (), known: Answers | None = None) -> T:
    """The same for code that waits; `nameservers` as in check_domains. Raises BadNameserver."""
    servers = [parse_nameserver(text) for text in nameservers] or system_nameservers()

    async def run() -> T:
        return await settle(judge, Resolver(servers), known)

    return asyncio.run(run())
