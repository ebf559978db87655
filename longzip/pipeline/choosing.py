"""Which files of a folder are worth parsing for a query: a cheap look at all of them, before any is split.

A file stands where its best window would by the signals that need no grammar and no model, with the weights that they
have in ``strategies.weights``. Always among them: the files that the query names, by a place or by a name that they
define, and those that pins name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from longzip.index.lookup import best_of_files, definers, windows_worth
from longzip.index.table import Table
from longzip.scoring import mentions, places
from longzip.scoring.locations import stem_shares
from longzip.scoring.names import HOMONYMS, NAMED, NAMED_IN_PROSE, is_code, names_in
from longzip.scoring.questions import readings
from longzip.settings import Settings
from longzip.strategies.ranking import DOCUMENTS, is_test, stands_back
from longzip.strategies.weights import weights_for
from longzip.types import Question, Source

SMALL_FILES, SMALL_CHARACTERS = 150, 1_000_000  # up to either, everything is read
LEAST_FILES, FEW_FILES, MOST_FILES = 96, 40, 512
CHARACTERS_PER_TOKEN = 60  # of the budget
MOST_CHARACTERS = 1_000_000  # where so few files have as many, and the budget wants no more, they are enough
MOST_NAMED = 24  # files that are read because the query names what they define, or them


def chosen(table: Table, question: Question, settings: Settings, language: Callable[[Source], str]) -> list[int] | None:
    """The rows of the files to read, best first; None: all of them. language: see ``CodeFacts.language``."""
    readable = np.array([not reason for reason in table.reasons], bool)
    characters = table.files.characters.astype(np.int64)
    total = int(characters[readable].sum())
    wanted = CHARACTERS_PER_TOKEN * question.budget
    if int(readable.sum()) <= SMALL_FILES or total <= max(SMALL_CHARACTERS, wanted):
        return None
    values = worth_of_files(table, question.query, settings, language)
    must = [row for row in named_rows(table, question) if readable[row]]
    order = [int(row) for row in np.argsort(-values, kind="stable") if readable[row]]
    return fitting(list(dict.fromkeys([*must, *order])), characters, len(must), wanted)


def fitting(order: Sequence[int], characters: NDArray[np.int64], least: int, wanted: int) -> list[int]:
    """The first of these: ``least`` at least, then as many as the rule allows."""
    read = 0
    for place, row in enumerate(order):
        enough = place >= LEAST_FILES and read >= wanted
        large = place >= FEW_FILES and read >= max(MOST_CHARACTERS, wanted)
        if place >= least and (enough or large or place >= MOST_FILES):
            return list(order[:place])
        read += int(characters[row])
    return list(order)


def worth_of_files(
    table: Table, query: str, settings: Settings, language: Callable[[Source], str]
) -> NDArray[np.float64]:
    """What each file is worth to the query, by what is known without parsing: float64[files]."""
    weights, names = weights_for(query), table.names
    asked = readings(query)
    windows = np.zeros(len(table.lengths))
    for part in asked:
        windows += standard(windows_worth(table, part))
    found = weights.lexical * best_of_files(table, windows, float(windows.min(initial=0.0)))
    for part in asked:
        found += weights.stem * np.array(stem_shares(part, names)) / len(asked)
    if stands_back(query, settings):
        found -= weights.tests * np.array([is_test(name) for name in names])
    if weights.documents:
        found -= weights.documents * np.array(beside(names, language))
    named = NAMED if is_code(query) else NAMED_IN_PROSE
    for files in definers(table, names_in(query)).values():
        found[files] += named * min(1.0, HOMONYMS / len(files))
    return np.round(found, 6)


def standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """In standard deviations from their mean."""
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / spread if spread else np.zeros(len(values))


def beside(names: Sequence[str], language: Callable[[Source], str]) -> list[bool]:
    """Whether each file is prose or data, by its name."""
    known: dict[str, bool] = {}
    found = []
    for name in names:
        path = PurePosixPath(name)
        kind = path.suffix or path.name
        if kind not in known:
            known[kind] = language(Source(name, "")) in DOCUMENTS
        found.append(known[kind])
    return found


def named_rows(table: Table, question: Question) -> list[int]:
    """The files that pins and the query name: by a place, by their own name, by what they define."""
    sources = [Source(name, "") for name in table.names]
    found: list[int] = []
    for pin in question.pins:
        found += [row for path, _rest in places.readings(pin) for row in places.matching(path, sources)]
    for drop in question.drops:
        found += [row for glob, _rest in places.readings(drop) for row in places.globbed(glob, sources)[:1]]
    told: list[int] = []
    for path, _first, _last in mentions.places(question.query):
        told += mentions.matching(path, sources)[:MOST_NAMED]
    files = {name.rstrip(".") for name in mentions.FILE_NAME.findall(question.query) if "." in name}
    told += [row for row, name in enumerate(table.names) if files and PurePosixPath(name).name in files]
    if not is_code(question.query):
        for rows in definers(table, names_in(question.query)).values():
            told += rows if len(rows) <= HOMONYMS else []
    return list(dict.fromkeys([*found, *list(dict.fromkeys(told))[:MOST_NAMED]]))
