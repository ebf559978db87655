"""Every door of longzip is given secrets, and neither what comes out of it nor what it leaves on disk has them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

import longzip
from longzip import Compressor, ContextCompressor, Settings, Source, SourceError, TextOptions, WindowOptions
from longzip.cli import main
from longzip.service.history import History, Limits
from longzip.service.limits import Bounds
from longzip.service.proxy import Proxy
from longzip.service.roots import Roots
from longzip.service.values import (
    CodeRequest,
    ExpandRequest,
    MessagesRequest,
    RankRequest,
    RecallRequest,
    TextRequest,
)
from longzip.service.work import Work
from longzip.sources.secrets import MASK

TOKEN = "ghp_" + "Rk3VqT8zLw1XnB6cYp9sHd4GjM7fQa2EuZ50"
PASSWORD = "tr0ub4dor-9x"
KEY_LINES = ["MHcCAQEEIBz8kq4Yv1pQe7", "oUQDQgAE9rTw2LmXc5VbNh"]
PEM = "\n".join(["-----BEGIN EC PRIVATE KEY-----", *KEY_LINES, "-----END EC PRIVATE KEY-----"])
SECRETS = (TOKEN, PASSWORD, *KEY_LINES)
QUESTION = f"how is a session opened with {TOKEN}?"
CODE = f'''KEY = """{PEM}"""


def connect(host):
    token = "{TOKEN}"
    password = "{PASSWORD}"
    return open_session(host, token, password)


'''
OTHERS = "".join(f"def other_{n}(value):\n    total = value * {n}\n    return total + {n}\n\n\n" for n in range(30))
LOG = "".join(f"12:00:{n:02} INFO request {n} with token {TOKEN} and password='{PASSWORD}'\n" for n in range(50))
CALL = {"id": "c1", "type": "function", "function": {"name": "run", "arguments": json.dumps({"password": PASSWORD})}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": f"Be brief. The key is {PEM}"},
    {"role": "user", "content": f"My token is {TOKEN}. " + "Use it for the upload of all the files there are. " * 40},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": f"decided: password = '{PASSWORD}' for db.internal\n" * 60},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "c2", "name": "go", "input": {"password": PASSWORD}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c2", "content": f"ok {TOKEN} " + CODE}]},
    {"role": "user", "content": [{"type": "text", "text": f"again with {TOKEN}"}]},
]


class Place:
    """A folder with a project in a repository, and settings whose cache is beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.cache = folder, folder / "project", folder / "cache"
        (self.root / "src").mkdir(parents=True)
        (self.root / "src" / "client.py").write_text(CODE + OTHERS, encoding="utf-8")
        (self.root / "talk.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in MESSAGES), encoding="utf-8")
        (self.root / "run.log").write_text(LOG, encoding="utf-8")
        self.settings = Settings(
            cache_dir=str(self.cache), model="ngram", count_for="chars/4", isolated=False, prompt=True, force=True
        )

    @property
    def code(self) -> Path:
        return self.root / "src" / "client.py"

    @property
    def texts(self) -> TextOptions:
        return TextOptions(settings=self.settings)

    def compressor(self) -> Compressor:
        return Compressor.load(settings=self.settings)

    def work(self) -> Work:
        return Work(Roots([self.root]), replace(self.settings, prompt=False))

    def window(self, **options: Any) -> ContextCompressor:
        return ContextCompressor(window=1400, trigger=0.7, keep_recent=2, options=WindowOptions(**options))


def said(*values: object) -> str:
    return "\n".join(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str) for value in values
    )


def told(result: longzip.Compressed) -> str:
    assert result.report.masked
    assert any("secrets masked" in note for note in result.report.notes)
    return said(result.text, list(result.messages), result.report.as_dict(), str(result), result.digest or "")


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def explained(place: Place) -> str:
    found = place.compressor().explain(place.code, query=QUESTION, budget=400)
    return said(told(found.result), longzip.html_page(found), repr(found))


def segmented(place: Place) -> str:
    return said(*(line.text for line in place.compressor().segment(place.code).lines))


