"""Is a ledger directory, closed and opened, the ledger it was?"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from errno import EIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.books import TABLES
from ledger.checkpoint import TablesEnv, advance
from ledger.codec import decode_entry
from ledger.engine import Posted, Repeat
from ledger.errors import FormatMismatch, JournalCorrupt, JournalFull, LedgerBusy, LedgerError, WitnessAhead
from ledger.journal import Journal
from ledger.kinds.bank import BankBaru
from ledger.kinds.spph import Pribadi
from ledger.store import Store
from ledger.tables import LAST
from ledger.vault import HEADER, SLOT
from ledger.witness import KNOWN_HEAD, Head, keep_head
from tests.ledger_fixtures import (
    CENTRE,
    SMALL_MAP,
    Desk,
    desk_after_founding,
    form,
    new_ledger,
    nik_of,
    open_store,
    pilgrim,
)


def rows(store: Store) -> dict[str, Any]:
    """Every row in force, whichever layer it lies in."""
    return {name: dict(table.range("", LAST)) for name, table in store.books.tables.items()}


def test_a_new_ledger_has_its_opening_entry(tmp_path: Path) -> None:
    """Is entry 1 there, and everything the directory needs, readable by its owner alone?"""
    store = Store.create(
        tmp_path / "a" / "ledger", nama="UJI", demo=True, user="OP", device="KON", waktu_us=7, map_bytes=SMALL_MAP
    )
    assert (store.journal.head, store.behind, store.opening.stamp.waktu_us) == (1, 1, 7)
    assert (store.opening.facts.nama, store.opening.facts.demo) == ("UJI", True)
    assert store.books.is_perangkat("DEP/0000/KON")
    assert sorted(item.name for item in store.path.iterdir()) == ["books", "journal", "karantina", "kunci"]
    assert {item.stat().st_mode & 0o777 for item in store.path.iterdir()} == {0o700}
    store.close()


def test_two_ledgers_are_never_the_same_ledger(tmp_path: Path) -> None:
    """Does each get an identity of its own?"""
    names = set()
    for name in ("a", "b"):
        store = Store.create(tmp_path / name, nama="UJI", demo=False, user="OP", device="K", waktu_us=0)
        names.add(store.opening.facts.ledger)
        store.close()
    assert len(names) == 2


def test_what_exists_is_not_made_anew(path: Path) -> None:
    """Is a directory that is there left alone, whatever is in it?"""
    with pytest.raises(FormatMismatch, match="exists already"):
        Store.create(path, nama="X", demo=True, user="X", device="X", waktu_us=0)
    open_store(path).close()


@pytest.mark.parametrize("way", ["tail", "checkpoint", "no books", "half"])
def test_opened_again_equals_live(opened: tuple[Store, Desk], tmp_path: Path, way: str) -> None:
    """Books from the tail, from a checkpoint, from nothing, from a point between: are they always the live ones?"""
    store, desk = opened
    store.post_batch(pilgrim(desk, 1))
    if way in {"checkpoint", "half"}:
        assert store.checkpoint() == 3
    store.post_batch(pilgrim(desk, 2) + pilgrim(desk, 3, "009/0401", urut=1))
    live, head = rows(store), (store.journal.head, store.journal.head_hash)
    copy = tmp_path / "copy"
    shutil.copytree(store.path, copy)
    if way == "no books":
        shutil.rmtree(copy / "books")
    again = open_store(copy)
    assert (rows(again), again.journal.head, again.journal.head_hash) == (live, *head)
    assert again.behind == {"tail": 9, "checkpoint": 6, "no books": 0, "half": 6}[way]
    again.close()


def test_checkpoint_changes_nothing_but_where_rows_lie(opened: tuple[Store, Desk]) -> None:
    """Are all rows the same before and after, memory empty, and is the next number the next?"""
    store, desk = opened
    store.post_batch(pilgrim(desk, 1))
    before = rows(store)
    assert (store.checkpoint(), store.checkpoint(), store.behind) == (3, 0, 0)
    assert rows(store) == before
    assert not any(table.rows for table in store.books.tables.values() if not table.is_pinned)
    assert store.post_batch(pilgrim(desk, 2))[-1].data == {"nomor_porsi": "1100000002"}


def test_a_checkpoint_by_another_process_while_posting_goes_on(opened: tuple[Store, Desk], tmp_path: Path) -> None:
    """Freeze, post, advance elsewhere, settle: is what came in between kept, and does the watermark move?"""
    store, desk = opened
    store.post_batch(pilgrim(desk, 1))
    upto = store.freeze()
    store.post_batch(pilgrim(desk, 2))
    live = rows(store)
    advanced_elsewhere(store, tmp_path, upto)
    store.settle()
    assert (store.watermark, store.behind) == (upto, 3)
    assert rows(store) == live
    assert store.checkpoint() == 3
    assert rows(store) == live


def advanced_elsewhere(store: Store, tmp_path: Path, upto: int) -> None:
    """What the host's child process does; LMDB is opened once a process, so a copy stands in for it."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(store.path, copy)
    journal = Journal.open(copy / "journal", writable=False, map_bytes=SMALL_MAP)
    advance(journal, copy / "books", upto)
    journal.close()
    store.env.close()
    shutil.copyfile(copy / "books" / "data.mdb", store.path / "books" / "data.mdb")
    store.env = TablesEnv(store.path / "books", writable=False)
    for name, table in store.books.tables.items():
        table.lay_on(store.env.below(name))


