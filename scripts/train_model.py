"""Train the embedded model: tokenizer, language modelling on files and query documents, export.

    python scripts/build_corpus.py --out .corpus
    python scripts/train_model.py --corpus .corpus --work .training --export longzip/models/bundled

The work folder keeps the tokenizer, the encoded corpus and a checkpoint every few minutes: an interrupted run resumes
where it stopped. The schedule is warm-up, stable, decay (Hu et al. 2024, MiniCPM), laid over ``minutes`` of wall-clock
time, because the time is what is given here and not the number of steps.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from training_texts import Row, query_documents, read_corpus

START = "<|start|>"
SLAB = 512
# A newline with its indentation is one piece; words of snake_case and camelCase are pieces of their own.
PIECES = r"\r?\n[ \t]*|[ _]?[A-Z]?[a-z]+|[ _]?[A-Z]+(?![a-z])| ?\p{L}+|\d{1,3}| ?[^\s\p{L}\d]+|[^\S\r\n]+|\r"


# ---------------------------------------------------------------------------------------------------- tokenizer


def train_tokenizer(texts: list[str], vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[START],
        min_frequency=20,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """All texts in one array, each after a start token."""
    start = tokenizer.token_to_id(START)
    pieces = []
    for first in range(0, len(texts), 2000):
        encodings = tokenizer.encode_batch(texts[first : first + 2000], add_special_tokens=False)
        pieces += [np.array([start, *encoding.ids], dtype=np.uint16) for encoding in encodings]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.uint16)


def prepare(arguments: argparse.Namespace, config: Row) -> Tokenizer:
    """Tokenizer and encoded streams in the work folder, made once."""
    work: Path = arguments.work
    if (work / "tokenizer.json").exists() and (work / "held_out.npy").exists():
        return Tokenizer.from_file(str(work / "tokenizer.json"))
    work.mkdir(parents=True, exist_ok=True)
    rows = read_corpus(arguments.corpus, config["data"]["characters_per_package"])
    training = [row for row in rows if not row["held_out"]]
    held_out = [row for row in rows if row["held_out"]]
    sample, room = [], config["tokenizer"]["sample_characters"]
    for row in training:
        if room > 0:
            sample.append(row["text"])
            room -= len(row["text"])
    tokenizer = train_tokenizer(sample, config["tokenizer"]["vocabulary"])
    tokenizer.save(str(work / "tokenizer.json"))
    streams = {
        "files": [row["text"] for row in training],
        "queries": query_documents(training, 0),
        "held_out": [row["text"] for row in held_out][:300],
        "held_out_queries": query_documents(held_out, 0)[:1000],
    }
    for name, texts in streams.items():
        random.Random(1).shuffle(texts)
        stream = encode(tokenizer, texts)
        np.save(work / f"{name}.npy", stream)
        characters = sum(map(len, texts))
        print(
            f"{name}: {len(texts):,} texts, {len(stream):,} tokens, "
            f"{characters / max(1, len(stream)):.2f} characters per token",
            flush=True,
        )
    return tokenizer


# ---------------------------------------------------------------------------------------------------- training


class Batches:
    """Windows of the two streams, in order, so that a run of one epoch sees each token once."""

    def __init__(self, work: Path, query_share: float, seed: int) -> None:
        self.streams = [np.load(work / "files.npy", mmap_mode="r"), np.load(work / "queries.npy", mmap_mode="r")]
        self.share = query_share
        self.random = np.random.default_rng(seed)
        self.at = [0, 0]

    def next(self, rows: int, length: int) -> torch.Tensor:
        out = np.empty((rows, length + 1), dtype=np.int64)
        for row in range(rows):
            which = int(self.random.random() < self.share)
            stream = self.streams[which]
            if self.at[which] + length + 1 > len(stream):
                self.at[which] = int(self.random.integers(0, length))
            out[row] = stream[self.at[which] : self.at[which] + length + 1]
            self.at[which] += length
        return torch.from_numpy(out)


def build_model(config: Row, vocabulary: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    settings = dict(config["model"])
    theta = settings.pop("rope_theta")
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=0,
            pad_token_id=None,
            rope_parameters={"rope_type": "default", "rope_theta": theta},
            **settings,
        )
    )


def transfer(folder: Path, model: Any, tokenizer: Tokenizer) -> None:
    """Start from another model of the same width, which may have more layers and other tokens.

    A token that the other tokenizer lacks begins as the mean of the tokens that spell it there.
    """
    from transformers import LlamaForCausalLM

    other: Any = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    old = Tokenizer.from_file(str(folder / "tokenizer.json"))
    layers, old_layers = len(model.model.layers), int(other.config.num_hidden_layers)
    with torch.no_grad():
        for index, layer in enumerate(model.model.layers):
            layer.load_state_dict(other.model.layers[round(index * (old_layers - 1) / max(1, layers - 1))].state_dict())
        model.model.norm.load_state_dict(other.model.norm.state_dict())
        table, before = model.get_input_embeddings().weight, other.get_input_embeddings().weight
        texts = [tokenizer.decode([number], skip_special_tokens=False) for number in range(len(table))]
        for number, encoding in enumerate(old.encode_batch(texts, add_special_tokens=False)):
            if encoding.ids:
                table[number] = before[encoding.ids].mean(0)


class OutputLoss(torch.autograd.Function):
    """Mean cross-entropy of the output layer, a slab of tokens at a time, its gradients computed on the way.

    The logits of a whole batch would take hundreds of megabytes and be read and written many times over.
    """

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, table: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """hidden: [tokens, width]; table: [vocabulary, width]; targets: int64[tokens]."""
        hidden_grad, table_grad = torch.empty_like(hidden), torch.zeros_like(table, dtype=torch.float32)
        small, total = table.to(torch.bfloat16), torch.zeros((), device=hidden.device)
        for first in range(0, len(hidden), SLAB):
            part, wanted = hidden[first : first + SLAB].to(torch.bfloat16), targets[first : first + SLAB, None]
            logits = (part @ small.T).float()
            normaliser = logits.logsumexp(1, keepdim=True)
            total += (normaliser - logits.gather(1, wanted)).sum()
            slope = logits.sub_(normaliser).exp_()
            slope.scatter_add_(1, wanted, torch.full_like(normaliser, -1.0))
            slope = slope.to(torch.bfloat16)
            hidden_grad[first : first + SLAB] = slope @ small
            table_grad += slope.T @ part
        ctx.save_for_backward(hidden_grad / len(hidden), table_grad / len(hidden))
        return total / len(hidden)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        hidden_grad, table_grad = ctx.saved_tensors
        return hidden_grad * grads[0], table_grad * grads[0], None


def loss_of(model: Any, batch: torch.Tensor) -> torch.Tensor:
    hidden = model.model(input_ids=batch[:, :-1], use_cache=False).last_hidden_state
    apply: Any = OutputLoss.apply  # torch gives it no type
    loss: torch.Tensor = apply(hidden.flatten(0, 1), model.lm_head.weight, batch[:, 1:].flatten())
    return loss


@torch.no_grad()
def held_out_loss(model: Any, work: Path, name: str, device: str, dtype: torch.dtype) -> float:
    stream = np.load(work / f"{name}.npy").astype(np.int64)
    windows = [stream[at : at + 513] for at in range(0, min(len(stream) - 513, 64 * 512), 512)]
    model.eval()
    losses = []
    for first in range(0, len(windows), 16):
        batch = torch.from_numpy(np.stack(windows[first : first + 16])).to(device)
        with torch.autocast(device, dtype=dtype):
            losses.append(float(loss_of(model, batch)))
    model.train()
    return sum(losses) / len(losses)


def parameter_groups(model: Any, weight_decay: float) -> list[Row]:
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def schedule(progress: float, step: int, warmup: int, decay_share: float) -> float:
    """Warm-up, stable, then linear decay to a twentieth. ``progress`` in [0, 1] of the given time."""
    if step < warmup:
        return (step + 1) / warmup
    if progress < 1 - decay_share:
        return 1.0
    return max(0.05, (1 - progress) / decay_share)


class Run:
    """One training run: the model, its optimiser, and where it is."""

    def __init__(self, arguments: argparse.Namespace, config: Row, vocabulary: int) -> None:
        self.arguments, self.settings = arguments, config["training"]
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(self.settings["seed"])
        self.model = build_model(config, vocabulary).to(self.device)
        if arguments.start_from and not (arguments.work / "checkpoint.pt").exists():
            transfer(arguments.start_from, self.model, Tokenizer.from_file(str(arguments.work / "tokenizer.json")))
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.model, self.settings["weight_decay"]),
            lr=self.settings["learning_rate"],
            betas=(0.9, 0.95),
            fused=True,
        )
        self.batches = Batches(arguments.work, config["data"]["query_share"], self.settings["seed"])
        self.step, self.seconds, self.tokens = 0, 0.0, 0
        minutes = self.settings["minutes"] if arguments.minutes is None else arguments.minutes
        self.budget = minutes * 60
        self.checkpoint = arguments.work / "checkpoint.pt"
        self.log = arguments.work / "log.jsonl"
        if self.checkpoint.exists():
            self.resume()

    def resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=False)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.tokens, self.batches.at = (
            state["step"],
            state["seconds"],
            state["tokens"],
            state["at"],
        )
        self.batches.random = np.random.default_rng(self.step)
        print(f"resumed at step {self.step:,}, {self.seconds / 60:.1f} minutes", flush=True)

    def save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "tokens": self.tokens,
            "at": self.batches.at,
        }
        temporary = self.checkpoint.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(self.checkpoint)

    def report(self, loss: float, rate: float) -> None:
        line = {
            "step": self.step,
            "minutes": round(self.seconds / 60, 2),
            "tokens": self.tokens,
            "loss": round(loss, 4),
            "tokens_per_second": round(rate),
        }
        if self.step % 500 == 0:
            for name in ("held_out", "held_out_queries"):
                line[name] = round(held_out_loss(self.model, self.arguments.work, name, self.device, torch.bfloat16), 4)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    def train(self) -> None:
        settings, smooth = self.settings, math.nan
        forward = torch.compile(loss_of, dynamic=False) if self.arguments.compile else loss_of
        while self.seconds < self.budget:
            began = time.monotonic()
            progress = self.seconds / self.budget
            length = next(tokens for until, tokens in settings["sequences"] if progress < until)
            factor = schedule(progress, self.step, settings["warmup_steps"], settings["decay_share"])
            for group in self.optimizer.param_groups:
                group["lr"] = settings["learning_rate"] * factor
            batch = self.batches.next(settings["tokens_per_step"] // length, length).to(self.device)
            with torch.autocast(self.device, dtype=torch.bfloat16):
                loss = forward(self.model, batch)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            value = float(loss.detach())
            smooth = value if math.isnan(smooth) else 0.98 * smooth + 0.02 * value
            spent = time.monotonic() - began
            self.step, self.seconds, self.tokens = self.step + 1, self.seconds + spent, self.tokens + batch.numel()
            if self.step % 50 == 0:
                self.report(smooth, batch.numel() / spent)
            if self.step % 100 == 0:
                self.save()
        self.save()


# ---------------------------------------------------------------------------------------------------- export


def export(run: Run, tokenizer: Tokenizer, folder: Path, config: Row) -> None:
    """The ordinary transformers layout, written so that versions 4 and 5 read the same model."""
    folder.mkdir(parents=True, exist_ok=True)
    run.model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": START,
                "eos_token": START,
                "model_max_length": config["model"]["max_position_embeddings"],
                "clean_up_tokenization_spaces": False,
            },
            indent=1,
        )
        + "\n"
    )
    written = json.loads((folder / "config.json").read_text())
    written["rope_theta"] = config["model"]["rope_theta"]
    written |= config["scoring"]
    (folder / "config.json").write_text(json.dumps(written, indent=1) + "\n")
    with contextlib.suppress(FileNotFoundError):
        (folder / "generation_config.json").unlink()


def plot(log: Path, picture: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.plot([row["tokens"] / 1e6 for row in rows], [row["loss"] for row in rows], label="training")
    for name in ("held_out", "held_out_queries"):
        points = [(row["tokens"] / 1e6, row[name]) for row in rows if name in row]
        axes.plot(*zip(*points, strict=True), marker="o", label=name.replace("_", " ")) if points else None
    axes.set(xlabel="million tokens", ylabel="nats per token", ylim=(2, 6))
    axes.legend()
    figure.savefig(picture, dpi=120, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/models/embedded.toml"))
    parser.add_argument("--corpus", type=Path, default=Path(".corpus"))
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--export", type=Path, help="write the model here when done (or with --minutes 0, now)")
    parser.add_argument("--minutes", type=float, help="wall-clock training time in all, over every sitting")
    parser.add_argument("--start-from", type=Path, help="a model of the same width to start from")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    arguments = parser.parse_args()
    config = tomllib.loads(arguments.config.read_text(encoding="utf-8"))
    tokenizer = prepare(arguments, config)
    run = Run(arguments, config, tokenizer.get_vocab_size())
    print(f"{sum(p.numel() for p in run.model.parameters()):,} parameters on {run.device}", flush=True)
    run.train()
    if arguments.export:
        export(run, tokenizer, arguments.export, config)
        with contextlib.suppress(ImportError):
            plot(run.log, arguments.work / "loss.png")


if __name__ == "__main__":
    main()
