"""Parsing in processes of their own, so that a grammar that crashes or hangs costs one file, and not the run.

Grammars are C code of many authors; on some texts some of them crash, and nothing in this process could catch that.
Knows how to keep processes and what their end means; what they do is ``analysis``, and ``worker`` is their main loop.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from longzip.formats.grammar import syntax
from longzip.formats.grammar.analysis import SECONDS, Analysis, Here, by_lines, seconds_for
from longzip.formats.grammar.omittable import Omittable
from longzip.formats.grammar.references import Names
from longzip.formats.grammar.worker import LATE, main, receive, send
from longzip.types import Source

MOST_PROCESSES = 4
START = (
    f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {main.__module__} import main; "
    "main(float(sys.argv[2]))"
)
TOO_LATE = (LATE, -getattr(signal, "SIGPROF", 0) or LATE)
Found = TypeVar("Found")


class LostParserError(Exception):
    """A process ended before it answered; the message says why, in a few words. Never leaves the package."""


class NoProcessError(Exception):
    """There are no processes to be had here. Never leaves the package."""


class Isolated:
    """The analyst that parses in other processes; in this one where none can be started. Safe to share between threads.

    seconds: how long parsing one source may take; above 0. processes: how many parse at once; at least 1.
    """

    def __init__(self, seconds: float = SECONDS, processes: int | None = None) -> None:
        self.here = Here(seconds)
        self.parallel = processes or min(MOST_PROCESSES, os.cpu_count() or 1)
        self.owner = os.getpid()
        self.idle: list[Worker] = []
        self.free = threading.BoundedSemaphore(self.parallel)
        self.available = bool(sys.executable) and not getattr(sys, "frozen", False)
        weakref.finalize(self, end, self.idle, self.owner)

    def analyse(self, source: Source) -> Analysis:
        """See ``Analyst.analyse``."""
        if not self.available:
            return self.here.analyse(source)
        try:
            found = self.ask(Analysis, "analyse", source)
        except LostParserError as error:
            return by_lines(source, str(error))
        except NoProcessError:
            return self.here.analyse(source)
        return replace(found, chunks=tuple(replace(chunk, source=source) for chunk in found.chunks))

    def name(self, source: Source, known: Analysis) -> Names:
        """See ``Analyst.name``."""
        if known.reason is not None or not self.available:
            return self.here.name(source, known)
        return self.asked(Names(), "name", source, replace(known, chunks=()))

    def omittable(self, source: Source, known: Analysis) -> Omittable:
        """See ``Analyst.omittable``."""
        if known.reason is not None or not self.available:
            return self.here.omittable(source, known)
        return self.asked(Omittable(), "omittable", source, replace(known, chunks=()))

    def valid(self, known: Analysis, text: str) -> bool:
        """See ``Analyst.valid``; a text that makes the grammar crash is not."""
        if known.language is None or not known.clean or not self.available:
            return self.here.valid(known, text)
        return self.asked(False, "valid", replace(known, chunks=(), units=()), text)

    def asked(self, otherwise: Found, method: str, *arguments: object) -> Found:
        """``ask``; what there is otherwise, where nobody answers."""
        try:
            return self.ask(type(otherwise), method, *arguments)
        except (LostParserError, NoProcessError):
            return otherwise

    def ask(self, kind: type[Found], method: str, *arguments: object) -> Found:
        """What ``Here`` answers, in another process; a crash is tried again once, in a fresh one.

        Raises LostParserError, and NoProcessError where no process can be started, now and from now on.
        """
        request = pickle.dumps((method, arguments), pickle.HIGHEST_PROTOCOL)
        with self.free:
            try:
                answer = self.exchange(request)
            except LostParserError as error:
                if str(error).startswith(syntax.LATE):
                    raise
                answer = self.exchange(request)
        found = pickle.loads(answer)  # from a process that we started, over a pipe that nobody else has
        if not isinstance(found, kind):
            raise LostParserError(f"it could not be analysed ({found})")
        return found

    def exchange(self, request: bytes) -> bytes:
        """One request to an idle process, or a new one. Raises LostParserError, NoProcessError."""
        if os.getpid() != self.owner:  # a forked child shares no pipes with its parent
            self.owner, self.idle = os.getpid(), []
            weakref.finalize(self, end, self.idle, self.owner)
        try:
            worker = self.idle.pop()
        except IndexError:
            worker = Worker(self.here.seconds)
        try:
            answer = worker.ask(request)
        except EOFError:
            code = worker.end()
            if not worker.ready:
                self.available = False
                raise NoProcessError from None
            raise LostParserError(self.late(request) if code in TOO_LATE else "its grammar crashed") from None
        except BaseException:
            worker.end()
            raise
        self.idle.append(worker)
        return answer

    def late(self, request: bytes) -> str:
        return f"{syntax.LATE} {seconds_for(len(request), self.here.seconds):.1f} s"


class Worker:
    """A process that parses. ready: whether it ever spoke."""

    def __init__(self, seconds: float) -> None:
        """Raises NoProcessError."""
        self.ready = False
        command = [sys.executable, "-I", "-c", START, json.dumps(sys.path), str(seconds)]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError:
            raise NoProcessError from None

    def ask(self, request: bytes) -> bytes:
        """Raises EOFError where the process ends first."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            if not self.ready:
                receive(self.process.stdout)
                self.ready = True
            send(self.process.stdin, request)
            return receive(self.process.stdout)
        except OSError:
            raise EOFError from None

    def end(self) -> int:
        """Ends the process, whatever it does; its exit code."""
        code = self.process.poll()
        if code is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent yet cannot be sent any more
                    pipe.close()
        return self.process.wait() if code is None else code


def end(workers: list[Worker], owner: int) -> None:
    """Ends what processes there are; in a forked child they are the parent's."""
    while workers and os.getpid() == owner:
        workers.pop().end()
