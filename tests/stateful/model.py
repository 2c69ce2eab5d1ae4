"""The whole ledger as a few dictionaries: what each of its kinds should answer, told from the decree and the documents.

It shares no code with the rules but the request types, has no tables, no entries and no storage, and keeps of each
thing what a clerk with a notebook would. `ask` gives the outcome in four words: ("entri", answer), ("ulang", entry),
("lain", entry) or ("tolak", message id).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ledger.engine import Asked

Told = tuple[str, Any]

SETORAN, JAM_US = 20_000_000, 3_600_000_000
SERIES = {"33": "11", "35": "13", "51": "14", "91": "26"}
ZONES = {"33": 7, "35": 7, "51": 8, "91": 9}
MAY: dict[str, str] = {
    "SPT": "PETUGAS",
    "SPS SLK": "PEJABAT",
    "STA KOR LBK LSR": "TELLER",
    "CTK LTP": "TELLER PENYELIA",
    "TSC": "PENYELIA BANK PUSAT",
    "TSB KFT PCK SLS BYS SLH": "BANK PUSAT",
    "PLD": "BANK",
    "SEM": "TELLER PENYELIA BANK PUSAT",
    "BTP SNU SNP THR UID BHR BNK CAB KDP PRK PGN JAM": "PUSAT",
}
"""Who makes an act."""
SIGNS: dict[str, str] = {
    "KOR": "PENYELIA",
    "LSR": "TELLER",
    "PLD": "BANK",
    "SEM": "PENYELIA BANK PUSAT",
    "BTP SNP THR UID JAM": "PUSAT",
}
"""Who signs it as second person, of the same branch or office."""
MAKERS, SIGNERS = (
    {kind: set(roles.split()) for kinds, roles in table.items() for kind in kinds.split()} for table in (MAY, SIGNS)
)
ANY_DAY = {"SPT", "SPS", "UID", "JAM", "BHR", "BNK", "CAB", "KDP", "PRK", "PGN"}
"""Acts that no business day holds up."""
OF_DEP = {"PUSAT", "PETUGAS", "PEJABAT", "KANWIL", "KEAMANAN", "AUDITOR"}


@dataclass
class Porsi:
    """One number that was granted."""

    form: str
    tapak: str
    hari: str
    seq: int
    ended: str = ""
    """The kind that ended it."""
    copies: int = 0

    @property
    def is_live(self) -> bool:
        return not self.ended


@dataclass
class Notebook:
    """What is written down."""

    users: dict[str, tuple[str, str]] = field(default_factory=lambda: {"OPERATOR": ("PUSAT", "DEP/0000")})
    places: dict[str, str] = field(default_factory=lambda: {"DEP/0000": "3171"})
    status: dict[str, str] = field(default_factory=dict)
    banks: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=lambda: {"DEP/0000/KONSOL"})
    hari: str = "0000-00-00"
    closed: set[str] = field(default_factory=set)
    cut: set[tuple[str, str]] = field(default_factory=set)
    """(day, branch)."""
    forms: dict[str, list[Any]] = field(default_factory=dict)
    """Number: NIK, signed."""
    porsi: dict[str, Porsi] = field(default_factory=dict)
    drawers: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Device: holder, cash that should be there."""
    requests: dict[tuple[str, str, int], tuple[int, Any]] = field(default_factory=dict)
    last: dict[str, tuple[str, int]] = field(default_factory=dict)
    head: int = 1
    waktu_us: int = 0
    last_close: int = 0
    clock_taken_us: tuple[int, int] = 0, 0


