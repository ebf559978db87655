"""What the words of a text are cannot be told from a copy of its cache; and whoever has the key reads it as it was."""

from __future__ import annotations

import stat
import threading
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from longzip import Compressor, Settings
from longzip.storage.cache import FILE, KEY_FILE, Cache
from longzip.storage.sealing import KEY_BYTES, read_key, sealed


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_sealed_twice_it_is_what_it_was(value: bytes, name: bytes) -> None:
    key = b"k" * KEY_BYTES
    assert sealed(key, name, sealed(key, name, value)) == value
    assert len(sealed(key, name, value)) == len(value)


def test_words_stand_in_no_cache_as_they_are_hashed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def bankruptcy(merger):\n    return merger\n\n\n" * 30, encoding="utf-8")
    folder = tmp_path / "cache"
    settings = Settings(cache_dir=str(folder), isolated=False, model="ngram", count_for="chars/4")
    texts = [
        Compressor.load(settings=settings).compress(tmp_path / "a.py", query="merger?", budget=90).text
        for _ in range(2)
    ]
    assert texts[0] == texts[1]
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.name.startswith(FILE))
    for word in ("bankruptcy", "merger"):
        assert zlib.crc32(word.encode()).to_bytes(4, "little") not in kept
        assert word.encode() not in kept
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600


def test_another_key_only_means_that_nothing_is_known(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10**7)
    cache.put("words", [(b"k", b"value" * 9)])
    cache.close()
    assert Cache(tmp_path, 10**7).get("words", [b"k"]) == [b"value" * 9]
    (tmp_path / KEY_FILE).write_bytes(b"too short")
    other = Cache(tmp_path, 10**7)
    assert other.get("words", [b"k"]) == [None]
    assert other.notes == ()
    other.put("words", [(b"k", b"again")])
    other.close()
    assert Cache(tmp_path, 10**7).get("words", [b"k"]) == [b"again"]


def test_all_who_begin_at_once_have_one_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(read_key(tmp_path / "key"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
