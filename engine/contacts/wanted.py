"""What somebody wants to have of a judged file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is written besides the findings and the rejects."""

    packs: bool = True
    sample: int = 0  # contacts for a test import
    index: bool = False  # findings.idx, to look through the findings by
    keys: bool = False  # keys.bin and domains.csv: what other lists and the DNS are asked with
