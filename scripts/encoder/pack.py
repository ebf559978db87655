"""Pack functions and questions as token numbers, for training.

    python scripts/encoder/pack.py --data DIR --out DIR --minilm DIR --cosqa DIR [--limit N] [--vocabulary FILE]

--data: what build_questions.py wrote; --minilm: all-MiniLM-L6-v2 (model.safetensors, vocab.txt); --cosqa: the
benchmark's CoSQA (queries.jsonl.gz, corpus.jsonl.gz), for measuring only.

Writes base.zip (vocabulary, table of the teacher's pieces, the teacher in int8, CoSQA for measuring) and data-0.zip,
data-1.zip ... (--parts of them, the first with the share --first : --part), each of whole repositories.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import lzma
import re
import time
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from question_words import is_code, words
from vocab import SPECIAL, Vocabulary, learn

PATH, NAME, DOC, BODY, TEXT_QUERY, CODE_QUERY = 8, 8, 56, 176, 96, 128
SIZE, PIECES = 40960, 6500

Array = NDArray[Any]  # of whichever type fits
# repository, language, held out; path, name, doc comment and body as words' numbers
Row = tuple[int, int, bool, Array, Array, Array, Array]
Pair = tuple[int, bool, Array]  # kind, whether code, the question's words


def lines(folder: Path, name: str, first: int = 0, last: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows of the files NAME*.jsonl.gz; a file that is cut short gives what can be read."""
    for path in sorted(folder.glob(f"{name}*.jsonl.gz"))[first:last]:
        try:
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
                for line in file:
                    try:
                        yield json.loads(line)
                    except ValueError:
                        continue
        except (EOFError, OSError) as error:
            print("cut short:", path, error)


def place_of(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part not in ("src", "lib", "main", "java", "python", "")]
    if parts:
        parts[-1] = parts[-1].rsplit(".", 1)[0]
    return words(" ".join(parts[-4:]))[-PATH:]


def xz(array: Array) -> bytes:
    if array.dtype == np.uint16:
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 1, "pb": 1, "dict_size": 1 << 26}]
    elif array.dtype.itemsize == 4:
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 2, "pb": 2}]
    else:
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
    return lzma.compress(array.tobytes(), lzma.FORMAT_XZ, filters=filters)


def write(path: Path, arrays: dict[str, Array], meta: Mapping[str, Any]) -> int:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("meta.json", json.dumps(meta))
        for name, array in arrays.items():
            file.writestr(f"{name}.{array.dtype.name}", xz(array))
    return path.stat().st_size


