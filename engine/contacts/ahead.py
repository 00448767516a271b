"""Work in a thread: a step ahead of whoever takes the results, or a step behind whoever gives the orders."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Step = TypeVar("Step")
Order = ParamSpec("Order")


def ahead(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, each made in a thread while the one before it is being used. Worth it where polars or numpy work.

    What a step raises is raised here. Leaving early waits for the step under way and for no other.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, steps, None)
        while (step := coming.result()) is not None:
            coming = thread.submit(next, steps, None)
            yield step


class Behind:
    """Does in one thread, in their order, the things that it is told; at most `most` of them wait."""

    def __init__(self, most: int = 2) -> None:
        self._thread, self._most = ThreadPoolExecutor(1), most
        self._waiting: deque[Future[None]] = deque()

    def do(self, work: Callable[Order, None], *args: Order.args, **kwargs: Order.kwargs) -> None:
        """Later. What an earlier thing raised is raised here."""
        self._waiting.append(self._thread.submit(work, *args, **kwargs))
        while len(self._waiting) > self._most or (self._waiting and self._waiting[0].done()):
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Wait until everything is done."""
        while self._waiting:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Do nothing more than what is under way."""
        self._thread.shutdown(cancel_futures=True)
