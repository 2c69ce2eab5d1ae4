"""The steps of the evening: cut-off, confirmation, match, outputs. Each may be killed and run again.

The heavy half of a step is a child process (`txserver.evening.child`); what it found becomes entries through the
clerk, in the name of whoever asked for the step. Run twice, a step finds everything there and says `ulang`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from ledger.books import Books
from ledger.codec import decode_row
from ledger.kinds.konfirmasi_terima import KonfirmasiTerima
from ledger.kinds.pencocokan import Pencocokan
from ledger.kinds.selisih import SelisihBaru
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import NOT_SAID
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.records import Origin, Refusal
from ledger.rows import Setelmen
from ledger.store import Store
from txserver.evening.children import Children, StepFailed, refusal_of
from txserver.evening.clerk import Clerk
from txserver.evening.job import Job
from txserver.metrics import Metrics
from txserver.recap import Progress, Recap
from txserver.settlement.accounts import BankAccounts
from txserver.wire.frames import Accepted

Data = dict[str, Any]

JENIS = "STA"
"""The kind that banks confirm."""
AGAIN_MAX = 5
"""How often a match is done over because the ledger changed under it."""
WORK_MAX = 200
"""Differences posted in one go."""

CUT_OFF_ALREADY, FILE_ALREADY, OPEN_ALREADY, RESULT_ALREADY = "SKH6201", "SKH6204", "SKH6206", "SKH6217"
NOT_OF_HOST = "SKH6218"
"""The deposit was reversed while it was matched, or cancelled since: it is explained by that."""
FAILED = "SKH6303"


class Delivery(Struct, frozen=True, kw_only=True):
    """A confirmation file that lies on disk, whole: who brought it, and what he says of it.

    `sidik` is its SHA-256 in hex or the hash file as it was delivered; `cara` empty, or what the file must say.
    """

    origin: Origin
    bank: str
    hari: str
    path: str
    nama: str
    sidik: str
    tanda_tangan: str
    cara: str = ""
    jenis: str = JENIS


class Steps:
    """The steps of one host."""

    def __init__(
        self,
        store: Store,
        clerk: Clerk,
        recap: Recap,
        metrics: Metrics,
        accounts: Mapping[str, BankAccounts] | None = None,
    ) -> None:
        self._store = store
        self._accounts = accounts or {}
        self._books: Books = store.books
        self._clerk = clerk
        self._recap = recap
        self._metrics = metrics
        self._children = Children()
        self._outputs: dict[tuple[str, str], tuple[object, Data]] = {}
        self._shared: dict[tuple[str, str, str], asyncio.Task[Data | Refusal]] = {}

    @property
    def is_running(self) -> int:
        """Steps that run now."""
        return len(self._recap.running)

    async def cut_off(
        self, origin: Origin, banks: list[str], branches: list[tuple[str, str]] | None = None
    ) -> Data | Refusal:
        """Cut off branches (all that are open, or those of `branches`), then each bank that has none left open."""
        books, hari = self._books, self._books.hari
        if branches is None:
            branches = [(bank, cabang) for bank in banks for cabang in books.cabang_buka(bank)]
        with self._progress("CUTOFF_SEMUA", "", hari, len(branches)) as progress:
            requests = [TutupSetoran(*branch) for branch in branches]
            outcomes = await self._clerk.post_all(origin, requests, _count(progress))
            done, refusal = _tally(outcomes, {CUT_OFF_ALREADY})
            if refusal is not None:
                return refusal
            ready = [bank for bank in banks if books.setelmen(bank, hari) is None and not books.cabang_buka(bank)]
            # One at a time: each adds up all branches of its bank.
            banks_off = [TutupBank(bank) for bank in ready]
            outcomes = await self._clerk.post_all(origin, banks_off, _count(progress), at_once=1)
            bank_done, refusal = _tally(outcomes, {CUT_OFF_ALREADY})
        if refusal is not None:
            return refusal
        return {"hari": hari, "n_cabang": done, "n_bank": bank_done, "ulang": not (done or bank_done)}

    async def confirm(self, delivery: Delivery) -> Data | Refusal:
        """Take a confirmation file in, whole or not at all.

        Refuses, in this order: SKH6203 the bank has not cut off that day, SKH6216 its day is settled, what is wrong
        with the file, SKH6303 the host failed over it; then what the entry is refused for.
        """
        if (refusal := self._not_open(delivery.bank, delivery.hari)) is not None:
            return refusal
        job = self._job("take", delivery.bank, delivery.hari)
        job.path, job.nama, job.cara = delivery.path, delivery.nama, delivery.cara
        job.sidik, job.tanda_tangan = delivery.sidik, delivery.tanda_tangan
        with self._progress("KONFIRMASI", delivery.bank, delivery.hari):
            try:
                said = await self._children.ask(job)
            except StepFailed:
                return Refusal(FAILED, {"langkah": "KONFIRMASI"})
            if isinstance(said, Refusal):
                return said
            return await self._note_file(delivery, said)

    async def _note_file(self, delivery: Delivery, said: Data) -> Data | Refusal:
        told = {"n_rekaman": said["jumlah"], "nominal_rupiah": said["total"], "sidik": said["sidik"]}
        told |= {"id": said["id"], "cara": said["cara"], "bentuk": said["bentuk"], "berkas": delivery.nama}
        if not said["is_counted"]:  # the content of a file that was taken in before, in other packing
            return told | {"seq": 0, "ulang": True}
        request = KonfirmasiTerima(
            delivery.bank,
            delivery.hari,
            delivery.jenis,
            said["bentuk"],
            said["sidik"],
            said["jumlah"],
            said["total"],
            said["mata_uang"],
            said["cara"],
            said["penanda"],
        )
        outcome = await self._clerk.post(delivery.origin, request)
        if isinstance(outcome, Accepted):
            self._metrics.evening_records += said["jumlah"]
            return told | {"seq": outcome.seq, "ulang": False}
        if outcome.id == FILE_ALREADY:
            return told | {"seq": outcome.data["seq"], "ulang": True}
        return outcome

    async def match(self, origin: Origin, bank: str, hari: str) -> Data | Refusal:
        """Match a bank's day with the journal and post what came out; one that is matched already stays as it is.

        Refuses SKH6203, SKH6216 as `confirm`, SKH6205 no confirmation; SKH6303, SKH6305 the host failed.
        """
        return await self._once(("COCOK", bank, hari), self._match(origin, bank, hari))

    async def report(self, bank: str, hari: str, *, is_fresh_enough: bool = False) -> Data | Refusal:
        """Make a bank's outputs anew; with `is_fresh_enough` only when something of the bank's day has changed.

        Refuses SKH6203 before its cut-off; SKH6303, SKH6305 the host failed.
        """
        before = self._state_of_outputs(bank, hari)
        state, made = self._outputs.get((bank, hari), (None, {}))
        if is_fresh_enough and state == before:
            return made
        outcome = await self._once(("LAPORAN", bank, hari), self._report(bank, hari))
        if not isinstance(outcome, Refusal):
            self._outputs[bank, hari] = before, outcome
        return outcome

    def _state_of_outputs(self, bank: str, hari: str) -> object:
        """What the outputs of a bank's day are made of, as far as the books know it."""
        books = self._books
        silang = tuple(books.silang_hari(hari))
        return books.setelmen(bank, hari), books.hari, books.setoran_bank(bank, hari), silang

    async def _report(self, bank: str, hari: str) -> Data | Refusal:
        if (day := self._books.setelmen(bank, hari)) is None:
            return _not_cut_off(bank, hari)
        job = self._job("report", bank, hari)
        due = self._books.dana_jatuh(bank, hari)
        job.n_limpah = day.n_limpah + sum(n for _, n, _ in due)
        job.limpah_rupiah = day.limpah_rupiah + sum(nominal for _, _, nominal in due)
        job.biaya_usd_sen = self._books.aturan_of(hari).biaya_usd_sen
        job.selisih = list(self._books.selisih_hari(bank, hari))
        job.silang = [
            (kab_kota, row.n_host, row.n_kandepag if row.seq else NOT_SAID)
            for kab_kota, row in self._books.silang_hari(hari)
        ]
        job.rekening = self._accounts.get(bank)
        job.waktu_us = self._time_of(max(day.seq_tutup, day.seq_kft, day.seq_pck, day.seq_ubah))
        with self._progress("LAPORAN", bank, hari):
            try:
                return await self._children.ask(job)
            except StepFailed:
                return Refusal(FAILED, {"langkah": "LAPORAN"})

    async def _match(self, origin: Origin, bank: str, hari: str) -> Data | Refusal:
        if (refusal := self._not_open(bank, hari)) is not None:
            return refusal
        day = self._day(bank, hari)
        if not day.seq_kft:
            return Refusal("SKH6205", {"kode_bank": bank, "hari": hari})
        if day.seq_pck > max(day.seq_kft, day.seq_ubah):
            return self._matched(bank, hari, 0, ulang=True)
        found = 0
        with self._progress("COCOK", bank, hari) as progress:
            for _ in range(AGAIN_MAX):
                before = _state(self._day(bank, hari))
                try:
                    outcome = await self._match_once(origin, bank, hari, progress)
                except StepFailed:
                    return Refusal(FAILED, {"langkah": "COCOK"})
                if isinstance(outcome, Refusal):
                    return outcome
                found += outcome
                if _state(self._day(bank, hari)) == before:
                    break
        return self._matched(bank, hari, found, ulang=False)

    async def _match_once(self, origin: Origin, bank: str, hari: str, progress: Progress) -> int | Refusal:
        """One match: the differences first, so that the result is in the ledger only when all of them are.

        Returns how many are new. No result is posted where the ledger has changed meanwhile.
        """
        before = _state(self._day(bank, hari))
        async with self._children.run(self._job("match", bank, hari)) as values:
            counts = await anext(values, None)
            if counts is None:
                raise StepFailed("said nothing")
            if (refusal := refusal_of(counts)) is not None:
                return refusal
            progress.n, progress.dari = 0, sum(counts[name] for name in ("host_only", "bank_only", "diff", "duplicate"))
            new = 0
            async for rows in _in_parts(values):
                requests = [SelisihBaru(bank, hari, *row) for row in rows]
                outcomes = await self._clerk.post_all(origin, requests, _count(progress))
                done, refusal = _tally(outcomes, {OPEN_ALREADY, NOT_OF_HOST})
                new += done
                if refusal is not None:
                    return refusal
        self._metrics.evening_differences += new
        if _state(self._day(bank, hari)) != before:
            return new
        result = Pencocokan(
            bank,
            hari,
            counts["both"],
            counts["host_only"],
            counts["bank_only"],
            counts["diff"],
            counts["duplicate"],
            counts["sidik_hasil"],
        )
        _, refusal = _tally([await self._clerk.post(origin, result)], {RESULT_ALREADY})
        return new if refusal is None else refusal

    def _matched(self, bank: str, hari: str, found: int, *, ulang: bool) -> Data:
        day = self._day(bank, hari)
        return {
            "kode_bank": bank,
            "keadaan": self._books.keadaan_bank(bank, hari),
            "n_cocok": day.n_cocok,
            "n_host": day.n_host,
            "n_bank": day.n_bank,
            "n_beda": day.n_beda,
            "n_ganda": day.n_ganda,
            "n_baru": found,
            "n_terbuka": day.n_terbuka,
            "seq": day.seq_pck,
            "ulang": ulang,
        }

    def _day(self, bank: str, hari: str) -> Setelmen:
        day = self._books.setelmen(bank, hari)
        assert day is not None, "the bank has cut off"
        return day

    def _not_open(self, bank: str, hari: str) -> Refusal | None:
        day = self._books.setelmen(bank, hari)
        if day is None:
            return _not_cut_off(bank, hari)
        if day.seq_selesai:
            return Refusal("SKH6216", {"kode_bank": bank, "hari": hari, "seq": day.seq_selesai})
        return None

    def _job(self, langkah: str, bank: str, hari: str) -> Job:
        row = self._books.bank(bank)
        assert row is not None, "the bank exists"
        files = self._books.berkas_hari(bank, hari)
        path = str(self._store.path.resolve())
        job = Job(langkah=langkah, data=path, bank=bank, hari=hari, jenis=JENIS, nama_bank=row.nama, berkas=files)
        job.batal = self._books.batal_pusat_hari(bank, hari)
        return job

    def _time_of(self, seq: int) -> int:
        return decode_row(self._store.journal.sound(seq)).waktu_us

    async def _once(self, key: tuple[str, str, str], work: Coroutine[Any, Any, Data | Refusal]) -> Data | Refusal:
        """A step that runs already is waited for, not run beside itself."""
        task = self._shared.get(key)
        if task is None:
            task = self._shared[key] = asyncio.create_task(work)
            task.add_done_callback(lambda _: self._shared.pop(key, None))
        else:
            work.close()
        return await asyncio.shield(task)

    @contextmanager
    def _progress(self, langkah: str, bank: str, hari: str, dari: int = 0) -> Iterator[Progress]:
        progress = Progress(langkah, bank, hari, 0, dari)
        self._recap.running.append(progress)
        self._metrics.evening_steps[langkah] += 1
        try:
            yield progress
        finally:
            self._recap.running.remove(progress)

    async def close(self) -> None:
        """End what runs: the host closes, and the next run goes on."""
        tasks = list(self._shared.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _state(day: Setelmen) -> tuple[int, int]:
    """What makes a match stale."""
    return day.seq_kft, day.seq_ubah


def _not_cut_off(bank: str, hari: str) -> Refusal:
    return Refusal("SKH6203", {"kode_bank": bank, "hari": hari})


def _count(progress: Progress) -> Any:
    def tell() -> None:
        progress.n += 1

    return tell


def _tally(outcomes: list[Accepted | Refusal], known: set[str]) -> tuple[int, Refusal | None]:
    """How many became entries, and the first refusal that is not one of those that say "it is there"."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal) and outcome.id not in known]
    return sum(isinstance(outcome, Accepted) for outcome in outcomes), refused[0] if refused else None


async def _in_parts(values: AsyncIterator[Any]) -> AsyncIterator[list[Any]]:
    part: list[Any] = []
    async for value in values:
        part.append(value)
        if len(part) == WORK_MAX:
            yield part
            part = []
    if part:
        yield part
