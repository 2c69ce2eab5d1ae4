"""Acts of every kind, aimed: a number picks who asks for what, mostly what the notebook says makes sense now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from msgspec import Struct

from ledger.kinds.bank import BankBaru
from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.kandepag import KandepagBaru
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
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.status_user_id import StatusUserId
from ledger.kinds.terima_jam import TerimaJam
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from tests.evening_fixtures import head_office
from tests.ledger_fixtures import BRANCHES, CENTRE, JUTA_20, SECOND, branch, form, nik_of, office
from tests.stateful.model_evening import CLASSES, ENDS, WholeModel

TAPAK = ("002/0101", "002/0101", "002/0201", "009/0401")
LAIN = "RUJUKAN LAIN"


class Act(NamedTuple):
    """Who asks, for what, who signs, and the STAN where it is not the next."""

    at: tuple[str, str]
    request: Struct
    second: str = ""
    stan: int | None = None


class Pick:
    """One number, taken apart choice by choice."""

    def __init__(self, number: int) -> None:
        self.left = number

    def of(self, values: Iterable[Any]) -> Any:
        """One of these."""
        known = list(values)
        self.left, at = divmod(self.left, len(known))
        return known[at]

    def one_in(self, n: int) -> bool:
        """Now and then."""
        return bool(self.of([False] * (n - 1) + [True]))


def bank_or_centre(pick: Pick, bank: str) -> tuple[str, str]:
    """Who acts for a bank in its evening; now and then another bank."""
    return pick.of([head_office(bank)] * 5 + [CENTRE, head_office("009" if bank == "002" else "002")])


def evening_of(pick: Pick, model: WholeModel) -> tuple[str, str]:
    """A bank's day: mostly one that has begun and is not settled."""
    days = [key for key, day in model.days.items() if not day.settled]
    now = [(model.hari, bank) for bank in ("002", "009")]
    return pick.of(days * 4 + now if days else now)


def known(pick: Pick, numbers: Iterable[str], other: str) -> str:
    """A number that was granted, one of the newest first; now and then one that was not."""
    newest = list(numbers)[-6:]
    return other if not newest or pick.one_in(9) else pick.of(newest)


def porsi(pick: Pick, model: WholeModel) -> tuple[tuple[str, str], str]:
    """A porsi, and mostly its own branch."""
    nomor = known(pick, model.porsi, "1100009999")
    tapak = model.porsi[nomor].tapak if nomor in model.porsi and not pick.one_in(7) else pick.of(TAPAK)
    return branch(tapak), nomor


def spt(pick: Pick, _: WholeModel) -> Act:
    kab = pick.of(("3325", "3325", "3578", "5171"))
    return Act(office(kab), form(nik=nik_of(pick.of(range(1, 9)), kab)))


def sps(pick: Pick, model: WholeModel) -> Act:
    unsigned = [nomor for nomor, (_, is_signed) in model.forms.items() if not is_signed]
    nomor = known(pick, unsigned or model.forms, "33250009999")
    other = "3578" if nomor[:4] == "3325" else "3325"
    return Act(office(nomor[:4] if not pick.one_in(5) else other, signer=True), SpphSah(nomor))


def sta(pick: Pick, model: WholeModel) -> Act:
    used = {one.form for one in model.porsi.values() if one.is_live}
    free = [nomor for nomor, (_, is_signed) in model.forms.items() if is_signed and nomor not in used]
    nomor = known(pick, free if free and not pick.one_in(5) else model.forms, "33250009999")
    at_home = [tapak for tapak in TAPAK if BRANCHES[tapak][:2] == nomor[:2]]
    tapak = pick.of(at_home if at_home and not pick.one_in(9) else TAPAK)
    return Act(branch(tapak), SetoranAwal(nomor, 1 if pick.one_in(4) else JUTA_20))


def kor(pick: Pick, model: WholeModel) -> Act:
    at, nomor = porsi(pick, model)
    signs = pick.of(["0101", "0201"]) if pick.one_in(6) else at[1][1:]
    return Act(at, KoreksiSetoran(nomor, "salah"), "V" + signs)


def ctk(pick: Pick, model: WholeModel) -> Act:
    at, nomor = porsi(pick, model)
    return Act(at, CetakUlang(nomor, "hilang"))


def at_drawer(pick: Pick, model: WholeModel) -> tuple[str, str]:
    """A device, and mostly the holder of its drawer."""
    device = branch(pick.of(TAPAK))[0]
    cabang = device[4:8]
    holder = model.drawers.get(device, ("T" + cabang, 0))[0]
    return device, holder if not pick.one_in(5) else pick.of(["T" + cabang, "U" + cabang, "V" + cabang])


def lbk(pick: Pick, model: WholeModel) -> Act:
    return Act(at_drawer(pick, model), LaciBuka(pick.of((0, 500_000))))


