"""The evening by command: what `siskohat-server eod` does in its session on a running host.

Every command may be run again: it goes on where it was, or finds everything done and says `ulang`. Results are plain
values, as `--json` prints them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from msgspec import Struct, convert

from ledger.kinds import Request
from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.sanksi_putus import SanksiPutus
from ledger.kinds.sanksi_usul import SanksiUsul
from ledger.kinds.selesai import Selesai
from ledger.kinds.sembuh import Sembuh
from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from txserver.console import LINE, Console, ConsoleError, Misused, Turned, Unreachable, trust
from txserver.wire.evening import BankDay, BranchDay, Difference, Running, Sanction
from txserver.wire.frames import UPLOAD_BYTES_MAX, InquiryHari, InquirySanksi, InquirySelisih, Jalankan, Unggah

Data = dict[str, Any]
Show = Callable[[str, int, int], None]
"""Called with what is done, how many, of how many (0: nobody knows)."""

SETTLED, PROPOSED = "SETTLED", "USUL"
ALREADY = {"SKH6216", "SKH6227"}
"""Refusals that say "this was done before"."""
NOT_READY = "SKH6211"


async def status(console: Console, hari: str, bank: str) -> Data:
    """The board: every bank's state, and what is open; with a bank its branches too."""
    hari = hari or console.info["hari"]
    answer = await console.ask(InquiryHari(hari, bank))
    rows = [_named(BankDay, row) for row in answer["baris"]]
    told = {"hari": hari, "tutup": answer["tutup"], "bank": rows, "n_terbuka": _sum(rows, "n_terbuka")}
    branches = list(answer.get("cabang", ()))
    while lanjut := answer.get("lanjut", ""):
        answer = await console.ask(InquiryHari(hari, bank, lanjut))
        branches += answer["cabang"]
    if "silang" in answer:
        told["silang"] = answer["silang"]
    return told | {"cabang": [_named(BranchDay, row) for row in branches]}


async def differences(console: Console, hari: str, bank: str) -> AsyncIterator[Data]:
    """The differences of a bank's day; without a day those open on any day."""
    lanjut = ""
    while True:
        answer = await console.ask(InquirySelisih(bank, hari, lanjut))
        for row in answer["baris"]:
            yield _named(Difference, row)
        if not (lanjut := answer["lanjut"]):
            return


async def step(console: Console, langkah: str, bank: str, hari: str, show: Show) -> Data:
    """Have the host run a step of the evening."""
    nomor = console.nomor()
    frame = Jalankan(LINE, nomor, langkah, bank, hari)
    return await console.run(frame, nomor, InquiryHari(""), lambda data: _show_running(data, show))


async def cut_off(console: Console, bank: str, cabang: str, show: Show) -> Data:
    """Cut off one branch, or all branches of the banks the user may act for and then the banks."""
    if not cabang:
        return await step(console, "CUTOFF_SEMUA", bank, "", show)
    try:
        posted = await console.post(TutupSetoran(bank, cabang))
    except Turned as turned:
        if turned.id != "SKH6201":
            raise
        return {"hari": console.info["hari"], "n_cabang": 0, "n_bank": 0, "ulang": True}
    return {"hari": console.info["hari"], "n_cabang": 1, "n_bank": 0, "ulang": False} | posted.data


