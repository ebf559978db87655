"""The rooms of the house and the doors between them: which folder may import which, read off the imports.

The table is the design. A test that refuses nothing proves nothing, so the checks are tried on invented imports, too.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "longzip"
PUBLIC = "the public names"
SHARED = {
    "errors",
    "types",
    "protocols",
    "settings",
    "units",
    "writing",
}  # layers 0 and 1: every room of layers 2 to 4 may use them
MAY_IMPORT: dict[str, set[str]] = {
    # layers 0 and 1
    "errors": set(),
    "types": set(),
    "units": {"types"},
    "writing": set(),
    "protocols": {"types"},
    "settings": {"errors"},
    # layer 2
    "storage": SHARED,
    "pools": SHARED,
    "transport": SHARED,
    "sources": SHARED | {"storage"},
    "messages": SHARED,
    "formats.grammar": SHARED | {"storage"},
    "formats": SHARED | {"formats.grammar", "messages", "prose"},
    "models.words": SHARED | {"storage"},
    "models.vectors": SHARED | {"storage"},
    "models.networks": SHARED | {"models.words", "storage"},
    "models.served": SHARED | {"models.networks", "transport"},
    "models": SHARED | {"models.networks", "pools"},
    "scoring": SHARED | {"storage"},
    "index": SHARED | {"scoring", "sources", "storage"},
    "selection": SHARED,
    "prose": SHARED | {"scoring"},
    "rendering.outputs": SHARED,
    "rendering": SHARED | {"prose", "rendering.outputs"},
    # layer 3
    "strategies": SHARED | {"rendering", "rendering.outputs", "scoring", "selection"},
    "pipeline": SHARED | {"index", "rendering", "rendering.outputs", "scoring", "selection", "storage", "strategies"},
    "resident": SHARED | {"pipeline", "rendering", "rendering.outputs", "scoring", "sources", "storage", "strategies"},
    "conversation.facts": SHARED | {"messages", "prose", "scoring", "selection"},
    "conversation.compaction": SHARED | {"conversation.facts", "messages", "prose", "scoring"},
    "conversation.summaries": SHARED
    | {"conversation.compaction", "conversation.facts", "messages", "prose", "transport"},
    "conversation": SHARED
    | {"conversation.compaction", "conversation.facts", "conversation.summaries", "messages", "prose", "scoring"}
    | {"sources"},
    # layer 4
    "loading": SHARED
    | {"formats", "formats.grammar", "models", "models.networks", "models.served", "models.vectors", "pools", "sources"}
    | {"index", "models.words", "pipeline", "storage"},
    "compressor": SHARED
    | {"loading", "pipeline", "pools", "rendering.outputs", "resident", "scoring", "sources", "storage", "strategies"},
    "texts": SHARED
    | {
        "formats",
        "formats.grammar",
        "loading",
        "messages",
        "models",
        "pipeline",
        "pools",
        "prose",
        "rendering",
        "rendering.outputs",
        "scoring",
        "sources",
    }
    | {"strategies"},
    "api": SHARED
    | {"compressor", "formats", "loading", "messages", "pools", "scoring", "sources", "strategies", "texts"},
    "report": SHARED | {"pipeline"},
    # layer 5
    "batch": {PUBLIC, "pools", "writing"},
    "cli": {PUBLIC, "service", "writing"},
    "service": {PUBLIC},
    "integrations": {PUBLIC},
    "__main__": {"cli"},
}
HEAVY = {"torch", "transformers", "tiktoken", "httpx2", "ray"}


@dataclass(frozen=True)
class Imported:
    """An import of something of longzip: the module it is taken from ("" for the package itself), and the name."""

    module: str
    name: str


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def room_of(module: str) -> str:
    """The folder of a module, or the module itself where it lies at the top. "" is the package."""
    return module if is_folder(module) else module.rpartition(".")[0] or module


def is_folder(module: str) -> bool:
    return bool(module) and ROOT.joinpath(*module.split(".")).is_dir()


def is_module(module: str) -> bool:
    return is_folder(module) or ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file()


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(text: str) -> list[Imported]:
    """Everything that a module imports of longzip; what is under TYPE_CHECKING or in a function, too."""
    found: list[Imported] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [
                Imported(alias.name.removeprefix("longzip").lstrip("."), "")
                for alias in node.names
                if is_ours(alias.name)
            ]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            if is_ours(str(node.module)):
                found += [from_import(str(node.module), alias.name) for alias in node.names]
    return found


def is_ours(name: str) -> bool:
    return name == "longzip" or name.startswith("longzip.")


def from_import(module: str, name: str) -> Imported:
    """``from longzip.scoring import ami`` takes the module ``scoring.ami``; ``from longzip import compress`` a public
    name."""
    home = module.removeprefix("longzip").lstrip(".")
    full = f"{home}.{name}".lstrip(".")
    public = not home and name in public_names()
    return Imported(full, "") if is_module(full) and not public else Imported(home, name)


def public_names() -> set[str]:
    table = ast.parse(ROOT.joinpath("__init__.pyi").read_text(encoding="utf-8"))
    return {alias.name for node in table.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def complaints(module: str, text: str) -> list[str]:
    """What is wrong with a module's imports, by the table."""
    own, found = room_of(module), []
    for item in imports(text):
        other = PUBLIC if not item.module else room_of(item.module)
        if other != own and other not in MAY_IMPORT[own]:
            found.append(f"{module} imports {item.module or 'longzip'}: {own} may not use {other}")
        if item.name.startswith("_") and not item.name.startswith("__"):
            found.append(f"{module} imports the private name {item.name}")
        if any(part.startswith("_") for part in item.module.split(".")) and item.module != "__main__":
            found.append(f"{module} imports the private module {item.module}")
    return found


