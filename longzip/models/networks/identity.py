"""What a checkpoint will be called once it is loaded, told from its files: its label, its content, the type of its
numbers.

The name is half of every key of the cache, and a run whose answers are all cached must not load the weights to learn
it. So neither torch nor a hub is asked here; where the files do not tell, the model has to be loaded.
"""

from __future__ import annotations

import json
import math
import platform
import shutil
from functools import cache
from importlib import metadata
from pathlib import Path

from longzip.errors import ModelError
from longzip.models.networks.checkpoints import fingerprint, lacks, matching
from longzip.models.words.files import json_object

BUNDLED = Path(__file__).parent.parent / "bundled"
FULL_PRECISION_PARAMETERS = 100_000_000
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
MOST_HEADER = 100_000_000
MOST_BYTES = 100_000_000  # of weights that numpy runs: above, torch's kernels are worth its import
DTYPE = "float32-numpy"
WEIGHTS = "model.safetensors"
EXPECTED = {
    "model_type": "llama",
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "context_through": "words",
}


def full_name(name_or_path: str, folder: Path, dtype: str) -> str:
    """ "label@fingerprint/dtype" of the checkpoint in a folder."""
    local = Path(name_or_path).expanduser().is_dir()
    label = "embedded" if folder.resolve() == BUNDLED.resolve() else folder.resolve().name if local else name_or_path
    return f"{label}@{fingerprint(folder)}/{dtype}"


def foretold(name_or_path: str, device: str) -> str | None:
    """The full name of a checkpoint on this machine; None where only loading it can tell."""
    folder = place_of(name_or_path)
    if folder is None:
        return None
    if runs_in_numpy(folder, device):
        return full_name(name_or_path, folder, DTYPE)
    kind = device.partition(":")[0] if device != "auto" else likely_device()
    if kind == "cpu":
        count = parameters(folder)
        return None if count is None else full_name(name_or_path, folder, cpu_dtype(count))
    return full_name(name_or_path, folder, {"cuda": "bfloat16", "mps": "float16"}.get(kind, kind))


def runs_in_numpy(folder: Path, device: str) -> bool:
    """Whether a checkpoint is run by ``llama``: the plain architecture, small, in one file of safetensors, and its
    network reads queries only. One that reads every context profits from torch's threads, or a GPU."""
    weights = folder / WEIGHTS
    if device not in ("auto", "cpu") or not weights.is_file() or weights.stat().st_size > MOST_BYTES:
        return False
    try:
        config = json_object(folder / "config.json")
    except ModelError:
        return False
    given = config.get("rope_parameters") or config.get("rope_scaling")
    rope = given if isinstance(given, dict) else {}
    plain = {"model_type", "context_through"} <= config.keys() and rope.get("rope_type", "default") == "default"
    return plain and all(config.get(key, value) == value for key, value in EXPECTED.items())


def cpu_dtype(parameters: int) -> str:
    """The type in which so many parameters are held on the CPU: the one that scores faster."""
    return "bfloat16" if parameters > FULL_PRECISION_PARAMETERS and computes_bfloat16() else "float32"


@cache
def computes_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16; without them it is emulated, at a fraction of the speed."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return platform.machine() == "arm64"  # Apple's; elsewhere nothing tells, and float32 is never slow
    return not BFLOAT16_FLAGS.isdisjoint(flags)


def place_of(name_or_path: str) -> Path | None:
    """The folder that holds all of a checkpoint; None where it is not on this machine."""
    folder = Path(name_or_path).expanduser()
    if not folder.is_dir() and name_or_path.count("/") <= 1 and name_or_path[:1] not in ("", ".", "~", "/"):
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError

        try:
            folder = Path(snapshot_download(name_or_path, local_files_only=True))
        except (OSError, HFValidationError):
            return None
    return folder if folder.is_dir() and not lacks(folder, weights=True) else None


def parameters(folder: Path) -> int | None:
    """How many numbers the weights are, by the heads of their files; None where these do not tell."""
    files = matching(folder, ("model*.safetensors",))
    try:
        return sum(map(numbers_in, files)) if files else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def numbers_in(path: Path) -> int:
    """How many numbers the tensors of a safetensors file hold. Raises ValueError, OSError and the like where it is
    none."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_HEADER:
            raise ValueError(f"{path} is no safetensors file")
        head = json.loads(file.read(length))
    return sum(math.prod(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__")


def likely_device() -> str:
    """What "auto" will come to, by what is installed: "cuda", "mps" or "cpu"."""
    try:
        build = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return "cpu"
    if platform.system() == "Darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    return "cuda" if "+cpu" not in build and shutil.which("nvidia-smi") else "cpu"
