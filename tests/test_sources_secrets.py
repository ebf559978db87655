"""Secrets are masked before anything sees them, in every kind of input, and hardly anything else is."""

from __future__ import annotations

import json
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import longzip
from longzip import Compressor, Settings, Source, SourceError, TextOptions
from longzip.models import ngram
from longzip.sources.secrets import MASK, find, masked, rules

SETTINGS = Settings(cache=False, isolated=False, count_for="chars/4", model="ngram")
TOKEN = "ghp_" + "Zq8LpV2xRt5NcY1mJ7kWb4HsD9fGa3Te6Uv0"
MODEL = ngram.load()
LETTERS = string.ascii_letters + string.digits
PEM = f"-----BEGIN {'EC'} PRIVATE KEY-----\n" + "\n".join(["MHcCAQEEIBz8kq4Yv1"] * 4) + "\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_finds_its_example_and_not_the_other(rule):
    assert rule.id in {one.rule for one in find(rule.example, ".env")}
    assert find(rule.unlike, ".env") == []
    inside = f"before\n{rule.example}\nafter"
    hidden = masked(inside, find(inside, ".env"))
    assert hidden.count("\n") == inside.count("\n")
    assert MASK in hidden
    assert find(hidden, ".env") == []


@pytest.mark.parametrize("key", ["password", "DB_PASSWORD", "clientSecret", "api_key", "authToken", "encryption_key"])
@pytest.mark.parametrize("shape", ['{k} = "{v}"', "{k}: '{v}',", '"{k}": "{v}"', '{k} := "{v}"', "'{k}' => '{v}'"])
def test_values_that_names_give_away(key, shape):
    chance = random.Random(f"{key}{shape}")
    for size in (8, 14, 32, 64):
        value = "".join(chance.choices(LETTERS, k=size - 1)) + "7"
        text = shape.format(k=key, v=value)
        assert value not in masked(text, find(text, "a.py")), text


@pytest.mark.parametrize(
    "text",
    [
        'password = "password"', 'PASSWORD = "changeme"', 'token = "<your token here>"', 'token_url = "https://a.b/token"',
        'secret = os.environ["SECRET"]', 'api_key = f"{prefix}_{name}"', 'token = "end_of_sentence2"',
        "password: ${DB_PASS}",
        'PASSWORD_FIELD = "user.password"', 'token == "abc123def456"', 'password = getpass()',
        'sk-circle sk-fading-circle-12',
        'tokenizer_class = "LlamaTokenizerFast"', 'token_path = "data/tokens/part1"', "http://user:password@localhost/",
        'secret = "********"', 'mask_token = "[MASK2]"', '"tokens": ">=0.23.1,<0.24.0"',
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text):
    assert find(text, "a.py") == []


@given(st.text(max_size=300))
def test_masks_keep_lines_and_are_stable(text):
    hidden = masked(text, find(text))
    assert hidden.count("\n") == text.count("\n")
    assert masked(hidden, find(hidden)) == hidden


def code(secret: str) -> str:
    return f'def connect():\n    token = "{secret}"\n    return open_session(token)\n\n\ndef other():\n    return 1\n'


def test_neither_result_nor_model_nor_report_has_it():
    compressor = Compressor(MODEL, MODEL, SETTINGS)
    result = compressor.compress([Source("a.py", code(TOKEN))], query="how is a session opened?", budget=400)
    assert TOKEN not in result.text
    assert "«secret:github-token»" in result.text
    assert [(one.path, one.line, one.rule) for one in result.report.masked] == [("a.py", 2, "github-token")]
    assert any("secrets masked" in note for note in result.report.notes)
    assert TOKEN not in json.dumps(result.report.as_dict())
    ranked = compressor.rank([Source("a.py", code(TOKEN))], query="how is a session opened?")
    assert all(TOKEN not in scored.chunk.text for scored in ranked)


def test_a_key_over_many_lines_leaves_its_places(tmp_path):
    (tmp_path / "a.py").write_text(f'KEY = """{PEM}"""\n\n\ndef after():\n    return KEY\n')
    found = longzip.read_repository(tmp_path, SETTINGS).sources[0].text
    assert "MHcCAQEE" not in found
    assert found.split("\n")[8] == "def after():"


def test_the_other_ways():
    sources = [Source("a.py", code(TOKEN)), Source("b.py", "def g():\n    return 2\n")]

    def read(secrets: str) -> longzip.Repository:
        return longzip.read_repository(sources, Settings(secrets=secrets, cache=False))  # type: ignore[arg-type]

    assert TOKEN in read("keep").sources[0].text
    assert [source.name for source in read("skip").sources] == ["b.py"]
    assert [(item.path, item.reason) for item in read("skip").skipped] == [("a.py", "holds secrets (github-token)")]
    with pytest.raises(SourceError, match=r"a\.py:2 \(github-token\)"):
        read("fail")


@pytest.mark.parametrize("kind", ["log", "document", "conversation"])
def test_texts_and_messages(kind):
    rows = "".join(f"12:00:0{n % 10} INFO user: request {n} with token {TOKEN}\n" for n in range(60))
    options = TextOptions(settings=Settings(kind=kind, cache=False, count_for="chars/4", force=True))
    result = longzip.compress(rows, "which token?", budget=300, options=options)
    assert TOKEN not in result.text
    assert result.report.masked
    call = {"id": "c1", "type": "function", "function": {"name": "run", "arguments": json.dumps({"token": TOKEN})}}
    messages = [
        {"role": "user", "content": f"My token is {TOKEN}. " + "Use it for the upload of all files. " * 40},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": f"done with {TOKEN}\n" * 30},
        {"role": "user", "content": [{"type": "text", "text": f"again with {TOKEN}"}]},
    ]
    said = longzip.compress(messages, "which token?", budget=400, options=options)
    assert TOKEN not in said.text
    assert TOKEN not in json.dumps(said.messages)


def test_diffs_and_bare_values():
    diff = f"--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n-A=1\n+API_TOKEN={TOKEN[4:]}\n"
    assert TOKEN[4:] not in masked(diff, find(diff))
    bare = f"DB_PASSWORD={TOKEN[4:20]}\nPORT=5432\nTOKEN_FILE=/run/secrets/token\n"
    assert masked(bare, find(bare, "config/.env.local")) == (
        "DB_PASSWORD=«secret:env-value»\nPORT=5432\nTOKEN_FILE=/run/secrets/token\n"
    )


def test_the_cache_never_has_it(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(code(TOKEN) * 20)
    settings = Settings(cache_dir=str(tmp_path / "cache"), isolated=False, model="ngram")
    Compressor.load(settings=settings).compress(tmp_path / "src", query="how is a session opened?", budget=200)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert kept
    assert TOKEN.encode() not in kept
