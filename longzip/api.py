"""One call for any text: compress(text | path | messages | documents, query=None, ...).

Hands code with a question to ``Compressor``, code without one to ``signatures``, everything else to ``shortening``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from longzip.compressor import Compressor, question_of
from longzip.errors import BudgetTooSmall, SourceError, UsageError
from longzip.formats.chat import ChatFormat, TalkFormat
from longzip.formats.document import DocumentFormat
from longzip.formats.log import LogFormat
from longzip.formats.prose import ProseFormat
from longzip.loading import load_tokenizer
from longzip.messages.dialects import to_dicts
from longzip.pools.threads import in_thread
from longzip.protocols import Tokenizer
from longzip.scoring.places import pinned
from longzip.settings import Settings
from longzip.sources.gather import accounted
from longzip.sources.repository import Repository
from longzip.sources.secrets import QUESTION, guarded_text
from longzip.strategies.run import Engine
from longzip.texts.inputs import Anything, Given, kind_of, read_given
from longzip.texts.kinds import Detected, Kind, reason_to_skip, with_language
from longzip.texts.layouts import header, size_of
from longzip.texts.levels import DEFAULT, PRESETS, Wish, wish
from longzip.texts.orders import AbsentModel, Order, TextOptions
from longzip.texts.reading import engine_for
from longzip.texts.shortening import shorten
from longzip.texts.signatures import show_signatures
from longzip.types import Budget, Compressed, Digest, Report, Skipped, Source

FORMATS: dict[Kind, type[ProseFormat]] = {
    "conversation": ChatFormat, "research": DocumentFormat, "document": DocumentFormat, "log": LogFormat,
}  # fmt: skip
MARKERS: dict[Kind, str] = {"log": "{count} ({range})"}
BRIEF, BRIEFEST = "{range}", "..."  # sentences are many, and each gap costs
EXPLAINED = {"short": "it is short already", "all details matter": "it is said that all details matter"}
PLAIN_OPTIONS = TextOptions()


def compress(
    sources: Anything, query: str | None = None, *, budget: Budget | None = None, rate: float | None = None,
    level: str | None = None,
    target: str | None = None, options: TextOptions = PLAIN_OPTIONS,
) -> Compressed:  # fmt: skip
    """The part of any text that matters: code, a conversation, a document, findings, a log.

    sources: a text; a path; messages (mappings with a "role"); documents (mappings with a "text" and a "source");
        sources, paths or a repository. A ``str`` is a path where it is one line and such a file or folder exists, or it
        has no white space; otherwise it is a text. Pass a ``Path`` or a ``Source`` where that must not be left to
        chance.
    query: what it is to be good for. Without one, prose keeps what is critical (decisions, errors and fixes, numbers,
        dependencies, action items, the state of things) and what says most; code keeps every signature.
    budget: the most tokens of the result, or "knee" (code only, see ``Compressor.compress``). rate: the share of the
        tokens to keep, in (0, 1]. level: "lossless", "light" (0.6), "balanced" (0.3, the default) or "aggressive"
        (0.15); its rate yields to what is critical where there is no query. target: "quality>=0.95", the smallest
        result that keeps so much of what the text is worth; "rate=0.3"; "tokens=2000". Give at most one of the four.
    options: pins, settings and what else is seldom needed.

    A text that is short, of which somebody says that all details matter, or that is legal, medical or financial comes
    back byte for byte, with the reason in ``digest.skipped``, unless a budget is given or ``settings.force`` is set. Of
    messages, and of conversations in JSON, ``messages`` has what is left of them, as their provider writes them.
    Raises UsageError, SourceError, BudgetTooSmall, ModelError.
    """
    settings = options.settings or Settings()
    asked = wish(None if budget == "knee" else budget, rate, level, target)
    given = read_given(sources, settings, question_of(query or "", [budget], options.pins, options.drops))
    query, in_query = (None, ()) if query is None else guarded_text(query, settings.secrets, QUESTION)
    given = replace(given, found=replace(given.found, masked=(*in_query, *given.found.masked)))
    detected = kind_of(given, settings)
    route = detected.route(query)
    if route == "prose":
        if budget == "knee" or options.drops:
            raise UsageError(
                'drops and the budget "knee" are for code; leave them out, or say in the settings that kind is code.'
            )
        return accounted(compress_prose(given, query or "", asked, detected, options, settings), given.found)
    if route == "functions":
        return compress_code(given.found, query or "", asked, budget, options, settings)
    if budget == "knee":
        raise UsageError(
            'the budget "knee" needs a question to measure by; ask one, or give a number of tokens, or a rate.'
        )
    shown = show_signatures(parseable(given.found), asked, detected, settings, load_tokenizer(settings))
    return accounted(shown, given.found)


acompress = in_thread(compress)


def detect(sources: Anything, settings: Settings | None = None) -> Detected:
    """What ``compress`` takes the sources for, and by ``route`` where it sends them. Raises SourceError for nothing to
    read."""
    settings = settings or Settings()
    return kind_of(read_given(sources, settings), settings)


def compress_code(
    found: Repository, query: str, asked: Wish, budget: Budget | None, options: TextOptions, settings: Settings
) -> Compressed:
    """What ``compress`` does with code and a question."""
    if asked.quality is not None or asked.level == "lossless":
        raise UsageError("code with a question takes a budget, a rate, or a level other than lossless.")
    rate = None if budget == "knee" or asked.budget is not None else asked.rate or PRESETS[asked.level or DEFAULT].rate
    compressor = Compressor.load(settings=settings)
    size = budget if budget == "knee" else asked.budget
    try:
        return compressor.compress(found, query=query, budget=size, rate=rate, pins=options.pins, drops=options.drops)
    except BudgetTooSmall as least:
        if asked.level is None:
            raise
        return compressor.compress(found, query=query, budget=least.needed, pins=options.pins, drops=options.drops)


def compress_prose(
    given: Given, query: str, asked: Wish, detected: Detected, options: TextOptions, settings: Settings
) -> Compressed:
    """What ``compress`` does with all but code. Raises SourceError where there is no text."""
    sources = tuple(source for source in given.found.sources if source.text)
    if not sources:
        raise SourceError("there is nothing to compress: the text is empty.")
    tokenizer = load_tokenizer(settings)
    whole = "\n".join(source.text for source in sources)
    talk = given.talk if detected.kind == "conversation" else None
    reason = "" if settings.force or asked.budget is not None else reason_to_skip(whole, detected.kind, query)
    if reason:
        return replace(
            untouched(sources, reason, detected, tokenizer), messages=tuple(to_dicts(talk.messages)) if talk else ()
        )
    form = TalkFormat(talk) if talk else FORMATS[detected.kind]()
    engine = engine_for(
        Engine(AbsentModel(), tokenizer, form, settings),
        MARKERS.get(detected.kind, BRIEFEST if query.strip() else BRIEF),
    )
    return shorten(
        Order(
            sources, detected, query.strip(), asked, settings.layout, pinned(options.pins, sources, form), options, talk
        ),
        engine,
    )


def untouched(sources: Sequence[Source], reason: str, detected: Detected, tokenizer: Tokenizer) -> Compressed:
    """The text as it is, and why."""
    text = sources[0].text if len(sources) == 1 else "\n".join(source.text for source in sources)
    tokens = tokenizer.count(text)
    size = size_of(text, tokens)
    note = (
        "left as it is: "
        f"{EXPLAINED.get(reason, f'it is a {reason} text, and what is lost could matter')}; force "
        "compresses it all the same"
    )
    report = Report(tokens, tokens, tokens, "none", tokenizer.name, "passages", notes=(note,))
    digest = Digest(
        detected.kind,
        detected.confidence,
        detected.language,
        "",
        reason,
        size,
        size,
        header=header(detected.kind, size, size, detected.language),
    )
    return Compressed(text, (), report, digest)


def parseable(found: Repository) -> Repository:
    """The sources with a grammar; the others are skipped. Raises UsageError where there are none."""
    known = [(source, with_language(source)) for source in found.sources if source.text.strip()]
    sources = tuple(source for _, source in known if source is not None)
    if not sources:
        raise UsageError(
            "there is no grammar for this code, so it has no outline; ask a question, or pass a Source with a language."
        )
    skipped = (Skipped(source.name, "no grammar, so no outline") for source, named in known if named is None)
    return replace(found, sources=sources, skipped=(*found.skipped, *skipped))
