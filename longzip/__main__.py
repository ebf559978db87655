"""``python -m longzip`` is the command ``longzip``."""

from __future__ import annotations

import sys

from longzip.cli import main

if __name__ == "__main__":
    sys.exit(main())
