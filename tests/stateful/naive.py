"""What the ledger should do, written the slow way: one list of what was posted, searched from the start every time.

It shares no code with the rules but the request types. Hours are always open and texts always tidy here; those are
the golden scripts' affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.engine import Asked
from ledger.kinds.bank import BankBaru
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.status_user_id import StatusUserId
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran

SERIES = {"33": "11", "35": "13", "51": "14", "91": "26"}
ROLE: dict[type, str] = {
    SpphBaru: "PETUGAS",
    SpphSah: "PEJABAT",
    **dict.fromkeys([SetoranAwal, KoreksiSetoran, CetakUlang, LaciBuka, LaciTutup], "TELLER"),
}
SECOND_ROLE: dict[type, str] = {StatusUserId: "PUSAT", KoreksiSetoran: "PENYELIA", TutupHari: "PUSAT"}
IN_DAY = (SetoranAwal, KoreksiSetoran, CetakUlang, LaciBuka, LaciTutup, TutupSetoran, TutupBank, TutupHari)
Told = tuple[str, Any]
"""("entri", data), ("ulang", seq), ("lain", seq) or ("tolak", message id)."""


class Grant(NamedTuple):
    """One nomor porsi that was ever granted."""

    form: str
    nik: str
    tapak: str
    hari: str
    seq: int


@dataclass
class Naive:
    """Every request that was posted, in order; the first entry is number 1 and was not posted."""

    posted: list[Asked] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [asked.request for asked in self.posted if isinstance(asked.request, kind)]

    def ask(self, asked: Asked) -> Told:
        """The outcome a request should have; a posted one is remembered."""
        same = [(seq, one) for seq, one in enumerate(self.posted, 2) if self.identity(one) == self.identity(asked)]
        if same:
            seq, first = same[0]
            return ("ulang" if first.request == asked.request else "lain", seq)
        told = self.decide(asked)
        if told[0] == "entri":
            self.posted.append(asked)
        return told

    @staticmethod
    def identity(asked: Asked) -> tuple[str, str, int]:
        return asked.origin.perangkat, asked.hari, asked.stan

    def decide(self, asked: Asked) -> Told:
        device = [one for one in self.posted if one.origin.perangkat == asked.origin.perangkat]
        if any(one.hari == asked.hari and one.stan > asked.stan for one in device) and device[-1].hari == asked.hari:
            return "tolak", "SKH7007"
        if self.profile(asked.origin.user) != (ROLE.get(type(asked.request), "PUSAT"), asked.origin.tapak):
            return "tolak", "SKH7008"
        if self.status(asked.origin.tapak) != "AKTIF" and not isinstance(asked.request, CetakUlang | LaciTutup):
            return "tolak", "SKH7009"
        if isinstance(asked.request, IN_DAY) and self.hari() == "0000-00-00":
            return "tolak", "SKH6001"
        if asked.hari != self.hari():
            return "tolak", "SKH6002"
        if isinstance(asked.request, SetoranAwal) and self.is_cut(asked.origin.tapak):
            return "tolak", "SKH6005"
        if isinstance(asked.request, IN_DAY) and self.is_closed():
            return "tolak", "SKH6005" if isinstance(asked.request, SetoranAwal) else "SKH6007"
        if wrong := self.second(asked):
            return "tolak", wrong
        request = asked.request
        if isinstance(request, SpphBaru):
            return self.form(request, asked.origin.cabang)
        if isinstance(request, SpphSah):
            return self.signature(request, asked.origin.cabang)
        if isinstance(request, SetoranAwal):
            return self.deposit(request, asked.origin.tapak)
        if isinstance(request, KoreksiSetoran | CetakUlang):
            return self.corrected_or_printed(request, asked)
        if isinstance(request, LaciBuka | LaciTutup):
            return self.opened_or_closed(request, asked)
        return self.centre(request)

    def second(self, asked: Asked) -> str:
        role = SECOND_ROLE.get(type(asked.request))
        if role and not asked.penyetuju:
            return "SKH7020"
        if asked.penyetuju == asked.origin.user:
            return "SKH7021"
        may = self.profile(asked.penyetuju) == (role, asked.origin.tapak)
        return "SKH7022" if asked.penyetuju and not may else ""

    # --- state, searched for ----------------------------------------------------------------------------------

    def hari(self) -> str:
        return ([one.hari_buka for one in self.of(BukaHari)] or ["0000-00-00"])[-1]

    def today(self, kind: type) -> list[Any]:
        return [one.request for one in self.posted if isinstance(one.request, kind) and one.hari == self.hari()]

    def is_closed(self) -> bool:
        return TutupHari(self.hari()) in self.of(TutupHari)

    def is_cut(self, tapak: str) -> bool:
        return TutupSetoran(tapak[:3], tapak[4:]) in self.today(TutupSetoran)

    def taken(self, tapak: str) -> int:
        """Live deposits of today of a branch, or of all branches of a bank."""
        return sum(one.hari == self.hari() and one.tapak.startswith(tapak) for one in self.holders().values())

    def profile(self, user: str) -> tuple[str, str] | None:
        profiles = {"OPERATOR": ("PUSAT", "DEP/0000")}
        profiles |= {one.user: (one.peran, f"{one.kode_bank}/{one.kode_cabang}") for one in self.of(PenggunaBaru)}
        return profiles.get(user)

    def branches(self) -> dict[str, str]:
        """Regency of each branch and office."""
        known = {"DEP/0000": "3171"}
        known |= {f"{one.kode_bank}/{one.kode_cabang}": one.kab_kota for one in self.of(CabangBaru)}
        return known | {f"DEP/{one.kab_kota}": one.kab_kota for one in self.of(KandepagBaru)}

    def status(self, tapak: str) -> str:
        changes = [one.status for one in self.of(StatusUserId) if f"{one.kode_bank}/{one.kode_cabang}" == tapak]
        return changes[-1] if changes else "AKTIF"

    def forms(self) -> dict[str, SpphBaru]:
        """Every form by its number: the nth of its office."""
        count: dict[str, int] = {}
        forms = {}
        for one in self.posted:
            if isinstance(one.request, SpphBaru):
                count[one.origin.cabang] = count.get(one.origin.cabang, 0) + 1
                forms[f"{one.origin.cabang}{count[one.origin.cabang]:07d}"] = one.request
        return forms

    def granted(self) -> dict[str, Grant]:
        """Every nomor porsi ever granted: the nth deposit of its province."""
        count: dict[str, int] = {}
        holders = {}
        for seq, one in enumerate(self.posted, 2):
            if isinstance(one.request, SetoranAwal):
                series = SERIES[one.request.nomor_spph[:2]]
                count[series] = count.get(series, 0) + 1
                nik = self.forms()[one.request.nomor_spph].nik
                holders[f"{series}{count[series]:08d}"] = Grant(
                    one.request.nomor_spph, nik, one.origin.tapak, one.hari, seq
                )
        return holders

    def holders(self) -> dict[str, Grant]:
        """Those that no correction ended."""
        ended = {one.nomor_porsi for one in self.of(KoreksiSetoran)}
        return {porsi: grant for porsi, grant in self.granted().items() if porsi not in ended}

    def drawer(self, perangkat: str) -> int | None:
        """Cash that should be in the open drawer of a device."""
        held: int | None = None
        granted = {grant.seq: 20_000_000 for grant in self.granted().values()}
        for seq, one in enumerate(self.posted, 2):
            if one.origin.perangkat == perangkat:
                if isinstance(one.request, LaciBuka):
                    held = one.request.awal_rupiah
                elif isinstance(one.request, LaciTutup):
                    held = None
                elif held is not None:
                    held += granted.get(seq, 0) - 20_000_000 * isinstance(one.request, KoreksiSetoran)
        return held

    def history(self, form: str) -> list[tuple[int, str]]:
        """(entry, kind) of all that was ever posted about a form."""
        porsi = [number for number, grant in self.granted().items() if grant.form == form]
        issued = list(self.forms()).index(form)
        found = [[seq for seq, one in enumerate(self.posted, 2) if isinstance(one.request, SpphBaru)][issued]]
        told = [(found[0], "SPT")]
        for seq, one in enumerate(self.posted, 2):
            kind = str(one.request.__struct_config__.tag)
            about = getattr(one.request, "nomor_spph", None) or getattr(one.request, "nomor_porsi", None)
            if kind in {"SPS", "STA", "KOR", "CTK"} and about in {form, *porsi}:
                told.append((seq, kind))
        return told

    # --- rules --------------------------------------------------------------------------------------------------

    def form(self, request: SpphBaru, office: str) -> Told:
        if request.nik in [grant.nik for grant in self.holders().values()]:
            return "tolak", "SKH2007"
        issued = [nomor for nomor in self.forms() if nomor.startswith(office)]
        return "entri", {"nomor_spph": f"{office}{len(issued) + 1:07d}"}

    def signature(self, request: SpphSah, office: str) -> Told:
        if request.nomor_spph not in self.forms():
            return "tolak", "SKH2002"
        if request.nomor_spph[:4] != office:
            return "tolak", "SKH2104"
        if request in self.of(SpphSah):
            return "tolak", "SKH2105"
        return "entri", {"nomor_spph": request.nomor_spph}

    def deposit(self, request: SetoranAwal, tapak: str) -> Told:
        nomor = request.nomor_spph
        if nomor not in self.forms():
            return "tolak", "SKH2002"
        if SpphSah(nomor) not in self.of(SpphSah):
            return "tolak", "SKH2003"
        if nomor in [grant.form for grant in self.holders().values()]:
            return "tolak", "SKH2004"
        if nomor[:2] != self.branches()[tapak][:2]:
            return "tolak", "SKH2005"
        if request.nominal_rupiah != 20_000_000:
            return "tolak", "SKH2006"
        if self.forms()[nomor].nik in [grant.nik for grant in self.holders().values()]:
            return "tolak", "SKH2007"
        series = SERIES[nomor[:2]]
        granted = [porsi for porsi in self.granted() if porsi[:2] == series]
        return "entri", {"nomor_porsi": f"{series}{len(granted) + 1:08d}"}

    def corrected_or_printed(self, request: KoreksiSetoran | CetakUlang, asked: Asked) -> Told:
        porsi = request.nomor_porsi
        grant = self.granted().get(porsi)
        if grant is None:
            return "tolak", "SKH2201"
        if grant.tapak != asked.origin.tapak:
            return "tolak", "SKH2202"
        if porsi not in self.holders():
            return "tolak", "SKH2203"
        if isinstance(request, CetakUlang):
            before = [one for one in self.of(CetakUlang) if one.nomor_porsi == porsi]
            return "entri", {"nomor_porsi": porsi, "duplikat": len(before) + 1}
        if grant.hari != asked.hari:
            return "tolak", "SKH2204"
        return "entri", {
            "nomor_porsi": porsi, "nomor_spph": grant.form, "nominal_rupiah": 20_000_000, "seq_asal": grant.seq,
        }  # fmt: skip

    def opened_or_closed(self, request: LaciBuka | LaciTutup, asked: Asked) -> Told:
        held = self.drawer(asked.origin.perangkat)
        if isinstance(request, LaciBuka):
            return ("entri", {"awal_rupiah": request.awal_rupiah}) if held is None else ("tolak", "SKH2302")
        if held is None:
            return "tolak", "SKH2301"
        counted = request.n_100000 * 100_000
        return "entri", {
            "seharusnya_rupiah": held, "dihitung_rupiah": counted, "selisih_rupiah": counted - held,
        }  # fmt: skip

    def centre(self, request: Any) -> Told:
        tapak = f"{getattr(request, 'kode_bank', '')}/{getattr(request, 'kode_cabang', '')}"
        data: dict[str, str] = {}
        wrong = ""
        if isinstance(request, BankBaru):
            wrong = "SKH8001" if request.kode_bank in ["DEP", *(one.kode_bank for one in self.of(BankBaru))] else ""
        elif isinstance(request, CabangBaru):
            wrong = "SKH8004" if tapak in self.branches() else ""
        elif isinstance(request, PerangkatBaru):
            known = [PerangkatBaru("DEP", "0000", "KONSOL"), *self.of(PerangkatBaru)]
            wrong = "SKH8005" if tapak not in self.branches() else "SKH8006" if request in known else ""
        elif isinstance(request, PenggunaBaru):
            wrong = "SKH8005" if tapak not in self.branches() else "SKH8009" if self.profile(request.user) else ""
        elif isinstance(request, StatusUserId):
            now = self.status(tapak)
            wrong = "SKH8011" if now == "DICABUT" else "SKH8012" if now == request.status else ""
        elif isinstance(request, TutupSetoran):
            wrong = "SKH6201" if self.is_cut(tapak) else ""
            n = self.taken(tapak)
            data = {"kode_cabang": tapak[4:], "n_rekaman": n, "nominal_rupiah": n * 20_000_000}
        elif isinstance(request, TutupBank):
            n, bank = self.taken(request.kode_bank), request.kode_bank
            data = {"kode_bank": bank, "n_rekaman": n, "nominal_rupiah": n * 20_000_000}
        elif isinstance(request, TutupHari):
            data = self.close()
        elif isinstance(request, BukaHari):
            is_open = self.hari() != "0000-00-00" and not self.is_closed()
            wrong = "SKH6003" if request.hari_buka <= self.hari() else "SKH6006" if is_open else ""
            data = {"hari": request.hari_buka, "aturan": "RS-2004"}
        return ("tolak", wrong) if wrong else ("entri", data)

    def close(self) -> dict[str, Any]:
        """What the answer to a close says; nothing is settled here, so every bank with a deposit is named."""
        before = [seq for seq, one in enumerate(self.posted, 2) if isinstance(one.request, TutupHari)]
        granted = [grant for grant in self.granted().values() if grant.hari == self.hari()]
        return {
            "hari": self.hari(),
            "seq_awal": before[-1] + 1 if before else 1,
            "seq_akhir": len(self.posted) + 1,
            "n_terbuka": 0,
            "n_belum": len({grant.tapak[:3] for grant in granted}),
            "n_silang": 0,
        }
