"""What of a context a small model should be told, and how: three caches beside the network's own conditioning.

    python scripts/evaluate_caches.py --data FOLDER [--limit 40] [--candidates 30]

Ranks BM25's best candidates of cosqa by log p(query | candidate), with p = (1 − λ) · p_network + λ · p_cache, and

    network     λ = 0, the network reads candidate and query
    unigram     p_cache(t) = share of t in the candidate; the network reads the query alone
    state       p_cache(t) ∝ Σ over the candidate's tokens t_j = t of exp(θ · h · h_j), h_j the network's state before
    t_j
                (Grave, Joulin and Usunier 2017), scaled states; the network reads both apart
    association the association model that ships (longzip.models.words.association)

Prints the mean reciprocal rank of each at the best of a few λ and θ, and one JSON line.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from evaluate_model import DEPTH, Question, Scores, cosqa, lexical, reciprocal_rank
from tokenizers import Tokenizer
from torch.nn import functional

from longzip.models.networks import transformers
from longzip.models.networks.identity import BUNDLED
from longzip.scoring.ami import gain

SHARES = (0.2, 0.4, 0.6, 0.8)
SHARPNESS = (0.0, 4.0, 8.0, 16.0)
LONGEST = 400  # tokens of a candidate


class Network:
    """The bundled network, with its states."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).train(mode=False)

    def ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)[:LONGEST] or [0]

    @torch.inference_mode()
    def read(self, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities of the next token and normalised states, before each of the tokens (float[n, ...])."""
        start = self.model.config.bos_token_id or 0
        out = self.model(input_ids=torch.tensor([[start, *ids[:-1]]]), output_hidden_states=True)
        return out.logits[0].log_softmax(-1), functional.normalize(out.hidden_states[-1][0], dim=-1)


def by_network(network: Network, question: Question) -> Scores:
    query = network.ids("\n\n" + question.query)
    scores = []
    for text in question.candidates:
        context = network.ids(text)
        logprobs, _ = network.read([*context, *query])
        own = logprobs[len(context) :]
        scores.append(float(own[torch.arange(len(query)), query].mean()))
    return np.array(scores)


def by_states(network: Network, question: Question) -> dict[tuple[float, float], Scores]:
    """Of each (share, sharpness) the scores; sharpness 0 is the unigram cache."""
    query = network.ids(question.query)
    logprobs, states = network.read(query)
    own = logprobs[torch.arange(len(query)), query].exp()
    found: dict[tuple[float, float], list[float]] = {(share, sharp): [] for share in SHARES for sharp in SHARPNESS}
    for text in question.candidates:
        context = network.ids(text)
        _, before = network.read(context)
        same = (torch.tensor(query)[:, None] == torch.tensor(context)[None, :]).float()
        alike = states @ before.T
        for sharp in SHARPNESS:
            cache = ((sharp * alike).softmax(1) * same).sum(1)
            for share in SHARES:
                found[share, sharp].append(float(((1 - share) * own + share * cache).log().mean()))
    return {key: np.array(values) for key, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with cosqa/")
    parser.add_argument("--limit", type=int, default=40)
    parser.add_argument("--candidates", type=int, default=30)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    network, model = Network(BUNDLED), transformers.load(str(BUNDLED))
    ranks: dict[str, list[float]] = {}

    def add(name: str, scores: Scores, right: frozenset[int]) -> None:
        ranks.setdefault(name, []).append(reciprocal_rank(scores, right))

    for question in cosqa(arguments.data, arguments.limit, DEPTH):
        (gold,) = question.right
        order = [int(number) for number in np.argsort(-lexical(question)) if number != gold]
        places = sorted([*order[: arguments.candidates - 1], gold])
        few = Question(
            question.query,
            tuple(question.candidates[place] for place in places),
            frozenset([places.index(gold)]),
            (),
            tuple(question.words[place] for place in places),
        )
        add("BM25", lexical(few), few.right)
        add("network", by_network(network, few), few.right)
        add("association", np.array(gain(model, few.query, few.candidates)), few.right)
        for (share, sharp), scores in by_states(network, few).items():
            add(f"{'state θ ' + str(sharp) if sharp else 'unigram'}, λ {share}", scores, few.right)
    means = {name: round(float(np.mean(values)), 3) for name, values in ranks.items()}
    for name, value in sorted(means.items(), key=lambda item: -item[1]):
        print(f"{value:.3f}  {name}")
    print(json.dumps({"questions": arguments.limit, "candidates": arguments.candidates, "mrr": means}))


if __name__ == "__main__":
    main()
