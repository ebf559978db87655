"""What is known of a folder between questions: the words of its files, on disk, and which files are worth reading."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import longzip
from longzip.formats.grammar.languages import fence
from longzip.index import helping, looking, reading, stored, updating
from longzip.index.counting import RAW, count, cut, definitions
from longzip.index.imports import by_stem, imported, modules
from longzip.index.lookup import windows_worth
from longzip.index.reading import ChoosingReader
from longzip.index.table import ARRAYS, FILE_ARRAYS, Table
from longzip.index.updating import Look
from longzip.pipeline import choosing
from longzip.scoring.bm25 import NAME, hash_of
from longzip.scoring.terms import terms
from longzip.settings import Settings
from longzip.sources.repository import listed
from longzip.storage.cache import INDICES, Cache
from longzip.types import Question

SAMPLES = sorted(path for path in (Path(__file__).parent / "samples").iterdir() if path.is_file())
WORDS = [
    "parseHTTPHeader",
    "retry_count",
    "größe",
    "x2",
    "the",
    "日本語",
    "データ",
    "sendmail",
    "Δelta",
    "a_b__c",
    "\n",
    "def f(x):\n",
]
YEAR = 365 * 24 * 3600


def look(folder: Path, before: Table | None = None) -> Table:
    plain = Settings()
    return Look(listed([folder], plain), plain, before).table()


def arrays(table: Table) -> dict[str, object]:
    """All that a table says; stamps and what is settled depend on the clock, and are left out."""
    own = {name: getattr(table, name).tolist() for name in ARRAYS}
    files = {name: getattr(table.files, name).tolist() for name in FILE_ARRAYS if name not in ("stamps", "settled")}
    return {**own, **files, "names": list(table.names), "reasons": list(table.reasons)}


def old(folder: Path) -> None:
    """As if nothing in the folder had changed for a year; of the inode's own time nothing can be said."""
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of twelve small files, whose changes the clock tells at once."""
    monkeypatch.setattr(looking, "SETTLED", 0)
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "code"
    for number in range(12):
        path = root / f"part{number % 3}" / f"module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        uses = f"from part{(number + 1) % 3}.module_{(number + 1) % 12} import thing_{(number + 1) % 12}\n\n\n"
        path.write_text(f"{uses}def thing_{number}(value):\n    return value * {number}  # topic{number}\n")
    (root / "notes.md").write_text("# what topic3 is about\n")
    (root / "logo.png").write_bytes(b"\x89PNG")
    return root


def reader(question: Question, cache: Path | None, fewest: int = 3) -> ChoosingReader:
    choose = partial(choosing.chosen, question=question, settings=Settings(), language=fence)
    return ChoosingReader(choose, fewest, cache)


@pytest.fixture
def narrow(monkeypatch):
    """Of a folder that is no larger than those here, too, only some files are chosen."""
    for name, value in {"SMALL_FILES": 3, "SMALL_CHARACTERS": 10, "LEAST_FILES": 2, "CHARACTERS_PER_TOKEN": 0}.items():
        monkeypatch.setattr(choosing, name, value)
    monkeypatch.setattr(reading, "IMPORTING", 0)


# ------------------------------------------------------------------------------------------------------------ counting


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_words_of_windows_are_those_of_the_text(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    check_words(path.name, text)


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join), st.sampled_from(["a.py", "b.c", "c.ts", "d.hs"]))
@settings(max_examples=60, deadline=None)
def test_the_words_of_any_text_are_counted(text, name):
    check_words(name, text)


def check_words(name: str, text: str) -> None:
    windows = list(cut(name, text))
    assert "".join(text[start:end] for start, end, _names in windows) == text
    wanted: Counter[int] = Counter()
    for start, end, names in windows:
        wanted.update(map(hash_of, terms(text[start:end])))
        for part in (part for one in names for part in RAW.findall(one)):
            wanted.update({hash_of(term): NAME * times for term, times in Counter(terms(part)).items()})
    found = count([(name, text)])
    counted: Counter[int] = Counter()
    for word, times in zip(found.words.tolist(), found.counts.tolist(), strict=True):
        counted[word] += times
    assert counted == wanted
    assert found.lengths.sum() == wanted.total()
    assert found.sizes.sum() == len(found.words)


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("a.py", "@cached(size=3)\nasync def load_all(path):\n    pass\n\nclass Reader(Base):\n", "load_all Reader"),
        ("a.go", "func (s *Server) Start(port int) error {\n}\ntype Option struct {\n}\n", "Start Option"),
        ("a.rs", "pub(crate) fn parse<T>(x: T) {}\nimpl Display for Token {\n}\n", "parse Display"),
        (
            "a.ts",
            "export default class Panel {\n  render(props) {\n  }\n}\nexport const f = <T>(x) => x\n",
            "Panel render",
        ),
        ("a.js", "const handler = async (event) => {\n}\nfunction* walk(tree) {\n}\n", "handler walk"),
        ("a.c", "static int\nread_header(struct buf *b, size_t n)\n{\n  if (n) {\n  }\n}\n", "read_header"),
        ("a.java", "public final class Cache {\n  @Override public String get(Key key) throws E {\n  }\n", "Cache get"),
        ("a.rb", "module Sinatra\n  def self.run!(options = {})\n  end\nend\n", "Sinatra self.run!"),
        ("a.ex", "defmodule Plug.Conn do\n  defp put_private(conn) do\n", "Plug.Conn put_private"),
        ("a.kt", "internal suspend fun fetch(url: String): Int {\n}\ndata class Point(val x: Int)\n", "fetch Point"),
        ("a.hs", "lookupKey :: Ord k => k -> Map k v\ndata Tree a = Leaf\n", "lookupKey Tree"),
        ("a.swift", "public extension Session {\n  open func resume() {\n  }\n}\n", "Session resume"),
        ("a.lua", "local function open_window(opts)\nend\n", "open_window"),
        (
            "a.php",
            "abstract class Handler {\n  protected static function write(array $row): void\n  {\n",
            "Handler write",
        ),
    ],
)
def test_definitions_are_known_by_their_look(name, text, names):
    assert set(names.split()) <= {found for _at, found in definitions(name, text)}


def test_a_line_that_only_looks_a_little_like_a_definition_takes_no_time():
    for text in (
        "@a" * 5_000,
        "public " * 5_000,
        "a(" * 5_000,
        "x = (" * 5_000,
        "a" * 20_000,
        "$a" * 9_000,
        "~" * 9_000,
    ):
        for name in ("a.js", "a.c", "a.py"):
            list(cut(name, text))
            list(modules(text))


# -------------------------------------------------------------------------------------------------------------- tables


@given(
    st.lists(st.tuples(st.sampled_from(["edit", "add", "remove", "rename", "copy"]), st.integers(0, 11)), max_size=6)
)
@settings(max_examples=15, deadline=None)
def test_what_was_updated_is_what_would_be_made_anew(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("repo")
    for number in range(6):
        (folder / f"f{number}.py").write_text(
            f"def name_{number}(a, b):\n    return shared + only{number}\n" * (number + 1)
        )
    table = look(folder)
    for step, number in steps:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        one = files[number % len(files)] if files else folder / "new.py"
        if step == "edit" and files:
            one.write_text(one.read_text() + f"\nedited = words{number}\n")
        elif step == "add":
            (folder / f"added{number}.py").write_text(f"class Added{number}:\n    shared = {number}\n")
        elif step == "remove" and files:
            one.unlink()
        elif step == "rename" and files:
            one.rename(folder / f"renamed{number}.py")
        elif files:
            (folder / f"deep{number}").mkdir(exist_ok=True)
            (folder / f"deep{number}" / one.name).write_bytes(one.read_bytes())
        table = look(folder, table)
        assert arrays(table) == arrays(look(folder))


def test_a_table_survives_the_disk(folder, tmp_path):
    table, path = look(folder), tmp_path / "kept" / "x.idx"
    stored.keep(path, table)
    found = stored.opened(path)
    assert found is not None
    assert arrays(found) == arrays(table)
    assert look(folder, found) is found
    assert not path.stat().st_mode & 0o077


def test_a_file_that_is_no_index_of_ours_counts_as_none(folder, tmp_path, monkeypatch):
    path = tmp_path / "x.idx"
    stored.keep(path, look(folder))
    data = path.read_bytes()
    for wrong in (
        b"",
        data[:10],
        data[:-1],
        data[: len(data) // 2],
        b"x" * 500,
        data + b"more",
        data[:8] + data[11:7:-1] + data[12:],
    ):
        path.write_bytes(wrong)
        assert stored.opened(path) is None
    path.write_bytes(data)
    assert stored.opened(path) is not None
    monkeypatch.setattr(stored, "version", lambda: b"another version.")
    assert stored.opened(path) is None
    assert stored.opened(tmp_path / "nothing.idx") is None
    assert stored.opened(tmp_path) is None


@given(place=st.integers(0, 1 << 20), value=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_damaged_byte_breaks_nothing(tmp_path_factory, place, value):
    folder = tmp_path_factory.getbasetemp() / "damaged"
    if not folder.exists():
        folder.mkdir()
        for number in range(5):
            (folder / f"f{number}.py").write_text(f"def name_{number}(a):\n    return shared\n" * 9)
        (folder / "whole.idx").write_bytes(stored.packed(look(folder)))
    data = bytearray((folder / "whole.idx").read_bytes())
    data[place % len(data)] = value
    try:
        table = stored.table_of(bytes(data))
    except (ValueError, TypeError, stored.UnfitIndexError):
        return
    rows = choosing.worth_of_files(table, "where is shared used by `name_3`, f2.py?", Settings(), fence)
    assert len(rows) == len(table.names)
    windows_worth(table, "shared name")


# --------------------------------------------------------------------------------------------------------- what is read


def test_what_did_not_change_is_not_opened(folder, monkeypatch):
    table = look(folder)
    opened = []
    monkeypatch.setattr(looking, "read_bytes", lambda path, _limit: opened.append(path) or Path(path).read_bytes())
    assert look(folder, table) is table
    assert opened == []
    (folder / "part0" / "module_0.py").write_text("def other():\n    pass\n")
    assert look(folder, table) is not table
    assert [Path(path).name for path in opened] == ["module_0.py"]


@pytest.mark.parametrize("executable", [sys.executable, "/nowhere/python", "/bin/false"])
def test_helpers_change_nothing(folder, monkeypatch, executable):
    alone = arrays(look(folder))
    monkeypatch.setattr(helping, "WORTH_IT", 300)
    monkeypatch.setattr(helping.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "executable", executable)
    assert helping.processes([looking.Seen("a", "a", False, updating.STAMP.pack(900, 0, 0, 0))]) > 1
    assert arrays(look(folder)) == alone


def test_work_is_shared_evenly_and_in_order():
    files = [
        looking.Seen(str(size), "", False, updating.STAMP.pack(size, 0, 0, 0)) for size in (5, 1, 9, 2, 2, 1, 8, 4)
    ]
    for parts in (1, 2, 3, 4):
        found = list(helping.split(files, parts))
        assert len(found) == parts
        assert [one for part in found for one in part] == files
        assert max(sum(map(helping.size_of, part)) for part in found) <= 32 / parts + 9
    assert list(helping.split([], 3)) == [[]]


def test_content_that_is_known_is_not_counted_again(folder, monkeypatch):
    table = look(folder)
    for path in folder.rglob("*.py"):
        path.touch()
    monkeypatch.setattr(looking, "text_of", None)
    assert arrays(look(folder, table)) == arrays(table)


def test_a_file_that_changed_a_moment_ago_is_looked_at_again(folder, monkeypatch):
    monkeypatch.setattr(looking, "SETTLED", 3_000_000_000)
    same = bytes(32 - 8) + (7).to_bytes(8, "little")
    for module in (looking, updating):
        monkeypatch.setattr(module, "stamp_of", lambda _path: same)
    before = look(folder)  # the same stamp for all that may come, but of long ago
    assert look(folder, before) is before
    now = __import__("time").time_ns()
    for change in (now, now + YEAR * 10**9):  # or of a clock that is wrong
        stamp = updating.STAMP.pack(7, change, change, 7)
        for module in (looking, updating):
            monkeypatch.setattr(module, "stamp_of", lambda _path, stamp=stamp: stamp)
        path = folder / "part1" / "module_1.py"
        path.write_text("def first(): pass\n")
        table = look(folder)
        path.write_text("def other(): pass\n")  # as long, and the clock stands still
        assert list(table.defining(hash_of("first")))
        assert not list(table.defining(hash_of("other")))
        table = look(folder, table)
        assert list(table.defining(hash_of("other")))
        assert not list(table.defining(hash_of("first")))


def test_the_result_is_the_same_with_any_state_of_the_cache(folder, narrow, tmp_path):
    question, cache = Question("where is topic3?", 100), tmp_path / "cache"
    fresh = reader(question, None)([folder], Settings(), None)
    assert fresh.unread
    for _ in range(2):
        assert reader(question, cache)([folder], Settings(), None) == fresh
    (index,) = (cache / INDICES).glob("*.idx")
    index.write_bytes(index.read_bytes()[:-3])
    assert reader(question, cache)([folder], Settings(), None) == fresh
    assert Cache(cache, 1_000_000).clear() > 0
    assert not list((cache / INDICES).glob("*.idx"))
    nowhere = tmp_path / "file"
    nowhere.write_text("a file where a folder should be")
    assert reader(question, nowhere)([folder], Settings(), None) == fresh


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_is_read_only_is_no_trouble(folder, narrow, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o500)
    assert reader(Question("topic3", 100), home / "cache")([folder], Settings(), None).unread


def test_several_at_once_agree(folder, narrow, tmp_path):
    question, cache = Question("where is topic3?", 100), tmp_path / "cache"
    wanted = reader(question, None)([folder], Settings(), None)
    found: list[object] = []

    def work() -> None:
        for _ in range(5):
            found.append(reader(question, cache)([folder], Settings(), None))
            for path in (cache / INDICES).glob("*.idx"):
                path.unlink(missing_ok=True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(one == wanted for one in found)
    assert not list((cache / INDICES).glob("*.tmp"))


def test_a_process_that_is_killed_while_it_writes_leaves_the_index_whole(folder, tmp_path):
    path = tmp_path / "kept" / "x.idx"
    stored.keep(path, look(folder))
    before = path.read_bytes()
    code = (
        "import os, sys; from pathlib import Path; from longzip.index import stored\n"
        "table = stored.opened(Path(sys.argv[1]))\n"
        "os.fsync = lambda _file: os.kill(os.getpid(), 9)\n"
        "stored.keep(Path(sys.argv[1]), table)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    assert done.returncode == -9
    assert path.read_bytes() == before
    assert stored.opened(path) is not None


def test_a_file_that_vanishes_meanwhile_is_skipped(folder, narrow, monkeypatch):
    question = Question("where is topic3?", 100)
    plain = ChoosingReader.table

    def vanish(self, items, own):
        table = plain(self, items, own)
        (folder / "part0" / "module_3.py").unlink()
        return table

    monkeypatch.setattr(ChoosingReader, "table", vanish)
    found = reader(question, None)([folder], Settings(), None)
    assert "code/part0/module_3.py" in {one.path for one in found.skipped}
    assert found.sources


def test_a_folder_that_vanished_is_an_error_as_ever(tmp_path):
    with pytest.raises(longzip.SourceError):
        longzip.read_repository([tmp_path / "gone"], Settings(cache=False), question=Question("why?"))


# ------------------------------------------------------------------------------------------------------------- choosing


def read_for(folder: Path, query: str, **more: tuple[str, ...]) -> set[str]:
    found = reader(Question(query, 100, **more), None)([folder], Settings(), None)
    assert {source.name for source in found.sources}.isdisjoint(found.unread)
    return {source.name for source in found.sources}


def test_a_small_folder_is_read_whole(folder):
    assert not reader(Question("topic3"), None)([folder], Settings(), None).unread
    assert not reader(Question("topic3"), None, fewest=100)([folder], Settings(), None).unread


def test_the_words_of_the_question_choose(folder, narrow):
    assert "code/part2/module_5.py" in read_for(folder, "where is topic5 computed?")
    assert "code/part0/module_9.py" in read_for(folder, "where is topic9 computed?")


def test_what_the_question_names_is_read_and_what_pins_name(folder, narrow):
    trace = 'it fails\nTraceback (most recent call last):\n  File "/srv/part1/module_7.py", line 5, in thing\nOops: x\n'
    assert "code/part1/module_7.py" in read_for(folder, trace)
    assert "code/part1/module_10.py" in read_for(folder, "what does `thing_10` return?")
    assert "code/notes.md" in read_for(folder, "is notes.md right about it?")
    assert "code/part0/module_6.py" in read_for(folder, "topic3", pins=("part0/module_6.py:thing_6",))
    assert "code/part0/module_0.py" in read_for(folder, "topic3", drops=("module_0.py",))


def test_what_the_best_files_import_is_read(folder, narrow, monkeypatch):
    before = read_for(folder, "where is topic3 computed?")
    assert "code/part1/module_4.py" not in before
    monkeypatch.setattr(reading, "IMPORTING", 2)
    assert "code/part1/module_4.py" in read_for(folder, "where is topic3 computed?")


def test_skipped_files_and_reasons_are_those_of_a_whole_reading(folder, narrow):
    some = reader(Question("topic3", 100), None)([folder], Settings(), None)
    whole = longzip.read_repository([folder], Settings(cache=False))
    assert some.skipped == whole.skipped
    assert {*some.unread, *(source.name for source in some.sources)} == {source.name for source in whole.sources}


def test_secrets_are_no_words_of_an_index(folder):
    key = "ghp_" + "q7Wn3xV9tB2mK5rZ8yL1cF4hJ6dS0gPaEuTi"
    (folder / "part0" / "config.py").write_text(f'TOKEN = "{key}"\n')
    table = look(folder)
    assert not len(table.holding(hash_of(terms(key)[-1]))[0])


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("app/views.py", "from .models import User\n", "app/models.py"),
        ("app/views.py", "from app.core import signing\n", "app/core/signing.py"),
        ("app/views.py", "import app.core.cache as c\n", "app/core/cache.py"),
        ("app/views.py", "from app.core import Nothing\n", "app/core/__init__.py"),
        ("web/main.ts", "import { get } from './lib/http'\n", "web/lib/http.ts"),
        ("web/main.ts", "const x = require('../shared/util.js')\n", "shared/util.js"),
        ("src/a.c", '#include "net/socket.h"\n', "src/net/socket.h"),
        ("src/lib.rs", "use crate::parser::token;\n", "src/parser/token.rs"),
        ("x/A.java", "import static com.acme.store.Disk;\n", "com/acme/store/Disk.java"),
        ("x/a.rb", "require_relative 'tools/pump'\n", "x/tools/pump.rb"),
    ],
)
def test_imports_are_followed_by_their_look(name, text, wanted):
    names = ["app/models.py", "other/models.py", "app/core/signing.py", "app/core/cache.py", "app/core/__init__.py"]
    names += [
        "web/lib/http.ts",
        "shared/util.js",
        "src/net/socket.h",
        "src/parser/token.rs",
        "com/acme/store/Disk.java",
    ]
    names += ["x/tools/pump.rb", "y/tools/pumps.rb"]
    assert wanted in [names[row] for row in imported(name, text, by_stem(names))]


# --------------------------------------------------------------------------------------------------------- from outside


def test_reports_name_what_was_not_read(folder, narrow):
    settings = Settings(cache=False, model="ngram")
    compressor = longzip.Compressor.load(settings=settings)
    some = compressor.compress(folder, query="where is topic3?", budget=60)
    assert some.report.unread
    assert any(note.startswith("read ") for note in some.report.notes)
    assert json.loads(json.dumps(some.report.as_dict()))["unread"] == list(some.report.unread)
    whole = longzip.Compressor.load(settings=replace(settings, read="all"))
    assert not whole.compress(folder, query="where is topic3?", budget=60).report.unread
    assert len(whole.rank(folder, query="where is topic3?")) > len(compressor.rank(folder, query="where is topic3?"))
    assert not compressor.compress(folder, query="where is topic3?", rate=0.5).report.unread
    by_api = longzip.compress(folder, "where is topic3?", budget=60, options=longzip.TextOptions(settings=settings))
    assert by_api.text == some.text
    assert by_api.report.unread == some.report.unread


def test_windows_are_numbers_of_this_machine():
    found = count([("a.py", "x = 1\n")])
    assert found.words.dtype == np.uint32
    assert found.windows.tolist() == [1]
