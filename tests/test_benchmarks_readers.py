"""The benchmark's readers: likelihood by hand, an endpoint that is played, recordings."""

import json
from pathlib import Path

import pytest

from benchmarks import readers
from benchmarks.config import ReaderTable, Run, TaskTable
from benchmarks.readers.endpoint import Endpoint, Reply
from benchmarks.readers.likelihood import Likelihood, network_alone
from benchmarks.readers.local import Local
from benchmarks.readers.prompts import completion, question
from benchmarks.values import Context, Example
from longzip import ModelError, Request, Source, SourceError, UsageError
from tests.fakes import WordModel

RUN = Run("t", (TaskTable("examples"),))
EXAMPLE = Example("e", (Source("a.py", "x = 1\n"),), "query", prefix="before", hidden="x y z")
BUNDLED = Path(readers.__file__).parent.parent.parent / "longzip" / "models" / "bundled"


def test_likelihood_is_the_mean_over_the_hidden_text_given_context_and_prefix():
    model = WordModel()
    reader = Likelihood(model, "words")
    assert reader.read(EXAMPLE, [Context("", {}), Context("x y", {})]) == [{"nll words": 3.0}, {"nll words": pytest.approx(5 / 3)}]
    assert model.asked == [Request("before\n", "x y z"), Request("x y\n\nbefore\n", "x y z")]


def test_nothing_hidden_nothing_read():
    asked = Example("e", EXAMPLE.sources, "query")
    assert Likelihood(WordModel(), "words").read(asked, [Context("", {})]) == [{}]


def test_the_network_alone_has_no_model_of_words():
    folder = network_alone(BUNDLED)
    config = json.loads((folder / "config.json").read_text())
    assert "context_through" not in config
    assert (folder / "tokenizer.json").is_file()
    assert not (folder / "association.safetensors").exists()


@pytest.mark.embedded
def test_a_network_reads_its_context():
    reader = Likelihood.load(RUN, ReaderTable("likelihood", name="network", plain=True))
    near, far = reader.read(EXAMPLE, [Context("x y z\nx y z\nx y z\n", {}), Context("q r s\nq r s\nq r s\n", {})])
    assert near["nll network"] < far["nll network"]


@pytest.mark.embedded
def test_a_local_model_writes_the_same_every_time():
    reader = Local.load(RUN, ReaderTable("local", new_tokens=8, name="tiny"))
    asked = Example("e", EXAMPLE.sources, "q", prefix="def add(a, b):", hidden="    return a + b")
    assert reader.read(asked, [Context("", {})]) == reader.read(asked, [Context("", {})])
    assert set(reader.read(asked, [Context("", {})])[0]) == {"es tiny", "em tiny"}


def test_a_local_model_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="name a folder with a causal model"):
        Local.load(RUN, ReaderTable("local", model=str(tmp_path)))


def test_filling_in_the_middle():
    reader = Local(None, None, ("<P>", "<S>", "<M>"), 1, "l")
    asked = Example("e", EXAMPLE.sources, "q", prefix="a", suffix="b", hidden="h")
    assert reader.prompt(asked, Context("", {})) == "<P>a\n<S>b<M>"
    assert Local(None, None, None, 1, "l").prompt(asked, Context("c", {})) == "c\n\na\n"


def test_prompts():
    assert completion(EXAMPLE, Context("ctx", {})) == "ctx\n\nbefore\n"
    asked = Example("e", EXAMPLE.sources, "find it", hidden="x", choices=("y",), kind="question")
    assert question(asked, Context("ctx", {})).startswith("ctx\n\nfind it\n\nBased on")


# ----------------------------------------------------------------------------------------------------------- endpoint


def chat(text, asked=100, written=10):
    return Reply(200, json.dumps({"choices": [{"message": {"content": text}}], "usage": {"prompt_tokens": asked, "completion_tokens": written}}))


def endpoint(tmp_path, replies, **values):
    table = ReaderTable("endpoint", model="m", name="m", url="http://host/v1", **values)
    bodies, waits = [], []

    def send(body):
        bodies.append(body)
        return replies.pop(0)

    made = Endpoint(table, tmp_path / "answers.jsonl", send, wait=waits.append)
    return made, bodies, waits


