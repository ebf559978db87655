"""Train the encoder: first its teacher, then the encoder, which learns from the teacher and from the same pairs.

    python scripts/encoder/train.py --parts DIR --out DIR --deadline SECONDS [--tiny]

DIR holds base.zip and the data-N.zip that pack.py wrote. --out gets teacher.pt, student-table.npz and student-rest.npz
(for export.py) and results.json, the figures on the way. Started again, it takes the teacher that is in --out.
The deadline counts from the first start; the learning rates fall to zero at it, the student's earlier where EPOCHS
are over before. --tiny is a try with little of everything, for a machine without GPU.

How the shipped weights were made, on one H200 GPU with --deadline 485:
- teacher: all-MiniLM-L6-v2 (Apache-2.0), tuned by contrast on the pairs, 1,212 steps of 2,048 pairs in about four
  minutes; then mixed with the original: original + 0.75 * (tuned - original), the best of 0, 0.5, 0.75 and 1 on the
  held-out repositories and the even half of CoSQA's questions.
- student: token vectors begin as the teacher's of the single tokens; contrast against the batch and neighbours of the
  same repository, with the teacher's vectors and rankings to come close to; at most 9 epochs, 643 steps of 4,096 pairs,
  in about a minute. More epochs make it learn the training pairs by heart.
The batches are drawn at random, so that another run gives other weights of like worth.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bert import Bert
from pack import Array, read
from student import BODY, DOC, LONGEST, NAME, OFTEN, PATH, QUERY, Student
from torch.nn import functional

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
COLUMNS = (("p", 0, PATH), ("n", PATH, NAME), ("d", PATH + NAME, DOC), ("b", PATH + NAME + DOC, BODY))
CODE_PIECES, QUERY_PIECES = 144, 160
TEACHER, TRAINED = 0.48, 0.93  # shares of the time by which the teacher, and all training, is over
SHARES = (0.0, 0.5, 0.75, 1.0)  # of what the teacher learned, to choose among
EPOCHS = 9  # at most; what is learnt by heart does not help
WIDTH = 320
HOME = 0.3  # how strongly token vectors are drawn to where they began, in learning rates
KIND_WEIGHT = {"name": 0.4, "call": 0.6, "callee": 0.5, "caller": 0.5}
START = time.time()

Tensor = torch.Tensor
Part = tuple[dict[str, Array], dict[str, Any]]
ReadCode = Callable[[Tensor, Tensor, Tensor], Tensor]  # tokens, keep, often
ReadQuery = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # tokens, keep, often, mode


def log(*what: object) -> None:
    print(f"[{time.time() - START:6.1f}]", *what, flush=True)


# ------------------------------------------------------------------------------------------------------- data


def spread(stream: Array, starts: Array, lengths: Array, width: int) -> Tensor:
    """Ragged rows as int32[n, width], zero behind."""
    out = torch.zeros(len(starts), width, dtype=torch.int32, device=DEVICE)
    flat = torch.from_numpy(np.append(stream, 0).astype(np.int32)).to(DEVICE)
    starts_, lengths_ = (
        torch.from_numpy(starts).to(DEVICE),
        torch.from_numpy(lengths.astype(np.int64)).to(DEVICE).clamp(max=width),
    )
    for first in range(0, len(starts), 1 << 16):
        place = torch.arange(width, device=DEVICE)[None]
        begin, length = starts_[first : first + (1 << 16), None], lengths_[first : first + (1 << 16), None]
        mask = place < length
        out[first : first + (1 << 16)] = torch.where(mask, flat[(begin + place).clamp(max=max(0, len(flat) - 1))], 0)
    return out


def occurrences(tokens: Tensor, parts: list[tuple[int, int]]) -> Tensor:
    """How often the same token stood before in its part, at most OFTEN - 1: uint8, of the tokens' shape."""
    out = torch.zeros(tokens.shape, dtype=torch.uint8, device=tokens.device)
    step = 4096 if DEVICE == "cuda" else 512
    for start, width in parts:
        before = torch.ones(width, width, dtype=torch.bool, device=tokens.device).tril(-1)
        for first in range(0, len(tokens), step):
            part = tokens[first : first + step, start : start + width]
            same = (part[:, :, None] == part[:, None, :]) & before
            out[first : first + step, start : start + width] = same.sum(2).clamp(max=OFTEN - 1).to(torch.uint8)
    return out


def fingerprint(tokens: Tensor) -> Tensor:
    """A 64-bit number for each row, alike for like rows."""
    generator = torch.Generator().manual_seed(1)
    factors = torch.randint(-(2**62), 2**62, (tokens.shape[1],), generator=generator).to(tokens.device) | 1
    out = torch.empty(len(tokens), dtype=torch.int64, device=tokens.device)
    for first in range(0, len(tokens), 1 << 15):
        part = tokens[first : first + (1 << 15)].long()
        out[first : first + (1 << 15)] = ((part * part + 77 * part) * factors).sum(1)
    return out


