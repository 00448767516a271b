"""The arithmetic of the first hours: values over time read from lines, the usual value, and what is out of bounds."""

from engine.watching.bounds import Bounds, Word, judge, usual
from engine.watching.reading import HIGHEST, MOST, Unclear, read_values

__all__ = ["HIGHEST", "MOST", "Bounds", "Unclear", "Word", "judge", "read_values", "usual"]
