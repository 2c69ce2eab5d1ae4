"""Is a backup whole, and a restored ledger the one that was backed up, up to any entry?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.backup import NOTE, backup, restore
from ledger.checkpoint import TablesEnv
from ledger.codec import decode_entry, hash_entry
from ledger.errors import FormatMismatch, JournalCorrupt, UnsafeSetting, WitnessAhead
from ledger.journal import Journal
from ledger.store import Store
from ledger.vault import HEADER, SLOT
from ledger.verify import check_books, verify
from ledger.witness import KNOWN_HEAD, Anchor, Head, keep_head, sign
from tests.ledger_fixtures import new_store, open_store, pilgrim

NOW_US = 1_083_546_000_000_000


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with four pilgrims, its books two of them behind."""
    path = tmp_path_factory.mktemp("backup") / "ledger"
    with new_store(path) as (store, desk):
        store.post_batch(pilgrim(desk, 1) + pilgrim(desk, 1, "002/0201"))
        store.checkpoint()
        store.post_batch(pilgrim(desk, 2) + pilgrim(desk, 2, "002/0201"))
    (path / "konfirmasi").mkdir()
    (path / "konfirmasi" / "ab12").write_bytes(b"berkas bank")
    (path / "laporan" / "2004-05-03").mkdir(parents=True)
    return path


def bodies(path: Path) -> list[bytes]:
    journal = Journal.open(path / "journal", writable=False)
    found = [body for _, body in journal.read()]
    journal.close()
    return found


def names_open(path: Path) -> int:
    """Forms whose seal opens with the keys of this ledger."""
    store = open_store(path)
    opened = 0
    for _, body in store.journal.read():
        entry = decode_entry(body)
        if entry.kind == "SPT":
            store.vault.open(entry.facts.kunci, entry.facts.segel, entry.facts.nomor_spph)
            opened += 1
    store.close()
    return opened


def holds(path: Path) -> bool:
    """Whether chain, numbering and balances hold, and the stored books are the derived ones, at the head."""
    journal = Journal.open(path / "journal", writable=False)
    env = TablesEnv(path / "books", writable=False)
    books = check_books(journal, env)
    good = verify(journal).verified and books.verified and books.watermark == journal.head
    env.close()
    journal.close()
    return good


@pytest.mark.parametrize("compact", [False, True])
def test_a_restored_backup_is_the_ledger(ledger: Path, tmp_path: Path, compact: bool) -> None:
    note = backup(ledger, tmp_path / "b", NOW_US, compact=compact)
    assert note.entri == len(bodies(ledger))
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"journal", "kunci", "karantina", "konfirmasi", NOTE}
    report = restore(tmp_path / "b", tmp_path / "r")
    assert (report.entries, report.head) == (note.entri, note.kepala)
    assert bodies(tmp_path / "r") == bodies(ledger)
    assert (tmp_path / "r" / "konfirmasi" / "ab12").read_bytes() == b"berkas bank"
    assert holds(tmp_path / "r")
    assert names_open(tmp_path / "r") == 4
    for path in (tmp_path / "r").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.name == "lock.mdb", path


