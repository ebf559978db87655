"""The main loop of a process that parses for another one: requests come in, answers go out, through pipes.

Whatever a grammar does, only this process suffers from it: it ends itself where an answer takes too long, it may use so
much memory and no more, and what is printed goes nowhere.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import struct
from dataclasses import replace
from typing import IO

from longzip.formats.grammar.analysis import Analysis, Here, seconds_for

LENGTH = struct.Struct("<Q")
PATIENCE = 12  # times the seconds that parsing may take: what a grammar that hangs is given by the clock
HELD_UP = 1.0  # seconds beyond those of parsing, for what is done with the tree
LATE = 1  # the exit code with which faulthandler ends a process
MEMORY = 4 << 30  # bytes of address space


def main(seconds: float) -> None:
    """Answers until the other side closes its pipe. Requests: a method of ``Here`` and its arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory()
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        here = Here(seconds)
        send(answers, b"ready")
        while True:
            try:
                request = receive(requests)
            except EOFError:
                return
            faulthandler.dump_traceback_later(PATIENCE * seconds, exit=True)
            limit_time(HELD_UP + seconds_for(len(request), seconds))
            answer = pickle.dumps(answered(here, request), pickle.HIGHEST_PROTOCOL)
            limit_time(0)
            faulthandler.cancel_dump_traceback_later()
            send(answers, answer)


def answered(here: Here, request: bytes) -> object:
    """The answer; the name of the error where there is none."""
    method, arguments = pickle.loads(request)  # from the process that started this one
    try:
        found: object = getattr(here, method)(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must reach the process that asked
        return type(error).__name__
    return without_text(found) if isinstance(found, Analysis) else found


def without_text(found: Analysis) -> Analysis:
    """The analysis without what the other side has: the source in each of its chunks."""
    return replace(found, chunks=tuple(replace(chunk, source=replace(chunk.source, text="")) for chunk in found.chunks))


def limit_time(seconds: float) -> None:
    """End this process once it has worked for so long, whatever it does then; 0 takes that back. Time in which others
    have the processor does not count, so that a busy machine does not change what comes out."""
    if hasattr(signal, "setitimer"):  # there is none on Windows
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # there is no such limit on Windows
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Raises EOFError where the other side is gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
