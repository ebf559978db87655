"""The store on disk: kept, evicted, damaged, shared, killed, and never fatal."""

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip.storage.cache import FILE, FRESH, Cache, default_folder
from longzip.storage.keys import fingerprint

ROOM = 100_000_000


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def entry(number: int, size: int = 20) -> tuple[bytes, bytes]:
    return fingerprint(str(number)), bytes([number % 256]) * size


def filled(folder: Path, numbers: range, clock: Clock | None = None, *, limit: int = ROOM, size: int = 20) -> Cache:
    cache = Cache(folder, limit, clock or Clock())
    cache.put("tokens", [entry(number, size) for number in numbers])
    cache.flush()
    return cache


def test_what_was_put_is_there_for_the_next_one(tmp_path):
    filled(tmp_path, range(3)).close()
    keys = [entry(number)[0] for number in (2, 7, 0)]
    assert Cache(tmp_path, ROOM).get("tokens", keys) == [entry(2)[1], None, entry(0)[1]]
    assert Cache(tmp_path, ROOM).get("scores", keys) == [None, None, None]


def test_it_is_there_before_it_is_written(tmp_path):
    cache = Cache(tmp_path, ROOM)
    cache.put("tokens", [entry(1)])
    assert cache.get("tokens", [entry(1)[0]]) == [entry(1)[1]]
    assert not (tmp_path / FILE).exists()


@given(st.dictionaries(st.binary(min_size=16, max_size=16), st.binary(max_size=40), max_size=20), st.integers(1, 3))
@settings(deadline=None)
def test_it_is_a_dictionary(tmp_path_factory, entries, rounds):
    cache = Cache(tmp_path_factory.mktemp("cache"), ROOM)
    for _ in range(rounds):
        cache.put("answers", entries.items())
        cache.close()
    assert cache.get("answers", list(entries)) == list(entries.values())
    assert cache.info().shelves == () if not entries else cache.info().shelves[0].entries == len(entries)
    cache.close()


def test_more_keys_than_one_question_takes(tmp_path):
    cache = filled(tmp_path, range(1234))
    assert cache.get("tokens", [entry(number)[0] for number in range(1300)])[1230:1240] == [
        *(entry(n)[1] for n in range(1230, 1234)),
        *[None] * 6,
    ]


def test_what_was_not_used_for_the_longest_time_goes_first(tmp_path):
    clock = Clock()
    cache = filled(tmp_path, range(10), clock, size=50_000, limit=1_000_000)
    clock.now += 2 * FRESH
    cache.get("tokens", [entry(number)[0] for number in range(5)])
    clock.now += 2 * FRESH
    cache.put("tokens", [entry(number, 50_000) for number in range(10, 22)])
    cache.flush()
    left = [number for number in range(22) if cache.get("tokens", [entry(number)[0]]) != [None]]
    assert set(range(10, 22)) <= set(left)
    assert set(left) <= {*range(5), *range(10, 22)}
    cache.close()
    assert (tmp_path / FILE).stat().st_size < 1_000_000


def test_pruning_and_clearing(tmp_path):
    cache = filled(tmp_path, range(40), size=10_000)
    cache.prune()
    assert cache.info().shelves[0].entries == 40
    before = cache.info().size
    freed = cache.prune(200_000)
    assert before - freed == cache.info().size <= 200_000
    assert 1 <= cache.info().shelves[0].entries < 40
    assert cache.clear() > 0
    assert cache.info().size == 0
    assert cache.info().shelves == ()
    cache.put("tokens", [entry(1)])
    cache.close()
    assert cache.info().shelves[0].entries == 1


