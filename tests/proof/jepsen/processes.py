"""Processes from outside: started, looked at, killed, held short."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.host_fixtures import ROOT, environment


def python(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of ours with pipes at both ends."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.proof.jepsen.{module}", *arguments],
        cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def children(pid: int) -> list[int]:
    """Of a process, oldest first; none of one that is gone."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] if pid else []
    return []


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def state_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def slay(pid: int) -> bool:
    """SIGKILL; whether there was anybody to meet it."""
    if not pid or state_of(pid) in {"Z", ""}:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def limit(pid: int, kind: int, soft: int | None) -> None:
    """Lower a limit of another process, or give it back (None)."""
    hard = resource.prlimit(pid, kind)[1]
    resource.prlimit(pid, kind, (hard if soft is None else soft, hard))
