"""Three writers of one cache, one saved window and one file of results, killed at any moment: what is left can be read,
says nothing wrong, and no other file is left behind for good."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from longzip import ContextCompressor
from longzip.storage.cache import Cache

CODE = """
import sys
from pathlib import Path
from longzip import ContextCompressor
from longzip.storage.cache import Cache
folder, own = Path(sys.argv[1]), sys.argv[2]
cache = Cache(folder, 50_000_000)
window = ContextCompressor(window=2000)
window.extend({"role": ("user", "assistant")[n % 2], "content": f"writer {own} step {n} " * 20} for n in range(40))
print("ready", flush=True)
for number in range(10**9):
    cache.put("scores", [(b"k%d" % (number % 500), (b"v%d" % (number % 500)) * 50)])
    cache.put("words", [(b"k%d" % (number % 500), (b"w%d" % (number % 500)) * 50)])
    cache.flush()
    if number % 5 == 0:
        window.save(folder / "window")
"""
KEYS = [b"k%d" % number for number in range(500)]


def play(chance: random.Random) -> list[str]:
    """One round of writers and a kill."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", CODE, folder, str(number)], stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                env=environment,
            )
            for number in range(3)
        ]  # fmt: skip
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        time.sleep(0.05 + chance.random() / 2)
        said = []
        for number, writer in enumerate(writers):
            if writer.poll() is not None:
                said.append(f"writer {number} died by itself: {(writer.communicate()[1] or b'')[-200:]!r}")
            writer.kill()
            writer.communicate()
        return said + left(Path(folder))


def left(folder: Path) -> list[str]:
    """What is wrong with what the writers left."""
    said = []
    cache = Cache(folder, 50_000_000)
    for shelf, letter in (("scores", b"v"), ("words", b"w")):
        found = cache.get(shelf, KEYS)  # type: ignore[arg-type]
        wrong = [key for key, value in zip(KEYS, found, strict=True) if value not in (None, (letter + key[1:]) * 50)]
        said += [f"a wrong value for {wrong[0]!r} in {shelf}"] if wrong else []
        said += [f"all of {shelf} was lost"] if not any(found) else []
    said += [f"the cache was lost: {cache.notes[0]}"] if any("damaged" in note for note in cache.notes) else []
    cache.close()
    if (folder / "window").exists():
        window = ContextCompressor.load(folder / "window")
        said += [] if len(window.messages) == 40 else [f"a window of {len(window.messages)} messages"]
        window.save(folder / "window")
    return said