def test_answers_are_scored_recorded_and_not_asked_for_twice(tmp_path):
    made, bodies, _ = endpoint(tmp_path, [chat("x y z")])
    assert made.read(EXAMPLE, [Context("c", {}), Context("c", {})]) == [{"es m": 1.0, "em m": 1.0}] * 2
    assert len(bodies) == 1
    assert bodies[0]["temperature"] == 0
    again = Endpoint.load(RUN, ReaderTable("endpoint", model="m", name="m", replay=True, record=str(tmp_path / "answers.jsonl")), tmp_path)
    assert again.read(EXAMPLE, [Context("c", {})]) == [{"es m": 1.0, "em m": 1.0}]
    with pytest.raises(SourceError, match="lacks an answer"):
        again.read(EXAMPLE, [Context("other", {})])


def test_a_passing_failure_is_tried_again_with_growing_patience(tmp_path):
    made, bodies, waits = endpoint(tmp_path, [Reply(503, ""), Reply(429, "slow down"), chat("x")])
    made.read(EXAMPLE, [Context("c", {})])
    assert len(bodies) == 3
    assert waits == [2.0, 4.0]


@pytest.mark.parametrize(
    ("reply", "said"),
    [(Reply(402, ""), "out of credit"), (Reply(429, "insufficient_quota"), "out of credit"), (Reply(401, "no"), "it answers 401"), (Reply(200, "<html>"), "no chat completion")],
)
def test_an_endpoint_that_refuses(tmp_path, reply, said):
    made, bodies, waits = endpoint(tmp_path, [reply])
    with pytest.raises(ModelError, match=said):
        made.read(EXAMPLE, [Context("c", {})])
    assert (len(bodies), waits) == (1, [])


def test_the_cost_cap_stops_the_run_and_keeps_what_is_there(tmp_path):
    made, bodies, _ = endpoint(tmp_path, [chat("x", 1_000_000, 0), chat("y")], input_price=2.0, cap=1.5, concurrency=1)
    made.read(EXAMPLE, [Context("a", {})])
    assert made.spent == 2.0
    with pytest.raises(ModelError, match=r"cap of 1\.50 dollars"):
        made.read(EXAMPLE, [Context("b", {})])
    assert len(bodies) == 1
    assert (tmp_path / "answers.jsonl").read_text().count("\n") == 1


def test_an_endpoint_needs_an_address_a_key_and_a_recording(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_KEY", raising=False)
    with pytest.raises(UsageError, match="has no url"):
        Endpoint.load(RUN, ReaderTable("endpoint"), tmp_path)
    with pytest.raises(UsageError, match="environment variable NO_KEY"):
        Endpoint.load(RUN, ReaderTable("endpoint", url="http://host", key="NO_KEY"), tmp_path)
    with pytest.raises(SourceError, match="no recording"):
        Endpoint.load(RUN, ReaderTable("endpoint", replay=True), tmp_path)


def test_a_prompt_is_not_in_the_recording(tmp_path):
    made, _, _ = endpoint(tmp_path, [chat("answer")])
    made.read(EXAMPLE, [Context("secret context", {})])
    assert "secret" not in (tmp_path / "answers.jsonl").read_text()


def test_a_judge_is_asked_in_both_orders(tmp_path):
    asked = Example("e", EXAMPLE.sources, "Document it", hidden="by people", kind="question")
    made, bodies, _ = endpoint(tmp_path, [chat("by a model"), chat("A"), chat("a.")])
    assert made.read(asked, [Context("c", {})]) == [{"score m": 0.5}]
    first, second = (body["messages"][1]["content"] for body in bodies[1:])
    assert first.index("by a model") < first.index("by people")
    assert second.index("by people") < second.index("by a model")


def test_a_judge_that_says_neither_is_no_draw(tmp_path):
    asked = Example("e", EXAMPLE.sources, "Document it", hidden="by people", kind="question")
    made, _, _ = endpoint(tmp_path, [chat("by a model"), chat("Both are fine")])
    with pytest.raises(ModelError, match="was to answer A or B"):
        made.read(asked, [Context("c", {})])
