"""A teller's window: `siskohat-terminal` in a pseudo terminal of its own, keys in, screen out, nothing in between."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

READ_BYTES = 65_536
END_SECONDS_MAX = 10.0
ENTER, TAB, ESCAPE = "\r", "\t", "\x1b"
FUNCTION = {1: "\x1bOP", 3: "\x1bOR", 10: "\x1b[21~", 12: "\x1b[24~"}
"""What an xterm sends for a function key."""


class WindowFault(RuntimeError):
    """The screen did not become what it should have become; the text ends with what it was."""


class Window:
    """One terminal process and its screen. `settings` go into its environment, as an operator would set them."""

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        flags: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.bytes_read = 0
        self.began = time.perf_counter()
        self._status: int | None = None
        given = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
        given |= {f"SISKOHAT_TERMINAL_{key.upper()}": value for key, value in settings.items()}
        given |= environment or {}
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-m", "terminal", *flags], given)  # noqa: S606  no shell
        self.resize(columns, rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self.kill()

    # ------------------------------------------------------------------------------------------- keys and screen

    def resize(self, columns: int, rows: int) -> None:
        """Another size of window, as a hand at its corner makes it."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, keys: str) -> float:
        """Press keys; gives the moment."""
        now = time.perf_counter()
        os.write(self._fd, keys.encode())
        return now

    @property
    def lines(self) -> list[str]:
        """The screen as text, row by row."""
        return list(self._screen.display)

    @property
    def message(self) -> str:
        """The message line."""
        return self.row(self._screen.lines).strip()

    def row(self, number: int) -> str:
        """One row, counted from 1; taken from the cells, because all 24 rows as text cost a millisecond."""
        cells = self._screen.buffer[number - 1]
        return "".join(cells[at].data for at in range(self._screen.columns))

    def looks(self, row: int, column: int) -> tuple[str, str, bool, bool, bool]:
        """Colour, background, bold, underline and reverse of a cell, counted from 1."""
        cell = self._screen.buffer[row - 1][column - 1]
        return cell.fg, cell.bg, cell.bold, cell.underscore, cell.reverse

    def wait(self, is_there: Callable[[Window], bool], what: str, seconds: float = 20.0) -> float:
        """Read until the screen is so; gives the moment of the read that made it so. Raises WindowFault."""
        moment, deadline = time.perf_counter(), time.perf_counter() + seconds
        while not is_there(self):
            left = deadline - time.perf_counter()
            if left <= 0:
                raise WindowFault(f"not seen in {seconds:.0f} s: {what}\n{self}")
            moment = self._read(left) or moment
            if self._status is not None and not is_there(self):
                raise WindowFault(f"the terminal ended with {self._status} before: {what}\n{self}")
        return moment

    def see(self, text: str, seconds: float = 20.0) -> float:
        """Wait until a text stands anywhere on the screen."""
        return self.wait(lambda window: any(text in line for line in window.lines), text, seconds)

    def idle(self, seconds: float) -> None:
        """Sit there and read what comes by itself."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self._read(left)

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    # -------------------------------------------------------------------------------------------------- process

    def ended(self, seconds: float = END_SECONDS_MAX) -> int:
        """Wait for the end; gives the exit code."""
        deadline = time.perf_counter() + seconds
        while self._status is None:
            if time.perf_counter() > deadline:
                raise WindowFault(f"the terminal has not ended in {seconds:.0f} s\n{self}")
            self._read(0.05)
        return self._status

    def kill(self) -> None:
        """End the process, whatever it does."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def rss_bytes(self) -> int:
        """Memory of the process that lies in RAM."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def _read(self, seconds: float) -> float | None:
        """Take in what has come; gives the moment it came, None if nothing came."""
        ready, _, _ = select.select([self._fd], [], [], min(seconds, 0.05))
        now = time.perf_counter()
        try:
            data = os.read(self._fd, READ_BYTES) if ready else b""
        except OSError:  # the other end is gone
            data = b""
        if data:
            self.bytes_read += len(data)
            self._stream.feed(data)
            return now
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self._status = os.waitstatus_to_exitcode(status)
        return None
