"""Any causal language model of the Hugging Face layout, behind the ``LanguageModel`` seam. The embedded model too.

Knows nothing of queries, code or budgets. Torch and transformers are imported inside the functions: importing this
module is cheap. The forward pass is computed for whole batches, the vocabulary only where a target's token is predicted.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from longzip.digests import digest, digest_of_code
from longzip.errors import ModelError
from longzip.models.association import FILE, Association, read_association
from longzip.models.checkpoints import Encoded, Encoder, find, quiet, read_encoder, reason
from longzip.models.context import ContextMixture, Ids, UnigramCache, Values, mixed, number_of, word_classes
from longzip.models.heads import Head, rows_of_table
from longzip.models.identity import FULL_PRECISION_PARAMETERS, full_name
from longzip.models.readings import Readings
from longzip.models.windows import Row, kept_context, pack, rows_of
from longzip.protocols import Logprobs, Request, Store

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

LONGEST_WINDOW = 8192
CPU_BATCH_TOKENS = 4096


# ------------------------------------------------------------------------------------------------------ loading


def load(
    name_or_path: str, *, device: str = "auto", trust_remote_code: bool = False, batch_tokens: int = 16384, store: Store | None = None
) -> TransformersModel:
    """A model from a local directory or the hub.

    device: "auto" (CUDA, then MPS, then the CPU), "cpu", "mps", "cuda" or "cuda:N".
    trust_remote_code: whether the model may run Python code that it brings. Off unless you trust its author.
    batch_tokens: at most so many tokens, padding included, in one forward pass, but always one whole row. The CPU takes
        no more than 4096: larger batches leave its caches and run slower.

    The weights are held in float32 on the CPU up to 100 million parameters and in bfloat16 above, where it is twice as
    fast; in bfloat16 on CUDA (float16 where that is missing) and in float16 on MPS.
    Raises ModelError where the model cannot be found, read, trusted or held in memory; the message says what to do.
    """
    place = choose_device(device)
    folder = find(name_or_path, weights=True, code=trust_remote_code)
    encoder = read_encoder(folder, trust_remote_code)
    network = read_network(name_or_path, folder, trust_remote_code)
    dtype = choose_dtype(place, sum(weight.numel() for weight in network.parameters()))
    try:
        network = move(network, place, dtype)
    except (RuntimeError, MemoryError) as error:
        raise load_error(name_or_path, error) from None
    name = full_name(name_or_path, folder, str(dtype).removeprefix("torch."))
    tokens = min(batch_tokens, CPU_BATCH_TOKENS) if place.type == "cpu" else batch_tokens
    mixture = read_mixture(folder, encoder, rows_of_table(network.get_input_embeddings()))
    return TransformersModel(network, encoder, name, start=start_token(folder, encoder), batch_tokens=tokens, mixture=mixture, store=store)


def read_mixture(folder: Path, encoder: Encoder, vocabulary: int) -> ContextMixture | None:
    """The checkpoint's association model, ready to be mixed in; None, and no token spelled, where it has none."""
    if not (folder / FILE).is_file():
        return None
    classes = word_classes(encoder.spell(range(vocabulary)))
    words = read_association(folder, number_of(classes))
    return None if words is None else ContextMixture(classes, words, gated=True)


def choose_device(device: str) -> torch.device:
    """The device a setting means. Raises ModelError for one that is unknown or absent."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (number and not (kind == "cuda" and number.isdecimal())):
        raise ModelError(f"The device {device!r} is unknown; choose auto, cpu, cuda, cuda:N or mps.")
    if (kind == "cuda" and not cuda) or (kind == "mps" and not mps):
        raise ModelError(f"The device {device} is not usable on this machine; choose auto or cpu.")
    if number and int(number) >= torch.cuda.device_count():
        raise ModelError(f"There is no {device}: this machine has {torch.cuda.device_count()} CUDA devices; choose cuda.")
    return torch.device(device)


def choose_dtype(device: torch.device, parameters: int) -> torch.dtype:
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.float16
    return torch.float32 if parameters <= FULL_PRECISION_PARAMETERS else torch.bfloat16


def move(network: PreTrainedModel, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    """The network ready to score. Called by class: the library's own wrappers of these methods carry no types."""
    import torch

    torch.nn.Module.train(network, False)
    return torch.nn.Module.to(network, device=device, dtype=dtype)


def read_network(name: str, folder: Path, trust_remote_code: bool) -> PreTrainedModel:
    """The network on the CPU in the checkpoint's own dtype. Raises ModelError, for missing weights too."""
    from transformers import AutoModelForCausalLM

    try:
        with quiet():
            loaded = AutoModelForCausalLM.from_pretrained(
                str(folder), dtype="auto", trust_remote_code=trust_remote_code, local_files_only=True, output_loading_info=True
            )
    except (OSError, ValueError, ImportError, RuntimeError, MemoryError, KeyError, AttributeError, TypeError) as error:
        raise load_error(name, error, trust_remote_code) from None
    network, report = cast("tuple[PreTrainedModel, dict[str, set[str]]]", loaded)
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelError(f"{name} is no complete causal language model: it lacks {missing[0]}; choose another model.")
    return network


