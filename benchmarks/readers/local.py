"""A causal language model on this machine that writes the answer: transformers, greedy, filling in the middle where the
tokenizer has the tokens for it, in its chat template where it has one and is asked a question. Torch is imported
late."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.config import ReaderTable, Run
from benchmarks.methods.tools import BUNDLED, named
from benchmarks.readers import prompts
from benchmarks.readers.answers import preferred
from benchmarks.values import Context, Example
from longzip import ModelError

FILLS = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
)


@dataclass(frozen=True, slots=True)
class Local:
    """network, tokenizer: of transformers, which carry no types. fill: the three control tokens, if the tokenizer has
    them."""

    network: Any
    tokenizer: Any
    fill: tuple[str, str, str] | None
    new_tokens: int
    label: str

    @classmethod
    def load(cls, run: Run, table: ReaderTable) -> Local:
        """Raises ModelError where the folder holds no model."""
        import torch
        from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

        fast = torch.cuda.is_available()
        import_module("transformers.utils.logging").disable_progress_bar()
        name = str(BUNDLED) if table.model == "embedded" else named(run, table.model)
        try:
            tokenizer = PreTrainedTokenizerFast.from_pretrained(name, local_files_only=True)
            network: Any = AutoModelForCausalLM.from_pretrained(
                name, local_files_only=True, dtype="auto" if fast else torch.float32
            )
            network.to("cuda" if fast else "cpu").eval()
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{table.model} cannot be loaded as a reader ({type(error).__name__}); name a folder "
                "with a causal model."
            ) from None
        tokenizer.model_max_length = sys.maxsize  # what is too long is cut here, in ``ids``
        known = tokenizer.get_vocab()
        fill = next((tokens for tokens in FILLS if all(token in known for token in tokens)), None)
        return cls(network, tokenizer, fill, table.new_tokens, table.label)

    def write(self, example: Example, contexts: Sequence[Context]) -> list[str]:
        asked = [self.prompt(example, context) for context in contexts]
        answers = {text: self.answer(text) for text in dict.fromkeys(asked)}
        return [answers[text] for text in asked]

    def sizes(self, _example: Example, contexts: Sequence[Context]) -> list[int]:
        return [len(self.tokenizer(context.text, add_special_tokens=False)["input_ids"]) for context in contexts]

    def preference(self, prompt: str) -> float:
        import torch

        ids = self.ids(self.chat(prompt), 1)
        with torch.inference_mode():
            scores = torch.log_softmax(self.network(ids).logits[0, -1].float(), -1)
        first = {letter: self.tokenizer(letter, add_special_tokens=False)["input_ids"][0] for letter in "AB"}
        found = preferred({letter: float(scores[token]) for letter, token in first.items()})
        return 0.0 if found is None else found

    def prompt(self, example: Example, context: Context) -> str:
        if example.kind != "completion":
            return self.chat(prompts.question(example, context))
        text = prompts.completion(example, context)
        return (
            f"{self.fill[0]}{text}{self.fill[1]}{example.suffix}{self.fill[2]}"
            if self.fill and example.suffix
            else text
        )

    def chat(self, text: str) -> str:
        """The text as the model wants to be asked."""
        if not getattr(self.tokenizer, "chat_template", None):
            return f"{text}\n\n"
        said = [{"role": "user", "content": text}]
        return str(self.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True))

    def ids(self, text: str, new_tokens: int) -> Any:
        """The prompt's tokens, with the start token where the model has one; where the window is too small it loses its
        start, but for that token and the one that opens the fill."""
        import torch

        bare = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        start = self.tokenizer.bos_token_id
        whole = self.tokenizer(text, return_tensors="pt")["input_ids"]
        begun = start is not None and whole[0, :1].tolist() == [start] and bare[0, :1].tolist() != [start]
        ids = torch.cat([whole[:, :1], bare], dim=1) if begun else bare
        kept = int(begun) + int(self.fill is not None and text.startswith(self.fill[0]))
        room = max(kept + 1, getattr(self.network.config, "max_position_embeddings", 4096) - new_tokens)
        ids = ids if ids.shape[1] <= room else torch.cat([ids[:, :kept], ids[:, kept - room :]], dim=1)
        return ids.to(self.network.device)

    def answer(self, text: str) -> str:
        """The most likely next tokens, one after the other."""
        import torch

        ids = self.ids(text, self.new_tokens)
        with torch.inference_mode():
            out = self.network.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=self.new_tokens, do_sample=False,
                pad_token_id=self.tokenizer.eos_token_id or 0,
            )  # fmt: skip
        return str(self.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
