"""The errors longzip raises.

LongzipError                 anything longzip refuses; the message says what to do next
├── UsageError               the call makes no sense: no query, a rate of 3, an unknown option
│   └── SettingsError        a setting has a wrong name, type or value
├── BudgetTooSmall           what must be kept does not fit; has ``needed`` and ``given`` (tokens)
├── SourceError              nothing to compress, or a path that cannot be read
└── ModelError               a model or tokenizer cannot be loaded or used
    └── MissingExtra         an optional package is not installed; the message names the extra
"""

from __future__ import annotations


class LongzipError(Exception):
    """Anything longzip refuses. The message is one sentence that says what to do."""


class UsageError(LongzipError, ValueError):
    """The call makes no sense as it stands."""


class SettingsError(UsageError):
    """A setting has a wrong name, type or value."""


class BudgetTooSmall(LongzipError):
    """What must be kept does not fit the token budget."""

    def __init__(self, needed: int, given: int, what: str = "what must stay whole") -> None:
        self.needed, self.given = needed, given
        super().__init__(
            f"{what} needs {needed:,} tokens and the budget is {given:,}; raise the budget to at least {needed:,}."
        )


class SourceError(LongzipError):
    """Nothing to compress, or a path that cannot be read."""


class ModelError(LongzipError):
    """A model or tokenizer cannot be loaded or used."""


class MissingExtra(ModelError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str, purpose: str = "") -> None:
        """purpose: what needs it, where that is not evident: "the model NAME needs it"."""
        why = f", and {purpose}" if purpose else ""
        super().__init__(f"{package} is not installed{why}; install it with: pip install 'longzip[{extra}]'")