async def confirm(console: Console, file: Path, bank: str, hari: str, show: Show) -> Data:
    """Send a confirmation file, with the signature that lies beside it (FILE.sig), and have it taken in."""
    digest, size = sha256(), 0
    with file.open("rb") as source:
        while piece := source.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    proof = file.with_name(file.name + ".sig")
    signature = proof.read_bytes()[:128] if proof.is_file() else b""
    signed = signature.hex() if len(signature) == 64 else signature.decode("ascii", "replace").strip()
    with file.open("rb") as source:
        last_at = max(0, (size - 1) // UPLOAD_BYTES_MAX * UPLOAD_BYTES_MAX)
        pieces = (
            Unggah(LINE, console.nomor(), file.name[:64], offset, source.read(UPLOAD_BYTES_MAX), False, bank, hari)
            for offset in range(0, last_at, UPLOAD_BYTES_MAX)
        )
        await console.tell_all(pieces, lambda n: show("UNGGAH", n, size))
        nomor, isi = console.nomor(), source.read()
    show("KONFIRMASI", size, size)
    end = (bank, hari, digest.hexdigest(), signed)
    return await console.run(Unggah(LINE, nomor, file.name[:64], last_at, isi, True, *end), nomor, None, _nothing)


async def cure(console: Console, item: Sembuh, penyetuju: str, sandi: str) -> Data:
    """Cure a difference; two people sign."""
    try:
        posted = await console.post(item, penyetuju, sandi)
    except Turned as turned:
        if turned.id != "SKH6220" or turned.data["cara"] != item.cara_sembuh:
            raise
        return {"nomor_selisih": item.nomor_selisih, "ulang": True} | turned.data
    return posted.data | {"seq": posted.seq, "ulang": False}


async def transfer(console: Console, bank: str, hari: str, rujukan: str, penyetuju: str, sandi: str) -> Data:
    """Pass on what is due: all deposits of the bank's day that are live and not held back. Two people sign."""
    day = await _bank_day(console, bank, hari)
    done = {"bank": day["bank"], "hari": hari or console.info["hari"], "n": day["n_jatuh"]}
    done |= {"nominal_rupiah": day["jatuh_rupiah"]}
    if not day["n_jatuh"]:
        return done | {"seq": 0, "ulang": True}
    request = PelimpahanDana(day["bank"], done["hari"], day["jatuh_rupiah"], day["n_jatuh"], rujukan)
    posted = await console.post(request, penyetuju, sandi)
    return done | {"seq": posted.seq, "ulang": False}


async def fee(console: Console, bank: str, hari: str) -> Data:
    """Charge the fee of a bank's day."""
    day = await _bank_day(console, bank, hari)
    done: Data = {"bank": day["bank"], "hari": hari or console.info["hari"]}
    try:
        posted = await console.post(BiayaSiskohat(day["bank"], done["hari"]))
    except Turned as turned:
        if turned.id not in ALREADY:
            raise
        return done | {"n_porsi": day["n_biaya"], "biaya_usd_sen": 0, "seq": 0, "ulang": True}
    return done | posted.data | {"seq": posted.seq, "ulang": False}


async def cancel(console: Console, porsi: str, selisih: str, alasan: str, penyetuju: str, sandi: str) -> Data:
    """Cancel a porsi that no bank stands for; two operators sign."""
    done: Data = {"nomor_porsi": porsi, "nomor_selisih": selisih}
    try:
        posted = await console.post(BatalPusat(porsi, selisih, alasan), penyetuju, sandi)
    except Turned as turned:
        if turned.id != "SKH2203":
            raise
        return done | {"seq": turned.data["seq_batal"], "ulang": True}
    return done | posted.data | {"seq": posted.seq, "ulang": False}


async def sanctions(console: Console) -> AsyncIterator[Data]:
    """All sanctions, proposed and decided."""
    lanjut = ""
    while True:
        answer = await console.ask(InquirySanksi(lanjut))
        for row in answer["baris"]:
            yield _named(Sanction, row)
        if not (lanjut := answer["lanjut"]):
            return


async def propose(console: Console, selisih: str, alasan: str) -> Data:
    """Propose the fine for the record of a difference."""
    try:
        posted = await console.post(SanksiUsul(selisih, alasan))
    except Turned as turned:
        if turned.id != "SKH6208":
            raise
        return {"nomor_selisih": selisih, "nomor_sanksi": turned.data["nomor_sanksi"], "ulang": True}
    return {"nomor_selisih": selisih, "ulang": False, "seq": posted.seq} | posted.data


async def decide(console: Console, nomor: str, putusan: str, alasan: str, penyetuju: str, sandi: str) -> Data:
    """Decide on a sanction; two operators sign. Another decision than the one that stands is refused."""
    try:
        posted = await console.post(SanksiPutus(nomor, putusan, alasan), penyetuju, sandi)
    except Turned as turned:
        if turned.id != "SKH6225" or turned.data["putusan"] != putusan:
            raise
        return turned.data | {"ulang": True}
    return posted.data | {"seq": posted.seq, "ulang": False}


async def crosscheck(console: Console, kab_kota: str, hari: str, n: int) -> Data:
    """Say the count of a Kandepag for a day."""
    hari = hari or str(console.info["hari"])
    done: Data = {"kab_kota": kab_kota, "hari": hari, "n_kandepag": n}
    try:
        posted = await console.post(SilangKandepag(kab_kota, hari, n))
    except Turned as turned:
        if turned.id != "SKH6229":
            raise
        return done | {"seq": turned.data["seq"], "ulang": True}
    return done | {"seq": posted.seq, "ulang": False}


async def settle(console: Console, bank: str, hari: str) -> Data:
    """Charge the fee and settle a bank's day; `sebab` says what is missing when it cannot be settled."""
    return await _settle(console, await _bank_day(console, bank, hari), hari or str(console.info["hari"]))


async def _settle(console: Console, day: Data, hari: str) -> Data:
    done: Data = {"bank": day["bank"], "hari": hari, "n_terbuka": day["n_terbuka"], "sebab": "", "ulang": True}
    if day["keadaan"] == SETTLED:
        return done
    requests: list[Request] = [Selesai(day["bank"], hari)]
    if day["n_biaya"] != day["n_porsi"]:
        requests.insert(0, BiayaSiskohat(day["bank"], hari))
    for request in requests:
        try:
            await console.post(request)
            done["ulang"] = False
        except Turned as turned:
            if turned.id == NOT_READY:
                done["sebab"] = turned.data["sebab"]
            elif turned.id not in ALREADY:
                raise
    return done


async def close(console: Console, hari: str, penyetuju: str, sandi: str, *, with_open: bool) -> Data:
    """Settle every bank that can be, and close the day; while one is not settled only when `with_open` says so."""
    board = await status(console, hari, "")
    hari = board["hari"]
    if board["tutup"]:
        return {"hari": hari, "tutup": board["tutup"], "belum": [], "n_terbuka": board["n_terbuka"], "ulang": True}
    settled = [await _settle(console, day, hari) for day in board["bank"] if day["keadaan"] != "OPEN"]
    belum = [[one["bank"], one["sebab"]] for one in settled if one["sebab"]]
    belum += [[day["bank"], "TSB"] for day in board["bank"] if day["keadaan"] == "OPEN" and day["n_porsi"]]
    done: Data = {"hari": hari, "tutup": 0, "belum": belum, "n_terbuka": board["n_terbuka"], "ulang": False}
    if belum and not with_open:
        return done
    posted = await console.post(TutupHari(hari), penyetuju, sandi)
    return done | {"tutup": posted.seq} | posted.data


async def report(url: str, user: str, sandi: str, path: str, ca_file: Path | None) -> bytes:
    """One output of a bank's day, over HTTP. Raises ConsoleError."""
    base = "http" + url.removeprefix("ws")
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust(ca_file))) as http,
            http.get(base + path, headers={"Authorization": aiohttp.encode_basic_auth(user, sandi)}) as answer,
        ):
            content = await answer.read()
            if answer.status == 200:
                return content
            said = await answer.json() if answer.content_type == "application/json" else {}
            raise Turned(said["id"], said["data"]) if said else ConsoleError(f"HTTP {answer.status}")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unreachable(f"{base}: {error}") from None


async def _bank_day(console: Console, bank: str, hari: str) -> Data:
    # Without the pages of its branches, each of which costs the host a pass over all of them.
    rows = (await console.ask(InquiryHari(hari or console.info["hari"], bank)))["baris"]
    if len(rows) != 1:
        raise Misused("say which bank: --kode-bank")
    return _named(BankDay, rows[0])


def _nothing(told: Data) -> None:
    """There is nothing to look at meanwhile."""


def _show_running(board: Data, show: Show) -> None:
    running = convert(board["berjalan"], list[Running])
    if running:
        show(running[0].langkah, sum(one.n for one in running), sum(one.dari for one in running))


def _named(row_type: type[Struct], row: list[Any]) -> Data:
    return dict(zip(row_type.__struct_fields__, row, strict=True))


def _sum(rows: list[Data], name: str) -> int:
    return sum(int(row[name]) for row in rows)
