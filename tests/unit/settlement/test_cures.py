"""After each cure of each class and another match: is nothing false there, and what is wrong all the same?

On a real ledger: the differences are matched, posted, cured by two people and matched again, with the bank's old file
and with the one it sends after the cure.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.selesai import Selesai
from ledger.kinds.sembuh import ALLOWED, Sembuh
from ledger.records import Refusal
from ledger.rows import Selisih
from tests.evening_fixtures import head_office
from tests.ledger_fixtures import CENTRE, HARI, JUTA_20, SECOND
from tests.unit.settlement.evening_ledger import BANK, ROUND, EveningLedger, evening_ledger
from txserver.settlement.matching import BANK_ONLY, DIFF, DUPLICATE, HOST_ONLY
from txserver.settlement.records import TAMBAH, Confirmed
from txserver.settlement.reports import Settlement

change = msgspec.structs.replace
STAN = 50
"""The request whose answer never came."""
LOST = Confirmed("", JUTA_20, "IDR", HARI, "0101", STAN, 0, "14:58:41", "", "T1")


def sent_wrong(kelas: str, host: list[Confirmed]) -> list[Confirmed]:
    """What the bank confirms first: the first deposit is what is wrong with it."""
    first, *rest = host
    wrong = {
        HOST_ONLY: [],
        BANK_ONLY: [first, LOST],
        DIFF: [change(first, nominal=JUTA_20 - 1_000_000)],
        DUPLICATE: [first, change(first, nomor_porsi="")],
    }
    return [*wrong[kelas], *rest]


def bring(evening: EveningLedger, item: Selisih, cara: str) -> str:
    """What must be in the ledger before the cure, if anything; the reference of the cure."""
    if cara == "ULANG":
        return evening.repeat(item.stan)
    if (item.kelas, cara) == (HOST_ONLY, "BALIK"):
        evening.reverse(item.nomor_porsi)
    if cara == "BATAL":
        evening.centre(BatalPusat(item.nomor_porsi, item.nomor, "tanpa dana"))
    return "BUKTI-1"


def cure(evening: EveningLedger, item: Selisih, cara: str) -> object:
    """Cure an item by who may; the outcome."""
    request = Sembuh(item.nomor, cara, bring(evening, item, cara), "petang uji")
    at, second = (CENTRE, SECOND) if cara == "BATAL" else (head_office(BANK), "C002")
    return evening.post(at, request, second)


# By class and cure: what the bank confirms after it, of the host's first four deposits, and how many are live then.
AFTER: dict[tuple[str, str], tuple[Callable[[list[Confirmed]], list[Confirmed]], int]] = {
    (HOST_ONLY, "TRANSFER"): (lambda host: host, 4),
    (HOST_ONLY, "BALIK"): (lambda host: [*host[2:], host[1]], 3),
    (HOST_ONLY, "BATAL"): (lambda host: [*host[2:], host[1]], 3),
    (BANK_ONLY, "ULANG"): (lambda host: [*host, LOST], 5),
    (BANK_ONLY, "BALIK"): (lambda host: host, 4),
    (DIFF, "TRANSFER"): (lambda host: host, 4),
    (DIFF, "KOREKSI"): (lambda host: host, 4),
    (DUPLICATE, "BALIK"): (lambda host: host, 4),
    (DUPLICATE, "KOREKSI"): (lambda host: host, 4),
}
CONFIRMED_ANEW = {(HOST_ONLY, "TRANSFER"), (DIFF, "TRANSFER"), (DIFF, "KOREKSI")}
"""After these the bank confirms again, or its day is not settled."""
PAIRS = [(kelas, cara) for kelas, cures in ALLOWED.items() for cara in cures]


def test_every_legal_pair_is_in_the_table() -> None:
    assert sorted(AFTER) == sorted(PAIRS)


@pytest.mark.parametrize("confirmed_again", [False, True], ids=["old file", "file after the cure"])
@pytest.mark.parametrize(("kelas", "cara"), PAIRS)
def test_after_a_cure_the_match_finds_nothing_new(tmp_path: Path, kelas: str, cara: str, confirmed_again: bool) -> None:
    """Match, cure, match again: no new difference, money and counts to the rupiah, and the day can be settled."""
    confirms, n = AFTER[kelas, cara]
    with evening_ledger(tmp_path) as evening:
        evening.confirm(sent_wrong(kelas, evening.host))
        (nomor,) = evening.match()
        item = evening.books.selisih(nomor)
        assert item is not None
        assert item.kelas == kelas
        outcome = cure(evening, item, cara)
        assert not isinstance(outcome, Refusal), outcome
        if confirmed_again:
            evening.confirm(confirms(evening.host))
        assert evening.match() == []
        assert evening.open() == []
        report = Settlement(BANK, "BANK RAKYAT", HARI, "STA", evening.working.branches(*ROUND), [])
        assert (report.sum.host_n, report.sum.host_total) == (n, n * JUTA_20)
        assert report.is_agreed or not confirmed_again
        assert evening.pay() == n * JUTA_20
        if not confirmed_again and (kelas, cara) in CONFIRMED_ANEW:
            refused = evening.post(head_office(BANK), Selesai(BANK, HARI))
            assert refused == Refusal("SKH6211", {"hari": HARI, "sebab": "KFT"})
            assert evening.books.keadaan_bank(BANK, HARI) == "CURED"
            evening.confirm(confirms(evening.host))
            assert evening.match() == []
        assert evening.books.keadaan_bank(BANK, HARI) == "MATCHED"
        evening.bank(Selesai(BANK, HARI), "")
        assert evening.books.keadaan_bank(BANK, HARI) == "SETTLED"


@pytest.mark.parametrize("later", [False, True], ids=["the same day", "a later day"])
def test_a_porsi_the_centre_cancelled_is_expected_of_no_bank(tmp_path: Path, later: bool) -> None:
    """The report counts it neither as HOST_ONLY nor as owed, on whichever day the centre did it; the fee stays."""
    with evening_ledger(tmp_path) as evening:
        evening.confirm(sent_wrong(HOST_ONLY, evening.host))
        (nomor,) = evening.match()
        item = evening.books.selisih(nomor)
        assert item is not None
        if later:
            evening.next_day()
        cure(evening, item, "BATAL")
        assert evening.match() == []
        (line,) = evening.working.branches(*ROUND)
        assert (line.host_n, line.host_total, line.both, line.host_only, line.batal) == (3, 3 * JUTA_20, 3, 0, 1)
        report = Settlement(BANK, "BANK RAKYAT", HARI, "STA", [line], [])
        assert report.is_agreed
        assert report.granted == 4
        assert sum(nominal for _, _, nominal in evening.books.dana_jatuh(BANK, HARI)) == 3 * JUTA_20


def test_a_bank_that_has_money_for_a_cancelled_porsi_is_told_so(tmp_path: Path) -> None:
    with evening_ledger(tmp_path) as evening:
        evening.confirm(sent_wrong(HOST_ONLY, evening.host))
        (nomor,) = evening.match()
        item = evening.books.selisih(nomor)
        assert item is not None
        cure(evening, item, "BATAL")
        evening.confirm(evening.host)
        (found,) = evening.match()
        row = evening.books.selisih(found)
        assert row is not None
        assert (row.kelas, row.nomor_porsi, row.nominal_bank) == (BANK_ONLY, item.nomor_porsi, JUTA_20)


# --- cures that contradict the ledger --------------------------------------------------------------------------------


def matched(evening: EveningLedger, sent: list[Confirmed]) -> Selisih:
    """The one difference of a first match."""
    evening.confirm(sent)
    (nomor,) = evening.match()
    item = evening.books.selisih(nomor)
    assert item is not None
    return item


def test_money_of_a_request_that_has_its_porsi_does_not_go_back(tmp_path: Path) -> None:
    """BALIK after the branch repeated the request: refused, until that deposit is corrected."""
    with evening_ledger(tmp_path) as evening:
        item = matched(evening, sent_wrong(BANK_ONLY, evening.host))
        porsi = evening.repeat(STAN)
        refused = cure(evening, item, "BALIK")
        assert isinstance(refused, Refusal)
        assert (refused.id, refused.data["cara"]) == ("SKH6226", "BALIK")
        evening.reverse(porsi)
        assert not isinstance(cure(evening, item, "BALIK"), Refusal)
        evening.confirm(evening.host)
        assert evening.match() == []
        (line,) = evening.working.branches(*ROUND)
        assert (line.host_n, line.batal, line.bank_n, line.both) == (4, 1, 4, 4)


def test_money_that_went_back_is_not_asked_for_again(tmp_path: Path) -> None:
    """After BALIK the same request may not become an entry: the branch has cut off, and nothing is open."""
    with evening_ledger(tmp_path) as evening:
        item = matched(evening, sent_wrong(BANK_ONLY, evening.host))
        cure(evening, item, "BALIK")
        with pytest.raises(AssertionError, match="SKH6005"):
            evening.repeat(STAN)


def test_a_cured_request_whose_porsi_is_corrected_is_a_difference_again(tmp_path: Path) -> None:
    """The bank has the money and the host nothing, as before the cure: a new number, whose only cure is BALIK."""
    with evening_ledger(tmp_path) as evening:
        item = matched(evening, sent_wrong(BANK_ONLY, evening.host))
        cure(evening, item, "ULANG")
        assert evening.match() == []
        cured = evening.books.selisih(item.nomor)
        assert cured is not None
        evening.reverse(cured.porsi_sembuh)
        (nomor,) = evening.match()
        again = evening.books.selisih(nomor)
        assert again is not None
        assert (again.kelas, again.stan, again.nomor) == (BANK_ONLY, STAN, "SL0000000002")
        request = Sembuh(again.nomor, "ULANG", cured.porsi_sembuh, "petang uji")
        assert evening.post(head_office(BANK), request, "C002").id == "SKH6221"
        assert not isinstance(cure(evening, again, "BALIK"), Refusal)
        assert evening.match() == []


@pytest.mark.parametrize("nominal", [JUTA_20, JUTA_20 + 1_000_000])
def test_nothing_is_put_up_where_nothing_is_missing(tmp_path: Path, nominal: int) -> None:
    with evening_ledger(tmp_path) as evening:
        first, *rest = evening.host
        item = matched(evening, [change(first, nominal=nominal, stan=first.stan + 500_000), *rest])
        refused = cure(evening, item, "TRANSFER")
        assert isinstance(refused, Refusal)
        assert (refused.id, refused.data) == ("SKH6228", {"nominal_host": JUTA_20, "nominal_bank": nominal})
        assert not isinstance(cure(evening, item, "KOREKSI"), Refusal)


def test_nothing_is_put_up_for_a_porsi_that_is_cancelled(tmp_path: Path) -> None:
    """DIFF, then the branch corrects the deposit: TRANSFER would pay for nothing, and the bank's money is found."""
    with evening_ledger(tmp_path) as evening:
        item = matched(evening, sent_wrong(DIFF, evening.host))
        evening.reverse(item.nomor_porsi)
        refused = cure(evening, item, "TRANSFER")
        assert isinstance(refused, Refusal)
        assert refused.id == "SKH6226"
        assert not isinstance(cure(evening, item, "KOREKSI"), Refusal)
        (nomor,) = evening.match()
        row = evening.books.selisih(nomor)
        assert row is not None
        assert (row.kelas, row.nomor_porsi) == (BANK_ONLY, item.nomor_porsi)


