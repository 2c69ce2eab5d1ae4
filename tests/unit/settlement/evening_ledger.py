"""A real ledger whose bank 002 has deposits of a day and has cut off; its files and matches, as the host does them.

Nothing here asserts beyond what keeps a test honest: what holds is said in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from ledger.engine import Posted
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.konfirmasi_terima import KonfirmasiTerima
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.pencocokan import Pencocokan
from ledger.kinds.selisih import SelisihBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.records import Refusal
from ledger.store import Store
from tests.evening_fixtures import closing, evening, head_office
from tests.ledger_fixtures import CENTRE, HARI, JUTA_20, SECOND, Desk, branch, new_store, pilgrim
from txserver.settlement import csv_form
from txserver.settlement.host_side import HostRecord, as_confirmed, host_records
from txserver.settlement.intake import Proof, Reading, hash_file
from txserver.settlement.matching import BranchLine, Difference
from txserver.settlement.naming import named
from txserver.settlement.records import GANTI, Confirmed, Expected, kepala_of
from txserver.settlement.working import WorkingStore

BANK, CABANG = "002", "0101"
ROUND = (BANK, HARI, "STA")
EXPECTED = Expected(*ROUND)
EXPLAINED = {"SKH6206", "SKH6218"}
"""What the host takes for "nothing new" when it posts a difference."""
BESOK = "2004-05-04"


class EveningLedger:
    """Bank 002 with `n` deposits at branch 0101, cut off, and the working store of its day."""

    def __init__(self, store: Store, desk: Desk, working: WorkingStore, n: int) -> None:
        self.store, self.desk, self.working = store, desk, working
        self.books = store.books
        self.files = 0
        for request in evening():
            self.must(CENTRE, request)
        for person in range(1, n + 1):
            for asked in pilgrim(desk, person):
                self._must(asked)
        self.spare = [self._form(person) for person in (n + 1, n + 2)]
        for cabang in ("0101", "0201", "0301"):
            self.must(CENTRE, TutupSetoran(BANK, cabang))
        self.must(CENTRE, TutupBank(BANK))
        self.host = [as_confirmed(one) for one in self.records() if isinstance(one, HostRecord)]

    def _form(self, person: int) -> str:
        *papers, deposit = pilgrim(self.desk, person)
        self.desk.stan[branch("002/0101")[0], self.desk.hari] -= 1  # the deposit itself is not asked for
        for asked in papers:
            self._must(asked)
        return str(deposit.request.nomor_spph)  # type: ignore[attr-defined]

    def post(self, at: tuple[str, str], request: Struct, second: str = "", stan: int | None = None) -> Any:
        """A request of somebody and its outcome."""
        return self.store.post_batch([self.desk.ask(*at, request, penyetuju=second, stan=stan)])[0]

    def must(self, at: tuple[str, str], request: Struct, second: str = "", stan: int | None = None) -> Any:
        """A request that must stand."""
        return self._must(self.desk.ask(*at, request, penyetuju=second, stan=stan))

    def _must(self, asked: Any) -> Any:
        (outcome,) = self.store.post_batch([asked])
        assert isinstance(outcome, Posted), f"{asked.request} gave {outcome}"
        return outcome

    def bank(self, request: Struct, second: str = "C002") -> Any:
        """A request of the bank's head office, which must stand."""
        return self.must(head_office(BANK), request, second)

    def centre(self, request: Struct) -> Any:
        """A request of the centre, signed by two, which must stand."""
        return self.must(CENTRE, request, SECOND)

    def repeat(self, stan: int) -> str:
        """The teller repeats a request that the bank has; the porsi."""
        deposit = SetoranAwal(self.spare.pop(), JUTA_20)
        return str(self.must(branch("002/0101"), deposit, stan=stan).data["nomor_porsi"])

    def reverse(self, nomor_porsi: str) -> None:
        """The branch corrects a deposit."""
        self.must(branch("002/0101"), KoreksiSetoran(nomor_porsi, "salah"), "V0101")

    def records(self) -> Iterator[Any]:
        """The host's side of the day, as the ledger stands."""
        return host_records(self.store.journal, BANK, HARI, self.books.batal_pusat_hari(BANK, HARI))

    def confirm(self, sent: list[Confirmed], cara: str = GANTI) -> None:
        """The bank sends a file."""
        self.files += 1
        content = b"".join(csv_form.write(kepala_of(EXPECTED, sent, cara), sent))
        digest = sha256(content)
        name = f"{self.files}.csv"
        proof = Proof(hash_file(digest.digest(), name))
        taken = self.working.take(Reading(name, [content], EXPECTED, proof))
        assert taken.changed
        kepala = taken.kepala
        self.bank(
            KonfirmasiTerima(
                *(BANK, HARI, "STA", "csv", digest.hexdigest(), kepala.jumlah, kepala.total, "IDR", cara, "")
            ),
            "",
        )

    def match(self) -> list[str]:
        """Match the day and post what came out; the numbers of differences that are new."""
        self.working.load_host(*ROUND, self.records())
        lines = self.working.match(*ROUND)
        new = []
        for one in self.differences():
            outcome = self.post(head_office(BANK), SelisihBaru(BANK, HARI, *named(one)))
            if isinstance(outcome, Refusal):
                assert outcome.id in EXPLAINED, outcome
            else:
                new.append(str(outcome.data["nomor_selisih"]))
        counts = [sum(getattr(line, name) for line in lines) for name in BranchLine.__struct_fields__[5:10]]
        self.files += 1
        self.bank(Pencocokan(BANK, HARI, *counts, f"{self.files:064x}"), "")
        return new

    def differences(self) -> list[Difference]:
        """What the last match found."""
        return list(self.working.differences(*ROUND))

    def open(self) -> list[str]:
        """Numbers of the differences that are open."""
        return [row.nomor for row in self.books.selisih_terbuka()]

    def pay(self) -> int:
        """All that is due is passed on, the fee charged; how much, in rupiah."""
        due = self.books.dana_jatuh(BANK, HARI)
        total = sum(nominal for _, _, nominal in due)
        if due:
            self.bank(PelimpahanDana(BANK, HARI, total, sum(n for _, n, _ in due), "BI-1"))
        self.bank(BiayaSiskohat(BANK, HARI), "")
        return total

    def next_day(self) -> None:
        """The day is closed and the next opened."""
        for asked in closing(self.desk, self.books):
            self._must(asked)
        self.must(CENTRE, BukaHari(BESOK))
        self.desk.hari = BESOK
        self.desk.waktu_us += 24 * 3_600_000_000


@contextmanager
def evening_ledger(folder: Path, n: int = 4) -> Iterator[EveningLedger]:
    """Such a ledger in a folder of its own."""
    working = WorkingStore.open(folder / "kerja.db")
    try:
        with new_store(folder / "ledger") as (store, desk):
            yield EveningLedger(store, desk, working, n)
    finally:
        working.close()
