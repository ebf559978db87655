"""The public door: what ``longzip`` exports, and what importing it does not do."""

import subprocess
import sys

import pytest

import longzip


def test_every_public_name_can_be_had():
    for name in longzip.__all__:
        assert getattr(longzip, name) is not None


def test_names_are_sorted_and_listed():
    assert longzip.__all__ == sorted(longzip.__all__)
    assert dir(longzip) == longzip.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_here"):
        longzip.nothing_here  # noqa: B018


@pytest.mark.parametrize(
    "statement", ["import longzip", "import longzip.cli", "from longzip import Compressor, compress, Settings"]
)
def test_importing_loads_no_model_library(statement):
    code = f"{statement}\nimport sys\nprint([m for m in ('torch', 'transformers', 'fastapi') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
