"""What a model that writes is asked, and what of its answer counts."""

from __future__ import annotations

from benchmarks.values import Context, Example

SYSTEM = "You answer from the code that you are given."
FIND = "Based on the description and the code above, repeat the function that is described, word for word, in a code block."
WRITE = "Return only the documentation text."


def completion(example: Example, context: Context) -> str:
    """Raw text that ends where the answer is to begin."""
    before = f"{context.text}\n\n" if context.text else ""
    return f"{before}{example.prefix}\n"


def question(example: Example, context: Context) -> str:
    """A message to a model that chats."""
    task = FIND if example.choices else WRITE if example.hidden else ""
    if example.kind == "completion":
        return f"{completion(example, context)}\n\nWrite what comes next in this code, and nothing else."
    return "\n\n".join(part for part in (context.text, example.query, task) if part)


def comparison(example: Example, first: str, second: str) -> str:
    """Which of two documentations is better, by the full code (CompScore: arXiv 2510.00446, section IV)."""
    code = "\n\n".join(source.text for source in example.sources)
    return (
        f"{code}\n\n{example.query}.\n\nA:\n{first}\n\nB:\n{second}\n\n"
        "Which documentation is of better quality and truer to the code, A or B? Answer with one letter."
    )
