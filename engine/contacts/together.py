"""The blocks of one file by two processes: whoever is free takes the next one, and the parts come in their order."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.contacts.bench import Bench, Met, Order, Part
from engine.contacts.block_judging import Answer, Asked, Begun
from engine.contacts.blocks import Block, Cut
from engine.contacts.channel import APART, PLACES, Gone
from engine.contacts.second import AT_ONCE, Second, second

_OURS_AT_ONCE = 2
_MOST = PLACES - 1  # blocks on their way


@dataclass(slots=True)
class _Block:
    """One block on its way. Whose it is: `begun` stands here for ours alone."""

    number: int
    is_ours: bool
    asked: Asked | None = None
    answer: Answer | None = None
    begun: tuple[Begun, Counter[str]] | None = None
    part: Part | None = None


def together(steps: Iterator[Cut | Block], order: Order, met: Met) -> Iterator[Part]:
    """What `bench.alone` gives. Raises MemoryError and RuntimeError for what goes wrong in the other process."""
    with second() as other:
        yield from _Together(steps, order, met, other).parts()


class _Together:
    """One run."""

    def __init__(self, steps: Iterator[Cut | Block], order: Order, met: Met, second: Second) -> None:
        self._steps, self._order, self._met, self._second = steps, order, met, second
        self._bench = Bench(order)
        self._line: deque[_Block] = deque()
        self._count = self._before = 0
        self._is_over = self._is_gone = False
        if second.is_ready:
            self._send("make", APART, order)

    def parts(self) -> Iterator[Part]:
        """Each as soon as those before it are there."""
        while True:
            while not self._is_gone and self._second.channel.is_waiting():
                self._hear()
            self._answer()
            while self._line and (part := self._line[0].part) is not None:
                self._line.popleft()
                yield part
            if not self._work():
                if not self._line:
                    return
                self._hear()

    def _work(self) -> bool:
        """The most urgent thing that this process can do; False where it has to wait."""
        on_their_way = [one for one in self._line if one.part is None]
        theirs = sum(not one.is_ours for one in on_their_way)
        has_room = not self._is_over and len(self._line) < _MOST
        if has_room and self._second.is_ready and theirs < AT_ONCE:
            return self._begin(is_ours=False)  # first of all nobody else is to be idle
        ready = next((one for one in on_their_way if one.begun and one.answer), None)
        if ready and ready.begun and ready.answer:
            ready.part, ready.begun = self._bench.finish(ready.begun, ready.answer), None
            return True
        return has_room and len(on_their_way) - theirs < _OURS_AT_ONCE and self._begin(is_ours=True)

    def _begin(self, *, is_ours: bool) -> bool:
        """The next block, here or there."""
        step = next(self._steps, None)
        if step is None:
            self._is_over = True
            return True
        block = _Block(self._count, is_ours)
        self._line.append(block)
        if is_ours:
            block.begun = self._bench.begin(step, self._before)
            block.asked = block.begun[0].asked
        else:
            self._send("step", self._count, (step, self._before))
        self._count, self._before = self._count + 1, self._before + step.count
        return True

    def _answer(self) -> None:
        """What blocks ask, in their order, as far as all before them have asked."""
        for block in self._line:
            if block.asked is None:
                return
            if block.answer is None:
                block.answer = self._met.answer(block.asked)
                if not block.is_ours:
                    self._send("told", block.number, block.answer)

    def _hear(self) -> None:
        """One word of the other process; waits for it."""
        try:
            kind, number, value = self._second.channel.receive()
        except Gone as error:
            if self._second.is_ready:
                raise MemoryError from error  # nobody but the system ends it
            self._is_gone = True  # it never came; this process does all
            return
        if kind == "here":
            self._second.is_ready = True
            self._send("make", APART, self._order)
        elif kind == "full":
            raise MemoryError
        elif kind == "fail":
            raise RuntimeError(value)
        else:
            block = self._line[number - self._line[0].number]
            if kind == "asks":
                block.asked = value
            else:
                block.part = value

    def _send(self, kind: str, number: int, value: Any) -> None:
        try:
            self._second.channel.send(kind, number, value)
        except Gone as error:
            raise MemoryError from error
