"""Rows out of workbooks that strangers send us, and CSV files that people can open without harm.

What writes workbooks (`writing`, `marking`) is imported from its own module: openpyxl takes its time to load.
"""

from engine.spreadsheets.guarding import clean, guard, unguard, write_csv
from engine.spreadsheets.kinds import Kind, Unreadable, kind_of, kind_of_file
from engine.spreadsheets.reading import Limits, Sheet, Workbook, open_table, open_workbook

__all__ = [
    "Kind",
    "Limits",
    "Sheet",
    "Unreadable",
    "Workbook",
    "clean",
    "guard",
    "kind_of",
    "kind_of_file",
    "open_table",
    "open_workbook",
    "unguard",
    "write_csv",
]
