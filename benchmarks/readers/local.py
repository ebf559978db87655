"""A causal language model on this machine that writes the answer: transformers, greedy, filling in the middle where the
tokenizer has the tokens for it. Torch is imported late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import longzip
from benchmarks.config import ReaderTable, Run
from benchmarks.methods.tools import named
from benchmarks.metrics import answer_measures
from benchmarks.readers import prompts
from benchmarks.values import Context, Example, Measures
from longzip import ModelError

BUNDLED = Path(longzip.__file__).parent / "models" / "bundled"
FILLS = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
)


@dataclass(frozen=True, slots=True)
class Local:
    """network, tokenizer: of transformers, which carry no types. fill: the three control tokens, if the tokenizer has them."""

    network: Any
    tokenizer: Any
    fill: tuple[str, str, str] | None
    new_tokens: int
    label: str

    @classmethod
    def load(cls, run: Run, table: ReaderTable) -> Local:
        """Raises ModelError where the folder holds no model."""
        from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

        import_module("transformers.utils.logging").disable_progress_bar()
        name = str(BUNDLED) if table.model == "embedded" else named(run, table.model)
        try:
            tokenizer = PreTrainedTokenizerFast.from_pretrained(name, local_files_only=True)
            network: Any = AutoModelForCausalLM.from_pretrained(name, local_files_only=True)
            network.eval()
        except (OSError, ValueError) as error:
            raise ModelError(f"{table.model} cannot be loaded as a reader ({type(error).__name__}); name a folder with a causal model.") from None
        known = tokenizer.get_vocab()
        fill = next((tokens for tokens in FILLS if all(token in known for token in tokens)), None)
        return cls(network, tokenizer, fill, table.new_tokens, table.label)

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        if not example.hidden.strip():
            return [{} for _ in contexts]
        answers = {text: self.write(text) for text in {self.prompt(example, context) for context in contexts}}
        found = [answer_measures(example, answers[self.prompt(example, context)]) for context in contexts]
        return [{f"{name} {self.label}": value for name, value in own.items()} for own in found]

    def prompt(self, example: Example, context: Context) -> str:
        if example.kind == "question":
            return prompts.question(example, context) + "\n\n"
        text = prompts.completion(example, context)
        return f"{self.fill[0]}{text}{self.fill[1]}{example.suffix}{self.fill[2]}" if self.fill and example.suffix else text

    def write(self, text: str) -> str:
        """The most likely next tokens, one after the other; the prompt loses its start where the window is too small."""
        import torch

        ids = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        room = max(1, getattr(self.network.config, "max_position_embeddings", 4096) - self.new_tokens)
        with torch.inference_mode():
            out = self.network.generate(
                ids[:, -room:], attention_mask=torch.ones_like(ids[:, -room:]), max_new_tokens=self.new_tokens, do_sample=False,
                pad_token_id=self.tokenizer.eos_token_id or 0,
            )  # fmt: skip
        return str(self.tokenizer.decode(out[0, min(room, ids.shape[1]) :], skip_special_tokens=True))
