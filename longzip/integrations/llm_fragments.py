"""A plugin for the command ``llm``: ``llm -f 'longzip:src?q=where are retries handled&b=4000' 'Explain.'``"""

from __future__ import annotations

from urllib.parse import parse_qs

import llm

from longzip import Compressor, UsageError

BUDGET = 4_000


@llm.hookimpl
def register_fragment_loaders(register):  # type: ignore[no-untyped-def]  # as the plugin system calls it
    register("longzip", load)


def load(argument: str) -> llm.Fragment:
    """The part of a file or folder that matters for a question.

    argument: PATH?q=QUESTION, with &b=TOKENS (4,000 where it is missing) and &model=NAME. Raises LongzipError.
    """
    path, _, asked = argument.rpartition("?") if "?" in argument else (argument, "", "")
    fields = {name: values[-1] for name, values in parse_qs(asked, keep_blank_values=True).items()}
    budget = fields.get("b", str(BUDGET))
    if not path or not fields.get("q", "").strip() or not budget.isdecimal():
        raise UsageError(f"longzip:{argument} is no fragment; write longzip:PATH?q=QUESTION&b=4000.")
    result = Compressor.load(fields.get("model")).compress(path, query=fields["q"], budget=int(budget))
    return llm.Fragment(result.text, source=f"longzip:{argument}")  # type: ignore[no-untyped-call]
