"""Backup of a ledger, beside a running host too, and restore of the whole or of entries 1 to N.

A backup is a directory laid out as a ledger's, without books and without what the host makes anew, and with
`cadangan.json`, which is written last: number and hash of its last entry, and when it was made. It has its name only
when it is whole and verified; until then it is called NAME.part.

The order in which the parts are copied is what makes them fit together while a host goes on:

    jangkar/      first: what speaks of the journal may know nothing that the copy of the journal lacks
    journal/      a snapshot of one moment, by LMDB itself; the writer waits for microseconds
    all else      after it: what the journal speaks of is there before an entry speaks of it. Key slots are made and
                  synced ahead of the entries that use them and are never taken away, so that slots copied later cover
                  every entry of the snapshot; slots copied earlier might not. And a key that is destroyed
                  meanwhile is not in the copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

import msgspec
from msgspec import Struct

from ledger.checkpoint import TablesEnv, check_watermark, rebuild
from ledger.codec import decode_entry
from ledger.errors import FormatMismatch, JournalCorrupt, JournalFailed, JournalFull, KeyDestroyed
from ledger.journal import MAP_BYTES, READ_CHUNK, Journal, Potongan, copy_env, fsync_dir, open_env
from ledger.kinds.spph import SpphFacts
from ledger.vault import HEADER, SLOT, FileVault
from ledger.verify import Report, check_books, verify
from ledger.witness import FOLDER as ANCHORS
from ledger.witness import KNOWN_HEAD, check_start, parse

NOTE = "cadangan.json"
LMDB = ("journal", "sandi")
MADE_ANEW = frozenset({"books", "books.new", "petang", "laporan", "masuk"})
"""Derived, or on its way: not in a backup."""
COPY_BYTES = 1 << 20

Progress = Callable[[int, int], None] | None


class Note(Struct, frozen=True):
    """What a backup says of itself. `dibuat_us`: host time, microseconds since 1970 UTC; `slot`: key slots."""

    ledger: str
    entri: int
    kepala: str
    hari: str
    dibuat_us: int
    slot: int


@contextmanager
def _fresh(dest: Path) -> Iterator[Path]:
    """A directory to fill: it gets its name when the block ends well, durably. Raises FormatMismatch."""
    part = dest.with_name(dest.name + ".part")
    for path in (dest, part):
        if path.exists():
            raise FormatMismatch(f"{path} exists already")
    try:
        part.mkdir(mode=0o700, parents=True)
        yield part
        for folder, _, _ in os.walk(part):
            fsync_dir(Path(folder))
        part.rename(dest)
        fsync_dir(dest.parent)
    except OSError as error:
        raise (JournalFull if error.errno == ENOSPC else JournalFailed)(f"{part}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)  # gone already when it has its name


def backup(
    source: Path,
    dest: Path,
    dibuat_us: int,
    *,
    keys: Path | None = None,
    keys_dest: Path | None = None,
    compact: bool = False,
    progress: Progress = None,
) -> Note:
    """Copy a ledger, beside its host or without one, and verify the copy.

    `keys` is where its keys lie when not in it, `keys_dest` where their copy shall lie when not in the backup. A
    compact copy leaves free pages out and takes longer. Raises FormatMismatch, JournalCorrupt, JournalFull,
    JournalFailed.
    """
    keys = keys or source / "kunci"
    FileVault(keys).close()  # they are keys, and private
    with _fresh(dest) as part:
        _copy_folder(source / ANCHORS, part / ANCHORS)
        live = Journal.open(source / "journal", writable=False)
        try:
            live.copy(part / "journal", compact=compact)
        finally:
            live.close()
        vault_dest = keys_dest or part / "kunci"
        if vault_dest.exists():
            raise FormatMismatch(f"{vault_dest} exists already")
        _copy_folder(keys, vault_dest)
        _whole_slots(vault_dest / "slot.dat")
        _copy_passwords(source, part)
        _copy_rest(source, part, keys)
        _copy_file(source / KNOWN_HEAD, part / KNOWN_HEAD)
        journal = Journal.open(part / "journal", writable=False)
        try:
            report = _verified(journal, progress)
            slots = _check_keys(journal, vault_dest)
            note = Note(journal.ledger, journal.head, journal.head_hash.hex(), report.hari, dibuat_us, slots)
        finally:
            journal.close()
        _write(part / NOTE, msgspec.json.format(msgspec.json.encode(note)))
    return note


def restore(
    source: Path,
    dest: Path,
    *,
    keys: Path | None = None,
    upto: int | None = None,
    serve: bool = False,
    anchors: Path | None = None,
    progress: Progress = None,
) -> Report:
    """Make a ledger from a backup (or from a ledger whose host is down): whole, or its entries 1 to `upto`.

    Verifies what it reads and what it made; books are derived. A part is marked as such, and no host serves it unless
    `serve`. Key slots beyond the last form are left out: they may have become other people's keys meanwhile.
    `anchors` is a folder of anchors kept elsewhere: is the backup older than the newest of them, nothing is made.
    Raises FormatMismatch, JournalCorrupt, JournalFull, JournalFailed, WitnessAhead.
    """
    keys = keys or source / "kunci"
    journal = Journal.open(source / "journal", writable=False)
    try:
        if upto is not None and not 1 <= upto <= journal.head:
            raise FormatMismatch(f"{source} has entries 1 to {journal.head}, not {upto}")
        with _fresh(dest) as part:
            if upto is None:
                _check_note(source, journal)
                if anchors is not None:
                    check_start(journal, anchors)
                _verified(journal, progress)
                journal.copy(part / "journal")
                _copy_file(source / KNOWN_HEAD, part / KNOWN_HEAD)  # a part is somebody's decision to go on without
            else:
                _copy_entries(journal, part / "journal", upto, serve)
            _copy_folder(keys, part / "kunci")
            _copy_passwords(source, part)
            _copy_rest(source, part, keys)
            (part / "karantina").mkdir(mode=0o700, exist_ok=True)
            report = _finish(part, progress)
            _copy_anchors(source / ANCHORS, part / ANCHORS, report.entries)
    finally:
        journal.close()
    return report


def _finish(part: Path, progress: Progress) -> Report:
    """Derive the books of a restored journal, cut the key slots to what they name, verify all of it."""
    copy = Journal.open(part / "journal", writable=True)
    try:
        report = _verified(copy, progress)
        rebuild(copy, part / "books")
        _check_keys(copy, part / "kunci")
        _cut(part / "kunci" / "slot.dat", _slots_used(copy)[0])
        env = TablesEnv(part / "books", writable=False)
        try:
            assert check_watermark(copy, env)[0] == copy.head, "books were derived to the head"
            found = check_books(copy, env)
        finally:
            env.close()
        if not found.verified:
            raise JournalCorrupt(f"the derived books differ: {'; '.join(found.differences)}")
    finally:
        copy.close()
    return report


def _copy_passwords(source: Path, part: Path) -> None:
    if not (source / "sandi" / "data.mdb").exists():
        return
    env = open_env(source / "sandi", readonly=True, map_bytes=MAP_BYTES, max_dbs=1)
    try:
        copy_env(env, part / "sandi", compact=False)
    finally:
        env.close()


def _copy_entries(journal: Journal, dest: Path, upto: int, serve: bool) -> None:
    """A journal with the first entries of another, byte for byte, and the mark that it is a part."""
    copy = Journal.create(dest, journal.ledger)
    try:
        for start in range(1, upto + 1, READ_CHUNK):
            bodies = [body for _, body in journal.read(start, min(start + READ_CHUNK, upto + 1))]
            copy.append(bodies)
        if copy.head != upto:
            raise JournalCorrupt(f"the journal ends at entry {copy.head}, expected {upto}")
        copy.mark(Potongan(upto, journal.head, journal.head_hash.hex(), serve))
    finally:
        copy.close()


def _copy_anchors(source: Path, dest: Path, head: int) -> None:
    """Copy the anchors of the days that are in a journal of so many entries, with their pages."""
    _copy_folder(source, dest)
    for file in dest.glob("*.json"):
        anchor, _, _ = parse(file.read_bytes(), str(file))
        if anchor.seq_tutup > head:
            file.unlink()
            file.with_suffix(".txt").unlink(missing_ok=True)


def _copy_rest(source: Path, part: Path, keys: Path) -> None:
    done = {*LMDB, ANCHORS, *MADE_ANEW, "kunci"}
    for path in sorted(source.iterdir()):
        if path.name not in done and path.is_dir() and path.resolve() != keys.resolve():
            _copy_folder(path, part / path.name)


def _copy_folder(source: Path, dest: Path) -> None:
    """Copy plain files, synced; what is gone when its turn comes was on its way and is left out."""
    if not source.is_dir():
        return
    dest.mkdir(mode=0o700, parents=True)
    for path in sorted(source.iterdir()):
        if path.is_symlink() or path.name.endswith((".part", ".new")):
            continue
        if path.is_dir():
            _copy_folder(path, dest / path.name)
        elif path.is_file():
            _copy_file(path, dest / path.name)


def _copy_file(source: Path, dest: Path) -> None:
    """Copy a plain file that may not be there, synced."""
    try:
        content = source.open("rb")
    except FileNotFoundError:
        return
    with content, dest.open("xb") as out:
        dest.chmod(source.stat().st_mode & 0o700)
        shutil.copyfileobj(content, out, COPY_BYTES)
        out.flush()
        os.fsync(out.fileno())


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as out:
        path.chmod(0o600)
        out.write(content + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole_slots(path: Path) -> None:
    """A block of slots may have been on its way to the file: what is not a whole slot is no key yet."""
    _cut(path, (path.stat().st_size - len(HEADER)) // SLOT)


def _cut(path: Path, slots: int) -> None:
    os.truncate(path, len(HEADER) + SLOT * slots)
    _sync(path)


def _verified(journal: Journal, progress: Progress) -> Report:
    report = verify(journal, progress)
    if not report.verified:
        raise JournalCorrupt(f"{journal.path}: entry {report.bad_entry}: {report.reason}")
    return report


def _check_note(source: Path, journal: Journal) -> None:
    """Hold a backup's journal against what was written down when it was made."""
    if not (source / NOTE).exists():
        return
    try:
        note = msgspec.json.decode((source / NOTE).read_bytes(), type=Note)
    except msgspec.DecodeError as error:
        raise FormatMismatch(f"{source / NOTE} cannot be read: {error}") from None
    if (note.ledger, note.entri, note.kepala) != (journal.ledger, journal.head, journal.head_hash.hex()):
        raise FormatMismatch(f"{source}: its journal (head {journal.head}) is not the one of {NOTE} ({note.entri})")


def _slots_used(journal: Journal) -> tuple[int, int]:
    """Key slots that the journal's forms have used, and the entry of the last form (0: none)."""
    for seq in range(journal.head, 0, -1):
        body = journal.get(seq)
        if body is None:
            raise JournalCorrupt(f"entry {seq} is missing")
        entry = decode_entry(body)
        if isinstance(entry.facts, SpphFacts):
            return entry.facts.kunci + 1, seq
    return 0, 0


def _check_keys(journal: Journal, keys: Path) -> int:
    """See that these keys open this journal: enough slots, and the last form's seal opens. Returns the slots."""
    vault = FileVault(keys)
    try:
        used, seq = _slots_used(journal)
        if vault.slots < used:
            raise FormatMismatch(
                f"{vault.slots} key slots for {used} sealed forms: these keys are older than the journal"
            )
        if seq:
            facts = decode_entry(journal.sound(seq)).facts
            try:
                vault.open(facts.kunci, facts.segel, facts.nomor_spph)
            except KeyDestroyed:
                return vault.slots  # that pilgrim's data was to be forgotten
        return vault.slots
    finally:
        vault.close()
