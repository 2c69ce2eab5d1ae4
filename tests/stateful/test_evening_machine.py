"""Any order of evening acts: does each difference keep one end, and does the money of a settled day come out?

Tellers, head offices and the centre of two banks do what they like, in memory, over several days. What holds is told
from the entries alone: by a book-keeping of a few dictionaries here, and by the check of a whole ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec import Struct

from ledger.books import Books
from ledger.codec import decode_entry
from ledger.engine import Asked, Engine, Posted, replay
from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.konfirmasi_terima import KonfirmasiTerima
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.pencocokan import Pencocokan
from ledger.kinds.sanksi_putus import SanksiPutus
from ledger.kinds.sanksi_usul import SanksiUsul
from ledger.kinds.selesai import Selesai
from ledger.kinds.selisih import SelisihBaru
from ledger.kinds.sembuh import ALLOWED, Sembuh
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.records import Entry, Refusal
from ledger.tables import LAST
from ledger.verify import Checker, Finding
from tests.evening_fixtures import closing, evening, head_office
from tests.ledger_fixtures import (
    BRANCHES,
    CENTRE,
    JUTA_20,
    SECOND,
    Desk,
    PlainVault,
    branch,
    form,
    good_ledger,
    nik_of,
    office,
    post_all,
)
from tests.stateful.planted_evening import BUGS

BANK = st.sampled_from(["002", "002", "009"])
TAPAK = st.sampled_from(["002/0101", "002/0101", "002/0201", "009/0401"])
CLASS = st.sampled_from(["HOST_ONLY", "HOST_ONLY", "BANK_ONLY", "DIFF", "DUPLICATE"])
ANY = st.sampled_from(range(60))


class EveningMachine(RuleBasedStateMachine):
    """One ledger in memory; what its entries say, kept beside it."""

    seen: ClassVar[Counter[str]] = Counter()

    @initialize()
    def start(self) -> None:
        self.engine: Engine
        self.desk: Desk
        self.engine, self.desk, bodies = good_ledger(())
        bodies += post_all(self.engine, [self.desk.ask(*CENTRE, request) for request in evening()])
        self.checker, self.bodies = Checker(), list[bytes]()
        self.person, self.files = 0, 0
        self.live: dict[str, tuple[str, str, str]] = {}  # porsi: day, bank, branch
        self.passed: Counter[tuple[str, str, str]] = Counter()
        self.klearing: Counter[str] = Counter()
        self.open: dict[str, tuple[str, str]] = {}  # difference: day, bank
        self.ended: Counter[str] = Counter()
        self.settled: dict[tuple[str, str], int] = {}
        self.began: set[tuple[str, str]] = set()
        self.keep(bodies)

    # --- posting -------------------------------------------------------------------------------------------------

    def send(self, *asked: Asked) -> list[Any]:
        outcomes = [self.engine.post(one) for one in asked]
        bodies = self.engine.bodies
        self.engine.settle()
        self.keep(bodies)
        for one, outcome in zip(asked, outcomes, strict=True):
            kind = str(one.request.__struct_config__.tag)
            self.seen[kind if type(outcome) is Posted else outcome.id if type(outcome) is Refusal else "ulang"] += 1
        return outcomes

    def keep(self, bodies: list[bytes]) -> None:
        for body in bodies:
            self.bodies.append(body)
            self.checker.take(len(self.bodies), body)
            self.tell(decode_entry(body))

    def tell(self, entry: Entry) -> None:
        """Keep account of one entry."""
        facts, stamp = entry.facts, entry.stamp
        for line in entry.postings:
            if line.akun == "KLIRING":
                self.klearing[line.sub] += line.nominal
        if entry.kind == "STA":
            self.live[facts.nomor_porsi] = (stamp.hari, stamp.bank, stamp.cabang)
        elif entry.kind in {"KOR", "BTP"}:
            del self.live[facts.nomor_porsi]
        elif entry.kind == "PLD":
            for cabang, n, _ in facts.cabang:
                self.passed[facts.hari_konfirmasi, facts.kode_bank, cabang] += n
        elif entry.kind == "TSB" and self.deposits(stamp.hari, facts.kode_bank):
            self.began.add((stamp.hari, facts.kode_bank))
        elif entry.kind == "SLS":
            self.open[facts.nomor_selisih] = (facts.hari_konfirmasi, facts.kode_bank)
        elif entry.kind == "SEM":
            del self.open[facts.nomor_selisih]
            self.ended[facts.nomor_selisih] += 1
            self.seen[facts.cara_sembuh] += 1
        elif entry.kind == "SLH":
            key = (facts.hari_konfirmasi, facts.kode_bank)
            assert key not in self.open.values(), "a settled day has nothing open"
            self.settled[key] = self.deposits(*key)
        elif entry.kind == "THR":
            assert {one.nomor_selisih for one in facts.terbuka} == set(self.open), "what is open is named"

    def deposits(self, hari: str, bank: str) -> int:
        return sum(of[:2] == (hari, bank) for of in self.live.values())

    def bank(self, kode: str, request: Struct, *, second: bool = False) -> Asked:
        return self.desk.ask(*head_office(kode), request, penyetuju="C" + kode if second else "")

    def centre(self, request: Struct, *, second: bool = True) -> Asked:
        return self.desk.ask(*CENTRE, request, penyetuju=SECOND if second else "")

    def evening(self, which: int) -> tuple[str, str]:
        """A bank's day: mostly one whose evening has begun and is not settled."""
        days = [key for key in sorted(self.began) if key not in self.settled]
        if days and which % 8:
            return days[which % len(days)]
        return self.desk.hari, ("002", "009")[which % 2]

    # --- the branches --------------------------------------------------------------------------------------------

    @rule(tapak=TAPAK, n=st.integers(1, 3))
    def deposit(self, tapak: str, n: int) -> None:
        for _ in range(n):
            self.send(*self.pilgrim(tapak), self.desk.ask(*branch(tapak), SetoranAwal(self.form, JUTA_20)))

    def pilgrim(self, tapak: str) -> list[Asked]:
        """A signed form of one more person."""
        self.person += 1
        kab_kota = BRANCHES[tapak]
        self.form = self.engine.books.spph_next(kab_kota)
        return [
            self.desk.ask(*office(kab_kota), form(nik=nik_of(self.person, kab_kota))),
            self.desk.ask(*office(kab_kota, signer=True), SpphSah(self.form)),
        ]

    @rule(at=ANY)
    def correct(self, at: int) -> None:
        if self.live:
            porsi = sorted(self.live)[at % len(self.live)]
            self.send(self.korrection(porsi))

    def korrection(self, porsi: str) -> Asked:
        _, bank, cabang = self.live[porsi]
        return self.desk.ask(*branch(f"{bank}/{cabang}"), KoreksiSetoran(porsi, "salah"), penyetuju="V" + cabang)

    @rule(tapak=st.sampled_from(sorted(BRANCHES)))
    def cut_off(self, tapak: str) -> None:
        self.send(self.bank(tapak[:3], TutupSetoran(tapak[:3], tapak[4:])))

    @rule(bank=BANK)
    def begin_evening(self, bank: str) -> None:
        """Some last deposits, everybody cuts off, and a first file comes."""
        self.deposit("002/0101" if bank == "002" else "009/0401", 3)
        self.cut_off_bank(bank, whole=True)
        self.send(self.file(bank, self.desk.hari))

    @rule(bank=BANK, whole=st.booleans())
    def cut_off_bank(self, bank: str, whole: bool) -> None:
        still = self.engine.books.cabang_buka(bank) if whole else []
        self.send(*(self.bank(bank, TutupSetoran(bank, one)) for one in still), self.bank(bank, TutupBank(bank)))

    # --- the banks -----------------------------------------------------------------------------------------------

    def file(self, bank: str, hari: str, *, new: bool = True) -> Asked:
        self.files += new
        sidik = f"{self.files:064x}"
        return self.bank(bank, KonfirmasiTerima(bank, hari, "STA", "csv", sidik, 0, 0, "IDR", "GANTI", ""))

    def match(self, bank: str, hari: str, wrong: int = 0) -> Asked:
        return self.bank(bank, Pencocokan(bank, hari, 9, wrong, 0, 0, 0, f"{self.files:064x}"))

    @rule(which=ANY, new=st.booleans())
    def confirm(self, which: int, new: bool) -> None:
        hari, bank = self.evening(which)
        self.send(self.file(bank, hari, new=new))

    @rule(which=ANY, kelas=CLASS, wrong=st.integers(0, 2))
    def differ(self, which: int, kelas: str, wrong: int) -> None:
        """A match finds something; the same once more changes nothing."""
        hari, bank = self.evening(which)
        request = self.difference(bank, hari, kelas, which)
        if request is not None:
            self.send(self.match(bank, hari, wrong))
            first, again = self.send(self.bank(bank, request), self.bank(bank, request))
            assert type(again) is Refusal
            assert type(first) is Refusal or again.id == "SKH6206", "a difference is opened once"

    def difference(self, bank: str, hari: str, kelas: str, which: int) -> SelisihBaru | None:
        if kelas == "BANK_ONLY":
            tapak = "002/0101" if bank == "002" else "009/0401"
            device = branch(tapak)[0]
            stan = self.desk.stan.get((device, hari), 0) + 1
            return SelisihBaru(bank, hari, kelas, tapak[4:], "T1", stan, "", 0, JUTA_20, 0)
        known = sorted(porsi for porsi, of in self.live.items() if of[:2] == (hari, bank))
        if not known:
            return None
        porsi = known[which % len(known)]
        return SelisihBaru(bank, hari, kelas, self.live[porsi][2], "T1", 0, porsi, JUTA_20, 0, 0)

    @rule(which=ANY, kelas=CLASS, how=ANY)
    def differ_and_cure(self, which: int, kelas: str, how: int) -> None:
        self.differ(which, kelas, 0)
        self.cure(len(self.open) - 1, how, prepared=True)

    @rule(at=ANY, how=ANY, prepared=st.booleans())
    def cure(self, at: int, how: int, prepared: bool) -> None:
        """Somebody says that a difference is cured; mostly what makes it true comes before it."""
        if not self.open:
            return
        nomor = sorted(self.open)[at % len(self.open)]
        item = self.engine.books.selisih(nomor)
        assert item is not None
        cara = ALLOWED[item.kelas][how % len(ALLOWED[item.kelas])]
        rujukan = "BUKTI"
        if prepared and cara == "ULANG":
            tapak = f"{item.bank}/{item.cabang}"
            *_, outcome = self.send(
                *self.pilgrim(tapak), self.desk.ask(*branch(tapak), SetoranAwal(self.form, JUTA_20), stan=item.stan)
            )
            rujukan = str(outcome.data.get("nomor_porsi", "-")) if type(outcome) is Posted else "-"
        elif prepared and item.nomor_porsi in self.live and item.kelas == "HOST_ONLY" and cara != "TRANSFER":
            cancel = self.centre(BatalPusat(item.nomor_porsi, nomor, "tanpa dana"))
            self.send(cancel if cara == "BATAL" else self.korrection(item.nomor_porsi))
        request = Sembuh(nomor, cara, rujukan, "sembuh")
        self.send(self.bank(item.bank, request, second=True) if cara != "BATAL" else self.centre(request))

    @rule(which=ANY, less=st.sampled_from([0, 0, 0, 1]))
    def pass_on(self, which: int, less: int) -> None:
        """The bank passes on what is due, or nearly; often while something is open that it has no money for."""
        if which % 3:
            self.differ(which, "HOST_ONLY", 0)
        hari, bank = self.evening(which)
        due = self.engine.books.dana_jatuh(bank, hari)
        n, nominal = sum(n for _, n, _ in due), sum(nominal for _, _, nominal in due)
        self.send(self.bank(bank, PelimpahanDana(bank, hari, max(nominal - less, 0), n, "BI"), second=True))

    @rule(which=ANY)
    def charge(self, which: int) -> None:
        hari, bank = self.evening(which)
        self.send(self.bank(bank, BiayaSiskohat(bank, hari)))

    @rule(which=ANY, diligent=st.booleans())
    def settle(self, which: int, diligent: bool) -> None:
        """The bank says it is done; a diligent one has done what was left."""
        hari, bank = self.evening(which)
        if diligent:
            for nomor in sorted(nomor for nomor, of in self.open.items() if of == (hari, bank)):
                self.cure(sorted(self.open).index(nomor), 0, prepared=True)
                self.send(self.bank(bank, Sembuh(nomor, "BALIK", "BUKTI", "dibalik"), second=True))
            self.send(self.file(bank, hari), self.match(bank, hari))
            due = self.engine.books.dana_jatuh(bank, hari)
            total = sum(nominal for _, _, nominal in due)
            self.send(self.bank(bank, PelimpahanDana(bank, hari, total, sum(n for _, n, _ in due), "BI"), second=True))
            self.send(self.bank(bank, BiayaSiskohat(bank, hari)))
        self.send(self.bank(bank, Selesai(bank, hari)))

    # --- the centre ----------------------------------------------------------------------------------------------

    @rule(at=ANY, putusan=st.sampled_from(["DENDA", "CABUT", "TOLAK"]))
    def sanction(self, at: int, putusan: str) -> None:
        last = int(self.engine.books.selisih_next()[2:]) - 1
        self.send(self.centre(SanksiUsul(f"SL{at % (last + 1) + 1:010d}", "pasal 9"), second=False))
        proposed = int(self.engine.books.sanksi_next()[2:]) - 1
        self.send(self.centre(SanksiPutus(f"SN{at % (proposed + 1) + 1:010d}", putusan, "pasal 9")))

    @rule(when=ANY)
    def close(self, when: int) -> None:
        """The day is closed, and the next one opened; or somebody tries to, or to open it without."""
        if when > 14 or self.desk.hari == "2004-05-20":
            return
        properly = when < 6
        books, hari = self.engine.books, f"2004-05-{int(self.desk.hari[8:]) + 1:02d}"
        late = self.desk.ask(*branch("002/0101"), SetoranAwal("33250000001", JUTA_20))
        if properly:
            acts = [*closing(self.desk, books), late]
            acts.append(self.centre(SanksiUsul("SL0000000001", "pasal 9"), second=False))
            self.send(*acts, self.centre(BukaHari(hari), second=False))
        else:
            self.send(self.centre(TutupHari(self.desk.hari)), self.centre(BukaHari(hari), second=False), late)
        self.desk.hari = books.hari

    # --- what always holds ---------------------------------------------------------------------------------------

    @invariant()
    def branches_owe_what_they_took_and_did_not_pass_on(self) -> None:
        """To the rupiah, for every branch over all days; and nobody passed on more than he took."""
        for tapak in BRANCHES:
            bank, cabang = tapak.split("/")
            took = Counter(of for of in self.live.values() if of[1:] == (bank, cabang))
            passed = {key: n for key, n in self.passed.items() if key[1:] == (bank, cabang)}
            assert self.klearing[tapak] == JUTA_20 * (took.total() - sum(passed.values())), tapak
            assert all(n <= took[key] for key, n in passed.items()), (
                "no deposit is passed on twice, or reversed after it"
            )

    @invariant()
    def a_settled_day_stays_settled(self) -> None:
        """Sum passed on = net deposits, nothing open, and nothing moves in it any more."""
        for (hari, bank), deposits in self.settled.items():
            passed = sum(n for key, n in self.passed.items() if key[:2] == (hari, bank))
            assert passed == deposits == self.deposits(hari, bank)
            assert (hari, bank) not in self.open.values()
            assert self.engine.books.keadaan_bank(bank, hari) == "SETTLED"

    @invariant()
    def each_difference_has_one_end(self) -> None:
        """Open or ended, never both, and ended once; the books say the same."""
        assert not self.ended.keys() & self.open.keys()
        assert set(self.ended.values()) <= {1}
        assert {row.nomor for row in self.engine.books.selisih_terbuka()} == self.open.keys()
        assert len(self.ended) + len(self.open) == int(self.engine.books.selisih_next()[2:]) - 1

    def teardown(self) -> None:
        """Books derived again from the entries are the books."""
        again = Books(PlainVault())
        for body in self.bodies:
            replay(again, decode_entry(body))
        live = {name: dict(table.range("", LAST)) for name, table in self.engine.books.tables.items()}
        assert {name: dict(table.range("", LAST)) for name, table in again.tables.items()} == live


