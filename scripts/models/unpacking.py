"""A GGUF file to a folder as transformers loads it: weights in bfloat16, tied where they are one matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from catalogue import Entry, ModelSetupError
from fetching import Say, check_space, disk

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

SAME = 0.98  # least cosine between the rows of two quantised copies of one matrix
BYTES_A_PARAMETER = 10  # in float32, beside the weights they are made from, and in bfloat16
SAMPLE_ROWS = 997


def memory_free() -> int | None:
    """Bytes of memory that are free; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def check_memory(entry: Entry, free: int | None) -> None:
    """Raises ModelSetupError where unpacking needs more memory than is free."""
    needed = BYTES_A_PARAMETER * entry.parameters
    if free is not None and needed > free:
        raise ModelSetupError(
            f"unpacking {entry.name} needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; "
            "--keep gguf needs none (llama.cpp reads that file), or choose a smaller model."
        )


def architecture_of(path: Path) -> str:
    """As the file itself says. Raises ModelSetupError for what is no GGUF."""
    from gguf import GGUFReader

    try:
        field = GGUFReader(path).get_field("general.architecture")
    except (ValueError, OSError, IndexError) as error:
        raise ModelSetupError(f"{path} cannot be read as GGUF ({error}).") from None
    return str(field.contents()) if field is not None else ""


def check_architecture(entry: Entry, found: str) -> None:
    if found != entry.architecture:
        raise ModelSetupError(
            f"{entry.name} should be of the architecture {entry.architecture} and is {found or 'of none'}; "
            "the packages hold another model."
        )


def unpack(entry: Entry, path: Path, target: Path, say: Say) -> None:
    """Writes the folder. Raises ModelSetupError where memory or disk do not do, or the file is another model's."""
    check_architecture(entry, architecture_of(path))
    check_memory(entry, memory_free())
    check_space(target.parent, entry.bytes_unpacked, f"unpacking {entry.name}")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    say(f"unpacking {entry.parameters / 1e6:,.0f} million parameters")
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    loaded = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    loaded = torch.nn.Module.to(loaded, dtype=torch.bfloat16)
    tied = tie(loaded)
    say("input and output embeddings are one matrix" if tied else "input and output embeddings are apart")
    fields = {key: value for key, value in loaded.config.to_dict().items() if key != "quantization_config"}
    fields |= {"tie_word_embeddings": tied, "dtype": "bfloat16"}
    config = type(loaded.config)(**fields)
    with torch.device("meta"):
        plain = type(loaded)(config)  # one that was loaded from GGUF refuses to be saved
    plain.load_state_dict(loaded.state_dict(), assign=True, strict=True)
    if tied:
        plain.tie_weights()
    unfinished = target.with_name(target.name + ".unfinished")
    with disk(target.parent):
        plain.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
    config_file = unfinished / "config.json"
    written = {key: value for key, value in json.loads(config_file.read_text()).items() if not key.startswith("_")}
    config_file.write_text(json.dumps(written, indent=2))
    unfinished.replace(target)


def tie(network: PreTrainedModel) -> bool:
    """Whether input and output embeddings are the same matrix, and if so, makes them one.

    A file may hold a matrix twice, quantised with more and with fewer bits: the output's copy has more, and stays.
    """
    import torch

    given = network.get_input_embeddings()
    output = cast("torch.nn.Module | None", network.get_output_embeddings())  # type: ignore[no-untyped-call]
    if output is None:
        return False
    ours, theirs = cast("torch.Tensor", given.weight), cast("torch.Tensor", output.weight)
    if ours is theirs:
        return True
    step = max(1, len(ours) // SAMPLE_ROWS)
    cosines = torch.nn.functional.cosine_similarity(ours[::step].float(), theirs[::step].float())
    if ours.shape != theirs.shape or float(cosines.quantile(0.01)) < SAME:
        return False
    given.weight = output.weight
    return True
