"""A link without a host for tests of the panels: answers are laid out before, and given when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ledger.records import Origin
from terminal.dial import HostUnreachable, ReadyInfo, SessionClosed
from terminal.events import LinkEvent
from terminal.kept import KeptRequest
from tests.panels.evening_told import BRANCHES, DIFFERENCES, OPEN_ITEMS, SANCTIONS, bank_days, drawers, step_told
from tests.unit.terminal.fake_host import PAGES, PILGRIM, WAKTU_US
from txserver.wire.frames import (
    Accepted,
    Answer,
    InquiryCabang,
    InquiryCetak,
    InquiryHari,
    InquiryLaci,
    InquiryNama,
    InquiryNik,
    InquiryPermintaan,
    InquiryPesan,
    InquiryPorsi,
    InquiryRiwayat,
    InquirySanksi,
    InquirySelisih,
    InquirySpph,
    Refused,
)

INFO = ReadyInfo(
    token="tanda",
    hari="2004-05-03",
    waktu_us=WAKTU_US,
    peran="TELLER",
    nama_cabang="BANK CONTOH CABANG BATANG",
    kinds=("STA",),
    host="SISKOHAT",
)


PORSI = {
    **PILGRIM,
    "posisi": 1,
    "seq": 100,
    "waktu_us": WAKTU_US,
    "hari": "2004-05-03",
    "bank": "451",
    "cabang": "0123",
    "saldo_rupiah": 20_000_000,
    "status": "BERPORSI",
}
NAMES = [[f"11000001{n:02d}", f"AHMAD KE {n}", "2004-05-03", "BERPORSI", 100 + n] for n in range(20)]
STEPS = [
    [90, "2004-05-02", WAKTU_US - 86_400_000_000, "SPT", "DEP", "3325", "KDP01", "PETUGAS1", "", 0],
    [91, "2004-05-02", WAKTU_US - 86_300_000_000, "SPS", "DEP", "3325", "KDP02", "PEJABAT1", "", 0],
    [100, "2004-05-03", WAKTU_US, "STA", "451", "0123", "TRM01", "TELLER1", "", 20_000_000],
    [120, "2004-05-03", WAKTU_US + 60_000_000, "KOR", "451", "0123", "TRM01", "TELLER1", "PENYELIA1", 20_000_000],
    [130, "2004-05-03", WAKTU_US + 90_000_000, "ZZZ", "451", "0123", "TRM01", "TELLER1", "", 0],
]
DRAWER = {
    "user": "TELLER1",
    "hari": "2004-05-03",
    "awal_rupiah": 1_000_000,
    "jenis": [["STA", 3, 60_000_000, 0], ["KOR", 1, 0, 20_000_000]],
    "seharusnya_rupiah": 41_000_000,
}
BRANCH = {
    "saldo": [["KLIRING", "IDR", 4, 60_000_000, 20_000_000], ["TABUNGAN", "IDR", 4, 20_000_000, 60_000_000]],
    "jenis": [["KOR", 1, 20_000_000], ["STA", 3, 60_000_000]],
    "terakhir": [
        [120 - n, WAKTU_US - n * 1_000_000, "STA", "TRM01", "TELLER1", 9 - n, f"11000001{n:02d}", 20_000_000]
        for n in range(8)
    ],
    "terbuka": OPEN_ITEMS,
    "laci": drawers(),
}
MESSAGES = [
    [WAKTU_US, "DEP/0000 OPERATOR1", "Host ditutup pukul 15.00 untuk tutup hari. Selesaikan antrean lebih dahulu."],
    [WAKTU_US - 600_000_000, "451/0123 PENYELIA1", "Rapat pukul 16."],
]


def told(body: Any) -> dict[str, Any]:
    """What the host usually answers to an inquiry."""
    match body:
        case InquirySpph(nomor_spph):
            return {**PILGRIM, "nomor_spph": nomor_spph}
        case InquiryPorsi(nomor_porsi):
            return {**PORSI, "nomor_porsi": nomor_porsi.rjust(10, "0")}
        case InquiryNik():
            return {**PORSI, "nomor_porsi": "1100000100"}
        case InquiryCetak():
            return {"halaman": PAGES}
        case InquiryNama(lanjut=lanjut):
            return {"baris": NAMES[12:], "lanjut": ""} if lanjut else {"baris": NAMES[:12], "lanjut": "12"}
        case InquiryRiwayat():
            return {"nomor_spph": "33250000001", "nomor_porsi": "1100000100", "nama": PILGRIM["nama"], "baris": STEPS}
        case InquiryPermintaan():
            return {"seq": 100, "kind": "STA", "waktu_us": WAKTU_US, "data": {"nomor_porsi": "1100000100"}}
        case InquiryLaci():
            return DRAWER
        case InquiryCabang():
            return BRANCH
        case InquiryPesan():
            return {"baris": MESSAGES}
        case InquiryHari(hari, kode_bank, lanjut):
            days = [day for day in bank_days() if hari and kode_bank in {"", day[0]}]
            answer: dict[str, Any] = {"hari": hari, "tutup": 0, "baris": days, "berjalan": []}
            if kode_bank:
                answer |= {"cabang": [row for row in BRANCHES if row[0] > lanjut], "lanjut": ""}
            return answer
        case InquirySelisih(lanjut=lanjut):
            return {"baris": [row for row in DIFFERENCES if row[0] > lanjut], "lanjut": ""}
        case InquirySanksi():
            return {"baris": SANCTIONS, "lanjut": ""}
        case _:
            raise AssertionError(body)


class FakeLink:
    """`answers` are given in order before the usual ones; `gate` closed holds every answer back, `step_gate`
    those of steps. The clock stands.
    """

    def __init__(self, info: ReadyInfo = INFO) -> None:
        self.info: ReadyInfo | None = None
        self.answers: list[Any] = []
        self.asked: list[Any] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.step_gate = asyncio.Event()
        self.step_gate.set()
        self.hear: Callable[[LinkEvent], None] = lambda event: None
        self.kept_request: KeptRequest | None = None
        self._info = info

    def listen(self, hear: Callable[[LinkEvent], None]) -> None:
        self.hear = hear

    def host_us(self) -> int | None:
        return WAKTU_US if self.info else None

    def kept(self) -> KeptRequest | None:
        return self.kept_request

    async def sign_on(self, who: Origin, sandi: str) -> ReadyInfo:
        self.asked.append((who.bank, who.cabang, who.device, who.user, sandi))
        answer = await self._next(self._info)
        if isinstance(answer, HostUnreachable | SessionClosed):
            raise answer
        self.info = self._info
        return self._info

    async def post(self, body: Any, izin: str = "") -> Accepted | Refused:
        self.asked.append(body)
        return await self._next(Accepted(0, 1, 100, WAKTU_US, False, {"nomor_porsi": "1100000100"}))

    async def approve(self, body: Any, user: str, sandi: str) -> Accepted | Refused:
        self.asked.append((body, user, sandi))
        return await self._next(Accepted(0, 2, 101, WAKTU_US, False, {"nomor_porsi": "1100000100"}))

    async def change_password(self, lama: str, baru: str) -> Answer | Refused:
        self.asked.append((lama, baru))
        return await self._next(Answer(0, 900_001, {"token": "baru"}))

    async def announce(self, tujuan: str, teks: str) -> Answer | Refused:
        self.asked.append((tujuan, teks))
        return await self._next(Answer(0, 900_001, {"n": 12}))

    async def ask_again(self, kept: KeptRequest) -> Accepted | Refused:
        self.asked.append(kept)
        self.kept_request = None
        return await self._next(Accepted(0, 1, 100, WAKTU_US, True, {"nomor_porsi": "1100000100"}))

    async def inquire(self, body: Any) -> Answer | Refused:
        self.asked.append(body)
        data = told(body)
        return await self._next(Answer(0, 900_001, data))

    async def step(self, step: Any) -> Answer | Refused:
        self.asked.append(step)
        await self.step_gate.wait()
        return await self._next(Answer(0, 900_001, step_told(step)))

    async def sign_off(self) -> None:
        self.info = None

    async def close(self) -> None:
        self.info = None

    async def _next(self, usual: Any) -> Any:
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, SessionClosed) and self.info is not None:
            raise answer
        return answer
