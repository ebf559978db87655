"""What the user said once and for all, after twenty compactions: 300 instructions in seven languages.

    python -m scripts.evaluate_standing --data FOLDER [--strategies ledger,density,window,truncate] [--sessions 12]

FOLDER holds agent_sessions/sessions.jsonl.gz (Markdown transcripts of coding agents). Into each of twelve sessions 25
instructions are planted, as messages of the user's at even distances: prohibitions, what is always wanted,
preferences, in English, Chinese, Japanese, German, French, Spanish and Russian, each with a value of its own. The
session is added message by message, again and again, until twenty compactions were made. An instruction is kept where
the view has it word for word, or in the constraint's short form. Prints a JSON line a strategy: kept, of how many, and
the lost by language.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from longzip import BudgetTooSmall, ContextCompressor, Message, WindowOptions, read_messages
from longzip.conversation.compaction.state import CompactionStrategy
from longzip.conversation.facts.standing import short_form
from longzip.messages.dialects import plain

TEMPLATES: dict[str, tuple[str, ...]] = {
    "en": (
        "Do not touch the folder {name}, whatever happens.",
        "From now on write every date like {name}, please.",
        "Never send anything to {name} without asking me.",
        "I prefer the layout {name} for all tables.",
        "Always sign the letters with {name}.",
    ),
    "zh": (
        "报告里不要提到{name}。",
        "以后所有标题都用{name}格式。",
        "我更喜欢{name}这个版本的措辞。",
        "文件名必须以{name}开头。",
    ),
    "ja": (
        "{name}のフォルダーは絶対に変更しないでください。",
        "今後は日付を{name}の形で書いてください。",
        "必ず{name}で署名してください。",
    ),
    "de": (
        "Bitte verwende auf keinen Fall die Vorlage {name}.",
        "Ab jetzt schreibst du jede Zahl wie {name}.",
        "Ich bevorzuge die Fassung {name}.",
        "Den Ordner {name} darfst du nicht anfassen.",
    ),
    "fr": (
        "N'utilise jamais le modèle {name}.",
        "Désormais, commence chaque titre par {name}.",
        "Je préfère la version {name}.",
    ),
    "es": (
        "No uses nunca la plantilla {name}.",
        "A partir de ahora firma siempre como {name}.",
        "Prefiero la versión {name}.",
    ),
    "ru": (
        "Никогда не трогай папку {name}.",
        "Впредь начинай заголовки с {name}.",
        "Я предпочитаю вариант {name}.",
    ),
}
NAMES = ("Alder", "Birke", "Cedar", "Dogwood", "Erle", "Fichte", "Ginkgo", "Hazel", "Ivory", "Juniper")
EACH, ROUNDS = 25, 20
MAXIMUM, RETAINED, SUMMARY = 8_000, 5_000, 1_600  # tokens


def instructions() -> Iterator[tuple[str, str]]:
    """(language, instruction), without end, no two alike."""
    texts = [(language, text) for language, own in TEMPLATES.items() for text in own]
    for number, (language, text) in enumerate(itertools.cycle(texts)):
        yield language, text.format(name=f"{NAMES[number % len(NAMES)]}-{number + 11}")


def planted(messages: Sequence[Message], said: Sequence[str]) -> list[Message]:
    """The messages with instructions of the user's among the first of them."""
    step = max(1, min(len(messages), 120) // len(said))
    found: list[Message] = []
    wanted = iter(said)
    for number, message in enumerate(messages):
        found.append(message)
        if number % step == step - 1 and (text := next(wanted, "")):
            found.append(plain("user", text))
    return [*found, *(plain("user", text) for text in wanted)]


def kept(said: Sequence[str], strategy: CompactionStrategy, messages: Sequence[Message]) -> list[bool]:
    """Of each instruction, whether the view has it after the compactions."""
    window = ContextCompressor(
        t_max=MAXIMUM, t_retained=RETAINED, t_summary=SUMMARY, options=WindowOptions(strategy=strategy)
    )
    done, again = 0, itertools.chain(planted(messages, said), itertools.cycle(messages))
    for message in again:
        window.extend([message])
        try:
            done += window.maybe_compress().action == "compress"
        except BudgetTooSmall:
            continue
        if done >= ROUNDS:
            break
    view = " ".join(" ".join(message.text for message in window.view()).split())
    return [text in view or (bool(short_form(text)) and short_form(text) in view) for text in said]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--strategies", default="ledger,density,window,truncate")
    parser.add_argument("--sessions", type=int, default=12)
    asked = parser.parse_args(arguments)
    with gzip.open(asked.data / "agent_sessions/sessions.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    sessions = [found for text in texts if len(found := read_messages(text)) > EACH][: asked.sessions]
    for strategy in get_args(CompactionStrategy):
        if strategy not in asked.strategies.split(","):
            continue
        source, lost, total, have = instructions(), Counter[str](), 0, 0
        for messages in sessions:
            said = list(itertools.islice(source, EACH))
            there = kept([text for _, text in said], strategy, messages)
            total, have = total + len(there), have + sum(there)
            lost.update(language for (language, _), one in zip(said, there, strict=True) if not one)
        print(json.dumps({"strategy": strategy, "kept": have, "of": total, "lost": dict(lost)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