def place_in(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


class Data:
    """Functions and pairs of the parts that are there, on the device."""

    def __init__(self, parts: list[Part]) -> None:
        functions: list[Tensor] = []
        queries: list[Tensor] = []
        repo: list[Tensor] = []
        lang: list[Tensor] = []
        held: list[Tensor] = []
        pf: list[Tensor] = []
        mode: list[Tensor] = []
        kind: list[Tensor] = []
        self.langs: list[str] = []
        self.kinds: list[str] = []
        repos = rows = 0
        for arrays, meta in parts:
            lang_map = [place_in(self.langs, name) for name in meta["langs"]]
            kind_map = [place_in(self.kinds, name) for name in meta["kinds"]]
            made, asked = self._spread(arrays)
            functions.append(made)
            queries.append(asked)
            repo.append(torch.from_numpy(arrays["f_repo"].astype(np.int64)) + repos)
            lang.append(torch.tensor(lang_map)[torch.from_numpy(arrays["f_lang"].astype(np.int64))])
            held.append(torch.from_numpy(arrays["f_held"].astype(bool)))
            pf.append(torch.from_numpy(np.cumsum(arrays["p_f"].astype(np.int64))) + rows)
            mode.append(torch.from_numpy(arrays["p_code"].astype(np.int64)))
            kind.append(torch.tensor(kind_map)[torch.from_numpy(arrays["p_kind"].astype(np.int64))])
            repos += len(meta["repos"])
            rows += len(made)
        self.tokens, self.queries = torch.cat(functions), torch.cat(queries)
        self.repo, self.lang, self.held, self.pf, self.mode, self.kind = (
            torch.cat(x).to(DEVICE) for x in (repo, lang, held, pf, mode, kind)
        )
        if float(self.held.float().mean()) < 0.002:
            self.held = self.repo % 50 == 7 if repos > 60 else self.repo == 1
        named = ((self.tokens[:, PATH : PATH + NAME] > 0).sum(1) >= 2) & ~self.held
        named = named.nonzero()[:, 0]  # a name asks for its function, which then mostly does not show it
        asked = torch.zeros(len(named), QUERY, dtype=torch.int32, device=DEVICE)
        asked[:, :NAME] = self.tokens[named, PATH : PATH + NAME]
        self.kinds = [*self.kinds, "name"]
        self.queries, self.pf = torch.cat([self.queries, asked]), torch.cat([self.pf, named])
        self.mode = torch.cat([self.mode, torch.zeros_like(named)])
        self.kind = torch.cat([self.kind, torch.full_like(named, len(self.kinds) - 1)])
        self.often = occurrences(self.tokens, [(start, width) for _name, start, width in COLUMNS])
        self.query_often = occurrences(self.queries, [(0, QUERY)])
        self.same = fingerprint(self.tokens[:, PATH + NAME + DOC :])
        self.same_query = fingerprint(self.queries)
        counts = torch.bincount(self.repo, minlength=repos)
        self.repo_first, self.repo_count = counts.cumsum(0) - counts, counts
        self.train = (~self.held[self.pf]).nonzero()[:, 0]
        self.doc_kind = torch.tensor([name == "doc" for name in self.kinds], device=DEVICE)
        self.near_doc = torch.tensor(
            [name in ("doc", "web") for name in self.kinds], device=DEVICE
        )  # made of the doc comment's words
        self.web_kind = torch.tensor([name == "web" for name in self.kinds], device=DEVICE)
        self.name_kind = torch.tensor([name == "name" for name in self.kinds], device=DEVICE)
        self.kind_weight = torch.tensor([KIND_WEIGHT.get(name, 1.0) for name in self.kinds], device=DEVICE)
        self.epoch = float(self.kind_weight[self.kind[self.train]].sum())
        log(
            f"{len(parts)} parts: {len(self.tokens)} functions, {repos} repositories, {len(self.queries)} pairs, "
            f"{len(self.train)} to train on;",
            {name: int((self.kind == place).sum()) for place, name in enumerate(self.kinds)},
            f"held {int(self.held.sum())}",
        )

    def _spread(self, a: dict[str, Array]) -> tuple[Tensor, Tensor]:
        """Where each column of each function, and each query, lies: by repository, then column, then row."""
        count = len(a["f_repo"])
        pf = np.cumsum(a["p_f"].astype(np.int64))
        repo = a["f_repo"].astype(np.int64)
        new = a["p_ref"] == 0
        rows, places = np.arange(count), np.arange(len(pf))
        key_repo = np.concatenate([repo] * 4 + [repo[pf[new]]])
        key_column = np.concatenate([np.full(count, column) for column in range(4)] + [np.full(new.sum(), 4)])
        key_row = np.concatenate([rows] * 4 + [places[new]])
        length = np.concatenate([a[f"f_{name}len"] for name in "pndb"] + [a["p_len"][new]]).astype(np.int64)
        order = np.lexsort((key_row, key_column, key_repo))
        starts = np.empty(len(order), np.int64)
        starts[order] = np.cumsum(length[order]) - length[order]
        begins = [starts[column * count : (column + 1) * count] for column in range(4)]
        made = torch.cat(
            [
                spread(a["stream"], begins[column], a[f"f_{name}len"], width)
                for column, (name, _start, width) in enumerate(COLUMNS)
            ],
            1,
        )
        asked = np.empty(len(pf), np.int64)
        asked[new] = starts[4 * count :]
        asked[~new] = begins[2][pf[~new]]
        return made, spread(a["stream"], asked, a["p_len"], QUERY)

    # ---- what a batch shows

    def keep_code(self, rows: Tensor, kind: Tensor, drop: float) -> tuple[Tensor, Tensor]:
        """Which tokens of the functions are shown, and where the doc comment is: some is left out at random."""
        tokens, doc_asked, web = self.tokens[rows], self.near_doc[kind], self.web_kind[kind]
        chance = torch.rand(len(rows), 6, device=DEVICE)
        keep = tokens > 0
        named, doc = tokens[:, PATH : PATH + NAME], slice(PATH + NAME, PATH + NAME + DOC)
        body = slice(PATH + NAME + DOC, LONGEST)
        keep[:, :PATH] &= chance[:, :1] > 0.3
        asks_name = self.name_kind[kind][:, None]
        no_name = chance[:, 1:2] < torch.where(asks_name, 0.85, 0.25)
        keep[:, PATH : PATH + NAME] &= ~no_name
        said = ((tokens[:, body, None] == named[:, None, :]) & (named[:, None, :] > 0)).any(2)
        keep[:, body] &= ~(said & no_name & (asks_name | (chance[:, 2:3] < 0.6)))
        with_doc = chance[:, 3] < torch.where(web, 0.5, torch.where(doc_asked, 0.25, 0.7))
        keep[:, doc] &= with_doc[:, None]
        keep[:, doc] &= ~doc_asked[:, None] | (torch.rand(len(rows), DOC, device=DEVICE) < 0.5)
        keep &= torch.rand(keep.shape, device=DEVICE) >= drop * (chance[:, 4:5] < 0.7)
        keep[:, body.start] |= tokens[:, body.start] > 0
        return keep, with_doc

    def keep_query(self, rows: Tensor, cut: Tensor) -> Tensor:
        """Which words of the queries are shown; of those whose doc comment is in sight, half."""
        tokens = self.queries[rows]
        drop = torch.rand(len(rows), 1, device=DEVICE) * 0.4 * (torch.rand(len(rows), 1, device=DEVICE) < 0.5)
        drop = torch.where(cut[:, None], 0.35, drop)
        keep = (tokens > 0) & (torch.rand(tokens.shape, device=DEVICE) >= drop)
        keep[:, 0] |= ~keep.any(1)
        return keep

    def batches(self, size: int, run: int) -> Iterator[Tensor]:
        """Endlessly: pairs' numbers, in runs of one repository."""
        while True:
            chosen = self.train[torch.rand(len(self.train), device=DEVICE) < self.kind_weight[self.kind[self.train]]]
            chosen = chosen[torch.randperm(len(chosen), device=DEVICE)]
            chosen = chosen[torch.sort(self.repo[self.pf[chosen]], stable=True).indices]
            chosen = chosen[int(torch.randint(run, (1,))) :]
            runs = chosen[: len(chosen) // run * run].view(-1, run)
            runs = runs[torch.randperm(len(runs), device=DEVICE)].flatten()
            for first in range(0, max(1, len(runs) - size + 1), size):
                yield runs[first : first + size]

    def neighbours(self, rows: Tensor) -> Tensor:
        """For each function one at random of its repository."""
        repo = self.repo[rows]
        return self.repo_first[repo] + (torch.rand(len(rows), device=DEVICE) * self.repo_count[repo]).long()


# ------------------------------------------------------------------------------------------------------- teacher


class Pieces:
    """The teacher's pieces of our tokens."""

    def __init__(self, base: dict[str, Array], meta: Mapping[str, Any]) -> None:
        most = 3
        lengths = base["bert_len"].astype(np.int64)
        starts = np.cumsum(lengths) - lengths
        table = np.zeros((len(lengths), most), np.int64)
        for place in range(most):
            there = lengths > place
            table[there, place] = base["bert"][starts[there] + place] + 1  # 0: none
        self.table = torch.from_numpy(table).to(DEVICE)
        self.first, self.last = meta["cls"], meta["sep"]

    def rows(self, tokens: Tensor, keep: Tensor, most: int) -> tuple[Tensor, Tensor]:
        """The kept tokens' pieces between the teacher's marks, and how many there are."""
        pieces = self.table[tokens.long()] * keep[..., None]
        pieces = pieces.flatten(1)
        there = pieces > 0
        place = torch.where(there, there.long().cumsum(1), most + 1).clamp(max=most + 1)
        place = torch.where(place > most, most + 1, place)
        out = torch.zeros(len(tokens), most + 2, dtype=torch.int64, device=DEVICE).scatter_(
            1, place, (pieces - 1).clamp(min=0)
        )
        count = there.sum(1).clamp(max=most)
        out[:, -1] = 0
        out[:, 0] = self.first
        out.scatter_(1, count[:, None] + 1, self.last)
        return out, count + 2


def original(base: dict[str, Array], meta: Mapping[str, Any]) -> dict[str, Tensor]:
    """The teacher's tensors as they came."""
    tensors = {}
    for key, shape in meta["shapes"].items():
        name, form = key.removeprefix("teacher/").rsplit("/", 1)
        array = base[key].reshape(shape)
        if form == "f":
            tensors[name] = torch.from_numpy(array.copy())
        elif form == "q":
            tensors[name] = torch.from_numpy(
                array.astype(np.float32) * base[key[:-1] + "s"].reshape(meta["shapes"][key[:-1] + "s"])
            )
    return tensors


def masked(data: Data, rows: Tensor, columns_f: Tensor) -> Tensor:
    """Pairs [query, function] that are no proof of irrelevance: the same function or query elsewhere in the batch."""
    pf = data.pf[rows]
    same = data.same[pf][:, None] == data.same[columns_f][None, :]
    same |= pf[:, None] == columns_f[None, :]
    own = data.same_query[rows]
    same[:, : len(rows)] |= own[:, None] == own[None, :]
    same[torch.arange(len(rows)), torch.arange(len(rows))] = False
    return same


def train_teacher(bert: Bert, data: Data, pieces: Pieces, until: float, size: int) -> None:
    """Tune the teacher by contrast until that many seconds after the start."""
    scale = torch.nn.Parameter(torch.tensor(math.log(25.0), device=DEVICE))
    optimizer = torch.optim.AdamW(
        [{"params": list(bert.parameters()), "lr": 1.0, "base": 1.6e-4}, {"params": [scale], "lr": 1.0, "base": 5e-3}],
        betas=(0.9, 0.98),
        weight_decay=0.01,
        fused=DEVICE == "cuda",
    )
    began, step = time.time(), 0
    batches = data.batches(size, 32)
    total = max(1e-3, until - (began - START))
    while time.time() - START < until:
        share = (time.time() - began) / total
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * min(1.0, (step + 1) / 40) * max(0.01, 1 - share)
        rows = next(batches)
        pf, kind = data.pf[rows], data.kind[rows]
        keep, with_doc = data.keep_code(pf, kind, 0.1)
        asked = data.keep_query(rows, data.near_doc[kind] & with_doc)
        code = bert.bucketed(*pieces.rows(data.tokens[pf], keep, CODE_PIECES))
        query = bert.bucketed(*pieces.rows(data.queries[rows], asked, QUERY_PIECES))
        logits = (query @ code.T) * scale.exp().clamp(max=60)
        logits = logits.masked_fill(masked(data, rows, pf), -1e4)
        truth = torch.arange(len(rows), device=DEVICE)
        loss = functional.cross_entropy(logits, truth) + 0.5 * functional.cross_entropy(logits.T, truth)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(bert.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step in (1, 2, 3, 10) or step % 50 == 0:
            log(
                f"teacher step {step} loss {float(loss.detach()):.4f} scale {float(scale.detach().exp()):.1f} "
                f"{step * size / (time.time() - began):.0f} pairs/s"
            )
    log(f"teacher: {step} steps of {size}")


@torch.no_grad()
def teacher_codes(
    bert: Bert, pieces: Pieces, tokens: Tensor, keep: Tensor, most: int = CODE_PIECES, step: int = 8192
) -> Tensor:
    found = [
        bert.bucketed(*pieces.rows(tokens[i : i + step], keep[i : i + step], most), buckets=8).half()
        for i in range(0, len(tokens), step)
    ]
    return torch.cat(found)


# ------------------------------------------------------------------------------------------------------- measuring


class Measures:
    """CoSQA's whole corpus, held-out doc comments by language, held-out commits and issues within their repository."""

    def __init__(self, base: dict[str, Array], tiny: bool = False) -> None:
        def ragged(name: str, width: int) -> Tensor:
            lengths = base[f"cosqa_{name}_len"]
            return spread(base[f"cosqa_{name}"], np.cumsum(lengths.astype(np.int64)) - lengths, lengths, width)

        self.tokens = torch.cat(
            [ragged(name, width) for name, width in (("path", PATH), ("name", NAME), ("doc", DOC), ("body", BODY))], 1
        )
        self.often = occurrences(self.tokens, [(start, width) for _name, start, width in COLUMNS])
        self.queries = ragged("query", QUERY)
        self.query_often = occurrences(self.queries, [(0, QUERY)])
        self.gold = torch.from_numpy(base["cosqa_gold"].astype(np.int64)).to(DEVICE)
        self.most = 50 if tiny else 500
        if tiny:
            self.tokens, self.often, self.gold = self.tokens[:200], self.often[:200], self.gold % 200
            self.queries, self.query_often, self.gold = self.queries[:100], self.query_often[:100], self.gold[:100]

    @torch.no_grad()
    def of(self, data: Data, code: ReadCode, query: ReadQuery) -> dict[str, float]:
        """Mean reciprocal ranks. code and query: from tokens to vectors of length 1."""

        def rank(scores: Tensor, gold: Tensor) -> Tensor:
            own = scores.gather(1, gold[:, None])
            return 1 / (1 + (scores > own).sum(1).float() + 0.5 * ((scores == own).sum(1).float() - 1))

        mode = torch.zeros(len(self.queries), dtype=torch.int64, device=DEVICE)
        q, c = (
            query(self.queries, self.queries > 0, self.query_often, mode),
            code(self.tokens, self.tokens > 0, self.often),
        )
        found = rank(q @ c.T, self.gold)
        made = {"cosqa_even": float(found[::2].mean()), "cosqa_odd": float(found[1::2].mean())}
        generator = torch.Generator().manual_seed(0)
        held_pairs = data.held[data.pf].nonzero()[:, 0]
        docs = data.doc_kind[data.kind[held_pairs]]
        for place, name in enumerate(data.langs):
            pool = (data.held & (data.lang == place)).nonzero()[:, 0]
            pairs = held_pairs[docs & (data.lang[data.pf[held_pairs]] == place)]
            if len(pairs) < 30:
                continue
            pairs = pairs[torch.randperm(len(pairs), generator=generator)[: self.most].to(DEVICE)]
            pool = torch.unique(
                torch.cat(
                    [data.pf[pairs], pool[torch.randperm(len(pool), generator=generator)[: 3 * self.most].to(DEVICE)]]
                )
            )
            keep = data.tokens[pool] > 0
            keep[:, PATH + NAME : PATH + NAME + DOC] = False
            c = code(data.tokens[pool], keep, data.often[pool])
            asked = data.queries[pairs]
            q = query(asked, asked > 0, data.query_often[pairs], data.mode[pairs])
            made[f"doc_{name}"] = float(rank(q @ c.T, torch.searchsorted(pool, data.pf[pairs])).mean())
        for kind, name in enumerate(data.kinds):
            if data.doc_kind[kind]:
                continue
            pairs = held_pairs[data.kind[held_pairs] == kind]
            if len(pairs) < 30:
                continue
            pairs = pairs[torch.randperm(len(pairs), generator=generator)[: 3 * self.most].to(DEVICE)]
            ranks = []
            counts = torch.bincount(data.repo[data.pf[pairs]])
            for repo in counts.topk(min(12, len(counts))).indices.tolist():
                own = pairs[data.repo[data.pf[pairs]] == repo]
                first, count = int(data.repo_first[repo]), int(data.repo_count[repo])
                if count < 20 or not len(own):
                    continue
                rows = torch.arange(first, first + count, device=DEVICE)
                c = code(data.tokens[rows], data.tokens[rows] > 0, data.often[rows])
                asked = data.queries[own]
                q = query(asked, asked > 0, data.query_often[own], data.mode[own])
                ranks.append(rank(q @ c.T, data.pf[own] - first))
            if ranks:
                made[f"repo_{name}"] = float(torch.cat(ranks).mean())
        for prefix in ("doc_", "repo_"):
            group = [value for name, value in made.items() if name.startswith(prefix)]
            if group:
                made[f"mean_{prefix[:-1]}"] = sum(group) / len(group)
        return {name: round(value, 4) for name, value in made.items()}


def value(figures: dict[str, float]) -> float:
    """What the choices on the way are made by; never the odd half."""
    return figures["cosqa_even"] + figures.get("mean_doc", 0) + figures.get("mean_repo", 0)


def in_steps(function: Callable[..., Tensor], step: int) -> Callable[..., Tensor]:
    """The function, called for so many rows at a time."""

    def run(tokens: Tensor, *others: Tensor) -> Tensor:
        return torch.cat(
            [
                function(tokens[i : i + step], *(other[i : i + step] for other in others))
                for i in range(0, len(tokens), step)
            ]
        )

    return run


# ------------------------------------------------------------------------------------------------------- students


class Taught:
    """The teacher's vectors of all functions (with and without doc comment) and queries, in the student's width."""

    def __init__(self, bert: Bert, pieces: Pieces, data: Data, width: int, entries: int) -> None:
        keep = data.tokens > 0
        self.with_doc = teacher_codes(bert, pieces, data.tokens, keep)
        has = keep[:, PATH + NAME : PATH + NAME + DOC].any(1).nonzero()[:, 0]
        bare = keep[has]
        bare[:, PATH + NAME : PATH + NAME + DOC] = False
        self.without = self.with_doc.clone()
        self.without[has] = teacher_codes(bert, pieces, data.tokens[has], bare)
        self.query = teacher_codes(bert, pieces, data.queries, data.queries > 0, QUERY_PIECES)
        words = torch.arange(entries, device=DEVICE)[:, None]
        vocabulary = teacher_codes(bert, pieces, words, words >= 8, 8).float()
        some = torch.cat(
            [
                self.with_doc[torch.randperm(len(self.with_doc), device=DEVICE)[:50000]],
                self.query[torch.randperm(len(self.query), device=DEVICE)[:50000]],
            ]
        ).float()
        values, vectors = torch.linalg.eigh(some.T @ some / len(some))
        self.projection = vectors[:, -width:].flip(1).contiguous()
        log(f"kept of the teacher's vectors: {float(values[-width:].sum() / values.sum()):.4f}")
        self.with_doc, self.without, self.query = (self._project(x) for x in (self.with_doc, self.without, self.query))
        self.vocabulary = vocabulary @ self.projection
        self.vocabulary -= self.vocabulary[8:].mean(0)
        self.vocabulary = functional.normalize(self.vocabulary, dim=1, eps=1e-6)

    def _project(self, vectors: Tensor) -> Tensor:
        return torch.cat(
            [
                functional.normalize(part.float() @ self.projection, dim=1).half()
                for part in torch.split(vectors, 1 << 16)
            ]
        )


def prepared(data: Data, taught: Taught, entries: int, width: int) -> Student:
    """A student with the teacher's word vectors, and weights by rarity."""
    student = Student(entries, width).to(DEVICE)
    counts = torch.zeros(entries, device=DEVICE)
    for part in torch.split(data.tokens, 1 << 14):
        counts += torch.bincount(part.flatten().long(), minlength=entries)
    asked = torch.bincount(data.queries[data.mode == 0].flatten().long(), minlength=entries).float()
    with torch.no_grad():
        counts[0] = asked[0] = 0
        student.table.copy_(taught.vocabulary)
        student.table[0] = 0
        for parameter, number in ((student.code_weight, counts), (student.query_weight, asked)):
            share = (number + 1) / number.sum()
            parameter.copy_(torch.log(1e-3 / (1e-3 + share)))
        student.meant_bias.copy_(torch.log((asked + 0.1) / (asked + 0.1).sum()))
    return student


def train_student(
    student: Student,
    data: Data,
    taught: Taught,
    until: float,
    size: int,
    look: Callable[[Student], dict[str, float]],
) -> None:
    """Train until that many seconds after the start, or for EPOCHS; look: figures, on the way."""
    slow = [student.table]
    quick = [
        student.code_weight,
        student.query_weight,
        student.field,
        student.place,
        student.often,
        student.near,
        student.query_often,
        student.scale,
        student.teacher_scale,
        student.rank_scale,
    ]
    skip = {id(parameter) for parameter in slow + quick}
    others = [parameter for parameter in student.parameters() if id(parameter) not in skip]
    groups = [
        {"params": slow, "lr": 1.0, "base": 1e-3},
        {"params": quick, "lr": 1.0, "base": 1e-2},
        {"params": others, "lr": 1.0, "base": 1e-3},
    ]
    optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99), fused=DEVICE == "cuda")
    began, step = time.time(), 0
    batches = data.batches(size, 64)
    total = max(1e-3, until - (began - START))
    asked_words = torch.bincount(data.queries.flatten().long(), minlength=len(student.table)).float()
    known = (asked_words > 0) & (torch.arange(len(student.table), device=DEVICE) >= 8)
    sums = torch.zeros(6, device=DEVICE)
    home = student.table.detach().clone()
    looks = [0.33, 0.67]
    while time.time() - START < until:
        share = max((time.time() - began) / total, step * size / (EPOCHS * data.epoch))
        if share >= 1:
            break
        if looks and share > looks[0]:
            looks.pop(0)
            log("student", f"at {share:.2f}", look(student))
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * min(1.0, (step + 1) / 30) * max(0.005, 1 - share)
        rows = next(batches)
        pf, kind = data.pf[rows], data.kind[rows]
        beside = data.neighbours(pf[::4])
        all_f = torch.cat([pf, beside])
        keep, with_doc = data.keep_code(all_f, torch.cat([kind, kind[::4]]), 0.2)
        asked = data.keep_query(rows, data.near_doc[kind] & with_doc[: len(rows)])
        code = student.code(data.tokens[all_f], keep, data.often[all_f])
        tokens = data.queries[rows]
        query = student.query(tokens, asked, data.query_often[rows], data.mode[rows])
        teacher_code = torch.where(with_doc[:, None], taught.with_doc[all_f], taught.without[all_f]).float()
        teacher_query = taught.query[rows].float()
        mask = masked(data, rows, all_f)
        truth = torch.arange(len(rows), device=DEVICE)
        logits = ((query @ code.T) * student.scale.exp().clamp(max=60)).masked_fill(mask, -1e4)
        by_teacher = ((teacher_query @ code.T) * student.teacher_scale.exp().clamp(max=60)).masked_fill(mask, -1e4)
        with torch.no_grad():
            soft = functional.softmax(((teacher_query @ teacher_code.T) * 30).masked_fill(mask, -1e4), dim=1)
        contrast = functional.cross_entropy(logits, truth) + 0.3 * functional.cross_entropy(
            logits[:, : len(rows)].T, truth
        )
        through = functional.cross_entropy(by_teacher, truth)
        distilled = (
            -(soft * functional.log_softmax(logits, dim=1)).sum(1).mean()
            - 0.5 * (soft * functional.log_softmax(by_teacher, dim=1)).sum(1).mean()
        )
        near = (1 - (code * teacher_code).sum(1)).mean() + (1 - (query * teacher_query).sum(1)).mean()
        # what the query's words are, given the chunk
        few = min(len(rows), 1024)
        some = torch.randint(len(rows), (1,)).item() if len(rows) > few else 0
        part = (torch.arange(few, device=DEVICE) + some) % len(rows)
        word_logits = student.word_logits(code[part]).masked_fill(~known[None], -1e4)
        likely = functional.log_softmax(word_logits, dim=1)
        prose = (data.mode[rows[part]] == 0).float()
        bag = torch.zeros(few, len(student.table), device=DEVICE).scatter_add_(
            1, tokens[part].long(), asked[part].float()
        )
        counts = asked[part].sum(1).clamp(min=1).float()
        told = bag @ likely.T  # Σ ln p(word | each chunk)
        words_loss = -(told.diagonal() / counts * prose).sum() / prose.sum().clamp(min=1)
        told = (told * student.rank_scale.exp() / counts[:, None].sqrt()).masked_fill(mask[part][:, part], -1e4)
        ranked = (
            functional.cross_entropy(told, torch.arange(few, device=DEVICE), reduction="none") * prose
        ).sum() / prose.sum().clamp(min=1)
        loss = (
            contrast
            + 0.5 * through
            + 0.7 * distilled
            + max(0.3, 2 * (1 - 2 * share)) * near
            + 0.1 * words_loss
            + 0.2 * ranked
        )
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        optimizer.step()
        with torch.no_grad():
            student.table.lerp_(home, min(1.0, HOME * optimizer.param_groups[0]["lr"]))
            student.table[0] = 0
            sums += torch.stack([contrast, through, distilled, near, words_loss, ranked])
        step += 1
        if step in (1, 10) or step % 100 == 0:
            each = min(step, 100) if step % 100 == 0 else (1 if step == 1 else 9)
            log(
                f"student step {step}",
                dict(
                    zip(
                        ("contrast", "teacher's", "distilled", "near", "words", "ranked"),
                        [round(x, 3) for x in (sums / each).tolist()],
                        strict=True,
                    )
                ),
                f"scale {float(student.scale.detach().exp()):.1f} {step * size / (time.time() - began):.0f} pairs/s",
            )
            sums.zero_()
    log(f"student: {step} steps of {size}")


@torch.no_grad()
def save_student(student: Student, out: Path) -> None:
    """student-table.npz: token vectors in int8 with a scale for each. student-rest.npz: all else in float16."""
    table = student.table.float()
    scale = (table.abs().amax(1, keepdim=True) / 127).clamp(min=1e-8)
    whole = (table / scale).round().to(torch.int8)
    np.savez(out / "student-table.npz", table=whole.cpu().numpy(), scale=scale[:, 0].cpu().numpy())
    rest = {name: tensor for name, tensor in student.state_dict().items() if name != "table"}
    kept: dict[str, Any] = {name: tensor.detach().half().cpu().numpy() for name, tensor in rest.items()}
    np.savez(out / "student-rest.npz", **kept)


def load_student(out: Path) -> Student:
    """The student as it was saved, rounding included."""
    kept, rest = np.load(out / "student-table.npz"), np.load(out / "student-rest.npz")
    student = Student(*kept["table"].shape)
    state = {name: torch.from_numpy(rest[name]).float() for name in rest.files}
    state["table"] = torch.from_numpy(kept["table"].astype(np.float32) * kept["scale"][:, None])
    student.load_state_dict(state)
    return student.to(DEVICE)


# ------------------------------------------------------------------------------------------------------- in order


class Training:
    """What one run is made of."""

    def __init__(self, parts: Path, out: Path, limit: float, tiny: bool) -> None:
        self.out, self.limit, self.tiny = out, limit, tiny
        self.size, self.student_size, self.step = (64, 128, 512) if tiny else (2048, 4096, 4096)
        base, meta = read(parts / "base.zip")
        self.entries = len(meta["entries"])
        self.pieces, self.measures = Pieces(base, meta), Measures(base, tiny)
        self.bert = Bert(original(base, meta), torch.bfloat16 if DEVICE == "cuda" else torch.float32).to(DEVICE)
        if tiny:
            self.bert.layers = 1
        found = [read(path) for path in sorted(parts.glob("data-*.zip"))]
        if not found:
            raise SystemExit(f"{parts} holds no data-N.zip.")
        self.data = Data(found)
        results = out / "results.json"
        self.figures: dict[str, object] = json.loads(results.read_text()) if results.exists() else {}

    def note(self, name: str, what: object) -> None:
        self.figures[name] = what
        log(name, what)
        (self.out / "results.json").write_text(json.dumps(self.figures, indent=1))

    def teacher_figures(self) -> dict[str, float]:
        self.bert.eval()

        def code(tokens: Tensor, keep: Tensor, often: Tensor) -> Tensor:
            return teacher_codes(self.bert, self.pieces, tokens, keep, CODE_PIECES, self.step).float()

        def query(tokens: Tensor, keep: Tensor, often: Tensor, mode: Tensor) -> Tensor:
            return teacher_codes(self.bert, self.pieces, tokens, keep, QUERY_PIECES, self.step).float()

        return self.measures.of(self.data, code, query)

    def student_figures(self, student: Student) -> dict[str, float]:
        return self.measures.of(self.data, in_steps(student.code, self.step), in_steps(student.query, self.step))

    def teach_teacher(self) -> None:
        """Tune the teacher, mix it with the original in the best of the ``SHARES``, and keep it in --out."""
        raw = {name: tensor.clone() for name, tensor in self.bert.state_dict().items()}
        self.note("raw teacher", self.teacher_figures())
        train_teacher(self.bert, self.data, self.pieces, TEACHER * self.limit, self.size)
        tuned = {name: tensor.clone() for name, tensor in self.bert.state_dict().items()}
        best, choice = -1.0, 1.0
        for share in SHARES:
            self.bert.load_state_dict({name: raw[name] + share * (tuned[name] - raw[name]) for name in raw})
            found = self.teacher_figures()
            self.note(f"teacher x {share}", found)
            if value(found) > best:
                best, choice = value(found), share
        self.bert.load_state_dict({name: raw[name] + choice * (tuned[name] - raw[name]) for name in raw})
        self.note("teacher's share", choice)
        torch.save(self.bert.state_dict(), self.out / "teacher.pt")

    def teach_student(self) -> None:
        self.bert.eval().requires_grad_(False)
        taught = Taught(self.bert, self.pieces, self.data, WIDTH, self.entries)
        log("embedded")
        student = prepared(self.data, taught, self.entries, WIDTH)
        until = max(TRAINED * self.limit, time.time() - START + 10)
        train_student(student, self.data, taught, until, self.student_size, self.student_figures)
        save_student(student, self.out)
        self.note("student", self.student_figures(load_student(self.out).eval()))


def main() -> None:
    global START
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--deadline", type=float, required=True, help="seconds from the first start")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    clock = options.out / "started"
    if not clock.exists():
        clock.write_text(str(time.time()))
    START = float(clock.read_text())
    torch.manual_seed(int(time.time() - START))
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    if DEVICE == "cpu":
        torch.set_num_threads(1)
    log("device", torch.cuda.get_device_name(0) if DEVICE == "cuda" else "cpu", torch.__version__)
    training = Training(options.parts, options.out, options.deadline, options.tiny)
    if (options.out / "teacher.pt").exists():
        training.bert.load_state_dict(torch.load(options.out / "teacher.pt", map_location=DEVICE))
    else:
        training.teach_teacher()
    training.teach_student()
    log("done")


if __name__ == "__main__":
    main()
