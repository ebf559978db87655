"""``python -m longzip`` and the command ``longzip``.

It knows one thing: an interrupt ends the command quietly, also while its modules are still being imported.
"""

from __future__ import annotations

import signal
import sys

EXIT_INTERRUPTED = 130


def start() -> int:
    """Run the command line and return its exit code."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:
            signal.signal(getattr(signal, name), ended)
    try:
        from longzip.cli import main

        code = main()
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        # Nothing is left to interrupt; a second one would only print a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # An interrupt that passes through code made from a string, as dataclasses are made, leaves a mark with which
        # Python ends by the signal and not by the exit code. The next code made from a string takes it away.
        exec("")
    return code


def ended(number: int, _frame: object) -> None:
    """End as the shell says it of a signal, by way of all that has to be put in order: the cursor, files."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(start())
