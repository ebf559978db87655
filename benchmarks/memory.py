"""The largest resident memory of this process since a mark, where the system can tell (Linux), else since its start."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"  # proc(5), clear_refs
MAXRSS_PER_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10


def mark() -> None:
    """From now on."""
    try:
        CLEAR.write_text(RESET_PEAK)
    except OSError:
        return


def peak() -> float:
    """Megabytes."""
    try:
        found = re.search(r"^VmHWM:\s*(\d+) kB", STATUS.read_text(), re.M)
    except OSError:
        found = None
    return int(found[1]) / 2**10 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MEGABYTE
