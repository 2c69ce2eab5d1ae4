"""Are planted differences what the real match finds, each way of each class, and is the comparison strict?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evening_cures import Cure, as_found, chosen, confirmed_anew, ways
from bench.evening_report import KEYS, text
from bench.evening_verdict import BankFile, Evening, Times, expected_day, faults_of, figures, slow_of
from bench.founding import HARI
from bench.planting import CLASSES, CURES, Planted, by_class, compare, found_of, plant
from ledger.kinds.sembuh import ALLOWED
from ledger.records import origin_of
from txserver.evening.child import _difference
from txserver.settlement.csv_form import write
from txserver.settlement.host_side import HostRecord, as_confirmed
from txserver.settlement.intake import Proof, Reading, hash_file
from txserver.settlement.records import Confirmed, Expected, kepala_of
from txserver.settlement.working import WorkingStore

BANK, SETORAN = "002", 25_000_000
EXPECTED = Expected(BANK, HARI, "STA")


def deposits(count: int) -> list[HostRecord]:
    return [
        HostRecord(100 + n, f"{1_100_000_000 + n}", SETORAN, "IDR", HARI, f"{n % 7:04d}", "WS01", n // 7 + 1, n)
        for n in range(count)
    ]


def matched(folder: Path, host: list[HostRecord], confirmed: list[Confirmed]) -> Iterator[Planted]:
    """What the host's own match says of a file with these records."""
    from hashlib import sha256

    content = b"".join(write(kepala_of(EXPECTED, confirmed), confirmed))
    store = WorkingStore.open(folder / "kerja.db")
    store.take(Reading("a.csv", [content], EXPECTED, Proof(hash_file(sha256(content).digest(), "a.csv"))))
    store.load_host(BANK, HARI, "STA", host)
    store.match(BANK, HARI, "STA")
    for one in store.differences(BANK, HARI, "STA"):
        kelas, cabang, device, stan, porsi, nominal_host, nominal_bank, rrn = _difference(one)
        yield Planted(BANK, kelas, cabang, device, stan, porsi, nominal_host, nominal_bank, rrn)  # type: ignore[arg-type]
    store.close()


def test_every_way_of_every_class_is_found_as_planted(tmp_path: Path) -> None:
    host = deposits(400)
    records, planted = plant(BANK, [as_confirmed(one) for one in host], 96, random.Random(5))
    assert by_class(planted) == dict.fromkeys(CLASSES, 24)
    assert compare(planted, matched(tmp_path, host, records)) == ([], [])


def test_nothing_planted_is_nothing_found(tmp_path: Path) -> None:
    host = deposits(30)
    records, planted = plant(BANK, [as_confirmed(one) for one in host], 0, random.Random(1))
    assert (planted, list(matched(tmp_path, host, records))) == ([], [])


@given(st.integers(0, 40), st.integers(0, 9), st.integers(0, 99))
def test_as_many_are_planted_as_were_asked_for(count: int, first: int, seed: int) -> None:
    host = [as_confirmed(one) for one in deposits(40)]
    records, planted = plant(BANK, host, count, random.Random(seed), first)
    counts = by_class(planted)
    assert sum(counts.values()) == count
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len(records) == 40 - counts["HOST_ONLY"] + counts["BANK_ONLY"] + counts["DUPLICATE"]
    assert len(set(planted)) == count


def test_a_comparison_counts_each_difference() -> None:
    one = Planted(BANK, "DIFF", "0001", "WS01", 1, "1100000001", 2, 1, 7)
    other = one._replace(nominal_bank=2)
    assert compare([one, one], [one, other]) == ([other], [one])


def test_every_cure_that_the_ledger_allows_is_used() -> None:
    assert {kelas: set(cures) for kelas, cures in CURES.items()} == {
        kelas: set(cures) for kelas, cures in ALLOWED.items()
    }
    host = [as_confirmed(one) for one in deposits(400)]
    _, planted = plant(BANK, host, 96, random.Random(5))
    who = origin_of(BANK, "0000", "KP01", "B00201")
    items = [one._asdict() | {"nomor": f"SL{at:010d}", "cara": ""} for at, one in enumerate(planted)]
    cures = chosen(items, [BankFile(BANK, (who, who), host, [Path("a.csv")], planted, host)])
    assert len(cures) == 48
    assert {one.name for one in cures} == {f"{kelas} {cara}" for kelas, ways in CURES.items() for cara in ways}
    assert all(one.item["stan"] for one in cures if one.cara == "ULANG")
    assert not any(one.item["nomor_porsi"] for one in cures if one.cara == "ULANG")


def test_a_cure_fits_what_is_wrong() -> None:
    assert ways("BANK_ONLY", has_porsi=True, is_short=False) == ("BALIK",)
    assert ways("DIFF", has_porsi=True, is_short=False) == ("KOREKSI",)
    assert "TRANSFER" in ways("DIFF", has_porsi=True, is_short=True)


def test_a_repeated_request_is_compared_as_it_was_found() -> None:
    item = Planted(BANK, "BANK_ONLY", "0001", "WS01", 7, "1100000001", 0, SETORAN, 0)._asdict()
    assert as_found(item | {"cara": "ULANG"})["nomor_porsi"] == ""
    assert as_found(item | {"cara": "BALIK"})["nomor_porsi"] == "1100000001"
    assert Cure(item, "ULANG").name == "BANK_ONLY ULANG"


