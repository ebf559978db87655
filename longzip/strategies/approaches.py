"""The strategies by name. A new one is a module of its own and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from longzip.settings import Strategy
from longzip.strategies.ladder import LADDER
from longzip.strategies.passages import PASSAGES
from longzip.strategies.published import LONGCODEZIP, SHARES
from longzip.strategies.run import Approach

APPROACHES: Mapping[Strategy, Approach] = {
    "default": LADDER,
    "shares": SHARES,
    "passages": PASSAGES,
    "longcodezip": LONGCODEZIP,
}