def test_a_restored_ledger_goes_on_with_keys_of_its_own(ledger: Path, tmp_path: Path) -> None:
    """Slots after the last form are made anew: the lost ledger may have given them to other people."""
    restore(ledger, tmp_path / "r")
    before = (ledger / "kunci" / "slot.dat").read_bytes()
    used = len(HEADER) + 4 * SLOT
    assert (tmp_path / "r" / "kunci" / "slot.dat").read_bytes() == before[:used]
    open_store(tmp_path / "r", seed=7).close()
    after = (tmp_path / "r" / "kunci" / "slot.dat").read_bytes()
    assert after[:used] == before[:used]
    assert after[used : used + SLOT] != before[used : used + SLOT]


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_up_to_any_entry(ledger: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Entries 1 to N byte for byte, books derived from them, and a mark that keeps a host from it."""
    whole = bodies(ledger)
    upto = data.draw(st.integers(1, len(whole)))
    part = tmp_path_factory.mktemp("part") / "p"
    restore(ledger, part, upto=upto)
    assert bodies(part) == whole[:upto]
    assert holds(part)
    with pytest.raises(UnsafeSetting, match=f"PART: entries 1 to {upto} of {len(whole)}, not to be served"):
        Store.open(part)


def test_a_part_that_may_be_served_says_so_for_ever(ledger: Path, tmp_path: Path) -> None:
    restore(ledger, tmp_path / "p", upto=40, serve=True)
    store = open_store(tmp_path / "p")
    assert str(store.journal.potongan) == f"PART: entries 1 to 40 of {len(bodies(ledger))}, to be served"
    store.close()
    backup(tmp_path / "p", tmp_path / "b", NOW_US)
    restore(tmp_path / "b", tmp_path / "r")
    journal = Journal.open(tmp_path / "r" / "journal", writable=False)
    assert journal.potongan is not None
    journal.close()


def test_what_a_host_has_missed_goes_with_its_ledger(ledger: Path, tmp_path: Path) -> None:
    """Neither a copy nor its restoration is served without the entries; a part is somebody's decision to go on."""
    head = len(bodies(ledger))
    shutil.copytree(ledger, tmp_path / "d")
    keep_head(tmp_path / "d" / KNOWN_HEAD, Head(anchor_of(ledger, head).ledger, head + 3, "ab" * 32))
    backup(tmp_path / "d", tmp_path / "b", NOW_US)
    restore(tmp_path / "b", tmp_path / "r")
    with pytest.raises(WitnessAhead, match=f"{KNOWN_HEAD} knows entry {head + 3}, .* the disk has lost the rest"):
        Store.open(tmp_path / "r")
    restore(tmp_path / "b", tmp_path / "p", upto=head, serve=True)
    open_store(tmp_path / "p").close()


def test_what_is_good_of_a_damaged_journal_can_be_had(ledger: Path, tmp_path: Path) -> None:
    """Whole it is refused; up to the entry before the damage it is restored."""
    shutil.copytree(ledger, tmp_path / "d")
    file = tmp_path / "d" / "journal" / "data.mdb"
    at = len(bodies(ledger)) - 1
    file.write_bytes(file.read_bytes().replace(bodies(ledger)[at - 1][-40:], b"\0" * 40))
    with pytest.raises(JournalCorrupt):
        restore(tmp_path / "d", tmp_path / "r")
    with pytest.raises(JournalCorrupt):
        backup(tmp_path / "d", tmp_path / "b", NOW_US)
    assert not list(tmp_path.glob("*.part"))
    restore(tmp_path / "d", tmp_path / "r", upto=at - 1)
    assert bodies(tmp_path / "r") == bodies(ledger)[: at - 1]


def test_nothing_is_written_over(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(FormatMismatch, match="exists already"):
        backup(ledger, tmp_path / "there", NOW_US)
    with pytest.raises(FormatMismatch, match="exists already"):
        restore(ledger, tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []


def test_parts_of_two_backups_are_told_apart(ledger: Path, tmp_path: Path) -> None:
    """A younger journal in an older backup, and keys that do not open it."""
    backup(ledger, tmp_path / "b", NOW_US)
    note = json.loads((tmp_path / "b" / NOTE).read_text())
    (tmp_path / "b" / NOTE).write_text(json.dumps(note | {"entri": note["entri"] - 1}))
    with pytest.raises(FormatMismatch, match="is not the one of"):
        restore(tmp_path / "b", tmp_path / "r")
    with new_store(tmp_path / "other") as (_, _):
        pass
    (tmp_path / "other" / "kunci" / "indeks.key").write_bytes(bytes(32))
    (tmp_path / "other" / "kunci" / "slot.dat").write_bytes(HEADER)
    with pytest.raises(FormatMismatch, match="0 key slots for 4 sealed forms"):
        restore(ledger, tmp_path / "r", keys=tmp_path / "other" / "kunci")
    (tmp_path / "other" / "kunci" / "slot.dat").write_bytes(HEADER + b"x" * 8 * SLOT)
    with pytest.raises(JournalCorrupt, match="does not open"):
        restore(ledger, tmp_path / "r", keys=tmp_path / "other" / "kunci")
    assert not (tmp_path / "r").exists()


def test_keys_may_lie_apart(ledger: Path, tmp_path: Path) -> None:
    backup(ledger, tmp_path / "b", NOW_US, keys_dest=tmp_path / "safe")
    assert not (tmp_path / "b" / "kunci").exists()
    restore(tmp_path / "b", tmp_path / "r", keys=tmp_path / "safe")
    assert names_open(tmp_path / "r") == 4


def anchor_of(ledger: Path, seq: int) -> Anchor:
    """An anchor as that of a day which entry `seq` had closed."""
    found = bodies(ledger)
    known = decode_entry(found[0]).facts.ledger
    digest = hash_entry(found[seq - 1]).hex()
    return Anchor(
        "siskohat-jangkar", 1, known, "UJI", True, "2004-05-03", 1, hash_entry(found[0]).hex(), seq - 1,
        hash_entry(found[seq - 2]).hex(), seq, digest, 0, "A", "B", (), (), (), (), "kunci",
    )  # fmt: skip


def test_an_older_backup_than_an_anchor_is_told(ledger: Path, tmp_path: Path) -> None:
    """The anchor of a day that the backup has not got, kept by a bank: nothing is made."""
    key = Ed25519PrivateKey.generate()
    head = len(bodies(ledger))
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "2004-05-03.json").write_bytes(sign(anchor_of(ledger, head), key))
    restore(ledger, tmp_path / "old", upto=head - 1, serve=True)
    backup(tmp_path / "old", tmp_path / "b", NOW_US)
    with pytest.raises(WitnessAhead, match=f"knows entry {head}, and the journal ends with {head - 1}"):
        restore(tmp_path / "b", tmp_path / "r", anchors=kept)
    assert not (tmp_path / "r").exists()
    backup(ledger, tmp_path / "new", NOW_US)
    assert restore(tmp_path / "new", tmp_path / "r", anchors=kept).entries == head


def test_a_part_keeps_the_anchors_of_its_own_days(ledger: Path, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    shutil.copytree(ledger, tmp_path / "l")
    folder = tmp_path / "l" / "jangkar"
    folder.mkdir()
    for hari, seq in (("2004-05-03", 40), ("2004-05-04", 45)):
        (folder / f"{hari}.json").write_bytes(sign(anchor_of(ledger, seq), key))
        (folder / f"{hari}.txt").write_text("page")
    restore(tmp_path / "l", tmp_path / "p", upto=44)
    assert {path.name for path in (tmp_path / "p" / "jangkar").iterdir()} == {"2004-05-03.json", "2004-05-03.txt"}
    backup(tmp_path / "l", tmp_path / "b", NOW_US)
    restore(tmp_path / "b", tmp_path / "r")
    assert len(list((tmp_path / "r" / "jangkar").iterdir())) == 4
