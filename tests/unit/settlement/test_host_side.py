"""What does the host say of a bank and day? Against a plain definition: go through the whole journal and remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.codec import decode_entry, encode, hash_entry
from ledger.errors import JournalCorrupt
from ledger.ketentuan import IDR
from tests.evening_fixtures import full_bodies
from tests.ledger_fixtures import HARI, rows_of
from txserver.settlement.host_side import HostRecord, Reversed, as_confirmed, day_start, granted, host_records

DAYS = ("2004-05-01", "2004-05-03", "2004-05-04", "2004-06-01")
BANKS = ("002", "009")
POSITION = {"seq": 1, "kind": 3, "waktu_us": 4, "hari": 5, "bank": 6, "cabang": 7, "facts": 13}
TEMPLATE = {row[3]: row for row in rows_of(full_bodies())}
"""An entry of every kind, as it is stored."""


class MadeJournal:
    """Entries in memory, read as `ledger.journal.Journal` is, and counted."""

    def __init__(self, bodies: list[bytes]) -> None:
        self.bodies = bodies
        self.head = len(bodies)
        self.n_read = 0

    def get(self, seq: int) -> bytes | None:
        return self.bodies[seq - 1] if 0 < seq <= len(self.bodies) else None

    def sound(self, seq: int) -> bytes:
        body = self.get(seq)
        if body is None:
            raise JournalCorrupt(f"entry {seq} is missing")
        return body

    def read(self, start: int = 1, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        for seq in range(start, stop or self.head + 1):
            self.n_read += 1
            yield seq, self.bodies[seq - 1]


def stored(kind: str, seq: int, hari: str, bank: str, facts: list[Any]) -> bytes:
    """An entry like the one of that kind there is, with facts of its own."""
    row = [*TEMPLATE[kind]]
    row[POSITION["seq"]], row[POSITION["hari"]], row[POSITION["bank"]] = seq, hari, bank
    row[POSITION["facts"]] = facts
    return encode(row)


@st.composite
def journals(draw: st.DrawFn) -> tuple[MadeJournal, list[tuple[str, Any]]]:
    """Entries on rising days: deposits of two banks, corrections of the same day, cancellations of any later one,
    other kinds between; and the same as plain values.
    """
    bodies: list[bytes] = []
    plain: list[tuple[str, Any]] = []
    live: list[tuple[int, str, str]] = []
    for hari in DAYS:
        for act in draw(st.lists(st.sampled_from(["STA", "STA", "KOR", "BTP", "SPT", "KFT"]), max_size=12)):
            seq, bank = len(bodies) + 1, draw(st.sampled_from(BANKS))
            if act == "STA":
                spph = draw(st.sampled_from(["3325", "3374"])) + f"{seq:07d}"
                bodies.append(stored("STA", seq, hari, bank, [f"11{seq:08d}", spph, "x", 20_000_000 + seq]))
                live.append((seq, hari, bank))
                plain.append(("STA", (seq, hari, bank, spph[:4], 20_000_000 + seq)))
                continue
            mine = [one for one in live if act == "BTP" or one[1] == hari]
            if act in {"KOR", "BTP"} and mine:
                one = draw(st.sampled_from(mine))
                live.remove(one)
                of, day, owner = one
                spph = next(value[3] for kind, value in plain if kind == "STA" and value[0] == of) + f"{of:07d}"
                money, porsi = 20_000_000 + of, f"11{of:08d}"
                told = [porsi, spph, "x", money, of]
                more = ["salah"] if act == "KOR" else [owner, "0101", day, "SL0000000001", "tanpa dana"]
                bodies.append(stored(act, seq, hari, owner if act == "KOR" else "DEP", [*told, *more]))
                plain.append((act, (seq, of, day, owner)))
            else:
                other = "SPT" if act in {"KOR", "BTP"} else act
                row = [*TEMPLATE[other]]
                row[POSITION["seq"]], row[POSITION["hari"]], row[POSITION["bank"]] = seq, hari, bank
                bodies.append(encode(row))
    return MadeJournal(bodies), plain


def by_definition(plain: list[tuple[str, Any]], bank: str, hari: str) -> tuple[list[int], dict[int, int]]:
    """Every deposit of a bank and day, and the entry that ended it, for those that were ended at any time."""
    deposits = [value[0] for kind, value in plain if kind == "STA" and value[1:3] == (hari, bank)]
    ended = {value[1]: value[0] for kind, value in plain if kind in {"KOR", "BTP"} and value[2:4] == (hari, bank)}
    return deposits, ended


@given(made=journals(), hari=st.sampled_from([*DAYS, "2004-04-30", "2004-05-02", "2004-07-01"]))
def test_it_is_what_the_whole_journal_says(made: tuple[MadeJournal, list[tuple[str, Any]]], hari: str) -> None:
    journal, plain = made
    for bank in BANKS:
        deposits, ended = by_definition(plain, bank, hari)
        batal = [value[0] for kind, value in plain if kind == "BTP" and value[2:4] == (hari, bank)]
        found = list(host_records(journal, bank, hari, batal))  # type: ignore[arg-type]
        assert [one.seq for one in found if isinstance(one, HostRecord)] == deposits
        gone = {one.seq_asal: one.seq for one in found if isinstance(one, Reversed)}
        assert gone == ended
        assert len(found) == len(deposits) + len(ended), "each is told once"
        assert [one.seq for one in found] == sorted(one.seq for one in found)
        for one in found:
            if isinstance(one, HostRecord):
                entry = decode_entry(journal.bodies[one.seq - 1])
                assert (one.hari, one.mata_uang, one.nominal) == (hari, IDR, 20_000_000 + one.seq)
                assert (one.nomor_porsi, one.kab_kota) == (entry.facts.nomor_porsi, entry.facts.nomor_spph[:4])
                assert (one.cabang, one.device, one.stan) == (entry.stamp.cabang, entry.stamp.device, entry.stamp.stan)
            else:
                assert (one.nominal, one.kind) == (20_000_000 + one.seq_asal, dict(kinds_of(plain))[one.seq])


def kinds_of(plain: list[tuple[str, Any]]) -> Iterator[tuple[int, str]]:
    return ((value[0], kind) for kind, value in plain)


@given(made=journals(), hari=st.sampled_from(DAYS))
def test_a_cancellation_of_a_later_day_is_found_by_its_number_alone(
    made: tuple[MadeJournal, list[tuple[str, Any]]], hari: str
) -> None:
    """Without the books' word only what stands in the day itself is seen; and the later days are not read."""
    journal, plain = made
    for bank in BANKS:
        _, ended = by_definition(plain, bank, hari)
        same_day = {of: seq for of, seq in ended.items() if decode_entry(journal.bodies[seq - 1]).stamp.hari == hari}
        journal.n_read = 0
        found = list(host_records(journal, bank, hari))  # type: ignore[arg-type]
        assert {one.seq_asal: one.seq for one in found if isinstance(one, Reversed)} == same_day
        of_day = sum(decode_entry(body).stamp.hari == hari for body in journal.bodies)
        assert journal.n_read <= of_day + 1


