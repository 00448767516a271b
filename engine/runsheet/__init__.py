"""The arithmetic of a run sheet: minutes around T, what waits for what, how late it is, and what decides the end.

Everything is counted in minutes from T, the instant of go-live. An instant has no time zone and no summer time, so the
hour that is skipped or comes twice does not exist here; clocks are drawn from the instants by the page.
"""

from engine.runsheet.schedule import LONGEST, Outlook, Placed, Progress, Step, WrongSheet, check_sheet, outlook

__all__ = ["LONGEST", "Outlook", "Placed", "Progress", "Step", "WrongSheet", "check_sheet", "outlook"]