class Model(Notebook):
    """The rules of the day."""

    def ask(self, asked: Asked) -> Told:
        """The outcome a request should have; what it changes is written down."""
        device, stan = asked.origin.perangkat, asked.stan
        last = self.last.get(device)
        if last is not None and (stan <= last[1] if asked.hari == last[0] else asked.hari < last[0]):
            same = self.requests.get((device, asked.hari, stan))
            if same is not None:
                return ("ulang" if same[1] == asked.request else "lain"), same[0]
            if asked.hari == last[0]:
                return "tolak", "SKH7007"
        kind = str(asked.request.__struct_config__.tag)
        self.now = max(asked.waktu_us, self.waktu_us)
        told = self._refused(kind, asked) or getattr(self, "_" + kind.lower())(asked.request, asked)
        if isinstance(told, str):
            return "tolak", told
        self.head += 1
        self.waktu_us = self.now
        self.requests[device, asked.hari, stan] = self.head, asked.request
        self.last[device] = asked.hari, stan
        return "entri", told

    def _refused(self, kind: str, asked: Asked) -> str:
        user, tapak = asked.origin.user, asked.origin.tapak
        role, place = self.users.get(user, ("", ""))
        if role not in MAKERS[kind] or place != tapak:
            return "SKH7008"
        if self.status.get(tapak, "AKTIF") != "AKTIF" and kind not in {"CTK", "LTP"}:
            return "SKH7009"
        if kind not in ANY_DAY and self.hari == "0000-00-00":
            return "SKH6001"
        if asked.hari != self.hari:
            return "SKH6002"
        if kind == "STA" and (self.hari, tapak) in self.cut and not self.is_wanted(asked):
            return "SKH6005"
        if kind not in ANY_DAY and kind != "STA" and self.hari in self.closed:
            return "SKH6007"
        return self._unsigned(kind, user, tapak, asked.penyetuju)

    def _unsigned(self, kind: str, user: str, tapak: str, second: str) -> str:
        if not second:
            return "SKH7020" if kind in SIGNERS else ""
        if second == user:
            return "SKH7021"
        role, place = self.users.get(second, ("", ""))
        return "" if role in SIGNERS.get(kind, ()) and place == tapak else "SKH7022"

    def is_wanted(self, asked: Asked) -> bool:
        """Whether the bank has the money of this very request, and asks for it again."""
        raise NotImplementedError

    # --- the country ---------------------------------------------------------------------------------------------

    def _jam(self, request: Any, _: Asked) -> Any:
        if request.jam_host_us >= self.now:
            return "SKH9016"
        now, shown = self.clock_taken_us
        if now == self.now and request.jam_host_us >= shown - 24 * JAM_US:
            return "SKH9017"
        self.clock_taken_us = self.now, request.jam_host_us
        return {}

    def _bnk(self, request: Any, _: Asked) -> Any:
        if request.kode_bank in {"DEP", *self.banks}:
            return "SKH8001"
        self.banks.add(request.kode_bank)
        return {}

    def _cab(self, request: Any, _: Asked) -> Any:
        tapak = f"{request.kode_bank}/{request.kode_cabang}"
        if request.kode_bank not in self.banks:
            return "SKH8002"
        if tapak in self.places:
            return "SKH8004"
        self.places[tapak] = request.kab_kota
        if self.has_cut_off(request.kode_bank) or self.hari in self.closed:
            self.cut.add((self.hari, tapak))
        return {}

    def has_cut_off(self, bank: str) -> bool:
        """Whether a bank's evening has begun on the open day."""
        raise NotImplementedError

    def _kdp(self, request: Any, _: Asked) -> Any:
        if f"DEP/{request.kab_kota}" in self.places:
            return "SKH8004"
        self.places[f"DEP/{request.kab_kota}"] = request.kab_kota
        return {}

    def _prk(self, request: Any, _: Asked) -> Any:
        tapak = f"{request.kode_bank}/{request.kode_cabang}"
        if tapak not in self.places:
            return "SKH8005"
        if f"{tapak}/{request.device}" in self.devices:
            return "SKH8006"
        self.devices.add(f"{tapak}/{request.device}")
        return {}

    def _pgn(self, request: Any, _: Asked) -> Any:
        tapak = f"{request.kode_bank}/{request.kode_cabang}"
        if tapak not in self.places:
            return "SKH8005"
        if (request.kode_bank == "DEP") != (request.peran in OF_DEP):
            return "SKH8008"
        if request.user in self.users:
            return "SKH8009"
        self.users[request.user] = request.peran, tapak
        return {}

    def _uid(self, request: Any, _: Asked) -> Any:
        tapak = f"{request.kode_bank}/{request.kode_cabang}"
        if tapak == "DEP/0000":
            return "SKH8014"
        if tapak not in self.places:
            return "SKH8005"
        now = self.status.get(tapak, "AKTIF")
        if now in {"DICABUT", request.status}:
            return "SKH8011" if now == "DICABUT" else "SKH8012"
        self.status[tapak] = request.status
        return {}

    def _bhr(self, request: Any, _: Asked) -> Any:
        if request.hari_buka <= self.hari:
            return "SKH6003"
        if self.hari not in {"0000-00-00", *self.closed}:
            return "SKH6006"
        self.hari = request.hari_buka
        return {"hari": request.hari_buka, "aturan": "RS-2004"}

    # --- forms and deposits --------------------------------------------------------------------------------------

    def holder(self, nik: str) -> str | None:
        """The live porsi of a person."""
        return next(
            (nomor for nomor, one in self.porsi.items() if one.is_live and self.forms[one.form][0] == nik), None
        )

    def _spt(self, request: Any, asked: Asked) -> Any:
        office = asked.origin.cabang
        if self.holder(request.nik):
            return "SKH2007"
        nomor = f"{office}{sum(one[:4] == office for one in self.forms) + 1:07d}"
        self.forms[nomor] = [request.nik, False]
        return {"nomor_spph": nomor}

    def _sps(self, request: Any, asked: Asked) -> Any:
        form = self.forms.get(request.nomor_spph)
        if form is None:
            return "SKH2002"
        if request.nomor_spph[:4] != asked.origin.cabang:
            return "SKH2104"
        if form[1]:
            return "SKH2105"
        form[1] = True
        return {"nomor_spph": request.nomor_spph}

    def _sta(self, request: Any, asked: Asked) -> Any:
        tapak, nomor = asked.origin.tapak, request.nomor_spph
        province, form = self.places[tapak][:2], self.forms.get(request.nomor_spph)
        hour = (self.now // JAM_US + ZONES[province]) % 24
        if not 8 <= hour < 15 and not self.is_wanted(asked):
            return "SKH2001"
        if form is None:
            return "SKH2002"
        if any(one.is_live and one.form == nomor for one in self.porsi.values()):
            return "SKH2004"
        if not form[1]:
            return "SKH2003"
        if nomor[:2] != province:
            return "SKH2005"
        if request.nominal_rupiah != SETORAN:
            return "SKH2006"
        if self.holder(form[0]):
            return "SKH2007"
        series = SERIES[province]
        porsi = f"{series}{sum(one[:2] == series for one in self.porsi) + 1:08d}"
        self.porsi[porsi] = Porsi(nomor, tapak, asked.hari, self.head + 1)
        self._move(asked, SETORAN)
        return {"nomor_porsi": porsi}

    def _move(self, asked: Asked, rupiah: int) -> None:
        if asked.origin.perangkat in self.drawers:
            user, held = self.drawers[asked.origin.perangkat]
            self.drawers[asked.origin.perangkat] = user, held + rupiah

    def _here(self, request: Any, asked: Asked) -> str:
        one = self.porsi.get(request.nomor_porsi)
        if one is None:
            return "SKH2201"
        if one.tapak != asked.origin.tapak:
            return "SKH2202"
        return "" if one.is_live else "SKH2203"

    def _kor(self, request: Any, asked: Asked) -> Any:
        if refused := self._here(request, asked):
            return refused
        one = self.porsi[request.nomor_porsi]
        if one.hari != asked.hari:
            return "SKH2204"
        if self.is_passed_on(one):
            return "SKH2205"
        self._move(asked, -SETORAN)
        return self.end(request.nomor_porsi, "KOR")

    def is_passed_on(self, one: Porsi) -> bool:
        """Whether the money of a deposit has gone to the Minister's account."""
        raise NotImplementedError

    def end(self, nomor: str, kind: str) -> Any:
        """A porsi is cancelled."""
        one = self.porsi[nomor]
        one.ended = kind
        return {"nomor_porsi": nomor, "nomor_spph": one.form, "nominal_rupiah": SETORAN, "seq_asal": one.seq}

    def _ctk(self, request: Any, asked: Asked) -> Any:
        if refused := self._here(request, asked):
            return refused
        one = self.porsi[request.nomor_porsi]
        one.copies += 1
        return {"nomor_porsi": request.nomor_porsi, "duplikat": one.copies}

    # --- the drawer ----------------------------------------------------------------------------------------------

    def _lbk(self, request: Any, asked: Asked) -> Any:
        if asked.origin.perangkat in self.drawers:
            return "SKH2302"
        self.drawers[asked.origin.perangkat] = asked.origin.user, request.awal_rupiah
        return {"awal_rupiah": request.awal_rupiah}

    def _lsr(self, request: Any, asked: Asked) -> Any:
        if request.penerima != asked.penyetuju:
            return "SKH2304"
        user, held = self.drawers.get(asked.origin.perangkat, ("", 0))
        if user != asked.origin.user:
            return "SKH2303" if user else "SKH2301"
        self.drawers[asked.origin.perangkat] = request.penerima, request.jumlah_rupiah
        return {"penerima": request.penerima} | counted(held, request.jumlah_rupiah)

    def _ltp(self, request: Any, asked: Asked) -> Any:
        user, held = self.drawers.get(asked.origin.perangkat, ("", 0))
        if not user:
            return "SKH2301"
        if user != asked.origin.user and self.users[asked.origin.user][0] != "PENYELIA":
            return "SKH2303"
        del self.drawers[asked.origin.perangkat]
        return counted(held, request.n_100000 * 100_000 + request.n_50000 * 50_000)

    # --- sums ----------------------------------------------------------------------------------------------------

    def live(self, hari: str, start: str) -> Counter[str]:
        """Live deposits of a day, by branch, of one branch or all of a bank."""
        mine = (one.tapak for one in self.porsi.values() if one.is_live and one.hari == hari)
        return Counter(tapak for tapak in mine if tapak.startswith(start))

    def granted(self, hari: str, bank: str) -> int:
        """Porsi granted on a bank's deposits of a day."""
        return sum(one.hari == hari and one.tapak[:3] == bank for one in self.porsi.values())


def counted(held: int, found: int) -> dict[str, int]:
    """What a count of a drawer says."""
    return {"seharusnya_rupiah": held, "dihitung_rupiah": found, "selisih_rupiah": found - held}
