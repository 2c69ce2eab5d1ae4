"""The evening's heavy steps, each in a process of its own beside the host.

    python -m txserver.evening.child < JOB_JSON

The host puts it behind itself (`children`); the journal is read only. One such process at a time works on a bank's day
(a lock file), so that one that outlives its host cannot meet the next. What it found it writes to standard output, a
JSON value a line, and the host posts it. Exit code 0 always when it had an outcome, also a refusal.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ledger.errors import FormatMismatch, LedgerError
from ledger.fields import is_hex
from ledger.journal import MAP_BYTES, Journal, fsync_dir, open_env
from ledger.wilayah import PROVINSI
from txserver.evening.job import Job, Kept
from txserver.evening.outputs import write_outputs
from txserver.evening.places import Places, make
from txserver.settlement.host_side import host_records
from txserver.settlement.intake import Proof, Reading, hash_file
from txserver.settlement.matching import Difference
from txserver.settlement.naming import named
from txserver.settlement.records import Expected, Rejected
from txserver.settlement.unpack import PIECE_BYTES
from txserver.settlement.working import WorkingStore

STORE = "kerja"
KEPT_BYTES = 1 << 18
"""A file is kept in pieces, each made durable: a commit of the journal waits for one of them, not for megabytes."""
BOOT = Path("/proc/sys/kernel/random/boot_id")
SERIES = frozenset(one.kode_porsi for one in PROVINSI.values())

encode = msgspec.json.Encoder().encode


class _ReadOnce(Journal):
    """A journal that lets go of what it has read: else a day of a million deposits lies in the process, mapped."""

    def _chunk(self, start: int, stop: int | None) -> list[tuple[int, bytes]]:
        chunk = super()._chunk(start, stop)
        self._env.close()
        self._env = open_env(self.path, readonly=True, map_bytes=MAP_BYTES, max_dbs=2)
        self._entries = self._env.open_db(b"entries", create=False)
        return chunk


class Missing(Exception):
    """A file the ledger names is not kept here; `str` is its SHA-256."""


def take(job: Job, say: Callable[[Any], None]) -> None:
    """Check a delivered file, take its records in and keep it; says what it is, or the refusal."""
    places = Places(Path(job.data))
    key = _key(places.kunci(job.bank))
    proof = Proof(_hash_file(job), _signature(job.tanda_tangan), key)
    with _working(job, places) as folder:
        store = _open_or_made_anew(job, places, folder)
        try:
            taken = store.take(Reading(job.nama, _pieces(Path(job.path)), _expected(job, job.cara), proof))
        except Rejected as rejected:
            say({"refusal": rejected.refusal.id, "data": rejected.refusal.data})
            return
        # The same content in other packing is the file that was taken before, and that one is kept.
        is_counted = taken.sha256 in {file.sha256 for file in store.files(job.bank, job.hari, job.jenis)}
        if is_counted:
            _keep(job, places, taken.sha256.hex())
        store.close()
    say(
        {
            "id": taken.id,
            "data": taken.data,
            "sidik": taken.sha256.hex(),
            "bentuk": taken.bentuk,
            "cara": taken.kepala.cara,
            "jumlah": taken.kepala.jumlah,
            "total": taken.kepala.total,
            "mata_uang": taken.kepala.mata_uang,
            "penanda": "" if key is None else sha256(key.public_bytes_raw()).hexdigest()[:16],
            "is_counted": is_counted,
        }
    )


def match(job: Job, say: Callable[[Any], None]) -> None:
    """Match a bank's day; says what came out, then each difference."""
    with _matched(job, Places(Path(job.data))) as (store, journal):
        lines = store.branches(job.bank, job.hari, job.jenis)
        digest = sha256(encode((job.berkas, lines)))
        for one in store.differences(job.bank, job.hari, job.jenis):
            digest.update(encode(one))
        names = ("both", "host_only", "bank_only", "diff", "duplicate", "host_n", "bank_n")
        counts = {name: sum(getattr(line, name) for line in lines) for name in names}
        say(counts | {"sidik_hasil": digest.hexdigest(), "head": journal.head})
        for one in store.differences(job.bank, job.hari, job.jenis):
            say(_difference(one))


def report(job: Job, say: Callable[[Any], None]) -> None:
    """Write a bank's outputs anew; says their names."""
    places = Places(Path(job.data))
    with _matched(job, places) as (store, journal):
        say({"nama": write_outputs(job, store, journal, places.laporan(job.bank, job.hari))})


STEPS: dict[str, Callable[[Job, Callable[[Any], None]], None]] = {"take": take, "match": match, "report": report}


@contextmanager
def _working(job: Job, places: Places) -> Iterator[Path]:
    """The working folder of a bank's day, for this process alone."""
    folder = make(places.petang(job.bank, job.hari))
    with (folder / "kunci").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@contextmanager
