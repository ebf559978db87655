"""Hypothesis: fresh examples on every run at a desk, the same ones in CI. No test touches the user's cache."""

import os
import signal
import tempfile

from hypothesis import settings

settings.register_profile("ci", derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
os.environ["LONGZIP_CACHE_DIR"] = tempfile.mkdtemp(prefix="longzip-cache-")
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as in a job of the shell's background; tests of Ctrl-C would wait for ever
    signal.signal(signal.SIGINT, signal.default_int_handler)
