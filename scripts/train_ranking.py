"""Train the association model that the embedded model mixes into its probabilities: which words a context makes likely.

    python scripts/train_ranking.py --corpus .corpus --work .training --export longzip/models/bundled [--teacher MINILM]

The model is ``longzip.models.words.association``: p(word | context) from the context's own words and from a log-linear
model of what else such a context makes likely. It is trained on the ranking itself: of the contexts in a batch, half of
them from the query's own package, the one that belongs to the query shall have the greatest sum of log p(word |
context); the loss is the negative log-softmax over the contexts. A teacher (a sentence embedding model) gives, if asked
for, the first word vectors and soft targets.

Pairs made from the corpus: doc comment -> function, the code before a body -> a function which that body calls, words
of a name -> the function without its name.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn import functional
from training_texts import Function, functions, read_corpus

from benchmarks.embeddings import encode
from longzip.models.words.association import FILE, HEAD_WORDS
from longzip.models.words.classes import word_classes

KINDS = ("doc", "caller", "name")
TAUGHT = ("doc", "name")  # the teacher reads prose; of code it understands less than the pairs say
LENGTH_EXPONENT = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    kind: int
    query: str
    context: int
    package: str


# -------------------------------------------------------------------------------------------------------- pairs


def phrase(text: str, random_: random.Random) -> str:
    """A query as people type it, made from a doc comment: all of it, its first sentence, or some of its words."""
    choice = random_.random()
    sentence = re.split(r"(?<=[.!?])\s", text.replace("\n", " "))[0]
    if choice < 0.25:
        return text
    if choice < 0.6:
        return sentence
    words = [word for word in re.findall(r"\w+", sentence) if random_.random() < 0.75]
    return " ".join(words[: random_.randint(3, 10)]).lower()


def spoken(name: str) -> str:
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)).lower()


def make_pairs(rows: list[dict[str, Any]], seed: int) -> tuple[list[str], list[Pair]]:
    """The functions' texts, and the pairs that point into them."""
    random_ = random.Random(seed)
    texts: list[str] = []
    pairs: list[Pair] = []
    packages: dict[str, list[Function]] = defaultdict(list)
    for row in rows:
        if row["language"] != "markdown":
            packages[row["package"]] += [item for item in functions(row) if 40 < len(item.text) < 4000]
    for package, found in packages.items():
        first = len(texts)
        texts += [item.text for item in found]
        places: dict[str, list[int]] = defaultdict(list)
        for index, item in enumerate(found):
            places[item.name].append(index)
        for index, item in enumerate(found):
            if item.doc:
                pairs.append(Pair(0, phrase(item.doc, random_), first + index, package))
            if len(spoken(item.name).split()) > 1 and random_.random() < 0.5:
                texts.append(re.sub(rf"\b{re.escape(item.name)}\b", "_", item.text))
                pairs.append(Pair(2, spoken(item.name), len(texts) - 1, package))
            callees = [
                name for name in item.called if len(name) > 3 and len(places[name]) in (1, 2) and name != item.name
            ]
            for name in random_.sample(callees, min(3, len(callees))):
                lines = item.text.split("\n")
                before = lines[: max(1, min(item.called[name], random_.randint(1, 25)))]
                query = "\n".join([*before[:3], *(['"""' + item.doc + '"""'] if item.doc else []), *before[3:]])
                pairs += [Pair(1, query, first + place, package) for place in places[name] if place != index]
    return texts, pairs


