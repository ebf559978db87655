"""Every JSON output against the schema that ``longzip schema`` prints for it."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from longzip.cli import main
from longzip.cli.schemas import SCHEMAS

QUESTION = ("-q", "where is retry_3", "--model", "ngram", "--count-for", "chars/4", "--no-cache")
CODE = "".join(f"def retry_{n}(x):\n    # again\n    y = x + {n}\n    return y\n\n\n" for n in range(9))
TALK = [{"role": "user", "content": "Fix the login."}, {"role": "assistant", "content": "I changed auth.py line 3."}]
JOBS = [
    {"id": "a", "paths": ["src"], "query": "retry_3", "budget": 90, "settings": {"model": "ngram", "cache": False}},
    {"id": "b", "paths": ["src"], "query": "retry_3", "budget": 0},
]
COMMANDS = {
    "compress": ("compress", "src", "--budget", "90", "--format", "json", *QUESTION),
    "estimate": ("compress", "src", "--dry-run", "--format", "json", "--model", "ngram"),
    "tree": ("src", "--tree", "--format", "json", "--model", "ngram"),
    "rank": ("rank", "src", "--format", "json", *QUESTION),
    "explain": ("explain", "src", "--budget", "90", "--format", "json", *QUESTION),
    "tokens": ("tokens", "src", "--for", "chars/4", "--for", "gpt-5", "--format", "json"),
    "segment": ("segment", "src/client.py", "--format", "json", "--model", "ngram", "--no-cache"),
    "config": ("config", "--format", "json"),
    "cache": ("cache", "info", "--format", "json"),
    "advise": ("advise", "talk.jsonl", "--window", "8k", "--format", "json"),
    "chat": ("chat", "talk.jsonl", "--window", "8k", "--format", "json"),
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "client.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "src" / "logo.png").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "talk.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in TALK), encoding="utf-8")
    (tmp_path / "jobs.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in JOBS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LONGZIP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def schema(name, capfd):
    assert main(["schema", name]) == 0
    found = json.loads(capfd.readouterr().out)
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_printed_is_as_its_schema_says(name, capfd):
    said = schema(name, capfd)
    assert main(COMMANDS[name]) == 0
    printed = json.loads(capfd.readouterr().out)
    said.validate(printed)
    if name != "chat":
        assert printed["schema"] == said.schema["$id"] == f"longzip/{name}/1"
        assert not said.is_valid({**printed, "more": 1})
        assert not said.is_valid({key: value for key, value in printed.items() if key != list(printed)[-1]})


@pytest.mark.parametrize("prose", [False, True])
def test_a_report_is_as_its_schema_says(prose, project, capfd, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    said = schema("report", capfd)
    (project / "talk.md").write_text("We decided to use Postgres 15. It rains. " * 9, encoding="utf-8")
    asked = ("talk.md", "--kind", "document", "--force") if prose else ("src", *QUESTION)
    assert main(["compress", *asked, "--budget", "90", "--report", "r.json"]) == 0
    found = json.loads((project / "r.json").read_text(encoding="utf-8"))
    said.validate(found)
    said.validate([found, found])
    assert ("digest" in found) == prose


def test_the_lines_of_a_batch_are_as_their_schema_says(project, capfd):
    said = schema("batch", capfd)
    assert main(["batch", "jobs.jsonl", "-o", "out.jsonl", "--workers", "1", "--quiet"]) == 1
    lines = [json.loads(line) for line in (project / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        said.validate(line)
    assert [set(line) & {"text", "error"} for line in sorted(lines, key=lambda line: line["id"])] == [
        {"text"},
        {"error"},
    ]


def test_the_names_are_listed_and_others_are_refused(capfd):
    assert main(["schema"]) == 0
    listed = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(SCHEMAS)
    assert set(SCHEMAS) == {*COMMANDS, "report", "batch"}
    assert main(["schema", "nonsense"]) == 2
    assert "choose one of: compress, report" in capfd.readouterr().err
