from __future__ import annotations

import os
import subprocess
import sys

from bench.meter import cpu_s, family, memory_mb


def test_a_process_is_measured_with_its_children() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in family(os.getpid())
        whole, own = memory_mb(os.getpid())
        assert whole > own > 0
        child.communicate(b"\n")
    assert child.pid not in family(os.getpid())


def test_a_process_that_has_ended_costs_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert cpu_s(child.pid) == 0.0
    assert memory_mb(child.pid) == (0.0, 0.0)
    assert cpu_s(os.getpid()) > 0.0
