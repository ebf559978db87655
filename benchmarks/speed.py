"""How fast longzip scores: against the published cost structure, and against what the hardware gives.

    python benchmarks/speed.py FOLDER [--tokens 10000] [--skip-large]

    published   one pass per function and one per line (benchmarks/sequential.py), the same model, input and decisions
    bare        the network's own forward pass over the same tokens in the same batches
    memory      of a process that scores with a model of Qwen2.5-0.5B's shape, above its weights

FOLDER: code to score, of which so many tokens are taken. The models are the embedded network read as a plain language
model (contexts through the network), and random weights in the shape of Qwen2.5-0.5B. Ratios are of one run. Prints a
table and one JSON line. Looks behind the public names for the network, which it times by itself.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import longzip
from longzip import Compressor, Request, Settings, Source

if TYPE_CHECKING:
    import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import sequential

BUNDLED = Path(longzip.__file__).parent / "models" / "bundled"
QUERY = "where is the input read and how are errors reported?"
PLAIN = Settings(strategy="longcodezip", cache=False, count_for=str(BUNDLED), device="cpu", score_tokens=0)
SCORED_BY_LARGE = 3_000  # tokens of code; the large model does some hundreds a second


def taken(folder: Path, tokens: int, compressor: Compressor) -> list[Source]:
    """Files of the folder, as many as so many tokens."""
    found: list[Source] = []
    for source in longzip.read_repository([folder], PLAIN).sources:
        if tokens <= 0:
            break
        found.append(source)
        tokens -= compressor.count(source.text)
    return found


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def plain_checkpoint(folder: Path) -> Path:
    """The embedded network without its association model, so that contexts are read."""
    shutil.copytree(BUNDLED, folder)
    (folder / "association.safetensors").unlink()
    config = json.loads((folder / "config.json").read_text())
    for key in ("context_through", "context_cache_weight"):
        config.pop(key, None)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def large_checkpoint(folder: Path) -> Path:
    """Random weights in the shape of Qwen2.5-0.5B, with the embedded model's tokenizer."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    shape = Qwen2Config(
        hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
        vocab_size=151_936, max_position_embeddings=2048, tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=None,
    )  # fmt: skip
    torch.set_default_dtype(torch.bfloat16)
    try:
        Qwen2ForCausalLM(shape).save_pretrained(folder)
    finally:
        torch.set_default_dtype(torch.float32)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(BUNDLED / name, folder / name)
    return folder


def against_published(folder: Path, sources: list[Source]) -> dict[str, float]:
    """Seconds of both, and how far the decisions agree."""
    compressor = Compressor.load(str(folder), settings=PLAIN)
    compressor.model.logprobs([Request("", "warm up")])
    chunks = [chunk for source in sources for chunk in compressor.form.split(source)]
    fast_rank, ranked = timed(lambda: compressor.rank(sources, query=QUERY))
    slow_rank, values = timed(lambda: sequential.relevance(compressor.model, QUERY, chunks))
    fast_lines, segmented = timed(lambda: [compressor.segment(source) for source in sources])
    slow_lines, bits = timed(lambda: [sequential.line_bits(compressor.model, chunk.text) for chunk in chunks])
    own = {(item.chunk.source.name, item.chunk.start): item.relevance for item in ranked}
    known = [
        (own[key], value)
        for chunk, value in zip(chunks, values, strict=True)
        if (key := (chunk.source.name, chunk.start)) in own
    ]
    ranks = [abs(one - other) <= 1e-3 * max(1.0, abs(other)) for one, other in known]  # bare class heads are not ranked
    ours = [line.boundary for result in segmented for line in result.lines]
    theirs = [
        row in sequential.boundaries(found, PLAIN.alpha)
        for chunk, found in zip(chunks, bits, strict=True) for row in range(chunk.last_line - chunk.first_line + 1)
    ]  # fmt: skip
    return {
        "tokens": sum(compressor.count(source.text) for source in sources), "functions": len(chunks),
        "lines": len(ours),
        "scoring": fast_rank, "scoring published": slow_rank, "segmentation": fast_lines,
        "segmentation published": slow_lines,
        "same relevance": sum(ranks) / len(ranks), "same boundaries": sum(one == other for one,
            other in zip(ours, theirs, strict=True)) / len(ours),
    }  # fmt: skip


