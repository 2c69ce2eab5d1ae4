"""The state machine over all kinds: tellers, offices, banks and the centre over many days, on a store that crashes."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from msgspec import Struct

from ledger.engine import Asked
from ledger.kinds.sembuh import Sembuh
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_setoran import TutupSetoran
from tests.evening_fixtures import head_office
from tests.ledger_fixtures import (
    BRANCHES,
    CENTRE,
    JUTA_20,
    PAGI,
    branch,
    form,
    nik_of,
    office,
)
from tests.stateful import acts
from tests.stateful.acts import ACTS, SECOND, TAPAK, Act, Pick
from tests.stateful.model import SERIES
from tests.stateful.model_evening import ENDS
from tests.stateful.requests import Rusak
from tests.stateful.whole_crashes import Crashes
from tests.stateful.whole_ledger import DAY_US, FATE, PICK


class WholeMachine(Crashes):
    """What people do, on a ledger that crashes."""

    # --- what people do --------------------------------------------------------------------------------------------

    @rule(
        batch=st.lists(st.tuples(st.sampled_from(range(len(ACTS))), PICK, st.integers(0, 11)), min_size=1, max_size=5)
    )
    def act(self, batch: list[tuple[int, int, int]]) -> None:
        """Anything, by anybody; now and then nobody signs, or the wrong person, or a request stops the rules."""
        asked = []
        for which, number, wrong in batch:
            act = ACTS[which](Pick(number), self.model)
            second = {0: "", 1: act.at[1], 2: "V0201"}.get(wrong, act.second)
            request = Rusak() if wrong == 3 and number % 2 == 0 else act.request
            asked.append(self.asked(Act(act.at, request, second)))
        self.send(asked)

    @rule(tapak=st.sampled_from(TAPAK), n=st.integers(1, 4))
    def register(self, tapak: str, n: int) -> None:
        """Pilgrims who do everything right."""
        for _ in range(n):
            *papers, deposit = self.pilgrim(tapak)
            self.send([*papers, deposit])

    @rule(tapak=st.sampled_from(TAPAK))
    def same_person_again(self, tapak: str) -> None:
        """Two forms of one person, both signed, a deposit on each."""
        first = self.pilgrim(tapak)
        kab, nomor = BRANCHES[tapak], str(first[2].request.nomor_spph)
        second = f"{nomor[:4]}{int(nomor[4:]) + 1:07d}"
        more = [
            self.desk.ask(*office(kab), first[0].request),
            self.desk.ask(*office(kab, signer=True), acts.SpphSah(second)),
            self.desk.ask(*branch(tapak), acts.SetoranAwal(second, JUTA_20)),
        ]
        self.send([*first[:2], *more[:2], first[2], more[2]])  # in the order of their STAN

    @rule(tapak=st.sampled_from(TAPAK), rupiah=st.sampled_from([1, JUTA_20 - 1]))
    def mistyped(self, tapak: str, rupiah: int) -> None:
        """A pilgrim in another province, then with another amount, then as it should be."""
        *papers, deposit = self.pilgrim(tapak)
        nomor, far = deposit.request.nomor_spph, branch("009/0401" if tapak != "009/0401" else "002/0101")
        wrong = [
            self.desk.ask(*far, deposit.request),
            self.desk.ask(*branch(tapak), acts.SetoranAwal(nomor, rupiah)),
        ]
        right = self.desk.ask(*branch(tapak), deposit.request)
        self.send([*papers, *wrong, right])

    @rule(again=st.sampled_from(["AKTIF", "DIBLOKIR", "DICABUT"]))
    def branch_comes_and_goes(self, again: str) -> None:
        """A branch's user ID is withdrawn, for ever."""
        cabang = f"{len(self.model.places) + 2_000}"
        self.send([
            self.desk.ask(*CENTRE, acts.CabangBaru("002", cabang, "CABANG", "3325")),
            *(
                self.desk.ask(*CENTRE, acts.StatusUserId("002", cabang, status, "alasan"), penyetuju=SECOND)
                for status in ("DICABUT", again)
            ),
        ])  # fmt: skip

    def pilgrim(self, tapak: str, stan: int | None = None) -> list[Asked]:
        self.person += 1
        kab = BRANCHES[tapak]
        nomor = f"{kab}{sum(one[:4] == kab for one in self.model.forms) + 1:07d}"
        return [
            self.desk.ask(*office(kab), form(nik=nik_of(self.person, kab))),
            self.desk.ask(*office(kab, signer=True), acts.SpphSah(nomor)),
            self.desk.ask(*branch(tapak), acts.SetoranAwal(nomor, JUTA_20), stan=stan),
        ]

    @rule(tapak=st.sampled_from(TAPAK), counted=st.sampled_from([0, JUTA_20]), closed=st.booleans())
    def shift(self, tapak: str, counted: int, closed: bool) -> None:
        """A drawer is opened, takes a deposit, goes to another teller, and is perhaps closed."""
        (device, user), other = branch(tapak), "U" + tapak[4:]
        self.send([
            self.desk.ask(device, user, acts.LaciBuka(500_000)),
            *self.pilgrim(tapak),
            self.desk.ask(device, user, acts.LaciSerah(other, counted), penyetuju=other),
            *([self.desk.ask(device, other, acts.LaciTutup(205, 0, 0, 0, 0, 0, 0, 0))] if closed else []),
        ])  # fmt: skip

    @rule(hour=st.sampled_from([0, 1, 2, 4, 8]))
    def later(self, hour: int) -> None:
        """The host's clock says another hour, which may be an earlier one; at four in the afternoon counters close."""
        self.desk.waktu_us = PAGI + len(self.model.closed) * DAY_US + hour * 3_600_000_000

    @precondition(lambda self: not self.frozen)
    @rule(fate=FATE, parts=st.integers(1, 3), n=st.integers(0, 2))
    def checkpoint(self, fate: str, parts: int, n: int) -> None:
        """One from beginning to end, with deposits in between."""
        self.begin_checkpoint()
        if n:
            self.register("002/0101", n)
        self.end_checkpoint(fate, parts)

    @precondition(lambda self: self.sent)
    @rule(number=PICK, other=st.booleans())
    def ask_again(self, number: int, other: bool) -> None:
        """An answer was lost: the request comes again, or another under its number."""
        one = self.sent[-1 - number % len(self.sent)]
        request = form(nik=nik_of(9)) if other else one.request
        self.send([Asked(one.origin, one.stan, one.hari, request, one.waktu_us, one.penyetuju), one])

    @rule(tapak=st.sampled_from(TAPAK))
    def stan_goes_back(self, tapak: str) -> None:
        """A terminal forgot its number."""
        device, user = branch(tapak)
        stan = max(self.desk.stan.get((device, self.desk.hari), 0) - 1, 1)
        self.send([self.desk.ask(device, user, acts.SetoranAwal("33250000001", JUTA_20), stan=stan)])

    # --- an evening that makes sense -------------------------------------------------------------------------------

    @rule(number=PICK, steps=st.integers(1, 6))
    def go_on_with_an_evening(self, number: int, steps: int) -> None:
        """A bank does what its day waits for; mostly the oldest that is open, so that some come to their end."""
        hari, bank = acts.evening_of(Pick(number >> 2 if number % 4 == 3 else 0), self.model)
        number >>= 4
        for _ in range(steps):
            batch = self.next_of(hari, bank, number)
            if not batch or self.send(batch)[-1][0] != "entri":
                return

    def next_of(self, hari: str, bank: str, number: int) -> list[Asked]:
        model, at = self.model, head_office(bank)
        new = f"{model.head:064x}"
        if model.lacking(hari, bank) in {"PLD", "BYS"} and number % 4 == 0:
            return [self.desk.ask(*at, acts.Selesai(bank, hari))]  # too early
        mine = [
            nomor for nomor, one in model.porsi.items() if (one.hari, one.tapak[:3]) == (hari, bank) and one.is_live
        ]
        if mine and model.lacking(hari, bank) == "BYS" and number % 4 == 1:
            back, tapak = acts.KoreksiSetoran(mine[-1], "salah"), model.porsi[mine[-1]].tapak  # its money is gone
            return [self.desk.ask(*branch(tapak), back, penyetuju="V" + tapak[4:])]
        if model.lacking(hari, bank) == "KFT" and model.days[hari, bank].files and number % 4 == 2:
            return self.unconfirmed_and_settled(hari, bank)
        match model.lacking(hari, bank):
            case "TSB":
                cuts = [TutupSetoran(bank, tapak[4:]) for tapak in model.still_open(bank)]
                return [self.desk.ask(*at, one) for one in (*cuts, TutupBank(bank))]
            case "KFT":
                request: Struct = acts.KonfirmasiTerima(bank, hari, "STA", "csv", new, 1, 1, "IDR", "GANTI", "")
            case "SELISIH":
                return self.cure(next(iter(model.open_items(hari, bank))), number >> 2)
            case "PCK":
                day = model.days[hari, bank]  # what was cured is short until a second file says otherwise
                host, beda = (day.opened["HOST_ONLY"], day.opened["DIFF"]) if len(day.files) == 1 else (0, 0)
                request = acts.Pencocokan(bank, hari, 1, host, 0, beda, 0, new)
            case "PLD":
                n = model.due(hari, bank)
                return [self.desk.ask(*at, acts.PelimpahanDana(bank, hari, n * JUTA_20, n, "BI"), penyetuju="C" + bank)]
            case "BYS":
                charge = acts.BiayaSiskohat(bank, hari)
                return [self.desk.ask(*at, one) for one in [charge] * (1 + number // 4 % 2)]
            case _ if model.days[hari, bank].settled:
                return []
            case _:
                request = acts.Selesai(bank, hari)
        return [self.desk.ask(*at, request)]

    def unconfirmed_and_settled(self, hari: str, bank: str) -> list[Asked]:
        """All is done but that the bank has not confirmed again what it transferred or put right."""
        at, n = head_office(bank), self.model.due(hari, bank)
        passed = acts.PelimpahanDana(bank, hari, n * JUTA_20, n, "BI")
        return [
            self.desk.ask(*at, passed, penyetuju="C" + bank),
            *(self.desk.ask(*at, one) for one in (acts.BiayaSiskohat(bank, hari), acts.Selesai(bank, hari))),
        ]

    @rule(number=PICK, n=st.integers(1, 3))
    def differ(self, number: int, n: int) -> None:
        """A bank whose branches took deposits cuts off and confirms; the match finds differences."""
        hari, bank = acts.evening_of(Pick(number), self.model)
        if (hari, bank) not in self.model.days:
            if hari in self.model.closed:
                return
            self.register("009/0401" if bank == "009" else "002/0101", n + 1)
        for _ in range(2):
            if self.model.lacking(hari, bank) in {"TSB", "KFT"}:
                self.send(self.next_of(hari, bank, number))
        for turn in range(n):
            self.send([self.asked(acts.sls(Pick(number >> turn * 9), self.model)._replace(at=head_office(bank)))])

    @rule(number=PICK)
    def answer_lost_at_the_bank(self, number: int) -> None:
        """The bank has money without a porsi: the branch brings the same request again, after the cut-off."""
        self.differ(number, 1)
        for tapak in TAPAK[1:]:
            key, device = (self.model.hari, tapak[:3]), branch(tapak)[0]
            if key in self.model.days:
                stan = self.desk.stan.get((device, self.model.hari), 0) + 1
                new = acts.SelisihBaru(
                    tapak[:3], self.model.hari, "BANK_ONLY", tapak[4:], "T1", stan, "", 0, JUTA_20, 0
                )
                if self.send([self.desk.ask(*head_office(tapak[:3]), new)])[0][0] == "entri":
                    self.send(self.cure(list(self.model.items)[-1], 0))

    @rule(number=PICK, cured=st.booleans())
    def sanction(self, number: int, cured: bool) -> None:
        """The centre proposes a fine and decides on it; before or after it cancelled the porsi."""
        if not any(one.kelas == "HOST_ONLY" for one in self.model.open_items().values()):
            self.differ(number >> 8, 2)
        host_only = [nomor for nomor, one in self.model.open_items().items() if one.kelas == "HOST_ONLY"]
        if host_only and cured:
            self.send(self.cure(host_only[number % len(host_only)], 2))
        for make in (acts.snu, acts.snp, acts.snp):
            self.send([self.asked(make(Pick(number >> 4), self.model))])

    @precondition(lambda self: self.model.open_items())
    @rule(number=PICK)
    def cure_one(self, number: int) -> None:
        """What makes a cure true, and the cure."""
        open_ = list(self.model.open_items())
        self.send(self.cure(open_[number % len(open_)], number >> 8))

    def cure(self, nomor: str, number: int) -> list[Asked]:
        item = self.model.items[nomor]
        how = ENDS[item.kelas][number % len(ENDS[item.kelas])]
        tapak = f"{item.bank}/{item.cabang}"
        if how == "ULANG":
            series = SERIES[BRANCHES[tapak][:2]]
            porsi = f"{series}{sum(one[:2] == series for one in self.model.porsi) + 1:08d}"
            again = self.pilgrim(tapak, item.stan)
            end = Sembuh(nomor, how, porsi, "sembuh")
            return [*again, self.desk.ask(*branch(tapak), end, penyetuju="V" + item.cabang)]
        if how == "BATAL":
            batal = acts.BatalPusat(item.porsi, nomor, "tanpa dana")
            return [self.desk.ask(*CENTRE, one, penyetuju=SECOND) for one in (batal, Sembuh(nomor, how, "BTP", "s"))]
        asked = []
        if how == "BALIK" and item.kelas == "HOST_ONLY":
            back = acts.KoreksiSetoran(item.porsi, "salah")
            asked.append(self.desk.ask(*branch(tapak), back, penyetuju="V" + item.cabang))
        end = self.desk.ask(*head_office(item.bank), Sembuh(nomor, how, "BUKTI", "sembuh"), penyetuju="C" + item.bank)
        return [*asked, end]

    @rule(number=PICK, often=st.integers(0, 3))
    def next_day(self, number: int, often: int) -> None:
        """Everybody cuts off, the centre closes the day and opens another; whatever is open goes on."""
        if often:
            return
        self.register("002/0101", 1)
        for bank in sorted(self.model.banks):
            if (self.model.hari, bank) not in self.model.days and self.model.hari not in self.model.closed:
                cuts = [TutupSetoran(bank, tapak[4:]) for tapak in self.model.still_open(bank)]
                self.send([self.desk.ask(*CENTRE, one) for one in (*cuts, TutupBank(bank))])
        for turn in range(2):
            self.send([self.asked(acts.slk(Pick(number >> turn * 8), self.model))])
        late = self.pilgrim("002/0101")
        self.send([self.asked(acts.thr(Pick(0), self.model)), *late, self.asked(acts.thr(Pick(0), self.model))])
        self.send([self.asked(acts.bhr(Pick(0), self.model))])
        self.later(0)
