"""What is measured of a context and of an answer, and how sure a mean is.

Knows values, texts and numbers; no method, no file.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.functions import alone, bare, functions_of
from benchmarks.lexical import identifiers
from benchmarks.values import Context, Example, Measures, Wanted
from longzip import Format, Source

if TYPE_CHECKING:
    from benchmarks.methods.tools import Tools

NEARLY_ALL = 0.9
RESAMPLES = 4000
THRESHOLD = 0.8  # similarity from which an answer is the function asked for (RepoQA)
LONGEST_GRAM, SMOOTHING = (
    4,
    5.0,
)  # of BLEU; Chen & Cherry, A systematic comparison of smoothing techniques (2014), method 4
BLOCK = re.compile(r"^```[^\n]*\n(.*?)(?:^```|\Z)", re.S | re.M)
SAYING = re.compile(r"\w")  # a line that closes brackets says nothing
WORDS = re.compile(r"[^\W_]+(?:[.,:][^\W_]+)*")


# ------------------------------------------------------------------------------------------------------- of a context


def selection_measures(example: Example, context: Context, tools: Tools) -> Measures:
    """What a context keeps, each in [0, 1]:

    callee: of the wanted places, the share whose first line is shown. lines: of their lines, mean over places. whole:
    of the places, the share of which 90 % are shown. names: of the example's identifiers. valid: of the files shown,
    the share that parses, of those that parse as they are.
    """
    found = shown_measures(example, context)
    return {**found, "valid": validity(example.sources, context, tools.form)} if context.text else found


def shown_measures(example: Example, context: Context) -> dict[str, float]:
    """All of ``selection_measures`` but for validity, which prose has none of."""
    found: dict[str, float] = {}
    if example.wanted:
        shares = [share_of(place, example, context) for place in example.wanted]
        found["callee"] = mean([head_shown(place, example, context) for place in example.wanted])
        found["lines"] = mean(shares)
        found["whole"] = mean([share >= NEARLY_ALL for share in shares])
    if example.names:
        found["names"] = len(example.names & identifiers(context.text)) / len(example.names)
    return found


def location_measures(example: Example, context: Context, tools: Tools) -> Measures:
    """files: of the files in which a wanted place lies, the share of which a wanted line is shown; and
    ``selection_measures``."""
    files = {place.path: 0.0 for place in example.wanted}
    for place in example.wanted:
        files[place.path] = max(files[place.path], float(share_of(place, example, context) > 0))
    found = selection_measures(example, context, tools)
    return {"files": mean(list(files.values())), **found} if files else found


def share_of(place: Wanted, example: Example, context: Context) -> float:
    """Of a place's lines, the share that is shown."""
    if context.lines is not None:
        own = context.lines.get(place.path, frozenset())
        return len(own.intersection(range(place.first, place.last + 1))) / len(place)
    said = Counter(line.strip() for line in context.text.split("\n"))
    lines = [line.strip() for line in lines_at(place, example)]
    return mean([said[line] > 0 for line in lines if line])


def head_shown(place: Wanted, example: Example, context: Context) -> bool:
    if context.lines is not None:
        return place.first in context.lines.get(place.path, frozenset())
    (first,) = lines_at(Wanted(place.path, place.first, place.first), example)
    return first.strip() in {line.strip() for line in context.text.split("\n")}


def lines_at(place: Wanted, example: Example) -> list[str]:
    text = next(source.text for source in example.sources if source.name == place.path)
    return text.split("\n")[place.first - 1 : place.last]


def validity(sources: Sequence[Source], context: Context, form: Format) -> float:
    """Of the files shown, the share that parses; a text that is no selection of lines counts as one file."""
    if context.lines is None:
        return float(form.facts.valid(sources[0], context.text))
    parts = sections(sources, context, form)
    return mean([form.facts.valid(source, text) for source, text in parts]) if parts else 1.0


