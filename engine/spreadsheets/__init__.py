"""Rows out of workbooks that strangers send us, and workbooks and CSV files that people can open without harm."""

from engine.spreadsheets.guarding import clean, guard, unguard, write_csv
from engine.spreadsheets.kinds import Kind, Unreadable, kind_of, kind_of_file
from engine.spreadsheets.marking import mark_cells
from engine.spreadsheets.reading import Limits, Sheet, Workbook, open_table, open_workbook
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

__all__ = [
    "Column",
    "Kind",
    "Limits",
    "Sheet",
    "SheetToWrite",
    "Unreadable",
    "Workbook",
    "clean",
    "guard",
    "kind_of",
    "kind_of_file",
    "mark_cells",
    "open_table",
    "open_workbook",
    "unguard",
    "write_csv",
    "write_workbook",
]
