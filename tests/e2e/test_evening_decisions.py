"""Fee, cancellation, sanctions and the Kandepag's count by command: done once, told as done after that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.records import Origin
from tests.e2e.test_evening import DONE, OPEN, REFUSED, USAGE, Evening
from tests.evening_country import AUDITOR, BANK, HEAD, PEJABAT, SUPERVISORS, confirmation, host_side
from tests.host_fixtures import HARI, OPERATOR, OPERATOR_2

WHY = ("--alasan", "bank tidak menyetor")
TWO = ("--penyetuju", OPERATOR_2.user)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    made = Evening(tmp_path_factory.mktemp("decisions"))
    yield made
    made.host.process.kill()
    made.host.process.wait()


@pytest.fixture(scope="module")
def item(evening: Evening) -> dict[str, Any]:
    """One deposit that the bank does not confirm, as the list shows it."""
    records = host_side(evening.ledger)
    file: Path = confirmation(evening.files, records[1:])
    assert evening.eod(HEAD, "match") == (OPEN, {"hari": HARI, "bank": {}, "n_terbuka": 0, "ulang": False})
    assert evening.eod(HEAD, "cutoff")[0] == DONE
    assert evening.eod(HEAD, "confirm", str(file))[0] == DONE
    assert evening.eod(HEAD, "match")[0] == OPEN
    (found,) = evening.eod(HEAD, "list")[1]["selisih"]
    assert (found["kelas"], found["nomor_porsi"]) == ("HOST_ONLY", records[0].nomor_porsi)
    row: dict[str, Any] = found
    return row


def told(evening: Evening, who: Origin, *arguments: str, second: bool = False) -> Any:
    """What a command says that is done."""
    code, said = evening.eod(who, *arguments, second=second)
    assert code == DONE, said
    return said


def test_the_centre_cancels_and_fines(evening: Evening, item: dict[str, Any]) -> None:
    porsi, number = item["nomor_porsi"], str(int(item["nomor"][2:]))
    cancel = ("cancel", porsi, "--selisih", number, *WHY, *TWO)
    assert evening.eod(HEAD, *cancel, second=True)[0] == REFUSED
    first, again = (told(evening, OPERATOR, *cancel, second=True) for _ in range(2))
    assert (first["ulang"], again["ulang"], again["seq"]) == (False, True, first["seq"])
    told(evening, OPERATOR, "cure", number, "--cara", "BATAL", "--rujukan", porsi, *TWO, second=True)
    other = ("cure", number, "--cara", "TRANSFER", "--rujukan", "X", *TWO)
    assert evening.eod(OPERATOR, *other, second=True)[0] == REFUSED  # it has another end

    first, again = (told(evening, OPERATOR, "propose", item["nomor"], *WHY) for _ in range(2))
    assert (first["ulang"], again["ulang"], again["nomor_sanksi"]) == (False, True, first["nomor_sanksi"])
    assert evening.eod(AUDITOR, "sanctions")[0] == OPEN
    decide = ("decide", "1", "--putusan", "DENDA", *WHY, *TWO)
    first, again = (told(evening, OPERATOR, *decide, second=True) for _ in range(2))
    assert (first["denda_rupiah"], again["ulang"]) == (10_000_000, True)
    refuse = ("decide", "1", "--putusan", "TOLAK", *WHY, *TWO)
    assert evening.eod(OPERATOR, *refuse, second=True)[0] == REFUSED
    (row,) = told(evening, AUDITOR, "sanctions")["sanksi"]
    assert (row["nomor"], row["status"], row["nomor_porsi"]) == ("SN0000000001", "DENDA", porsi)


def test_the_fee_is_charged_once(evening: Evening, item: dict[str, Any]) -> None:
    assert item["bank"] == BANK
    assert evening.eod(OPERATOR, "fee")[0] == USAGE  # whose?
    first, again = (told(evening, HEAD, "fee") for _ in range(2))
    assert (first["n_porsi"], first["biaya_usd_sen"], first["ulang"]) == (497, 124_250, False)
    assert (again["n_porsi"], again["biaya_usd_sen"], again["ulang"]) == (497, 0, True)


def test_a_kandepag_says_its_count(evening: Evening) -> None:
    first, again, changed = (told(evening, PEJABAT, "crosscheck", n) for n in ("213", "213", "214"))
    assert (first["kab_kota"], first["n_kandepag"], first["ulang"]) == ("3325", 213, False)
    assert (again["ulang"], again["seq"]) == (True, first["seq"])
    assert (changed["ulang"], changed["n_kandepag"]) == (False, 214)
    assert evening.eod(OPERATOR, "crosscheck", "1")[0] == REFUSED


def test_an_auditor_looks_at_all_and_does_nothing(evening: Evening, item: dict[str, Any], tmp_path: Path) -> None:
    board = evening.eod(AUDITOR, "status", "--kode-bank", BANK)[1]
    assert [one["cabang"] for one in board["cabang"]] == ["0101", "0102", "0103"]
    assert [
        one["nomor"] for one in evening.eod(AUDITOR, "list", "--kode-bank", BANK, "--hari", HARI)[1]["selisih"]
    ] == [item["nomor"]]
    kept = tmp_path / "laporan.txt"
    fetch = ("report", "laporan.txt", "--kode-bank", BANK, "--hari", HARI, "--out", str(kept))
    assert evening.eod(AUDITOR, *fetch)[0] == DONE
    assert b"LAPORAN" in kept.read_bytes()
    for forbidden in (("cutoff",), ("match",), ("fee", "--kode-bank", BANK), ("propose", "1", *WHY)):
        assert evening.eod(AUDITOR, *forbidden)[0] == REFUSED, forbidden


@pytest.mark.parametrize(
    "wrong",
    [
        ("status", "--hari", "2004-13-01"),
        ("cure", "SN1", "--cara", "BALIK", "--rujukan", "1", *TWO),
        ("decide", "x", "--putusan", "DENDA", *WHY, *TWO),
        ("crosscheck", "-1"),
        ("cutoff", "--kode-cabang", "0101"),
    ],
)
def test_wrong_use_is_told_before_the_host_is_asked(evening: Evening, wrong: tuple[str, ...]) -> None:
    assert evening.eod(SUPERVISORS["0101"], *wrong)[0] == USAGE
