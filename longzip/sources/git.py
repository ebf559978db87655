"""The git of this machine, asked without trusting any configuration, hook, filter or credential helper.

Knows how git is called and what it answers; what is done with the answer is known to ``remote`` and ``changes``.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from longzip.errors import SourceError
from longzip.sources.secrets import guarded_text

SECONDS = 300.0
POLL_SECONDS = 0.2
SHOWN = 300
# What a repository's own configuration could make git run, turned off on the command line, which comes last and wins.
HARMLESS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.sshCommand=ssh -o BatchMode=yes", "core.askPass=true",
    "core.pager=cat", "credential.helper=", "diff.external=", "protocol.allow=never",
    "protocol.https.allow=always", "protocol.ssh.allow=always", "protocol.ext.allow=never", "submodule.recurse=false",
    "fetch.recurseSubmodules=false", "core.quotePath=false", "gc.auto=0", "maintenance.auto=false",
)  # fmt: skip
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C",
}  # fmt: skip
KEPT = (
    "PATH", "HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "GIT_SSL_CAINFO",
)  # fmt: skip


def nobody_asks() -> None:
    """What is asked while git works: nothing."""


def git(
    arguments: Sequence[str], folder: Path, *, settings: Sequence[str] = (), seconds: float = SECONDS,
    watch: Callable[[], None] = nobody_asks,
) -> bytes:  # fmt: skip
    """What git prints. settings: NAME=VALUE beside the harmless ones. watch: called while it works; what it raises ends
    git, and is raised.

    Raises SourceError where there is no git, it fails, or takes longer.
    """
    options = [part for setting in (*HARMLESS, *settings) for part in ("-c", setting)]
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    try:
        process = subprocess.Popen(
            ["git", "--no-pager", *options, *arguments], cwd=folder, env={**kept, **ENVIRONMENT},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    except FileNotFoundError:
        raise SourceError("git is not installed on this machine; install it, or name files and folders.") from None
    with process:
        try:
            output, complaint = waited(process, seconds, watch)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise SourceError(f"git {arguments[0]} failed: {in_one_line(complaint)}")
    return output


def waited(process: subprocess.Popen[bytes], seconds: float, watch: Callable[[], None]) -> tuple[bytes, bytes]:
    ends = time.monotonic() + seconds
    while True:
        try:
            return process.communicate(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            watch()
            if time.monotonic() > ends:
                raise SourceError(
                    f"git took longer than {seconds:g} s; clone it yourself and name the folder."
                ) from None


def in_one_line(complaint: bytes) -> str:
    """git's last words, which say what went wrong; the lines before are hints."""
    lines = [line.strip() for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines[-1:]
    return guarded_text(fatal[0] if fatal else "it did not say why", "mask")[0][:SHOWN]