def _matched(job: Job, places: Places) -> Iterator[tuple[WorkingStore, Journal]]:
    """The working store with the files the ledger names, matched with the journal as it is now. Raises Missing."""
    with _working(job, places) as folder:
        store = _store_of(job, places, folder)
        journal = _ReadOnce.open(places.data / "journal", writable=False)
        try:
            store.load_host(job.bank, job.hari, job.jenis, host_records(journal, job.bank, job.hari, job.batal))
            store.match(job.bank, job.hari, job.jenis)
            yield store, journal
        finally:
            journal.close()
            store.close()


def _store_of(job: Job, places: Places, folder: Path) -> WorkingStore:
    """The store as it is, if it holds just the files the ledger names; else made anew from the kept files."""
    store = _open_or_made_anew(job, places, folder)
    held = [file.sha256.hex() for file in store.files(job.bank, job.hari, job.jenis)]
    if held == [sidik for _, sidik in job.berkas]:
        return store
    store.close()
    return _made_anew(job, places, folder)


def _open(folder: Path) -> WorkingStore:
    """The store of this start of the machine: it is not synced, for its syncs would be waited for by every commit of
    the journal on the same disk; after another start it is made anew from the kept files. Raises FormatMismatch.
    """
    return WorkingStore.open(folder / f"{STORE}-{BOOT.read_text().strip()[:8]}.db", is_synced=False)


def _open_or_made_anew(job: Job, places: Places, folder: Path) -> WorkingStore:
    """The store as it is; made anew when it is damaged, or of another version."""
    try:
        return _open(folder)
    except FormatMismatch:
        return _made_anew(job, places, folder)


def _made_anew(job: Job, places: Places, folder: Path) -> WorkingStore:
    for file in folder.glob(STORE + "*"):
        file.unlink()
    store = _open(folder)
    for _, sidik in job.berkas:
        path = places.konfirmasi / sidik
        if not path.is_file():
            raise Missing(sidik)
        kept = msgspec.json.decode(path.with_name(sidik + ".json").read_bytes(), type=Kept)
        store.take(Reading(kept.nama, _pieces(path), _expected(job), Proof(sidik.encode())))
    return store


def _keep(job: Job, places: Places, sidik: str) -> None:
    """Keep the file for good, durably, under its SHA-256, with its name and its proof beside it."""
    folder = make(places.konfirmasi)
    kept = Kept(nama=job.nama, bank=job.bank, hari=job.hari, jenis=job.jenis, tanda_tangan=job.tanda_tangan)
    _write(folder / (sidik + ".json"), msgspec.json.encode(kept))
    target = folder / sidik
    if not target.exists():
        fresh = folder / (sidik + ".new")
        with fresh.open("wb") as file:
            for piece in _pieces(Path(job.path), KEPT_BYTES):
                file.write(piece)
                file.flush()
                os.fdatasync(file.fileno())
        fresh.chmod(0o400)
        _sync(fresh)
        fresh.rename(target)
    fsync_dir(folder)


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.chmod(0o600)
    _sync(fresh)
    fresh.rename(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _expected(job: Job, cara: str = "") -> Expected:
    return Expected(job.bank, job.hari, job.jenis, is_known=is_of_a_series, cara=cara)


def is_of_a_series(nomor_porsi: str) -> bool:
    """Whether a number begins like the porsi of some province: one that does not was never granted, nor will be."""
    return nomor_porsi[:2] in SERIES


def _hash_file(job: Job) -> bytes:
    """The detached hash as it was delivered; one that came as hex alone is the line `sha256sum` writes of the file."""
    if len(job.sidik) == 64 and is_hex(job.sidik):
        return hash_file(bytes.fromhex(job.sidik), job.nama)
    return job.sidik.encode()


def _signature(text: str) -> bytes:
    """A signature on its way: hex or base64, which `check_proof` reads."""
    return text.encode("ascii", "replace")


def _key(path: Path) -> Ed25519PublicKey | None:
    """A bank's public key; None where the host has none. Raises FormatMismatch."""
    if not path.exists():
        return None
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise FormatMismatch(f"{path}: no public key: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise FormatMismatch(f"{path}: not an Ed25519 key")
    return key


def _pieces(path: Path, size: int = PIECE_BYTES) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece


def _difference(one: Difference) -> list[str | int]:
    """A difference as `SelisihBaru` wants it behind bank and day."""
    return list(named(one))


def main() -> None:
    """Entry point."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    out = sys.stdout.buffer

    def say(value: Any) -> None:
        out.write(encode(value) + b"\n")

    try:
        STEPS[job.langkah](job, say)
    except Missing as missing:
        say({"refusal": "SKH6305", "data": {"sidik": str(missing)[:16]}})
    except LedgerError as error:
        out.flush()
        sys.exit(f"{type(error).__name__}: {error}")
    out.flush()


if __name__ == "__main__":
    main()
