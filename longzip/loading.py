"""From settings to what does the work: the cache, the format, the model, the tokenizer.

The only module that knows formats and models by name; heavy imports happen inside the functions.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from longzip.errors import MissingExtra, ModelError
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.analysis import Here
from longzip.formats.grammar.cached import Recorded
from longzip.formats.grammar.isolation import Isolated
from longzip.models.networks.identity import BUNDLED
from longzip.protocols import Evidence, Format, LanguageModel, Logprobs, Request, Store, Tokenizer
from longzip.settings import Settings, on_server
from longzip.sources.gather import Reader, Sources, gather
from longzip.sources.repository import Repository, read
from longzip.storage.cache import Cache, default_folder
from longzip.storage.cached import CachedModel, CachedTokenizer
from longzip.storage.keys import fingerprint_of_code
from longzip.types import Question, Source

CHOOSING = ("default", "shares")  # strategies for which files are chosen; the others read everything
SLOW = 3000.0  # tokens a second: a model that reads fewer reads the best only
# What numbers and tables that do not fit together lead to, wherever it is noticed.
DAMAGE = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


class LazyModel:
    """A language model that is loaded when it is first asked. Its name is the same before and after."""

    def __init__(self, foretell: Callable[[], str | None], load: Callable[[], LanguageModel]) -> None:
        """foretell: what the model will be called; None where only loading it can tell."""
        self._foretell, self._load = foretell, load
        self._lock = threading.RLock()
        self._model: LanguageModel | None = None
        self._name: str | None = None

    @property
    def name(self) -> str:
        with self._lock:
            if self._name is None:
                self._name = self._foretell() or self.loaded().name
        return self._name

    def loaded(self) -> LanguageModel:
        with self._lock:
            if self._model is None:
                self._model = self._load()
        return self._model

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        return self.loaded().logprobs(requests)


def open_cache(settings: Settings) -> Cache | None:
    """The cache that the settings name; nothing is opened or made before it is needed."""
    if not settings.cache:
        return None
    folder = Path(settings.cache_dir).expanduser() if settings.cache_dir else default_folder()
    return Cache(folder, settings.cache_megabytes * 1_000_000)


def read_repository(
    sources: Sources | Sequence[object],
    settings: Settings | None = None,
    *,
    texts: bool = False,
    question: Question | None = None,
) -> Repository:
    """The sources behind whatever was given, read with the cache that the settings name.

    texts: whether a string that means no file is a text without a name. question: what they are read for; of a large
    folder, files that promise little for it are named in ``unread`` only, unless ``settings.read`` is "all". Raises
    SourceError, UsageError.
    """
    settings = settings or Settings()
    cache = open_cache(settings)
    try:
        return gather(sources, settings, cache, texts=texts, reader=reader(settings, question, cache))
    finally:
        if cache is not None:
            cache.close()


def reader(settings: Settings, question: Question | None, cache: Cache | None = None) -> Reader:
    """How paths are read: whole, or what is worth it for a question."""
    if question is None or settings.read == "all" or settings.strategy not in CHOOSING:
        return read
    from longzip.formats.grammar.languages import fence
    from longzip.index.reading import ChoosingReader
    from longzip.pipeline.choosing import SMALL_FILES, chosen

    choose = partial(chosen, question=question, settings=settings, language=fence)
    return ChoosingReader(choose, SMALL_FILES, None if cache is None else cache.path.parent)


def load_format(settings: Settings, store: Store | None = None) -> Format:
    analyst = Isolated() if settings.isolated else Here()
    return CodeFormat(analyst if store is None else Recorded(analyst, store))


def model_path(name: str) -> str:
    return str(BUNDLED) if name == "embedded" else name


def load_model(settings: Settings, store: Store | None = None) -> LanguageModel:
    """The model the settings name, its weights not read yet. store: where it keeps what it computed."""
    model = load_plain_model(settings, store)
    return model if store is None else CachedModel(model, store, fingerprint_of_code(Path(__file__).parent / "models"))


def load_plain_model(settings: Settings, store: Store | None) -> LanguageModel:
    if settings.ray:
        return LazyModel(unknown, partial(load_spread, settings))
    if settings.model == "ngram":
        from longzip.models import ngram

        return ngram.load()
    if on_server(settings.model):
        return LazyModel(unknown, partial(load_server, settings))
    check_libraries(settings)

    def load() -> LanguageModel:
        from longzip.models.networks import identity, llama, transformers
        from longzip.models.words.files import json_object

        folder = Path(model_path(settings.model)).expanduser()
        try:
            if (folder / "config.json").is_file():
                json_object(folder / "config.json")  # before anything large is imported or read
            if identity.runs_in_numpy(folder, settings.device):
                return llama.load(folder, batch_tokens=settings.batch_tokens, store=store)
            return transformers.load(
                model_path(settings.model),
                device=settings.device,
                trust_remote_code=settings.trust_remote_code,
                batch_tokens=settings.batch_tokens,
                store=store,
            )
        except DAMAGE as error:
            raise ModelError(
                f"{settings.model} is damaged, or no model that can be read ({type(error).__name__}); fetch it again, "
                "or choose another model."
            ) from error

    def foretell() -> str | None:
        from longzip.models.networks import identity

        return identity.foretold(model_path(settings.model), settings.device)

    return LazyModel(foretell, load)


def check_libraries(settings: Settings) -> None:
    """Raises MissingExtra, before a hub is asked or a file is read, where the model needs libraries that are absent."""
    from longzip.models.networks import identity

    if identity.runs_in_numpy(Path(model_path(settings.model)).expanduser(), settings.device):
        return
    purpose = f"the model {settings.model} needs it"
    if settings.model == "embedded":
        purpose = f"the device {settings.device} needs it (the embedded model runs without it on the CPU)"
    for library in ("torch", "transformers"):
        if find_spec(library) is None:
            raise MissingExtra(library, "torch", purpose)


def load_evidence(settings: Settings, store: Store | None = None) -> Evidence:
    """What counts beside the model's word, the encoder's weights not read yet; and, where the model that is asked for
    reads the best only, the embedded one, which reads before it.

    store: where the encoder keeps the vectors of code.
    """
    if settings.model == "ngram":
        return Evidence()
    from longzip.models.vectors.encoder import read_encoder
    from longzip.models.vectors.stored import StoredEncoder

    encoder = StoredEncoder(BUNDLED / "encoder", read_encoder, store)
    if cascades(settings):
        return Evidence(encoder, load_model(replace(settings, model="embedded", device="cpu"), store))
    return Evidence(encoder, pretrained=settings.model != "embedded")


def cascades(settings: Settings) -> bool:
    """Whether the embedded model puts everything in order and the one that is asked for reads the best only."""
    if settings.cascade == "off" or settings.model in ("embedded", "ngram"):
        return False
    speed = tokens_per_second(settings)
    return settings.cascade == "on" or (speed is not None and speed < SLOW)


def unknown() -> None:
    """The name of a model that only loading it can tell."""


def load_server(settings: Settings) -> LanguageModel:
    """The model on a server, once it has shown that it returns what is needed."""
    from longzip.models.served import server

    return server.load(settings, os.environ.get(settings.server_key, ""))


def load_spread(settings: Settings) -> LanguageModel:
    """The model, once in each actor of a Ray cluster."""
    from longzip.models.ray import Scorer, SpreadModel
    from longzip.pools import ray_pool

    load = partial(load_model, replace(settings, ray=""))
    return SpreadModel(ray_pool(partial(Scorer, load), settings.ray_actors, settings.ray))


def load_tokenizer(settings: Settings, store: Store | None = None) -> Tokenizer:
    """The reader's tokenizer: the one asked for, or the scoring model's own. store: where it keeps what it counted."""
    tokenizer = load_plain_tokenizer(settings)
    return tokenizer if store is None else CachedTokenizer(tokenizer, store)


def load_plain_tokenizer(settings: Settings) -> Tokenizer:
    if settings.count_for == "model" and settings.model == "ngram":
        from longzip.models import ngram

        return ngram.load()
    from longzip.models import tokenizers

    own = settings.server_tokenizer if on_server(settings.model) else model_path(settings.model)
    if settings.count_for == "model" and not own:
        return tokenizers.NoTokenizer(
            f"the model is on a server ({settings.model}), which counts no tokens; name the reader's "
            "tokenizer with --count-for (a tokenizer file or"
            " folder, a hub id, tiktoken:ENCODING, or chars/4), or the model's own with the setting server_tokenizer."
        )
    if settings.count_for == "model" and own == str(BUNDLED):
        return bundled_tokenizer()
    return tokenizers.load_tokenizer(own if settings.count_for == "model" else settings.count_for)


@cache
def bundled_tokenizer() -> Tokenizer:
    """The embedded model's, read once: a service is asked often, and for little."""
    from longzip.models import tokenizers

    return tokenizers.load_tokenizer(str(BUNDLED))


