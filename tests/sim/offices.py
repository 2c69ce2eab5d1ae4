"""The offices behind the counters: the operator of the centre, and of each bank the head office in its evening."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.sanksi_putus import SanksiPutus
from ledger.kinds.sanksi_usul import SanksiUsul
from ledger.kinds.selesai import Selesai
from ledger.kinds.sembuh import Sembuh
from ledger.kinds.status_user_id import StatusUserId
from ledger.kinds.tutup_hari import TutupHari
from terminal import confirmation
from terminal.sending import Sending
from tests.sim.country import SECOND, Seat, second_of
from tests.sim.people import Officer, Official, Station, Teller
from txserver.evening.places import Places, make
from txserver.recap import BankDay
from txserver.wire.frames import Accepted, InquiryHari, InquirySelisih, Jalankan, Refused

if TYPE_CHECKING:
    from tests.sim.world import World

AHEAD = 16
"""Pieces of a file on their way at a time."""
WAIT_S = 300.0
"""Between two looks of a head office at a day that has not cut off."""
REPORTS = 0.05
"""Share of matches in whose place a bank has its outputs made: they cost most."""
PATIENT = 0.7
"""Share of turns in which a bank with open differences sees to them before anything else."""
CLOSED = frozenset({"SKH6001", "SKH6002", "SKH6007"})
"""Refusals of what has to wait for a day to be open."""
NOT_NOW = frozenset({"SKH6203", "SKH6216", "SKH6303", "SKH9001", "SKH9002", "SKH9003", "SKH9004", "SKH9014", "SKH9015"})
"""Refusals of a step that may be asked for again."""


class HeadOffice(Station):
    """A bank's evening: confirms out of its own book, has it matched, cures, passes on, settles; late days too."""

    leaves = 23.0

    def __init__(self, world: World, seat: Seat, number: int) -> None:
        self.days: dict[str, bool] = {}
        """Days that were seen, and whether they are settled."""
        self.laid: set[str] = set()
        super().__init__(world, seat, number)

    @property
    def bank(self) -> str:
        return self.seat.users[0].bank

    @property
    def outbox(self) -> Path:
        """The bank's own folder."""
        return self.world.country.path.with_name("bank") / self.bank

    async def act(self) -> None:
        if self.link.info is None:
            await self.look()
            return
        self.days.setdefault(self.link.info.hari, False)
        due = [hari for hari, is_settled in self.days.items() if not is_settled]
        hari = self.random.choice(due) if due else self.link.info.hari
        answer = await self.link.inquire(InquiryHari(hari, self.bank))
        self.world.counts["inquiries"] += 1
        if isinstance(answer, Refused):
            self.world.history.odd[f"{answer.id} to a head office"] += 1
            return
        day = BankDay(*answer.data["baris"][0])
        if day.keadaan == "SETTLED":
            self.days[hari] = True
        elif day.keadaan == "OPEN":
            await self.pause(self.random.uniform(WAIT_S, 3 * WAIT_S))
        else:
            await self._go_on(hari, day)

    async def _go_on(self, hari: str, day: BankDay) -> None:
        """What the day waits for."""
        if not day.n_berkas:
            await self._confirm(hari)
        elif not day.n_cocok + day.n_host or self.random.random() < 0.1:
            await self._step("COCOK", hari)
        elif day.n_terbuka and self.random.random() < PATIENT:
            await self._cure(hari)
        elif day.n_jatuh:
            body = PelimpahanDana(self.bank, hari, day.jatuh_rupiah, day.n_jatuh, "BI")
            await self._closed(await self.ask_with(body, second_of(self.bank)))
        elif day.n_biaya < day.n_porsi:
            await self._closed(await self.ask(BiayaSiskohat(self.bank, hari)))
        elif await self._step("COCOK", hari):
            answer = await self.ask(Selesai(self.bank, hari))
            await self._closed(answer)
            if isinstance(answer, Refused) and answer.data.get("sebab") == "KFT":
                self.world.counts["confirmed anew"] += 1
                self.world.banks.days[hari, self.bank].put_right((hari, self.bank))
                await self._confirm(hari)

    async def _closed(self, answer: Accepted | Refused | None) -> None:
        if isinstance(answer, Refused) and answer.id in CLOSED:
            await self.pause(WAIT_S)

    async def _step(self, langkah: str, hari: str) -> bool:
        """A step on the host; now and then with the outputs made too."""
        if self.random.random() < REPORTS:
            langkah = "LAPORAN"
        answer = await self.link.step(Jalankan(0, 0, langkah, self.bank, hari))
        await self.pause(self.random.uniform(1, WAIT_S / 3))
        if isinstance(answer, Refused):
            self._refused(answer, langkah)
            await self._closed(answer)
        return not isinstance(answer, Refused)

    # ----------------------------------------------------------------------------------------------- confirmation

    async def _confirm(self, hari: str) -> None:
        book = self.world.banks.days[hari, self.bank]
        content = book.deliver((hari, self.bank), self.setting.bank_errors, self.random)
        if self.setting.host.get("auto_user") and hari == self._now and self.random.random() < 0.5:
            self._lay(hari, content, book.sidik)
            await self.pause(WAIT_S)
        else:
            make(self.outbox).joinpath(f"{hari}.csv").write_bytes(content)
            await self._upload(hari)

    @property
    def _now(self) -> str:
        return "" if self.link.info is None else self.link.info.hari

    def _lay(self, hari: str, content: bytes, sidik: str) -> None:
        """Into the folder that the host watches, its hash file last."""
        if hari not in self.laid:
            self.laid.add(hari)
            self.world.counts["files laid"] += 1
            folder = make(Places(self.world.country.path).kotak / self.bank)
            (folder / f"{hari}.csv").write_bytes(content)
            (folder / f"{hari}.csv.sha256").write_text(f"{sidik}  {hari}.csv\n")

    async def _upload(self, hari: str) -> None:
        """As the terminal sends it: piece behind piece, from where the host says it is."""
        file = confirmation.taken(self.outbox, f"{hari}.csv")
        sending = Sending(file, self.bank, hari, self.link.step, ahead=AHEAD, tell=lambda _: None)
        answer = await sending.run(self.link.step)
        if not isinstance(answer, Refused):
            self.world.counts["files sent"] += 1
            return
        self._refused(answer, "a file")
        await self._closed(answer)

    def _refused(self, answer: Refused, what: str) -> None:
        self.world.history.refused[answer.id] += 1
        if answer.id not in {*CLOSED, *NOT_NOW}:
            self.world.history.odd[f"{answer.id} to {what}"] += 1

    # -------------------------------------------------------------------------------------------------- differences

    async def _cure(self, hari: str) -> None:
        """End one difference; some that the bank has no money for are left to the centre."""
        answer = await self.link.inquire(InquirySelisih(self.bank, hari))
        if isinstance(answer, Refused):
            return
        open_ = [row for row in answer.data["baris"] if row[12] == "TERBUKA"]
        if not open_:
            open_ = [row for row in await self._all_open() if row[2] == hari]
        if not open_:
            return
        nomor, _, _, kelas, cabang, _, _, porsi, host, of_bank, *_ = self.random.choice(open_)
        if kelas == "HOST_ONLY" and int(nomor[2:]) % 4 == 0 and self.world.stations[0].leaves:
            self.world.for_centre[nomor] = porsi
            await self.pause(WAIT_S)
            return
        cara = {"HOST_ONLY": "TRANSFER", "DIFF": "TRANSFER" if of_bank < host else "KOREKSI"}.get(kelas, "BALIK")
        answer = await self.ask_with(Sembuh(nomor, cara, "BUKTI", "sembuh"), second_of(self.bank))
        if isinstance(answer, Refused) and answer.id == "SKH6221" and porsi:
            self.world.counts["cured by a correction"] += 1
            await self.ask_with(Sembuh(nomor, "BALIK", "KOREKSI", f"cabang {cabang}"), second_of(self.bank))
        await self._closed(answer)

    async def _all_open(self) -> list[Any]:
        answer = await self.link.inquire(InquirySelisih(self.bank))
        return [] if isinstance(answer, Refused) else list(answer.data["baris"])