@pytest.mark.parametrize("damage", [b"", b"garbage that is no database" * 1000, "head", "middle", "cut"])
def test_a_damaged_file_is_begun_anew_or_its_damage_is_not_believed(tmp_path, damage):
    filled(tmp_path, range(2000), size=100).close()
    path = tmp_path / FILE
    whole = path.read_bytes()
    noise = bytes(range(256)) * 64
    if isinstance(damage, bytes):
        path.write_bytes(damage)
    else:
        path.write_bytes(
            {
                "head": noise + whole[len(noise) :],
                "middle": whole[:30_000] + noise + whole[30_000 + len(noise) :],
                "cut": whole[: len(whole) // 2],
            }[damage]
        )
    cache = Cache(tmp_path, ROOM)
    keys = [entry(number)[0] for number in range(2000)]
    for found, number in zip(cache.get("tokens", keys), range(2000), strict=True):
        assert found in (None, entry(number, 100)[1])
    cache.put("tokens", [entry(number, 100) for number in range(2000)])
    cache.flush()
    cache.put("tokens", [entry(number, 100) for number in range(2000)])
    cache.close()
    again = Cache(tmp_path, ROOM)
    assert again.get("tokens", keys) == [entry(number, 100)[1] for number in range(2000)]
    assert again.notes == ()
    assert all("damaged" in note for note in cache.notes)
    assert len(cache.notes) <= 2


def test_a_value_that_changed_on_disk_is_not_believed(tmp_path):
    filled(tmp_path, range(1), size=100).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        (value,) = connection.execute("SELECT value FROM entries").fetchone()
        connection.execute("UPDATE entries SET value = ?", (value[:-1] + b"!",))
    connection.close()
    assert Cache(tmp_path, ROOM).get("tokens", [entry(0)[0]]) == [None]


def test_a_folder_that_cannot_be_made_is_said_once_and_is_not_fatal(tmp_path):
    (tmp_path / "file").write_text("no folder")
    cache = Cache(tmp_path / "file" / "cache", ROOM)
    for _ in range(2):
        cache.put("tokens", [entry(1)])
        cache.flush()
    assert cache.get("tokens", [entry(1)[0]]) == [None]
    assert len(cache.notes) == 1
    assert "without a cache" in cache.notes[0]


def test_a_full_disk_is_said_once_and_what_is_there_can_still_be_read(tmp_path):
    cache = filled(tmp_path, range(10))
    pages = cache._connected().execute("PRAGMA page_count").fetchone()[0]
    cache._connected().execute(f"PRAGMA max_page_count = {pages}")  # SQLite then fails as it does on a full disk
    for _ in range(2):
        cache.put("tokens", [entry(number, 5000) for number in range(10, 40)])
        cache.flush()
    assert cache.get("tokens", [entry(number)[0] for number in (3, 30)]) == [entry(3)[1], None]
    assert len(cache.notes) == 1
    assert "full" in cache.notes[0]


def test_another_process_that_writes_for_long_is_no_reason_to_fail(tmp_path, monkeypatch):
    monkeypatch.setattr("longzip.storage.cache.PATIENCE", 0.1)
    filled(tmp_path, range(1)).close()
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache = Cache(tmp_path, ROOM)
    assert cache.get("tokens", [entry(0)[0]]) == [entry(0)[1]]
    cache.put("tokens", [entry(1)])
    cache.flush()
    other.execute("ROLLBACK")
    other.close()
    cache.put("tokens", [entry(2)])
    cache.flush()
    assert cache.get("tokens", [entry(2)[0]]) == [entry(2)[1]]
    assert cache.notes == ()


WRITER = """
import sys
from pathlib import Path
from longzip.storage.cache import Cache
from longzip.storage.keys import fingerprint
first, count = int(sys.argv[2]), int(sys.argv[3])
cache = Cache(Path(sys.argv[1]), 10**9)
print("ready", flush=True)
for number in range(first, first + count):
    cache.put("tokens", [(fingerprint(str(number)), bytes([number % 256]) * 20)])
    if number % 7 == 0:
        cache.flush()
cache.close()
print(cache.notes, flush=True)
"""


def writer(folder: Path, first: int, count: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(first), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_processes_that_begin_and_write_one_cache_at_once(tmp_path):
    writers = [writer(tmp_path, first, 300) for first in (0, 150, 300)]
    assert [one.communicate(timeout=120)[0] for one in writers] == ["ready\n()\n"] * 3
    cache = Cache(tmp_path, ROOM)
    assert cache.get("tokens", [entry(number)[0] for number in range(600)]) == [
        entry(number)[1] for number in range(600)
    ]
    assert cache.notes == ()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_a_writer_that_is_killed_leaves_a_cache_that_is_whole(tmp_path):
    for wait in (0.0, 0.02, 0.05, 0.1):
        one = writer(tmp_path, 0, 1_000_000)
        assert one.stdout is not None
        one.stdout.readline()
        time.sleep(wait)
        one.kill()
        one.communicate()
        cache = Cache(tmp_path, ROOM)
        for number, found in enumerate(cache.get("tokens", [entry(number)[0] for number in range(2000)])):
            assert found in (None, entry(number)[1])
        cache.put("scores", [entry(1)])
        cache.close()
        assert cache.notes == ()
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_folder_can_be_named_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("LONGZIP_CACHE_DIR", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("LONGZIP_CACHE_DIR")
    assert default_folder().name == "longzip"


def test_one_whose_making_was_interrupted_goes_without_a_word(tmp_path, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("longzip.storage.cache.threading.RLock", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path, 1_000_000)
    gc.collect()  # an error in __del__ would be a warning, and warnings are errors here
