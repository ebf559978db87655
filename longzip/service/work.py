"""What the services do. Knows neither MCP nor HTTP. All paths are names within the roots."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import longzip
from longzip import (
    Compressed,
    Compressor,
    ContextCompressor,
    Question,
    Recalled,
    Settings,
    Source,
    TextOptions,
    UsageError,
    WindowOptions,
)
from longzip.service.roots import Roots
from longzip.service.values import (
    CodeRequest,
    Expanded,
    ExpandRequest,
    FileShown,
    Lines,
    MessageShown,
    MessagesRequest,
    MessagesShortened,
    Ranked,
    Ranking,
    RankRequest,
    RecallRequest,
    Remembered,
    Shortened,
    TextRequest,
)

Progress = Callable[[str, int, int], None]
PLACE = re.compile(r"(.+?):(\d+)(?:-(\d+))?", re.S)
SAVED = '{"schema": '
NOT_SERVED = "this service reads no files; send the text itself."


class Work:
    """Does what is asked for. Safe to share between threads."""

    def __init__(self, roots: Roots | None, settings: Settings | None = None) -> None:
        """roots: what may be read; None: no files. settings: for all requests, which may change what they name."""
        self.settings = settings or Settings()
        self._roots = roots
        self._lock = threading.Lock()
        self._compressor: Compressor | None = None

    @property
    def roots(self) -> Roots:
        """Raises UsageError where no files are served."""
        if self._roots is None:
            raise UsageError(NOT_SERVED)
        return self._roots

    def compressor(self, settings: Settings) -> Compressor:
        """With the model loaded once, whatever the settings of a request."""
        with self._lock:
            if self._compressor is None:
                self._compressor = Compressor.load(settings=self.settings)
        return self._compressor.with_settings(settings)

    def compress_code(self, request: CodeRequest, progress: Progress) -> Shortened:
        settings = replace(self.reading(request.include, request.exclude), line_numbers=request.line_numbers)
        progress("reading files", 0, 0)
        question = Question(request.query, request.budget, tuple(request.keep), tuple(request.drop))
        found = self.roots.read(request.paths, settings, question)
        result = self.compressor(settings).compress(
            found, query=request.query, budget=request.budget, pins=request.keep, drops=request.drop, progress=progress
        )
        return shortened(result)

    def rank(self, request: RankRequest, progress: Progress) -> Ranking:
        settings = self.reading(request.include, request.exclude)
        progress("reading files", 0, 0)
        found = self.roots.read(request.paths, settings, Question(request.query))
        scored = self.compressor(settings).rank(found, query=request.query, progress=progress)[: request.top]
        return Ranking(
            functions=[
                Ranked(
                    path=one.chunk.source.name, name=one.chunk.label, start_line=one.chunk.first_line,
                    end_line=one.chunk.last_line, tokens=one.tokens,
                    relevance=one.relevance if math.isfinite(one.relevance) else None,
                )
                for one in scored
            ]
        )  # fmt: skip

    def expand(self, request: ExpandRequest, progress: Progress) -> Expanded:
        progress("reading files", 0, 0)
        return Expanded(places=[Lines(place=place, text=self.lines(place)) for place in request.places])

    def lines(self, place: str) -> str:
        """Raises UsageError for what is no place, or none in the roots."""
        match = PLACE.fullmatch(place)
        if match is None:
            raise UsageError(f"{place!r} is no place; give a file and its lines, such as src/client.py:31-42.")
        source = self.file(match[1])
        return longzip.lines_of(source, int(match[2]), int(match[3] or match[2]))

    def file(self, name: str) -> Source:
        """Raises UsageError, SourceError."""
        found = self.roots.read([name], self.settings)
        if len(found.sources) != 1 or found.sources[0].name != self.roots.find(name).name:
            raise UsageError(f"{name!r} is no file that can be read as text; name one.")
        return found.sources[0]

    def compress_text(self, request: TextRequest, progress: Progress) -> Shortened:
        progress("reading", 0, 0)
        if (request.text is None) == (request.path is None):
            raise UsageError("give either text or path.")
        source = self.file(request.path) if request.path is not None else Source("", request.text or "")
        result = longzip.compress(
            [source], request.query, budget=request.budget, level=request.level,
            options=TextOptions(settings=self.settings),
        )  # fmt: skip
        return shortened(result)

    def compress_messages(self, request: MessagesRequest, progress: Progress) -> MessagesShortened:
        progress("reading", 0, 0)
        result = longzip.compress(
            request.messages, request.query, budget=request.budget, options=TextOptions(settings=self.settings)
        )
        report = result.report
        return MessagesShortened(
            messages=list(map(dict, result.messages)), tokens=report.got, budget=report.asked,
            original_tokens=report.original_tokens, notes=list(report.notes),
        )  # fmt: skip

    def recall(self, request: RecallRequest, progress: Progress) -> Remembered:
        progress("reading", 0, 0)
        if (request.reference is None) == (request.query is None):
            raise UsageError("give either reference or query.")
        source = self.file(request.session)
        window = opened(source, self.roots.find(request.session).path, self.settings)
        found: list[Recalled]
        if request.reference is not None:
            found = [window.recall(request.reference)]
        else:
            found = window.search(request.query or "", request.top)
        return Remembered(
            messages=[MessageShown(number=one.number, role=one.message.role, text=one.text) for one in found]
        )

    def reading(self, include: Sequence[str], exclude: Sequence[str]) -> Settings:
        """The service's own globs hold beside those of the request."""
        return replace(
            self.settings,
            include=tuple(include) or self.settings.include,
            exclude=(*self.settings.exclude, *exclude),
        )


def opened(source: Source, path: Path, settings: Settings) -> ContextCompressor:
    """A window that was saved, or a conversation in one that compacts nothing."""
    options = WindowOptions(secrets=settings.secrets)
    if source.text.startswith(SAVED):
        return ContextCompressor.load(path, options=options)
    window = ContextCompressor(auto_compress=False, options=options)
    window.extend(longzip.read_messages(source.text, source.name))
    return window


def shortened(result: Compressed) -> Shortened:
    report = result.report
    files = [
        FileShown(
            path=file.path, tokens=file.tokens, lines=[f"{span.start_line}-{span.end_line}" for span in file.spans]
        )
        for file in result.sources
        if file.spans
    ]
    return Shortened(
        text=str(result) if result.digest is None else result.text, tokens=report.got, budget=report.asked,
        original_tokens=report.original_tokens, files=files, notes=list(report.notes), related=report.related,
        quality=None if result.digest is None or not result.digest.rows else result.digest.quality,
    )  # fmt: skip
