"""The work on single blocks, which any process can do: from cut records to what goes into files and counts.

Only three things hold a file together, and they are asked and told in the order of its blocks: who was met before
(`Met`), the counts, and the files.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from engine.contacts.beside import Beside
from engine.contacts.block_judging import Answer, Asked, Begun, BlockJudge, Judged
from engine.contacts.blocks import Block, Cut
from engine.contacts.dates import Evidence
from engine.contacts.facets import FacetsPart, FacetsReader
from engine.contacts.known import KnownPart
from engine.contacts.mending import Mending
from engine.contacts.outputs import Writer, Written
from engine.contacts.report import Counted
from engine.contacts.rows import Setting
from engine.contacts.seen import Seen, lines_of
from engine.contacts.splitting import Places
from engine.contacts.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of the blocks of one file; `is_whole` for takers that want the verdicts themselves."""

    setting: Setting
    wanted: Wanted | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one block adds to the answer."""

    blank: Places
    counted: Counted
    facets: FacetsPart
    mended: Counter[str]
    written: Written | None
    known: KnownPart | None
    judged: Judged | None
    evidence: dict[int, Evidence] = field(default_factory=dict)  # of the dates, where this process looked for it


class Bench:
    """Works on blocks, one half after the other; between them somebody tells who was met before."""

    def __init__(self, order: Order) -> None:
        self._setting, self._is_whole = order.setting, order.is_whole
        self._mending = Mending(order.setting)
        self._judge = BlockJudge(order.setting, with_known=bool(order.wanted and order.wanted.keys))
        self._facets = FacetsReader(order.setting)
        self._writer = Writer(order.setting, order.wanted) if order.wanted else None
        self._told: Counter[str] = Counter()

    def begin(self, step: Cut | Block, before: int) -> tuple[Begun, Counter[str]]:
        """As far as the block itself tells, and what was mended; `before` is the number of records before it."""
        block = step.parsed()
        self._mending.counts = mended = Counter[str]()
        block = replace(block, frame=self._mending.frame(block.frame))
        return self._judge.begin(block, before), mended

    def finish(self, begun: tuple[Begun, Counter[str]], answer: Answer) -> Part:
        """The rest."""
        judged = self._judge.finish(begun[0], answer)
        return Part(
            begun[0].block.blank,
            Counted.of(judged, self._told),
            self._facets.of(judged),
            begun[1],
            self._writer.of(judged) if self._writer else None,
            judged.known,
            judged if self._is_whole else None,
            self._setting.dates.evidence,
        )


class Met:
    """Who was met before, in the file and in the project's other lists; asked block after block, in their order."""

    def __init__(self, expected: int, beside: Beside) -> None:
        self.seen, self._beside = Seen(expected), beside

    def answer(self, asked: Asked) -> Answer:
        """From now on the persons of this block have been met too."""
        numbers = 2 * asked.lines + asked.has_consent
        told = self.seen.first(asked.hashes, np.where(asked.is_blocked, -numbers, numbers))
        hits = self._beside.look(asked.hashes)
        if hits:
            self._beside.count(hits, asked.is_blocked)
        return Answer(lines_of(told), (told & 1).astype(np.bool_), hits)


def alone(steps: Iterator[Cut | Block], bench: Bench, met: Met) -> Iterator[Part]:
    """Every block by this process, one after the other."""
    before = 0
    for step in steps:
        begun = bench.begin(step, before)
        before += step.count
        part = bench.finish(begun, met.answer(begun[0].asked))
        del begun, step  # nothing of a block stays while the next one is cut
        yield part
