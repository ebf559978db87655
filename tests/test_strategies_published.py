"""The published algorithm against a plain reading of the paper, and the defects of its reference code."""

import math
from dataclasses import replace
from itertools import combinations

import pytest

from longzip import Compressor, Request, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.models import ngram
from longzip.pipeline.stages import begin, score
from longzip.strategies.dividing import divided
from longzip.strategies.run import Engine, Job
from tests.fakes import CharacterCount, WordModel
from tests.parsing import parses

CODE = """import json


def tiny(path):
    return path


def read_all(path, limit):
    names = sorted(path)
    found = []
    for name in names:
        record = json.loads(name)
        if record is None:
            continue
        found.append(record)
    total = len(found)
    print("unrelated words here", total, limit)
    return found


def write_all(path, records):
    handle = open(path)
    for record in records:
        handle.write(json.dumps(record))
    handle.close()
    print("nothing of interest", path)
    return records
"""
QUERY = "json record found for name in names"


def plain_reading(model, settings, budget):
    """The paper's equations, one after the other, without a thought for speed. Returns kept line numbers."""
    count = CharacterCount().count
    source = Source("a.py", CODE)
    chunks = CodeFormat().split(source)
    tokens = [count(chunk.text) for chunk in chunks]

    def ppl(context):
        values = model.answer(Request(context, QUERY)).values
        return math.exp(round(-sum(values) / len(values), 4))

    ami = [ppl("") - ppl(chunk.text + "\n\n") for chunk in chunks]  # Eq. 1
    room, chosen = budget / settings.fine_ratio, []
    for index in sorted(range(len(chunks)), key=lambda i: (-ami[i], i)):
        if tokens[index] <= room or not chosen:
            chosen.append(index)
            room -= tokens[index]
    small = [i for i in chosen if chunks[i].last_line - chunks[i].first_line + 1 < settings.small_lines]
    large = [i for i in chosen if i not in small]
    target = min(max(0, budget - sum(tokens[i] for i in small)), sum(tokens[i] for i in large))
    base = target / sum(tokens[i] for i in large)  # Eq. 4
    low, high = min(ami[i] for i in large), max(ami[i] for i in large)
    share = {
        i: base * (1 + settings.beta * (2 * ((ami[i] - low) / (high - low) if high > low else 0.5) - 1)) for i in large
    }
    factor = target / sum(share[i] * tokens[i] for i in large)  # Eq. 6
    assert all(share[i] * factor < 0.999 for i in large), "the example must need no clipping and keep nothing whole"
    kept = {line for i in small for line in range(chunks[i].first_line, chunks[i].last_line + 1)}
    for i in large:
        kept |= lines_of_chunk(model, chunks[i], int(share[i] * factor * tokens[i]), settings, ppl)
    return kept


def lines_of_chunk(model, chunk, allowance, settings, ppl):
    """Blocks by spikes, values by AMI, the best subset by trying all."""
    count = CharacterCount().count
    lines = chunk.text.removesuffix("\n").split("\n")
    bits, at = [], 0
    for line in chunk.text.split("\n")[: len(lines)]:
        words = [value for value, end in zip(*answer_of(model, chunk.text), strict=True) if at < end <= at + len(line)]
        bits.append(round(-sum(words) / len(words) / math.log(2), 4) if words else None)
        at += len(line) + 1
    filled = [row for row, value in enumerate(bits) if value is not None]
    mean = sum(bits[row] for row in filled) / len(filled)
    deviation = math.sqrt(sum((bits[row] - mean) ** 2 for row in filled) / len(filled))
    starts = [0]
    for left, row, right in zip(filled, filled[1:], filled[2:], strict=False):
        threshold = settings.alpha * deviation
        if threshold and bits[row] - bits[left] >= threshold and bits[row] - bits[right] >= threshold:
            starts.append(row)
    ends = [*starts[1:], len(lines)]
    blocks = [(first, last) for first, last in zip(starts, ends, strict=True)]
    texts = ["".join(line + "\n" for line in lines[first:last]) for first, last in blocks]
    values = [ppl("") - ppl(text + "\n\n") for text in texts]
    low, high = min(values), max(values)
    values = [(value - low) / (high - low) if high > low else 0.5 for value in values]
    pinned = 0 if blocks[0] == (0, 1) else None  # the signature's own block
    free = [index for index in range(len(blocks)) if index != pinned]
    capacity = allowance - count(lines[0] + "\n")
    best = max(
        (s for n in range(len(free) + 1) for s in combinations(free, n) if sum(count(texts[b]) for b in s) <= capacity),
        key=lambda s: sum(values[b] for b in s),
        default=(),
    )
    rows = {row for b in best if values[b] > 0 for row in range(*blocks[b])}
    return {chunk.first_line + row for row in rows | {0}} if rows else set()


