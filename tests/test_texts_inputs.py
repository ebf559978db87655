"""What an input is, decided in one place: names, contents and entries on which API and command line agree."""

from __future__ import annotations

import io
import json
import sys
from importlib import import_module

import pytest

import longzip
from longzip import Settings, Source, detect
from longzip.cli import main
from tests.test_texts import CHAT, LOG, NOTES

CODE = "def load(path):\n    return open(path).read()\n\n\ndef save(path, text):\n    open(path, 'w').write(text)\n"
MESSAGES = '[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]'
TURNS = [
    {"role": role, "content": f"{text} {number} " * 200}
    for number in range(4)
    for role, text in (("user", "修复登录超时"), ("assistant", "Die Ursache war der Zwischenspeicher"))
]
ONE_LINE = json.dumps(TURNS, ensure_ascii=False)
SESSION = "".join(json.dumps({"type": turn["role"], "uuid": "x", "message": turn}) + "\n" for turn in TURNS)
LONG_TURNS = "".join(f"{turn['role']}: {turn['content']}\n" for turn in TURNS)
TABLE = [
    # files (name, content), settings, kind
    ({"notes.org": NOTES}, {}, "document"),
    ({"notes.md": NOTES}, {}, "document"),
    ({"notes.adoc": NOTES}, {}, "document"),
    ({"LICENSE": NOTES}, {}, "document"),
    ({"a.md": NOTES, "b.org": NOTES}, {}, "document"),
    ({"a.md": NOTES, "b.py": CODE}, {}, "code"),
    ({"a.py": CODE}, {}, "code"),
    ({"a.py": NOTES}, {}, "code"),
    ({"script.txt": CODE}, {}, "document"),
    ({"build.log": LOG}, {}, "log"),
    ({"pytest.out": LOG}, {}, "log"),
    ({"chat.txt": CHAT}, {}, "conversation"),
    ({"chat.json": MESSAGES}, {}, "conversation"),
    ({"a.py": CODE}, {"kind": "document"}, "document"),
    ({"notes.md": NOTES}, {"kind": "code"}, "code"),
    ({"notes.md": NOTES}, {"strategy": "shares"}, "code"),
    ({"notes.md": NOTES}, {"strategy": "shares", "kind": "document"}, "document"),
]
STDIN = [
    (NOTES, {}, "document"),
    (CHAT, {}, "conversation"),
    (LOG, {}, "log"),
    (CODE, {}, "code"),
    (CODE, {"kind": "document"}, "document"),
    (NOTES, {"strategy": "shares"}, "document"),
]


@pytest.fixture
def way(monkeypatch, tmp_path):
    """Which way the command goes, "prose", "signatures" or "functions", and the kind that it goes by."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: str = "") -> tuple[str, str]:
        seen: list[tuple[str, str]] = []
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))

        def went(name: str):
            def stop(options, settings, repository, query, *rest):
                found = detect(repository, settings)
                seen.append((name if name == "functions" else found.route(query), found.kind))
                raise longzip.UsageError("seen")

            return stop

        monkeypatch.setattr(import_module("longzip.cli.compress"), "code", went("functions"))
        monkeypatch.setattr(import_module("longzip.cli.compress"), "texts", went("texts"))
        assert main(["compress", *arguments, "--quiet"]) == 2
        return seen[0]

    return call


@pytest.mark.parametrize(("files", "settings", "kind"), TABLE)
def test_a_file_is_the_same_to_the_api_and_to_the_command_line(way, tmp_path, files, settings, kind):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    chosen = Settings(**settings)
    assert detect(tmp_path, chosen).kind == kind
    assert detect([tmp_path / name for name in files], chosen).kind == kind
    assert detect([Source(name, text) for name, text in files.items()], chosen).kind == kind
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    route = "functions" if kind == "code" else "prose"
    assert way(*files, "-q", "redis", "--budget", "90", *options) == (route, kind)
    assert way(".", "-q", "redis", "--budget", "90", *options) == (route, kind)


@pytest.mark.parametrize(("text", "settings", "kind"), STDIN)
def test_a_text_is_the_same_to_the_api_and_to_the_command_line(way, text, settings, kind):
    chosen = Settings(**settings)
    assert detect(text, chosen).kind == detect(Source("", text), chosen).kind == kind
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    assert way("-", "-q", "redis", "--budget", "90", *options, stdin=text)[1] == kind
    assert way("-", "--budget", "90", *options, stdin=text) == ("signatures" if kind == "code" else "prose", kind)


def test_messages_and_documents_are_what_they_were_given_as():
    assert detect([{"role": "user", "content": CODE}]).kind == "conversation"
    assert detect([{"text": CODE, "source": "a.py"}]).kind == "research"
    assert detect([{"text": CODE, "source": "a.py"}], Settings(kind="code")).route("x") == "functions"


def test_prose_of_several_files_needs_no_question(way, tmp_path):
    for name in ("a.md", "b.org"):
        (tmp_path / name).write_text(NOTES, encoding="utf-8")
    assert way("a.md", "b.org") == ("prose", "document")
    assert way("a.md", "b.org", "--level", "light") == ("prose", "document")


def test_code_with_a_level_is_sized_by_it(way, tmp_path):
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    assert way("a.py", "-q", "load", "--level", "light") == ("functions", "code")


@pytest.mark.parametrize(
    ("name", "text", "arguments"),
    [
        ("one_line.json", ONE_LINE, ()),
        ("session.jsonl", SESSION, ()),
        ("session", SESSION, ()),
        ("session.dump", ONE_LINE, ()),
        ("long.chat", LONG_TURNS, ("--kind", "conversation")),
    ],
)
def test_a_conversation_by_path_is_no_minified_code(way, tmp_path, name, text, arguments):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert way(name, *arguments) == ("prose", "conversation")
    settings = Settings(kind=arguments[1] if arguments else "auto", cache=False)
    shorter = longzip.compress(name, level="aggressive", options=longzip.TextOptions(settings=settings))
    assert shorter.digest.kind == "conversation"
    assert len(shorter.text) < len(text)


def test_a_session_may_be_larger_than_a_source_file(tmp_path):
    path = tmp_path / "session.jsonl"
    path.write_text(SESSION * 20, encoding="utf-8")
    settings = Settings(max_file_bytes=40_000, cache=False)
    assert path.stat().st_size > 40_000
    assert detect(path, settings).kind == "conversation"
    assert longzip.read_repository([tmp_path], settings).sources == ()