def load_error(name: str, error: Exception, trust_remote_code: bool = False) -> ModelError:
    text = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return ModelError(f"{name} does not fit into memory; choose a smaller model, or device cpu.")
    return ModelError(f"{name} cannot be loaded: {reason(error, trust_remote_code)}")


def start_token(folder: Path, encoder: Encoder) -> int | None:
    """The token before every text: the first that exists of the tokenizer's and the configuration's bos, then their eos."""
    files = [folder / name for name in ("tokenizer_config.json", "special_tokens_map.json", "config.json")]
    tables = [json.loads(path.read_text(encoding="utf-8")) for path in files if path.is_file()]
    for kind in ("bos", "eos"):
        for table in tables:
            token = table.get(f"{kind}_token")
            text = token.get("content") if isinstance(token, dict) else token
            known = encoder.identifier(text) if isinstance(text, str) else None
            given = table.get(f"{kind}_token_id")
            number = known if known is not None else given[0] if isinstance(given, list) and given else given
            if isinstance(number, int):
                return number
    return None


# --------------------------------------------------------------------------------------------------- the model


class TransformersModel:
    """Log-probabilities from a causal language model; thread-safe, one forward pass at a time.

    Context and target are tokenised apart, so that the target's tokens do not depend on the context, and read as
    ``[start] + context + target``. Without a start token the first token of a target after an empty context cannot be
    predicted: it gets log(1 / vocabulary), so that means over a target are always over the same tokens.
    It counts tokens as well, and so is a ``Tokenizer``.
    """

    def __init__(
        self, network: PreTrainedModel, encoder: Encoder, name: str, *, start: int | None = None,
        batch_tokens: int = 16384, context_cache_weight: float | None = None, mixture: ContextMixture | None = None, store: Store | None = None,
    ) -> None:  # fmt: skip
        """network: on its device, in evaluation mode. start: id of the token before every text, or None.
        store: where to keep what it knows of contexts, whatever is asked after them.

        mixture: what is mixed into the probabilities of words after a context; without it a
        ``UnigramCache`` of context_cache_weight, λ in [0, 1); None takes ``context_cache_weight`` of the model's
        configuration, and 0, which is off, where that has none. Where there is one and the configuration's
        ``context_through`` is "words", the network reads the target alone and the context reaches it through the mixture only.
        """
        config = network.config.get_text_config()
        if context_cache_weight is None:
            context_cache_weight = float(getattr(config, "context_cache_weight", None) or 0.0)
        if not 0 <= context_cache_weight < 1:
            raise ModelError(f"context_cache_weight of {name} is {context_cache_weight}; it must be at least 0 and below 1.")
        self._network, self._encoder, self._name = network, encoder, name
        self._vocabulary = rows_of_table(network.get_input_embeddings())
        self._start = start if start is not None and 0 <= start < self._vocabulary else None
        self._batch_tokens = batch_tokens
        self.window = max(4, min(getattr(config, "max_position_embeddings", None) or LONGEST_WINDOW, LONGEST_WINDOW))
        self._lock = threading.Lock()
        self._words_only = mixture is not None and getattr(config, "context_through", "") == "words"
        self._mixture = mixture
        self._readings = self._remembered(mixture, store) if mixture is not None and self._words_only else None
        if mixture is None and context_cache_weight:
            classes = word_classes(encoder.spell(range(self._vocabulary)))
            self._mixture = ContextMixture(classes, UnigramCache(number_of(classes), context_cache_weight))
        self._head = Head(network, name)

    @property
    def name(self) -> str:
        return self._name

    def _remembered(self, mixture: ContextMixture, store: Store | None) -> Readings | None:
        """What reads contexts; None where the word model depends on more than them."""
        if not isinstance(mixture.words, Association):
            return None

        def read(texts: Sequence[str]) -> list[Ids]:
            return [mixture.words_in(found.ids) for found in self._encoder.encode(texts)]

        return Readings(mixture.words, read, digest("reading", self._name, digest_of_code(Path(__file__).parent)), store)

    def count(self, text: str) -> int:
        """Tokens of ``text``, without a start token."""
        return len(self._encoder.encode([text])[0].ids)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        """See ``LanguageModel``. Equal requests and equal texts are computed once; values are float32."""
        distinct = list(dict.fromkeys(requests))
        passes = list(dict.fromkeys(self._read(request) for request in distinct))
        read = passes if self._readings else (*distinct, *passes)
        texts = list(dict.fromkeys([*(request.context for request in read), *(request.target for request in distinct)]))
        tokens = dict(zip(texts, self._encoder.encode(texts), strict=True))
        rows: list[Row] = []
        spans: dict[Request, slice] = {}
        for request in passes:
            context, target = tokens[request.context].ids, tokens[request.target].ids
            added = rows_of(self._start, context, target, self.window) if len(target) else []
            spans[request] = slice(len(rows), len(rows) + len(added))
            rows += added
        found = self._scores(rows)
        plain = {request: np.concatenate([np.zeros((0, 3), np.float32), *found[spans[request]]]) for request in passes}
        shares = self._shares(distinct, tokens)
        values = self._mixed([plain[self._read(request)] for request in distinct], [shares.get(request) for request in distinct])
        answers = {
            request: self._answer(found, tokens[request.target].ends) for request, found in zip(distinct, values, strict=True)
        }
        return [answers[request] for request in requests]

    def _read(self, request: Request) -> Request:
        """What the network reads for a request: without the context where only the word model is to know it."""
        return Request("", request.target) if self._words_only else request

    def _mixed(self, scores: Sequence[Values], shares: Sequence[Values | None]) -> list[Values]:
        """Log-probabilities of each request's tokens, with what the word model says where it says anything; all in one go."""
        given = [(own, known[len(known) - len(own) :]) for own, known in zip(scores, shares, strict=True) if known is not None]
        values = mixed(np.concatenate([own for own, _ in given]), np.concatenate([known for _, known in given])) if given else np.zeros(0, np.float32)
        found = iter(np.split(values, np.cumsum([len(own) for own, _ in given])[:-1]) if given else ())
        return [own[:, 0] if known is None else next(found) for own, known in zip(scores, shares, strict=True)]

    def _answer(self, values: Values, ends: Ids) -> Logprobs:
        unpredicted = np.full(len(ends) - len(values), -math.log(self._vocabulary), dtype=np.float32)
        return Logprobs(np.concatenate([unpredicted, values]), ends)

    def _shares(self, requests: Sequence[Request], tokens: Mapping[str, Encoded]) -> dict[Request, Values]:
        """What the word model says of each target's tokens, for requests with a context; none where there is no such model."""
        asked = [request for request in requests if request.context] if self._mixture is not None else []
        if self._mixture is None or not asked:
            return {}
        targets = [tokens[request.target].ids for request in asked]
        if self._readings:
            summaries = self._readings.of([request.context for request in asked])
            found = self._mixture.laid_out(targets, partial(self._readings.model.answers, summaries))
        else:
            contexts = [tokens[request.context].ids for request in asked]
            if not self._words_only:
                contexts = [kept_context(self._start, *pair, self.window) for pair in zip(contexts, targets, strict=True)]
            found = self._mixture.shares(contexts, targets)
        return dict(zip(asked, np.split(found, np.cumsum([len(target) for target in targets])[:-1]), strict=True))

    def _scores(self, rows: Sequence[Row]) -> list[Values]:
        """For each row's predicted tokens, log-probability, spread and gate (see ``ContextMixture``): float32[n, 3]."""
        if max((int(row.ids.max()) for row in rows), default=0) >= self._vocabulary:
            raise ModelError(f"The tokenizer of {self.name} has more tokens than the model knows; they do not belong together.")
        found: dict[int, Values] = {}
        with self._lock:
            for batch in pack(rows, self._batch_tokens):
                found.update(zip(batch, self._batch([rows[index] for index in batch]), strict=True))
        return [found[index] for index in range(len(rows))]

    def _batch(self, rows: list[Row]) -> list[Values]:
        """As ``_scores``, in one forward pass, or in smaller ones where the device's memory does not do."""
        import torch

        try:
            return self._forward(rows)
        except torch.OutOfMemoryError:
            if len(rows) == 1:
                raise ModelError(f"The memory does not hold {len(rows[0].ids):,} tokens of {self.name}; choose device cpu.") from None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        half = len(rows) // 2
        return self._batch(rows[:half]) + self._batch(rows[half:])

    def _forward(self, rows: Sequence[Row]) -> list[Values]:
        import torch

        device, lengths = self._network.device, [row.predicted for row in rows]
        ids = np.zeros((len(rows), max(len(row.ids) for row in rows)), dtype=np.int64)
        for row, line in zip(rows, ids, strict=True):
            line[: len(row.ids)] = row.ids  # padded on the right, where a causal model does not look
        lines = torch.from_numpy(np.repeat(np.arange(len(rows)), lengths)).to(device)
        places = torch.from_numpy(np.concatenate([np.arange(row.first, len(row.ids)) for row in rows])).to(device)
        tokens = torch.from_numpy(ids).to(device)
        targets, found, at = tokens[lines, places], [torch.zeros((0, 3), device=device)], 0
        with torch.inference_mode():
            for logits in self._head.logits(tokens, lines, places - 1):
                wanted = targets[at : at + len(logits)]
                values = logits.gather(1, wanted[:, None]).squeeze(1) - logits.logsumexp(1)
                spreads = self._mixture.spread(logits, wanted) if self._mixture else torch.zeros_like(values)
                gates = self._mixture.gates(logits) if self._mixture else torch.ones_like(values)
                found.append(torch.stack([values.clamp(max=0.0), spreads, gates], 1))
                at += len(logits)
        flat = torch.cat(found).cpu().numpy()
        if not np.isfinite(flat).all():
            raise ModelError(f"{self.name} gives numbers that are not finite on {device}; choose device cpu.")
        return np.split(flat, np.cumsum(lengths)[:-1])