STEPS = settings(
    max_examples=max(200, settings().max_examples),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
FLOORS = {
    **dict.fromkeys(["STA", "KOR", "TSC", "TSB", "KFT", "PCK", "SLS", "SEM", "PLD", "BYS", "SLH", "THR", "BHR"], 30),
    **dict.fromkeys(["SNU", "SNP", "BALIK", "TRANSFER", "KOREKSI", "SKH2205", "SKH6202", "SKH6217", "SKH6221"], 5),
    **dict.fromkeys(["SKH6201", "SKH6203", "SKH6204", "SKH6205", "SKH6206", "SKH6209", "SKH6211", "SKH6216"], 30),
    **dict.fromkeys(["BTP", "ULANG", "BATAL", "SKH6006", "SKH6007", "SKH6212", "SKH6220", "SKH6223", "SKH6225"], 2),
}


def test_any_evening() -> None:
    """Does all of it hold in any order of acts, and did enough happen to say so?"""
    EveningMachine.seen.clear()
    run_state_machine_as_test(EveningMachine, settings=STEPS)
    print(dict(sorted(EveningMachine.seen.items())))
    seen = EveningMachine.seen
    assert {what: seen[what] for what in FLOORS if seen[what] < FLOORS[what]} == {}


# --- can it fail? -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: does the machine fail when the rules have this bug?"""
    bug(monkeypatch)
    once = settings(STEPS, phases=[Phase.generate], database=None)
    with pytest.raises((AssertionError, Finding)):
        run_state_machine_as_test(EveningMachine, settings=once)
