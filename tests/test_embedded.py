"""The model in the wheel: that it is found, that it ranks, and that it gives the same bytes however it is run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from longzip import Compressor, Settings
from longzip.models.networks import transformers
from longzip.models.networks.identity import BUNDLED
from longzip.models.words.classes import word_classes
from longzip.models.words.mixture import mixed
from longzip.protocols import Request
from longzip.types import Source

SAMPLES = Path(__file__).parent / "samples"
QUERY = "read the lines of a file and count them"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "longzip", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        cwd=SAMPLES,
    )


@pytest.fixture(scope="module")
def compressor():
    return Compressor.load()


def test_the_command_line_uses_it_by_default():
    done = run("compress", ".", "-q", QUERY, "--budget", "800", "--format", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert 0 < result["tokens"] <= 800 < result["original_tokens"]
    assert "tokens" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("threads", "batch_tokens"), [("1", "300"), ("2", "700")])
def test_same_bytes_in_other_processes_threads_and_batches(compressor, threads, batch_tokens):
    expected = compressor.compress(SAMPLES, query=QUERY, budget=900)
    done = run(
        "compress",
        str(SAMPLES),
        "-q",
        QUERY,
        "--budget",
        "900",
        OMP_NUM_THREADS=threads,
        LONGZIP_BATCH_TOKENS=batch_tokens,
    )
    assert done.stdout.rstrip("\n") == expected.text.rstrip("\n")


def test_it_finds_what_a_query_describes(compressor):
    sources = [
        Source(
            "a.py",
            "def remove_directory(path):\n    for entry in path.iterdir():\n        entry.unlink()\n    path.rmdir()\n",
        ),
        Source(
            "b.py",
            "def parse_json(text):\n    try:\n        return json.loads(text)\n    except "
            "ValueError:\n        return None\n",
        ),
        Source(
            "c.py",
            "def send_mail(server, message):\n    with smtplib.SMTP(server) as smtp:\n        "
            "smtp.send_message(message)\n",
        ),
        Source(
            "d.py",
            "def moving_average(values, window):\n    return [mean(values[i : i + window]) for i in "
            "range(len(values))]\n",
        ),
    ]
    queries = {
        "delete a folder and all files in it": "a.py",
        "decode a json string": "b.py",
        "send an email": "c.py",
        "average over a window of numbers": "d.py",
    }
    for query, path in queries.items():
        assert compressor.rank(sources, query=query)[0].chunk.source.name == path, query


def test_its_probabilities_sum_to_one_after_a_context():
    model = transformers.load(str(BUNDLED), device="cpu")
    mixture = model._mixture
    assert mixture is not None
    size = len(mixture.classes)
    (context,) = model._encoder.encode(["def user_name(self):\n    return self.name"])
    logits, total = np.random.default_rng(0).normal(0, 3, size).astype(np.float32), 0.0
    shares = mixture.shares(mixture.words.read([context.ids]), [np.arange(size)])
    for first in range(0, size, 512):
        part = np.arange(first, min(size, first + 512))
        scores = mixture.scores(np.broadcast_to(logits, (len(part), size)), part)
        total += float(np.exp(mixed(scores, shares[first : first + 512]).astype(np.float64)).sum())
    assert total == pytest.approx(1, abs=1e-4)


def test_word_classes_join_spellings_of_a_word():
    assert word_classes(["user", " User", "_user", "(", "name"]).tolist() == [0, 0, 0, -1, 1]


def test_settings_reach_it():
    assert Compressor.load(settings=Settings(batch_tokens=512)).rank(SAMPLES / "sample.py", query=QUERY)


def test_the_network_reads_a_query_once_for_all_contexts():
    model = transformers.load(str(BUNDLED), device="cpu")
    seen = []
    handle = model._network.base_model.register_forward_hook(
        lambda *call: seen.append(call[2]["input_ids"].shape), with_kwargs=True
    )
    contexts = [f"def read_{word}(path):\n    return open(path)\n" for word in ("lines", "bytes", "table", "mail")]
    requests = [Request("", "read all lines"), *(Request(context, "read all lines") for context in contexts)]
    answers = model.logprobs(requests)
    handle.remove()
    assert len(seen) == 1
    assert seen[0][0] == 1
    sums = [float(answer.values.sum()) for answer in answers]
    assert max(sums) == sums[1]


def test_a_context_beyond_the_window_is_read_whole():
    model = transformers.load(str(BUNDLED), device="cpu")
    words, filler = "def delete_folder(path): ...\n", "x = compute(y)\n" * 3000
    first, last, none = (
        float(model.logprobs([Request(context, "delete a folder")])[0].values.sum())
        for context in (words + filler, filler + words, filler)
    )
    assert first > none
    assert last > none
