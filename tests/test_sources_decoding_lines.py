"""Long lines: a table in one line costs that line, a packed file is left out, a file named by the user is read."""

from pathlib import Path

import pytest

from longzip import read_repository

CODE = "".join(f"def f{number}(x):\n    return x + {number}\n\n\n" for number in range(12))


def read(folder: Path, name: str, text: str) -> tuple[list[str], list[str]]:
    (folder / name).write_text(text, encoding="utf-8")
    found = read_repository(folder)
    return [source.name for source in found.sources], [skipped.reason for skipped in found.skipped]


@pytest.mark.parametrize("table", ["TABLE = '" + "x" * 9_000 + "'\n", "T = [" + "1, " * 20_000 + "]\n"])
def test_one_long_line_among_code_leaves_the_file_in(tmp_path: Path, table: str) -> None:
    assert len(read(tmp_path, "a.py", table + CODE)[0]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "var a=1;" * 2_000,
        "/*\n * Licence: do what you like,\n * but keep this.\n */\n" + "var a=1;" * 5_000 + "\n",
        ("x" * 300 + "\n") * 40,
    ],
)
def test_what_a_program_packed_is_left_out_but_read_where_it_is_named(tmp_path: Path, text: str) -> None:
    names, reasons = read(tmp_path, "a.js", text)
    assert not names
    assert reasons[0].startswith("minified")
    assert len(read_repository(tmp_path / "a.js").sources) == 1
