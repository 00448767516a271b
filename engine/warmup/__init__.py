"""The arithmetic of a warm-up: how many people are written to on which day, most engaged first, and when to stop."""

from engine.warmup.planning import MOST_DAYS, Day, Pace, TooLong, plan, take, volume_of
from engine.warmup.verdicts import Rules, Sent, Word, judge

__all__ = ["MOST_DAYS", "Day", "Pace", "Rules", "Sent", "TooLong", "Word", "judge", "plan", "take", "volume_of"]
