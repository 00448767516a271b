"""Dates of a plan, worked out: what no longer fits, when things will be done, what an approval froze."""
