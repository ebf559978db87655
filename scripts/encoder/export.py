"""Write the trained encoder as the files that longzip reads.

    python scripts/encoder/export.py --run DIR --parts DIR --out longzip/models/bundled/encoder

--run: what train.py wrote; --parts: what pack.py wrote, for the vocabulary. Writes encoder.safetensors (the table in
int8 with a scale for each row, the rest in float16) and vocabulary.txt (one entry a line).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from pack import read
from safetensors.numpy import save_file

from longzip.models.vectors.encoder import ENTRIES, WEIGHTS, read_encoder

KEPT = (
    *("code_weight", "field", "place", "often", "code_up", "code_up_bias", "code_down", "code_turn"),
    *("query_weight", "near", "query_often", "mode", "query_up", "query_down", "query_turn"),
)  # what else the student has serves its training


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--parts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    table, rest = np.load(options.run / "student-table.npz"), np.load(options.run / "student-rest.npz")
    entries: list[str] = read(options.parts / "base.zip")[1]["entries"]
    if len(entries) != len(table["table"]) or any("\n" in entry or "\r" in entry for entry in entries):
        raise SystemExit("The vocabulary does not fit the weights.")
    options.out.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(rest[name]) for name in KEPT}
    tensors |= {"table": table["table"], "scale": table["scale"].astype(np.float32)}
    save_file(tensors, options.out / WEIGHTS)
    (options.out / ENTRIES).write_text("\n".join(entries), encoding="utf-8")
    print(f"{options.out}: {len(entries)} entries, vectors of {read_encoder(options.out).width} numbers")


if __name__ == "__main__":
    main()