def cycle(table: dict[str, set[str]]) -> list[str]:
    """The rooms of a cycle, [] where there is none."""
    done: set[str] = set()

    def follow(room: str, path: list[str]) -> list[str]:
        if room in path:
            return path[path.index(room) :]
        if room in done:
            return []
        for other in sorted(table.get(room, set())):
            if found := follow(other, [*path, room]):
                return found
        done.add(room)
        return []

    return next((found for room in sorted(table) if (found := follow(room, []))), [])


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may(path):
    if module_of(path):
        assert complaints(module_of(path), path.read_text(encoding="utf-8")) == []


def test_every_room_is_in_the_table_and_every_entry_is_a_room():
    rooms = {room_of(module_of(path)) for path in modules()} - {""}
    assert rooms == set(MAY_IMPORT)


def test_the_table_has_no_cycle():
    assert cycle(MAY_IMPORT) == []


def test_the_table_permits_nothing_that_nobody_does():
    used: dict[str, set[str]] = {room: set() for room in MAY_IMPORT}
    for path in modules():
        if module_of(path):
            own = room_of(module_of(path))
            used[own] |= {
                PUBLIC if not item.module else room_of(item.module)
                for item in imports(path.read_text(encoding="utf-8"))
            }
    idle = {room: sorted(others - used[room] - SHARED) for room, others in MAY_IMPORT.items()}
    assert {room: others for room, others in idle.items() if others} == {}


def test_the_hall_is_not_full():
    assert len(list(ROOT.glob("*.py"))) <= 12


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("cli.compress", "from longzip.pipeline import compress"),
        ("cli.compress", "from longzip.pipeline.compress import compress"),
        ("cli.compress", "from longzip import pipeline"),
        ("cli.compress", "import longzip.pipeline"),
        ("integrations.langchain", "def late():\n    from longzip.conversation.window import ContextCompressor"),
        ("scoring.ami", "from longzip.models import ngram"),
        ("scoring.ami", "from longzip.selection.knapsack import Knapsack"),
        ("strategies.ladder", "from longzip.formats.code import CodeFormat"),
        ("pipeline.stages", "import longzip.models.ngram"),
        ("errors", "from longzip.types import Source"),
        ("selection.shares", "if TYPE_CHECKING:\n    from longzip.rendering.pages import Page"),
        ("texts.kinds", "from longzip.formats.log import _RECORD"),
        ("rendering.pages", "from longzip.api import compress"),
    ],
)
def test_a_forbidden_import_is_refused(module, text):
    assert complaints(module, text)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (
            "cli.compress",
            "import longzip\nfrom longzip import Compressor, __version__\nfrom longzip.cli.output import deliver",
        ),
        ("pipeline.stages", "from longzip.scoring import ami\nfrom longzip.strategies.run import Job"),
    ],
)
def test_a_permitted_import_is_not(module, text):
    assert complaints(module, text) == []


def test_a_cycle_is_found():
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c"]
    assert cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_imported_late(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert not {name.split(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_a_folder_says_what_it_does_not_know():
    for path in ROOT.rglob("__init__.py"):
        if path.parent != ROOT and path.parent.name not in ("cli", "integrations", "pools"):
            said = str(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
            assert "Knows no " in said.partition("\n")[0], path
