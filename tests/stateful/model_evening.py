"""The evening in the same notebook: cut-off, confirmations, differences and their ends, money, sanctions, the close."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ledger.engine import Asked
from tests.stateful.model import SETORAN, Model, Porsi

CLASSES = ("HOST_ONLY", "BANK_ONLY", "DIFF", "DUPLICATE")
ENDS = {
    "BANK_ONLY": ("ULANG", "BALIK"),
    "HOST_ONLY": ("TRANSFER", "BALIK", "BATAL"),
    "DIFF": ("TRANSFER", "KOREKSI"),
    "DUPLICATE": ("BALIK", "KOREKSI"),
}
DENDA, SEN = 10_000_000, 250


@dataclass
class Item:
    """A difference."""

    bank: str
    hari: str
    kelas: str
    cabang: str
    device: str
    stan: int
    porsi: str
    owner: str
    amounts: tuple[int, int, int] = (0, 0, 0)
    """Host's, bank's, and the entry that the bank names."""
    ended: str = ""
    again: str = ""
    """The porsi that the repeated request got."""


@dataclass
class Day:
    """A bank's day since its cut-off."""

    files: list[str] = field(default_factory=list)
    last_file: int = 0
    changed: int = 0
    matched: int = 0
    result: str = ""
    found: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    """Deposits passed on, by branch."""
    charged: int = 0
    settled: bool = False