def answer_of(model, text):
    answer = model.answer(Request("", text))
    return answer.values, answer.ends


class LengthModel(WordModel):
    """Like WordModel, but a word that is not known costs its length, so that lines differ."""

    def answer(self, request):
        answer = super().answer(request)
        words = request.target.split()
        for index, word in enumerate(words):
            if answer.values[index] == -3.0:
                answer.values[index] = -float(len(word))
        return answer


@pytest.mark.parametrize("alpha", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("beta", [0.0, 0.5])
@pytest.mark.parametrize("budget", [50, 60, 80])
def test_the_choice_is_that_of_a_plain_reading(alpha, beta, budget):
    settings = Settings(strategy="longcodezip", alpha=alpha, beta=beta, fine_ratio=0.8)
    model = LengthModel()
    run = begin(Job((Source("a.py", CODE),), QUERY), Engine(model, CharacterCount(), CodeFormat(), settings))
    run = replace(run, scores=score(run))
    chooser = run.approach.prepare(run, divided(run, budget), budget)
    kept = {unit + 1 for unit in chooser.choose(budget).kept.get(0, frozenset())}
    expected = plain_reading(model, settings, budget)
    blank = {row + 1 for row, line in enumerate(CODE.split("\n")) if not line.strip()}
    assert kept - blank == expected - blank


def test_code_within_the_budget_does_not_crash():
    """Reference: ValueError for a rate of 1, for a budget above the size, and for empty code."""
    compressor = Compressor(ngram.load(), CharacterCount(), Settings(strategy="longcodezip"))
    assert compressor.compress(Source("a.py", CODE), query=QUERY, rate=1.0).text == CODE
    assert compressor.compress(Source("a.py", CODE), query=QUERY, budget=10**6).text == CODE


def test_the_longest_function_does_not_win_by_its_length():
    """Reference: where function and query exceed the window the query is cut off and the function scores best of
    all."""
    long = "def long(a):\n" + "".join(f"    value_{i} = {i}\n" for i in range(3000))
    ranked = Compressor(ngram.load(), CharacterCount()).rank(
        (Source("long.py", long), Source("a.py", CODE)), query=QUERY
    )
    assert ranked[0].chunk.label == "read_all"


@pytest.mark.parametrize("strategy", ["default", "longcodezip"])
def test_a_tighter_budget_gives_a_shorter_text(strategy):
    """Reference: below the size of the small functions all large ones are kept whole."""
    compressor = Compressor(ngram.load(), CharacterCount(), Settings(strategy=strategy))
    sizes = [
        compressor.compress(Source("a.py", CODE), query=QUERY, budget=budget).report.got
        for budget in (40, 60, 90, 130, 170)
    ]
    assert all(size <= budget for size, budget in zip(sizes, (40, 60, 90, 130, 170), strict=True))
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("name", ["a.ts", "a.rs"])
def test_markers_are_comments_of_the_language(name):
    """Reference: ``# ...`` in TypeScript and Rust, which is a syntax error there."""
    text = "".join(
        f'fn work_{i}(a: i32) -> i32 {{\n    let total = a + {i};\n    println!("{{}}", total);\n    total\n}}\n\n'
        for i in range(9)
    )
    if name == "a.ts":
        text = "".join(
            f"function work_{i}(a: number): number {{\n  const total = a + {i};\n  "
            f"console.log(total);\n  return total;\n}}\n\n"
            for i in range(9)
        )
    result = Compressor(ngram.load(), CharacterCount()).compress(Source(name, text), query="work 4", budget=60).text
    assert "// ... " in result
    assert "# ..." not in result
    assert parses(Source(name, result))


def test_no_blank_lines_are_put_between_kept_lines():
    """Reference: blocks are joined by a blank line, in the middle of expressions too."""
    result = Compressor(ngram.load(), CharacterCount(), Settings(strategy="longcodezip")).compress(
        Source("a.py", CODE), query=QUERY, budget=120
    )
    blanks = sum(1 for line in result.text.split("\n")[:-1] if not line.strip())
    assert blanks <= sum(1 for line in CODE.split("\n")[:-1] if not line.strip())


def test_control_tokens_in_a_source_are_plain_text():
    model = ngram.load()
    assert model.count("<|endoftext|>") > 1
