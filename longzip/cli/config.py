"""``longzip config``: the settings in force, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated

from longzip import Loaded, Settings
from longzip.cli.options import SettingsOptions, list_format, load_settings, takes
from longzip.cli.output import as_json, print_exactly, published


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigOptions(SettingsOptions):
    """What ``longzip config`` takes."""

    listing: Annotated[str, list_format("TOML with comments, ready for a longzip.toml", "an object")] = "text"


@takes(ConfigOptions)
def config(options: ConfigOptions) -> None:
    """Show every setting, its value in force, and where the value comes from.

    Of these, the last that sets a value wins: longzip's own default; \\[tool.longzip] in pyproject.toml, then
    longzip.toml, of this folder or the nearest one above that has one; a variable such as LONGZIP_MODEL; an option of
    the command.

    Example: longzip config --format json
    """
    loaded = load_settings(options)
    print_exactly(
        as_json(published("config", {"settings": objects(loaded)})) if options.listing == "json" else as_toml(loaded)
    )


def objects(loaded: Loaded) -> list[dict[str, object]]:
    """What ``--format json`` prints."""
    return [
        {"name": knob.name, "value": getattr(loaded.settings, knob.name), "origin": loaded.origins[knob.name]}
        for knob in fields(Settings)
    ]


def as_toml(loaded: Loaded) -> str:
    settings = [f"{knob.name} = {toml_value(getattr(loaded.settings, knob.name))}" for knob in fields(Settings)]
    width = max(map(len, settings))
    origins = [loaded.origins[knob.name] for knob in fields(Settings)]
    return "".join(f"{setting:<{width}}  # {origin}\n" for setting, origin in zip(settings, origins, strict=True))


def toml_value(value: str | float | Sequence[str]) -> str:
    """As TOML writes it, which for these types is as JSON does, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
