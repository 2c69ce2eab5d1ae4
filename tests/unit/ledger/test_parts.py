"""Are parts that were cut short, or are another ledger's, refused at the start, and by name?"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from ledger.errors import FormatMismatch
from ledger.vault import HEADER, SLOT
from tests.ledger_fixtures import desk_after_founding, form, new_ledger, office, open_store, pilgrim
from tests.proof.rot import PAGE

EXIT_DAMAGED = 73


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with a pilgrim, whose form is in the journal's tail alone."""
    store, desk = open_store(new_ledger(tmp_path / "ledger")), desk_after_founding()
    store.post_batch(pilgrim(desk))
    store.close()
    return tmp_path / "ledger"


@pytest.mark.parametrize("name", ["journal", "books"])
def test_a_file_of_any_shorter_length_is_refused(path: Path, name: str) -> None:
    """Is it an error that says so, and never the end of the process by SIGBUS?"""
    file = path / name / "data.mdb"
    whole = file.read_bytes()
    refused = 0
    for size in range(0, len(whole), PAGE // 2):
        file.write_bytes(whole[:size])
        with pytest.raises(FormatMismatch) as told:
            open_store(path)
        assert told.value.exit_code == EXIT_DAMAGED
        refused += "cut short" in str(told.value)
    file.write_bytes(whole)
    open_store(path).close()
    assert refused >= 4


def test_a_file_that_ends_before_pages_nobody_uses_is_served(path: Path) -> None:
    """Is a journal served whose last pages were given out and taken back, and so never written?"""
    file = path / "journal" / "data.mdb"
    raw = bytearray(file.read_bytes())
    last = len(raw) // PAGE - 1
    newer = max((0, 1), key=lambda number: raw[number * PAGE + 144 : number * PAGE + 152][::-1])
    at = newer * PAGE + 136
    assert int.from_bytes(raw[at : at + 8], "little") == last, "the layout of a page of roots"
    raw[at : at + 8] = (last + 1).to_bytes(8, "little")
    file.write_bytes(raw)
    store = open_store(path)
    assert store.journal.head
    store.close()


@pytest.mark.parametrize(("name", "why"), [("induk.key", "no form opens"), ("indeks.key", "indeks.key is not")])
@pytest.mark.parametrize("checkpointed", [False, True])
def test_a_key_of_another_ledger_is_refused(path: Path, name: str, why: str, checkpointed: bool) -> None:
    """Is it said before the first request is taken under it, wherever the forms lie?"""
    if checkpointed:
        store = open_store(path)
        store.checkpoint()
        store.close()
    file = path / "kunci" / name
    right = file.read_bytes()
    file.write_bytes(random.Random(4).randbytes(len(right)))
    with pytest.raises(FormatMismatch, match=why) as told:
        open_store(path)
    assert told.value.exit_code == EXIT_DAMAGED
    file.write_bytes(right)
    open_store(path).close()


def test_slots_of_another_ledger_are_refused(path: Path) -> None:
    """And the slots, which are as many as there should be?"""
    slots = path / "kunci" / "slot.dat"
    right = slots.read_bytes()
    slots.write_bytes(HEADER + random.Random(5).randbytes(len(right) - len(HEADER)))
    with pytest.raises(FormatMismatch, match="no form opens"):
        open_store(path)


def test_one_person_who_was_forgotten_keeps_nobody_out(path: Path) -> None:
    """Is a destroyed key no wrong key, alone and beside one that is not destroyed?"""
    slots = path / "kunci" / "slot.dat"
    handle = os.open(slots, os.O_WRONLY)
    os.pwrite(handle, bytes(SLOT), len(HEADER))
    os.close(handle)
    store, desk = open_store(path), desk_after_founding()
    desk.stan[office("3325")[0], desk.hari] = 9
    store.post_batch([desk.ask(*office("3325"), form(nik="3325011205500777"))])
    store.close()
    open_store(path).close()
    (path / "kunci" / "induk.key").write_bytes(random.Random(6).randbytes(32))
    with pytest.raises(FormatMismatch, match="no form opens"):
        open_store(path)


def test_a_ledger_without_forms_takes_the_keys_it_finds(tmp_path: Path) -> None:
    """Nothing is sealed yet: is there nothing that a key could be wrong for?"""
    path = new_ledger(tmp_path / "ledger")
    (path / "kunci" / "induk.key").write_bytes(random.Random(7).randbytes(32))
    store = open_store(path)
    assert store.books.kunci_next() == 0
    store.close()
