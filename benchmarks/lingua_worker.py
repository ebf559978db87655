"""The other end of ``methods/lingua.py``'s pipe: runs under the interpreter that has ``llmlingua``, and imports nothing
of ours.

    python lingua_worker.py MODEL TOKENIZER 1|2      one JSON line in, one JSON line out

MODEL: folder of the language model, or, for LLMLingua-2, of the token classifier. TOKENIZER: folder whose
tokenizer.json counts, where the package would fetch OpenAI's.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

RATIO = 0.3  # LongLLMLingua's dynamic_context_compression_ratio, as in its paper's examples


class Counter:
    """What the package asks of tiktoken: how many tokens a text has."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def encode(self, text: str, **_: object) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)


def readable(model: Path, folder: Path) -> Path:
    """The model as an older transformers reads it: links to its files, its own tokenizer as it is, its rope theta on
    top."""
    if not (model / "association.safetensors").is_file():
        return model
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config["rope_theta"] = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]
    config["torch_dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    tokens = json.loads((model / "tokenizer_config.json").read_text(encoding="utf-8"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({**tokens, "tokenizer_class": "PreTrainedTokenizerFast"}), encoding="utf-8"
    )
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).symlink_to(model / name)
    return folder


def compressor(model: Path, tokenizer: Path, second: bool) -> Any:
    tiktoken: Any = import_module("tiktoken")
    counter = Counter(tokenizer)
    tiktoken.encoding_for_model = lambda _name: counter
    from llmlingua import PromptCompressor

    if second:
        return PromptCompressor(str(model), device_map="cpu", use_llmlingua2=True)
    folder = readable(model, Path(tempfile.mkdtemp()))
    found = PromptCompressor(str(folder), device_map="cpu", model_config={"torch_dtype": "float32"})
    found.max_position_embeddings = getattr(found.model.config, "max_position_embeddings", 4096)
    return found


def answer(made: Any, request: dict[str, Any]) -> str:
    texts = [text for text in request["texts"] if text.strip()]
    if request["kind"] == "llmlingua2":
        done = made.compress_prompt(
            texts, target_token=request["target"], force_tokens=["\n"], use_context_level_filter=True
        )
    elif request["kind"] == "longllmlingua":
        done = made.compress_prompt(
            texts, question=request["query"], target_token=request["target"], rank_method="longllmlingua",
            condition_in_question="after_condition",
            reorder_context="sort", dynamic_context_compression_ratio=RATIO, condition_compare=True,
            context_budget="+100",
            concate_question=False,
        )  # fmt: skip
    else:
        done = made.compress_prompt(
            texts,
            question=request["query"],
            target_token=request["target"],
            rank_method="llmlingua",
            concate_question=False,
        )
    return str(done["compressed_prompt"])


def main() -> None:
    model, tokenizer, second = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute(), sys.argv[3] == "2"
    out = sys.stdout
    sys.stdout = sys.stderr  # the package prints
    made: Any = None
    for line in sys.stdin:
        try:
            made = made or compressor(model, tokenizer, second)
            said = {"text": answer(made, json.loads(line))}
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the package raises is the answer
            said = {"error": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(said) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
