"""A few cases of each attack, and that an attack which finds something says so."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from longzip import ModelError, Request, Settings
from longzip.models.served import server as served

SCRIPTS = Path(__file__).parent.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))
import attack  # noqa: E402
from attacks import servers  # noqa: E402

CASES = {"code": 3, "commands": 3, "prose": 3, "determinism": 1, "hostile": 1, "servers": 6, "conversations": 4}


@pytest.fixture(autouse=True)
def _small_bombs(monkeypatch):
    monkeypatch.setattr(servers, "BOMBS", [gzip.compress(b" " * 5_000_000, 1)])


@pytest.mark.parametrize("name", CASES)
def test_a_few_cases(name):
    for seed in range(CASES[name]):
        assert attack.ATTACKS[name](random.Random(seed)) == []


@pytest.mark.parametrize("odd", ["bomb", "-1" + "0" * 400, "NaN", "true", "1e999", "-Infinity", "[]"])
def test_no_server_can_make_it_fail_otherwise_than_with_an_error_of_its_own(odd, monkeypatch):
    monkeypatch.setattr(servers.requests, "MOST_BYTES", 50_000)

    def made(path: str) -> bytes:
        if odd == "bomb":
            return servers.reply(200, servers.bomb(), "Content-Encoding: gzip")
        tokens = ["\n", "The quick brown ", "fox"]
        said = {"tokens": tokens, "token_logprobs": [None, "ODD", -1.0], "top_logprobs": [{"a": "ODD"}] * 3}
        answer = json.dumps({"choices": [{"logprobs": said}]}).replace('"ODD"', odd)
        return servers.reply(200, answer.encode())

    def asked(url: str) -> object:
        model = served.load(Settings(model=f"{url}#m", server_timeout=5.0, server_retries=0))
        return model.logprobs([Request("", "The quick brown fox")])

    with servers.serving(made) as url, pytest.raises(ModelError, match=r"more than 50,000 bytes|log-prob|tokens"):
        asked(url)


def test_a_finding_is_counted_and_told(monkeypatch):
    def play(chance):
        if chance.random() < 0.5:
            raise ValueError("lost")
        return ["over"]

    monkeypatch.setitem(attack.ATTACKS, "code", play)
    tally = attack.Tally()
    for seed in range(20):
        attack.one("code", seed, tally)
    assert tally.cases == len(tally.failures) == 20
    assert any("ValueError: lost" in text for text in tally.failures)
    assert any(text == "code --case 2: over" or text.endswith(": over") for text in tally.failures)
    assert "| code | 20 | 20 |" in attack.table({"code": tally})


def test_it_ends_with_a_line_of_json():
    command = [sys.executable, str(SCRIPTS / "attack.py"), "--only", "conversations", "--minutes", "0.02"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=SCRIPTS.parent, check=False)
    found = json.loads(said.stdout.strip().split("\n")[-1])
    assert said.returncode == 0
    assert found["attacks"]["conversations"]["cases"] > 0


def test_a_layout_that_leaves_no_room_for_text_is_left_out():
    import longzip

    text = "We decided to use Redis. " * 30 + "The build failed with exit code 1. " * 30
    options = longzip.TextOptions(
        settings=longzip.Settings(kind="document", layout="protocol", cache=False, count_for="chars/4", force=True)
    )
    for budget in (20, 30, 40, 60):
        assert len(longzip.compress(text, "x = 1", budget=budget, options=options).text) <= 4 * budget + 3
