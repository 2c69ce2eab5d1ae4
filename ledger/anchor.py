"""Anchors of closed days: made by the host after each close, and held against a ledger by whoever kept one.

Bank and auditor keep the file outside. With it and the host's public key anybody who has the journal can tell that
it still contains that day, byte for byte, and that everything after is chained on it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec.structs import astuple

from ledger.anchor_page import page
from ledger.codec import HASH_NONE, EntryRow, decode_entry, decode_row, hash_entry, open_row
from ledger.errors import AnchorRefused, Finding, FormatMismatch, JournalCorrupt
from ledger.journal import Journal, fsync_dir, put_durably
from ledger.kinds.tutup_hari import TutupHariFacts
from ledger.records import Entry
from ledger.store import Store
from ledger.vault import signing_key
from ledger.witness import FOLDER, Anchor, key_id, parse, public_key, read_anchor, sign

NO_CURRENCY = "-"
PROGRESS_EVERY = 100_000

Progress = Callable[[int, int], None] | None


def write_anchor(store: Store, hari: str) -> Path:
    """Write the anchor of a closed day and its printed page; returns the anchor's file, durable on return.

    For the host, when a THR is durable; again it changes nothing. Raises FormatMismatch when the day is not closed,
    and AnchorRefused when another anchor of that day is there.
    """
    closed = store.books.penutupan(hari)
    if closed is None:
        raise FormatMismatch(f"the day {hari} is not closed")
    names, key = {bank.kode: bank.nama for bank in store.books.bank_semua()}, store.vault.signing_key()
    return publish(store.path, make_anchor(store.journal, closed.seq, key), names, key)


def find_close(journal: Journal, hari: str) -> tuple[int, dict[str, str]]:
    """Entry of a day's close, and the names of banks by code. Raises FormatMismatch when the day is not closed."""
    names: dict[str, str] = {}
    for seq, body in journal.read():
        row = decode_row(body)
        if row.kind == "BNK":
            facts = open_row(row).facts
            names[facts.kode_bank] = facts.nama
        elif row.kind == "THR" and row.hari == hari:
            return seq, names
    raise FormatMismatch(f"the day {hari} is not closed")


def make_anchor(journal: Journal, seq: int, key: Ed25519PrivateKey) -> Anchor:
    """The anchor of the day closed by entry `seq`. Raises JournalCorrupt."""
    opening, close = decode_entry(journal.sound(1)), decode_entry(journal.sound(seq))
    facts: TutupHariFacts = close.facts
    return Anchor(
        "siskohat-jangkar",
        1,
        opening.facts.ledger,
        opening.facts.nama,
        opening.facts.demo,
        facts.hari_tutup,
        facts.seq_awal,
        hash_entry(journal.sound(facts.seq_awal)).hex(),
        facts.seq_akhir,
        close.hash_before.hex(),
        seq,
        hash_entry(journal.sound(seq)).hex(),
        close.stamp.waktu_us,
        close.stamp.user,
        close.stamp.penyetuju,
        facts.jumlah,
        facts.terbuka,
        facts.belum,
        facts.silang,
        key_id(key.public_key()),
    )


def publish(path: Path, anchor: Anchor, names: dict[str, str], key: Ed25519PrivateKey) -> Path:
    """Write an anchor and its page into a ledger's directory, durably; the page first, so that it is there with it.

    `names` are names of banks by code. Raises AnchorRefused when another anchor of that day is there: none is ever
    overwritten.
    """
    folder, signed = path / FOLDER, sign(anchor, key)
    file = folder / f"{anchor.hari}.json"
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        fsync_dir(path)
    if file.exists() and file.read_bytes() != signed:
        raise AnchorRefused(f"{file} is there already and says something else; it is left as it is")
    _, _, signature = parse(signed, file.name)
    text = page(anchor, names, key.public_key().public_bytes_raw().hex(), signature.hex())
    put_durably(folder / f"{anchor.hari}.txt", "".join(line + "\n" for line in text).encode())
    put_durably(file, signed)
    return file


# --- checking ---------------------------------------------------------------------------------------------------


def public_key_of(path: Path, given: str) -> Ed25519PublicKey:
    """The key to hold anchors against: as given (64 hex digits, or a PEM file), else that of the ledger's key folder.

    Raises AnchorRefused when it is no such key, or none is given and none is there.
    """
    if not given:
        if not (path / "kunci" / "jangkar.key").exists():
            raise AnchorRefused(
                "no key to check the anchor with; give --key, as `siskohat-ledger anchor-key` prints it"
            )
        return signing_key(path / "kunci").public_key()
    file = Path(given)
    try:
        return public_key(file.read_bytes() if file.is_file() else given.encode())
    except ValueError as error:
        raise AnchorRefused(f"--key: {error}") from None


def anchor_line(told: dict[str, Any], *, is_own: bool) -> str:
    """One line of what `hold` found of an anchor, for people; `is_own`: held against the ledger's own key."""
    whose = "the ledger's own; --key takes one kept elsewhere" if is_own else "as given"
    state = "is still there, byte for byte" if told["verified"] else "is not the one in this ledger"
    return f"anchor of {told['hari']}: signed by key {told['key']} ({whose}); the day to entry {told['entry']} {state}"


def read_anchors(files: list[Path], key: Ed25519PublicKey) -> list[Anchor]:
    """Anchors from their files, each signed by this key. Raises AnchorRefused."""
    anchors = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise AnchorRefused(f"{file} cannot be read: {error.strerror}") from None
        anchors.append(read_anchor(data, key, str(file)))
    return anchors