@given(made=journals())
def test_numbers_that_are_no_cancellation_of_that_day_change_nothing(
    made: tuple[MadeJournal, list[tuple[str, Any]]],
) -> None:
    """Are the numbers checked against the entries themselves?"""
    journal, plain = made
    every = range(1, journal.head + 1)
    for bank in BANKS:
        for hari in DAYS:
            _, ended = by_definition(plain, bank, hari)
            found = list(host_records(journal, bank, hari, every))  # type: ignore[arg-type]
            assert {one.seq_asal: one.seq for one in found if isinstance(one, Reversed)} == ended


@given(made=journals(), hari=st.sampled_from([*DAYS, "2004-01-01", "2004-05-02", "2005-01-01"]))
def test_the_day_begins_at_its_first_entry(made: tuple[MadeJournal, list[tuple[str, Any]]], hari: str) -> None:
    journal, _ = made
    days = [decode_entry(body).stamp.hari for body in journal.bodies]
    wanted = next((seq for seq, day in enumerate(days, 1) if day >= hari), journal.head + 1)
    assert day_start(journal, hari) == wanted  # type: ignore[arg-type]


@given(made=journals(), bulan=st.sampled_from(["2004-04", "2004-05", "2004-06"]))
def test_the_fee_counts_porsi_granted(made: tuple[MadeJournal, list[tuple[str, Any]]], bulan: str) -> None:
    """By day, those that were ended since included."""
    journal, plain = made
    for bank in BANKS:
        wanted = Counter(
            value[1] for kind, value in plain if kind == "STA" and value[2] == bank and value[1].startswith(bulan)
        )
        assert granted(journal, bank, bulan) == wanted  # type: ignore[arg-type]


def test_an_entry_that_is_missing_is_told() -> None:
    journal = MadeJournal([stored("STA", 1, HARI, "002", ["1100000001", "33250000001", "x", 1])])
    with pytest.raises(JournalCorrupt, match="entry 9 is missing"):
        list(host_records(journal, "002", HARI, [9]))  # type: ignore[arg-type]
    journal.head = 5
    with pytest.raises(JournalCorrupt, match="is missing"):
        day_start(journal, "2005-01-01")  # type: ignore[arg-type]


def test_the_hour_of_a_record_is_wib() -> None:
    one = HostRecord(7, "1100000001", 1, IDR, HARI, "0101", "T1", 3, 1_083_546_012_999_999, "3325")
    assert as_confirmed(one).waktu == "08:00:12"
    assert as_confirmed(replace(one, waktu_us=1_083_546_000_000_000 + 16 * 3_600_000_000)).waktu == "00:00:00"


def test_the_made_entries_are_like_stored_ones() -> None:
    """Control: do the templates read back as entries with a hash?"""
    assert {"STA", "KOR", "BTP", "SPT", "KFT"} <= set(TEMPLATE)
    body = stored("STA", 3, HARI, "009", ["1100000001", "33250000001", "x", 5])
    assert decode_entry(body).facts.nominal_rupiah == 5
    assert len(hash_entry(body)) == 32
