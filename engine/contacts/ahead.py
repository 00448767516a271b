"""Work in a thread, a step ahead of whoever takes the results."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Step = TypeVar("Step")


def ahead(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, each made in a thread while the one before it is being used. Worth it where polars or numpy work.

    What a step raises is raised here. Leaving early waits for the step under way and for no other.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, steps, None)
        while (step := coming.result()) is not None:
            coming = thread.submit(next, steps, None)
            yield step
