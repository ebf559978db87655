"""``--copy``: a text on the clipboard, by the program that this machine has for it."""

from __future__ import annotations

import shutil
import subprocess

from longzip import LongzipError

PROGRAMS = (
    ("pbcopy",), ("wl-copy",), ("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input"), ("clip.exe",),
    ("termux-clipboard-set",),
)  # fmt: skip
SECONDS = 10


def copy(text: str) -> None:
    """Raises LongzipError where there is no such program, or none of them works."""
    present = [program for program in PROGRAMS if shutil.which(program[0])]
    for program in present:
        coding = "utf-16-le" if program[0] == "clip.exe" else "utf-8"
        try:
            # Output goes nowhere: xclip stays behind to serve the text, and would keep a pipe open.
            subprocess.run(
                program, input=text.encode(coding, "replace"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=SECONDS, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            continue
        return
    known = ", ".join(program[0] for program in PROGRAMS[:4])
    raise LongzipError(f"there is no clipboard that can be reached; install one of {known}, or use -o FILE.")