def sections(sources: Sequence[Source], context: Context, form: Format) -> list[tuple[Source, str]]:
    """The context's text by file, told apart by the headers; of one source all of it."""
    shown = [source for source in sources if (context.lines or {}).get(source.name)]
    headers = {form.header(source): source for source in shown}
    found: list[tuple[Source, list[str]]] = []
    for line in context.text.split("\n"):
        if line in headers:
            found.append((headers[line], []))
        elif found:
            found[-1][1].append(line)
    if not found and len(shown) == 1:
        return [(shown[0], context.text)]
    return [(source, "\n".join(lines)) for source, lines in found]


def boundary_measures(example: Example, context: Context, tools: Tools) -> Measures:
    """precision, recall and F1 of the lines shown against the lines wanted, and, as ``edge``, against the lines at
    which any statement or block begins, of whatever depth; the first line counts for neither."""
    (source,) = example.sources
    found = (context.lines or {}).get(source.name, frozenset()) - {1}
    precision, recall = agreement(found, {place.first for place in example.wanted} - {1})
    edges = {
        unit.first_line for unit in tools.form.units(source) if SAYING.search(source.text, unit.start, unit.end)
    } - {1}
    edge_precision, edge_recall = agreement(found, edges)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "edge precision": edge_precision,
        "edge recall": edge_recall,
    }


def agreement(found: Collection[int], wanted: Collection[int]) -> tuple[float, float]:
    """Precision and recall; 0 for none."""
    hits = len(set(found) & set(wanted))
    return hits / len(found) if found else 0.0, hits / len(wanted) if wanted else 0.0


# ------------------------------------------------------------------------------------------------------- of an answer


def edit_similarity(answer: str, truth: str) -> float:
    """1 − edit distance / length of the longer, over characters, in [0, 1]; 1 for two empty texts."""
    longer = max(len(answer), len(truth))
    return 1.0 - edit_distance(answer, truth) / longer if longer else 1.0


def edit_distance(one: str, other: str) -> int:
    """Levenshtein's, row by row."""
    row = np.arange(len(other) + 1)
    letters = np.frombuffer(other.encode("utf-32-le"), dtype=np.uint32)
    steps = np.arange(len(other) + 1)
    for letter in one:
        replaced = row[:-1] + (letters != ord(letter))
        best = np.minimum(row + 1, np.concatenate([row[:1] + 1, replaced]))
        row = np.minimum.accumulate(best - steps) + steps  # insertions run along the row
    return int(row[-1])


def completion_lines(answer: str, truth: str) -> tuple[list[str], list[str]]:
    """What the paper compares: the truth's lines that hold text, and as many of the answer's, comments left out."""
    wanted = [line.strip() for line in truth.split("\n") if line.strip()]
    given = [line.strip() for line in answer.split("\n") if line.strip() and not line.strip().startswith("#")]
    return given[: len(wanted)], wanted


def answer_measures(example: Example, answer: str, form: Format) -> Measures:
    """Of completion edit similarity (es) and exact match (em), as in arXiv 2510.00446; of a needle whether the function
    was found (hit), and the similarity; of recall whether the answer has what was to be recalled (recall), and F1 of
    their words."""
    if example.kind == "needle":
        return needle_measures(example, answer, form)
    if example.kind == "recall":
        return {"recall": float(says(answer, example.hidden)), "word f1": word_f1(answer, example.hidden)}
    given, wanted = completion_lines(unfenced(answer), example.hidden)
    return {"es": edit_similarity("\n".join(given), "\n".join(wanted)), "em": float(given == wanted)}


def unfenced(answer: str) -> str:
    """What is in the code block that an answer begins with; all of it where it does not."""
    block = BLOCK.match(answer.lstrip())
    return block[1] if block else answer


def needle_measures(example: Example, answer: str, form: Format) -> Measures:
    """As RepoQA scores: the first function in the answer's code blocks, against each needle of the repository, all
    without comments; a hit where the right one is nearest, with BLEU of at least 0.8."""
    like = next(source for source in example.sources if source.name == example.wanted[0].path)
    blocks = [block[1] for block in BLOCK.finditer(answer)] or [answer]
    said = bare(form, next((text for text in blocks if functions_of(form, alone(form, text, like))), blocks[0]), like)
    own = similarity(said, bare(form, example.hidden, like))
    others = [similarity(said, bare(form, text, like)) for text in example.choices if text != example.hidden]
    return {"hit": float(own >= THRESHOLD and own >= max(others, default=0.0)), "similarity": own}


