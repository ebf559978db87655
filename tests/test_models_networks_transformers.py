"""Tiny random models, built here, against a plain reference: the network's full logits, one text at a time."""

from __future__ import annotations

import itertools
import json
import math
import shutil
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip.errors import ModelError
from longzip.models.networks import heads, identity
from longzip.models.networks import transformers as models
from longzip.models.networks.checkpoints import quiet
from longzip.models.networks.windows import Row, pack_evenly, rows_of
from longzip.protocols import LanguageModel, Request, Tokenizer

START = "<|start|>"
WINDOW = 64
TEXTS = [
    "def user_name(User): return user.name\n",
    "class User:\n    def __init__(self): self.name = name\n",
    "if x == 1: pass\n",
]


def make_tokenizer():
    from tokenizers import Tokenizer, decoders, pre_tokenizers, processors, trainers
    from tokenizers import models as kinds

    tokenizer = Tokenizer(kinds.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=[START],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 20, trainer)
    return tokenizer


def make(folder, kind="Llama", tokenizer_config=None, **changes):
    """A checkpoint with random weights, large enough for the predictions to differ."""
    import torch
    import transformers

    tokenizer = make_tokenizer()
    values = {
        "vocab_size": tokenizer.get_vocab_size(), "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": WINDOW, "initializer_range": 0.3,
        "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
    }  # fmt: skip
    torch.manual_seed(0)
    with quiet():
        network = getattr(transformers, f"{kind}ForCausalLM")(
            getattr(transformers, f"{kind}Config")(**values | changes)
        )
        network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"bos_token": START} if tokenizer_config is None else tokenizer_config
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module", params=["Llama", "Qwen2"])
def model(request, tmp_path_factory):
    return models.load(str(make(tmp_path_factory.mktemp(request.param), request.param)), device="cpu")


@pytest.fixture(scope="module")
def llama_folder(tmp_path_factory):
    return make(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="module")
def llama(llama_folder):
    return models.load(str(llama_folder), device="cpu")


def tokens(text):
    tokenizer = make_tokenizer()
    tokenizer.encode_special_tokens = True
    return tokenizer.encode(text, add_special_tokens=False).ids


def reference(model, ids, first):
    """log p of ids[first:] by the network's own full logits. The only knowledge of the model's inside is its
    network."""
    import torch

    with torch.inference_mode(), quiet():
        table = model._network(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float().log_softmax(-1)
    return np.array([float(table[place - 1, ids[place]]) for place in range(first, len(ids))])


def values(model, context, target):
    return model.logprobs([Request(context, target)])[0].values


texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", START, "<|endoftext|>", "é漢字🎉", " \n\t", *TEXTS]),
    st.text("user_ N\n", max_size=300),
)


def test_it_meets_both_seams(model):
    assert isinstance(model, LanguageModel)
    assert isinstance(model, Tokenizer)
    assert model.window == WINDOW
    assert model.count("") == 0
    assert model.count(TEXTS[0]) == len(tokens(TEXTS[0]))