def read(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(path) as file:
        meta = json.loads(file.read("meta.json"))
        for entry in file.namelist():
            if entry != "meta.json":
                name, dtype = entry.rsplit(".", 1)
                arrays[name] = np.frombuffer(lzma.decompress(file.read(entry)), dtype)
    return arrays, meta


# ------------------------------------------------------------------------------------------------------- base


def folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")


def teacher_arrays(folder: Path, used: Array) -> tuple[dict[str, Array], dict[str, list[int]]]:
    """MiniLM as int8 by row with float32 scales; small tensors in float32."""
    from safetensors.numpy import load_file

    arrays: dict[str, Array] = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        tensor = tensor.astype(np.float32) if tensor.dtype != np.int64 else tensor
        if "word_embeddings" in name:
            tensor = tensor[used]
        if tensor.ndim == 2 and tensor.size > 10000 and "position" not in name:
            scale = np.abs(tensor).max(1, keepdims=True) / 127 + 1e-12
            arrays[f"teacher/{name}/q"] = np.round(tensor / scale).astype(np.int8)
            arrays[f"teacher/{name}/s"] = scale.astype(np.float32)
        elif tensor.dtype == np.float32:
            arrays[f"teacher/{name}/f"] = tensor
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    return arrays, shapes


def cosqa_arrays(folder: Path, vocabulary: Vocabulary) -> dict[str, Array]:
    queries, corpus = list(lines(folder, "queries")), list(lines(folder, "corpus"))
    place = {row["id"]: index for index, row in enumerate(corpus)}
    columns: list[list[list[int]]] = [[], [], [], []]
    for row in corpus:
        name, doc, body = apart(row["code"])
        for column, found, most in zip(
            columns, ([], words(name), words(doc), words(body)), (PATH, NAME, DOC, BODY), strict=True
        ):
            column.append([token for word in found for token in vocabulary.cut(word)][:most])
    asked = [[token for word in words(row["query"]) for token in vocabulary.cut(word)][:TEXT_QUERY] for row in queries]
    made = {}
    for name, column in zip(("path", "name", "doc", "body", "query"), [*columns, asked], strict=True):
        made[f"cosqa_{name}_len"] = np.array([len(row) for row in column], np.uint8)
        made[f"cosqa_{name}"] = np.array([token for row in column for token in row], np.uint16)
    made["cosqa_gold"] = np.array([place[row["gold"]] for row in queries], np.uint16)
    return made


def apart(code: str) -> tuple[str, str, str]:
    """Name, doc comment and the rest of a Python function."""
    name = re.search(r"def\s+(\w+)", code)
    doc = re.search(r'("""|\'\'\')(.*?)\1', code, re.DOTALL)
    if doc is None:
        return name.group(1) if name else "", "", code
    return name.group(1) if name else "", doc.group(2), code[: doc.start()] + code[doc.end() :]


# ------------------------------------------------------------------------------------------------------- main


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minilm", type=Path, required=True)
    parser.add_argument("--cosqa", type=Path, required=True)
    parser.add_argument("--first", type=float, default=14)
    parser.add_argument("--part", type=float, default=34)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--vocabulary", type=Path)
    parser.add_argument("--parts", type=int, default=2)
    parser.add_argument("--files", default="0:", help="which of the data's files, FIRST:LAST")
    parser.add_argument("--start", type=int, default=0, help="number of the first part")
    parser.add_argument("--no-base", action="store_true")
    options = parser.parse_args()
    first_file, last_file = (int(place) if place else None for place in options.files.split(":"))
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.time()

    # words of everything, as numbers of one growing list
    number: dict[str, int] = {}

    def numbers(found: list[str]) -> Array:
        return np.array([number.setdefault(word, len(number)) for word in found], np.uint32)

    functions: list[Row] = []
    place: dict[str, int] = {}
    repos: dict[str, int] = {}
    langs: dict[str, int] = {}
    seen: set[tuple[int, int]] = set()
    for row in lines(options.data, "functions", first_file or 0, last_file):
        if row["id"] in place or len(functions) >= options.limit:
            continue
        body = words(row["code"])[:BODY]
        doc = words(row.get("doc") or "")[:DOC]
        if len(body) < 4:
            continue
        repo = repos.setdefault(row["repo"], len(repos))
        place[row["id"]] = len(functions)
        functions.append(
            (
                repo,
                langs.setdefault(row.get("lang") or "", len(langs)),
                bool(row.get("held")),
                numbers(place_of(row.get("path") or "")),
                numbers(words(row.get("name") or "")[:NAME]),
                numbers(doc),
                numbers(body),
            )
        )
    print(
        f"{len(functions)} functions, {len(repos)} repositories, {len(number)} words, {time.time() - began:.0f} s",
        flush=True,
    )
    kinds: dict[str, int] = {}
    pairs: dict[int, list[Pair]] = defaultdict(list)
    many: Counter[str] = Counter()
    for row in lines(options.data, "pairs", first_file or 0, last_file):
        f = place.get(row["f"])
        if f is None:
            continue
        code = row["kind"] in ("call", "callee", "caller") or is_code(row["q"])
        found = words(row["q"])
        found = found[-CODE_QUERY:] if code else found[:TEXT_QUERY]
        if not found:
            continue
        key = (f, hash(tuple(found)))
        if key in seen:
            continue
        seen.add(key)
        many[row["kind"]] += 1
        pairs[f].append((kinds.setdefault(row["kind"], len(kinds)), code, numbers(found)))
    print(f"{sum(many.values())} pairs {dict(many)}, {len(number)} words, {time.time() - began:.0f} s", flush=True)

    listed = list(number)
    counts = np.zeros(len(listed), np.int64)
    for function in functions:
        for column in function[3:]:
            np.add.at(counts, column, 1)
    for rows in pairs.values():
        for _kind, _code, query in rows:
            np.add.at(counts, query, 1)
    if options.vocabulary and options.vocabulary.exists():
        entries = options.vocabulary.read_text(encoding="utf-8").split("\n")
    else:
        entries = learn(Counter({word: int(count) for word, count in zip(listed, counts, strict=True)}), SIZE, PIECES)
        (options.vocabulary or options.out / "vocabulary.txt").write_text("\n".join(entries), encoding="utf-8")
    vocabulary = Vocabulary(entries)
    print(f"vocabulary {len(entries)}, {time.time() - began:.0f} s", flush=True)
    cuts = [vocabulary.cut(word) for word in listed]
    covered = sum(int(c) for word, c in zip(listed, counts, strict=True) if word in vocabulary.index) / max(
        1, counts.sum()
    )
    print(f"whole words cover {covered:.4f}", flush=True)

    def tokens(column: Array, most: int, last: bool = False) -> list[int]:
        made = [token for word in column.tolist() for token in cuts[word]]
        return made[-most:] if last else made[:most]

    if not options.no_base:
        write_base(options, entries, vocabulary)
        print(f"base, {time.time() - began:.0f} s", flush=True)

    # parts of whole repositories
    members: dict[int, list[int]] = defaultdict(list)
    for index, function in enumerate(functions):
        members[function[0]].append(index)
    order = sorted(members, key=lambda repo: hashlib.md5(str(repo).encode()).hexdigest())
    share = options.first / (options.first + options.part * (options.parts - 1))
    total = sum(len(row[5]) + len(row[6]) for row in functions) + sum(
        len(q) for rows in pairs.values() for *_r, q in rows
    )
    names, lang_names, kind_names = list(repos), list(langs), list(kinds)
    filled, part = 0, 0
    chosen: list[int] = []
    limits = np.cumsum([share] + [(1 - share) / max(1, options.parts - 1)] * (options.parts - 1)) * total

    def flush() -> None:
        nonlocal chosen
        arrays = packed(chosen, members, functions, pairs, tokens)
        meta = {"repos": [names[repo] for repo in chosen], "langs": lang_names, "kinds": kind_names}
        size = write(options.out / f"data-{options.start + part}.zip", arrays, meta)
        print(
            f"data-{options.start + part}.zip {size / 1e6:.1f} MB: {len(arrays['f_repo'])} functions, "
            f"{len(arrays['p_f'])} pairs, {time.time() - began:.0f} s",
            flush=True,
        )
        chosen = []

    for repo in order:
        chosen.append(repo)
        filled += sum(
            len(functions[i][5]) + len(functions[i][6]) + sum(len(q) for *_r, q in pairs.get(i, ()))
            for i in members[repo]
        )
        if filled >= limits[part] and part < options.parts - 1:
            flush()
            part += 1
    flush()


def write_base(options: argparse.Namespace, entries: list[str], vocabulary: Vocabulary) -> None:
    bert = Vocabulary((options.minilm / "vocab.txt").read_text(encoding="utf-8").split("\n")[:30522], unknown=(100,))
    cut = [bert.cut(folded(entry)) if at >= len(SPECIAL) else () for at, entry in enumerate(entries)]
    used = np.unique(np.array([0, 100, 101, 102, *(token for row in cut for token in row)]))
    renumbered = {int(old): new for new, old in enumerate(used)}
    mapped = [[renumbered[token] for token in row] for row in cut]
    teacher, shapes = teacher_arrays(options.minilm, used)
    print(f"{len(used)} pieces of the teacher's", flush=True)
    base: dict[str, Array] = {
        "bert_len": np.array([len(row) for row in mapped], np.uint8),
        "bert": np.array([t for row in mapped for t in row], np.uint16),
    }
    base |= teacher | cosqa_arrays(options.cosqa, vocabulary)
    size = write(
        options.out / "base.zip",
        base,
        {"entries": entries, "shapes": shapes, "cls": renumbered[101], "sep": renumbered[102]},
    )
    print(f"base.zip {size / 1e6:.1f} MB", flush=True)


def packed(
    chosen: Sequence[int],
    members: Mapping[int, Sequence[int]],
    functions: Sequence[Row],
    pairs: Mapping[int, Sequence[Pair]],
    tokens: Callable[..., list[int]],
) -> dict[str, Array]:
    """A part. chosen: its repositories; members: their functions; tokens(words, most, last): the entries of words."""
    columns: dict[str, list[int]] = defaultdict(list)
    stream: list[Array] = []
    first = 0
    for local, repo in enumerate(chosen):
        rows = members[repo]
        made = [
            (tokens(p, PATH), tokens(n, NAME), tokens(d, DOC), tokens(b, BODY))
            for p, n, d, b in (functions[i][3:] for i in rows)
        ]
        for index, row in zip(rows, made, strict=True):
            columns["f_repo"].append(local)
            columns["f_lang"].append(functions[index][1])
            columns["f_held"].append(functions[index][2])
            for name, field in zip("pndb", row, strict=True):
                columns[f"f_{name}len"].append(len(field))
        for column in range(4):
            stream += [np.array(row[column], np.uint16) for row in made]
        for offset, index in enumerate(rows):
            for kind, code, query in pairs.get(index, ()):
                asked = tokens(query, CODE_QUERY if code else TEXT_QUERY, last=code)
                if not asked:
                    continue
                doc = made[offset][2]
                known = asked == doc[: len(asked)]
                columns["p_f"].append(first + offset)
                columns["p_kind"].append(kind)
                columns["p_code"].append(code)
                columns["p_len"].append(len(asked))
                columns["p_ref"].append(known)
                if not known:
                    stream.append(np.array(asked, np.uint16))
        first += len(rows)
    types: dict[str, type] = {"f_repo": np.uint16, "p_f": np.uint32}
    arrays: dict[str, Array] = {name: np.array(column, types.get(name, np.uint8)) for name, column in columns.items()}
    arrays["p_f"] = np.diff(arrays["p_f"].astype(np.int64), prepend=0).astype(np.uint32)
    arrays["stream"] = np.concatenate(stream) if stream else np.zeros(0, np.uint16)
    return arrays


if __name__ == "__main__":
    main()
