"""What the command lines of benchmarks and instruments have in common."""

from __future__ import annotations

import argparse
from pathlib import Path


def parser(prog: str, description: str | None, out: Path) -> argparse.ArgumentParser:
    """A parser with the options of everything that takes long and goes on where it stopped. out: folder for results."""
    found = argparse.ArgumentParser(
        prog=prog, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--fresh", action="store_true", help="begin again, whatever was done before")
    found.add_argument("--minutes", type=float, default=0.0, help="stop after so long; call again to go on")
    found.add_argument("--only-report", action="store_true", help="tables and plots of what is there")
    found.add_argument("--out", type=Path, default=out, help="folder for the results")
    return found
