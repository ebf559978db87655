"""``longzip chat`` and ``longzip advise`` as a user calls them."""

import json
import re

import pytest
from typer.testing import CliRunner

from longzip import ContextCompressor
from longzip.cli import app, main
from tests.test_messages_transcripts import MARKDOWN

WORDS = "alpha beta gamma delta "
TALK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why does login fail?"}] + [
    {"role": ("assistant", "user")[n % 2], "content": f"About module_{n}: {WORDS * 20}"} for n in range(60)
]


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "session.jsonl"
    path.write_text("".join(json.dumps(message) + "\n" for message in TALK))
    return path


def call(*arguments, stdin=None):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def test_a_session_is_fitted_and_stays_messages(session):
    done = call("chat", session, "--window", "2k")
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0] == TALK[0]
    assert lines[1] == TALK[1]
    assert lines[2]["content"].startswith("[Summary of messages 1-")
    assert lines[-6:] == TALK[-6:]
    assert re.search(r"→ [\d,]+ tokens, 62 → \d+ messages \(compress\)", done.stderr)


def test_below_the_trigger_it_comes_out_byte_for_byte(session):
    done = call("chat", session)
    assert done.stdout == session.read_text()
    assert "unchanged: under_threshold" in done.stderr


def test_standard_input_formats_pins_and_saving(session, tmp_path):
    done = call(
        "chat",
        "-",
        "--window",
        "2k",
        "--format",
        "text",
        "--pin",
        "DB is Postgres",
        "--save",
        tmp_path / "w",
        "--quiet",
        stdin=session.read_text(),
    )
    assert "- DB is Postgres" in done.stdout
    assert done.stderr == ""
    assert len(ContextCompressor.load(tmp_path / "w").log) == 62
    as_list = call("chat", session, "--window", "2k", "--format", "json", "-o", tmp_path / "o.json")
    assert as_list.stdout == ""
    assert json.loads((tmp_path / "o.json").read_text())[0] == TALK[0]


def test_the_query_decides_what_stays(session):
    texts = {
        q: call("chat", session, "--window", "2k", "--summary", "220", "-q", q, "--format", "text").stdout
        for q in ("module_4", "module_9")
    }
    assert "About module_4:" in texts["module_4"]
    assert "About module_9:" in texts["module_9"]
    assert texts["module_4"] != texts["module_9"]


def test_force_compacts_below_the_trigger(session):
    done = call("chat", session, "--force")
    assert "(compress)" in done.stderr


def test_a_markdown_transcript_goes_in(tmp_path):
    path = tmp_path / "s.md"
    path.write_text(MARKDOWN)
    lines = [json.loads(line) for line in call("chat", path).stdout.splitlines()]
    assert [line["role"] for line in lines] == ["user", "assistant", "tool", "assistant", "tool", "assistant"]


def test_advice_in_lines_and_as_an_object(session):
    done = call("advise", session, "--window", "4k")
    assert "verdict: " in done.stdout
    assert done.stdout.count("\n") >= 6
    found = json.loads(call("advise", session, "--window", "400k", "--format", "json").stdout)
    assert found["over_half"] is False
    assert found["profile"]["messages"] == 62


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["chat", "nowhere.jsonl"], 2, "there is no file"),
        (["chat", "SESSION", "--window", "none"], 2, "--window is"),
        (["chat", "SESSION", "--format", "xml"], 2, "--format is"),
        (["chat", "SESSION", "--trigger", "7"], 2, "trigger is"),
        (["advise", "EMPTY"], 1, "is empty"),
        (["advise", "BROKEN"], 1, "line 2 of"),
        (["chat", "none.json"], 1, "holds no messages"),
        (["chat", "numbers.jsonl"], 1, "holds no messages"),
        (["chat", "SESSION", "--strategy", "guess"], 2, "strategy is"),
        (["chat", "HUGE", "--window", "1k"], 3, "raise the budget"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(session, tmp_path, capsys, arguments, code, message):
    (tmp_path / "EMPTY").write_text("")
    (tmp_path / "BROKEN").write_text('{"role": "user", "content": "x"}\n{"role": "user", "content": \n')
    (tmp_path / "HUGE").write_text(json.dumps({"role": "user", "content": WORDS * 2000}))
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "numbers.jsonl").write_text("[1, 2]\n[3]\n")
    paths = {
        "SESSION": session,
        **{name: tmp_path / name for name in ("EMPTY", "BROKEN", "HUGE", "none.json", "numbers.jsonl")},
    }
    assert main([str(paths.get(argument, argument)) for argument in arguments]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_old_messages_may_go_without_a_summary(session, capsys):
    assert main(["chat", str(session), "--window", "3k", "--strategy", "window", "--format", "text"]) == 0
    shown = capsys.readouterr()
    assert "were left out; recall" in shown.out
    assert "of the oldest messages were left out" in shown.err


def test_what_tools_take_is_counted_beside_the_messages(tmp_path):
    lines = [
        {"role": "user" if n % 2 == 0 else "assistant", "content": f"step {n}: " + "word " * 60} for n in range(40)
    ]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "tools.json").write_text(
        json.dumps([{"name": f"tool_{n}", "description": "x " * 40} for n in range(40)])
    )
    plain = call("chat", tmp_path / "talk.jsonl", "--window", "6k")
    number = call("chat", tmp_path / "talk.jsonl", "--window", "6k", "--overhead", "2k")
    schemas = call("chat", tmp_path / "talk.jsonl", "--window", "6k", "--overhead", tmp_path / "tools.json")
    shown = [len(result.stdout.splitlines()) for result in (plain, number, schemas)]
    assert shown[0] == 40
    assert shown[1] < 40
    assert shown[2] < 40
    assert call("chat", tmp_path / "talk.jsonl", "--window", "6k", "--overhead", "many").exit_code != 0