def lsr(pick: Pick, model: WholeModel) -> Act:
    at = at_drawer(pick, model)
    other = ("U" if at[1][0] == "T" else "T") + at[1][1:]
    return Act(at, LaciSerah(other if not pick.one_in(9) else at[1], pick.of((0, JUTA_20))), other)


def ltp(pick: Pick, model: WholeModel) -> Act:
    return Act(at_drawer(pick, model), LaciTutup(pick.of((5, 205)), 0, 0, 0, 0, 0, 0, 0))


def uid(pick: Pick, model: WholeModel) -> Act:
    """The branches that everybody works at are mostly stopped only; new ones, and what is revoked, as it comes."""
    revoked = [tapak for tapak, status in model.status.items() if status == "DICABUT"]
    new = [tapak for tapak in model.places if tapak[:3] != "DEP" and tapak not in BRANCHES][-2:]
    if (new or revoked) and not pick.one_in(3):
        tapak, status = pick.of(revoked * 2 + new), pick.of(["DICABUT", "DICABUT", "DIBLOKIR", "AKTIF"])
    else:
        tapak = pick.of(["002/0201", "009/0401", "002/0101", "DEP/0000", "002/0999"])
        status = pick.of(["DIBLOKIR", "AKTIF", "AKTIF", "DIBLOKIR", "DICABUT"])
    return Act(CENTRE, StatusUserId(tapak[:3], tapak[4:], status, "alasan"), SECOND)


def country(pick: Pick, model: WholeModel) -> Act:
    """Somebody or something new; mostly new indeed."""
    n = len(model.users) + len(model.places) + len(model.devices)
    kab, new_bank = pick.of(("3326", "3327", "3328", "3325")), BankBaru(pick.of(("014", "015", "016", "002")), "BANK")
    bank, cabang = pick.of(("002", "009", "014")), pick.of((f"{n % 9_000 + 1_000}", "0101"))
    return Act(CENTRE, pick.of((
        new_bank,
        new_bank,
        CabangBaru(bank, cabang, "CABANG", "3325"),
        KandepagBaru(kab),
        KandepagBaru(kab),
        PerangkatBaru(pick.of(("002", "009")), pick.of(("0101", "0201", "0401", "0999")), f"X{n}" if n % 2 else "T1"),
        PenggunaBaru(f"N{n}" if n % 3 else "T0101", pick.of(("TELLER", "PETUGAS")), "002", pick.of(("0101", "0999"))),
    )))  # fmt: skip


def tsc(pick: Pick, model: WholeModel) -> Act:
    bank = pick.of(("002", "002", "009"))
    tapak = pick.of(model.still_open(bank) or [bank + "/0999", bank + "/0101"])
    own = (branch(tapak)[0], "V" + tapak[4:])
    return Act(pick.of([bank_or_centre(pick, bank), own]), TutupSetoran(tapak[:3], tapak[4:]))


def tsb(pick: Pick, _: WholeModel) -> Act:
    bank = pick.of(("002", "002", "009", "014"))
    return Act(bank_or_centre(pick, "002" if bank == "014" else bank), TutupBank(bank))


def kft(pick: Pick, model: WholeModel) -> Act:
    hari, bank = evening_of(pick, model)
    files = model.days[hari, bank].files if (hari, bank) in model.days else []
    sidik = pick.of(files) if files and pick.one_in(2) else f"{model.head:064x}"
    return Act(bank_or_centre(pick, bank), KonfirmasiTerima(bank, hari, "STA", "csv", sidik, 3, 9, "IDR", "GANTI", ""))


def pck(pick: Pick, model: WholeModel) -> Act:
    hari, bank = evening_of(pick, model)
    day = model.days.get((hari, bank))
    sidik = day.result if day and day.result and pick.one_in(4) else f"{model.head:064x}"
    wrong = pick.of((0, 0, 0, 1))
    return Act(bank_or_centre(pick, bank), Pencocokan(bank, hari, 3, wrong, 0, 0, 0, sidik))


def sls(pick: Pick, model: WholeModel) -> Act:
    hari, bank = evening_of(pick, model)
    kelas = pick.of(("HOST_ONLY", *CLASSES))
    at = bank_or_centre(pick, bank)
    mine = [nomor for nomor, one in model.porsi.items() if (one.hari, one.tapak[:3]) == (hari, bank)]
    if kelas == "BANK_ONLY" or not mine:
        tapak = "009/0401" if bank == "009" else "002/0101"
        stan = model.last.get(tapak + "/T1", ("", 0))[1] + pick.of((1, 1, 2, 3))
        nomor = "9900000001" if pick.one_in(3) else ""
        return Act(at, SelisihBaru(bank, hari, "BANK_ONLY", tapak[4:], "T1", stan, nomor, 0, JUTA_20, 0))
    nomor = pick.of(mine[-4:])
    host = 1 if pick.one_in(9) else JUTA_20
    return Act(
        at,
        SelisihBaru(
            bank, hari, kelas, model.porsi[nomor].tapak[4:], "T1", 0, nomor, host, pick.of((0, 1, 2, 3)) * 10**7, 0
        ),
    )


