"""A model on a server: the dialects, both ways to ask, and servers that misbehave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from longzip import Compressor, LanguageModel, ModelError, Request, Settings, SettingsError, Source
from longzip.cli import main
from longzip.models.networks import transformers
from longzip.models.networks.checkpoints import read_file
from longzip.models.served import server
from longzip.models.served.dialects import Garbled, ends_of, regrouped
from longzip.models.served.probing import LEAD
from longzip.models.served.server import UNPREDICTED, ServerModel
from longzip.transport import answers, requests
from tests.servers import FakeServer, cost, number_of, serving, split
from tests.test_models_networks_transformers import WINDOW, make


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries of a hundredth of their length."""
    monkeypatch.setattr(requests, "FIRST_PAUSE", 0.005)


def load(address: str, key: str = "", **options: Any) -> ServerModel:
    """options: of the settings that begin with server_."""
    return server.load(Settings(model=address, **{f"server_{name}": value for name, value in options.items()}), key)


def opened(fake: FakeServer, address: str, **options: Any) -> ServerModel:
    model = load(address, **options)
    fake.bodies.clear()
    return model


def expected(context: str, target: str) -> list[float]:
    """Of the target's tokens after the context, where no token straddles."""
    before, own = [number_of(token) for token in split(context)], [number_of(token) for token in split(target)]
    return [cost(before + own[:place], token) for place, token in enumerate(own)]


@pytest.mark.parametrize("dialect", ["echo", "prompt"])
def test_values_and_ends_of_each_dialect(dialect: str) -> None:
    with serving(fake := FakeServer(dialect)) as url:
        model = opened(fake, url)
        assert isinstance(model, LanguageModel)
        assert (model.dialect, model.name) == (dialect, f"{url}#m/text")
        alone, after, empty = model.logprobs(
            [Request("", "Where is it"), Request("one two. ", "Where is it"), Request("a", "")]
        )
        assert after.ends.tolist() == alone.ends.tolist() == [1, 5, 6, 8, 9, 11]
        assert alone.values == pytest.approx(expected(LEAD, "Where is it"))
        assert after.values == pytest.approx(expected("one two. ", "Where is it"))
        assert (len(empty.values), len(empty.ends)) == (0, 0)


def test_equal_requests_are_asked_once_and_answers_keep_their_order() -> None:
    with serving(fake := FakeServer()) as url:
        model = opened(fake, url)
        requests = [Request("a ", "B"), Request("", "B"), Request("a ", "B"), Request("c ", "B")]
        answers = model.logprobs(requests)
        assert [answer.values.tolist() for answer in answers] == [
            model.logprobs([request])[0].values.tolist() for request in requests
        ]
        assert len(fake.bodies) == 3 + sum(1 if request.context == "" else 2 for request in requests)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("ab \n(é", max_size=6), st.text("ab \n(é", min_size=1, max_size=8)), min_size=1, max_size=4
    )
)
def test_a_targets_tokens_are_the_same_whatever_the_context(
    shared: tuple[FakeServer, ServerModel], pairs: list[tuple[str, str]]
) -> None:
    _, model = shared
    for (_, target), answer in zip(pairs, model.logprobs([Request(*pair) for pair in pairs]), strict=True):
        (alone,) = model.logprobs([Request("", target)])
        assert answer.ends.tolist() == alone.ends.tolist()
        assert answer.ends[-1] == len(target)
        assert (np.diff(answer.ends) >= 0).all()
        assert len(answer.values) == len(answer.ends)
        assert (answer.values <= 0).all()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[FakeServer, ServerModel]]:
    with serving(fake := FakeServer()) as url:
        yield fake, load(url)


def test_a_token_across_the_border_is_laid_out_over_the_targets_own_tokens(
    shared: tuple[FakeServer, ServerModel],
) -> None:
    (found,) = shared[1].logprobs([Request("x\n", "ab c")])
    # Alone the target follows a line break and is read "\na" "b" " " "c"; after "x\n" it is read just so.
    assert found.ends.tolist() == [1, 2, 3, 4]
    assert found.values == pytest.approx(expected("x", "\nab c"))
    (found,) = shared[1].logprobs([Request("x ", "ab c")])
    # Here it is read "ab" " " "c": the first two share what "ab" costs.
    ab, space, last = expected("x ", "ab c")
    assert found.values == pytest.approx([ab / 2, ab / 2, space, last])