def test_a_checkpoint_that_failed_is_forgotten(opened: tuple[Store, Desk]) -> None:
    """Freeze, post, thaw: are all rows there, and can the next checkpoint be made?"""
    store, desk = opened
    store.post_batch(pilgrim(desk, 1))
    store.freeze()
    store.post_batch(pilgrim(desk, 2))
    live = rows(store)
    store.thaw()
    assert (rows(store), store.behind) == (live, 6)
    assert store.checkpoint() == 6
    assert rows(store) == live


def test_a_full_disk_leaves_nothing_half_done(opened: tuple[Store, Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    """When the map is full: is the batch gone whole, and do the same requests stand later with the same numbers?"""
    store, desk = opened
    asked, before, head = pilgrim(desk, 1), rows(store), store.journal.head

    def full(bodies: list[bytes]) -> None:
        raise JournalFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(store.journal, "append", full)
        with pytest.raises(JournalFull):
            store.post_batch(asked)
    assert (rows(store), store.journal.head, store.engine.bodies) == (before, head, [])
    outcomes = store.post_batch(asked)
    assert [outcome.seq for outcome in outcomes] == [head + 1, head + 2, head + 3]


def test_a_real_full_map_closes_the_doors_and_keeps_the_books(path: Path) -> None:
    """The same with LMDB's own limit: posted until full, then everything acknowledged is there after a restart."""
    store, desk = open_store(path), desk_after_founding()
    acked: list[Posted] = []
    small = [desk.ask(*CENTRE, BankBaru(f"{n:03d}", "N" * 40)) for n in range(10, 60)]
    big = [desk.ask(*CENTRE, BankBaru(f"X{n:02d}", "N" * 100_000)) for n in range(100)]
    with pytest.raises(JournalFull):  # noqa: PT012 - which of the batches does not fit is LMDB's affair
        for asked in (small, *([one] for one in big)):
            acked += store.post_batch(asked)
    assert len(acked) > 60
    assert [decode_entry(body).stamp.seq for seq, body in store.journal.read(acked[0].seq)] == [
        outcome.seq for outcome in acked
    ]
    store.close()
    again = open_store(store.path)
    assert again.journal.head == acked[-1].seq
    assert type(again.post_batch([big[0]])[0]) is Repeat
    again.close()


def lose_the_last_commit(store: Store) -> None:
    """As after a page of roots that was never written: what is there is older than what this process wrote."""
    store.journal.head += 3
    store.journal.head_hash = bytes(32)


@pytest.mark.parametrize("found_by", ["a batch", "a checkpoint", "a repeat"])
def test_a_commit_that_the_disk_has_lost_is_missed(found_by: str, path: Path) -> None:
    """Is nothing built on the gap, is it known at the next start, and over when the whole journal is back?"""
    store, desk = open_store(path), desk_after_founding()
    head, live = store.journal.head, rows(store)
    lose_the_last_commit(store)
    found: dict[str, Callable[[], object]] = {
        "a batch": lambda: store.post_batch(pilgrim(desk, 1)),
        "a checkpoint": store.checkpoint,
        "a repeat": lambda: store.sound(head + 3),
    }
    said = "is missing" if found_by == "a repeat" else f"was written, and the journal ends at entry {head}"
    with pytest.raises(JournalCorrupt, match=f"^entry {head + 3} {said}$"):
        found[found_by]()
    assert (rows(store), store.engine.bodies) == (live, [])
    store.close()
    with pytest.raises(WitnessAhead, match=f"{KNOWN_HEAD} knows entry {head + 3}, and the journal ends with {head}: "):
        open_store(store.path)
    known = (store.path / KNOWN_HEAD).read_bytes()
    (store.path / KNOWN_HEAD).write_bytes(known[:-9])
    with pytest.raises(JournalCorrupt, match=f"missed entries here, and what it knew cannot be read: .*{KNOWN_HEAD}"):
        open_store(store.path)
    journal = Journal.open(store.path / "journal", writable=False)
    keep_head(store.path / KNOWN_HEAD, Head(journal.ledger, head, journal.head_hash.hex()))
    journal.close()
    open_store(store.path).close()


def test_a_loss_that_cannot_be_written_down_is_told_with_it(
    opened: tuple[Store, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk that lost a commit takes nothing more: does the host stay down all the same (73)?"""
    store, desk = opened
    lose_the_last_commit(store)

    def refuse(*_: object) -> None:
        raise OSError(EIO, "Input/output error")

    monkeypatch.setattr("ledger.store.keep_head", refuse)
    with pytest.raises(JournalCorrupt, match=r"is lost; nor can that be kept: .*Input/output error"):
        store.post_batch(pilgrim(desk, 1))


def test_one_host_at_a_time(opened: tuple[Store, Desk]) -> None:
    """Is a ledger that is being written refused, and given free by close?"""
    store, _ = opened
    with pytest.raises(LedgerBusy):
        open_store(store.path)


def test_sealed_data_opens_with_the_entry_and_the_keys(opened: tuple[Store, Desk]) -> None:
    """Is the whole form in the seal, in the documented order, and none of it outside?"""
    store, desk = opened
    store.post_batch(pilgrim(desk, 1))
    store.post_batch([desk.ask("DEP/3325/K1", "P3325", form(nama="SITI AMINAH", nik="", ktp_lama="11.5.0001"))])
    body = store.journal.get(store.journal.head)
    facts = decode_entry(body).facts
    plain = msgspec.msgpack.decode(store.vault.open(facts.kunci, facts.segel, facts.nomor_spph))
    assert plain[:4] == ["SITI AMINAH", "YUSUF", "", "11.5.0001"]
    assert len(plain) == len(Pribadi.__struct_fields__)
    everything = b"".join(body for _, body in store.journal.read())
    for secret in (b"SITI", b"AMINAH", b"11.5.0001", b"AHMAD", nik_of(1).encode(), b"VETERAN"):
        assert secret not in everything, secret
    assert b"BANK RAKYAT" in everything, "control: the search finds what is in clear"


def test_an_old_slot_file_is_refused(path: Path) -> None:
    """Is a key file restored from before some forms were sealed named, and not filled up with other keys?"""
    store = open_store(path)
    desk = Desk("2004-05-03", 1_083_550_000_000_000)
    store.post_batch([desk.ask("DEP/3325/K1", "P3325", form())])
    store.close()
    slots = path / "kunci" / "slot.dat"
    content = slots.read_bytes()
    slots.write_bytes(content[: len(HEADER)])
    with pytest.raises(FormatMismatch, match="0 key slots for 1 sealed forms"):
        open_store(path)
    assert slots.read_bytes() == content[: len(HEADER)]
    slots.write_bytes(content[: len(HEADER) + SLOT])
    open_store(path).close()


@pytest.mark.parametrize("missing", ["journal/data.mdb", "kunci/induk.key", "kunci/slot.dat"])
def test_a_directory_that_misses_something_is_refused_and_let_go(path: Path, missing: str) -> None:
    """Is the part named, and can the mended ledger be opened at once, in the same process?"""
    kept = (path / missing).read_bytes()
    (path / missing).unlink()
    with pytest.raises(LedgerError, match=r"journal|induk|slot"):
        open_store(path)
    (path / missing).write_bytes(kept)
    (path / missing).chmod(0o600)
    open_store(path).close()


def test_keys_may_lie_elsewhere(path: Path, tmp_path: Path) -> None:
    """Does a ledger open with its keys on another disk?"""
    (path / "kunci").rename(tmp_path / "kunci")
    with pytest.raises(FormatMismatch):
        open_store(path)
    Store.open(path, keys=tmp_path / "kunci", map_bytes=SMALL_MAP).close()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Is everything that is not chance handed in? (simulation stands on it)"""
    heads = []
    for name in ("a", "b"):
        store = Store.open(new_ledger(tmp_path / name), random=random.Random(9).randbytes, map_bytes=SMALL_MAP)
        store.post_batch(pilgrim(Desk("2004-05-03", 1_083_550_000_000_000), 1))
        heads.append(store.journal.head_hash)
        store.close()
    assert heads[0] == heads[1]


def test_every_table_is_in_the_environment(opened: tuple[Store, Desk]) -> None:
    """Is no table of the books forgotten below?"""
    store, _ = opened
    assert store.env.databases.keys() == {*TABLES, "meta"}
