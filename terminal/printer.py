"""A print job on its way: pages in one of three formats to a file, a device or a command. What stands on the pages
is the host's.

    file[:FOLDER]    one file per receipt, NOMORPORSI.txt or .pdf or .prn; the name tells nobody who has registered
    device:PATH      a form printer, opened without waiting, so that one that is switched off costs an answer
    command:WORDS    any command that reads the job from its input, such as `lp -d X -o raw`

All of it may wait: `terminal.spooler` calls it in a thread of its own. A wait ends with `STALL_S`, or at once when
the terminal does.
"""

from __future__ import annotations

import os
import select
import shlex
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from typing import IO, Any, Literal, Protocol

from terminal.escp import escp
from terminal.files import write_durably
from terminal.pdf import NoReportlab, pdf

Pages = list[list[str]]
"""Sheets of lines, at most 80 characters each."""

Format = Literal["text", "pdf", "escp"]
SUFFIX: dict[Format, str] = {"text": "txt", "pdf": "pdf", "escp": "prn"}

FORM_FEED = "\f"
NAME_LETTERS = frozenset("0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
COPIES_MAX = 1000
STALL_S = 30.0
"""How long a printer may take nothing at all, and a command may run."""

GLANCE_S = 0.2
"""How often a wait looks whether the terminal ends."""

CHUNK = 4096


class PrintFailed(Exception):
    """A print came to nothing: the id of a message and its variables."""

    def __init__(self, id: str, data: Mapping[str, Any]) -> None:
        super().__init__(id)
        self.id, self.data = id, dict(data)


@dataclass(frozen=True, slots=True)
class Job:
    """What is sent: a name without anybody's name in it, what kind of file it would be, and the bytes."""

    name: str
    suffix: str
    content: bytes


class Target(Protocol):
    """Where a job goes. `label` is what it is called on a panel."""

    @property
    def label(self) -> str:
        """A few letters."""

    def send(self, job: Job, ends: Event) -> None:
        """Print once. Raises PrintFailed; soon after `ends` is set if it is still waiting then."""


# ------------------------------------------------------------------------------------------------------- formats


def rendered(pages: Sequence[Sequence[str]], form: Format, form_lines: int) -> bytes:
    """The pages as a print job. Raises PrintFailed where PDF is asked for and cannot be made."""
    match form:
        case "text":
            return text(pages)
        case "escp":
            return escp(pages, form_lines)
        case "pdf":
            try:
                return pdf(pages)
            except NoReportlab:
                raise PrintFailed("SKH9304", {}) from None


def text(pages: Sequence[Sequence[str]]) -> bytes:
    """Sheets separated by form feeds; nothing else in it can command a printer."""
    return FORM_FEED.join("".join(f"{_printable(line)}\n" for line in page) for page in pages).encode()


def sheets_of(pages: Pages, sheets: str) -> Pages:
    """The sheets a setting such as "1-2,5" asks for, in their order; all of them if it names none there is."""
    wanted = {at for part in sheets.split(",") for at in _range(part)}
    return [page for at, page in enumerate(pages, start=1) if at in wanted] or pages


def _range(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in line)


# ------------------------------------------------------------------------------------------------------- targets


def target_of(setting: str, receipts: Path) -> Target:
    """The target a setting names; it has been checked by `terminal.config`."""
    kind, _, where = setting.partition(":")
    match kind:
        case "device":
            return DeviceTarget(Path(where).expanduser())
        case "command":
            return CommandTarget(tuple(shlex.split(where)))
        case _:
            return FileTarget(Path(where).expanduser() if where else receipts)


@dataclass(frozen=True, slots=True)
class FileTarget:
    """A folder. The same job is not written twice; another one of that name gets the next number."""

    folder: Path

    @property
    def label(self) -> str:
        """The folder's name."""
        return self.folder.name

    def send(self, job: Job, ends: Event) -> None:
        """Save it."""
        try:
            save(self.folder, job)
        except OSError as error:
            raise PrintFailed("SKH9301", {"printer": self.label, "sebab": _why(error)}) from None


@dataclass(frozen=True, slots=True)
class DeviceTarget:
    """A character device, or a pipe. It is never waited for longer than `stall_s` without a byte taken."""

    path: Path
    stall_s: float = field(default=STALL_S, compare=False)

    @property
    def label(self) -> str:
        """The device's path."""
        return str(self.path)

    def send(self, job: Job, ends: Event) -> None:
        """Write it, as fast as the printer takes it."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            try:
                mode = os.fstat(descriptor).st_mode
                if not (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
                    raise PrintFailed("SKH9301", {"printer": self.label, "sebab": "not a device"})
                self._write(descriptor, job.content, ends)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise PrintFailed("SKH9301", {"printer": self.label, "sebab": _why(error)}) from None

    def _write(self, descriptor: int, content: bytes, ends: Event) -> None:
        left, deadline = memoryview(content), time.monotonic() + self.stall_s
        waiter = select.poll()
        waiter.register(descriptor, select.POLLOUT)
        while left:
            if ends.is_set():
                raise PrintFailed("SKH9305", {})
            if time.monotonic() > deadline:
                raise PrintFailed("SKH9302", {"printer": self.label, "detik": round(self.stall_s)})
            if not waiter.poll(GLANCE_S * 1000):
                continue
            try:
                taken = os.write(descriptor, left[:CHUNK])
            except BlockingIOError:
                ends.wait(GLANCE_S)  # a driver that says it is ready and then takes nothing must not spin
                continue
            if taken:
                left, deadline = left[taken:], time.monotonic() + self.stall_s


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """A command in a session of its own, so that it ends with everything it has started."""

    words: tuple[str, ...]
    stall_s: float = field(default=STALL_S, compare=False)

    @property
    def label(self) -> str:
        """The command's name."""
        return Path(self.words[0]).name

    def send(self, job: Job, ends: Event) -> None:
        """Give it the job and wait for its exit code."""
        with TemporaryFile() as complaint:  # a pipe would stay open as long as whatever the command left behind
            try:
                process = subprocess.Popen(  # noqa: S603  the operator's own setting, split without a shell
                    self.words,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=complaint,
                    start_new_session=True,
                )
            except OSError as error:
                raise PrintFailed("SKH9301", {"printer": self.label, "sebab": _why(error)}) from None
            try:
                code = self._wait(process, job.content, ends)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            if code:
                complaint.seek(0)
                raise PrintFailed("SKH9303", {"printer": self.label, "kode": code, "sebab": _first_line(complaint)})

    def _wait(self, process: subprocess.Popen[bytes], content: bytes, ends: Event) -> int:
        deadline, left = time.monotonic() + self.stall_s, content
        while True:
            if ends.is_set():
                raise PrintFailed("SKH9305", {})
            if time.monotonic() > deadline:
                raise PrintFailed("SKH9302", {"printer": self.label, "detik": round(self.stall_s)})
            try:
                process.communicate(left, timeout=GLANCE_S)
            except subprocess.TimeoutExpired:
                left = b""  # it has its input, and asking again goes on where this left off
                continue
            return process.returncode


def _first_line(complaint: IO[bytes]) -> str:
    """What a command complained of, in as much as fits a message."""
    lines = complaint.read(CHUNK).decode("utf-8", "replace").split("\n")
    return _printable(next((line.strip() for line in lines if line.strip()), "?"))[:40]


def _why(error: OSError) -> str:
    return error.strerror or str(error)


# ---------------------------------------------------------------------------------------------------------- files


def save(folder: Path, job: Job) -> Path:
    """Write a job to a file and give its path. Folder 0700, file 0600. Raises OSError when it cannot be written."""
    assert set(job.name) <= NAME_LETTERS, "a file name has nobody's name in it"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for copy in range(1, COPIES_MAX):
        path = folder / (f"{job.name}.{job.suffix}" if copy == 1 else f"{job.name}-{copy}.{job.suffix}")
        if not path.exists():
            write_durably(path, job.content)
            return path
        if path.read_bytes() == job.content:
            return path
    raise OSError(f"{COPIES_MAX} receipts {job.name} in {folder}")
