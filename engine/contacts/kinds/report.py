"""The report of a file of records: the keys of a contact report, and what this kind of file comes to."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.contacts.kinds.cards import masked
from engine.contacts.kinds.files import Written
from engine.contacts.report import Report

WORDS_KEPT = 50


@dataclass(slots=True)
class KindReport(Report):
    """`results` is plain data for pages and scripts; `lists` are the files that were made."""

    kind: str = ""
    rejected: int = 0
    results: dict[str, Any] = field(default_factory=dict)
    subscriptions: dict[str, Any] = field(default_factory=dict)
    lists: list[Written] = field(default_factory=list)
    words: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def segment_counts(self) -> dict[str, int]:
        """Contacts go to segments; records of other kinds are told in the results."""
        return {}

    def as_json(self) -> dict[str, Any]:
        """The keys of a contact report, then the kind's own."""
        results = {"rejected": self.rejected, **self.results, "files": [asdict(made) for made in self.lists]}
        answer = Report.as_json(self) | {"segments": {}, "kind": self.kind, "results": results}
        return answer | ({"subscriptions": self.subscriptions} if self.subscriptions else {})

    def as_detail(self) -> dict[str, Any]:
        """The same with what the report page needs."""
        return Report.as_detail(self) | {"words": self.words}


class WordCount:
    """The words of the status column with their meaning; of many different ones only the most frequent."""

    MOST = 1_000

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._meanings: dict[str, str] = {}

    def see(self, word: str, meaning: str) -> bool:
        """Count it; True where this word is new."""
        is_new = word not in self._meanings and len(self._meanings) < self.MOST
        if is_new:
            self._meanings[word] = meaning
        if word in self._meanings:
            self._counts[word] += 1
        return is_new

    def as_json(self) -> dict[str, dict[str, Any]]:
        """At most fifty words; what looks like an address is none."""
        return {
            word[:60]: {"count": count, "meaning": self._meanings[word]}
            for word, count in self._counts.most_common(WORDS_KEPT)
            if "@" not in word and masked(word) == word
        }
