"""Do a bank's outputs say the cross-check, each difference's number, owner and end, and no account that nobody set?"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.sembuh import Sembuh
from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.receipts import WIDTH
from tests.ledger_fixtures import HARI, JUTA_20, office
from tests.unit.settlement.evening_ledger import BANK, EveningLedger, evening_ledger
from tests.unit.settlement.test_cures import LOST
from tests.unit.settlement.test_iso import faults
from txserver.evening.job import Job
from txserver.evening.outputs import write_outputs
from txserver.settlement.accounts import AccountsWrong, BankAccounts, load_accounts
from txserver.settlement.host_side import HostRecord, Reversed
from txserver.settlement.silang import BELUM, BERBEDA, SAMA, Kab, kabs, silang_lines

ACCOUNTS = BankAccounts("0012-30-000451", "0012-30-000900", "BANKIDJA", "MENTERI AGAMA RI", "INDOIDJA")


def outputs(evening: EveningLedger, folder: Path, accounts: BankAccounts | None = None) -> dict[str, bytes]:
    """The outputs of the day as it stands, as the host's child writes them."""
    due = evening.books.dana_jatuh(BANK, HARI)
    job = Job(langkah="report", data="", bank=BANK, hari=HARI, jenis="STA", nama_bank="BANK RAKYAT", biaya_usd_sen=250)
    job.n_limpah, job.limpah_rupiah = sum(n for _, n, _ in due), sum(nominal for _, _, nominal in due)
    job.batal, job.selisih = evening.books.batal_pusat_hari(BANK, HARI), list(evening.books.selisih_hari(BANK, HARI))
    job.silang = [(at, row.n_host, row.n_kandepag if row.seq else -1) for at, row in evening.books.silang_hari(HARI)]
    job.rekening, job.waktu_us = accounts, 1_085_043_600_000_000
    names = write_outputs(job, evening.working, evening.store.journal, folder / "laporan")
    return {name: (folder / "laporan" / name).read_bytes() for name in names}