def completed(place: Place) -> str:
    prefix = f'def go():\n    password = "{PASSWORD}"\n    return connect('
    return told(place.compressor().complete(prefix=prefix, suffix=")\n", path="a.py", root=place.code, budget=400))


def windowed(place: Place) -> str:
    window = place.window()
    window.extend(MESSAGES)
    window.pin(f"the token is {TOKEN}", "k")
    step = window.compress(700)
    window.checkpoint(f"uploaded with {TOKEN}")
    window.save(place.folder / "window")
    loaded = ContextCompressor.load(place.folder / "window")
    kept = {one.rule for one in window.masked}
    assert {"private-key", "github-token", "assigned"} <= kept
    assert window.masked[0].path == "message 1"
    found = window.search("token password", 5)
    return said(
        window.messages, window.get_current_context(), loaded.get_current_context(), repr(window.state), repr(step),
        repr(found), window.recall(4).text, dict(window.get_stats().items()),
        (place.folder / "window").read_text(encoding="utf-8"),
    )  # fmt: skip


def reloaded(place: Place) -> str:
    """What was saved with secrets in it is masked when it is read again."""
    window = place.window(secrets="keep")
    window.extend(MESSAGES)
    window.pin(f"the token is {TOKEN}", "k")
    window.compress(700)
    window.save(place.folder / "kept")
    assert TOKEN in (place.folder / "kept").read_text(encoding="utf-8")
    loaded = ContextCompressor.load(place.folder / "kept")
    (place.folder / "kept").unlink()
    loaded.save(place.folder / "again")
    return said(
        loaded.messages, loaded.get_current_context(), repr(loaded.state), (place.folder / "again").read_text("utf-8")
    )


def spoken(place: Place) -> str:
    """Messages in the normal form, of a transcript's notation too."""
    window = place.window()
    window.extend(longzip.read_messages(f"User: the token is {TOKEN}\n\nAssistant: Done with {TOKEN}.\n"))
    window.extend(longzip.from_dicts(MESSAGES))
    return said(window.messages, window.get_current_context())


def batched(place: Place) -> str:
    jobs, results = place.folder / "jobs.jsonl", place.folder / "results.jsonl"
    job = {"paths": [str(place.code)], "query": QUESTION, "budget": 300}
    jobs.write_text(json.dumps(job) + "\n", encoding="utf-8")
    values: Mapping[str, Any] = {"cache_dir": str(place.cache), "model": "ngram", "count_for": "chars/4"}
    longzip.run_batch(jobs, results, layers=[longzip.Layer("test", values)])
    jobs.unlink()
    return results.read_text(encoding="utf-8")


def served(place: Place) -> str:
    work = place.work()
    window = place.window(secrets="keep")
    window.extend(MESSAGES)
    window.save(place.root / "saved.json")
    found = [
        work.compress_code(CodeRequest(query=QUESTION, paths=["src"], budget=300), quiet),
        work.rank(RankRequest(query=QUESTION, paths=["src"]), quiet),
        work.expand(ExpandRequest(places=["src/client.py:1-12"]), quiet),
        work.compress_text(TextRequest(text=LOG, query=QUESTION, budget=200), quiet),
        work.compress_text(TextRequest(path="run.log", budget=200), quiet),
        work.compress_messages(MessagesRequest(messages=MESSAGES, budget=300), quiet),
        work.recall(RecallRequest(session="talk.jsonl", query="token password"), quiet),
        work.recall(RecallRequest(session="saved.json", query="token password"), quiet),
        work.recall(RecallRequest(session="saved.json", reference="#4"), quiet),
    ]
    assert any("secrets masked" in note for note in found[0].notes)  # type: ignore[attr-defined]
    (place.root / "saved.json").unlink()
    return said(*(one.model_dump_json() for one in found))


