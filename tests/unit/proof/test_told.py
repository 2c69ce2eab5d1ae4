"""What a writer tells whoever kills it is never half written."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.proof.writer import TOLD, Told

HEAD = 1_137_168
SECONDS = 0.5


def test_a_word_is_seen_whole_while_another_process_writes_it(tmp_path: Path) -> None:
    (tmp_path / "told").write_bytes(bytes(TOLD.size))
    told = Told(tmp_path / "told")
    told.reset()
    pid = os.fork()
    if not pid:
        while True:
            told.put(1, HEAD)
            told.put(1, -1)
    try:
        end, seen = time.monotonic() + SECONDS, set()
        while time.monotonic() < end:
            seen |= {told.get(1) for _ in range(1_000)}
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert seen == {HEAD, -1}