def similarity(candidate: str, reference: str) -> float:
    """BLEU of up to four words with the fourth smoothing of Chen & Cherry (2014), in [0, 1]; words are what white space
    parts."""
    said, wanted = candidate.split(), reference.split()
    if not said or not wanted:
        return 0.0
    total, unmatched = 0.0, 0
    for size in range(1, LONGEST_GRAM + 1):
        own, other = grams(said, size), grams(wanted, size)
        matches = float(sum(min(count, other[gram]) for gram, count in own.items()))
        if matches == 0:
            if size == 1 or len(said) == 1:
                return 0.0
            unmatched += 1
            matches = math.log(len(said)) / (2**unmatched * SMOOTHING)
        total += math.log(matches / max(1, sum(own.values())))
    brevity = min(0.0, 1 - len(wanted) / len(said))
    return math.exp(brevity + total / LONGEST_GRAM)


def grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def says(text: str, answer: str) -> bool:
    """Whether a text has an answer word for word, whatever the case, punctuation and white space."""
    return f" {plain(answer)} " in f" {plain(text)} " if plain(answer) else False


def plain(text: str) -> str:
    """Words and numbers, in lower case, articles left out."""
    return " ".join(word for word in WORDS.findall(text.lower()) if word not in ("a", "an", "the"))


def words_kept(text: str, answer: str) -> float:
    """Of the different words of an answer, the share that a text has."""
    wanted = set(plain(answer).split())
    return len(wanted & set(plain(text).split())) / len(wanted) if wanted else 0.0


def word_f1(answer: str, truth: str) -> float:
    """F1 of the words that two texts share (SQuAD's), in [0, 1]."""
    said, wanted = Counter(plain(answer).split()), Counter(plain(truth).split())
    shared = sum((said & wanted).values())
    return 2 * shared / (sum(said.values()) + sum(wanted.values())) if shared else 0.0


# ----------------------------------------------------------------------------------------------------------- of means


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A method less the reference, example by example. difference: its mean and 95 % interval. wins, ties, losses:
    examples."""

    difference: Interval
    wins: int
    ties: int
    losses: int


def mean(values: Sequence[float | bool]) -> float:
    """0.0 for none."""
    return float(np.mean(values)) if len(values) else 0.0


def bootstrap(values: Sequence[float], seed: int = 0) -> Interval:
    """The mean of the values, and the interval between the 2.5th and the 97.5th percentile of 4,000 resamples'
    means."""
    found: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    if len(found) == 0:
        return Interval(0.0, 0.0, 0.0)
    picks = np.random.default_rng(seed).integers(0, len(found), (RESAMPLES, len(found)))
    low, high = np.percentile(found[picks].mean(axis=1), [2.5, 97.5])
    return Interval(float(found.mean()), float(low), float(high))


def compared(own: Mapping[str, float], other: Mapping[str, float], lower_is_better: bool = False) -> Comparison:
    """Paired over the examples that both have."""
    keys = sorted(own.keys() & other.keys())
    differences = [own[key] - other[key] for key in keys]
    better = [-value if lower_is_better else value for value in differences]
    return Comparison(
        bootstrap(differences), sum(value > 1e-9 for value in better), sum(abs(value) <= 1e-9 for value in better),
        sum(value < -1e-9 for value in better),
    )  # fmt: skip


def paying_price(seconds: float, tokens_saved: float, second_price: float) -> float:
    """Dollars for a million input tokens from which on a compression pays; infinite where it saves no tokens."""
    return seconds * second_price / tokens_saved * 1e6 if tokens_saved > 0 else float("inf")


def paying_length(tokens_per_second: float, kept: int, second_price: float, million_price: float) -> float:
    """The context length, in tokens, from which compression to ``kept`` tokens pays; infinite where it never does."""
    margin = million_price / 1e6 - second_price / tokens_per_second
    return kept * million_price / 1e6 / margin if margin > 0 else float("inf")