def test_another_wrong_amount_after_a_cure_is_another_difference(tmp_path: Path) -> None:
    with evening_ledger(tmp_path) as evening:
        first, *rest = evening.host
        item = matched(evening, sent_wrong(DIFF, evening.host))
        cure(evening, item, "TRANSFER")
        assert evening.match() == []
        evening.confirm([change(first, nominal=JUTA_20 + 1), *rest])
        (nomor,) = evening.match()
        row = evening.books.selisih(nomor)
        assert row is not None
        assert (row.kelas, row.nominal_bank) == (DIFF, JUTA_20 + 1)


def test_what_was_transferred_and_left_out_again_is_no_second_item(tmp_path: Path) -> None:
    """HOST_ONLY, TRANSFER, and a file that adds other records: the cure explains it until the bank confirms it."""
    with evening_ledger(tmp_path) as evening:
        item = matched(evening, sent_wrong(HOST_ONLY, evening.host))
        cure(evening, item, "TRANSFER")
        evening.confirm([LOST], TAMBAH)
        (nomor,) = evening.match()
        row = evening.books.selisih(nomor)
        assert row is not None
        assert row.kelas == BANK_ONLY


def test_money_is_passed_on_once_however_it_was_cured(tmp_path: Path) -> None:
    """Held back while open, due after TRANSFER: in two parts, together all of it."""
    with evening_ledger(tmp_path) as evening:
        item = matched(evening, sent_wrong(HOST_ONLY, evening.host))
        evening.bank(PelimpahanDana(BANK, HARI, 3 * JUTA_20, 3, "BI-0"))
        cure(evening, item, "TRANSFER")
        evening.confirm(evening.host)
        assert evening.match() == []
        assert evening.pay() == JUTA_20
        evening.bank(Selesai(BANK, HARI), "")
