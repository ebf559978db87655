"""What the workers of pools do in tests: functions of a module, so that other processes find them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


class Doubler:
    """Doubles numbers. For texts: "die once:PATH" kills the process unless PATH exists, "die" always, "fail" raises,
    "wait" sleeps."""

    def __call__(self, task: int | str) -> int:
        if isinstance(task, int):
            return 2 * task
        act, _, path = task.partition(":")
        if act == "die" or (act == "die once" and not Path(path).exists()):
            if path:
                Path(path).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if act == "fail":
            raise ValueError("it\nwas asked to")
        if act == "wait":
            time.sleep(60)
        return os.getpid() if act == "who" else 0


def broken() -> Doubler:
    raise LookupError("there is no doubler")
