"""Log lines without personal data: whatever looks like an e-mail address is taken out, tracebacks included."""

import logging
import re

# Bounded repetition: linear time on any input.
ADDRESS = re.compile(r"[^\s@<>\"'(),;:=\[\]]{1,64}@[^\s@<>\"'(),;:\[\]]{1,255}")


class WithoutAddresses(logging.Filter):
    """Formats the message early, so that arguments cannot bring an address back in."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = ADDRESS.sub("[address]", record.getMessage()), None
        return True


class LineFormatter(logging.Formatter):
    """One record, its traceback included, with addresses taken out of all of it."""

    def format(self, record: logging.LogRecord) -> str:
        return ADDRESS.sub("[address]", super().format(record))