def hold(journal: Journal, anchors: list[Anchor], progress: Progress = None) -> dict[str, Any]:
    """Hold a journal that `ledger.verify` has been through against anchors: what was found, as for printing.

    Stops at the first that does not hold.
    """
    told: dict[str, Any] = {"anchors": [], "verified": True}
    for anchor in anchors:
        one = {"hari": anchor.hari, "entry": anchor.seq_tutup, "hash": anchor.hash_tutup, "key": anchor.kunci}
        try:
            check_anchor(journal, anchor, progress)
        except Finding as finding:
            told["anchors"].append(one | {"verified": False})
            return told | {"verified": False, "bad_entry": finding.seq, "reason": finding.reason}
        told["anchors"].append(one | {"verified": True})
    return told


def check_anchor(journal: Journal, anchor: Anchor, progress: Progress = None) -> None:
    """Hold a journal against an anchor whose signature holds. Raises Finding with the first entry that differs.

    By itself: the chain from entry 1 to the close, the hashes of the day's first, last and closing entry, that the
    close says what the anchor says, and that its totals are the plain sums of the stored lines of the day. What comes
    after the close is held by `ledger.verify`, which must have been through.
    """
    day, before = _Day(anchor), HASH_NONE
    try:
        for seq, body in journal.read(1, anchor.seq_tutup + 1):
            row, digest = decode_row(body), hash_entry(body)
            if not row.seq == seq == day.seq + 1 or row.sebelum != before:
                raise Finding(day.seq + 1, "the chain is broken here")
            day.take(row, digest.hex())
            before = digest
            if progress is not None and seq % PROGRESS_EVERY == 0:
                progress(seq, anchor.seq_tutup)
    except JournalCorrupt as error:
        raise Finding(day.seq + 1, str(error)) from None
    if day.seq < anchor.seq_tutup:
        raise Finding(
            day.seq + 1,
            f"missing; the anchor of {anchor.hari} knows entry {anchor.seq_tutup}: it was cut or rolled back",
        )
    day.check_sums()


class _Day:
    """What the entries up to a close say of the day."""

    def __init__(self, anchor: Anchor) -> None:
        self._anchor = anchor
        self.seq = 0  # the last entry taken
        self._known = dict(anchor.known)
        self._good = 0  # the last entry that is known to be the anchor's
        self._provinsi: dict[tuple[str, str], str] = {}
        self._sums: dict[tuple[str, str, str, str], list[int]] = {}

    def take(self, row: EntryRow, digest: str) -> None:
        """The next entry, by which hash it is known here."""
        anchor, seq = self._anchor, row.seq
        if row.kind in {"GEN", "CAB", "KDP"}:
            self._learn(open_row(row))
        if seq in self._known:
            if digest != self._known[seq]:
                one = seq - self._good == 1
                since = "it was changed" if one else f"something in {self._good + 1} to {seq} was changed"
                raise Finding(
                    seq, f"not the entry that the anchor of {anchor.hari} knows: {since}, or it is another ledger"
                )
            self._good = seq
        if anchor.seq_awal <= seq <= anchor.seq_akhir:
            self._add(row)
        elif seq == anchor.seq_tutup:
            self._check_close(open_row(row))
        self.seq = seq

    def _learn(self, entry: Entry) -> None:
        """Where places lie. The centre is in Jakarta: province 31."""
        facts: Any = entry.facts
        if entry.kind == "GEN":
            self._provinsi["DEP", "0000"] = "31"
            if facts.ledger != self._anchor.ledger:
                raise Finding(1, f"it opens ledger {facts.ledger}, and the anchor is of {self._anchor.ledger}")
        elif entry.kind == "CAB":
            self._provinsi[facts.kode_bank, facts.kode_cabang] = facts.provinsi
        else:
            self._provinsi["DEP", facts.kab_kota] = facts.provinsi

    def _add(self, row: EntryRow) -> None:
        """Count an entry by its debits; one that moves no money counts once, without a currency."""
        debits = [(line.mata_uang, line.nominal) for line in row.postings if line.nominal >= 0]
        for mata_uang, nominal in debits if row.postings else [(NO_CURRENCY, 0)]:
            provinsi = self._provinsi.get((row.bank, row.cabang), "")
            total = self._sums.setdefault((row.kind, row.bank, provinsi, mata_uang), [0, 0])
            total[0] += 1
            total[1] += nominal

    def _check_close(self, entry: Entry) -> None:
        anchor, stamp = self._anchor, entry.stamp
        said = None
        if entry.kind == "THR":
            facts: TutupHariFacts = entry.facts
            said = (*astuple(facts), stamp.waktu_us, stamp.user, stamp.penyetuju)
        told = (anchor.hari, anchor.seq_awal, anchor.seq_akhir, anchor.jumlah, anchor.terbuka, anchor.belum)
        if said != (*told, anchor.silang, anchor.waktu_us, anchor.user, anchor.penyetuju):
            raise Finding(stamp.seq, f"it does not say what the anchor of {anchor.hari} says")

    def check_sums(self) -> None:
        """Compare the anchor's totals with those of the entries. Raises Finding."""
        told = sorted(astuple(row) for row in self._anchor.jumlah)
        if told != sorted((*key, n, nominal) for key, (n, nominal) in self._sums.items()):
            raise Finding(self._anchor.seq_tutup, "its totals are not the sums of the entries of its day")