def test_what_was_transferred_or_put_right_is_confirmed_anew(tmp_path: Path) -> None:
    """Does the file after the cures leave no deposit of the host unconfirmed, and all the rest as it was told?"""
    host = deposits(200)
    sides = [as_confirmed(one) for one in host]
    sent, planted = plant(BANK, sides, 40, random.Random(4))
    who = origin_of(BANK, "0000", "KP01", "B00201")
    bank = BankFile(BANK, (who, who), sides, [Path("a.csv")], planted, sent)
    cures = [
        Cure(one._asdict(), {"HOST_ONLY": "TRANSFER", "DIFF": "KOREKSI"}.get(one.kelas, "BALIK")) for one in planted
    ]
    right = confirmed_anew(bank, cures)
    assert right is not None
    left = Counter(one for one in planted if one.kelas in {"BANK_ONLY", "DUPLICATE"})
    assert Counter(matched(tmp_path, host, right)) == left
    assert confirmed_anew(bank, [one for one in cures if one.cara == "BALIK"]) is None
    assert confirmed_anew(bank, [Cure(one.item | {"bank": "009"}, one.cara) for one in cures]) is None


def small() -> tuple[BankFile, list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """A bank with eight differences of which four are cured: its items, board and result as they should be."""
    host = [as_confirmed(one) for one in deposits(100)]
    sent, planted = plant(BANK, host, 8, random.Random(2))
    who = origin_of(BANK, "0000", "KP01", "B00201")
    bank = BankFile(BANK, (who, who), host, [Path("a.csv")], planted, sent)
    items: list[dict[str, Any]] = [
        one._asdict() | {"nomor": f"SL{at:010d}", "cara": ""} for at, one in enumerate(planted)
    ]
    for cure in chosen(items, [bank]):
        cure.item["cara"] = cure.cara
    board = {"bank": BANK} | expected_day(bank, items)
    times = Times({"confirm_s": 1.0, "match_s": 1.0, "close_s": 0.1, "largest_bank_s": 2.0, "cutoff_s": 0.1})
    result = figures([bank], items, times) | {
        "peak_rss_mb": 90.0,
        "peak_own_mb": 40.0,
        "inquiry_p99_ms_before": 1.0,
        "inquiry_p99_ms_during": 1.9,
        "post_p99_ms_before": 1.0,
        "post_p99_ms_during": 1.9,
        "resumed_after_kills": 0,
        "verified": True,
        "verify_s": 1.0,
        "cure_s": 0.1,
        "reconfirm_s": 0.1,
        "rematch_s": 0.1,
        "transfer_s": 0.1,
    }
    return bank, items, board, result


def test_an_evening_as_planted_has_no_fault() -> None:
    bank, items, board, result = small()
    anchor = {"terbuka": [[item["nomor"], "", "", "", 0] for item in items if not item["cara"]]}
    assert faults_of(Evening(), [bank], items, [board], anchor, result) == []
    assert board["keadaan"] == "MISMATCH"
    held = [item for item in items if item["kelas"] == "HOST_ONLY" and not item["cara"]]
    moved = {
        cara: sum(item["cara"] == cara and item["kelas"] in {"HOST_ONLY", "BANK_ONLY"} for item in items)
        for cara in ("ULANG", "BATAL")
    }
    assert board["limpah_rupiah"] == SETORAN * (100 - len(held) + moved["ULANG"] - moved["BATAL"])
    assert slow_of(Evening(), result) == []
    whole = result | {"faults": [], "slow": [], "pass": True}
    assert set(KEYS) <= whole.keys()
    assert "PASS" in text(whole)


@pytest.mark.parametrize("name", ["limpah_rupiah", "n_cocok", "n_terbuka", "n_biaya"])
def test_one_rupiah_or_one_record_off_is_a_fault(name: str) -> None:
    bank, items, board, result = small()
    board[name] += 1
    anchor = {"terbuka": [[item["nomor"]] for item in items if not item["cara"]]}
    assert [fault.split(":")[0] for fault in faults_of(Evening(), [bank], items, [board], anchor, result)] == [
        f"{BANK} {name}"
    ]


def test_what_is_not_named_not_found_or_not_killed_is_a_fault() -> None:
    bank, items, board, result = small()
    named = {"terbuka": [[item["nomor"]] for item in items if not item["cara"]]}
    assert faults_of(Evening(), [bank], items, [board], {"terbuka": []}, result)
    assert faults_of(Evening(), [bank], items, [board], named, result | {"verified": False})
    assert faults_of(Evening(kill_every=1.0), [bank], items, [board], named, result)
    less = BankFile(bank.bank, bank.head, bank.host, bank.paths, bank.planted[1:], bank.sent)
    assert any(fault.startswith("false alarm") for fault in faults_of(Evening(), [less], items, [board], named, result))
    assert any(fault.startswith("missed") for fault in faults_of(Evening(), [bank], items[1:], [board], named, result))


def test_marks_are_held() -> None:
    *_, result = small()
    slow = result | {
        "largest_bank_s": 3.1,
        "match_s": 9.5,
        "peak_rss_mb": 201.0,
        "inquiry_p99_ms_during": 10.1,
        "post_p99_ms_during": 10.1,
    }
    assert len(slow_of(Evening(), slow)) == 5
    assert len(slow_of(Evening(kill_every=1.0), slow)) == 1
    assert found_of([]) == []
