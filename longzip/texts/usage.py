"""What turned out to be of use before: sentences that were quoted, recalled or pinned weigh more the next time.

A plain count by content, in a small JSON file where one is wanted; nothing is learned that cannot be read and reset.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from longzip.errors import SourceError
from longzip.texts.redundancy import words
from longzip.writing import write_whole

WEIGHT, MOST = 0.7, 2.0  # deviations for each e-fold of uses, and in all


@dataclass(frozen=True, slots=True)
class Usage:
    """How often units were of use. counts: by the digest of a unit's words."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def used(self, texts: Iterable[str]) -> Usage:
        """With one more use of each text; a text is a sentence or a line as it was shown."""
        counts = dict(self.counts)
        for text in texts:
            counts[sentence_key(text)] = counts.get(sentence_key(text), 0) + 1
        return Usage(counts)

    def worth(self, text: str) -> float:
        """What uses add to a unit's value, in standard deviations of relevance; 0 for one that was never of use."""
        return round(min(MOST, WEIGHT * math.log1p(self.counts.get(sentence_key(text), 0))), 4)

    def save(self, path: str | Path) -> None:
        """Write it, whole or not at all."""
        content = json.dumps({"version": 1, "counts": dict(sorted(self.counts.items()))}, indent=1)
        write_whole(Path(path), content.encode())

    @classmethod
    def load(cls, path: str | Path) -> Usage:
        """What ``save`` wrote; nothing where there is no such file. Raises SourceError where it is something else."""
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls({str(key): int(value) for key, value in found["counts"].items()})
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SourceError(f"{path} holds no record of use; delete it to begin anew.") from None


def sentence_key(text: str) -> str:
    return hashlib.sha256(" ".join(words(text)).encode()).hexdigest()[:16]
