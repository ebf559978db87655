"""A model's folder with one file damaged: one clear error, or the model as it was; never anything else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from longzip import Compressor, ModelError, Settings, Source
from longzip.models.networks.identity import BUNDLED

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],
    "garbage": lambda _: random.Random(1).randbytes(2000),
    "another value": lambda _: b"[5]",
    "a hole": lambda data: data[: len(data) // 2] + b"\0\xff" * 50 + data[len(data) // 2 + 100 :],
}
FILES = sorted(path.name for path in BUNDLED.iterdir() if path.is_file() and path.suffix not in (".md", ".py"))
CODE = Source("a.py", "".join(f"def f{n}(a):\n    b = a + {n}\n    return b * {n}\n\n\n" for n in range(20)))
LEFT = "unigrams.txt", "tokenizer_config.json"  # of which not everything is needed


def damaged(folder: Path, name: str, way: str) -> Path:
    place = folder / "model"
    place.mkdir()
    for path in BUNDLED.iterdir():
        if path.name != name:
            (place / path.name).symlink_to(path)
    (place / name).write_bytes(WAYS[way]((BUNDLED / name).read_bytes()))
    return place


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_one_clear_error(name: str, way: str, tmp_path: Path) -> None:
    settings = Settings(cache=False, isolated=False, count_for="chars/4")
    try:
        compressor = Compressor.load(str(damaged(tmp_path, name, way)), settings=settings)
        result = compressor.compress([CODE], query="where is f7?", budget=120)
    except ModelError as error:
        assert "\n" not in str(error)
    else:
        assert name in LEFT or way == "a hole"
        assert result.report.got <= 120


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    place = damaged(tmp_path, "config.json", "garbage")
    with (place / "config.json").open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(ModelError):
        Compressor.load(str(place), settings=Settings(cache=False, isolated=False)).compress(
            [CODE], query="where is f7?", budget=120
        )
