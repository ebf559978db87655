"""The map in ``longzip/README.md`` against the house itself."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent / "longzip"
MAP = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_room_is_on_the_map():
    folders = {f"{path.parent.relative_to(ROOT).as_posix()}/" for path in ROOT.rglob("__init__.py")} - {"./"}
    assert {folder for folder in folders if f"`{folder}`" not in MAP} == set()


def test_every_module_at_the_top_is_on_the_map():
    assert {path.stem for path in ROOT.glob("[!_]*.py") if f"`{path.stem}`" not in MAP} == set()


def test_every_place_on_the_map_exists():
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py|\.pyi))`", MAP))
    assert named
    assert {name for name in named if not (ROOT / name).exists() and not (ROOT.parent / name).exists()} == set()
