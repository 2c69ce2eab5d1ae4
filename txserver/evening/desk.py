"""Who may ask for which step of the evening: the line's UNGGAH and JALANKAN, judged and handed on.

The centre (PUSAT) may do all of it, a head office (BANK) what is of its own bank, an auditor (AUDITOR) fetch the
outputs of every bank. A branch cuts itself off by an ordinary request of its own terminal.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ledger.books import Books
from ledger.fields import is_hex
from ledger.ketentuan import is_tanggal
from ledger.kind import Role
from ledger.records import Origin, Refusal
from txserver.evening.pace import Pace
from txserver.evening.papers import anchor_piece, output_piece
from txserver.evening.places import Places
from txserver.evening.steps import Data, Delivery, Steps
from txserver.evening.uploads import Upload, Uploads
from txserver.session import Work
from txserver.wire.frames import Ambil, Jalankan, Unggah

CUTOFF_SEMUA, COCOK, LAPORAN = "CUTOFF_SEMUA", "COCOK", "LAPORAN"
LANGKAH = (CUTOFF_SEMUA, COCOK, LAPORAN)
PIECES_A_TURN = 2
"""Of all uploads, in a turn of the event loop: seven banks that send at once had two hundred pieces before a teller."""


class EveningDesk:
    """The steps as users ask for them."""

    def __init__(self, books: Books, steps: Steps, uploads: Uploads, places: Places) -> None:
        self._books = books
        self._steps = steps
        self._uploads = uploads
        self._places = places
        self._pace = Pace(PIECES_A_TURN)

    async def answer(self, work: Work) -> Data | Refusal:
        """Do what a session asks for; pieces of an upload in the order in which they came."""
        origin, frame = work.session.origin, work.frame
        if isinstance(frame, Unggah):
            return await self._upload(origin, frame)
        if isinstance(frame, Ambil):
            return await self._fetch(origin, frame)
        return await self.run(origin, frame)

    async def _fetch(self, origin: Origin, frame: Ambil) -> Data | Refusal:
        """A piece of an output of a bank's day, or without a bank of a day's anchor, which every user may have.

        Refuses, in this order: SKH1003 no such date, what `banks` and the piece refuse.
        """
        hari = frame.hari or self._books.hari
        if not is_tanggal(hari):
            return Refusal("SKH1003", {"tanggal": ascii(hari)})
        if not frame.kode_bank:
            return await anchor_piece(self._places, hari, frame.nama, frame.offset)
        banks = self.banks(origin, frame.kode_bank, LAPORAN)
        if isinstance(banks, Refusal):
            return banks
        return await output_piece(self._places, self._steps, banks[0], hari, frame.nama, frame.offset)

    async def run(self, origin: Origin, frame: Jalankan) -> Data | Refusal:
        """A step, for one bank or for all that the user may act for.

        Refuses, in this order: SKH1001 unknown step, SKH1003 no such date, SKH7008 no authority, SKH8002 unknown bank,
        SKH6213 another's; then what the step refuses. Of several banks the first refusal is told, and the others
        have gone on.
        """
        if frame.langkah not in LANGKAH:
            return Refusal("SKH1001", {"field": "langkah", "sebab": ascii(frame.langkah)})
        hari = frame.hari or self._books.hari
        if not is_tanggal(hari):
            return Refusal("SKH1003", {"tanggal": ascii(hari)})
        banks = self.banks(origin, frame.kode_bank, frame.langkah)
        if isinstance(banks, Refusal):
            return banks
        if frame.langkah == CUTOFF_SEMUA:
            if hari != self._books.hari:
                return Refusal("SKH6002", {"hari_permintaan": hari, "hari": self._books.hari})
            return await self._steps.cut_off(origin, banks)
        if not frame.kode_bank:
            banks = [bank for bank in banks if self._is_ripe(bank, hari, frame.langkah)]
        if frame.langkah == COCOK:
            outcomes = await asyncio.gather(*(self._steps.match(origin, bank, hari) for bank in banks))
        else:
            outcomes = await asyncio.gather(*(self._steps.report(bank, hari) for bank in banks))
        return _together(hari, banks, outcomes)

    def banks(self, origin: Origin, kode_bank: str, kind: str) -> list[str] | Refusal:
        """The banks a user acts for: the one he names, or all he may. `kind` is what he wants to do.

        Refuses, in this order: SKH7008 no authority, SKH8002 unknown bank, SKH6213 another's.
        """
        profile = self._books.pengguna(origin.user)
        peran = profile.peran if profile is not None else ""
        is_auditor = peran == Role.AUDITOR and kind == LAPORAN
        if peran not in {Role.PUSAT, Role.BANK} and not is_auditor:
            return Refusal("SKH7008", {"user": origin.user, "kind": kind})
        if kode_bank and self._books.bank(kode_bank) is None:
            return Refusal("SKH8002", {"kode_bank": ascii(kode_bank)})
        if peran != Role.BANK:
            return [kode_bank] if kode_bank else [row.kode for row in self._books.bank_semua()]
        if kode_bank not in {"", origin.bank}:
            return Refusal("SKH6213", {"milik": kode_bank, "user": origin.user})
        return [origin.bank]

    def _is_ripe(self, bank: str, hari: str, langkah: str) -> bool:
        """Whether a step asked for all banks concerns this one: a match wants a confirmation of a day not settled."""
        day = self._books.setelmen(bank, hari)
        return day is not None and (langkah != COCOK or bool(day.seq_kft and not day.seq_selesai))

    async def _upload(self, origin: Origin, frame: Unggah) -> Data | Refusal:
        """A piece of a file; with the last one the file is taken in.

        Refuses, in this order: what `banks` and `Uploads.piece` refuse; with the last piece SKH1003, SKH1001 no
        SHA-256, and what the confirmation is refused for.
        """
        banks = self.banks(origin, frame.kode_bank, "KFT")
        if isinstance(banks, Refusal):
            return banks
        await self._pace.turn()
        upload = self._uploads.piece(origin.perangkat, frame)
        if isinstance(upload, Refusal):
            return upload
        if not frame.akhir:
            return {"diterima": upload.n}
        self._uploads.claim(origin.perangkat)
        try:
            outcome = await self._take(origin, frame, banks, upload)
        finally:
            upload.path.unlink(missing_ok=True)
        return outcome if isinstance(outcome, Refusal) else outcome | {"diterima": upload.n}

    async def _take(self, origin: Origin, frame: Unggah, banks: list[str], upload: Upload) -> Data | Refusal:
        if len(banks) != 1:
            return Refusal("SKH8002", {"kode_bank": "''"})
        hari = frame.hari or self._books.hari
        if not is_tanggal(hari):
            return Refusal("SKH1003", {"tanggal": ascii(hari)})
        sidik = frame.sidik.lower()
        if not (len(sidik) == 64 and is_hex(sidik)):
            return Refusal("SKH1001", {"field": "sidik", "sebab": ascii(frame.sidik)[:20]})
        return await self._steps.confirm(
            Delivery(
                origin=origin,
                bank=banks[0],
                hari=hari,
                path=str(upload.path),
                nama=upload.nama,
                sidik=sidik,
                tanda_tangan=frame.tanda_tangan,
            )
        )


def _together(hari: str, banks: list[str], outcomes: list[Data | Refusal]) -> Data | Refusal:
    """What several banks' steps come to."""
    done: dict[str, Any] = {}
    for bank, outcome in zip(banks, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            return outcome
        done[bank] = outcome
    return {
        "hari": hari,
        "bank": done,
        "n_terbuka": sum(outcome.get("n_terbuka", 0) for outcome in done.values()),
        "ulang": bool(done) and all(outcome.get("ulang", False) for outcome in done.values()),
    }
