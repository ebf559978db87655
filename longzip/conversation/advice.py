"""Whether a conversation needs compaction, and what kind: a profile of its tokens, and a verdict with its reasons.

The shares are those of the pattern "prune first, then compress": above half of the window compaction is in play, below
0.3 it is not needed yet, and from 0.3 of the tokens being spent results pruning alone is worth it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longzip.conversation.compaction.log import Log
from longzip.conversation.compaction.spent import spent_results
from longzip.conversation.compaction.state import Limits, State
from longzip.conversation.compaction.view import is_request
from longzip.conversation.facts.gathering import facts_of, question_before
from longzip.conversation.window import ContextCompressor
from longzip.errors import SourceError
from longzip.messages.dialects import from_dict
from longzip.messages.normal import Message, ScriptCount
from longzip.prose.values import distinct
from longzip.protocols import Tokenizer

IN_PLAY, NOT_YET, WORTH_PRUNING, SAFE = 0.5, 0.3, 0.3, 0.5
TRIGGER = 0.70


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a conversation's tokens are.

    turns: requests of the user's with all that follows each. tokens_per_turn: their mean, without results of tools.
    peak: tokens_per_turn times turns, and the results. spent: of the results whose work is shown to be done.
    compressible: the share of the tokens that is neither decision, error, request nor value, from 0 to 1.
    """

    messages: int
    turns: int
    tokens: int
    tokens_per_turn: float
    tool_tokens: int
    peak: int
    spent: int
    compressible: float


@dataclass(frozen=True, slots=True)
class Advice:
    """The four questions, each answered, and what follows.

    over_half: the peak is over half of the window. summarisable: old content can be summarised safely.
    pruning_insufficient: pruning alone does not bring it below the trigger. affordable: what summarising costs is
    acceptable; without a language model it always is.
    """

    profile: Profile
    window: int
    share: float
    over_half: bool
    summarisable: bool
    pruning_insufficient: bool
    affordable: bool
    verdict: str
    alternatives: tuple[str, ...] = ()


def profile(messages: Sequence[Mapping[str, object] | Message], tokenizer: Tokenizer | None = None) -> Profile:
    """Measure a conversation. Raises SourceError for an empty one."""
    log = Log(tokenizer or ScriptCount())
    for message in messages:
        log.append(message if isinstance(message, Message) else from_dict(message))
    if not log.entries:
        raise SourceError("the conversation has no messages; give at least one.")
    whole = [entry.message for entry in log.entries]
    total = log.before[-1]
    tools = sum(log.tokenizer.count(block.text) for message in whole for block in message.results)
    turns = max(sum(is_request(message) for message in whole), 1)
    mentions: dict[str, int] = {}
    for message in whole:
        for atom in distinct(message.text):
            mentions[atom] = mentions.get(atom, 0) + 1
    spent = sum(found.gain for found in spent_results(log, State(), Limits(), len(whole), mentions))
    critical = 0
    for at, message in enumerate(whole):
        facts = facts_of(message, at + 1, question_before(whole, at), None, log.tokenizer, mentions)
        critical += min(
            sum(log.tokenizer.count(fact.forms[-1]) for fact in facts if fact.base >= 1), log.entries[at].own
        )
    per_turn = (total - tools) / turns
    return Profile(
        len(whole),
        turns,
        total,
        round(per_turn, 1),
        tools,
        round(per_turn * turns) + tools,
        spent,
        round(1 - critical / max(total, 1), 4),
    )


def advise(
    messages: Sequence[Mapping[str, object] | Message],
    window: int = 128_000,
    tokenizer: Tokenizer | None = None,
    turns: int | None = None,
) -> Advice:
    """Whether and how a conversation like this one should be compacted in a window of this many tokens.

    turns: how many turns such a session may come to; as many as it has where that is None.
    """
    found = profile(messages, tokenizer)
    grown = (turns or found.turns) / found.turns
    peak = round(found.peak * grown)
    share = peak / window
    insufficient = peak - round(found.spent * grown) > TRIGGER * window
    safe = found.compressible >= SAFE
    return Advice(
        found,
        window,
        round(share, 4),
        share > IN_PLAY,
        safe,
        insufficient,
        True,
        verdict(found, share, insufficient, safe),
        alternatives(found, share, safe),
    )


def verdict(found: Profile, share: float, insufficient: bool, safe: bool) -> str:
    if share < NOT_YET:
        return f"nothing to do: the peak is {share:.0%} of the window"
    if share <= IN_PLAY:
        return f"not yet: the peak is {share:.0%} of the window; look again when it passes {IN_PLAY:.0%}"
    if not insufficient and found.spent:
        return "prune: shortening spent results alone keeps it below the trigger"
    if not insufficient:
        return f"watch: the peak is {share:.0%} of the window, below the trigger of {TRIGGER:.0%}"
    return (
        "prune, then compress"
        if safe
        else "prune, then compress with care: much of it is critical; keep more recent messages"
    )


def alternatives(found: Profile, share: float, safe: bool) -> tuple[str, ...]:
    tips = []
    if found.spent >= WORTH_PRUNING * found.tokens:
        tips.append(
            f"{found.spent / found.tokens:.0%} of the tokens are spent results: pruning alone is lossless for the rest"
        )
    if not safe and share < 1.5:
        tips.append("a larger window holds it whole")
    if found.tool_tokens > found.tokens / 2:
        tips.append(
            "more than half are results of tools: let tools return less, or let a sub-agent return only its result"
        )
    return tuple(tips)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a gap between the bounds would have cost: a narrow one compacts often, a wide one forgets more at a time."""

    t_retained: int
    compactions: int
    prunings: int
    tokens_passed: int


def simulate(
    messages: Sequence[Mapping[str, object] | Message], t_max: int, retained: Sequence[int], t_summary: int = 500
) -> tuple[Simulated, ...]:
    """How often a conversation would have been compacted, for each ``t_retained``. Without a language model."""
    found = []
    for bound in retained:
        window = ContextCompressor(t_max=t_max, t_retained=bound, t_summary=t_summary)
        for message in messages:
            window.append(message)
            window.maybe_compress()
        stats = window.get_stats()
        found.append(Simulated(bound, stats.compression_count, stats.prune_count, stats.tokens_passed))
    return tuple(found)