# --------------------------------------------------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Bags:
    """Word counts of many texts, one after the other: the words of text i are at [starts[i], starts[i + 1])."""

    starts: NDArray[np.int64]
    words: NDArray[np.int32]
    counts: NDArray[np.float32]
    heads: NDArray[np.float32]

    def dense(self, indices: NDArray[np.int64], size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Counts and counts within the first words, float32[n, size]."""
        lengths = self.starts[indices + 1] - self.starts[indices]
        rows = np.repeat(np.arange(len(indices)), lengths)
        at = np.concatenate([np.arange(self.starts[i], self.starts[i + 1]) for i in indices])
        counts, heads = torch.zeros(len(indices), size), torch.zeros(len(indices), size)
        counts[rows, self.words[at]] = torch.from_numpy(self.counts[at])
        heads[rows, self.words[at]] = torch.from_numpy(self.heads[at])
        return counts, heads


def count_words(tokenizer: Tokenizer, classes: NDArray[np.int64], texts: list[str]) -> Bags:
    starts, words, counts, heads = [0], [], [], []
    for first in range(0, len(texts), 2000):
        for encoding in tokenizer.encode_batch(texts[first : first + 2000], add_special_tokens=False):
            found = classes[np.array(encoding.ids, dtype=np.int64)] if encoding.ids else np.zeros(0, np.int64)
            found = found[found >= 0]
            unique, number = np.unique(found, return_counts=True)
            head = np.isin(unique, found[:HEAD_WORDS])
            starts.append(starts[-1] + len(unique))
            words.append(unique.astype(np.int32))
            counts.append(number.astype(np.float32))
            heads.append(head.astype(np.float32))
    return Bags(np.array(starts), np.concatenate(words), np.concatenate(counts), np.concatenate(heads))


# --------------------------------------------------------------------------------------------------------- model


class Association(torch.nn.Module):
    """The trained form of ``longzip.models.words.association``; see there for the formula."""

    def __init__(self, background: torch.Tensor, vectors: torch.Tensor) -> None:
        super().__init__()
        width = vectors.shape[1]
        self.background: torch.Tensor
        self.register_buffer("background", background)
        self.weight = torch.nn.Parameter(-0.35 * background.clamp_min(1e-7).log() - 2)
        self.attention = torch.nn.Parameter(-0.35 * background.clamp_min(1e-7).log() - 2)
        self.reads = torch.nn.Parameter(vectors.clone())
        self.writes = torch.nn.Parameter(vectors.clone())
        self.bias = torch.nn.Parameter(background.clamp_min(1e-7).log())
        self.inner = torch.nn.Linear(width, 2 * width)
        self.outer = torch.nn.Linear(2 * width, width)
        torch.nn.init.zeros_(self.outer.weight)
        torch.nn.init.zeros_(self.outer.bias)
        self.scale = torch.nn.Parameter(torch.tensor(1.5))
        self.head = torch.nn.Parameter(torch.tensor(0.5))
        self.share = torch.nn.Parameter(torch.tensor(-0.5))
        self.prior = torch.nn.Parameter(torch.tensor(2.0))
        self.slopes = torch.nn.Parameter(torch.zeros(len(KINDS)))

    def forward(self, counts: torch.Tensor, heads: torch.Tensor) -> torch.Tensor:
        """log p(word | context) - log p(word), float32[contexts, words]."""
        amount = torch.log1p(counts) + functional.softplus(self.head) * heads
        copied = amount * self.weight.exp()
        mass = copied.sum(1, keepdim=True)
        read = amount * self.attention.exp()
        hidden = functional.normalize(read @ self.reads, dim=1)
        hidden = hidden + self.outer(functional.relu(self.inner(hidden)))
        meant = (self.scale.exp() * hidden @ self.writes.T + self.bias).softmax(1)
        share = self.share.sigmoid()
        mixed = (1 - share) * copied / mass.clamp_min(1e-6) + share * meant
        trust = mass / (mass + self.prior.exp())
        mixture: torch.Tensor = (1 - trust) + trust * mixed / self.background
        return mixture.log()


def first_vectors(teacher: Path | None, words: list[str], width: int) -> torch.Tensor:
    """The teacher's vector of each word, reduced to its principal components and normalised; random without one."""
    if teacher is None:
        return torch.randn(len(words), width) / math.sqrt(width)
    vectors = encode_with(teacher, words, 16)
    vectors = vectors - vectors.mean(0)
    _, _, axes = torch.linalg.svd(vectors, full_matrices=False)
    return functional.normalize(vectors @ axes[:width].T, dim=1)


def encode_with(teacher: Path, texts: list[str], length: int) -> torch.Tensor:
    """Mean-pooled, normalised embeddings of a sentence encoder, float32[n, width]."""
    return torch.from_numpy(encode(teacher, texts, length))


# ------------------------------------------------------------------------------------------------------ training


@dataclass(frozen=True, slots=True)
class Data:
    contexts: Bags
    queries: Bags
    kinds: NDArray[np.int64]
    context_of: NDArray[np.int64]
    by_package: list[NDArray[np.int64]]
    taught: NDArray[np.int64]
    taught_queries: torch.Tensor
    taught_contexts: torch.Tensor


def batch_of(data: Data, random_: np.random.Generator, size: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Pairs: half from a few packages, sixteen of each, half doc comments from anywhere; no context twice."""
    groups = random_.choice(len(data.by_package), size // 32, p=weights, replace=False)
    picked = [
        random_.choice(data.by_package[group], min(16, len(data.by_package[group])), replace=False) for group in groups
    ]
    docs = np.flatnonzero(data.kinds == 0)
    picked.append(docs[random_.integers(0, len(docs), size - sum(map(len, picked)))])
    chosen = np.concatenate(picked)
    _, first = np.unique(data.context_of[chosen], return_index=True)
    return chosen[np.sort(first)]


def logits_of(model: Association, data: Data, chosen: NDArray[np.int64], drop: float) -> torch.Tensor:
    size = len(model.background)
    counts, heads = data.contexts.dense(data.context_of[chosen], size)
    queries, _ = data.queries.dense(chosen, size)
    if drop:
        kept = (torch.rand_like(counts) >= drop).float()
        counts, heads = counts * kept, heads * kept
    lengths = queries.sum(1, keepdim=True).clamp_min(1)
    kinds = torch.from_numpy(data.kinds[chosen])
    likelihoods: torch.Tensor = queries @ model(counts, heads).T
    return model.slopes.exp()[kinds][:, None] * likelihoods / lengths**LENGTH_EXPONENT


@torch.no_grad()
def measure(model: Association, data: Data, kind: int, seed: int) -> float:
    """Mean reciprocal rank of the right one of 100 contexts, half of them of the same packages."""
    random_, ranks = np.random.default_rng(seed), []
    weights = np.array([len(group) for group in data.by_package], dtype=float)
    for _ in range(10):
        chosen = batch_of(data, random_, 96, weights / weights.sum())
        logits = logits_of(model, data, chosen, 0.0)
        better = (logits > logits.diagonal()[:, None]).sum(1)
        ranks += [1 / (1 + int(rank)) for rank, which in zip(better, data.kinds[chosen], strict=True) if which == kind]
    return sum(ranks) / max(1, len(ranks))


def train(model: Association, data: Data, held_out: Data, settings: dict[str, Any], saved: Path) -> None:
    random_ = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings["learning_rate"], betas=(0.9, 0.98), weight_decay=0.0)
    anchors = [model.reads.detach().clone(), model.writes.detach().clone()]
    weights = np.array([min(len(group), 2000) for group in data.by_package], dtype=float)
    weights /= weights.sum()
    began, shown = time.monotonic(), []
    for step in range(settings["steps"]):
        rate = min(1.0, (step + 1) / 100) * max(0.02, 1 - step / settings["steps"])
        for group in optimizer.param_groups:
            group["lr"] = settings["learning_rate"] * rate
        chosen = batch_of(data, random_, settings["batch"], weights)
        logits = logits_of(model, data, chosen, settings["drop"])
        loss = functional.cross_entropy(logits, torch.arange(len(chosen)), label_smoothing=0.02)
        rows = np.flatnonzero(data.taught[chosen] >= 0)
        if len(rows):
            taught = data.taught[chosen[rows]]
            target = (
                data.taught_queries[taught].float()
                @ data.taught_contexts[taught].float().T
                / settings["teacher_temperature"]
            ).softmax(1)
            guided = functional.kl_div(logits[rows][:, rows].log_softmax(1), target, reduction="batchmean")
            loss = loss + settings["teacher_share"] * guided
        if settings["anchor"]:
            pull = (model.reads - anchors[0]).square().sum() + (model.writes - anchors[1]).square().sum()
            loss = loss + settings["anchor"] * pull / 1000
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        shown.append(float(loss.detach()))
        if (step + 1) % settings["report"] == 0:
            row = {
                "step": step + 1,
                "seconds": round(time.monotonic() - began),
                "loss": round(float(np.mean(shown[-200:])), 4),
            }
            row |= {f"held_out_{name}": round(measure(model, held_out, kind, 1), 4) for kind, name in enumerate(KINDS)}
            row |= {
                name: round(float(getattr(model, name).detach()), 2) for name in ("scale", "head", "share", "prior")
            }
            print(json.dumps(row), flush=True)
            torch.save(model.state_dict(), saved)


# ----------------------------------------------------------------------------------------------------------- main


def load_data(
    texts: list[str],
    pairs: list[Pair],
    tokenizer: Tokenizer,
    classes: NDArray[np.int64],
    teacher: Path | None,
    amount: int,
) -> Data:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        groups[pair.package].append(index)
    taught, encoded = np.full(len(pairs), -1), (torch.zeros(0), torch.zeros(0))
    if teacher is not None:
        prose = [index for index, pair in enumerate(pairs) if KINDS[pair.kind] in TAUGHT]
        prose = sorted(random.Random(0).sample(prose, min(amount, len(prose))))
        taught[prose] = np.arange(len(prose))
        queries, contexts = [pairs[index].query for index in prose], [texts[pairs[index].context] for index in prose]
        encoded = encode_with(teacher, queries, 32).half(), encode_with(teacher, contexts, 96).half()
    return Data(
        count_words(tokenizer, classes, texts),
        count_words(tokenizer, classes, [pair.query for pair in pairs]),
        np.array([pair.kind for pair in pairs]),
        np.array([pair.context for pair in pairs]),
        [np.array(group) for group in groups.values() if len(group) >= 4],
        taught,
        *encoded,
    )


def export(model: Association, folder: Path) -> None:
    tensors = {
        name: value.detach().half().contiguous()
        for name, value in model.state_dict().items()
        if name not in ("slopes", "background")
    }
    tensors["background"] = model.background.float()
    save_file(tensors, str(folder / FILE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/models/embedded.toml"))
    parser.add_argument("--corpus", type=Path, default=Path(".corpus"))
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--teacher", type=Path, help="a folder with a sentence encoder in the Hugging Face layout")
    parser.add_argument(
        "--no-targets", action="store_true", help="take the teacher's word vectors, not its soft targets"
    )
    parser.add_argument("--steps", type=int)
    parser.add_argument("--export", type=Path, help="the folder of the model to which the association belongs")
    arguments = parser.parse_args()
    config = tomllib.loads(arguments.config.read_text(encoding="utf-8"))
    settings = config["association"] | ({"steps": arguments.steps} if arguments.steps else {})
    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(arguments.work / "tokenizer.json"))
    spellings = [tokenizer.decode([number], skip_special_tokens=False) for number in range(tokenizer.get_vocab_size())]
    classes = word_classes(spellings)
    words = [""] * (int(classes.max()) + 1)
    for text, number in zip(spellings, classes, strict=True):
        words[number] = text.strip(" _").lower() if number >= 0 else words[number]
    cached = arguments.work / "ranking.pt"
    if cached.exists():
        data, held_out = torch.load(cached, weights_only=False)
    else:
        rows = read_corpus(arguments.corpus, settings["characters_per_package"])
        parts = []
        for name, part in (
            ("training", [row for row in rows if not row["held_out"]]),
            ("held out", [row for row in rows if row["held_out"]]),
        ):
            texts, pairs = make_pairs(part, 0)
            print(
                f"{name}: {len(texts):,} functions, {len(pairs):,} pairs",
                [sum(p.kind == k for p in pairs) for k in range(3)],
                flush=True,
            )
            targets = arguments.teacher if name == "training" and not arguments.no_targets else None
            parts.append(load_data(texts, pairs, tokenizer, classes, targets, settings["taught"]))
        data, held_out = parts
        torch.save((data, held_out), cached)
    frequencies = np.bincount(data.contexts.words, weights=data.contexts.counts, minlength=len(words)) + 5
    frequencies += 3 * np.bincount(data.queries.words, weights=data.queries.counts, minlength=len(words))
    background = torch.from_numpy((frequencies / frequencies.sum()).astype(np.float32))
    model = Association(background, first_vectors(arguments.teacher, words, settings["width"]))
    print(f"{len(words):,} words, {sum(p.numel() for p in model.parameters()):,} parameters", flush=True)
    train(model, data, held_out, settings, arguments.work / "association.pt")
    if arguments.export:
        export(model, arguments.export)


if __name__ == "__main__":
    main()
