"""What is owed of the scorer on a GPU, checked in one go, without a network: about two minutes on a data centre's GPU.

    python -m scripts.check_cuda --random --tokenizer tokenizer.json.gz       random weights in the shape of 0.5B
    python -m scripts.check_cuda --model FOLDER                               a real checkpoint
    python -m scripts.check_cuda --random --tiny --device cpu                 does the script itself work?

Needs torch, transformers, numpy, pytest, hypothesis and what longzip needs (tree-sitter with its grammars,
platformdirs; --wheels FOLDER puts the wheels in a folder on the path). Each check prints one line of JSON as it is
done; the last line says what was owed, what came out, and what time did not allow. Exits with 1 where something owed
was missed.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from longzip.models.networks.transformers import TransformersModel

QUERY = "Where is a timeout turned into the number of seconds that a call may still take, and what if it is None?"
SHAPE: dict[str, Any] = {
    "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14,
    "num_key_value_heads": 2, "vocab_size": 151_936, "max_position_embeddings": 8192, "tie_word_embeddings": True,
    "initializer_range": 0.05, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
}  # fmt: skip
TINY: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 16_384,
}
SHARE_OWED, SECONDS_OWED, RANKS_OWED = 0.85, 0.5, 0.95
EXAMPLE_TOKENS, MANY_TOKENS = 10_000, 1_000_000


@dataclass(slots=True)
class Record:
    """What was found, line by line, and when it has to end."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    lines: dict[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def left(self) -> float:
        return self.seconds - (time.monotonic() - self.began)

    def check(self, name: str, needs: float, work: Callable[[], Mapping[str, object]]) -> None:
        """Does it, if there are about so many seconds left, and prints what came out."""
        if self.left < needs:
            found: Mapping[str, object] = {"left out": f"{self.left:.0f} s left"}
        else:
            at = time.monotonic()
            try:
                found = work()
            except Exception as error:  # noqa: BLE001  the other checks are worth having, whatever this one met
                found = {"error": f"{type(error).__name__}: {error}"[:2000]}
            found = {**found, "took": round(time.monotonic() - at, 2)}
        self.lines[name] = found
        print(json.dumps({"check": name, **found}), flush=True)


# ------------------------------------------------------------------------------------------------------- material


def unpack_wheels(folder: Path, target: Path) -> None:
    """The files of all wheels in a folder, put on the path; of processes that are started, too."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    sys.path.insert(0, str(target))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(target), str(Path.cwd()), os.environ.get("PYTHONPATH", "")])


def random_checkpoint(folder: Path, tokenizer: Path | None, tiny: bool, device: str) -> Path:
    """Random weights in the shape of Qwen2.5-0.5B: for speed, which does not depend on what they say."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from longzip.models.networks.identity import BUNDLED

    folder.mkdir(parents=True)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            Qwen2ForCausalLM(Qwen2Config(**SHAPE | (TINY if tiny else {}))).save_pretrained(folder)
    finally:
        torch.set_default_dtype(torch.float32)
    given = tokenizer if tokenizer and not tiny else BUNDLED / "tokenizer.json"
    data = given.read_bytes()
    (folder / "tokenizer.json").write_bytes(gzip.decompress(data) if given.suffix == ".gz" else data)
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<|endoftext|>"}))
    return folder


def library() -> Iterator[tuple[Path, str]]:
    """The sources of Python's standard library."""
    root = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.rglob("*.py")):
        if "site-packages" not in path.parts and "lib2to3" not in path.parts:
            try:
                yield path.relative_to(root), path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue


def functions() -> Iterator[str]:
    """Its functions, all but the longest."""
    for _, text in library():
        lines = text.splitlines(keepends=True)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found = "".join(lines[node.lineno - 1 : node.end_lineno])
                if len(found) < 8000:
                    yield found


def worth(model: TransformersModel, tokens: int) -> list[str]:
    """Functions of so many tokens together."""
    found: list[str] = []
    for text in functions():
        tokens -= model.count(text)
        if tokens < 0 and found:
            break
        found.append(text)
    return found


# --------------------------------------------------------------------------------------------------------- checks


