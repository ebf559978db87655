"""How a result is written: a module for each format, and a frame around all. Knows no budget, and not why a line is
kept.

A format is a module of this folder, a line in ``OUTPUTS``, and its name in ``settings.OutputFormat``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from longzip.rendering.outputs import markdown, text, xml
from longzip.settings import OutputFormat
from longzip.types import Source


class Output(Protocol):
    """How one format writes files; a module is one."""

    def section(self, source: Source, body: str, header: str | None, language: str, /) -> str:
        """One file's part of the result.

        body: what is shown of it, verbatim and with gap markers. header: the comment that names it; None where only one
        file is shown, whose name says nothing. language: as Markdown fences call it; "" where it is unknown.
        """

    def joined(self, sections: Sequence[str], /) -> str:
        """The parts of all files as one text."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Text before and after the context in the result; counted like everything else."""

    before: str = ""
    after: str = ""


OUTPUTS: Mapping[OutputFormat, Output] = {"text": text, "markdown": markdown, "xml": xml, "json": text}


def document(sections: Sequence[str], frame: Frame, output: OutputFormat) -> str:
    """The sections as one text, inside the frame."""
    joined = OUTPUTS[output].joined(sections)
    if not frame.before and not frame.after:
        return joined
    text = "\n\n".join(part for part in (frame.before, joined.rstrip("\n"), frame.after) if part)
    return text if frame.after else f"{text}\n"
