"""Checkpoints of the Hugging Face layout on disk: where the files are, what identifies them, how the tokenizer is read.

Knows neither torch nor what the weights are for. The libraries are imported inside the functions that need them.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from longzip.errors import MissingExtra, ModelError
from longzip.models.words.files import json_object

if TYPE_CHECKING:
    import tokenizers
    from transformers import PreTrainedTokenizerBase

WEIGHTS = ("*.safetensors", "*.bin")
TOKENIZERS = ("tokenizer.json", "*.model", "vocab.*", "*.tiktoken", "tokenizer_config.json")
SMALL = ("*.json", "*.model", "*.txt", "*.tiktoken", "*.jinja")
SAMPLE = 1 << 20
SAMPLES = 64
SLICE = 1024  # texts that are tokenised at once


# ------------------------------------------------------------------------------------------------------- files


def find(name: str, *, weights: bool, code: bool = False) -> Path:
    """The folder of a checkpoint: ``name`` itself, or the local copy of the hub id ``name``, downloaded if need be.

    A hub id that is complete on this machine is taken from there without asking the network.

    weights: whether weights are needed, and not only the tokenizer. code: whether to download Python files too.
    Raises ModelError where there is no such checkpoint or a file is missing.
    """
    if not name:
        raise ModelError("The model has no name; pass a directory that holds one, or a hub id such as owner/name.")
    folder = Path(name).expanduser()
    if folder.is_dir():
        missing = lacks(folder, weights)
        if missing:
            raise ModelError(f"{name} holds no {missing}; pass the directory that save_pretrained wrote, or a hub id.")
        return folder
    if folder.exists():
        raise ModelError(f"{name} is a file; pass the directory that holds config.json, the weights and the tokenizer.")
    if name[0] in "./~\\" or name.count("/") > 1:
        raise ModelError(f"There is no directory {name}; pass one that holds a model, or a hub id such as owner/name.")
    return fetch(name, weights, code)


def lacks(folder: Path, weights: bool) -> str:
    """The first kind of file that is missing, in words; "" where nothing is."""
    wanted = {"config.json": ("config.json",), "weights (*.safetensors)": WEIGHTS} if weights else {}
    wanted["tokenizer (tokenizer.json)"] = TOKENIZERS
    return next((kind for kind, globs in wanted.items() if not matching(folder, globs)), "")


def matching(folder: Path, globs: Sequence[str]) -> list[Path]:
    return sorted(path for glob in globs for path in folder.glob(glob))


def fetch(name: str, weights: bool, code: bool) -> Path:
    """The local copy of a hub id, from the cache where it is complete, else from the hub."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    small = [*SMALL, "*.py"] if code else list(SMALL)
    # Some repositories carry their weights twice: in folders for other runtimes, or as consolidated*.safetensors.
    unwanted = ["*/*", "consolidated*"]
    try:
        try:
            folder = Path(snapshot_download(name, local_files_only=True))
            if not lacks(folder, weights):
                return folder
        except FileNotFoundError:
            pass
        folder = Path(
            snapshot_download(name, allow_patterns=[*small, *WEIGHTS[: int(weights)]], ignore_patterns=unwanted)
        )
        if weights and not matching(folder, WEIGHTS):
            folder = Path(snapshot_download(name, allow_patterns=[*small, *WEIGHTS], ignore_patterns=unwanted))
    except HFValidationError:
        raise ModelError(f"{name!r} is neither a directory nor a hub id such as owner/name.") from None
    except GatedRepoError:
        raise ModelError(f"{name} is gated on the hub; ask for access there and log in with `hf auth login`.") from None
    except RepositoryNotFoundError:
        raise ModelError(
            f"{name} is neither a directory nor on the hub (or it is private); check its spelling."
        ) from None
    except OSError:
        raise ModelError(
            f"{name} is not on this machine and the hub cannot be reached; download it first, or pass "
            "a local directory,"
            " or leave out --model to use the embedded model."
        ) from None
    missing = lacks(folder, weights)
    if missing:
        raise ModelError(f"{name} on the hub holds no {missing}; choose another model.")
    return folder


def fingerprint(folder: Path) -> str:
    """12 hexadecimal digits that change with the configuration, the tokenizer or the weights.

    Small files are hashed whole; of a larger one its size and 64 evenly spaced samples of 1 MiB, which is deterministic
    and takes a second where the whole would take a minute. File names and times play no part.
    """
    digest = hashlib.sha256()
    weights = matching(folder, WEIGHTS[:1]) or matching(folder, WEIGHTS[1:])
    for path in [*matching(folder, ("config.json", *TOKENIZERS)), *weights]:
        size = path.stat().st_size
        step = SAMPLE if size <= SAMPLE * SAMPLES else (size - SAMPLE) // (SAMPLES - 1)
        digest.update(str(size).encode())
        with path.open("rb") as file:
            for start in range(0, size, step):
                file.seek(start)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()[:12]


@contextmanager
def quiet() -> Iterator[None]:
    """Silences the transformers library, its progress bars and Python warnings, and puts everything back."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


# --------------------------------------------------------------------------------------------------- tokenizers


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A text's tokens. ids: int64[n]; ends: int64[n], where each ends, in characters; ascending, last = the length."""

    ids: NDArray[np.int64]
    ends: NDArray[np.int64]