def test_lone_surrogates_are_one_character_each(shared: tuple[FakeServer, ServerModel]) -> None:
    (found,) = shared[1].logprobs([Request("\ud800 ", "a\udfffb")])
    assert found.ends.tolist() == [1, 2, 3]
    assert found.values == pytest.approx(expected("? ", "a?b"))


@given(st.data())
def test_regrouping_keeps_the_sum_and_every_common_stretch(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 12))
    some = st.lists(st.integers(1, length - 1), max_size=8).map(sorted) if length > 1 else st.just([])
    wanted, ends = np.array([*data.draw(some), length]), np.array([*data.draw(some), length])
    values = -np.arange(1.0, len(ends) + 1)
    found = regrouped(wanted, ends, values)
    assert len(found) == len(wanted)
    for place in np.intersect1d(wanted, ends):
        assert found[wanted <= place].sum() == pytest.approx(values[ends <= place].sum())


@pytest.mark.parametrize(("texts", "whole", "ends"), [
    (["ab", " ", "c", "!"], "ab c", [2, 3, 4]),
    (["<s>", "ab", " c", "!"], "ab c", [0, 2, 4]),
    (["a", "\ufffd", "\ufffd", "b"], "aéb", [1, 2, 2, 3]),
    (["a", "", "", "b"], "aéb", [1, 2, 2, 3]),
    (["a", "", "", "!"], "aé", [1, 2, 2]),
    (["a", "", "", ""], "aé", [1, 2, 2]),
    ([" ab", "c"], "abc", [2, 3]),
    (["a", "b"], "a<s>b", [1, 5]),
])  # fmt: skip
def test_where_tokens_end(texts: list[str], whole: str, ends: list[int]) -> None:
    found, used = ends_of(texts, whole, 1)
    assert (found.tolist(), used) == (ends, len(ends))


@pytest.mark.parametrize(
    ("texts", "whole"), [(["b"], "a" * 70 + "b"), (["ab"], "abc"), ([], "a"), (["x", "y"], "z" * 80)]
)
def test_tokens_that_do_not_spell_the_prompt(texts: list[str], whole: str) -> None:
    with pytest.raises(Garbled, match="do not spell"):
        ends_of(texts, whole)


