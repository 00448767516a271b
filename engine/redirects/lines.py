"""What the readers of files hand over: a line as it was written, or why it was not taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`code` is the status as written; `site` completes paths where the file itself says for which host they are."""

    old: str
    new: str
    code: str
    line: int
    site: str = ""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A line that the list cannot hold."""

    code: str
    sentence: str
    text: str
    line: int