class Encoder(Protocol):
    """Plain text to tokens, without special tokens. Thread-safe."""

    def encode(self, texts: Sequence[str]) -> list[Encoded]: ...

    def ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The ids that ``encode`` gives, without looking where the tokens end."""

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""

    def spell(self, identifiers: Sequence[int]) -> list[str]:
        """The text of each token by itself."""

    def identifier(self, token: str) -> int | None:
        """The id of a token, special ones included."""


class FastEncoder:
    """A ``tokenizers.Tokenizer`` that reads the names of control tokens as the letters they are."""

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        # A copy: whoever else holds the tokenizer must not see it change.
        self.backend = type(backend).from_str(backend.to_str())
        self.backend.no_padding()
        self.backend.no_truncation()
        self.backend.encode_special_tokens = True
        # It would only add special tokens and pull the offsets in around white space.
        self.backend.post_processor = None

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        found = self.backend.encode_batch([without_surrogates(text) for text in texts], add_special_tokens=False)
        ends = ([end for _, end in encoding.offsets] for encoding in found)
        return [encoded(encoding.ids, end, len(text)) for encoding, end, text in zip(found, ends, texts, strict=True)]

    def ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        found: list[NDArray[np.int64]] = []
        for first in range(0, len(texts), SLICE):
            slab = [without_surrogates(text) for text in texts[first : first + SLICE]]
            read = self.backend.encode_batch_fast(slab, add_special_tokens=False)
            found += [np.asarray(encoding.ids, dtype=np.int64) for encoding in read]
        return found

    def lengths(self, texts: Sequence[str]) -> list[int]:
        found: list[int] = []
        for first in range(0, len(texts), SLICE):
            slab = [without_surrogates(text) for text in texts[first : first + SLICE]]
            found += map(len, self.backend.encode_batch_fast(slab, add_special_tokens=False))
        return found

    def spell(self, identifiers: Sequence[int]) -> list[str]:
        return self.backend.decode_batch([[identifier] for identifier in identifiers], skip_special_tokens=False)

    def identifier(self, token: str) -> int | None:
        return self.backend.token_to_id(token)


class SlowEncoder:
    """A tokenizer written in Python. It tells no offsets: they are laid out by the length of each token's text."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        return [self.encode_one(without_surrogates(text)) for text in texts]

    def ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return [found.ids for found in self.encode(texts)]

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(found.ids) for found in self.encode(texts)]

    def encode_one(self, text: str) -> Encoded:
        pieces = self.tokenizer.tokenize(text, split_special_tokens=True)
        ids = cast("list[int]", self.tokenizer.convert_tokens_to_ids(pieces))
        lengths = np.cumsum([len(spelling) for spelling in self.spell(ids)], dtype=np.int64)
        return encoded(ids, lengths, len(text))

    def spell(self, identifiers: Sequence[int]) -> list[str]:
        return [str(self.tokenizer.decode([identifier])) for identifier in identifiers]

    def identifier(self, token: str) -> int | None:
        return self.tokenizer.get_vocab().get(token)


def encoded(ids: Sequence[int], ends: Sequence[int] | NDArray[np.int64], length: int) -> Encoded:
    """Ends made ascending and complete: several tokens may end inside one character, and normalisers move offsets."""
    steps = np.minimum(np.maximum.accumulate(np.asarray(ends, dtype=np.int64)), length)
    steps[-1:] = length
    return Encoded(np.asarray(ids, dtype=np.int64), steps)


def without_surrogates(text: str) -> str:
    """Lone surrogates replaced one by one: they have no UTF-8, and the tokenizers refuse them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def read_file(path: Path) -> FastEncoder:
    """A ``tokenizer.json``. Raises ModelError where it is none."""
    from tokenizers import Tokenizer

    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)
        return FastEncoder(Tokenizer.from_str(text))
    # The library raises bare Exception for what it cannot parse, so no narrower class would do.
    except Exception as error:  # noqa: BLE001
        raise ModelError(
            f"{path} cannot be read as a tokenizer.json ({error}); pass the file that save_pretrained wrote."
        ) from None


def read_encoder(folder: Path, trust_remote_code: bool = False) -> Encoder:
    """The tokenizer of a checkpoint.

    A ``tokenizer.json`` is read as it is: AutoTokenizer may put another pre-tokenizer in its place, by model type.
    """
    if (folder / "tokenizer.json").is_file():
        return read_file(folder / "tokenizer.json")
    try:
        from transformers import AutoTokenizer
    except ImportError:
        raise MissingExtra("transformers", "torch", f"the tokenizer in {folder} is no tokenizer.json") from None
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(
                str(folder), trust_remote_code=trust_remote_code, local_files_only=True
            )
    except (OSError, ValueError, ImportError, TypeError, KeyError) as error:
        raise ModelError(f"The tokenizer in {folder} cannot be loaded: {reason(error, trust_remote_code)}") from None
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return SlowEncoder(tokenizer) if backend is None else FastEncoder(backend)


def start_token(folder: Path, encoder: Encoder) -> int | None:
    """The token before every text: the first that exists of the tokenizer's and the configuration's bos, then their
    eos."""
    files = [folder / name for name in ("tokenizer_config.json", "special_tokens_map.json", "config.json")]
    tables = [json_object(path) for path in files if path.is_file()]
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


def reason(error: Exception, trust_remote_code: bool) -> str:
    """What to do about an error of the transformers library, in one sentence."""
    text = " ".join(str(error).split())
    if "trust_remote_code" in text and not trust_remote_code:
        return "it brings its own Python code; if you trust its author, run again with --trust-remote-code."
    return text.split(". ")[0].rstrip(".") + "; check its files, or choose another model."
