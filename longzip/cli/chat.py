"""``longzip chat``: a conversation in the window of a model; and ``longzip advise``: whether it needs that."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import longzip
from longzip import SourceError, UsageError
from longzip.cli.console import tell
from longzip.cli.inputs import STDIN, read_stdin
from longzip.cli.options import OTHER, RESULT, SecretsChoice, list_format, positive, takes, token_budget
from longzip.cli.output import as_json, check_target, deliver, print_exactly, published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from longzip import ContextCompressor, Masked, Message, Step, Tokenizer

FORCED_SHARE = 0.5
FORMATS = ("jsonl", "json", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOptions:
    """What every command takes that reads a conversation."""

    session: Annotated[
        str,
        typer.Argument(
            metavar="SESSION",
            help="The conversation: JSON or JSON lines of OpenAI or Anthropic messages, ChatML, a "
            "Markdown transcript of a coding "
            "agent, or text with User: and Assistant: labels; - reads standard input.",
            show_default=False,
        ),
    ]
    window: Annotated[
        str, typer.Option(metavar="N", help="Tokens that the model can read, such as 128k.", show_default=True)
    ] = "128k"
    tokenizer: Annotated[
        str | None,
        typer.Option(
            "--count-for",
            metavar="NAME",
            help=r"Whose tokens to count: chars/N, a tiktoken encoding, a tokenizer file or a Hugging Face "
            r"id. \[default: an estimate "
            "by script]",
            rich_help_panel=OTHER,
        ),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", metavar="", help="No summary; only errors.", rich_help_panel=OTHER)
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions(ConversationOptions):
    """What ``longzip chat`` takes."""

    query: Annotated[
        str | None,
        typer.Option(
            "--query",
            "-q",
            metavar="TEXT",
            help="What the conversation is to serve next. [default: the user's last message]".replace("[", r"\["),
        ),
    ] = None
    trigger: Annotated[
        float, typer.Option(metavar="SHARE", help="Compact above this share of the window.", rich_help_panel=RESULT)
    ] = 0.7
    keep_recent: Annotated[
        int, typer.Option(metavar="N", help="The last messages that stay word for word.", rich_help_panel=RESULT)
    ] = 6
    summary: Annotated[
        str | None,
        typer.Option(
            metavar="N", help=r"Tokens that the summary may take. \[default: by the window]", rich_help_panel=RESULT
        ),
    ] = None
    overhead: Annotated[
        str | None,
        typer.Option(
            metavar="N|FILE",
            help="Tokens that each request takes beside the messages, for tools and schemas: a number, or a file with "
            "them, which is counted.",
            rich_help_panel=RESULT,
        ),
    ] = None
    strategy: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What becomes of old messages: ledger (typed facts), density (sentences), auto, truncate "
            "or window (no summary).",
            rich_help_panel=RESULT,
        ),
    ] = "ledger"
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Compact even below the trigger.", rich_help_panel=RESULT)
    ] = False
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="A note to keep word for word. May be repeated.", rich_help_panel=RESULT),
    ] = None
    secrets: SecretsChoice = None
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="|".join(FORMATS),
            help="jsonl: a message a line, as its provider writes it; json: a list; text: for a person.",
            rich_help_panel=RESULT,
        ),
    ] = "jsonl"  # fmt: skip
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.", rich_help_panel=RESULT)
    ] = None
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Save the window, to load it with ContextCompressor.load.", rich_help_panel=RESULT
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviseOptions(ConversationOptions):
    """What ``longzip advise`` takes."""

    turns: Annotated[
        str | None,
        typer.Option(metavar="N", help=r"How many turns such a session may come to. \[default: as many as it has]"),
    ] = None
    listing: Annotated[str, list_format("lines", "an object")] = "text"


@takes(ChatOptions)
def chat(options: ChatOptions) -> None:
    """Fit a conversation into a model's window: spent tool results are shortened, old messages become a summary.

    Below the trigger nothing changes. The system prompt, the first request, the last one and the recent messages stay
    word for word, calls keep their results, and a summary says only what the messages say. No language model is
    involved.

    Example: longzip chat session.jsonl --window 32k -o shorter.jsonl
    """
    if options.form not in FORMATS:
        raise UsageError(f"--format is {options.form!r}; choose one of: {', '.join(FORMATS)}.")
    check_target("--output", options.output)
    check_target("--save", options.save)
    messages = read_session(options.session)
    tokenizer = tokenizer_of(options)
    compressor = longzip.ContextCompressor(
        window=token_budget(options.window, "--window"),
        trigger=options.trigger,
        t_summary=None if options.summary is None else token_budget(options.summary, "--summary"),
        keep_recent=options.keep_recent,
        overhead=overhead_of(options.overhead, tokenizer or longzip.ScriptCount()),
        tokenizer=tokenizer,
        options=longzip.WindowOptions(
            focus=options.query or "",
            strategy=options.strategy,  # type: ignore[arg-type]  # checked there
            secrets=options.secrets or "mask",  # type: ignore[arg-type]  # checked there
        ),
    )
    compressor.extend(messages)
    for note in options.pin or []:
        compressor.pin(note)
    step = compressor.maybe_compress()
    if options.force and step.action == "none":
        step = compressor.compress(min(compressor.limits.retained, round(compressor.tokens * FORCED_SHARE)))
    deliver(written(compressor, options.form), options.output)
    if options.save is not None:
        compressor.save(options.save)
    if not options.quiet:
        tell(*summary(compressor, step, len(messages)))


@takes(AdviseOptions)
def advise(options: AdviseOptions) -> None:
    """Say whether a conversation needs compacting in a window, and whether pruning alone would do.

    Example: longzip advise session.md --window 200k
    """
    turns = None if options.turns is None else positive("--turns", options.turns)
    messages = read_session(options.session)
    found = longzip.advise(messages, token_budget(options.window, "--window"), tokenizer_of(options), turns)
    if options.listing == "json":
        fields = {name: getattr(found, name) for name in found.__slots__ if name != "profile"}
        print_exactly(
            as_json(
                published(
                    "advise",
                    {**fields, "profile": {name: getattr(found.profile, name) for name in found.profile.__slots__}},
                )
            )
        )
        return
    shape = found.profile
    answers = [
        (
            found.over_half,
            f"the peak is over half of the window ({shape.peak:,} tokens here, {found.share:.0%} in all)",
        ),
        (
            found.summarisable,
            f"old content can be summarised safely ({shape.compressible:.0%} is neither decision, error nor value)",
        ),
        (found.pruning_insufficient, f"pruning alone is not enough ({shape.spent:,} tokens are spent results)"),
        (found.affordable, "the cost of summarising is acceptable (no language model is needed)"),
    ]
    lines = [
        f"{shape.messages:,} messages, {shape.turns:,} turns, {shape.tokens:,} tokens; "
        f"{shape.tokens_per_turn:,.0f} a turn beside "
        f"{shape.tool_tokens:,} of tool results",
        *(f"{'yes' if yes else 'no ':3}  {text}" for yes, text in answers),
        f"verdict: {found.verdict}",
        *(f"also: {tip}" for tip in found.alternatives),
    ]
    print_exactly("\n".join(lines) + "\n")


def read_session(name: str) -> list[Message]:
    """The messages in a file or on standard input. Raises UsageError where there is no file, SourceError where it is
    none."""
    if name == STDIN:
        content, shown = read_stdin(), "standard input"
    else:
        if not Path(name).is_file():
            raise UsageError(f"there is no file {name!r}; check the path, or give - for standard input.")
        content, shown = Path(name).read_bytes(), name
    try:
        messages = longzip.read_messages(content.decode("utf-8-sig"), shown)
    except UnicodeDecodeError:
        raise SourceError(f"{shown} is not UTF-8 text; save it as UTF-8.") from None
    if not messages:
        raise SourceError(f"{shown} is empty; give a conversation with at least one message.")
    if name.endswith((".json", ".jsonl")) and all(message.style == "text" for message in messages):
        raise SourceError(f"{shown} holds no messages; give a list of objects with a role and a content.")
    return messages


def overhead_of(said: str | None, tokenizer: Tokenizer) -> int:
    """Tokens beside the messages: the number, or those of the file. Raises UsageError where it is neither."""
    if said is None:
        return 0
    if not Path(said).is_file():
        return token_budget(said, "--overhead")
    try:
        return tokenizer.count(Path(said).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"--overhead is {said!r}, which is no UTF-8 text; give a number of tokens.") from None


def tokenizer_of(options: ConversationOptions) -> Tokenizer | None:
    return None if options.tokenizer is None else longzip.load_tokenizer(options.tokenizer)


def written(compressor: ContextCompressor, form: str) -> str:
    view = compressor.view()
    if form == "text":
        return "\n\n".join(f"{message.role}: {message.text}" for message in view) + "\n"
    raws = [
        json.dumps(longzip.to_dict(message), ensure_ascii=False) if message.style == "text" else message.raw
        for message in view
    ]
    return "".join(f"{raw}\n" for raw in raws) if form == "jsonl" else "[\n" + ",\n".join(raws) + "\n]\n"


def summary(compressor: ContextCompressor, step: Step, count: int) -> list[str]:
    """Two lines: tokens and messages before and after, and what was done."""
    masks = [f"secrets masked: {told(compressor.masked)}; --secrets keep shows them"] if compressor.masked else []
    if step.action == "none":
        return [f"{step.before:,} tokens in {several(count, 'message')}, unchanged: {step.reason}", *masks]
    done = [step.reason]
    if step.pruned:
        done.append(f"{several(len(step.pruned), 'tool result')} shortened")
    if step.summarised:
        done.append(f"{step.loss:.0%} of the values in the summarised part are only in the session itself now")
    return [
        f"{step.before:,} → {step.after:,} tokens, {count:,} → "
        f"{several(len(compressor.view()), 'message')} ({step.action})",
        "; ".join([*done, *step.notes]),
        *masks,
    ]


def told(masked: Sequence[Masked]) -> str:
    """How many of each kind."""
    return ", ".join(f"{count:,} {rule}" for rule, count in Counter(one.rule for one in masked).most_common())


def several(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
