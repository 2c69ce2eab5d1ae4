"""Is a line of any length read, or refused, in memory that does not depend on it?

In a process of its own, whose highest memory is its own. `python -m tests.unit.settlement.test_streaming CASE MB` runs
one case with as many megabytes as wanted.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from txserver.settlement.examples import EXAMPLE, example
from txserver.settlement.intake import Proof, Reading, hash_file
from txserver.settlement.records import Rejected
from txserver.settlement.unpack import Limits

ROOT = Path(__file__).resolve().parents[3]
CSV, FIXED, CAMT = example("csv"), example("fixed"), example("camt.053").replace(b"\n", b"")
MB = 1 << 20
MEMORY_MB = 24
"""What a reading may add to a process that has its modules loaded."""
REFUSED_AFTER_MB = 3


def entries(megabytes: int) -> Iterator[bytes]:
    """A statement in one line, with as many booked entries as that takes."""
    start, end = CAMT.index(b"<Ntry>"), CAMT.index(b"</Ntry>") + len(b"</Ntry>")
    one, more = CAMT[start:end], CAMT[CAMT.rindex(b"</Ntry>") + len(b"</Ntry>") :]
    n = megabytes * MB // len(one)
    head = CAMT[:start].replace(b"<NbOfNtries>3<", b"<NbOfNtries>%d<" % n)
    yield head.replace(b"<Sum>60000000<", b"<Sum>%d<" % (20_000_000 * n))
    for at in range(0, n, 100):
        yield one * min(100, n - at)
    yield more


def around(head: bytes, piece: bytes, tail: bytes = b"") -> object:
    """A file whose middle is one piece again and again, without a line's end."""

    def made(megabytes: int) -> Iterator[bytes]:
        yield head
        for _ in range(megabytes * MB // len(piece)):
            yield piece
        yield tail

    return made


HALF = CAMT.index(b"<Ntry>")
CASES = {
    "csv cell": (around(CSV[: CSV.index(b"1100000214")], b"1" * 65_536), "SKH6109"),
    "csv before its head": (around(b"KONFIRMASI,1", b"," * 65_536), "SKH6109"),
    "fixed line": (around(FIXED[:121] + b"D0000001", b"0" * 65_536), "SKH6109"),
    "camt text": (around(CAMT[: CAMT.index(b"1100000214")], b"1" * 65_536), "SKH6109"),
    "camt comment": (around(CAMT[:HALF] + b"<!--", b"x" * 65_536), "SKH6109"),
    "camt attribute": (around(CAMT[:HALF] + b'<Ntry a="', b"x" * 65_536), "SKH6109"),
    "camt names": (around(CAMT[:HALF], b"".join(b"<a%d/>" % n for n in range(9_000))), "SKH6120"),
    "camt text passed over": (around(CAMT[:HALF] + b"<Lain>", b"x" * 65_536, b"</Lain>" + CAMT[HALF:]), ""),
    "camt blanks": (around(CAMT[:HALF], b" " * 65_536, CAMT[HALF:]), ""),
    "camt in one line": (entries, ""),
}
"""By name: the file, and what it is refused with; "" when it is taken."""


def run(case: str, megabytes: int) -> dict[str, object]:
    """Read one case; what became of it, and what it took."""
    make, _ = CASES[case]
    digest, given = sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal given
        for piece in make(megabytes):  # type: ignore[operator]
            given += len(piece)
            digest.update(piece)
            yield piece

    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    limits = Limits(bytes_max=8 << 30, unpacked_bytes_max=8 << 30)
    reading = Reading("berkas", counted(), EXAMPLE, Proof(hash_file(bytes(32), "berkas")), limits)
    told: dict[str, object] = {"n": 0}
    try:
        told["n"] = sum(len(batch) for batch in reading)
    except Rejected as rejected:
        told |= {"id": rejected.id, "baris": rejected.refusal.data["baris"], "field": rejected.refusal.data["field"]}
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return told | {
        "read_mb": round(given / MB, 1),
        "memory_mb": round(more / 1024, 1),
        "seconds": round(time.perf_counter() - began, 2),
    }


@pytest.mark.parametrize("case", CASES)
def test_a_line_of_a_hundred_megabytes(case: str) -> None:
    """One that is refused is refused at its beginning; one that is taken is read to its end (its hash is wrong)."""
    wanted = CASES[case][1] or "SKH6106"
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.settlement.test_streaming", case, "100"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["id"] == wanted, told
    assert told["field"] != "-"
    assert told["baris"] >= 1
    assert told["memory_mb"] < MEMORY_MB, told
    assert (told["read_mb"] < REFUSED_AFTER_MB) == (wanted != "SKH6106"), told


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
