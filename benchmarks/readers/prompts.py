"""What a model that writes is asked."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.values import Context, Example, Kind

SYSTEM = "You answer from the code that you are given."
TASKS: Mapping[Kind, str] = {
    "completion": "Write what comes next in this code, and nothing else.",
    "needle": "Based on the description and the code above, repeat the function that is described, word for "
    "word, in a code block.",
    "documentation": "Return only the documentation text.",
    "recall": "Answer in as few words as you can, in those of the conversation.",
}


def completion(example: Example, context: Context) -> str:
    """Raw text that ends where the answer is to begin."""
    before = f"{context.text}\n\n" if context.text else ""
    return f"{before}{example.before}"


def question(example: Example, context: Context) -> str:
    """A message to a model that chats."""
    asked = (completion(example, context),) if example.kind == "completion" else (context.text, example.query)
    return "\n\n".join(part for part in (*asked, TASKS[example.kind]) if part)


def comparison(example: Example, first: str, second: str) -> str:
    """Which of two documentations is better, by the full code (CompScore: arXiv 2510.00446, section IV)."""
    code = "\n\n".join(source.text for source in example.sources)
    return (
        f"{code}\n\n{example.query}.\n\nA:\n{first}\n\nB:\n{second}\n\n"
        "Which documentation is of better quality and truer to the code, A or B? Answer with one letter."
    )