def proxied(place: Place) -> str:
    """Both what is shortened and what cannot be, of which the rest is no conversation."""
    import anyio

    proxy = Proxy("http://127.0.0.1:9", History(Limits(2_000, 200), place.settings), Bounds(), 1.0)
    parts: list[str] = []

    async def go() -> None:
        for body in (
            {"model": "m", "messages": MESSAGES}, {"system": f"the token is {TOKEN}", "messages": "none"},
            {"instructions": f"password = '{PASSWORD}'", "input": f"the token is {TOKEN}"},
        ):  # fmt: skip
            masked, headers = await proxy.masked("/v1/chat/completions", json.dumps(body).encode())
            assert headers["x-longzip-masked"] != "0"
            shortened, _ = await proxy.shortened("/v1/chat/completions", masked)
            parts.extend([masked.decode(), shortened.decode()])

    anyio.run(go)
    return said(*parts)


def from_langchain(place: Place) -> str:
    pytest.importorskip("langchain_core")
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    from longzip.integrations.langchain import LangChainWindow

    window = LangChainWindow(place.window())
    call = {"name": "run", "args": {"password": PASSWORD}, "id": "c1", "type": "tool_call"}
    window.extend(
        [
            HumanMessage(f"The token is {TOKEN}."), AIMessage("", tool_calls=[call]),
            ToolMessage(f"password = '{PASSWORD}'", tool_call_id="c1"), HumanMessage([{"type": "text", "text": TOKEN}]),
        ]
    )  # fmt: skip
    return said(*(message.model_dump_json() for message in window.messages()))


DOORS: dict[str, Callable[[Place], str]] = {
    "compress": lambda at: told(at.compressor().compress(at.code, query=QUESTION, budget=400)),
    "compress whole": lambda at: told(at.compressor().compress(at.code, query=QUESTION, budget=90_000)),
    "compress_to": lambda at: said(
        *map(told, at.compressor().compress_to(at.code, query=QUESTION, budgets=[300, 600]))
    ),
    "rank": lambda at: said(*(one.chunk.label for one in at.compressor().rank(at.code, query=QUESTION))),
    "explain": explained,
    "segment": segmented,
    "complete": completed,
    "code": lambda at: told(longzip.compress(at.code, QUESTION, budget=400, options=at.texts)),
    "signatures": lambda at: told(longzip.compress(CODE + OTHERS[:600], budget=400, options=at.texts)),
    "log": lambda at: told(longzip.compress(LOG, QUESTION, budget=200, options=at.texts)),
    "log file": lambda at: told(longzip.compress(at.root / "run.log", budget=200, options=at.texts)),
    "documents": lambda at: told(
        longzip.compress([{"text": LOG, "source": "a"}, {"text": CODE, "source": "b"}], QUESTION, budget=300,
                         options=at.texts)
    ),
    "messages": lambda at: told(longzip.compress(MESSAGES, QUESTION, budget=500, options=at.texts)),
    "session": lambda at: told(longzip.compress(at.root / "talk.jsonl", budget=500, options=at.texts)),
    "window": windowed,
    "window that was saved": reloaded,
    "window of messages in the normal form": spoken,
    "batch": batched,
    "service": served,
    "proxy": proxied,
    "langchain": from_langchain,
}  # fmt: skip


def kept_on_disk(folder: Path) -> bytes:
    """All bytes of all files, and of the cache's values what they are when unpacked."""
    found = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in folder.rglob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            for (value,) in connection.execute("SELECT value FROM entries"):
                try:
                    found.append(zlib.decompress(value[4:]))
                except zlib.error:
                    found.append(value)
    return b"\n".join(found)


SILENT = ("rank", "why")  # what they tell of the code does not show where the secrets stood


def check(output: str, place: Place, door: str) -> None:
    assert (MASK in output) == (door not in SILENT)
    assert not [secret for secret in SECRETS if secret in output]
    kept = kept_on_disk(place.cache) + b"".join(path.read_bytes() for path in place.folder.iterdir() if path.is_file())
    assert not [secret for secret in SECRETS if secret.encode() in kept]


