"""A disk whose power can be cut: the recorded stream of calls, and every state it may be found in afterwards.

The model. What a file sync (or a write through O_DSYNC) covered when it returned is there. Of what was written since,
any part may be there: each write whole, not at all, or sector by sector (512 bytes, a sector is old or new); a sector
being written may also hold anything, but for a write that lies in one sector (LMDB's page of roots leans on that). A
file may have grown without its data: zeros. Names (made, moved, removed) come to the disk in order; a sync of a
folder covers those before it. Lock files are not followed: LMDB makes them anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from struct import Struct
from typing import NamedTuple

SECTOR = 512
DSYNC = 2
HEAD = Struct("<BBHIQQ")
MARKS = "tanda"


class Event(NamedTuple):
    """One call. `path` is set for calls that deal with names, `data` holds what was written or the other name."""

    op: str
    flags: int
    inode: int
    offset: int
    path: str
    data: bytes


class Piece(NamedTuple):
    """Bytes that may reach the disk at this offset of a file."""

    inode: int
    offset: int
    data: bytes


class Cut(NamedTuple):
    """One state after a power cut: what of the pending writes is there, and how many of the pending names."""

    label: str
    pieces: tuple[Piece, ...]
    names: int


def read_log(path: Path, root: Path) -> list[Event]:
    """The stream as the recorder wrote it, paths taken from `root` on."""
    raw, at, events = path.read_bytes(), 0, []
    cut = len(str(root)) + 1
    while at < len(raw):
        op, flags, path_length, length, inode, offset = HEAD.unpack_from(raw, at)
        at += HEAD.size
        name, data = raw[at : at + path_length].decode(), raw[at + path_length : at + path_length + length]
        at += path_length + length
        if chr(op) in "RL":
            data = data[cut:]
        events.append(Event(chr(op), flags, inode, offset, name[cut:], data))
    return events


@dataclass
class File:
    """One inode: what is surely there, and what was written since. `version` counts changes of the sure part."""

    sure: bytearray = field(default_factory=bytearray)
    pending: list[Piece] = field(default_factory=list)
    version: int = 0

    def put(self, piece: Piece) -> None:
        end = piece.offset + len(piece.data)
        if len(self.sure) < end:
            self.sure += bytes(end - len(self.sure))
        self.sure[piece.offset : end] = piece.data
        self.version += 1


class Disk:
    """The state of the recorded folder as the stream goes on. A folder's "inode" is 0."""

    def __init__(self, snapshot: dict[str, tuple[int, bytes]]) -> None:
        self.files = {inode: File(bytearray(data)) for inode, data in snapshot.values() if inode}
        self.names: dict[str, int] = {name: inode for name, (inode, _) in snapshot.items()}
        self.pending_names: list[Event] = []
        self.fresh: list[Piece] = []
        """Pieces that became sure and are not yet in the image (see `Image`)."""

    def take(self, event: Event) -> None:
        """The call was issued; what it wrote is pending."""
        match event.op:
            case "W":
                self.files[event.inode].pending.append(Piece(event.inode, event.offset, event.data))
            case "C":
                self.files[event.inode] = File()
                self.pending_names.append(event)
            case "M" | "U" | "X" | "R" | "L":
                self.pending_names.append(event)
            case "S" | "D":
                pass
            case _:
                raise ValueError(f"the stream holds a call the model does not know: {event.op} {event.path}")

    def finish(self, event: Event) -> None:
        """The call has returned."""
        if event.op == "S":
            for piece in self.files[event.inode].pending:
                self._settle(piece)
            self.files[event.inode].pending.clear()
        elif event.op == "W" and event.flags & DSYNC:
            self._settle(self.files[event.inode].pending.pop())
        elif event.op == "D":
            for name in self.pending_names:
                apply_name(self.names, name)
            self.pending_names.clear()

    def _settle(self, piece: Piece) -> None:
        self.files[piece.inode].put(piece)
        self.fresh.append(piece)

    def names_after(self, count: int) -> dict[str, int]:
        """The names that are there when `count` of the pending ones have come to the disk."""
        names = dict(self.names)
        for event in self.pending_names[:count]:
            apply_name(names, event)
        return names

    def pending(self) -> list[Piece]:
        return [piece for file in self.files.values() for piece in file.pending]

    def cuts(self, random: Random, limit: int) -> Iterator[Cut]:
        """Different states for a cut at this moment: none and all of what is pending, then drawn ones."""
        pieces, names = self.pending(), len(self.pending_names)
        seen: set[tuple[tuple[Piece, ...], int]] = set()
        for number in range(4 * limit):
            if number == 0:
                cut = Cut("nothing", (), 0)
            elif number == 1:
                cut = Cut("everything", tuple(pieces), names)
            else:
                cut = self._drawn(random, pieces, random.randint(0, names))
            if (cut.pieces, cut.names) not in seen:
                seen.add((cut.pieces, cut.names))
                yield cut
            if len(seen) == limit or not (pieces or names):
                return

    def _drawn(self, random: Random, pieces: list[Piece], names: int) -> Cut:
        kept = [piece for piece in pieces if random.random() < 0.5]
        large = [piece for piece in pieces if len(piece.data) > SECTOR]
        label = random.choice(["subset", "torn", "garbage", "zeros"]) if large else "subset"
        if label != "subset":
            hurt = random.choice(large)
            kept = [piece for piece in kept if piece is not hurt] + list(_hurt(random, hurt, label))
        return Cut(label, tuple(kept), names)


