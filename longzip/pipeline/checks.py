"""What is asked of a compression, before any work: a question, and one size. Knows no sources."""

from __future__ import annotations

from longzip.errors import UsageError
from longzip.types import Budget


def check_query(
    query: str, message: str = "the query is empty; say in words or code what you are looking for."
) -> None:
    """Raises UsageError, with the message, for nothing but white space."""
    if not query.strip():
        raise UsageError(message)


def check_size(budget: Budget | None, rate: float | None) -> None:
    """Raises UsageError unless one of the two is given, and makes sense."""
    if (budget is None) == (rate is None):
        raise UsageError("give either a budget in tokens or a rate, not both and not neither.")
    if budget is not None and budget != "knee" and (isinstance(budget, str) or budget <= 0):
        raise UsageError(f'the budget is {budget!r}; it must be a number of tokens, at least 1, or "knee".')
    if rate is not None and not 0 < rate <= 1:
        raise UsageError(f"the rate is {rate}; it must be above 0 and at most 1.")
