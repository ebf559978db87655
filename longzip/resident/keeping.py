"""The folders that a service is asked about, each with its index, for as long as they are asked about.

What changed is found out on each call, so that the answer is that of a process which has just been started.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from longzip.resident.index import Index, Workshop
from longzip.sources.gather import Sources
from longzip.sources.repository import Repository
from longzip.sources.watching import Folder

MOST = 4  # folders
NOTHING = Repository((), ())
Read = Callable[[Sources], Repository]
Tick = Callable[[int, int], None]


class Resident:
    """One folder, or whatever sources were given, and what is known of it. Safe to share between threads."""

    def __init__(self, workshop: Workshop, folder: Folder | None) -> None:
        self.lock = threading.RLock()
        self.workshop, self.folder = workshop, folder
        self.index = Index(workshop)
        self.found = NOTHING
        self.builder: threading.Thread | None = None
        self.built = threading.Event()

    def refresh(self, sources: Sources, read: Read, tick: Tick) -> None:
        """Make it as the sources are now."""
        with self.lock:
            self.found = self.folder.look() if self.folder is not None else read(sources)
            self.index.update(self.found.sources, tick)
            self.built.set()

    def within(self, deadline: float, sources: Sources, read: Read, tick: Tick) -> bool:
        """Whether it is as the sources are now; where it has never been built, that goes on after the deadline."""
        if self.built.is_set():
            self.refresh(sources, read, tick)
            return True
        if self.builder is None:
            self.builder = threading.Thread(target=self._build, args=(sources, read, tick), daemon=True)
            self.builder.start()
        return self.built.wait(max(0.0, deadline - perf_counter()))

    def _build(self, sources: Sources, read: Read, tick: Tick) -> None:
        try:
            self.refresh(sources, read, tick)
        finally:
            self.builder = None


@dataclass(slots=True)
class Residents:
    """The last few. Safe to share between threads."""

    _known: OrderedDict[tuple[object, ...], Resident] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, sources: Sources, workshop: Workshop) -> Resident:
        """What is kept of these sources, if they are a folder; of all others, what is kept of those given last."""
        folder = Path(sources) if isinstance(sources, str | Path) and Path(sources).is_dir() else None
        key = (str(folder) if folder is not None else None, os.getcwd(), workshop.settings)  # noqa: PTH109
        with self._lock:
            found = self._known.pop(key, None)
            if found is None:
                found = Resident(workshop, Folder(folder, workshop.settings) if folder is not None else None)
            self._known[key] = found
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return found