def against_bare(folder: Path, sources: list[Source]) -> dict[str, float]:
    """Tokens per second of scoring, and of the network alone over the same batches."""
    import torch

    compressor = Compressor.load(str(folder), settings=PLAIN)
    model = compressor.model
    model.logprobs([])
    network: torch.nn.Module = model.loaded()._network.base_model  # type: ignore[attr-defined]
    requests = [Request(chunk.text + "\n\n", QUERY) for source in sources for chunk in compressor.form.split(source)]
    seen: list[torch.Tensor] = []
    handle = network.register_forward_pre_hook(
        lambda _module, _given, named: seen.append(named["input_ids"]), with_kwargs=True
    )
    model.logprobs(requests)
    handle.remove()
    batches, scored, bare = seen, [], []
    with torch.inference_mode():
        for _ in range(3):
            scored.append(timed(lambda: model.logprobs(requests))[0])
            bare.append(timed(lambda: [network(input_ids=ids, use_cache=False) for ids in batches])[0])
    tokens = sum(ids.numel() for ids in batches)
    return {
        "tokens": tokens,
        "tokens/s": tokens / min(scored),
        "tokens/s bare": tokens / min(bare),
        "share": min(bare) / min(scored),
    }


def memory(folder: Path, texts: Path) -> dict[str, float]:
    """Peak memory of a process that scores, in MB, and what the weights take of it."""
    done = subprocess.run(
        [sys.executable, __file__, str(texts), "--score-only", str(folder)], capture_output=True, text=True, check=True
    )
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors")) / 1e6
    peak = float(done.stdout.split()[-1])
    return {"peak MB": peak, "weights MB": weights, "above weights MB": peak - weights}


def score_only(folder: Path, texts: Path) -> None:
    """What ``memory`` measures."""
    compressor = Compressor.load(str(folder), settings=replace(PLAIN, model=str(folder)))
    compressor.rank(taken(texts, SCORED_BY_LARGE, compressor), query=QUERY)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))


def rows(found: dict[str, dict[str, float]]) -> list[str]:
    published = found["published"]
    whole = (published["scoring published"] + published["segmentation published"]) / (
        published["scoring"] + published["segmentation"]
    )
    lines = [
        "| what | longzip | compared with | ratio |", "|---|---:|---:|---:|",
        f"| scoring, seconds | {published['scoring']:.2f} | {published['scoring published']:.2f} | "
        f"{published['scoring published'] / published['scoring']:.1f} |",
        f"| segmentation, seconds | {published['segmentation']:.2f} | {published['segmentation published']:.2f} |"
        f" {published['segmentation published'] / published['segmentation']:.0f} |",
        f"| both | | | {whole:.0f} |",
    ]  # fmt: skip
    for name in ("bare embedded", "bare 0.5B"):
        if name in found:
            own = found[name]
            lines.append(
                f"| tokens/s, {name.removeprefix('bare ')} | {own['tokens/s']:,.0f} | "
                f"{own['tokens/s bare']:,.0f} | {own['share']:.2f} |"
            )
    if "memory 0.5B" in found:
        lines.append(f"| peak MB above the weights, 0.5B | {found['memory 0.5B']['above weights MB']:,.0f} | | |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--skip-large", action="store_true")
    parser.add_argument("--score-only", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.score_only:
        score_only(arguments.score_only, arguments.folder)
        return
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        plain = plain_checkpoint(Path(temporary) / "plain")
        sources = taken(arguments.folder, arguments.tokens, Compressor.load(str(plain), settings=PLAIN))
        found["published"] = against_published(plain, sources)
        found["bare embedded"] = against_bare(plain, sources)
        if not arguments.skip_large:
            large = large_checkpoint(Path(temporary) / "large")
            few = taken(arguments.folder, SCORED_BY_LARGE, Compressor.load(str(plain), settings=PLAIN))
            found["bare 0.5B"] = against_bare(large, few)
            found["memory 0.5B"] = memory(large, arguments.folder)
    print("\n".join(rows(found)))
    print(json.dumps({"machine": platform.machine(), "python": platform.python_version(), **found}))


if __name__ == "__main__":
    main()