def _hurt(random: Random, piece: Piece, label: str) -> Iterator[Piece]:
    """Some sectors of a write; with garbage or zeros some of the others hold those instead of what was there."""
    start, end = piece.offset, piece.offset + len(piece.data)
    edges = [start, *range(start - start % SECTOR + SECTOR, end, SECTOR), end]
    for left, right in pairwise(edges):
        chance = random.random()
        if chance < 0.4:
            yield Piece(piece.inode, left, piece.data[left - start : right - start])
        elif chance < 0.8 and label != "torn":
            filled = random.randbytes(right - left) if label == "garbage" else bytes(right - left)
            yield Piece(piece.inode, left, filled)


def apply_name(names: dict[str, int], event: Event) -> None:
    """Carry out one change of names."""
    match event.op:
        case "C" | "M":
            names[event.path] = event.inode
        case "U" | "X":
            names.pop(event.path, None)
        case "L":
            names[event.data.decode()] = names[event.path]
        case "R":
            other = event.data.decode()
            for name in [name for name in names if name == other or name.startswith(other + "/")]:
                del names[name]
            for name in [name for name in names if name == event.path or name.startswith(event.path + "/")]:
                names[other + name[len(event.path) :]] = names.pop(name)


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder below `root` as it stands, by name from `root` on; lock files left out."""
    found: dict[str, tuple[int, bytes]] = {}
    for path in sorted(root.rglob("*")):
        if path.name not in {"lock.mdb", "writer.lock"}:
            name = path.relative_to(root).as_posix()
            found[name] = (path.stat().st_ino, path.read_bytes()) if path.is_file() else (0, b"")
    return found


class Image:
    """A folder that shows one state after the other; only what differs is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[str, int] | None = None
        self._stale: list[Piece] = []

    def show(self, disk: Disk, cut: Cut) -> None:
        names = disk.names_after(cut.names)
        if names != self._names:
            self._lay_out(disk, names)
        paths = {inode: self.folder / name for name, inode in names.items() if inode}
        touched = {piece.inode for piece in (*self._stale, *disk.fresh, *cut.pieces)} & paths.keys()
        for inode in touched:
            sure = disk.files[inode].sure
            mine = [piece for piece in cut.pieces if piece.inode == inode]
            handle = os.open(paths[inode], os.O_RDWR)
            os.ftruncate(handle, max([len(sure), *(piece.offset + len(piece.data) for piece in mine)]))
            for piece in (*self._stale, *disk.fresh):
                if piece.inode == inode:
                    os.pwrite(handle, sure[piece.offset : piece.offset + len(piece.data)], piece.offset)
            for piece in mine:
                os.pwrite(handle, piece.data, piece.offset)
            os.close(handle)
        disk.fresh = [piece for piece in disk.fresh if piece.inode not in paths]
        self._stale = list(cut.pieces)

    def spoilt(self) -> None:
        """The image was written to by others: lay it out anew next time."""
        self._names = None

    def _lay_out(self, disk: Disk, names: dict[str, int]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name in sorted(names):
            inode, path = names[name], self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if inode:
                path.write_bytes(disk.files[inode].sure)
                path.chmod(0o600)
            else:
                path.mkdir(exist_ok=True)
        self._names = names
        self._stale = []
