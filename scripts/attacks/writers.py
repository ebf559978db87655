"""Three writers of one cache, killed at any moment: what is left can be read, and says nothing wrong."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from longzip.storage.cache import Cache

CODE = """
import sys, time
from pathlib import Path
from longzip.storage.cache import Cache
cache = Cache(Path(sys.argv[1]), 50_000_000)
for number in range(10**9):
    cache.put("scores", [(b"k%d" % (number % 500), (b"v%d" % (number % 500)) * 50)])
    cache.flush()
"""


def play(chance: random.Random) -> list[str]:
    """One round of writers and a kill."""
    with tempfile.TemporaryDirectory() as folder:
        writers = [subprocess.Popen([sys.executable, "-c", CODE, folder], stderr=subprocess.DEVNULL) for _ in range(3)]
        time.sleep(1.0 + chance.random())
        for writer in writers:
            writer.kill()
            writer.wait()
        cache = Cache(Path(folder), 50_000_000)
        keys = [b"k%d" % number for number in range(500)]
        found = cache.get("scores", keys)
        meant = [(b"v" + key[1:]) * 50 for key in keys]
        wrong = [key for key, value, right in zip(keys, found, meant, strict=True) if value not in (None, right)]
        said = [f"a wrong value for {wrong[0]!r}"] if wrong else []
        said += [f"the cache was lost: {cache.notes[0]}"] if any("damaged" in note for note in cache.notes) else []
        cache.close()
        return said