def marked_tests(seconds: float) -> dict[str, object]:
    """The tests that are marked cuda."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        "cuda",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
        "-o",
        "filterwarnings=",
    ]
    done = subprocess.run(
        [*command, "tests/test_models_networks_cuda.py"], capture_output=True, text=True, timeout=seconds
    )
    tail = done.stdout.strip().splitlines()
    shown = tail[-1:] if done.returncode == 0 else tail[-40:]
    return {"code": done.returncode, "said": "\n".join(shown) + done.stderr[-500:]}


def throughput(model: TransformersModel, tokens: int, repeats: int) -> dict[str, object]:
    """Tokens per second of the scorer, and of a bare forward pass over as many, in rows of one length, none padded."""
    import torch

    from longzip.scoring.ami import SEPARATOR, surprises

    texts = worth(model, tokens)
    asked = model.count(QUERY)
    read = sum(model.count(text + SEPARATOR) + asked + 1 for text in texts)
    network = model._network
    length = min(read // len(texts), 1024)
    rows = max(1, model._batch_tokens // length)
    ids = torch.randint(0, 1000, (rows, length), device=network.device)
    batches = max(1, round(read / (rows * length)))

    def waited(work: Callable[[], object]) -> float:
        at = time.perf_counter()
        work()
        if network.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - at

    def bare() -> None:
        for _ in range(batches):
            network(input_ids=ids, use_cache=False, logits_to_keep=asked)

    def body() -> None:
        for _ in range(batches):
            network.base_model(input_ids=ids, use_cache=False)

    with torch.inference_mode():
        surprises(model, QUERY, texts[: max(1, len(texts) // 10)])
        waited(bare)
        found = [(waited(lambda: surprises(model, QUERY, texts)), waited(bare), waited(body)) for _ in range(repeats)]
    scored, plain, inside = (statistics.median(times) for times in zip(*found, strict=True))
    given = batches * rows * length
    return {
        "texts": len(texts), "tokens": read, "packed rows": model._head.packs, "batch tokens": model._batch_tokens,
        "scorer tokens/s": round(read / scored), "bare tokens/s": round(given / plain),
        "bare without logits tokens/s": round(given / inside),
        "share": round(read / scored / (given / plain), 3),
        "share without logits": round(read / scored / (given / inside), 3),
    }  # fmt: skip


def example(model: TransformersModel) -> dict[str, object]:
    """Seconds for 10,000 tokens of code: the scores, and the whole command's work, with nothing kept from before."""
    from longzip import Compressor, Settings, Source
    from longzip.scoring.ami import surprises

    texts = worth(model, EXAMPLE_TOKENS)
    sources = [Source(f"part{index}.py", text) for index, text in enumerate(texts)]
    compressor = Compressor(model, model, Settings(cache=False))
    compressor.compress(sources, query="warm up", budget=1000)
    scores, wholes = [], []
    for turn in range(3):
        query = f"{QUERY} {turn}"
        at = time.perf_counter()
        surprises(model, query, texts)
        scores.append(time.perf_counter() - at)
        at = time.perf_counter()
        compressor.compress(sources, query=query, budget=2000)
        wholes.append(time.perf_counter() - at)
    return {
        "functions": len(texts), "tokens": sum(map(model.count, texts)),
        "seconds to score": round(statistics.median(scores), 3),
        "seconds to compress": round(statistics.median(wholes), 3),
    }  # fmt: skip


def all_of_it(model: TransformersModel, tokens: int) -> dict[str, object]:
    """Sources of a million tokens through ``compress``: is all of it read?"""
    from longzip import Compressor, Settings, Source

    sources: list[Source] = []
    given = 0
    for path, text in library():
        if given >= tokens:
            break
        sources.append(Source(path.as_posix(), text))
        given += model.count(text)
    compressor = Compressor(model, model, Settings(cache=False))
    at = time.perf_counter()
    found = compressor.compress(sources, query=QUERY, budget=4096)
    seconds = time.perf_counter() - at
    stages = {stage.name: round(stage.seconds, 2) for stage in found.report.stages}
    unread = sum(chunk.relevance is None for chunk in found.report.chunks)
    return {
        "tokens": given, "chunks": len(found.report.chunks), "unread": unread, "seconds": round(seconds, 2),
        "stages": stages, "result tokens": found.report.got,
    }  # fmt: skip