def test_the_numbers_are_those_of_the_full_logits(model):
    context, target = "class User:\n\n", "user name"
    ids = [0, *tokens(context), *tokens(target)]
    assert values(model, context, target) == pytest.approx(
        reference(model, ids, len(ids) - len(tokens(target))), abs=1e-5
    )
    assert values(model, "", target) == pytest.approx(reference(model, [0, *tokens(target)], 1), abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_a_batch_gives_what_its_requests_give_alone(model, pairs):
    requests = [Request(*pair) for pair in pairs]
    for request, answer in zip(requests, model.logprobs(requests), strict=True):
        alone = model.logprobs([request])[0]
        assert np.allclose(answer.values, alone.values, atol=1e-5)
        assert np.array_equal(answer.ends, alone.ends)
        assert len(answer.values) == len(answer.ends) == len(tokens(request.target))
        assert (answer.values <= 0).all()
        assert (np.diff(answer.ends) >= 0).all()
        assert answer.ends.tolist()[-1:] == ([len(request.target)] if request.target else [])
        assert np.array_equal(answer.ends, model.logprobs([Request("", request.target)])[0].ends)


def test_small_batches_change_nothing(llama, llama_folder):
    requests = [Request(text[:cut], other) for text, other, cut in itertools.product(TEXTS, TEXTS, (0, 5, 40))]
    small = models.load(str(llama_folder), device="cpu", batch_tokens=1)
    for one, other in zip(llama.logprobs(requests), small.logprobs(requests), strict=True):
        assert np.allclose(one.values, other.values, atol=1e-5)


def test_control_tokens_in_a_source_are_text(llama):
    assert llama.count(START) == len(START)


def test_ends_cover_white_space_and_multi_byte_characters(llama):
    assert llama.logprobs([Request("", "é (\n\n")])[0].ends.tolist() == [1, 1, 2, 3, 4, 5]


def test_lone_surrogates_are_read(llama):
    assert llama.logprobs([Request("\ud800", "a\udfffb")])[0].ends.tolist() == [1, 2, 3]


def test_a_long_context_loses_its_start_and_keeps_the_target(llama):
    context, target = "a b c d " * 40, "user name"
    kept = tokens(context)[-(WINDOW - 1 - len(tokens(target))) :]
    ids = [0, *kept, *tokens(target)]
    assert len(ids) == WINDOW
    assert values(llama, context, target) == pytest.approx(
        reference(llama, ids, WINDOW - len(tokens(target))), abs=1e-5
    )


@pytest.mark.parametrize("characters", [WINDOW - 1, WINDOW, WINDOW + 30, 3 * WINDOW + 5])
def test_a_target_beyond_the_window_is_read_in_overlapping_windows(llama, characters):
    target = "".join("xyzw"[number * number % 4] + "()"[number % 2] for number in range(characters))[:characters]
    ids, room = tokens(target), WINDOW - 1
    expected = list(reference(llama, [0, *ids[:room]], 1))
    while len(expected) < len(ids):
        stop = min(len(expected) + room // 2, len(ids))
        expected += list(reference(llama, [0, *ids[stop - room : stop]], 1 + room - (stop - len(expected))))
    assert values(llama, "", target) == pytest.approx(np.array(expected), abs=1e-5)


@settings(max_examples=200)
@given(st.integers(4, 40), st.integers(0, 100), st.integers(1, 200), st.booleans())
def test_rows_predict_each_token_once_with_half_a_window_of_history(window, context, target, started):
    rows = rows_of(999 if started else None, np.arange(500, 500 + context), np.arange(target), window)
    predicted = np.concatenate([row.ids[row.first :] for row in rows]).tolist()
    unpredicted = 0 if started or (context and target < window) else 1
    assert predicted == list(range(unpredicted, target))
    assert all(len(row.ids) <= window and row.first >= 1 for row in rows)
    assert all(row.first >= window // 2 for row in rows[1:])


def test_without_a_start_token_the_first_token_is_uniform(tmp_path):
    model = models.load(str(make(tmp_path, tokenizer_config={})), device="cpu")
    target = "user name"
    vocabulary = make_tokenizer().get_vocab_size()
    assert values(model, "", target)[0] == pytest.approx(-math.log(vocabulary))
    assert values(model, "", target)[1:] == pytest.approx(reference(model, tokens(target), 1), abs=1e-5)
    assert values(model, "", "x") == pytest.approx([-math.log(vocabulary)])
    assert len(values(model, "a", target)) == len(values(model, "", target))


@pytest.mark.parametrize(
    ("tokenizer_config", "config", "start"),
    [
        ({"bos_token": {"content": START}}, {}, 0),
        ({}, {"bos_token_id": 7, "eos_token_id": 8}, 7),
        ({}, {"eos_token_id": [8, 9]}, 8),
        ({}, {}, None),
        ({"eos_token": START}, {"bos_token_id": 5}, 5),
    ],
)
def test_the_start_token_is_bos_else_eos(tmp_path, tokenizer_config, config, start):
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
    (tmp_path / "config.json").write_text(json.dumps(config))
    make_tokenizer().save(str(tmp_path / "tokenizer.json"))
    assert models.start_token(tmp_path, models.read_encoder(tmp_path)) == start


@pytest.mark.parametrize(("kind", "changes", "separable"), [
    ("Granite", {"logits_scaling": 3.0}, True),
    ("Cohere", {"logit_scale": 0.25}, True),
    ("Gemma2", {"final_logit_softcapping": 2.0, "head_dim": 8}, True),
    ("HyperCLOVAX", {"logits_scaling": 3.0}, False),  # multiplies where Granite divides
    ("FalconH1", {"lm_head_multiplier": 0.5, "mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8}, False),
])  # fmt: skip
def test_other_heads_give_the_networks_own_logits(tmp_path, kind, changes, separable):
    model = models.load(str(make(tmp_path, kind, **changes)), device="cpu")
    assert model._head.separable is separable
    requests = [Request("class User:\n\n", "user name"), Request("", "x = 1\n")]
    for request, answer in zip(requests, model.logprobs(requests), strict=True):
        ids = [0, *tokens(request.context), *tokens(request.target)]
        assert answer.values == pytest.approx(reference(model, ids, len(ids) - len(answer.values)), abs=1e-4)


def test_only_target_tokens_are_projected_to_the_vocabulary(llama):
    rows = []
    handle = llama._network.get_output_embeddings().register_forward_hook(
        lambda _, inputs, __: rows.append(len(inputs[0]))
    )
    answers = llama.logprobs([Request("class User: " * 5, "user name"), Request("a\n" * 9, "x"), Request("", "x")])
    handle.remove()
    assert sum(rows) == sum(len(answer.values) for answer in answers)


def test_slabs_bound_the_logits_and_change_nothing(llama, monkeypatch):
    whole = values(llama, "class", TEXTS[1])
    monkeypatch.setattr(heads, "SLAB_BYTES", 4 * 320 * 3)
    assert values(llama, "class", TEXTS[1]) == pytest.approx(whole, abs=1e-6)


def test_the_batch_is_halved_when_memory_runs_out(llama, monkeypatch):
    import torch

    requests = [Request(text, "user") for text in TEXTS]
    expected = [answer.values for answer in llama.logprobs(requests)]
    forward = llama._forward

    def narrow(rows):
        if len(rows) > 1:
            raise torch.OutOfMemoryError
        return forward(rows)

    monkeypatch.setattr(llama, "_forward", narrow)
    assert np.allclose(
        np.concatenate([answer.values for answer in llama.logprobs(requests)]), np.concatenate(expected), atol=1e-5
    )


def test_after_memory_ran_out_batches_stay_small(llama_folder, monkeypatch):
    import torch

    model = models.load(str(llama_folder), device="cpu")
    requests = [Request(f"{number} {text}", "user") for number in range(40) for text in TEXTS]
    forward, refused = model._forward, []

    def narrow(rows):
        if sum(len(row.ids) for row in rows) > 300:
            refused.append(rows)
            raise torch.OutOfMemoryError
        return forward(rows)

    monkeypatch.setattr(model, "_forward", narrow)
    model.logprobs(requests)
    assert refused
    assert model._batch_tokens <= 300
    refused.clear()
    model.logprobs(requests)
    assert not refused


@pytest.mark.parametrize("grouped", [False, True])
def test_packed_rows_get_what_padded_rows_get(model, monkeypatch, grouped):
    requests = [Request(text[:cut], query) for text in TEXTS for cut in (0, 9, 30) for query in ("user name", "x", "")]
    expected = model.logprobs(requests)
    assert model._head.probe_packed()
    monkeypatch.setattr(model._head, "packs", True)
    monkeypatch.setattr(model, "_apart", grouped)
    monkeypatch.setattr(model, "_batch_tokens", 60)
    assert (len(model._groups(requests)) > 2) is grouped
    for one, other in zip(model.logprobs(requests), expected, strict=True):
        assert np.allclose(one.values, other.values, atol=1e-5)
        assert np.array_equal(one.ends, other.ends)


@pytest.mark.parametrize("kind", ["Mistral", "Gemma2"])
def test_networks_that_do_not_see_all_that_came_before_are_not_packed(tmp_path, kind):
    changes = {"sliding_window": 16, "head_dim": 8}
    model = models.load(str(make(tmp_path, kind, **changes)), device="cpu")
    assert not model._head.probe_packed()


@given(st.lists(st.integers(2, 40), max_size=30), st.integers(1, 60))
def test_even_batches_hold_every_row_once_and_keep_to_the_limit(lengths, tokens):
    rows = [Row(np.zeros(length, np.int64), 1) for length in lengths]
    batches = list(pack_evenly(rows, tokens))
    assert [index for batch in batches for index in batch] == list(range(len(rows)))
    assert all(len(batch) == 1 or sum(lengths[index] for index in batch) <= tokens for batch in batches)


def test_threads_get_the_same_answers(llama):
    requests = [Request(text[:cut], "user name") for text in TEXTS for cut in (0, 9, 30)]
    expected = llama.logprobs(requests)
    found = {}
    threads = [
        threading.Thread(target=lambda key=key: found.update({key: llama.logprobs(requests)})) for key in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1, 2, 3]
    for answers in found.values():
        assert all(np.array_equal(one.values, other.values) for one, other in zip(answers, expected, strict=True))


# ------------------------------------------------------------------------------------------------ context cache


def test_the_configuration_switches_the_cache_on(llama_folder, llama, tmp_path):
    folder = shutil.copytree(llama_folder, tmp_path / "cached")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"context_cache_weight": 0.25}))
    cached = models.load(str(folder), device="cpu")
    assert cached.name != llama.name
    assert values(cached, "", "user name") == pytest.approx(values(llama, "", "user name"), abs=1e-5)
    assert values(cached, "( ( 1", "user name") == pytest.approx(values(llama, "( ( 1", "user name"), abs=1e-5)
    gain = values(cached, "User_user User", "user(")
    assert gain[0] > values(llama, "User_user User", "user(")[0]
    assert gain[-1] == pytest.approx(values(llama, "User_user User", "user(")[-1])
    ids = [0, *tokens("User_user User"), *tokens("user")]
    assert expected_mixture(llama, ids, len(tokens("User_user User")), 0.25) == pytest.approx(
        values(cached, "User_user User", "user")[-1], abs=1e-5
    )


def expected_mixture(model, ids, context, weight):
    """log p of the last token, by brute force over the vocabulary."""
    import torch

    spellings = model._encoder.spell(range(320))
    words = [text.lstrip(" _").lower() for text in spellings]
    with torch.inference_mode():
        plain = (
            model._network(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -2].double().softmax(-1).numpy()
        )
    seen = [words[token] for token in ids[1 : 1 + context] if words[token].isalpha()]
    same = [index for index, word in enumerate(words) if word == words[ids[-1]]]
    spelled = [index for index, word in enumerate(words) if word.isalpha()]
    cached = plain[spelled].sum() * seen.count(words[ids[-1]]) / len(seen) * plain[ids[-1]] / plain[same].sum()
    return math.log((1 - weight) * plain[ids[-1]] + weight * cached)


def test_a_cache_weight_outside_its_range_is_refused(llama_folder, tmp_path):
    folder = shutil.copytree(llama_folder, tmp_path / "cached")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"context_cache_weight": 1.0}))
    with pytest.raises(ModelError, match="at least 0 and below 1"):
        models.load(str(folder), device="cpu")


