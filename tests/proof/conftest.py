"""What the proofs share: where they write their counts, the library of planted faults, and that the long ones wait.

PROOF_REPORT=FILE    every count is appended to it, one JSON object a line (`make proof`)
PROOF_SCALE=N        N times the work of the long forms, in one go; what takes many hours adds up in campaign.py
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proof import recorder
from tests.proof.faults import Bench

SHM = Path("/dev/shm")
"""Memory, where a sync costs nothing; pytest's own folder where it is missing."""
SCALE = int(os.environ.get("PROOF_SCALE", "1"))
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest) -> None:
    """pytest ends a run in which a test takes two minutes; the long forms may."""
    if request.node.get_closest_marker("proof"):
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Iterator[Tell]:
    """Say what a test has counted: printed, and kept for the report."""
    start = time.monotonic()
    told: dict[str, object] = {}

    def tell(**counts: object) -> None:
        told.update(counts)

    yield tell
    told["seconds"] = round(time.monotonic() - start, 1)
    name = request.node.nodeid.removeprefix("tests/proof/")
    print(f"\n{name}: " + ", ".join(f"{key} {value}" for key, value in told.items()))
    if file := os.environ.get("PROOF_REPORT"):
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(json.dumps({"test": name, "counts": told}) + "\n")


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, removed when the test has passed or failed."""
    if not SHM.is_dir():
        yield tmp_path
        return
    folder = SHM / f"siskohat-proof-{os.getpid()}-{tmp_path.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that stands between a process and libc, built from its source."""
    library = recorder.build(tmp_path_factory.mktemp("preload"))
    if library is None:
        pytest.skip(f"not run: {recorder.NO_COMPILER}")
    return library


@pytest.fixture
def bench(work: Path, preload: Path) -> Iterator[Bench]:
    """Trials of a writer with a planted fault."""
    bench = Bench(work, preload)
    yield bench
    bench.zygote.close()
