"""Vocabularies: whole words by frequency, pieces for the others; greedy longest match."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

SPECIAL = ("<pad>", "<text>", "<code>", "<4>", "<5>", "<6>", "<7>", "<8>")
MOST_PIECES = 6


class Vocabulary:
    """Words and their pieces ("##" marks those inside a word); remembers what it cut."""

    def __init__(self, entries: Sequence[str], unknown: Sequence[int] = ()) -> None:
        self.entries = list(entries)
        self.index: Mapping[str, int] = {entry: place for place, entry in enumerate(self.entries)}
        self.unknown = tuple(unknown)
        self.longest = max(len(entry) for entry in self.entries)
        self.known: dict[str, tuple[int, ...]] = {}

    def cut(self, word: str) -> tuple[int, ...]:
        """The entries that a word is made of; ``unknown`` where it is of none."""
        found = self.known.get(word)
        if found is None:
            whole = self.index.get(word)
            found = self.known[word] = (whole,) if whole is not None else self._pieces(word)
        return found

    def _pieces(self, word: str) -> tuple[int, ...]:
        mark, start, found = ("##", 2, []) if word.startswith("##") else ("", 0, [])
        while start < len(word):
            for end in range(min(len(word), start + self.longest), start, -1):
                place = self.index.get(mark + word[start:end])
                if place is not None:
                    break
            else:
                return self.unknown
            found.append(place)
            mark, start = "##", end
        return tuple(found) if len(found) <= MOST_PIECES else self.unknown


def learn(counts: Counter[str], size: int, pieces: int) -> list[str]:
    """Entries: special ones, the commonest words, and WordPiece pieces of all words for those that are none."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    seen = [(word, count) for word, count in counts.items() if count > 1]
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(
        vocab_size=pieces, show_progress=False, limit_alphabet=150, special_tokens=["<unk>"]
    )

    def often() -> Iterable[str]:
        for word, count in seen:
            if word.isascii() and word.isalpha():
                yield " ".join([word] * int(1 + math.log2(count)))

    tokenizer.train_from_iterator(often(), trainer)
    parts = [entry for entry in tokenizer.get_vocab() if entry != "<unk>"]
    whole = [word for word, _count in counts.most_common(size)]
    digits = [str(number) for number in range(10)] + [f"##{number}" for number in range(10)]
    chosen = dict.fromkeys([*SPECIAL, *sorted(set(parts) | set(digits))])
    for word in whole:
        if len(chosen) >= size:
            break
        chosen.setdefault(word)
    return list(chosen)