# ------------------------------------------------------------------------------------------------------ loading


def test_the_name_is_stable_and_tells_weights_apart(llama_folder, llama, tmp_path):
    copy = shutil.copytree(llama_folder, tmp_path / llama_folder.name)
    assert models.load(str(copy), device="cpu").name == llama.name
    assert llama.name.startswith(f"{llama_folder.name}@")
    assert llama.name.endswith("/float32")
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert models.load(str(copy), device="cpu").name != llama.name


def test_large_models_are_held_in_16_bits(llama_folder, monkeypatch):
    monkeypatch.setattr(identity, "FULL_PRECISION_PARAMETERS", 10)
    monkeypatch.setattr(identity, "computes_bfloat16", lambda: True)
    model = models.load(str(llama_folder), device="cpu")
    assert model.name.endswith("/bfloat16")
    assert values(model, "a", "user name").dtype == np.float32


def test_the_tokenizer_is_read_as_it_is(tmp_path):
    """AutoTokenizer would put Qwen2's own pre-tokenizer in the place of this one."""
    folder = make(tmp_path, "Qwen2")
    assert models.load(str(folder), device="cpu").count("userName==user  x") == len(tokens("userName==user  x"))


def test_loading_leaves_the_library_as_it_was(llama_folder, capfd):
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    models.load(str(llama_folder), device="cpu")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("gone", "said"), [
    ("config.json", "config.json"), ("model.safetensors", "weights"), ("tokenizer.json", "tokenizer"),
])  # fmt: skip
def test_a_directory_that_lacks_a_file_says_which(llama_folder, tmp_path, gone, said):
    folder = shutil.copytree(llama_folder, tmp_path / "copy")
    (folder / gone).unlink()
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(ModelError, match=f"holds no {said}"):
        models.load(str(folder))