class Operator(Station):
    """Ends the day at an odd hour, opens the next; stops branches and lets them go on; cancels what nobody pays for."""

    leaves = 23.0

    def __init__(self, world: World, seat: Seat, number: int) -> None:
        self.phase = "open"
        self.stopped = ""
        super().__init__(world, seat, number)
        self._close_s = self.setting.day_hours * 3_600

    async def act(self) -> None:
        now = self.world.loop.time()
        if self.world.for_centre and self.random.random() < 0.5:
            await self._cancel(*self.world.for_centre.popitem())
        elif self.phase != "open":
            await self._evening()
        elif now >= self._close_s:
            self.phase = "cut off"
        elif (
            self.setting.revocation_every
            and self.random.random() < self.setting.think_s / self.setting.revocation_every
        ) or self.stopped:
            await self._stop_or_go()

    async def _evening(self) -> None:
        if self.link.info is None:
            await self.look()  # which says that the session is over
            return
        hari = self.link.info.hari
        if self.phase == "cut off":
            answer = await self.link.step(Jalankan(0, 0, "CUTOFF_SEMUA"))
            if isinstance(answer, Refused):
                self.world.counts[f"cut-off {answer.id}"] += 1
                return
            self.phase = "evening"
            self._close_s = self.world.loop.time() + self.random.uniform(60, self.setting.evening_s)
        elif self.phase == "evening" and self.world.loop.time() >= self._close_s:
            closed = await self.ask_with(TutupHari(hari), SECOND)
            if isinstance(closed, Refused) and closed.id in {"SKH6007", "SKH6212"}:
                self.phase = "closed" if closed.id == "SKH6007" else "cut off"
        elif self.phase == "closed":
            await self.pause(self.random.uniform(60, 3_600))
            opened = await self.ask(BukaHari((date.fromisoformat(hari) + timedelta(days=1)).isoformat()))
            if isinstance(opened, Refused) and opened.id == "SKH6003":
                self.phase = "open"

    async def _cancel(self, nomor: str, porsi: str) -> None:
        """Nobody pays for this porsi: it is cancelled, the difference ended, and perhaps the bank fined."""
        if self.random.random() < 0.5:
            fine = await self.ask(SanksiUsul(nomor, "pasal 9"))
            if isinstance(fine, Accepted):
                decision = self.random.choice(("DENDA", "TOLAK"))
                await self.ask_with(SanksiPutus(str(fine.data["nomor_sanksi"]), decision, "pasal 9"), SECOND)
        for body in (BatalPusat(porsi, nomor, "tanpa dana"), Sembuh(nomor, "BATAL", porsi, "tanpa dana")):
            answer = await self.ask_with(body, SECOND)
            if isinstance(answer, Refused) and answer.id in CLOSED:
                self.world.for_centre[nomor] = porsi
                return

    async def _stop_or_go(self) -> None:
        branches = sorted({seat.users[0].tapak for seat in self.world.country.seats if seat.role == "TELLER"})
        tapak, status = (self.stopped, "AKTIF") if self.stopped else (self.random.choice(branches), "DIBLOKIR")
        bank, cabang = tapak.split("/")
        self.world.note_fault(f"branch {status}")
        await self.ask_with(StatusUserId(bank, cabang, status, "SIMULASI"), SECOND)

    def done(self, body: Any, answer: Accepted) -> None:
        if isinstance(body, TutupHari):
            self.phase = "closed"
            self.world.counts["days closed"] += 1
        elif isinstance(body, BukaHari):
            self.phase = "open"
            self._close_s = self.world.loop.time() + self.setting.day_hours * 3_600
        elif isinstance(body, StatusUserId):
            self.stopped = "" if body.status == "AKTIF" else f"{body.kode_bank}/{body.kode_cabang}"


ROLES = {"PETUGAS": Officer, "PEJABAT": Official, "TELLER": Teller, "PUSAT": Operator, "BANK": HeadOffice}
