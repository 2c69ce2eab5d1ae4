"""The clocks of a process, shifted and at another speed while it runs: tests/proof/clock.c reads what is set here."""

from __future__ import annotations

import mmap
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path
from struct import Struct

import pytest

PAGE = Struct("<7q")
MORNING = datetime.fromisoformat("2026-05-04T08:10:00+07:00")
"""What the wall clock shows at first: an hour at which deposits are taken, long after the ledger was made."""
SECOND_NS = 1_000_000_000
YEAR_NS = 365 * 24 * 3600 * SECOND_NS


def build(folder: Path) -> Path:
    """The library, from its source; a test that wants it is not run where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("not run: no C compiler (cc) to build the clock with")
    source, library = Path(__file__).with_name("clock.c"), folder / "clock.so"
    command = [compiler, "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o", str(library), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return library


class Clocks:
    """Wall and steady clock of whoever runs with `environment`."""

    def __init__(self, folder: Path, library: Path) -> None:
        file = folder / "clock"
        file.write_bytes(bytes(PAGE.size))
        self.environment = {"LD_PRELOAD": str(library), "PROOF_CLOCK": str(file)}
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), PAGE.size)
        self._turn = 0
        morning_ns = int(MORNING.timestamp()) * SECOND_NS
        self._shifts = {"wall": (time.time_ns(), morning_ns, 1), "steady": (0, 0, 1)}
        self.set()

    def told_ns(self, clock: str) -> int:
        """What the clock shows now."""
        true_base, told_base, speed = self._shifts[clock]
        return told_base + (self._true_ns(clock) - true_base) * speed

    def set(self, *clocks: str, jump_ns: int = 0, speed: int | None = None) -> None:
        """Shift clocks from where they are, or have them run faster from now on."""
        for clock in clocks:
            told_ns, now_ns = self.told_ns(clock), self._true_ns(clock)
            self._shifts[clock] = (now_ns, told_ns + jump_ns, speed or self._shifts[clock][2])
        self._turn += 2
        rest = (*self._shifts["wall"], *self._shifts["steady"])
        self._map[:8] = (self._turn - 1).to_bytes(8, "little")
        self._map[8:] = PAGE.pack(0, *rest)[8:]
        self._map[:8] = self._turn.to_bytes(8, "little")

    @staticmethod
    def _true_ns(clock: str) -> int:
        return time.time_ns() if clock == "wall" else time.monotonic_ns()
