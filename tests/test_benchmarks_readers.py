"""The benchmark's readers: likelihood by hand, an endpoint that is played, recordings."""

import json
import math
import shutil
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import readers
from benchmarks.config import ReaderTable, Run, TaskTable
from benchmarks.methods import tools as equipment
from benchmarks.readers.answers import Answers, preferred
from benchmarks.readers.endpoint import Endpoint, Reply, recorded
from benchmarks.readers.likelihood import Likelihood, network_alone
from benchmarks.readers.local import Local
from benchmarks.readers.prompts import completion, question
from benchmarks.values import Context, Example
from longzip import Compressor, ModelError, Request, Source, SourceError, UsageError
from tests.fakes import WordModel

RUN = Run("t", (TaskTable("examples"),))
FORM = Compressor.load("ngram").form
EXAMPLE = Example("e", (Source("a.py", "x = 1\n"),), "query", prefix="before", hidden="x y z")
BUNDLED = Path(readers.__file__).parent.parent.parent / "longzip" / "models" / "bundled"


def test_likelihood_is_the_mean_over_the_hidden_text_given_context_and_prefix():
    model = WordModel()
    reader = Likelihood(model, "words")
    assert reader.read(EXAMPLE, [Context("", {}), Context("x y", {})]) == [
        {"nll words": 3.0},
        {"nll words": pytest.approx(5 / 3)},
    ]
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
def test_a_local_model_writes_the_same_every_time(tmp_path):
    tools = equipment.load(
        replace(RUN, model="ngram", count_for="chars/4", readers=(ReaderTable("local", new_tokens=8, name="tiny"),))
    )
    (reader,) = readers.load(tools, tmp_path)
    asked = Example("e", EXAMPLE.sources, "q", prefix="def add(a, b):", hidden="    return a + b")
    assert reader.read(asked, [Context("", {})]) == reader.read(asked, [Context("", {})])
    (found,) = reader.read(asked, [Context("x = 1", {})])
    assert set(found) == {"es tiny", "em tiny", "tokens tiny"}
    assert found["tokens tiny"] >= 3


def test_a_local_model_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="name a folder with a causal model"):
        Local.load(RUN, ReaderTable("local", model=str(tmp_path)))


def test_filling_in_the_middle():
    reader = Local(None, None, ("<P>", "<S>", "<M>"), 1, "l")
    asked = Example("e", EXAMPLE.sources, "q", prefix="a", suffix="b", hidden="h")
    assert reader.prompt(asked, Context("", {})) == "<P>a\n<S>b<M>"
    assert reader.prompt(replace(asked, midline=True), Context("", {})) == "<P>a<S>b<M>"
    assert Local(None, None, None, 1, "l").prompt(asked, Context("c", {})) == "c\n\na\n"


FILL = ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]


