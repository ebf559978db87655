"""How near chunks of code lie to a question in what they are about: the cosine of vectors that an encoder learned.

Knows the encoder's seam and what a passage of code is made of; nothing of how a vector comes about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from longzip.protocols import Encoder, Passage
from longzip.scoring.ami import Tick
from longzip.scoring.names import is_code
from longzip.types import Chunk, Source

DIGITS = 6
SLAB = 4096  # passages that are read at once
DOCSTRING = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
REMARK = re.compile(r"^\s*(?:///?!?|\*(?!/)|/\*+|#(?!include|define|if|endif|else|pragma|undef|!)|--+|;;+|%%?)\s?(.*)$")


def closeness(
    encoder: Encoder, queries: Sequence[str], chunks: Sequence[Chunk], tick: Tick | None = None
) -> list[list[float]]:
    """The cosine of each question and each chunk, in [-1, 1]; 0 where one of them has no word."""
    asked = np.array([encoder.question(query, is_code(query)) for query in queries], dtype=np.float64)
    found: list[list[float]] = [[] for _ in queries]
    for first in range(0, len(chunks), SLAB):
        if tick is not None:
            tick(first, len(chunks))
        vectors = encoder.passages([passage_of(chunk) for chunk in chunks[first : first + SLAB]])
        for own, cosines in zip(found, asked @ vectors.astype(np.float64).T, strict=True):
            own += [round(float(value), DIGITS) for value in cosines]
    return found


def passage_of(chunk: Chunk) -> Passage:
    """A chunk as an encoder reads it. The name of what lies outside functions is that of the class around it."""
    name = chunk.label if chunk.kind in ("function", "class") else chunk.parent
    doc, body = apart(chunk.text, is_python(chunk.source))
    return Passage(chunk.source.name, name, doc, body)


def is_python(source: Source) -> bool:
    return source.name.endswith((".py", ".pyi")) if source.language is None else source.language == "python"


def apart(code: str, docstring: bool) -> tuple[str, str]:
    """What comments say, and the rest of the code. docstring: whether the first long string is a comment, if there is
    one the only one."""
    if docstring and (found := DOCSTRING.search(code)):
        return found.group(2), code[: found.start()] + code[found.end() :]
    remarks: list[str] = []
    rest: list[str] = []
    for line in code.split("\n"):
        match = REMARK.match(line)
        if match is None:
            rest.append(line)
        else:
            remarks.append(match.group(1))
    return "\n".join(remarks), "\n".join(rest)