# ------------------------------------------------------------------------------------------------------------ token ids


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    vocabulary = {"<s>": 0, **{text: number for number, text in enumerate("abcdefghijklmnopqrstuvwxyz TQ(\n.", 1)}}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.add_special_tokens(["<s>"])
    made.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text('{"bos_token": "<s>"}', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("dialect", ["echo", "prompt"])
def test_token_ids_are_start_context_target(tokenizer: Path, dialect: str) -> None:
    encoder = read_file(tokenizer / "tokenizer.json")
    fake = FakeServer(dialect, spell=lambda number: encoder.spell([number])[0])
    with serving(fake) as url:
        model = opened(fake, url, tokenizer=str(tokenizer))
        alone, after = model.logprobs([Request("", "be"), Request("ab\n", "be")])
        assert sorted(map(str, (body["prompt"] for body in fake.bodies))) == ["[0, 1, 2, 31, 2, 5]", "[0, 2, 5]"]
        assert alone.values == pytest.approx([cost([0], 2), cost([0, 2], 5)])
        assert after.values == pytest.approx([cost([0, 1, 2, 31], 2), cost([0, 1, 2, 31, 2], 5)])
        assert after.ends.tolist() == [1, 2]


def test_a_long_target_is_read_in_windows_and_a_context_loses_its_start(tokenizer: Path) -> None:
    encoder = read_file(tokenizer / "tokenizer.json")
    fake = FakeServer(spell=lambda number: encoder.spell([number])[0], window=25)
    with serving(fake) as url:
        model = opened(fake, url, tokenizer=str(tokenizer))
        assert model.window == 24
        (answer,) = model.logprobs([Request("abc", "abcdefghij" * 9)])
        assert answer.ends.tolist() == list(range(1, 91))
        fake.bodies.clear()
        model.logprobs([Request("abcdefghijklmnopqrstuvwxyz", "ab")])
        assert fake.bodies[0]["prompt"] == [0, *range(6, 27), 1, 2]


@dataclass
class NetworkServer(FakeServer):
    """A server whose model is a network of the transformers library."""

    model: Any = None

    def complete(self, body: dict[str, object]) -> tuple[int, object]:
        import torch

        status, answer = super().complete(body)
        ids: list[int] = body["prompt"]  # type: ignore[assignment]
        with torch.inference_mode():
            table = self.model._network(input_ids=torch.tensor([ids])).logits[0].float().log_softmax(-1)
        values = [None, *(float(table[place - 1, ids[place]]) for place in range(1, len(ids))), -1.0]
        answer["choices"][0]["logprobs"]["token_logprobs"] = values  # type: ignore[index]
        return status, answer


def test_with_token_ids_the_numbers_are_those_of_the_model_in_this_process(tmp_path: Path) -> None:
    folder = make(tmp_path)
    here = transformers.load(str(folder), device="cpu")
    encoder = read_file(folder / "tokenizer.json")
    fake = NetworkServer(spell=lambda number: encoder.spell([number])[0], window=WINDOW + 1, model=here)
    requests = [
        Request("", "class User:"),
        Request("def f(x):\n\n", "user é漢字🎉 name"),
        Request("x = 1\n" * 40, "if x == 1: pass"),
        Request("a", "def user_name(User): return user.name\n" * 9),
        Request("<|start|>", "<|start|>"),
        Request(" ", "\ud800"),
    ]
    with serving(fake) as url:
        there = opened(fake, url, tokenizer=str(folder))
        for found, expected in zip(there.logprobs(requests), here.logprobs(requests), strict=True):
            assert found.ends.tolist() == expected.ends.tolist()
            assert found.values == pytest.approx(expected.values, abs=1e-5)


def test_a_window_that_the_server_does_not_tell(tokenizer: Path) -> None:
    encoder = read_file(tokenizer / "tokenizer.json")
    with serving(fake := FakeServer(spell=lambda number: encoder.spell([number])[0])) as url:
        model = opened(fake, url, tokenizer=str(tokenizer))
        fake.window = 20
        with pytest.raises(
            ModelError, match=r"smaller window than 4,096 tokens .*length is 20 tokens.*; set server_window"
        ):
            model.logprobs([Request("", "ab" * 20)])


def test_without_a_start_token_the_first_token_is_not_predicted(tokenizer: Path) -> None:
    (tokenizer / "tokenizer_config.json").unlink()
    encoder = read_file(tokenizer / "tokenizer.json")
    with serving(fake := FakeServer(spell=lambda number: encoder.spell([number])[0])) as url:
        model = opened(fake, url, tokenizer=str(tokenizer))
        first, one = model.logprobs([Request("", "ab"), Request("", "a")])
        assert first.values == pytest.approx([UNPREDICTED, cost([1], 2)])
        assert one.values == pytest.approx([UNPREDICTED])


def test_a_target_without_tokens_has_no_values(tokenizer: Path) -> None:
    encoder = read_file(tokenizer / "tokenizer.json")
    with serving(fake := FakeServer(spell=lambda number: encoder.spell([number])[0])) as url:
        model = opened(fake, url, tokenizer=str(tokenizer))
        (tokenizer / "tokenizer_config.json").unlink()
        bare = opened(fake, url, tokenizer=str(tokenizer))
        for one in (model, bare):
            assert [
                len(answer.values)
                for answer in one.logprobs([Request("", "\u2603"), Request("ab", "\u2603"), Request("", "ab")])
            ] == [0, 0, 2]


def test_a_server_that_takes_no_ids_and_a_wrong_tokenizer(tokenizer: Path) -> None:
    with (
        serving(FakeServer()) as url,
        pytest.raises(ModelError, match=r"takes no token ids .*leave out server_tokenizer"),
    ):
        load(url, tokenizer=str(tokenizer))
    with (
        serving(FakeServer(spell=lambda number: "xyzzy"[number % 5])) as url,
        pytest.raises(ModelError, match="is not the model's"),
    ):
        load(url, tokenizer=str(tokenizer))


# -------------------------------------------------------------------------------------------------- long texts, as text


def test_as_text_a_context_loses_its_start_and_a_long_target_is_halved() -> None:
    with serving(fake := FakeServer(window=30)) as url:
        model = opened(fake, url)
        context = "".join(f"({letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
        (cut,) = model.logprobs([Request(context, "(a(b(c")])
        sent = [str(body["prompt"]) for body in fake.bodies][-1]
        assert sent.endswith("(z(a(b(c")
        assert cut.values == pytest.approx(expected(sent[:-6], "(a(b(c"))
        target = "(a(b(c\n" * 20
        (long,), (again,) = model.logprobs([Request("", target)]), model.logprobs([Request("anything ", target)])
        assert long.ends[-1] == len(target)
        assert long.ends.tolist() == again.ends.tolist()
        assert long.values == pytest.approx(again.values)


# ----------------------------------------------------------------------------------------------- servers that misbehave


@pytest.mark.parametrize("fault", [429, 500, 503, "die", "garbage"])
def test_a_passing_fault_is_tried_again(fault: object) -> None:
    with serving(fake := FakeServer()) as url:
        model = opened(fake, url, retries=2)
        right = model.logprobs([Request("a ", "B c")])[0]
        fake.script[:] = [fault, fault]
        fake.bodies.clear()
        assert model.logprobs([Request("a ", "B c")])[0].values == pytest.approx(right.values)
        assert len(fake.bodies) == 4


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (429, "answers 429: scripted 429, 3 times in a row"),
        (500, "answers 500"),
        ("die", "cannot be reached"),
        ("garbage", "no JSON"),
    ],
)
def test_a_lasting_fault_is_one_line(fault: object, message: str) -> None:
    with serving(fake := FakeServer()) as url:
        model = opened(fake, url, retries=2)
        fake.script[:] = [fault] * 9
        with pytest.raises(ModelError, match=message) as caught:
            model.logprobs([Request("", "B c")])
        assert "\n" not in str(caught.value)
        assert len(fake.bodies) == 3


