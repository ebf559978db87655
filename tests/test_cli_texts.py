"""Texts on the command line: pipes, files of prose, levels, layouts."""

import io
import json
import sys

import pytest

from longzip.cli import main
from tests.test_texts import CHAT, LOG, NOTES


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch, tmp_path, capfdbinary):
    """Run the command in an empty folder with something on standard input; None: a terminal."""
    monkeypatch.chdir(tmp_path)

    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    def call(*arguments: str, stdin: str | None = None) -> Outcome:
        stream = Terminal(io.BytesIO()) if stdin is None else io.TextIOWrapper(io.BytesIO(stdin.encode()))
        monkeypatch.setattr(sys, "stdin", stream)
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), write_through=True))
        code = main([*arguments, "--count-for", "chars/4"])
        out = sys.stdout.buffer.getvalue().decode()
        return Outcome(code, out, capfdbinary.readouterr().err.decode())

    return call


def test_the_output_of_a_program_is_piped_in(run):
    found = run("compress", "-", "-q", "why does it fail?", "--budget", "200", stdin=LOG)
    assert found.code == 0
    assert "ConnectionRefusedError: refused" in found.out
    assert "FATAL giving up" in found.out
    assert len(found.out) <= 800


def test_a_pipe_needs_no_question(run):
    found = run("compress", "-", stdin=CHAT)
    assert found.code == 0
    assert "We decided to use Redis" in found.out
    assert "many ways" not in found.out


def test_a_list_of_files_is_still_a_list(run, tmp_path):
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    found = run("compress", "-", "-q", "f", "--budget", "100", "--model", "ngram", stdin="a.py\n")
    assert found.out == "def f():\n    return 1\n"
    assert run("compress", "-", "-q", "f", "--budget", "100", stdin="src/none.py\nsrc/no.py\n").code != 0


def test_a_kind_makes_a_list_a_text(run):
    assert run("compress", "-", "--kind", "document", stdin="a.py\nb.py\n").out == "a.py\nb.py\n"


def test_files_of_prose_take_levels_targets_and_layouts(run, tmp_path):
    (tmp_path / "notes.md").write_text(NOTES)
    sizes = [len(run("compress", "notes.md", "--level", level).out) for level in ("light", "aggressive")]
    assert sizes[0] > sizes[1]
    found = run("compress", "notes.md", "--target", "quality>=0.9", "--report", "report.json")
    assert found.code == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["digest"]["kind"] == "document"
    assert report["digest"]["curve"][-1][0] == 1.0
    assert {row["status"] for row in report["digest"]["rows"]} == {"kept", "dropped"}
    assert run("compress", "notes.md", "--layout", "protocol").out.startswith(
        "CONTEXT COMPRESSOR\nType    : meeting notes / document\n"
    )
    assert run("compress", "notes.md", "--layout", "protocol", "--language", "zh").out.startswith(
        "CONTEXT COMPRESSOR\n类型    : 会议纪要/文档\n"
    )


def test_what_is_left_alone_says_so(run, tmp_path):
    (tmp_path / "a.txt").write_text("Short.\n")
    found = run("compress", "a.txt", "--level", "light")
    assert (found.code, found.out) == (0, "Short.\n")
    assert "left as it is" in found.err


def test_code_without_a_question_gives_its_outline(run, tmp_path):
    body = "".join(f"    x{number} = compute({number})\n" for number in range(60))
    (tmp_path / "a.py").write_text(f"def f(a: int) -> int:\n{body}    return x1\n")
    found = run("compress", "a.py", "--level", "balanced")
    assert found.out == "def f(a: int) -> int:\n    ...  # [calls compute; returns x1] (2-62)\n"
    assert "smaller" in found.err
    assert "budget" not in found.err
    more = run("compress", "a.py", "--level", "balanced", "--format", "json")
    assert json.loads(more.out)["budget"] is None


def test_levels_of_code_differ(run, tmp_path):
    bodies = "".join(
        f'def f{n}(a):\n    """Doc."""\n' + "    b = call(a)\n" * n + "    return a\n" for n in range(1, 30)
    )
    (tmp_path / "a.py").write_text(bodies)
    light, plain, least = (
        run("compress", "a.py", "--level", level).out for level in ("light", "balanced", "aggressive")
    )
    assert all("def f7(a)" in text for text in (light, plain, least))
    assert len(light) > len(plain) > len(least)
    assert plain.count("Doc.") == 29
    assert least.count("Doc.") < 5
    assert light.count("call(a)") > 10


def test_sizes_exclude_each_other(run):
    assert run("compress", "-", "--level", "light", "--budget", "5", stdin=CHAT).code == 2
    assert run("compress", "-", "--level", "tiny", stdin=CHAT).code == 2
    assert run("compress", "-", "--target", "best", stdin=CHAT).code == 2
    assert run("compress", "-", "-q", "x", "--budget", "1", stdin=CHAT).code == 3


def test_code_is_piped_in_by_kind_or_by_name(run):
    text = "class Cart {\n  add(item: Item): void {\n    this.items.push(item);\n    this.count += 1;\n  }\n}\n" * 3
    for options in (["--kind", "code"], ["--name", "cart.ts"]):
        found = run(
            "compress", "-", *options, "-q", "how is an item added", "--budget", "60", "--model", "ngram", stdin=text
        )
        assert found.code == 0
        assert "// ..." in found.out, "gaps are comments of the language"
    assert (
        run("compress", "-", "--name", "a.py", "-q", "f", "--budget", "9", "--model", "ngram", stdin="a.py\n").out
        == "a.py\n"
    )


def test_like_lines_that_were_folded_are_said_to_be_gone(run):
    outcome = run("compress", "-", "--kind", "log", "--budget", "300", stdin="error: boom\n" * 200 + "ok\n")
    assert "198 lines (2-199), alike" in outcome.out
    assert "nothing left out" not in outcome.err
    assert "601 → 15 tokens" in outcome.err
