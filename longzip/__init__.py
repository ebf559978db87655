"""longzip: compress a repository, or any text, to what matters for a query, within a token budget.

    import longzip

    result = longzip.compress("src", query="where are retries handled?", budget=4000)
    print(result.text)

Importing this loads no model library; names are looked up when they are first used. Which there are, and where each
lives, stands once, in ``__init__.pyi`` beside this file.
"""

import re as _re
from importlib import import_module as _import_module
from pathlib import Path as _Path

__version__ = "0.2.0"

_LINE = _re.compile(r"^from (\S+) import (\w+) as (\w+)$", _re.MULTILINE)
_HOMES = {
    public: (home, own) for home, own, public in _LINE.findall(_Path(__file__).with_suffix(".pyi").read_text("utf-8"))
}
__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'longzip' has no attribute {name!r}")
    home, own = _HOMES[name]
    value: object = getattr(_import_module(home), own)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