def item(pick: Pick, model: WholeModel) -> str:
    """A difference, mostly an open one."""
    open_ = list(model.open_items())
    return pick.of(open_) if open_ and not pick.one_in(4) else known(pick, model.items, "SL0000009999")


def sem(pick: Pick, model: WholeModel) -> Act:
    nomor = item(pick, model)
    one = model.items.get(nomor)
    if one is None:
        return Act(head_office("002"), Sembuh(nomor, "BALIK", LAIN, "sembuh"), "C002")
    how = pick.of((*ENDS[one.kelas], *ENDS[one.kelas], "BATAL", "ULANG", "KOREKSI"))
    if how == "BATAL" and not pick.one_in(4):
        return Act(CENTRE, Sembuh(nomor, how, LAIN, "sembuh"), SECOND)
    rujukan = known(pick, model.porsi, LAIN) if how == "ULANG" else LAIN
    at = branch(f"{one.bank}/{one.cabang}") if pick.one_in(3) else head_office(one.bank)
    second = "C" + one.bank if at[1][0] == "B" else "V" + one.cabang
    return Act(at, Sembuh(nomor, how, rujukan, "sembuh"), second)


def btp(pick: Pick, model: WholeModel) -> Act:
    nomor = item(pick, model)
    one = model.items.get(nomor)
    about = one.porsi if one is not None and one.porsi and not pick.one_in(4) else porsi(pick, model)[1]
    return Act(CENTRE, BatalPusat(about, nomor, "tanpa dana"), SECOND)


def snu(pick: Pick, model: WholeModel) -> Act:
    return Act(CENTRE, SanksiUsul(item(pick, model), "pasal 9"))


def snp(pick: Pick, model: WholeModel) -> Act:
    nomor = known(pick, model.fines, "SN0000009999")
    return Act(CENTRE, SanksiPutus(nomor, pick.of(("DENDA", "CABUT", "TOLAK")), "pasal 9"), SECOND)


def pld(pick: Pick, model: WholeModel) -> Act:
    hari, bank = evening_of(pick, model)
    n = (model.due(hari, bank) if (hari, bank) in model.days else 0) + pick.of((0, 0, 0, 1))
    return Act(head_office(bank), PelimpahanDana(bank, hari, n * JUTA_20, n, "BI"), "C" + bank)


def bys(pick: Pick, model: WholeModel) -> Act:
    hari, bank = evening_of(pick, model)
    return Act(bank_or_centre(pick, bank), BiayaSiskohat(bank, hari))


def slk(pick: Pick, model: WholeModel) -> Act:
    kab = pick.of(("3325", "3578"))
    hari, n = pick.of([model.hari, model.hari, "2004-12-31"]), pick.of((1, 1, 1, 2))
    if model.said and pick.one_in(2):  # once more what an office has said
        (kab, hari), n = pick.of(list(model.said.items())[-2:])
    return Act(office(kab, signer=True), SilangKandepag(kab if not pick.one_in(6) else "5171", hari, n))


def slh(pick: Pick, model: WholeModel) -> Act:
    hari, bank = evening_of(pick, model)
    return Act(bank_or_centre(pick, bank), Selesai(bank, hari))


def thr(pick: Pick, model: WholeModel) -> Act:
    return Act(CENTRE, TutupHari(pick.of([model.hari] * 4 + ["2004-05-02"])), SECOND)


def bhr(pick: Pick, model: WholeModel) -> Act:
    later = f"2004-{5 + (len(model.closed) + 3) // 28:02d}-{(len(model.closed) + 3) % 28 + 1:02d}"
    return Act(CENTRE, BukaHari(pick.of([later] * 4 + [model.hari])))


def jam(pick: Pick, model: WholeModel) -> Act:
    """The host's clock, mostly behind the ledger."""
    return Act(CENTRE, TerimaJam(pick.of((0, 1, 1, 2, model.waktu_us, 10**16))), SECOND)


ACTS: tuple[Callable[[Pick, WholeModel], Act], ...] = (
    spt, sps, sta, kor, ctk, lbk, lsr, ltp, uid, country, tsc, tsb, kft, pck, sls, sem, btp, snu, snp, pld, bys, slk,
    slh, thr, bhr, jam, spt, sps, sta, sta, sls, sem, kor, lbk, lsr, lsr, ltp, country, country,
    uid,
)  # fmt: skip
