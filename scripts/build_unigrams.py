"""Count the sub-words of a corpus: the background of the n-gram model.

    python scripts/build_unigrams.py .corpus/documents.jsonl longzip/models/bundled/unigrams.txt

Writes lines of ``word count``, the most frequent first, after one for all words not listed. Rows that are held out for
evaluation are left out, and of a large corpus every n-th row is enough.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from longzip.models.ngram import OTHER, fold, subwords


def texts(path: Path, every: int) -> Iterator[str]:
    """The texts of every n-th row of a JSON lines file, held-out rows left out."""
    with path.open(encoding="utf-8") as lines:
        for line in islice(lines, 0, None, every):
            row = json.loads(line)
            if not row.get("held_out", False):
                yield row["text"]


def count(documents: Iterator[str]) -> Counter[str]:
    """How often each folded sub-word occurs."""
    counts: Counter[str] = Counter()
    for text in documents:
        counts.update(map(fold, subwords(text)))
    return counts


def render(counts: Counter[str], words: int) -> str:
    """The file's text. Ties are broken by spelling, so that the same corpus gives the same file."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    # Long runs of punctuation are rulers of comments; no query holds them.
    listed = [(word, number) for word, number in ranked if len(word) <= 24][:words]
    other = counts.total() - sum(number for _, number in listed)
    return "".join(f"{word} {number}\n" for word, number in [(OTHER, other), *listed])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="JSON lines with a text each")
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=4, help="read every n-th row (default: 4)")
    parser.add_argument("--words", type=int, default=20_000, help="list so many words (default: 20000)")
    arguments = parser.parse_args()
    counts = count(texts(arguments.corpus, arguments.every))
    arguments.out.write_text(render(counts, arguments.words), encoding="utf-8")
    print(
        f"{counts.total():,} sub-words, {len(counts):,} distinct, {arguments.out.stat().st_size:,} "
        f"bytes in {arguments.out}"
    )


if __name__ == "__main__":
    main()
