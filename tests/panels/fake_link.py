"""A link without a host for tests of the panels: answers are laid out before, and given when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ledger.records import Origin
from terminal.dial import HostUnreachable, ReadyInfo, SessionClosed
from terminal.events import LinkEvent
from terminal.kept import KeptRequest
from tests.unit.terminal.fake_host import PAGES, PILGRIM, WAKTU_US
from txserver.wire.frames import Accepted, Answer, InquiryCetak, InquiryPorsi, InquirySpph, Refused

INFO = ReadyInfo(
    token="tanda",
    hari="2004-05-03",
    waktu_us=WAKTU_US,
    peran="TELLER",
    nama_cabang="BANK CONTOH CABANG BATANG",
    kinds=("STA",),
    host="SISKOHAT",
)


class FakeLink:
    """`answers` are given in order before the usual ones; `gate` closed holds every answer back. The clock stands."""

    def __init__(self, info: ReadyInfo = INFO) -> None:
        self.info: ReadyInfo | None = None
        self.answers: list[Any] = []
        self.asked: list[Any] = []
        self.gate = asyncio.Event()
        self.gate.set()
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

    async def post(self, body: Any) -> Accepted | Refused:
        self.asked.append(body)
        return await self._next(Accepted(0, 1, 100, WAKTU_US, False, {"nomor_porsi": "1100000100"}))

    async def ask_again(self, kept: KeptRequest) -> Accepted | Refused:
        self.asked.append(kept)
        self.kept_request = None
        return await self._next(Accepted(0, 1, 100, WAKTU_US, True, {"nomor_porsi": "1100000100"}))

    async def inquire(self, body: Any) -> Answer | Refused:
        self.asked.append(body)
        match body:
            case InquirySpph(nomor_spph):
                data = {**PILGRIM, "nomor_spph": nomor_spph}
            case InquiryPorsi(nomor_porsi):
                told = {"posisi": 1, "seq": 100, "waktu_us": WAKTU_US, "hari": "2004-05-03", "bank": "451"}
                told |= {"cabang": "0123", "saldo_rupiah": 20_000_000, "status": "BERPORSI"}
                data = {**PILGRIM, **told, "nomor_porsi": nomor_porsi.rjust(10, "0")}
            case InquiryCetak():
                data = {"halaman": PAGES}
            case _:
                raise AssertionError(body)
        return await self._next(Answer(0, 900_001, data))

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
