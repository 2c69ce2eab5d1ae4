"""A ledger on ext4 on a loop device on a disk that writes down what the kernel sends it; and the power cut below all.

Under test is everything above the disk: LMDB, our files, the file system and its journal. A state is what the disk
would hold had the power gone at one moment: all that was flushed, and of what was written since then nothing, all or
some, a write of several sectors perhaps in part. Each state is checked as its file system asks for, mounted, so that
ext4 recovers, and opened as a host opens it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

from ledger import journal
from ledger.codec import hash_entry
from ledger.errors import LedgerError
from ledger.store import Store
from ledger.verify import check_books, verify
from tests.host_fixtures import ROOT
from tests.ledger_fixtures import founded
from tests.proof.apart import apart
from tests.proof.block_disk import EVENT
from tests.proof.script import Script
from tests.proof.stream import UNSAFE, open_unsafe

SIZE = 48 << 20
SECTOR = 512
CHECKPOINT_EVERY = 15
TOOLS = ("losetup", "mkfs.ext4", "e2fsck", "mount", "umount")
MKFS = ("mkfs.ext4", "-q", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0")
CHECK = ("e2fsck", "-f", "-y")
MENDED_MAX = 3
"""e2fsck: found nothing (0), or has mended what it found (1, 2)."""
LOST = "lost:"
LOOK_S = 60
"""So long may a look at a ledger take; one that does not end is wrong too."""


@dataclass(frozen=True)
class FileSystem:
    """How one is made, and whether a machine that starts again checks it before it mounts it."""

    name: str
    make: tuple[str, ...]
    is_checked: bool = False
    """Otherwise when it cannot be mounted: a superblock of two sectors may be torn."""


EXT4 = FileSystem("ext4", (*MKFS, "-J", "size=4"))
BARE = FileSystem("ext4 without a journal", (*MKFS, "-O", "^has_journal"), is_checked=True)
"""Nothing but the ledger's own order of writes and flushes protects what lies on it."""