def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def test_a_hub_id_offline_says_what_to_do(monkeypatch):
    offline(monkeypatch)
    with pytest.raises(ModelError, match="is not on this machine and the hub cannot be reached; download it first"):
        models.load("longzip-tests/nothing")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("./nowhere", "no directory"),
        ("a/b/c", "no directory"),
        ("", "has no name"),
        ("two words", "neither a directory nor a hub id"),
    ],
)
def test_a_name_that_means_nothing_is_refused(name, said):
    with pytest.raises(ModelError, match=said):
        models.load(name)


def test_a_file_is_no_model(tmp_path):
    (tmp_path / "model.gguf").write_text("")
    with pytest.raises(ModelError, match="is a file"):
        models.load(str(tmp_path / "model.gguf"))


def test_code_is_not_run_without_trust(llama_folder, tmp_path):
    folder = shutil.copytree(llama_folder, tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(ModelError, match="--trust-remote-code"):
        models.load(str(folder))


def test_an_unknown_architecture_is_refused(llama_folder, tmp_path):
    folder = shutil.copytree(llama_folder, tmp_path / "copy")
    (folder / "config.json").write_text(json.dumps({"model_type": "never-heard-of"}))
    with pytest.raises(ModelError, match=r"cannot be loaded: .*never-heard-of"):
        models.load(str(folder))


def test_incomplete_weights_are_refused(llama_folder, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(llama_folder, tmp_path / "copy")
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("lm_head.weight")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks lm_head\.weight"):
        models.load(str(folder))


def test_a_model_that_reads_both_ways_is_refused(tmp_path):
    with pytest.raises(ModelError, match="not causal"):
        models.load(str(bert(tmp_path)), device="cpu")


def bert(folder):
    import transformers

    tokenizer = make_tokenizer()
    sizes = {
        "vocab_size": 320,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    config = transformers.BertConfig(**sizes, initializer_range=0.3)
    with quiet():
        transformers.BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    model = models.load(str(make(tmp_path, vocab_size=100)), device="cpu")
    with pytest.raises(ModelError, match="do not belong together"):
        model.logprobs([Request("", "user name")])


def test_memory_that_does_not_suffice_is_said(llama_folder, monkeypatch):
    def fail(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(models, "move", fail)
    with pytest.raises(ModelError, match="does not fit into memory"):
        models.load(str(llama_folder))


@pytest.mark.parametrize(
    ("device", "said"), [("tpu", "is unknown"), ("cuda:x", "is unknown"), ("cuda", "not usable"), ("mps", "not usable")]
)
def test_a_device_that_is_not_there_is_refused(llama_folder, monkeypatch, device, said):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    with pytest.raises(ModelError, match=said):
        models.load(str(llama_folder), device=device)


def test_the_module_is_light():
    import subprocess
    import sys

    code = (
        "import sys, longzip.models.networks.transformers\n"
        "assert not {'torch', 'transformers', 'tokenizers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
