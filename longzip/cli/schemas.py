"""``longzip schema``: the JSON schemas of what commands print as JSON.

They are read off the types whose values are printed, so that they say what is; a result names its own in ``schema``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer

import longzip
from longzip import UsageError
from longzip.cli.output import VERSION, as_json, print_exactly

Schema = Mapping[str, object]
SIMPLE = {
    str: "string",
    Path: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    object: None,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", autocompletion=lambda: list(SCHEMAS), help="Which one.", show_default=False),
    ] = None,
) -> None:
    """Print the JSON schema of what a command prints as JSON; without a name, list the names.

    What is printed says in "schema" which one it follows, such as longzip/rank/1. The number changes when something
    goes or means something else, not when something is added.

    Example: longzip schema rank
    """
    if name is None:
        print_exactly("".join(f"{one:<10}{told}\n" for one, (told, _) in SCHEMAS.items()))
        return
    if name not in SCHEMAS:
        raise UsageError(f"there is no schema {name!r}; choose one of: {', '.join(SCHEMAS)}.")
    print_exactly(as_json(whole(name)))


def whole(name: str) -> Schema:
    """The schema of a name, as it is published."""
    told, build = SCHEMAS[name]
    return {"$schema": DIALECT, "$id": f"longzip/{name}/{VERSION}", "title": told, **build()}


def stamp(name: str) -> dict[str, object]:
    return {"schema": {"const": f"longzip/{name}/{VERSION}"}}


def stamped(name: str, **properties: object) -> Schema:
    """An object with these properties, all of them there, that names its schema."""
    return record({**stamp(name), **properties})


def record(properties: Mapping[str, object], optional: tuple[str, ...] = ()) -> Schema:
    needed = [key for key in properties if key not in optional]
    return {"type": "object", "properties": dict(properties), "required": needed, "additionalProperties": False}


def of(kind: Any) -> Schema:
    """The schema of a type: dataclasses, simple types, and what is made of them."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return record(properties(kind))
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, UnionType):
        return {"anyOf": [of(part) for part in inner]}
    if origin is tuple and inner[-1:] != (...,):
        return {
            "type": "array",
            "prefixItems": [of(part) for part in inner],
            "minItems": len(inner),
            "maxItems": len(inner),
        }
    if origin in (tuple, list):
        return array(of(inner[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": of(inner[1])}
    return {"type": SIMPLE[kind]} if SIMPLE[kind] else {}


def properties(kind: type) -> dict[str, Schema]:
    """Of a dataclass, by the names of its fields."""
    hints = get_type_hints(kind)
    return {field.name: of(hints[field.name]) for field in fields(kind)}


def array(items: object) -> Schema:
    return {"type": "array", "items": items}


def compressed() -> Schema:
    numbers = {name: of(int) for name in ("tokens", "budget", "original_tokens")}
    known = {"text": of(str), **numbers, "files": array(of(longzip.Excerpt)), "messages": array({"type": "object"})}
    return record({**stamp("compress"), **known}, ("messages",))


def report() -> Schema:
    """One report, or a list of them where there were several budgets."""
    known = {**properties(longzip.Report), "seconds": of(float), "ratio": of(float), "digest": of(longzip.Digest)}
    return {"anyOf": [(one := record({**stamp("report"), **known}, ("digest",))), array(one)]}


def estimate() -> Schema:
    numbers = {name: of(int) for name in ("files", "chunks", "tokens", "characters")}
    largest = array(record({"path": of(str), "tokens": of(int)}))
    return stamped("estimate", **numbers, seconds=of(float | None), largest=largest, skipped=of(Mapping[str, int]))


def tree() -> Schema:
    return stamped("tree", tokens=of(int), files=array(record({"path": of(str), "tokens": of(int)})))


def rank() -> Schema:
    numbers = {name: of(int) for name in ("start_line", "end_line", "tokens")}
    return stamped(
        "rank", chunks=array(record({"path": of(str), "name": of(str), **numbers, "relevance": of(float | None)}))
    )


def explain() -> Schema:
    numbers = {name: of(int) for name in ("budget", "tokens", "original_tokens")}
    file = {**properties(longzip.ExplainedFile), "text": of(NoneType)}
    return stamped(
        "explain", query=of(str), **numbers, notes=of(list[str]),
        chunks=array(of(longzip.ExplainedChunk)), files=array(record(file)), curve=of(list[tuple[int, float]]),
    )  # fmt: skip


def segment() -> Schema:
    row = {name: kind for name, kind in properties(longzip.LineScore).items() if name != "bits"}
    return stamped("segment", lines=array(record({**row, "perplexity": of(float | None)})))


def config() -> Schema:
    row = record({"name": of(str), "value": {}, "origin": of(str)})
    return stamped("config", settings=array(row))


def cache() -> Schema:
    return stamped("cache", **{**properties(longzip.CacheInfo), "path": of(str)})


def advise() -> Schema:
    return stamped("advise", **properties(longzip.Advice))


def tokens() -> Schema:
    return stamped("tokens", **properties(longzip.TokenCounts))


def chat() -> Schema:
    """The messages stay as their provider writes them; nothing of longzip's stands among them."""
    return array({"type": "object", "required": ["role"]})


def batch() -> Schema:
    """One line of the results. It has no stamp, since lines of results are read again by the next run."""
    key = {"id": of(str), "line": of(int), "key": of(str)}
    error = record({"kind": of(str), "message": of(str)})
    numbers = {name: of(int) for name in ("tokens", "budget", "original_tokens")}
    done = {"text": of(str), **numbers, "files": array(of(longzip.Excerpt)), "model": of(str), "notes": of(list[str])}
    messages = {"messages": array({"type": "object"})}
    return {"anyOf": [record({**key, **done, **messages}, ("messages",)), record({**key, "error": error})]}


SCHEMAS: Mapping[str, tuple[str, Callable[[], Schema]]] = {
    "compress": ("longzip compress --format json", compressed),
    "report": ("longzip compress --report FILE", report),
    "estimate": ("longzip compress --dry-run --format json", estimate),
    "tree": ("longzip compress --tree --format json", tree),
    "rank": ("longzip rank --format json", rank),
    "explain": ("longzip explain --format json", explain),
    "tokens": ("longzip tokens --format json", tokens),
    "segment": ("longzip segment --format json", segment),
    "config": ("longzip config --format json", config),
    "cache": ("longzip cache info --format json", cache),
    "advise": ("longzip advise --format json", advise),
    "chat": ("longzip chat --format json", chat),
    "batch": ("a line of what longzip batch writes", batch),
}