def tokens_to_score(settings: Settings) -> int | None:
    """How many tokens the model may read, by count or by time; None: any number."""
    speed = tokens_per_second(settings)
    limits = [settings.score_tokens] if settings.score_tokens else []
    if speed is not None and settings.max_seconds:
        limits.append(max(1, int(settings.max_seconds * speed)))
    return min(limits, default=None)


def tokens_per_second(settings: Settings) -> float | None:
    """Rough scoring speed on two CPU cores, from the size of the weights; None where they are not on this machine, and
    for other devices."""
    if settings.model == "ngram":
        return 300_000.0
    if settings.model == "embedded":
        return 120_000.0
    from longzip.models.networks import identity

    other = settings.device != "cpu" and (settings.device != "auto" or identity.likely_device() != "cpu")
    if other or on_server(settings.model) or settings.ray:
        return None
    folder: Path | None = Path(model_path(settings.model)).expanduser()
    if folder is not None and not folder.is_dir():
        folder = identity.place_of(settings.model) if find_spec("huggingface_hub") else None
    weights = sum(file.stat().st_size for file in folder.glob("model*.safetensors")) if folder else 0
    return 1.5e11 / weights if weights else None


def told_language(source: Source) -> Source:
    """The source; text without a name in the language whose grammar makes the most of it, if any does."""
    if source.name or source.language is not None:
        return source
    from longzip.formats.grammar.guessing import guess

    return replace(source, language=guess(source.text))
