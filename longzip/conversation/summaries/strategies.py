"""What becomes of old messages, by name: who writes the summary where the caller brings no summariser.

``ledger``: typed facts, shortened again and again where a session is long. ``density``: sentences, as many values as
fit (chain of density, extractive). ``auto``: density for talk full of values that is not long yet, the ledger for the
rest.
``truncate`` and ``window`` write nothing: the oldest messages go, as few as need be or down to what is retained.
"""

from __future__ import annotations

from collections.abc import Sequence

from longzip.conversation.compaction.accounting import Written
from longzip.conversation.compaction.compact import Summarize
from longzip.conversation.compaction.state import CompactionStrategy
from longzip.conversation.facts.ledger import Ledger
from longzip.conversation.summaries.density import DensitySummarizer
from longzip.conversation.summaries.summarizers import around, extractive
from longzip.messages.normal import Message
from longzip.prose.values import distinct
from longzip.protocols import Tokenizer

DENSE = 0.08  # values a token from which on talk is full of them
MOST_TOOLS = 0.3  # of the tokens that results may have: records are what the ledger is made for
MOST_AT_ONCE = 10  # tokens that one of the summary may stand for before sentences give way to facts


def by_name(strategy: CompactionStrategy, tokenizer: Tokenizer) -> Summarize:
    """The summariser of a strategy."""

    def dense(messages: Sequence[Message], previous: str, ledger: Ledger, room: int) -> Written:
        return around(DensitySummarizer(room, tokenizer=tokenizer), tokenizer)(messages, previous, ledger, room)

    def automatic(messages: Sequence[Message], previous: str, ledger: Ledger, room: int) -> Written:
        chosen = dense if suits_density(messages, ledger, room, tokenizer) else extractive
        return chosen(messages, previous, ledger, room)

    return {"density": dense, "auto": automatic}.get(strategy, extractive)


def suits_density(messages: Sequence[Message], ledger: Ledger, room: int, tokenizer: Tokenizer) -> bool:
    """Whether a stretch is talk full of values, short enough for sentences, and the first levels of summary."""
    text = "\n".join(message.text for message in messages)
    tokens = max(tokenizer.count(text), 1)
    results = sum(tokenizer.count(block.text) for message in messages for block in message.results)
    full = len(distinct(text)) / tokens >= DENSE
    return full and results <= MOST_TOOLS * tokens and tokens <= MOST_AT_ONCE * room and ledger.depth == 0
