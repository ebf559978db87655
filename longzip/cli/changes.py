"""``--diff``, ``--since`` and ``--staged``: the changes of a repository as the question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import longzip
from longzip import Settings, UsageError
from longzip.cli.compressing import CompressOptions
from longzip.cli.inputs import STDIN, notes, read_query

if TYPE_CHECKING:
    from longzip import Changes


def asked_changes(options: CompressOptions, settings: Settings) -> Changes | None:
    """The changes that are asked for; None where none are. Raises UsageError, SourceError."""
    given = [name for name in ("diff", "since") if getattr(options, name) is not None]
    given += ["staged"] if options.staged else []
    if not given:
        if options.with_diff:
            raise UsageError("--with-diff shows the changes that --diff, --since or --staged name; add one of them.")
        return None
    if len(given) > 1 and "staged" not in given:
        raise UsageError("--diff and --since say the same; give only one of them.")
    if STDIN in (options.paths or ()):
        raise UsageError("a list of files on standard input and --diff do not go together; name files or folders.")
    since = options.diff or options.since or "HEAD"
    found = longzip.changes(Path.cwd(), since, staged=options.staged, secrets=settings.secrets)
    notes(options.quiet, *([f"secrets masked in the changes: {len(found.masked):,}"] if found.masked else []))
    return found


def with_changes(options: CompressOptions, changed: Changes) -> CompressOptions:
    """The options with the changes as the question, and what was asked beside them at its end, where it counts most."""
    asked = read_query(options.query, ()) if options.query is not None else ""
    return replace(options, query=f" {changed.text}\n{asked}", paths=options.paths or ["."])


def before_code(settings: Settings, options: CompressOptions, changed: Changes | None) -> Settings:
    """The settings with the diff as what stands before the code, where that is asked for."""
    if changed is None or not options.with_diff:
        return settings
    return replace(settings, instruction="\n\n".join(filter(None, (settings.instruction, changed.text.rstrip()))))