def missing() -> str:
    """Why it cannot be run on this machine; empty where it can."""
    if os.geteuid() != 0:
        return "needs root"
    lacking = [device for device in ("/dev/fuse", "/dev/loop-control") if not Path(device).exists()]
    lacking += [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return f"no {', '.join(lacking)}"
    ext4 = "ext4" in Path("/proc/filesystems").read_text() and "fuse" in Path("/proc/filesystems").read_text()
    return "" if ext4 else "the kernel has no ext4 or no FUSE"


def run(*command: str) -> str:
    """A tool of the system; its output."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


@contextmanager
def mounted(disk: Path, folder: Path, *, is_checked: bool = False) -> Iterator[bool]:
    """An image as an ext4 file system at a folder; whether it had to be checked to be mounted."""
    loop = run("losetup", "-f", "--show", str(disk))
    mount = ("mount", "-t", "ext4", loop, str(folder))
    try:
        try:
            if is_checked:
                check(loop)
            run(*mount)
            was_broken = False
        except subprocess.CalledProcessError:
            check(loop)
            run(*mount)
            was_broken = True
        try:
            yield was_broken
        finally:
            run("umount", str(folder))
    finally:
        run("losetup", "-d", loop)


def check(loop: str) -> None:
    """Have the file system looked through and mended, as at the start of a machine."""
    done = subprocess.run([*CHECK, loop], check=False, capture_output=True, text=True, timeout=60)
    if done.returncode > MENDED_MAX:
        raise OSError(f"{CHECK[0]} ended with {done.returncode}: {done.stdout[-200:]}")


@contextmanager
def recorded(work: Path) -> Iterator[Path]:
    """The disk that writes everything down; the file it is."""
    folder = work / "disk"
    folder.mkdir()
    daemon = subprocess.Popen(
        [sys.executable, "-m", "tests.proof.block_disk", str(folder), str(SIZE), str(work / "log")],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == b"mounted\n"
        yield folder / "disk"
    finally:
        subprocess.run(["umount", str(folder)], check=False, timeout=60)
        daemon.wait(30)
        if daemon.stdout is not None:
            daemon.stdout.close()


@dataclass
class Recording:
    """What one run wrote, and what it had been told by when."""

    system: FileSystem
    log: bytes
    begin: int
    """Where in the log the ledger had been founded; from there on it must be there whatever happens."""
    marks: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    """`heads[n]` was acknowledged when the log had `marks[n]` bytes."""
    hashes: dict[int, bytes] = field(default_factory=dict)


def opened(ledger: Path, mode: str) -> Store:
    """The store as the product opens it ("safe"), or the journal in one of the unsafe modes of a control."""
    if mode == "safe":
        return Store.open(ledger)
    with patch.object(journal, "open_env", partial(open_unsafe, journal.open_env, UNSAFE[mode])):
        return Store.open(ledger)


def record(work: Path, commits: int, seed: int, system: FileSystem = EXT4, mode: str = "safe") -> Recording:
    """Post the batches of a script on the recorded disk."""
    mount, log = work / "mount", work / "log"
    mount.mkdir()
    with recorded(work) as disk:
        run(*system.make, str(disk))
        with mounted(disk, mount):
            ledger = founded(mount / "ledger")
            made = Recording(system, b"", log.stat().st_size)
            store = opened(ledger, mode)
            for number, batch in enumerate(Script(seed).batches(commits)):
                store.post_batch(batch)
                made.marks.append(log.stat().st_size)
                made.heads.append(store.journal.head)
                if number % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1:
                    store.checkpoint()
            made.hashes = {seq: hash_entry(body) for seq, body in store.journal.read()}
            store.close()
    made.log = log.read_bytes()
    return made


@dataclass
class Cuts:
    """What the cuts of one recording showed."""

    flushes: int = 0
    states: int = 0
    lost: int = 0
    corrupt: int = 0
    broken: int = 0
    """File systems that could be mounted behind a check only."""
    shapes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    first: str = ""


class Replay:
    """Cuts the power of a recording. `forgets` flushes are lies: what the disk had said it held is gone."""

    def __init__(self, work: Path, made: Recording, seed: int, *, forgets: int = 0, every: int = 1) -> None:
        self.made, self.random, self.forgets, self.every = made, Random(seed), forgets, every
        self.image, self.mount, self.state = work / "durable", work / "cut", work / "state"
        self.mount.mkdir(exist_ok=True)
        self.image.write_bytes(b"")
        os.truncate(self.image, SIZE)
        self.cuts = Cuts()

    def run(self) -> Cuts:
        """At every flush: what was written since the one before it is in doubt."""
        start, made = time.monotonic(), self.made
        handle = os.open(self.image, os.O_RDWR)
        epochs: list[list[tuple[int, bytes]]] = [[]]
        at = 0
        while at < len(made.log):
            offset, length = EVENT.unpack_from(made.log, at)
            begin, at = at, at + EVENT.size + length
            if length:
                epochs[-1].append((offset, made.log[at - length : at]))
                continue
            if begin > made.begin and epochs[-1]:
                self.cuts.flushes += 1
                if self.cuts.flushes % self.every == 0:
                    self._cut(begin, [write for epoch in epochs for write in epoch])
            if epochs[-1]:
                epochs.append([])
            while len(epochs) > 1 + self.forgets:
                for place, data in epochs.pop(0):
                    os.pwrite(handle, data, place)
        os.close(handle)
        self.cuts.seconds = round(time.monotonic() - start, 1)
        return self.cuts

    def _cut(self, position: int, pending: list[tuple[int, bytes]]) -> None:
        acked = bisect_right(self.made.marks, position)
        head = self.made.heads[acked - 1] if acked else 0
        some = [write for write in pending if self.random.random() < 0.5]
        torn = [(place, data[: self._sectors(data)]) for place, data in pending]
        for shape, writes in {"nothing": [], "some": some, "torn": torn, "all": pending}.items():
            shutil.copyfile(self.image, self.state)
            handle = os.open(self.state, os.O_RDWR)
            for place, data in writes:
                os.pwrite(handle, data, place)
            os.close(handle)
            self.cuts.states += 1
            self.cuts.shapes[shape] += 1
            self._look(shape, head, position)

    def _sectors(self, data: bytes) -> int:
        return SECTOR * self.random.randint(0, len(data) // SECTOR)

    def _look(self, shape: str, acked: int, position: int) -> None:
        try:
            with mounted(self.state, self.mount, is_checked=self.made.system.is_checked) as was_broken:
                self.cuts.broken += was_broken
                said = apart(lambda: {"wrong": self._ledger(acked)}, LOOK_S)
                wrong = said.get("wrong", f"the process ended with {said.get('died')}")
        except (subprocess.CalledProcessError, OSError) as error:
            wrong = repr(error)
        if wrong:
            self.cuts.lost += wrong.startswith(LOST)
            self.cuts.corrupt += not wrong.startswith(LOST)
        if wrong and not self.cuts.first:
            self.cuts.first = f"flush {self.cuts.flushes}, byte {position} of the log, {shape}: {wrong}"

    def _ledger(self, acked: int) -> str:
        """Open it as a host does; what is wrong with it, or nothing."""
        try:
            store = Store.open(self.mount / "ledger")
        except LedgerError as error:
            return repr(error)
        head = store.journal.head
        if head < acked or store.journal.head_hash != self.made.hashes.get(head):
            return f"{LOST} head {head}, {acked} were acknowledged"
        store.checkpoint()
        sound = verify(store.journal).verified and check_books(store.journal, store.env).verified
        store.close()
        return "" if sound else "does not verify"
