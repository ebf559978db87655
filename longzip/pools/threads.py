"""Calls that take a while, for programs with an event loop: the same call in a thread, while the loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")


def in_thread(call: Callable[Given, Found]) -> Callable[Given, Coroutine[Any, Any, Found]]:
    """The awaitable twin of a call that may be made from any thread.

    Who stops waiting for it (a cancelled task, a timeout) gets nothing; the call itself runs to its end and keeps what
    it found out for the next one, so that nothing is left half done.
    """

    @wraps(call)
    async def run(*args: Given.args, **named: Given.kwargs) -> Found:
        return await asyncio.to_thread(call, *args, **named)

    run.__doc__ = f"``{call.__name__}``, awaitable: it runs in a thread, and the event loop goes on."
    run.__name__ = f"a{call.__name__}"
    return run
