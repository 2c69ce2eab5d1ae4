"""The host under test: a real `siskohat-server` in a process of its own, started, killed and drained from here."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
START_SECONDS_MAX = 120.0
DRAIN_SECONDS_MAX = 60.0


class HostFailed(Exception):
    """The host did not start, or ended by itself; the text ends with the last lines of its log."""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class HostProcess:
    """One ledger directory and the server on it, which keeps its port over restarts.

    `settings` are the server's own (`txserver/config.py`), handed over in its environment; others that stand in ours
    as SISKOHAT_HOST_... reach it too.
    """

    def __init__(self, data: Path, log: Path, **settings: str | float) -> None:
        self.port = free_port()
        self._log = log
        settings |= {"data": str(data), "listen": f"{HOST}:{self.port}", "log_level": "WARNING"}
        prefix = "SISKOHAT_HOST_"
        self._environment = os.environ | {prefix + key.upper(): str(value) for key, value in settings.items()}
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the server now running."""
        assert self._process is not None, "the host was started"
        return self._process.pid

    def start(self) -> float:
        """Start and wait until posts are taken; returns seconds. Raises HostFailed."""
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "txserver", "--data", str(self._data)],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._is_ready():
            if self._process.poll() is not None:
                raise HostFailed(f"the host ended with {self._process.returncode}\n{self.last_words()}")
            if time.perf_counter() - began > START_SECONDS_MAX:
                self.kill()
                raise HostFailed(f"the host is not ready after {START_SECONDS_MAX:.0f} s\n{self.last_words()}")
            time.sleep(0.02)
        return time.perf_counter() - began

    def kill(self) -> None:
        """SIGKILL: the power goes."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def drain(self) -> float:
        """SIGTERM and wait for the end; returns seconds. Raises HostFailed unless it ends with 0."""
        assert self._process is not None, "the host was started"
        began = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(DRAIN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise HostFailed(f"the host did not drain in {DRAIN_SECONDS_MAX:.0f} s\n{self.last_words()}") from None
        if code != 0:
            raise HostFailed(f"the host ended with {code} when drained\n{self.last_words()}")
        return time.perf_counter() - began

    def metrics(self) -> dict[str, float]:
        """What /metrics says now, by name with labels; empty when it does not answer."""
        try:
            text = self._get("/metrics")[1]
        except OSError:
            return {}
        rows = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in rows if name}

    def last_words(self) -> str:
        """The end of the host's log."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-15:])

    def _is_ready(self) -> bool:
        try:
            return self._get("/readyz")[0] == 200
        except OSError:
            return False

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


def verify(data: Path, *options: str) -> dict[str, Any]:
    """What `siskohat-ledger verify --json` says of a ledger directory, with `verified` and `verify_s` beside it."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "verify", str(data), "--json", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = {"error": (done.stderr or done.stdout).strip()[-500:]}
    return said | {"verified": done.returncode == 0, "verify_s": time.perf_counter() - began}
