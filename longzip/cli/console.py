"""What a command says on standard error while it works and after: a progress bar, a summary.

It knows terminals; what it says comes from a ``Report``.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from longzip import ChunkReport, Compressed, Stage

Progress = Callable[[str, int, int], None]
NOTEWORTHY_SECONDS = 0.05
KEPT_WHOLE = ("whole", "pinned")
SHOWN_REASONS = 3
BARS: list[Bar] = []  # on the terminal now


class StageDisplay:
    """One bar that shows the stage at work. Called with (stage, done, total); a total of 0 is not known yet."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.stage = ""
        self.task = bar.add_task("", total=None)

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self.stage:
            self.stage = stage
            self.bar.reset(self.task, description=stage, total=None)
        self.bar.update(self.task, completed=done, total=total or None)


class LogHandler(logging.StreamHandler[Any]):
    """Lines of the log on standard error, with the seconds since the command began."""

    def format(self, record: logging.LogRecord) -> str:
        room = record.name.removeprefix("longzip.")
        return harmless(f"{record.relativeCreated / 1000:8.3f} {room}: {record.getMessage()}")


def log(verbose: int) -> None:
    """Show what the package's log says, for 1 of what is done and how long it takes, for 2 of each file that is
    skipped, too; for 0 nothing."""
    logger = logging.getLogger("longzip")
    for handler in [handler for handler in logger.handlers if isinstance(handler, LogHandler)]:
        logger.removeHandler(handler)
    if verbose and sys.stderr is not None:
        logger.addHandler(LogHandler(sys.stderr))
        logger.setLevel(logging.INFO if verbose == 1 else logging.DEBUG)
    else:
        logger.setLevel(logging.NOTSET)


def is_logged() -> bool:
    return any(isinstance(handler, LogHandler) for handler in logging.getLogger("longzip").handlers)


def unseen(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody sees."""


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """A progress bar on standard error while the block runs, where that is a terminal, ``quiet`` is off, and no
    log is shown."""
    if quiet or is_logged() or sys.stderr is None or not sys.stderr.isatty():
        yield unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        BARS.append(bar)
        try:
            yield StageDisplay(bar)
        finally:
            BARS.remove(bar)


def ask(prompt: str) -> str | None:
    """A line from the person at the terminal; None where nobody sits at one."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        return None
    for bar in BARS:
        bar.stop()
    print(prompt, end="", file=sys.stderr, flush=True)
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the shell's prompt begins a line of its own
        raise
    for bar in BARS:
        bar.start()
    return answer


def tell(*lines: str) -> None:
    """``say`` for a summary: a terminal gets it within its width, the first line bold and notes yellow, but for
    NO_COLOR."""
    if sys.stderr is None or not sys.stderr.isatty():
        say(*lines)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    for at, line in enumerate(lines):
        style = "yellow" if line.startswith("note:") else "" if at else "bold"
        for row in wrap(harmless(line), console.width, subsequent_indent="  ", break_on_hyphens=False):
            console.print(Text(row, style), soft_wrap=True)


def say(*lines: str) -> None:
    """Lines on standard error, where it is open: the one door for all that is said beside a result."""
    if sys.stderr is not None:
        for line in lines:
            print(harmless(line), file=sys.stderr)


def harmless(line: str) -> str:
    """A line as a terminal may have it: control characters, which could steer it, are written as escapes.

    Names of files, labels, errors of servers come from others; none of them may move a cursor or ring a bell.
    """
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in line)


def summary(result: Compressed, loading: float) -> list[str]:
    """Three lines: tokens, what was kept, seconds; then the notes. loading: seconds that the model took to load."""
    from longzip import Stage

    report = result.report
    return [
        summarise_tokens(result),
        f"{summarise_chunks(report.chunks)}{summarise_files(result)}",
        f"{loading + report.seconds:.1f} s: {summarise_stages((Stage('load', loading), *report.stages))}"
        f" · model {report.model}",
        *(f"note: {note}" for note in report.notes),
    ]


def summarise_tokens(result: Compressed) -> str:
    report = result.report
    level = result.digest.level if result.digest is not None else ""
    reduced = any("on request" in note for note in report.notes)
    whole = (
        all(chunk.reason in KEPT_WHOLE for chunk in report.chunks)
        if report.chunks
        else report.got >= report.original_tokens
    )
    laid_out = result.digest is not None and result.text.startswith(result.digest.header or "\n")
    folded = result.digest is not None and report.got < report.original_tokens  # runs of like lines show their ends
    if not reduced and whole and not laid_out and not folded:
        fits = "" if level else f": all of it fits the budget of {report.asked:,}"
        return f"{report.got:,} tokens, nothing left out{fits}"
    change = f"{report.ratio:.1f}x smaller" if report.got else "nothing is left"
    size = f"level {level}" if level else f"budget {report.asked:,}"
    return f"{report.original_tokens:,} → {report.got:,} tokens ({size}), {change}"


def summarise_chunks(chunks: tuple[ChunkReport, ...]) -> str:
    """How many functions were kept; where there are none (text, data), how many parts. Empty where nothing was cut."""
    functions = [chunk for chunk in chunks if chunk.kind == "function"]
    counted = functions or chunks
    if not counted:
        return ""
    whole = sum(chunk.reason in KEPT_WHOLE for chunk in counted)
    part = sum(chunk.reason == "part" for chunk in counted)
    what = "functions" if functions else "parts"
    return f"{what}: {whole:,} whole, {part:,} in part, {len(counted) - whole - part:,} dropped · "


def summarise_files(result: Compressed) -> str:
    report = result.report
    kept = sum(bool(excerpt.spans) for excerpt in result.sources)
    read = {chunk.path for chunk in report.chunks} | {excerpt.path for excerpt in result.sources}
    reasons = {skipped.path: skipped.reason.partition(":")[0] for skipped in report.skipped if skipped.path not in read}
    return f"files: {kept:,} of {len(read):,}" + (f" ({summarise_skipped(list(reasons.values()))})" if reasons else "")


def summarise_skipped(reasons: Sequence[str]) -> str:
    """How many files were skipped, and why: ``7 more skipped: 4 binary, 2 minified, 1 other, see --report``."""
    counted = Counter(reasons).most_common()
    told = [f"{count:,} {reason}" for reason, count in counted[:SHOWN_REASONS]]
    rest = sum(count for _reason, count in counted[SHOWN_REASONS:])
    told += [f"{rest:,} other"] if rest else []
    return f"{len(reasons):,} more skipped: {', '.join(told)}; see --report"


def summarise_stages(stages: tuple[Stage, ...]) -> str:
    seconds: dict[str, float] = {}
    texts: dict[str, int] = {}
    for stage in stages:
        seconds[stage.name] = seconds.get(stage.name, 0.0) + stage.seconds
        texts[stage.name] = texts.get(stage.name, 0) + stage.texts_scored
    shown = [name for name in seconds if seconds[name] >= NOTEWORTHY_SECONDS] or list(seconds)[:1]
    return ", ".join(
        f"{name} {seconds[name]:.1f} s" + (f" ({texts[name]:,} texts)" if texts[name] else "") for name in shown
    )
