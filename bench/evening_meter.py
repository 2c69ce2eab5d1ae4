"""What an evening costs the host: inquiries and posts before and during it, and the memory of its child processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.host_process import HostFailed
from bench.meter import family, quantiles_ms

LOOK_S = 0.01
CHILD = b"txserver.evening.child"
PROBE_SECONDS_MAX = 20.0
ASKED = ("inquiry", "post")
"""What the probe does, in the order of its numbers."""

Samples = dict[str, list[tuple[int, int]]]


class Probe:
    """The process that keeps asking (bench/evening_probe.py)."""

    def __init__(self, file: Path, settings: dict[str, Any]) -> None:
        self._file = file
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.evening_probe", str(file)], stdin=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None, "it was asked for"
        self._process.stdin.write(json.dumps(settings) + "\n")
        self._process.stdin.flush()

    def finish(self) -> Samples:
        """End it; returns (answered, latency) of everything in ns, on the clock of `perf_counter_ns`."""
        try:
            self._process.communicate(timeout=PROBE_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise HostFailed("an inquiry was not answered") from None
        finally:
            self.kill()
        told = array("q", self._file.read_bytes())
        rows = list(zip(told[::3], told[1::3], told[2::3], strict=True))
        return {name: [(at, took) for kind, at, took in rows if kind == what] for what, name in enumerate(ASKED)}

    def kill(self) -> None:
        """Let it end, whatever happened."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def p99_ms(samples: list[tuple[int, int]], start_ns: int, end_ns: int) -> float:
    """The 99th percentile of what was answered in a stretch of time."""
    return quantiles_ms(took for at, took in samples if start_ns <= at < end_ns)["p99"]


class StepMemory(threading.Thread):
    """Looks at the child processes of the evening every 10 ms: the most that they held at one moment, in MiB."""

    def __init__(self, host_pid: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self._host_pid = host_pid
        self._end = threading.Event()
        self.peak_rss_mb = 0.0
        self.peak_own_mb = 0.0

    def run(self) -> None:
        """Look until `finish`."""
        while not self._end.is_set():
            whole = own = 0
            for pid in family(self._host_pid())[1:]:
                rss, anonymous = _memory_kib(pid)
                whole, own = whole + rss, own + anonymous
            self.peak_rss_mb = max(self.peak_rss_mb, round(whole / 1024, 1))
            self.peak_own_mb = max(self.peak_own_mb, round(own / 1024, 1))
            time.sleep(LOOK_S)

    def finish(self) -> None:
        """End."""
        self._end.set()
        self.join()


def _memory_kib(pid: int) -> tuple[int, int]:
    """Resident memory of a child of the evening and the part without mapped files; nothing for other processes."""
    try:
        if CHILD not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0, 0
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return int(rows.get("VmRSS", "0").split()[0]), int(rows.get("RssAnon", "0").split()[0])
