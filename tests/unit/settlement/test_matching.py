"""Does the matching find every difference and nothing else, whatever the totals, and as often as it is asked?"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatMismatch
from txserver.settlement import csv_form
from txserver.settlement.examples import WRITERS
from txserver.settlement.host_side import HostRecord, Reversed, as_confirmed
from txserver.settlement.intake import Proof, Reading, hash_file, proof_beside, read_path
from txserver.settlement.matching import BANK_ONLY, DIFF, DUPLICATE, HOST_ONLY, BranchLine, Difference
from txserver.settlement.records import GANTI, TAMBAH, Confirmed, Expected, Rejected, kepala_of
from txserver.settlement.reports import Settlement, uang
from txserver.settlement.working import SEEN, TAKEN, Taken, WorkingStore

ROUND = ("002", "2004-05-20", "STA")
EXPECTED = Expected(*ROUND)
PAID = 20_000_000
SEQ = 1_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WorkingStore]:
    opened = WorkingStore.open(tmp_path / "kerja.sqlite")
    yield opened
    opened.close()


def deposit(number: int, cabang: str) -> HostRecord:
    """Deposit `number` of the day, at 08:00 WIB and after."""
    waktu_us = (1_085_014_800 + number) * 1_000_000
    return HostRecord(
        SEQ + number, f"11{number:08d}", PAID, "IDR", ROUND[1], cabang, f"W{cabang}", 1 + number, waktu_us
    )


def content_of(sent: list[Confirmed], cara: str = GANTI) -> bytes:
    return b"".join(csv_form.write(kepala_of(EXPECTED, sent, cara), sent))


def reading(content: bytes, name: str = "a.csv") -> Reading:
    return Reading(name, [content], EXPECTED, Proof(hash_file(sha256(content).digest(), name)))


def take(store: WorkingStore, sent: list[Confirmed], cara: str = GANTI, name: str = "a.csv") -> Taken:
    return store.take(reading(content_of(sent, cara), name))


def seen(store: WorkingStore) -> tuple[list[BranchLine], list[Difference], int]:
    """All a round shows: what may not change when nothing was taken in."""
    return store.branches(*ROUND), list(store.differences(*ROUND)), len(store.files(*ROUND))


# --- the worked example ----------------------------------------------------------------------------------------------


def worked_example() -> tuple[list[HostRecord], list[Confirmed]]:
    """497 deposits on either side; 0102 has one the host does not know, 0103 one the bank does not."""
    branches = ["0101"] * 214 + ["0102"] * 186 + ["0103"] * 97
    host = [deposit(number, cabang) for number, cabang in enumerate(branches)]
    bank = [as_confirmed(one) for one in host[:-1]]
    bank.append(Confirmed("", PAID, "IDR", ROUND[1], "0102", 900_001, 0, "14:58:41", "******9002", "W0102"))
    return host, bank


def test_the_worked_example_comes_out_to_the_rupiah(store: WorkingStore) -> None:
    host, bank = worked_example()
    assert store.load_host(*ROUND, host) == 497
    assert take(store, bank).kepala == kepala_of(EXPECTED, bank)
    lines = store.match(*ROUND)
    assert lines == store.branches(*ROUND) == [
        BranchLine("0101", 214, 4_280_000_000, 214, 4_280_000_000, 214, 0, 0, 0, 0, 0),
        BranchLine("0102", 186, 3_720_000_000, 187, 3_740_000_000, 186, 0, 1, 0, 0, 0),
        BranchLine("0103", 97, 1_940_000_000, 96, 1_920_000_000, 96, 1, 0, 0, 0, 0),
    ]  # fmt: skip
    report = Settlement("002", "BANK CONTOH", ROUND[1], "STA", lines, store.files(*ROUND))
    total = report.sum
    assert (total.host_n, total.host_total) == (total.bank_n, total.bank_total) == (497, 9_940_000_000)
    assert not report.is_agreed
    bank_only, host_only = store.differences(*ROUND)
    assert (bank_only.kelas, bank_only.cabang, bank_only.bank_stan, bank_only.bank_waktu) == (
        BANK_ONLY, "0102", 900_001, "14:58:41",
    )  # fmt: skip
    assert bank_only.host_seq is None
    assert (host_only.kelas, host_only.cabang, host_only.host_seq) == (HOST_ONLY, "0103", host[-1].seq)
    assert uang(report.granted * report.biaya_usd_sen, "USD") == "1.242,50"


def test_the_worked_example_after_its_cures(store: WorkingStore) -> None:
    """The branch repeats its request (same STAN) and gets a porsi; the bank transfers and confirms with TAMBAH."""
    host, bank = worked_example()
    late = msgspec.structs.replace(deposit(497, "0102"), stan=900_001)
    store.load_host(*ROUND, [*host, late])
    take(store, bank)
    take(store, [as_confirmed(host[-1])], TAMBAH, "b.csv")
    report = Settlement("002", "BANK CONTOH", ROUND[1], "STA", store.match(*ROUND), [])
    assert report.is_agreed
    assert list(store.differences(*ROUND)) == []
    assert (report.sum.host_n, report.sum.host_total, report.sum.both) == (498, 9_960_000_000, 498)
    assert (report.sum.bank_n, report.sum.bank_total) == (498, 9_960_000_000)
    assert uang(report.granted * report.biaya_usd_sen, "USD") == "1.245,00"


# --- planted differences ---------------------------------------------------------------------------------------------

FATES = (
    "both", "both, answer lost", "both, bank tells little", "host only", "amount", "branch", "stan", "porsi",
    "amount, answer lost", "twice", "twice without porsi", "reversed", "reversed, still at the bank",
)  # fmt: skip

Found = tuple[str, int | None, str]


def planted(fate: str, one: HostRecord) -> tuple[list[Confirmed], list[Confirmed], list[Found]]:
    """What the bank sends for a deposit, what it adds in a second file, and what must be found."""
    sent = as_confirmed(one)
    change = msgspec.structs.replace
    outcomes: dict[str, tuple[list[Confirmed], list[Confirmed], list[Found]]] = {
        "both": ([sent], [], []),
        "both, answer lost": ([change(sent, nomor_porsi="", rrn=0)], [], []),
        "both, bank tells little": ([change(sent, stan=0, device="", waktu="")], [], []),
        "host only": ([], [], [(HOST_ONLY, one.seq, "")]),
        "amount": ([change(sent, nominal=PAID + 1)], [], [(DIFF, one.seq, "nominal")]),
        "branch": ([change(sent, cabang="0199")], [], [(DIFF, one.seq, "cabang")]),
        "stan": ([change(sent, stan=sent.stan + 500_000)], [], [(DIFF, one.seq, "stan")]),
        "porsi": ([change(sent, nomor_porsi=f"99{one.seq:08d}")], [], [(DIFF, one.seq, "nomor_porsi")]),
        "amount, answer lost": (
            [change(sent, nomor_porsi="", rrn=0, nominal=1)], [], [(DIFF, one.seq, "nominal")],
        ),
        "twice": ([sent], [sent], [(DUPLICATE, one.seq, "")]),
        "twice without porsi": ([sent], [change(sent, nomor_porsi="", rrn=0)], [(DUPLICATE, one.seq, "")]),
        "reversed": ([], [], []),
        "reversed, still at the bank": ([sent], [], [(BANK_ONLY, one.seq, "")]),
    }  # fmt: skip
    return outcomes[fate]


@given(
    fates=st.lists(st.sampled_from(FATES), max_size=25),
    foreign=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
)
def test_planted_differences_are_found_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, fates: list[str], foreign: int, order: object
) -> None:
    host: list[HostRecord | Reversed] = []
    first, second, wanted = [], [], []
    for number, fate in enumerate(fates):
        one = deposit(number, f"010{number % 3 + 1}")
        host.append(one)
        sent, added, found = planted(fate, one)
        first += sent
        second += added
        wanted += found
    host += [
        Reversed(SEQ + 100 + number, SEQ + number, PAID)
        for number, fate in enumerate(fates)
        if fate.startswith("reversed")
    ]
    for number in range(foreign):
        first.append(Confirmed(f"88{number:08d}", PAID, "IDR", ROUND[1], "0102", 700_000 + number, 0))
        wanted.append((BANK_ONLY, None, ""))
    order.shuffle(first)  # type: ignore[attr-defined]
    store = WorkingStore.open(tmp_path_factory.mktemp("kerja") / "kerja.sqlite")
    store.load_host(*ROUND, host)
    take(store, first)
    if second:
        take(store, second, TAMBAH, "b.csv")
    lines = store.match(*ROUND)
    differences = list(store.differences(*ROUND))
    assert sorted(map(str, ((one.kelas, one.host_seq, one.field) for one in differences))) == sorted(map(str, wanted))
    for line in lines:
        assert line.both + line.host_only + line.diff == line.host_n
    assert sum(line.host_n for line in lines) == sum(not fate.startswith("reversed") for fate in fates)
    assert sum(line.bank_n for line in lines) == len(first) + len(second)
    assert sum(line.bank_total for line in lines) == sum(one.nominal for one in first + second)
    assert store.match(*ROUND) == lines
    store.close()


# --- files -----------------------------------------------------------------------------------------------------------


def test_ganti_replaces_and_tambah_adds(store: WorkingStore) -> None:
    host = [deposit(number, "0101") for number in range(4)]
    sent = [as_confirmed(one) for one in host]
    store.load_host(*ROUND, host)
    take(store, sent[:1], GANTI, "a.csv")
    take(store, sent[1:3], TAMBAH, "b.csv")
    assert store.match(*ROUND)[0].both == 3
    assert store.is_matched(*ROUND)
    take(store, sent[2:], GANTI, "c.csv")
    assert not store.is_matched(*ROUND)
    (line,) = store.match(*ROUND)
    assert (line.both, line.host_only, line.bank_n) == (2, 2, 2)
    assert [(file.nama, file.berlaku) for file in store.files(*ROUND)] == [("a.csv", 0), ("b.csv", 0), ("c.csv", 1)]


def test_the_same_file_twice_changes_nothing(store: WorkingStore) -> None:
    host, bank = worked_example()
    store.load_host(*ROUND, host)
    first = take(store, bank)
    assert (first.id, first.changed) == (TAKEN, True)
    store.match(*ROUND)
    before = seen(store)
    again = take(store, bank, name="another-name.csv")
    assert (again.id, again.changed, again.isi_sha256) == (SEEN, False, first.isi_sha256)
    assert store.is_matched(*ROUND)
    assert seen(store) == before


def test_an_older_file_again_does_not_come_back(store: WorkingStore) -> None:
    sent = [as_confirmed(deposit(number, "0101")) for number in range(2)]
    take(store, sent[:1])
    take(store, sent, name="b.csv")
    assert not take(store, sent[:1]).changed
    assert store.match(*ROUND)[0].bank_n == 2


@pytest.mark.parametrize("cara", [GANTI, TAMBAH])
def test_a_refused_file_leaves_nothing_behind(store: WorkingStore, cara: str) -> None:
    host, bank = worked_example()
    store.load_host(*ROUND, host)
    take(store, bank)
    store.match(*ROUND)
    before = seen(store)
    other = content_of(bank[:300], cara)
    for content, id in (
        (other[:-9], "SKH6114"),
        (other[: other.index(b"JUMLAH")], "SKH6102"),
        (other + b"x\n", "SKH6123"),
    ):
        with pytest.raises(Rejected) as caught:
            store.take(reading(content, "b.csv"))
        assert caught.value.id == id
        assert store.is_matched(*ROUND)
    with pytest.raises(Rejected) as caught:  # the hash is only known to be wrong after the last record
        store.take(Reading("b.csv", [other], EXPECTED, Proof(hash_file(bytes(32), "b.csv"))))
    assert caught.value.id == "SKH6106"
    assert seen(store) == before
    store.match(*ROUND)
    assert seen(store) == before


@pytest.mark.parametrize("form", ["csv", "fixed", "camt.053"])
@pytest.mark.parametrize("porsi", ["", "1100000006"])
def test_a_line_that_stands_twice_is_refused(store: WorkingStore, form: str, porsi: str) -> None:
    """By the line of its repeat, in each form, however many lines stand before the records."""
    _, bank = worked_example()
    bank[6] = msgspec.structs.replace(bank[6], nomor_porsi=porsi)
    sent = [*bank, bank[6]]
    content = b"".join(WRITERS[form](kepala_of(EXPECTED, sent), sent))
    if form == "csv":
        content = content.replace(b"\n", b"\n\n", 3)  # empty lines, which are passed over
    lines = enumerate(content.split(b"\n"), 1)
    first, again = (at for at, line in lines if b"000007" in line and (b"08:00:06" in line or b"080006" in line))
    with pytest.raises(Rejected) as caught:
        store.take(reading(content))
    assert caught.value.refusal.id == "SKH6117"
    assert caught.value.refusal.data == {
        "berkas": "a.csv", "baris": again, "field": "nomor_porsi" if porsi else "stan",
        "sebab": f"rekaman 498 = 7, baris {first}",
    }  # fmt: skip
    assert seen(store) == ([], [], 0)


def test_rounds_do_not_touch_each_other(store: WorkingStore) -> None:
    host, bank = worked_example()
    store.load_host(*ROUND, host)
    take(store, bank)
    store.match(*ROUND)
    before = seen(store)
    assert store.load_host("003", *ROUND[1:], [deposit(7, "0201")]) == 1
    (line,) = store.match("003", *ROUND[1:])
    assert (line.cabang, line.host_only) == ("0201", 1)
    assert seen(store) == before


def test_a_deleted_store_is_filled_again_with_the_same_result(tmp_path: Path) -> None:
    """From the host's records and the files that were kept, in their order of arrival."""
    host, bank = worked_example()
    files = {"a.csv": content_of(bank[:200]), "b.csv": content_of(bank[:-5]), "c.csv": content_of(bank[-5:], TAMBAH)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.sha256").write_bytes(hash_file(sha256(content).digest(), name))
    results = []
    for _ in range(2):
        store = WorkingStore.open(tmp_path / "kerja.sqlite")
        store.load_host(*ROUND, host)
        for name in files:
            assert store.take(read_path(tmp_path / name, EXPECTED, proof_beside(tmp_path / name, None))).changed
        store.match(*ROUND)
        results.append(seen(store))
        store.close()
        for path in tmp_path.glob("kerja.sqlite*"):
            path.unlink()
    assert results[0] == results[1]
    assert results[0][2] == 3


def test_a_step_that_is_killed_leaves_the_step_before(tmp_path: Path) -> None:
    host, bank = worked_example()
    store = WorkingStore.open(tmp_path / "kerja.sqlite")
    store.load_host(*ROUND, host)
    take(store, bank[:100])
    store.match(*ROUND)
    before = seen(store)

    def dying() -> Iterator[bytes]:
        yield content_of(bank)[:20_000]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.take(Reading("b.csv", dying(), EXPECTED, Proof()))
    store.close()
    store = WorkingStore.open(tmp_path / "kerja.sqlite")
    assert seen(store) == before
    assert take(store, bank, name="b.csv").changed
    assert store.match(*ROUND)[0].both == 214
    store.close()


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "kerja.sqlite"
    path.write_bytes(b"no database at all, only text" * 100)
    with pytest.raises(FormatMismatch, match=r"kerja\.sqlite"):
        WorkingStore.open(path)