def same_ranks(model: TransformersModel, folder: Path, tokens: int) -> dict[str, object]:
    """Rank correlation with the CPU's float32."""
    import numpy as np
    import torch

    from longzip.models.networks import transformers
    from longzip.scoring.ami import gain

    texts = worth(model, tokens)
    here = gain(model, QUERY, texts)
    torch.set_num_threads(os.cpu_count() or 1)
    plain = transformers.load(str(folder), device="cpu")
    transformers.move(plain._network, torch.device("cpu"), torch.float32)
    there = gain(plain, QUERY, texts)
    ranks = [np.argsort(np.argsort(values)) for values in (here, there)]
    return {
        "texts": len(texts), "spearman": round(float(np.corrcoef(ranks[0], ranks[1])[0, 1]), 4),
        "largest difference, nats per token": round(float(np.abs(np.subtract(here, there)).max()), 4),
        "spread of the values": round(float(np.std(there)), 4),
    }  # fmt: skip


def verdict(lines: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    """What was owed, and whether it came out; None where it was not measured."""

    def held(check: str, key: str, test: Callable[[Any], bool]) -> bool | None:
        return test(lines[check][key]) if key in lines.get(check, {}) else None

    return {
        "tests pass": held("tests", "code", lambda code: code == 0),
        f"at least {SHARE_OWED:.0%} of a bare forward pass": held("throughput", "share", lambda it: it >= SHARE_OWED),
        f"10k tokens in under {SECONDS_OWED} s": held("example", "seconds to compress", lambda it: it < SECONDS_OWED),
        "1 M tokens read completely": held("all of it", "unread", lambda it: it == 0),
        f"ranks as on the CPU, at least {RANKS_OWED}": held("ranks", "spearman", lambda it: it >= RANKS_OWED),
    }


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of a checkpoint")
    parser.add_argument("--random", action="store_true", help="random weights instead, in the shape of 0.5B")
    parser.add_argument("--tiny", action="store_true", help="much smaller, and little of everything")
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json or tokenizer.json.gz for random weights")
    parser.add_argument("--wheels", type=Path, help="folder of wheels to put on the path")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=150.0, help="no check is begun that would end later")
    parser.add_argument("--out", type=Path, help="file for all lines")
    found = parser.parse_args(arguments)
    if bool(found.model) == found.random:
        parser.error("give either --model FOLDER or --random")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    given = parsed(arguments)
    record, work = Record(given.seconds), Path(tempfile.mkdtemp(prefix="longzip-cuda-"))
    try:
        return run(given, record, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(given: argparse.Namespace, record: Record, work: Path) -> int:
    if given.wheels:
        unpack_wheels(given.wheels, work / "site")
    import torch
    import transformers as library_of_models

    cuda = torch.cuda.is_available()
    about = {"torch": torch.__version__, "transformers": library_of_models.__version__, "cpus": os.cpu_count()}
    record.check("machine", 0, lambda: about | ({"gpu": torch.cuda.get_device_name()} if cuda else {}))
    from longzip.models.networks import transformers

    device = "cuda" if given.device.startswith("cuda") else given.device
    folder: Path = given.model or random_checkpoint(work / "model", given.tokenizer, given.tiny, device)
    at = time.monotonic()
    model = transformers.load(str(folder), device=given.device)
    loaded = time.monotonic() - at
    record.check("model", 0, lambda: {"name": model.name, "loaded in": round(loaded, 1), "window": model.window})
    small = given.tiny
    record.check("throughput", 20, lambda: throughput(model, 8_000 if small else 600_000, 1 if small else 3))
    record.check("example", 10, lambda: example(model))
    record.check("tests", 30, lambda: marked_tests(min(90.0, record.left)))
    record.check("all of it", 45, lambda: all_of_it(model, 20_000 if small else MANY_TOKENS))
    record.check("ranks", 25, lambda: same_ranks(model, folder, 4_000 if small else 10_000))
    owed = verdict(record.lines)
    print(json.dumps({"check": "verdict", **owed}), flush=True)
    if given.out:
        given.out.write_text("\n".join(json.dumps({"check": name, **found}) for name, found in record.lines.items()))
    return int(any(held is False for held in owed.values()))


if __name__ == "__main__":
    sys.exit(main())