def test_a_slow_answer_is_given_up_and_asked_again() -> None:
    with serving(fake := FakeServer()) as url:
        model = opened(fake, url, retries=1, timeout=0.3)
        fake.script[:] = ["slow"]
        began = time.monotonic()
        assert len(model.logprobs([Request("", "B c")])[0].values) == 3
        assert time.monotonic() - began < 1.5
        fake.script[:] = ["slow", "slow"]
        with pytest.raises(ModelError, match=r"does not answer within 0\.3 s, 2 times"):
            model.logprobs([Request("", "B c")])


def test_retry_after_is_respected() -> None:
    with serving(fake := FakeServer(headers={"Retry-After": "0.4"})) as url:
        model = opened(fake, url, retries=1)
        fake.script[:] = [429]
        began = time.monotonic()
        model.logprobs([Request("", "B c")])
        assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("2", 2.0),
        ("-1", 0.0),
        ("nan", None),
        ("99999", 60.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_what_retry_after_asks_for(header: str | None, seconds: float | None) -> None:
    assert answers.retry_after(header) == seconds


def test_a_dead_server_is_one_line_at_once() -> None:
    with serving(FakeServer()) as url:
        pass
    with pytest.raises(ModelError, match=r"cannot be reached \(ConnectError\).*check that the server runs"):
        load(f"{url}#m")


def test_a_server_without_prompt_logprobs_says_how_to_start_one() -> None:
    with (
        serving(FakeServer("none")) as url,
        pytest.raises(ModelError, match=r"no log-probabilities of the prompt; start one .*vllm serve"),
    ):
        load(url)


def test_numbers_of_the_next_token_are_noticed() -> None:
    with serving(FakeServer(misaligned=True)) as url, pytest.raises(ModelError, match="successor"):
        load(url)


def change(**changes: object):  # type: ignore[no-untyped-def]
    def apply(answer):  # type: ignore[no-untyped-def]
        answer["choices"][0]["logprobs"] |= changes
        return answer

    return apply


@pytest.mark.parametrize(("answer", "message"), [
    (lambda _: [], "answers without choices"),
    (lambda _: {"choices": []}, "answers without choices"),
    (lambda _: {"choices": [{"logprobs": {"tokens": "ab", "token_logprobs": None}}]}, "returns no log-probabilities"),
    (change(tokens=["a"]), "returns 1 tokens with 5 log-probabilities"),
    (change(tokens=[1, 2, 3, 4, 5]), "tokens that are no text"),
    (change(tokens=["x"] * 5), "do not spell"),
    (change(token_logprobs=[None, True, -1, -1, -1]), "'True' as a log-probability"),
    (change(token_logprobs=[None, 0.5, -1, -1, -1]), r"'0\.5' as a log-probability"),
    (change(token_logprobs=[None, float("nan"), -1, -1, -1]), "'nan' as a log-probability"),
])  # fmt: skip
def test_a_garbled_answer_is_one_line(answer: object, message: str) -> None:
    with serving(fake := FakeServer()) as url:
        model = opened(fake, url)
        fake.script[:] = [answer]
        with pytest.raises(ModelError, match=message) as caught:
            model.logprobs([Request("", "B c")])
        assert "\n" not in str(caught.value)


def test_wrong_counts_for_ids(tokenizer: Path) -> None:
    encoder = read_file(tokenizer / "tokenizer.json")
    with serving(fake := FakeServer(spell=lambda number: encoder.spell([number])[0])) as url:
        model = opened(fake, url, tokenizer=str(tokenizer))
        fake.script[:] = [change(tokens=["a", "!"], token_logprobs=[None, -1], top_logprobs=[None, None])]
        with pytest.raises(ModelError, match="returns log-probabilities of 2 tokens for 3"):
            model.logprobs([Request("", "ab")])


# -------------------------------------------------------------------------------------------------- names, keys, limits


def test_no_more_requests_are_under_way_than_allowed() -> None:
    with serving(fake := FakeServer(pause=0.02)) as url:
        model = opened(fake, url, concurrency=3)
        model.logprobs([Request(f"{number} ", "B") for number in range(12)])
        assert fake.most_under_way == 3


def test_the_key_is_sent_and_shown_nowhere() -> None:
    with serving(fake := FakeServer(key="secret")) as url:
        model = opened(fake, url, key="secret")
        assert len(model.logprobs([Request("", "B")])) == 1
        assert "secret" not in model.name + repr(model.endpoint)
        with pytest.raises(
            ModelError, match="401: Invalid API key; put the API key into the environment variable"
        ) as caught:
            load(url, key="wrong-one")
        assert "wrong-one" not in str(caught.value)


def test_which_model_is_meant() -> None:
    with serving(FakeServer(models=("a", "b"))) as url:
        with pytest.raises(ModelError, match=r"which model is meant; add its name, .*#NAME \(one of: a, b\)"):
            load(url)
        assert load(f"{url}/#b").name == f"{url}#b/text"


@pytest.mark.parametrize("address", ["http://", "ftp://x/v1#m", "http://x:y/v1", "http://x/v1?key=1#m"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ModelError, match="no address of a server"):
        load(address)


def test_passwords_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(ModelError, match="user name or password") as caught:
        load("http://me:hunter2@x/v1#m")
    assert "hunter2" not in str(caught.value)


def test_inside_an_event_loop() -> None:
    async def inner(model: ServerModel) -> int:
        return len(model.logprobs([Request("", "B")])[0].values)

    with serving(fake := FakeServer()) as url:
        assert asyncio.run(inner(opened(fake, url))) == 1


def test_a_compressor_with_a_model_on_a_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text(
        "".join(f"def f{n}(x):\n    y = x + {n}\n    return y\n\n\n" for n in range(30)), encoding="utf-8"
    )
    monkeypatch.setenv("MY_KEY", "secret")
    with serving(fake := FakeServer(key="secret")) as url:
        chosen = Settings(model=f"{url}#m", server_key="MY_KEY", count_for="chars/4")
        result = Compressor.load(settings=chosen).compress(source, query="what does it add", budget=200)
        assert 0 < result.report.got <= 200
        assert result.report.model == f"{url}#m/text"
        assert len(fake.bodies) > 30


def test_a_dead_server_ends_the_command_with_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("x = 1\n" * 500, encoding="utf-8")
    with serving(FakeServer()) as url:
        pass
    assert (
        main(["compress", str(tmp_path), "-q", "x", "--budget", "100", "--model", f"{url}#m", "--count-for", "chars/4"])
        == 1
    )
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"longzip: {url}/models cannot be reached")
    assert said.err.count("\n") == 1


def test_the_tokenizer_must_be_named_where_tokens_are_counted_and_nowhere_else() -> None:
    source = Source("a.py", "def f(x):\n    return x\n")
    with serving(fake := FakeServer()) as url:
        compressor = Compressor.load(settings=Settings(model=f"{url}#m"))
        with pytest.raises(SettingsError, match="--count-for"):
            compressor.compress(source, query="x", budget=9)
        assert fake.bodies == []
        assert [line.line for line in compressor.segment(source).lines if line.bits is not None] == [1, 2]
