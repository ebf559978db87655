"""The room of a view is used: a fresh result that is too long keeps as much of its lines, word for word, as fits."""

import pytest

from longzip import ContextCompressor
from longzip.conversation.facts.tool_output import excerpt
from longzip.messages.normal import ScriptCount

COUNTER = ScriptCount()
LINES = [f"Zeile {n}: der Pegel am Kai {n} steht bei {n}7 cm\n" for n in range(900)]


def read_file(text):
    yield {"role": "user", "content": "Wie hoch ist der Pegel? 请看文件。"}
    call = {"id": "c", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "pegel.txt"}'}}
    yield {"role": "assistant", "content": None, "tool_calls": [call]}
    yield {"role": "tool", "tool_call_id": "c", "content": text}


def test_after_a_long_read_most_of_the_room_is_used():
    window = ContextCompressor(t_max=8000, t_retained=6000)
    window.extend(read_file("".join(LINES)))
    window.get_current_context()
    assert 5000 <= window.tokens <= 6000
    shown = window.view()[-1].text
    kept = [line for line in shown.splitlines(keepends=True) if line in LINES]
    assert len(kept) > 200
    assert kept == sorted(kept, key=LINES.index)
    assert LINES[0] in shown
    assert LINES[-1].strip() in shown


@pytest.mark.parametrize(
    "trouble", ["panic: index out of range\n", "Fehler: Kai gesperrt\n", "错误：没有水位\n", "Ошибка: нет данных\n"]
)
def test_an_excerpt_keeps_the_ends_and_what_tells_of_trouble(trouble):
    lines = [*LINES[:400], trouble, *LINES[400:]]
    shown = excerpt("".join(lines), 700, COUNTER)
    assert COUNTER.count(shown) <= 700
    assert trouble in shown
    assert shown.startswith(LINES[0])
    assert LINES[-1] in shown
    hidden = sum(int(part.split()[0]) for part in shown.split("[... ")[1:])
    assert hidden + sum(line in set(lines) for line in shown.splitlines(keepends=True)) == len(lines)


def test_where_nothing_fits_there_is_no_excerpt():
    assert excerpt("".join(LINES), 5, COUNTER) == ""
    assert excerpt("", 500, COUNTER) == ""
