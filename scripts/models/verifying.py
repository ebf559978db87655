"""Whether an unpacked model is what it says: architecture, tokenizer there and back, perplexity on a known text; of an
encoder, whether texts that say the same lie nearer than others."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from catalogue import Entry, ModelSetupError

KNOWN = Path(__file__).with_name("known.txt")
TOLERANCE = 0.05  # of the perplexity
TEXTS = (
    "def area(width: float, height: float) -> float:\n\treturn width * height  # m²\n",
    "naïve café — 漢字, Ελληνικά, עברית 🎉\r\n",
    "{\"key\": [1, 2.5e-3, null]}\n\n    SELECT * FROM t WHERE a <> 'b';",
)
PAIRS = (  # what is asked, what answers it, what does not
    (
        "remove duplicates from a list",
        "def unique(items): return list(dict.fromkeys(items))",
        "def area(w, h): return w * h",
    ),
    ("read a json file", "def load(path): return json.loads(path.read_text())", "def stop(self): self.running = False"),
)


def verify(entry: Entry, folder: Path) -> str:
    """What was found, in words. Raises ModelSetupError for what is not as it should be."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") != entry.architecture:
        raise ModelSetupError(
            f"{folder} holds a model of the architecture {config.get('model_type')}, not {entry.architecture}."
        )
    return verify_encoder(folder) if entry.form != "gguf" else verify_causal(entry, folder, config)


def verify_causal(entry: Entry, folder: Path, config: dict[str, object]) -> str:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    for text in TEXTS:
        back = tokenizer.decode(tokenizer.encode(text, add_special_tokens=False))
        if back != text:
            raise ModelSetupError(f"the tokenizer in {folder} turns {text!r} into {back!r}.")
    vocabulary = config.get("vocab_size")
    if not isinstance(vocabulary, int) or len(tokenizer) > vocabulary:
        raise ModelSetupError(f"the tokenizer in {folder} has {len(tokenizer):,} tokens, the network {vocabulary}.")
    measured = perplexity(folder, KNOWN.read_text(encoding="utf-8"))
    if not math.isfinite(measured):
        raise ModelSetupError(f"the network in {folder} gives numbers that are not finite.")
    if abs(measured / entry.perplexity - 1) > TOLERANCE:
        raise ModelSetupError(
            f"the network in {folder} has a perplexity of {measured:.3f} on {KNOWN.name}, not {entry.perplexity:.3f}: "
            "these are not the weights that were looked at."
        )
    return f"{entry.architecture}, {len(tokenizer):,} tokens there and back, perplexity {measured:.3f} on {KNOWN.name}"


def perplexity(folder: Path, text: str) -> float:
    """Of a text, in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    ids = torch.tensor([tokenizer.encode(text, add_special_tokens=False)])
    with torch.inference_mode():
        return math.exp(float(network(input_ids=ids, labels=ids, use_cache=False).loss))


def verify_encoder(folder: Path) -> str:
    margins = []
    for asked, answer, other in PAIRS:
        question, *vectors = embed(folder, (asked, answer, other))
        near, far = (sum(one * two for one, two in zip(question, vector, strict=True)) for vector in vectors)
        margins.append(near - far)
    if not min(margins) > 0:
        raise ModelSetupError(f"the encoder in {folder} finds {PAIRS[0][2]!r} nearer than what was asked for.")
    return f"answers lie nearer than other texts, by {min(margins):.2f} at least"


def embed(folder: Path, texts: Sequence[str]) -> list[list[float]]:
    """Mean-pooled vectors of length 1."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModel.from_pretrained(folder, local_files_only=True)
    given = tokenizer(list(texts), padding=True, return_tensors="pt")
    with torch.inference_mode():
        hidden = network(**given).last_hidden_state
    mask = given["attention_mask"][..., None]
    pooled = (hidden * mask).sum(1) / mask.sum(1)
    return [list(map(float, row)) for row in torch.nn.functional.normalize(pooled, dim=1)]
