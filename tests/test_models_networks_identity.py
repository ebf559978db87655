"""What a checkpoint will be called, told without loading it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from longzip.models.networks import identity
from longzip.models.networks.identity import BUNDLED, foretold, full_name, likely_device, parameters


def checkpoint(folder: Path, **tensors: tuple[int, ...]) -> Path:
    folder.mkdir()
    save_file({name: np.zeros(shape, np.float16) for name, shape in tensors.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    return folder


def test_the_type_of_the_numbers_follows_from_size_and_device(tmp_path, monkeypatch):
    folder = checkpoint(tmp_path / "small", a=(3, 4), b=(5,))
    (folder / "association.safetensors").write_bytes(b"not one of the network's files")
    assert parameters(folder) == 17
    assert foretold(str(folder), "cpu") == full_name(str(folder), folder, "float32")
    assert foretold(str(folder), "cuda:1") == full_name(str(folder), folder, "bfloat16")
    assert foretold(str(folder), "mps") == full_name(str(folder), folder, "float16")
    monkeypatch.setattr(identity, "FULL_PRECISION_PARAMETERS", 16)
    monkeypatch.setattr(identity, "computes_bfloat16", lambda: True)
    assert foretold(str(folder), "cpu") == full_name(str(folder), folder, "bfloat16")
    monkeypatch.setattr(identity, "likely_device", lambda: "mps")
    assert foretold(str(folder), "auto") == full_name(str(folder), folder, "float16")


def test_other_weights_have_another_name(tmp_path):
    one = foretold(str(checkpoint(tmp_path / "a", x=(3, 4))), "cpu")
    other = foretold(str(checkpoint(tmp_path / "b", x=(3, 5))), "cpu")
    assert one is not None
    assert other is not None
    assert one.partition("@")[2] != other.partition("@")[2]


def test_what_the_files_do_not_tell_is_not_foretold(tmp_path):
    folder = checkpoint(tmp_path / "broken", x=(3,))
    (folder / "model.safetensors").write_bytes(b"\xff" * 20)
    assert foretold(str(folder), "cpu") is None
    (folder / "model.safetensors").rename(folder / "weights.bin")
    assert foretold(str(folder), "cpu") is None
    assert foretold(str(tmp_path / "nothing"), "cpu") is None


def test_a_build_without_accelerator_runs_on_the_processor(monkeypatch):
    monkeypatch.setattr("longzip.models.networks.identity.platform.system", lambda: "Linux")
    monkeypatch.setattr("longzip.models.networks.identity.metadata.version", lambda _name: "2.9.0+cpu")
    monkeypatch.setattr("longzip.models.networks.identity.shutil.which", lambda _name: "/usr/bin/nvidia-smi")
    assert likely_device() == "cpu"
    monkeypatch.setattr("longzip.models.networks.identity.metadata.version", lambda _name: "2.9.0+cu128")
    assert likely_device() == "cuda"
    monkeypatch.setattr("longzip.models.networks.identity.platform.system", lambda: "Darwin")
    monkeypatch.setattr("longzip.models.networks.identity.platform.machine", lambda: "arm64")
    assert likely_device() == "mps"


def test_it_is_told_without_torch():
    program = (
        f"import sys; from longzip.models.networks.identity import foretold; print(foretold({str(BUNDLED)!r}, "
        "'auto'), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("embedded@")
    assert done.stdout.endswith(" False\n")
