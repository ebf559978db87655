"""What kept code uses: the chunks that it calls or inherits from, and the imports of its file.

Names are resolved by qualifier, file and import, as far as that goes without running or type-checking anything. Of the
definitions that remain equally close, two are taken for what is meant; where there are more, nobody knows. Knows chunks
and what a format tells of a source; nothing of relevance.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from longzip.protocols import CodeFacts
from longzip.types import Chunk, Import, Reference, Source

IDENTIFIER = re.compile(r"[^\W\d]\w*")
PARTS = re.compile(r"[^\w]+")
OWN = frozenset({"self", "this", "cls", "Self", "super", "base", "static", "parent"})
INDEX_FILES = frozenset({"__init__", "index", "mod", "lib", "main"})
HOMONYMS = 2  # equally close definitions up to which each of them is taken to be meant
EXCLUDED, ANYWHERE, SAME_FILE, NAMED, OWN_CLASS = range(5)


@dataclass(frozen=True, slots=True)
class Use:
    """A reference where it stands: its page, the chunk that it is in, its qualifier's parts.

    known: the name that an import may have bound. imported: the page's imports that did.
    """

    page: int
    user: int | None
    reference: Reference
    qualifier: Sequence[str]
    known: str
    imported: Sequence[Import]


@dataclass(slots=True)
class Links:
    """Resolves the names that a run's chunks use. pages: of each chunk, the index of its source."""

    sources: Sequence[Source]
    chunks: Sequence[Chunk]
    pages: Sequence[int]
    facts: CodeFacts
    _defined: dict[str, list[int]] = field(default_factory=dict)
    _on_page: dict[int, list[int]] = field(default_factory=dict)
    _owners: dict[int, dict[int, int]] = field(default_factory=dict)
    _imports: dict[int, list[Import]] = field(default_factory=dict)
    _uses: dict[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        defined: dict[str, list[int]] = defaultdict(list)
        on_page: dict[int, list[int]] = defaultdict(list)
        for index, chunk in enumerate(self.chunks):
            on_page[self.pages[index]].append(index)
            if chunk.kind in ("function", "class"):
                for name in chunk.names:
                    defined[name].append(index)
        self._defined, self._on_page = dict(defined), dict(on_page)

    def used(self, page: int, units: frozenset[int]) -> dict[int, set[int]]:
        """Chunks that these units of a page call or inherit from; of each, the chunks that do."""
        found: dict[int, set[int]] = {}
        chunk_of = self.owners(page)
        uses = self.uses(page)
        for unit in sorted(units):
            user = chunk_of.get(unit)
            for index in uses.get(unit, ()):
                if user is not None and index != user:
                    found.setdefault(index, set()).add(user)
        return found

    def imports(self, page: int, units: frozenset[int], text: str) -> frozenset[int]:
        """The import units of a page that bind a name of ``text``, which is that of ``units``."""
        words = set(IDENTIFIER.findall(text))
        return frozenset(known.unit for known in self.bindings(page) if not words.isdisjoint(known.names)) - units

    def owners(self, page: int) -> dict[int, int]:
        """Of each unit of a page, the chunk that it belongs to."""
        if page not in self._owners:
            self._owners[page] = {
                unit: index for index in self._on_page.get(page, ()) for unit in self.own_units(index)
            }
        return self._owners[page]

    def own_units(self, index: int) -> range:
        return range(self.chunks[index].first_unit, self.chunks[index].last_unit)

    def bindings(self, page: int) -> list[Import]:
        if page not in self._imports:
            self._imports[page] = self.facts.bindings(self.sources[page])
        return self._imports[page]

    def uses(self, page: int) -> dict[int, tuple[int, ...]]:
        """Of each unit of a page, the chunks that its names mean."""
        if page not in self._uses:
            found: dict[int, list[int]] = defaultdict(list)
            owner = self.owners(page)
            known: dict[tuple[str | None, str, str, str], list[int]] = {}
            for reference in self.facts.references(self.sources[page]):
                if reference.kind != "type" and reference.name in self._defined:
                    user = owner.get(reference.unit)
                    # of its user, only the class it belongs to matters
                    key = (
                        None if user is None else self.chunks[user].parent,
                        reference.name,
                        reference.qualifier,
                        reference.kind,
                    )
                    if key not in known:
                        known[key] = self.meant(page, user, reference)
                    found[reference.unit] += known[key]
            self._uses[page] = {unit: tuple(dict.fromkeys(indices)) for unit, indices in found.items()}
        return self._uses[page]

    def meant(self, page: int, user: int | None, reference: Reference) -> list[int]:
        """The chunks that a reference may mean: the closest ones; none where too many are equally close."""
        qualifier = [part for part in PARTS.split(reference.qualifier) if part]
        known = qualifier[0] if qualifier else reference.name
        imported = [one for one in self.bindings(page) if known in one.names]
        use = Use(page, user, reference, qualifier, known, imported)
        found = [(self.closeness(use, index), index) for index in self._defined[reference.name]]
        best = max(close for close, _ in found)
        closest = [index for close, index in found if close == best]
        return closest if best > EXCLUDED and len(closest) <= HOMONYMS else []

    def closeness(self, use: Use, index: int) -> int:
        chunk, same_page = self.chunks[index], self.pages[index] == use.page
        kin = use.user is not None and same_page and chunk.parent and chunk.parent == self.chunks[use.user].parent
        if kin and (not use.qualifier or use.qualifier[0] in OWN):
            return OWN_CLASS
        if use.qualifier and use.qualifier[-1] == chunk.parent.rpartition(".")[2]:
            return NAMED
        if use.imported:
            comes = any(self.comes_from(index, module, use.known) for one in use.imported for module in one.modules)
            return NAMED if comes else EXCLUDED
        if not use.qualifier and chunk.parent and use.reference.kind == "call":
            return EXCLUDED  # a method is not called by its bare name from outside its class
        return SAME_FILE if same_page else ANYWHERE

    def comes_from(self, index: int, module: str, bound: str) -> bool:
        """Whether a chunk may come from a module, of which ``bound`` is imported: by its file, folder, class or
        name."""
        chunk, parts = self.chunks[index], [part for part in PARTS.split(module) if part]
        path = PurePosixPath(self.sources[self.pages[index]].name)
        places = [*path.parts[:-1], *([] if path.stem in INDEX_FILES else [path.stem])]
        last = parts[-1] if parts else bound
        return (
            bool({last, bound}.intersection(places[-1:]))
            or last == chunk.parent
            or (last in chunk.names and len(parts) > 1)
        )
