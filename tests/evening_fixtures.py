"""A small evening to test the ledger with: who works in it, how a day is closed, and a ledger with every kind.

Nothing here asserts: what holds is said in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ledger.books import Books
from ledger.engine import Asked, Engine
from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.konfirmasi_terima import KonfirmasiTerima
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_serah import LaciSerah
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.pencocokan import Pencocokan
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.sanksi_putus import SanksiPutus
from ledger.kinds.sanksi_usul import SanksiUsul
from ledger.kinds.selesai import Selesai
from ledger.kinds.selisih import SelisihBaru
from ledger.kinds.sembuh import Sembuh
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.kinds.status_user_id import StatusUserId
from ledger.kinds.terima_jam import TerimaJam
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from tests.ledger_fixtures import (
    CENTRE,
    HARI,
    JUTA_20,
    PAGI,
    SECOND,
    Desk,
    branch,
    good_ledger,
    office,
    pilgrim,
    post_all,
    seconds,
)

HEAD_OFFICES = ("002", "009")


def evening() -> Iterator[Struct]:
    """Who must be made known before an evening."""
    yield from seconds()
    yield from head_offices()


def head_offices() -> Iterator[Struct]:
    """Of each bank the head office, with two users."""
    for bank in HEAD_OFFICES:
        yield CabangBaru(bank, "0000", "KANTOR PUSAT", "3171")
        yield PerangkatBaru(bank, "0000", "T1")
        yield PenggunaBaru("B" + bank, "BANK", bank, "0000")
        yield PenggunaBaru("C" + bank, "BANK", bank, "0000")


def head_office(bank: str) -> tuple[str, str]:
    """Device and user of a bank's head office; "C002" signs as second person for "B002"."""
    return f"{bank}/0000/T1", "B" + bank


def closing(desk: Desk, books: Books) -> list[Asked]:
    """What closes the open day as it is: whoever is still open is cut off by the centre."""
    known = [] if books.pengguna(SECOND) else [desk.ask(*CENTRE, PenggunaBaru(SECOND, "PUSAT", "DEP", "0000"))]
    for bank in sorted(key for key, _ in books.tables["bank"].range("", "~") if key != "DEP"):
        known += [desk.ask(*CENTRE, TutupSetoran(bank, cabang)) for cabang in books.cabang_buka(bank)]
        if books.setelmen(bank, desk.hari) is None:
            known.append(desk.ask(*CENTRE, TutupBank(bank)))
    return [*known, desk.ask(*CENTRE, TutupHari(desk.hari), penyetuju=SECOND)]


def full_bodies() -> list[bytes]:
    """The entries of a ledger with every kind: a drawer, a correction, reprints, a branch stopped for a while."""
    engine, desk, bodies = good_ledger(((1, "002/0101"), (1, "002/0201")))
    teller, reason = branch("002/0101"), "salah orang"
    bodies += post_all(engine, [desk.ask(*CENTRE, request) for request in seconds()])
    bodies += post_all(engine, [desk.ask(*teller, LaciBuka(500_000)), *pilgrim(desk, 2)])
    bodies += post_all(engine, [
        desk.ask(*teller, KoreksiSetoran("1100000001", reason), penyetuju="V0101"),
        desk.ask(*teller, SetoranAwal("33250000001", JUTA_20)),
        desk.ask(*teller, CetakUlang("1100000002", reason)),
        desk.ask(*teller, CetakUlang("1100000002", reason)),
        desk.ask(*teller, LaciSerah("U0101", 20_400_000), penyetuju="U0101"),
        desk.ask(*CENTRE, StatusUserId("002", "0101", "DIBLOKIR", reason), penyetuju=SECOND),
        desk.ask(teller[0], "U0101", LaciTutup(204, 0, 0, 0, 0, 0, 0, 1)),
        desk.ask(*CENTRE, StatusUserId("002", "0101", "AKTIF", reason), penyetuju=SECOND),
        *pilgrim(desk, 3),
        desk.ask(*CENTRE, TerimaJam(PAGI - 2 * 86_400_000_000), penyetuju=SECOND),
    ])  # fmt: skip
    return (
        bodies + post_all(engine, [desk.ask(*CENTRE, request) for request in head_offices()]) + an_evening(engine, desk)
    )


def an_evening(engine: Engine, desk: Desk) -> list[bytes]:
    """The entries of an evening with every act: one bank is settled, the other's differences go on; the day is closed.

    002 has deposits of 0101 (porsi 1100000002 to 1100000004) and 0201; 0101 is asked again for one the bank has.
    """
    at = head_office("002")

    def bank(request: Struct, second: str = "C002") -> Asked:
        return desk.ask(*at, request, penyetuju=second)

    def centre(request: Struct, second: str = SECOND) -> Asked:
        return desk.ask(*CENTRE, request, penyetuju=second)

    def differ(kelas: str, porsi: str, stan: int = 0) -> Asked:
        host = 0 if kelas == "BANK_ONLY" else JUTA_20
        return bank(SelisihBaru("002", HARI, kelas, "0101", "T1", stan, porsi, host, JUTA_20 - host, 0), "")

    cure = "dana disetor bank"
    acts = [
        *(bank(TutupSetoran("002", cabang), "") for cabang in ("0101", "0201", "0301")),
        bank(TutupBank("002"), ""),
        bank(KonfirmasiTerima("002", HARI, "STA", "csv", "a" * 64, 4, 4 * JUTA_20, "IDR", "GANTI", ""), ""),
        bank(Pencocokan("002", HARI, 1, 2, 1, 1, 0, "a" * 64), ""),
        differ("HOST_ONLY", "1100000002"),
        differ("HOST_ONLY", "1100000003"),
        differ("DIFF", "1100000004"),
        differ("BANK_ONLY", "", 90),
        bank(PelimpahanDana("002", HARI, 2 * JUTA_20, 2, "BI-1")),
        *pilgrim(desk, 4)[:2],
        desk.ask(*branch("002/0101"), SetoranAwal("33250000004", JUTA_20), stan=90),
        desk.ask(*branch("002/0101"), Sembuh("SL0000000004", "ULANG", "1100000005", cure), penyetuju="V0101"),
        bank(Sembuh("SL0000000001", "TRANSFER", "TRF-1", cure)),
        centre(SanksiUsul("SL0000000002", "tanpa dana"), ""),
        centre(BatalPusat("1100000003", "SL0000000002", "tanpa dana")),
        centre(Sembuh("SL0000000002", "BATAL", "1100000003", "tanpa dana")),
        centre(SanksiPutus("SN0000000001", "DENDA", "tanpa dana")),
        bank(Sembuh("SL0000000003", "KOREKSI", "KFT-2", cure)),
        bank(KonfirmasiTerima("002", HARI, "STA", "csv", "b" * 64, 4, 4 * JUTA_20, "IDR", "GANTI", ""), ""),
        bank(Pencocokan("002", HARI, 4, 0, 0, 0, 0, "b" * 64), ""),
        bank(PelimpahanDana("002", HARI, 2 * JUTA_20, 2, "BI-2")),
        bank(BiayaSiskohat("002", HARI), ""),
        desk.ask(*office("3325", signer=True), SilangKandepag("3325", HARI, 4)),
        bank(Selesai("002", HARI), ""),
    ]
    bodies = post_all(engine, acts)
    return bodies + post_all(engine, closing(desk, engine.books))