def cells(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def say(evening: EveningLedger, n: int) -> None:
    evening.must(office("3325", signer=True), SilangKandepag("3325", HARI, n))


def test_the_kandepags_count_stands_beside_the_hosts(tmp_path: Path) -> None:
    with evening_ledger(tmp_path) as evening:
        evening.confirm(evening.host)
        evening.match()
        made = outputs(evening, tmp_path)
        assert (
            "3325 Kab. Batang                          4           4     BELUM        -" in made["laporan.txt"].decode()
        )
        say(evening, 3)
        made = outputs(evening, tmp_path)
        text = made["laporan.txt"].decode()
        assert "3325 Kab. Batang                          4           4         3       +1" in text
        assert f"     BERBEDA SK/{HARI}/3325, pemilik DEP/3325" in text
        (row,) = cells(made["silang.csv"])
        assert row == {
            "hari": HARI, "kab_kota": "3325", "nama": "Kab. Batang", "n_bank": "4", "n_host": "4", "n_kandepag": "3",
            "selisih": "1", "keadaan": BERBEDA, "nama_selisih": f"SK/{HARI}/3325", "pemilik": "DEP/3325",
        }  # fmt: skip
        if "laporan.pdf" in made:
            assert made["laporan.pdf"].startswith(b"%PDF")
        say(evening, 4)
        made = outputs(evening, tmp_path)
        assert (cells(made["silang.csv"])[0]["keadaan"], b"BERBEDA SK" in made["laporan.txt"]) == (SAMA, False)
        evening.reverse("1100000001")  # its branch took it back: not one that the office counts
        assert cells(outputs(evening, tmp_path)["silang.csv"])[0]["n_host"] == "3"


def test_the_report_counts_as_the_books_do(tmp_path: Path) -> None:
    """A cancellation of the centre leaves the count of the day, a correction of the branch does not."""
    with evening_ledger(tmp_path) as evening:
        evening.confirm(evening.host[1:])
        (nomor,) = evening.match()
        evening.centre(BatalPusat("1100000001", nomor, "tanpa dana"))
        evening.reverse("1100000002")
        assert evening.books.silang("3325", HARI).n_host == 3
        (kab,) = kabs(HARI, [("3325", 3, -1)], evening.records())
        assert (kab.n_bank, kab.n_host, kab.keadaan) == (3, 3, BELUM)


def test_regencies_without_the_countrys_count_have_their_own() -> None:
    records = [
        HostRecord(n, f"11{n:08d}", 1, "IDR", HARI, "0101", "T1", n, 0, kab) for n, kab in ((1, "3325"), (2, "3374"))
    ]
    records_and_end = [*records, Reversed(3, 2, 1, "KOR", "3374")]
    assert kabs(HARI, [], records_and_end) == [Kab(HARI, "3325", 1, 1, -1), Kab(HARI, "3374", 0, 0, -1)]
    assert silang_lines([]) == []


def test_the_lines_fit_the_page() -> None:
    rows = [Kab(HARI, kab, 99_999, 999_999, said) for kab in ("3325", "9171", "5171") for said in (-1, 0, 999_999)]
    assert max(map(len, silang_lines(rows))) <= WIDTH


def test_each_difference_has_its_number_owner_and_end(tmp_path: Path) -> None:
    """In text and CSV; one that the match does not find any more is named all the same."""
    with evening_ledger(tmp_path) as evening:
        evening.confirm([*evening.host[1:], LOST])
        evening.working.load_host(BANK, HARI, "STA", evening.records())
        evening.working.match(BANK, HARI, "STA")
        assert outputs(evening, tmp_path)["selisih.txt"].count(b"BELUM DICATAT") == 2
        evening.match()
        items = {row.kelas: row for row in evening.books.selisih_hari(BANK, HARI)}
        host, bank = items["HOST_ONLY"], items["BANK_ONLY"]
        made = outputs(evening, tmp_path)
        text = made["selisih.txt"].decode()
        assert f"      {host.nomor}  PEMILIK 002  TERBUKA" in text
        assert f"      {bank.nomor}  PEMILIK 002/0101  TERBUKA" in text
        rows = {row["kelas"]: row for row in cells(made["selisih.csv"])}
        assert (rows["HOST_ONLY"]["nomor"], rows["HOST_ONLY"]["pemilik"]) == (host.nomor, "002")
        evening.bank(Sembuh(host.nomor, "TRANSFER", "TRF-1", "dana disetor"))
        evening.confirm([*evening.host, LOST])
        assert evening.match() == []
        made = outputs(evening, tmp_path)
        text = made["selisih.txt"].decode()
        gone = text.partition("TERCATAT, DAN TIDAK DITEMUKAN LAGI")[2]
        ended = evening.books.selisih(host.nomor)
        assert ended is not None
        assert f"{host.nomor}  PEMILIK 002  SEMBUH TRANSFER ENTRI {ended.seq_sembuh}" in gone
        assert bank.nomor not in gone
        rows = {row["nomor"]: row for row in cells(made["selisih.csv"])}
        assert (rows[host.nomor]["status"], rows[host.nomor]["cara"]) == ("SEMBUH", "TRANSFER")
        assert max(map(len, text.replace("\f", "").splitlines())) <= WIDTH


def test_without_accounts_no_transfer_is_ordered(tmp_path: Path) -> None:
    with evening_ledger(tmp_path) as evening:
        evening.confirm(evening.host)
        evening.match()
        made = outputs(evening, tmp_path)
        assert "pelimpahan.xml" not in made
        assert b"PERINTAH PELIMPAHAN TIDAK DIBUAT" in made["pelimpahan.txt"]
        assert b"4 setoran, Rp 80.000.000" in made["pelimpahan.txt"]
        assert b"TIDAK DIBUAT: rekening belum diatur" in made["laporan.txt"]
        assert faults(made["rekening.xml"]) == []


def test_with_accounts_the_order_names_them_and_is_valid(tmp_path: Path) -> None:
    with evening_ledger(tmp_path) as evening:
        evening.confirm(evening.host)
        evening.match()
        made = outputs(evening, tmp_path, ACCOUNTS)
        order = made["pelimpahan.xml"]
        assert "pelimpahan.txt" not in made
        assert faults(order) == []
        assert faults(made["rekening.xml"]) == []
        for known in (ACCOUNTS.kliring, ACCOUNTS.menteri, ACCOUNTS.bic, ACCOUNTS.menteri_bic, str(4 * JUTA_20)):
            assert known.encode() in order
        assert b"KLIRING-" not in order + made["rekening.xml"]
        assert b"MENTERI-" not in order


GOOD = """["002"]
kliring = "0012-30-000451"
menteri = "0012-30-000900"
bic = "BANKIDJA"
menteri_nama = "MENTERI AGAMA RI"
menteri_bic = "INDOIDJA"
"""


def test_accounts_are_read_from_their_file(tmp_path: Path) -> None:
    path = tmp_path / "rekening.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_accounts(path) == {"002": ACCOUNTS}
    path.write_text('["009"]\nkliring = "1"\nmenteri = "2"\nbic = "BANKIDJAXXX"\n', encoding="utf-8")
    assert load_accounts(path) == {"009": BankAccounts("1", "2", "BANKIDJAXXX", "MENTERI AGAMA", "")}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("BANKIDJA", "BANK", r"\[002\] bic: 'BANK' cannot be one"),
        ("INDOIDJA", "indoidja", r"\[002\] menteri_bic"),
        ('kliring = "0012-30-000451"\n', "", r"\[002\]: .*kliring"),
        ("0012-30-000451", "x" * 35, r"\[002\] kliring"),
        ("0012-30-000900", "0012-30-000451", r"\[002\] menteri"),
        ("MENTERI AGAMA RI", " ", r"\[002\] menteri_nama"),
        ("menteri_bic", "lain", r"\[002\]: .*lain"),
        ('["002"]', "[bank]", r"\[bank\] is no code of a bank"),
        ('["002"]', '["002"', "rekening.toml: "),
    ],
)
def test_wrong_accounts_are_told_by_bank_and_key(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "rekening.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(AccountsWrong, match=reason):
        load_accounts(path)


def test_accounts_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(AccountsWrong, match="No such file"):
        load_accounts(tmp_path / "none.toml")
