"""The layers of the design, read off the imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "longzip"
LAYERS = {
    "errors": 0, "types": 0,
    "protocols": 1, "settings": 1, "units": 1, "digests": 1, "lexical": 1, "pools": 1, "messages": 1, "talk": 1, "transcripts": 1, "atoms": 1, "cues": 1, "contract": 1,
    "decoding": 1, "verdicts": 1, "ignoring": 1, "walking": 1, "repository": 2, "scoring": 2, "segmentation": 2, "allocation": 2, "selection": 2, "rendering": 2, "clock": 2, "pinning": 2, "evidence": 2, "unrelated": 2, "economy": 2, "linking": 2, "multiple_choice": 2, "cache": 2, "remembering": 2, "prefilter": 2,
    "formats": 2, "models": 2,
    "fitting": 3, "proof": 3, "work": 3, "choosing": 3, "ladder": 3, "outline": 3, "knee": 3, "passages": 3, "reductions": 3, "reporting": 3, "stages": 3, "pipeline": 3, "conversation": 3, "shortlist": 3,
    "loading": 4, "compressor": 4, "texts": 4,
    "batch": 5, "cli": 5, "integrations": 5, "__main__": 5,
}  # fmt: skip


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def layer_of(parts: tuple[str, ...]) -> int:
    return LAYERS[parts[0]]


def imports(path: Path) -> set[str]:
    """Everything a module imports, by full dotted name; what is under TYPE_CHECKING too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "longzip" else {str(node.module)}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_layers_below(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts == ("__init__",):
        return
    own = layer_of(parts)
    for name in imports(path):
        if not name.startswith("longzip"):
            continue
        other = tuple(name.split(".")[1:])
        if own == 5:
            same_package = other and other[0] == parts[0]
            assert same_package or not other or len(other) == 1, f"{name}: use the public names"
            continue
        if own == 3 and other[0] in LAYERS:
            assert other[0] not in ("formats", "models"), f"{name}: the pipeline knows no format and no model by name"
        if other[0] == parts[0] and len(parts) > 1 and parts[0] in ("formats", "texts"):
            continue
        if (parts[0], other[0]) in {("compressor", "loading"), ("texts", "loading"), ("texts", "compressor")}:
            continue  # both doors are loaded the same way, and the second stands beside the first and uses it
        if parts[0] == "models" and other[:2] in {("models", part) for part in ("causal", "checkpoints", "context", "association", "heads", "windows", "identity", "readings", "transport", "dialects", "probing")}:
            continue
        limit = own if own in (0, 1, 3) else own - 1
        assert layer_of(other) <= limit, f"{'.'.join(parts)} (layer {own}) imports {name}"


def test_every_module_has_a_layer():
    assert {path.relative_to(ROOT).with_suffix("").parts[0] for path in modules()} - {"__init__"} <= set(LAYERS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_imported_late(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert not {name.split(".")[0] for name in names} & {"torch", "transformers", "tiktoken", "httpx", "ray"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