class WholeModel(Model):
    """Every kind of the ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.days: dict[tuple[str, str], Day] = {}
        self.items: dict[str, Item] = {}
        self.about: dict[tuple[Any, ...], str] = {}
        self.fines: dict[str, list[str]] = {}
        """Sanction: difference, decision."""
        self.fined: dict[tuple[str, str], str] = {}
        self.said: dict[tuple[str, str], int] = {}

    def is_wanted(self, asked: Asked) -> bool:
        if self.hari in self.closed:
            return False
        bank, cabang, device = asked.origin.perangkat.split("/")
        nomor = self.about.get((asked.hari, bank, "BANK_ONLY", cabang, device, asked.stan))
        return nomor is not None and not self.items[nomor].ended

    def has_cut_off(self, bank: str) -> bool:
        return (self.hari, bank) in self.days

    def still_open(self, bank: str) -> list[str]:
        """Branches of a bank that have not cut off today."""
        mine = [tapak for tapak in self.places if tapak[:3] == bank and tapak[4:] != "0000"]
        return sorted(tapak for tapak in mine if (self.hari, tapak) not in self.cut)

    def is_passed_on(self, one: Porsi) -> bool:
        day = self.days.get((one.hari, one.tapak[:3]))
        gone = 0 if day is None else day.passed[one.tapak]
        return gone > 0 and self.live(one.hari, one.tapak)[one.tapak] <= gone

    def end(self, nomor: str, kind: str) -> Any:
        one = self.porsi[nomor]
        if (day := self.days.get((one.hari, one.tapak[:3]))) is not None:
            day.changed = self.head + 1
        return super().end(nomor, kind)

    def of_bank(self, bank: str, asked: Asked) -> str:
        """Whose evening it is."""
        if bank not in self.banks:
            return "SKH8002"
        return "" if asked.origin.bank in {"DEP", bank} else "SKH6213"

    # --- cut-off -------------------------------------------------------------------------------------------------

    def _tsc(self, request: Any, asked: Asked) -> Any:
        tapak = f"{request.kode_bank}/{request.kode_cabang}"
        if request.kode_bank == "DEP" or tapak not in self.places:
            return "SKH8005"
        if refused := self.of_bank(request.kode_bank, asked):
            return refused
        if self.users[asked.origin.user][0] == "PENYELIA" and tapak != asked.origin.tapak:
            return "SKH6213"
        if (self.hari, tapak) in self.cut:
            return "SKH6201"
        self.cut.add((self.hari, tapak))
        n = self.live(self.hari, tapak)[tapak]
        return {"kode_cabang": request.kode_cabang, "n_rekaman": n, "nominal_rupiah": n * SETORAN}

    def _tsb(self, request: Any, asked: Asked) -> Any:
        bank = request.kode_bank
        if refused := self.of_bank(bank, asked):
            return refused
        if (self.hari, bank) in self.days:
            return "SKH6201"
        if self.still_open(bank):
            return "SKH6202"
        self.days[self.hari, bank] = Day()
        self.cut.add((self.hari, bank + "/0000"))
        n = self.live(self.hari, bank).total()
        return {"kode_bank": bank, "n_rekaman": n, "nominal_rupiah": n * SETORAN}

    # --- confirmation and differences ----------------------------------------------------------------------------

    def _kft(self, request: Any, asked: Asked) -> Any:
        day = self.days.get((request.hari_konfirmasi, request.kode_bank))
        if refused := self.of_bank(request.kode_bank, asked):
            return refused
        if day is None or day.settled:
            return "SKH6203" if day is None else "SKH6216"
        if request.sidik_berkas in day.files:
            return "SKH6204"
        day.files.append(request.sidik_berkas)
        day.last_file = self.head + 1
        told = {"n_rekaman": request.n_rekaman, "nominal_rupiah": request.nominal_rupiah}
        return {"kode_bank": request.kode_bank} | told

    def _unconfirmed(self, request: Any, asked: Asked) -> str:
        day = self.days.get((request.hari_konfirmasi, request.kode_bank))
        if refused := self.of_bank(request.kode_bank, asked):
            return refused
        if day is None or not day.files:
            return "SKH6205"
        return "SKH6216" if day.settled else ""

    def _pck(self, request: Any, asked: Asked) -> Any:
        if refused := self._unconfirmed(request, asked):
            return refused
        day = self.days[request.hari_konfirmasi, request.kode_bank]
        if day.result == request.sidik_hasil and day.matched > max(day.last_file, day.changed):
            return "SKH6217"
        counts = (request.n_host, request.n_bank, request.n_beda, request.n_ganda)
        day.matched, day.result = self.head + 1, request.sidik_hasil
        day.found = Counter(dict(zip(CLASSES, counts, strict=True)))
        return {"kode_bank": request.kode_bank, "n_cocok": request.n_cocok, "n_selisih": sum(counts)}

    def _sls(self, request: Any, asked: Asked) -> Any:
        if refused := self._unconfirmed(request, asked):
            return refused
        bank, hari, kelas, nomor = request.kode_bank, request.hari_konfirmasi, request.kelas, request.nomor_porsi
        tapak, one = f"{bank}/{request.kode_cabang}", self.porsi.get(nomor)
        if kelas in {"HOST_ONLY", "DIFF"} and not (
            one and one.is_live and (one.tapak, one.hari, SETORAN) == (tapak, hari, request.nominal_host)
        ):
            return "SKH6218"
        at = (request.kode_cabang, request.device, request.stan_bank)
        what: tuple[Any, ...] = (nomor,) if nomor else at
        if kelas == "DUPLICATE" or (kelas == "BANK_ONLY" and nomor):
            what = (nomor, *at, request.rrn)
        amounts = (request.nominal_host, request.nominal_bank, request.rrn)
        if self._is_told(self.about.get((hari, bank, kelas, *what), ""), amounts):
            return "SKH6206"
        number = f"SL{len(self.items) + 1:010d}"
        owner = tapak if kelas == "BANK_ONLY" and not nomor and tapak in self.places else bank
        self.about[hari, bank, kelas, *what] = number
        self.items[number] = Item(bank, hari, kelas, *at, nomor, owner, amounts)
        self.days[hari, bank].opened[kelas] += 1
        return {"nomor_selisih": number, "pemilik": owner}

    def _is_told(self, nomor: str, amounts: tuple[int, int, int]) -> bool:
        """Whether a match that tells this difference once more says nothing new."""
        old = self.items.get(nomor)
        if old is None:
            return False
        if old.ended == "ULANG":
            return self.porsi[old.again].is_live
        return not old.ended or old.amounts == amounts

    def open_items(self, hari: str = "", bank: str = "") -> dict[str, Item]:
        """Differences without an end, of a bank's day or all."""
        return {
            nomor: one
            for nomor, one in self.items.items()
            if not one.ended and hari in {"", one.hari} and bank in {"", one.bank}
        }

    def _sem(self, request: Any, asked: Asked) -> Any:
        item = self.items.get(request.nomor_selisih)
        if item is None:
            return "SKH6219"
        role = self.users[asked.origin.user][0]
        is_theirs = asked.origin.bank == item.bank and (role == "BANK" or asked.origin.tapak == item.owner)
        if role != "PUSAT" and not is_theirs:
            return "SKH6213"
        if item.ended:
            return "SKH6220"
        how = request.cara_sembuh
        if how not in ENDS[item.kelas] or (how == "BATAL" and role != "PUSAT"):
            return "SKH6207"
        if refused := self._disproved(item, how):
            return refused
        if not self._is_proved(item, how, request.rujukan):
            return "SKH6221"
        item.ended = how
        if how == "ULANG":
            item.again = request.rujukan
        self.days[item.hari, item.bank].changed = self.head + 1
        return {"nomor_selisih": request.nomor_selisih, "kelas": item.kelas, "cara": how}

    def _request_of(self, item: Item) -> int:
        """The entry that the request of a difference became; 0 when it is none."""
        return self.requests.get((f"{item.bank}/{item.cabang}/{item.device}", item.hari, item.stan), (0, None))[0]

    def _disproved(self, item: Item, how: str) -> str:
        """A cure that the ledger speaks against."""
        if (item.kelas, how) == ("BANK_ONLY", "BALIK"):
            seq = self._request_of(item)
            return "SKH6226" if any(one.is_live and one.seq == seq for one in self.porsi.values()) else ""
        if (item.kelas, how) == ("DIFF", "TRANSFER"):
            if not self.porsi[item.porsi].is_live:
                return "SKH6226"
            return "" if item.amounts[1] < item.amounts[0] else "SKH6228"
        return ""

    def _is_proved(self, item: Item, how: str, rujukan: str) -> bool:
        if how == "ULANG":
            one = self.porsi.get(rujukan)
            return one is not None and one.is_live and one.seq == self._request_of(item)
        if item.kelas != "HOST_ONLY":
            return True
        return self.porsi[item.porsi].ended == {"TRANSFER": "", "BALIK": "KOR", "BATAL": "BTP"}[how]

    # --- the centre ----------------------------------------------------------------------------------------------

    def _btp(self, request: Any, _: Asked) -> Any:
        one, item = self.porsi.get(request.nomor_porsi), self.items.get(request.nomor_selisih)
        if one is None or not one.is_live:
            return "SKH2201" if one is None else "SKH2203"
        if item is None or item.ended:
            return "SKH6219" if item is None else "SKH6220"
        if (item.kelas, item.porsi) != ("HOST_ONLY", request.nomor_porsi):
            return "SKH6222"
        return "SKH2205" if self.is_passed_on(one) else self.end(request.nomor_porsi, "BTP")

    def _snu(self, request: Any, _: Asked) -> Any:
        item = self.items.get(request.nomor_selisih)
        if item is None:
            return "SKH6219"
        one = self.porsi.get(item.porsi)
        is_open = not item.ended
        lacks = item.kelas == "HOST_ONLY" and (is_open or item.ended == "BATAL")
        if one is None or one.tapak[:3] != item.bank or not (lacks or (is_open and item.hari < self.hari)):
            return "SKH6223"
        if (item.hari, item.porsi) in self.fined:
            return "SKH6208"
        number = f"SN{len(self.fines) + 1:010d}"
        self.fines[number] = [request.nomor_selisih, ""]
        self.fined[item.hari, item.porsi] = number
        return {"nomor_sanksi": number, "denda_rupiah": DENDA}

    def _snp(self, request: Any, _: Asked) -> Any:
        fine = self.fines.get(request.nomor_sanksi)
        if fine is None:
            return "SKH6224"
        if fine[1]:
            return "SKH6225"
        fine[1] = request.putusan
        rupiah = DENDA if request.putusan == "DENDA" else 0
        return {"nomor_sanksi": request.nomor_sanksi, "putusan": request.putusan, "denda_rupiah": rupiah}

    def _slk(self, request: Any, asked: Asked) -> Any:
        if request.kab_kota != asked.origin.cabang:
            return "SKH6213"
        if request.hari_konfirmasi > asked.hari:
            return "SKH1003"
        if self.said.get((request.kab_kota, request.hari_konfirmasi)) == request.n_kandepag:
            return "SKH6229"
        self.said[request.kab_kota, request.hari_konfirmasi] = request.n_kandepag
        return {"kab_kota": request.kab_kota, "n_kandepag": request.n_kandepag}

    def _thr(self, request: Any, _: Asked) -> Any:
        if request.hari_tutup != self.hari:
            return "SKH6230"
        banks = {one.tapak[:3] for one in self.porsi.values() if one.hari == self.hari}
        if any((self.hari, bank) not in self.days for bank in banks):
            return "SKH6212"
        first, self.last_close = self.last_close + 1, self.head + 1
        self.closed.add(self.hari)
        self.cut |= {(self.hari, tapak) for tapak in self.places if tapak[:3] != "DEP"}
        late = sum(not self.days[self.hari, bank].settled for bank in banks)
        return {
            "hari": self.hari, "seq_awal": first, "seq_akhir": self.head,
            "n_terbuka": len(self.open_items()), "n_belum": late, "n_silang": self._misled(self.hari),
        }  # fmt: skip

    def by_office(self, hari: str, kab: str) -> int:
        """Deposits of a day on an office's forms; one that its branch took back that day is none."""
        mine = (one for one in self.porsi.values() if (one.hari, one.form[:4]) == (hari, kab))
        return sum(one.ended != "KOR" for one in mine)

    def _misled(self, hari: str) -> int:
        """Offices that have said another number than the host counts."""
        return sum(n != self.by_office(day, kab) for (kab, day), n in self.said.items() if day == hari)

    # --- money ---------------------------------------------------------------------------------------------------

    def due_by_branch(self, hari: str, bank: str) -> Counter[str]:
        """Deposits whose money the bank has to pass on now: live, not passed on, and nobody asks where it is."""
        open_ = [one for one in self.open_items(hari, bank).values() if one.kelas == "HOST_ONLY"]
        held = Counter(f"{bank}/{one.cabang}" for one in open_ if self.porsi[one.porsi].is_live)
        passed = self.days[hari, bank].passed
        return +Counter({tapak: n - passed[tapak] - held[tapak] for tapak, n in self.live(hari, bank).items()})

    def due(self, hari: str, bank: str) -> int:
        """How many they are."""
        return self.due_by_branch(hari, bank).total()

    def _pld(self, request: Any, asked: Asked) -> Any:
        bank, hari = request.kode_bank, request.hari_konfirmasi
        if refused := self.of_bank(bank, asked):
            return refused
        if (hari, bank) not in self.days:
            return "SKH6203"
        n = self.due(hari, bank)
        if not n or (request.n_rekaman, request.nominal_rupiah) != (n, n * SETORAN):
            return "SKH6209"
        self.days[hari, bank].passed += self.due_by_branch(hari, bank)
        return {"kode_bank": bank, "n_rekaman": n, "nominal_rupiah": n * SETORAN}

    def _bys(self, request: Any, asked: Asked) -> Any:
        day = self.days.get((request.hari_konfirmasi, request.kode_bank))
        if refused := self.of_bank(request.kode_bank, asked):
            return refused
        if day is None:
            return "SKH6203"
        n = self.granted(request.hari_konfirmasi, request.kode_bank) - day.charged
        if not n:
            return "SKH6227"
        day.charged += n
        return {"kode_bank": request.kode_bank, "n_porsi": n, "biaya_usd_sen": n * SEN}

    def _slh(self, request: Any, asked: Asked) -> Any:
        key = (request.hari_konfirmasi, request.kode_bank)
        if refused := self.of_bank(request.kode_bank, asked):
            return refused
        if key in self.days and self.days[key].settled:
            return "SKH6216"
        if self.lacking(*key):
            return "SKH6211"
        day = self.days[key]
        day.settled = True
        n = day.passed.total()
        told = {"n_rekaman": n, "nominal_rupiah": n * SETORAN, "n_selisih": day.opened.total()}
        return {"kode_bank": request.kode_bank} | told

    def lacking(self, hari: str, bank: str) -> str:
        """The step a bank's day waits for; "" when it can be settled."""
        day = self.days.get((hari, bank))
        if day is None:
            return "TSB"
        if not day.files:
            return "KFT"
        if self.open_items(hari, bank):
            return "SELISIH"
        more = any(day.found[kelas] > day.opened[kelas] for kelas in CLASSES[:3])
        if (
            day.matched < max(day.last_file, day.changed)
            or more
            or (day.found["DUPLICATE"] and not day.opened["DUPLICATE"])
        ):
            return "PCK"
        if day.found["HOST_ONLY"] or day.found["DIFF"]:
            return "KFT"
        if self.due(hari, bank):
            return "PLD"
        return "" if day.charged == self.granted(hari, bank) else "BYS"