@pytest.fixture(scope="module")
def random_model(tmp_path_factory):
    """A folder with a network of random weights whose tokenizer has the tokens to fill in the middle, and a chat
    template."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    folder = tmp_path_factory.mktemp("random")
    words = ["<end>", *FILL, "A", "B", "a", "b", "before", "x", "y", "z", "=", "user", ":", "?"]
    made = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<end>")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<end>", unk_token="<end>", additional_special_tokens=FILL
    )
    tokenizer.chat_template = "{% for message in messages %}user : {{ message.content }} ?{% endfor %}"
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=24,
        eos_token_id=0,
        bos_token_id=0,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_model_whose_tokenizer_can_fill_in_the_middle_does(random_model):
    reader = Local.load(RUN, ReaderTable("local", model=str(random_model), name="random", new_tokens=4))
    asked = Example("e", EXAMPLE.sources, "q", prefix="a", suffix="b", hidden="h")
    assert reader.fill == tuple(FILL)
    said = reader.tokenizer.convert_ids_to_tokens(reader.ids(reader.prompt(asked, Context("x", {})), 4)[0])
    assert said == ["<fim_prefix>", "x", "a", "<fim_suffix>", "b", "<fim_middle>"]
    assert reader.write(asked, [Context("x", {}), Context("x", {})])[0] == reader.write(asked, [Context("x", {})])[0]


def test_a_prompt_beyond_the_window_loses_its_start_but_not_the_opening_of_the_fill(random_model):
    reader = Local.load(RUN, ReaderTable("local", model=str(random_model), name="random", new_tokens=4))
    asked = Example("e", EXAMPLE.sources, "q", prefix="a", suffix="b", hidden="h")
    ids = reader.ids(reader.prompt(asked, Context("x " * 50 + "z", {})), 4)[0]
    assert len(ids) == 24 - 4
    assert reader.tokenizer.convert_ids_to_tokens(ids)[0] == "<fim_prefix>"
    assert reader.tokenizer.convert_ids_to_tokens(ids)[-5:] == ["z", "a", "<fim_suffix>", "b", "<fim_middle>"]


def test_a_start_token_is_there_once_and_stays(random_model, tmp_path):
    transformers, tokenizers = pytest.importorskip("transformers"), pytest.importorskip("tokenizers")
    folder = tmp_path / "begun"
    shutil.copytree(random_model, folder)
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder, bos_token="<end>")
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<end> $A", special_tokens=[("<end>", 0)]
    )
    tokenizer.save_pretrained(folder)
    reader = Local.load(RUN, ReaderTable("local", model=str(folder), name="begun", new_tokens=4))
    for text in ("<fim_prefix>" + "x " * 50 + "<fim_suffix>b<fim_middle>", "<fim_prefix> x <fim_suffix>b<fim_middle>"):
        said = reader.tokenizer.convert_ids_to_tokens(reader.ids(text, 4)[0])
        assert said[:3] == ["<end>", "<fim_prefix>", "x"]
        assert len(said) <= 20
    assert reader.tokenizer.convert_ids_to_tokens(reader.ids("<end> x", 4)[0]) == ["<end>", "x"]


def test_a_question_is_put_in_the_models_own_form(random_model):
    reader = Local.load(RUN, ReaderTable("local", model=str(random_model), name="random", new_tokens=4))
    asked = Example("e", EXAMPLE.sources, "which x", hidden="x", kind="recall")
    assert reader.prompt(asked, Context("before", {})).startswith("user : before")
    assert 0 < reader.preference("x y") < 1
    assert reader.sizes(asked, [Context("x y z", {})]) == [3]


def test_prompts():
    assert completion(EXAMPLE, Context("ctx", {})) == "ctx\n\nbefore\n"
    asked = Example("e", EXAMPLE.sources, "find it", hidden="x", choices=("y",), kind="needle")
    assert question(asked, Context("ctx", {})).startswith("ctx\n\nfind it\n\nBased on")


# ----------------------------------------------------------------------------------------------------------- endpoint


def chat(text, asked=100, written=10):
    return Reply(
        200,
        json.dumps(
            {
                "choices": [{"message": {"content": text}}],
                "usage": {"prompt_tokens": asked, "completion_tokens": written},
            }
        ),
    )


def endpoint(tmp_path, replies, **values):
    table = ReaderTable("endpoint", model="m", name="m", url="http://host/v1", **values)
    bodies, waits = [], []

    def send(body):
        bodies.append(body)
        return replies.pop(0)

    made = Endpoint(table, tmp_path / "answers.jsonl", send, wait=waits.append)
    return Answers(made, made, FORM), bodies, waits


def test_answers_are_scored_recorded_and_not_asked_for_twice(tmp_path):
    made, bodies, _ = endpoint(tmp_path, [chat("x y z")])
    found = {"es m": 1.0, "em m": 1.0, "tokens m": 100}
    assert made.read(EXAMPLE, [Context("c", {}), Context("c", {})]) == [found] * 2
    assert len(bodies) == 1
    assert bodies[0]["temperature"] == 0
    tools = equipment.load(
        replace(
            RUN,
            model="ngram",
            readers=(
                ReaderTable("endpoint", model="m", name="m", replay=True, record=str(tmp_path / "answers.jsonl")),
            ),
        )
    )
    (again,) = readers.load(tools, tmp_path)
    assert again.read(EXAMPLE, [Context("c", {})]) == [found]
    with pytest.raises(SourceError, match="lacks an answer"):
        again.read(EXAMPLE, [Context("other", {})])


def test_a_passing_failure_is_tried_again_with_growing_patience(tmp_path):
    made, bodies, waits = endpoint(tmp_path, [Reply(503, ""), Reply(429, "slow down"), chat("x")])
    made.read(EXAMPLE, [Context("c", {})])
    assert len(bodies) == 3
    assert waits == [2.0, 4.0]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(402, ""), "out of credit"),
        (Reply(429, "insufficient_quota"), "out of credit"),
        (Reply(401, "no"), "it answers 401"),
        (Reply(200, "<html>"), "no chat completion"),
    ],
)
def test_an_endpoint_that_refuses(tmp_path, reply, said):
    made, bodies, waits = endpoint(tmp_path, [reply])
    with pytest.raises(ModelError, match=said):
        made.read(EXAMPLE, [Context("c", {})])
    assert (len(bodies), waits) == (1, [])


def test_the_cost_cap_stops_the_run_and_keeps_what_is_there(tmp_path):
    made, bodies, _ = endpoint(tmp_path, [chat("x", 1_000_000, 0), chat("y")], input_price=2.0, cap=1.5, concurrency=1)
    made.read(EXAMPLE, [Context("a", {})])
    assert made.writer.spent == 2.0
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


def verdict(**logprobs):
    told = [{"token": token, "logprob": value} for token, value in logprobs.items()]
    return Reply(
        200,
        json.dumps(
            {"choices": [{"message": {"content": "A"}, "logprobs": {"content": [{"top_logprobs": told}]}}], "usage": {}}
        ),
    )


DOCUMENT = Example("e", EXAMPLE.sources, "Document it", hidden="by people", kind="documentation")


def test_comp_score_is_a_probability_over_both_orders(tmp_path):
    replies = [
        chat("by a model"),
        verdict(A=math.log(0.75), B=math.log(0.25)),
        verdict(A=math.log(0.6), B=math.log(0.2)),
    ]
    made, bodies, _ = endpoint(tmp_path, replies)
    (found,) = made.read(DOCUMENT, [Context("c", {})])
    assert found["score m"] == pytest.approx((0.75 + 1 - 0.75) / 2, abs=1e-5)
    assert [body["max_tokens"] for body in bodies[1:]] == [1, 1]
    assert bodies[1]["logprobs"] is True
    first, second = (body["messages"][1]["content"] for body in bodies[1:])
    assert first.index("by a model") < first.index("by people")
    assert second.index("by people") < second.index("by a model")
    replayed = Endpoint(made.writer.table, made.writer.record, None, recorded(made.writer.record))
    assert Answers(replayed, replayed, FORM).read(DOCUMENT, [Context("c", {})]) == [found]


def test_the_probability_of_a_letter():
    assert preferred({"A": math.log(0.9), "B": math.log(0.1)}) == pytest.approx(0.9)
    assert preferred({" A": -0.1, "The": -3.0}) == pytest.approx(1 / (1 + math.exp(-3.0 - 2.3 + 0.1)))
    assert preferred({"The": -0.1}) is None
    assert preferred({}) is None


@pytest.mark.parametrize("refusal", [Reply(400, "logprobs are not supported"), chat("A")])
def test_a_judge_without_log_probabilities_answers_in_words(tmp_path, refusal):
    made, bodies, _ = endpoint(tmp_path, [chat("by a model"), refusal, chat("A"), refusal, chat("a.")])
    assert made.read(DOCUMENT, [Context("c", {})])[0]["score m"] == 0.5
    assert "logprobs" not in bodies[2]


def test_a_judge_that_says_neither_is_no_draw(tmp_path):
    made, _, _ = endpoint(tmp_path, [chat("by a model"), chat("Both are fine"), chat("Both are fine")])
    with pytest.raises(ModelError, match="was to answer A or B"):
        made.read(DOCUMENT, [Context("c", {})])


def test_a_reader_that_is_named_as_judge_judges_and_does_not_read(tmp_path, random_model):
    judge = ReaderTable("local", model=str(random_model), name="judge", new_tokens=4)
    tables = (ReaderTable("local", model=str(random_model), name="writer", judge="judge", new_tokens=4), judge)
    tools = equipment.load(replace(RUN, model="ngram", readers=tables))
    (reader,) = readers.load(tools, tmp_path)
    (found,) = reader.read(DOCUMENT, [Context("x y", {})])
    assert set(found) == {"score writer", "tokens writer"}
    assert 0 < found["score writer"] < 1
    for wrong, said in (
        (replace(judge, judge="nobody"), "no reader"),
        (ReaderTable("likelihood", model="ngram", name="n"), "cannot judge"),
    ):
        unfit = (replace(tables[0], judge="nobody" if said == "no reader" else "n"), wrong)
        with pytest.raises(UsageError, match=said):
            readers.load(replace(tools, run=replace(tools.run, readers=unfit)), tmp_path)


def test_tokens_are_also_counted_as_the_reader_counts_them(tmp_path):
    table = ReaderTable("likelihood", model="ngram")
    tools = equipment.load(replace(RUN, model="ngram", count_for="chars/3", readers=(table,)))
    (reader,) = readers.load(tools, tmp_path)
    (found,) = reader.read(EXAMPLE, [Context("one_name and_another", {})])
    assert found["tokens ngram"] == Compressor.load("ngram").tokenizer.count("one_name and_another")


# --------------------------------------------------------------------------------------------- a server on this machine


class Server(ThreadingHTTPServer):
    """Answers each prompt with its last word; the first requests are refused."""

    daemon_threads = True
    most = under_way = 0


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        with LOCK:
            server.under_way += 1
            server.most = max(server.most, server.under_way)
            refused = server.refusals.pop() if server.refusals else None
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(0.05)
        with LOCK:
            server.under_way -= 1
        status, headers = refused or (200, {})
        said = chat(body["messages"][1]["content"].split("\n")[0]).body if status == 200 else "{}"
        self.send_response(status if self.headers["Authorization"] == "Bearer secret" else 401)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_):
        """Nothing."""


LOCK = threading.Lock()


def test_an_endpoint_over_http_in_parallel_with_retries_then_from_the_recording(tmp_path, monkeypatch):
    monkeypatch.setenv("STUB_KEY", "secret")
    server = Server(("127.0.0.1", 0), Handler)
    server.refusals = [(429, {"Retry-After": "0"}), (503, {})]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        table = ReaderTable(
            "endpoint",
            model="m",
            name="m",
            url=f"http://127.0.0.1:{server.server_port}/v1/",
            key="STUB_KEY",
            concurrency=3,
        )
        reader = Endpoint.load(RUN, table, tmp_path)
        reader.wait = lambda _seconds: None
        contexts = [Context(f"word{number}", {}) for number in range(6)]
        assert reader.write(EXAMPLE, contexts) == [f"word{number}" for number in range(6)]
        assert 1 < server.most <= 3
        assert server.refusals == []
    finally:
        server.shutdown()
        server.server_close()
    again = Endpoint.load(RUN, replace(table, url="", replay=True), tmp_path)
    assert again.write(EXAMPLE, contexts) == [f"word{number}" for number in range(6)]


def test_an_endpoint_that_is_not_there_is_said_in_one_line(tmp_path):
    reader = Endpoint.load(RUN, ReaderTable("endpoint", model="m", url="http://127.0.0.1:9/v1"), tmp_path)
    waits = []
    reader.wait = waits.append
    with pytest.raises(ModelError, match="it answers 503"):
        reader.write(EXAMPLE, [Context("c", {})])
    assert waits == [2.0, 4.0, 8.0]


def test_requests_under_way_count_towards_the_cap(tmp_path):
    made, bodies, _ = endpoint(tmp_path, [], output_price=1_000_000.0, cap=100.0, new_tokens=128)
    with pytest.raises(ModelError, match="would be passed"):
        made.read(EXAMPLE, [Context("c", {})])
    assert bodies == []