@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_a_secret_through(door: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    check(DOORS[door](place), place, door)


COMMANDS: dict[str, list[str]] = {
    "compress": ["compress", "src", "-q", QUESTION, "--budget", "400", "--prompt"],
    "compress json": ["compress", "src", "-q", QUESTION, "--budget", "400", "--format", "json"],
    "compress log": ["compress", "run.log", "--budget", "200"],
    "compress session": ["compress", "talk.jsonl", "--budget", "400"],
    "compress changes": ["compress", "src", "--diff", "HEAD", "--with-diff", "--budget", "900"],
    "piped": ["compress", "-", "--kind", "log", "--budget", "200"],
    "explain": ["explain", "src", "-q", QUESTION, "--budget", "400", "--html", "page.html"],
    "why": ["explain", "src", "-q", QUESTION, "--budget", "400", "--why", "client.py:connect"],
    "expand": ["expand", "src/client.py:1-12"],
    "segment": ["segment", "src/client.py", "--model", "ngram"],
    "chat": ["chat", "talk.jsonl", "--window", "1400", "--save", "saved", "--pin", f"the token is {TOKEN}"],
    "chat below the trigger": ["chat", "talk.jsonl", "--format", "text"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_prints_or_writes_a_secret(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    place = Place(tmp_path)
    monkeypatch.chdir(place.root)
    for key, value in {"CACHE_DIR": str(place.cache), "COUNT_FOR": "chars/4", "ISOLATED": "false"}.items():
        monkeypatch.setenv(f"LONGZIP_{key}", value)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(LOG.encode())))
    if "--diff" in COMMANDS[name]:
        place.code.write_text(OTHERS, encoding="utf-8")
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
        ):
            subprocess.run(["git", *command], check=True)
        place.code.write_text(CODE + OTHERS, encoding="utf-8")
    code = main([*COMMANDS[name], *([] if name.startswith(("chat", "expand", "segment")) else ["--model", "ngram"])])
    captured = capsysbinary.readouterr()
    written = [path.read_text("utf-8") for path in place.root.iterdir() if path.name in ("page.html", "saved")]
    assert code == 0, captured.err
    check(said(captured.out.decode(), captured.err.decode(), *written), place, name)


def test_a_window_keeps_or_refuses_as_it_is_told() -> None:
    kept = ContextCompressor(options=WindowOptions(secrets="keep"))
    kept.extend(MESSAGES)
    assert kept.messages == MESSAGES
    assert kept.masked == ()
    refusing = ContextCompressor(options=WindowOptions(secrets="fail"))
    with pytest.raises(SourceError, match="private-key"):
        refusing.extend(MESSAGES)
    with pytest.raises(SourceError, match="github-token"):
        refusing.pin(TOKEN)
    assert refusing.messages == []
    skipping = ContextCompressor(options=WindowOptions(secrets="skip"))
    skipping.extend(MESSAGES)
    assert len(skipping.messages) == len(MESSAGES)
    assert TOKEN not in json.dumps(skipping.messages)
    with pytest.raises(longzip.UsageError, match="choose one of"):
        WindowOptions(secrets="shout")  # type: ignore[arg-type]


def test_what_has_no_secret_is_not_touched() -> None:
    messages = [
        {"role": "user", "content": "Why does the token test fail?"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "call_Zq8LpV2xRt5NcY1mJ7kWb4Hs", "type": "function",
         "function": {"name": "read", "arguments": '{"path": "tokens.py", "max_tokens": "9"}'}}]},
        {"role": "tool", "tool_call_id": "call_Zq8LpV2xRt5NcY1mJ7kWb4Hs", "content": "assert token == expected"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "", "signature": "EqoBCkgIARABGAIiQL2xRt"},
                                          {"type": "text", "text": "It is lower case."}]},
    ]  # fmt: skip
    window = ContextCompressor()
    window.extend(messages)
    assert window.messages == messages
    assert window.masked == ()


@pytest.mark.parametrize("wanted", ["mask", "skip", "keep", "fail"])
def test_a_question_and_changes_obey_too(wanted: str, tmp_path: Path) -> None:
    settings = Settings(secrets=wanted, cache=False, model="ngram", count_for="chars/4", isolated=False, prompt=True)  # type: ignore[arg-type]
    compressor = Compressor.load(settings=settings)
    if wanted == "fail":
        with pytest.raises(SourceError, match="the question:1"):
            compressor.compress([Source("a.py", OTHERS)], query=QUESTION, budget=300)
        return
    text = compressor.compress([Source("a.py", OTHERS)], query=QUESTION, budget=300).text
    assert (TOKEN in text) == (wanted == "keep")
