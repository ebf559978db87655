#!/usr/bin/env python3
"""A sample that exercises what the Python grammar offers."""

from __future__ import annotations

import os
import sys  # trailing comment
from collections.abc import (
    Iterator,
    Sequence,
)

LIMIT = 10
TABLE = {
    "one": 1,
    "two": 2,
}
first = 1; second = 2

if sys.version_info >= (3, 11):
    def modern(value: int) -> int:
        total = value
        total += 1
        return total
else:
    def modern(value):
        return value


# A comment directly above, in two lines,
# belongs to the function.
def guarded(items: Sequence[int], *, limit: int = LIMIT) -> int:
    """Docstring.

    With more lines.
    """
    # comment before the first statement

    if not items:
        raise ValueError(
            "nothing to add up"
        )
    total = 0
    for item in items:
        # about the condition
        if item > limit:
            total += limit
            continue
        if item < 0:
            total -= item
        # before the else
        else:
            total += item
        total %= 1_000_003
    else:
        total += 1
    try:
        os.stat("/tmp/é")
    except FileNotFoundError as error:
        print(error)
        total = 0
    except (OSError, ValueError):
        pass
    else:
        total += 2
    finally:
        total += 3
    with open(os.devnull) as null, \
            open(os.devnull) as other:
        null.read()
        other.read()
    while total > 100: total //= 2
    return total
    # after the last statement


@staticmethod
# between the decorator and the function
@property
async def decorated(
    first: int,
    second: str = "x",
) -> Iterator[int]:
    async for value in source(first):
        await value
        yield (yield value)
    return


class Base:
    """The base."""

    slots: int = 0
    """What it is."""
    other = 1

    def __init__(self, value: int) -> None:
        self.value = value
        self.square = value * value

        self.cube = self.square * value

    # ---- properties ----

    @property
    def double(self) -> int:
        def helper(x: int) -> int:
            y = x + x
            z = y
            return z
        return helper(self.value)

    constant = 3

    class Inner:
        def method(self): return 1

        def longer(self):
            if self:
                a = 1
                b = 2
            return a, b

    async def last(self):
        return [
            x
            for x in range(10)
        ]


class Empty(Base): pass


def matcher(command):
    match command.split():
        case [action]:
            a = action
            return a
        case [action, obj] if obj:
            return obj
        case _:
            text = """
    not code
    """
            return text


lambda_value = lambda x: (
    x + 1
)

if __name__ == "__main__":
    arguments = sys.argv
    for argument in arguments:
        print(argument)
        print(guarded([1]))
    sys.exit(0)
