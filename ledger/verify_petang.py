"""What must hold of the evenings, told from the entries alone: `ledger.verify.Checker` hands every entry over.

A branch that has cut off takes no deposit of that day, but a request that is an open BANK_ONLY difference. Each
difference is numbered without gap and ends once, by a cure of its class, with its proof in the ledger. What a bank
passes on is what its branches then owe for that day. A settled day has nothing open and moves no more. A close says
the plain sums of the entries it speaks of, names every open difference, and after it the day takes no entry that
needs an open one.

None of it is asked of the books: it is counted again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NoReturn

from msgspec.structs import astuple

from ledger.codec import EntryRow
from ledger.errors import Finding
from ledger.ketentuan import HARI_AWAL, aturan_pada
from ledger.kinds import KINDS
from ledger.records import Stamp
from ledger.verify_hari import Forms, Hari, due, granted

CURES = {
    "HOST_ONLY": {"TRANSFER", "BALIK", "BATAL"},
    "BANK_ONLY": {"ULANG", "BALIK"},
    "DIFF": {"TRANSFER", "KOREKSI"},
    "DUPLICATE": {"BALIK", "KOREKSI"},
}
OUT_OF_DAY = frozenset(code for code, kind in KINDS.items() if not kind.in_day)


class Evening:
    """Takes entries in order and raises Finding at the first that does not hold."""

    def __init__(self) -> None:
        self.closed = ""
        self._since = 1  # the first entry the next close speaks of
        self._sums: dict[tuple[str, str, str, str, str], list[int]] = {}
        self._provinsi = {("DEP", "0000"): "31"}
        self._cut: dict[str, str] = {}
        self._days: dict[tuple[str, str], Hari] = {}
        self._settled: set[tuple[str, str]] = set()
        self._items: dict[str, tuple[int, Any]] = {}  # open differences: (entry, its facts)
        self._numbers = {"SL": 0, "SN": 0}
        self._fined: set[tuple[str, str]] = set()
        self._forms = Forms()
        self._proposed: dict[str, tuple[int, Any]] = {}
        self.checks: dict[str, Callable[[Stamp, Any], None]] = {
            "CAB": self._cabang, "KDP": self._kandepag, "BHR": self._buka, "TSC": self._tutup_cabang,
            "TSB": self._tutup_bank, "KFT": self._konfirmasi, "PCK": self._pencocokan, "SLS": self._selisih,
            "SEM": self._sembuh, "SNU": self._usul, "SNP": self._putus, "PLD": self._limpah, "BYS": self._biaya,
            "SLH": self._selesai, "THR": self._tutup_hari, "SLK": self._forms.say,
        }  # fmt: skip

    def count(self, row: EntryRow) -> None:
        """Add an entry to the sums; a close stands between what two closes speak of."""
        kind, hari = row.kind, row.hari
        if hari == self.closed and kind not in OUT_OF_DAY:
            raise Finding(row.seq, f"made on {hari} after its close")
        if kind == "THR":
            return
        mata_uang, nominal = "-", 0
        for line in row.postings:
            if line.nominal >= 0:  # every kind has one debit
                mata_uang, nominal = line.mata_uang, line.nominal
                break
        key = (hari, row.bank, row.cabang, kind, mata_uang)
        found = self._sums.get(key)
        if found is None:
            self._sums[key] = [1, nominal]
        else:
            found[0] += 1
            found[1] += nominal

    # --- deposits ------------------------------------------------------------------------------------------------

    def deposit(self, stamp: Stamp, facts: Any) -> None:
        """A porsi was granted."""
        if self._cut.get(stamp.tapak) == stamp.hari and not self._is_repeat(stamp):
            raise Finding(stamp.seq, f"made by branch {stamp.tapak} after its cut-off of {stamp.hari}")
        key = (stamp.hari, stamp.bank)
        day = self._days.get(key)
        if day is None:
            day = self._days[key] = Hari()
        if not (len(stamp.cabang) == 4 and stamp.cabang.isdecimal()):
            _fault(stamp, f"branch {stamp.tapak} has no code of four digits")
        day.deposits[facts.nomor_porsi] = stamp.seq << 80 | int(stamp.cabang) << 64 | _said(facts)
        self._forms.count(facts.nomor_spph, 1)
        own = day.cabang.get(stamp.cabang) or day.of(stamp.cabang)
        own.granted += 1
        own.n += 1
        own.nominal += facts.nominal_rupiah

    def _is_repeat(self, stamp: Stamp) -> bool:
        wanted = (stamp.bank, stamp.hari, stamp.cabang, stamp.device, stamp.stan)
        return any(
            wanted == (item.kode_bank, item.hari_konfirmasi, item.kode_cabang, item.device, item.stan)
            and item.kelas == "BANK_ONLY"
            and not item.nomor_porsi
            for _, item in self._items.values()
        )

    def reverse(self, stamp: Stamp, facts: Any, kind: str, hari: str, bank: str, cabang: str) -> None:
        """A deposit of that branch and day is reversed."""
        day = self._days.get((hari, bank))
        seq, place, said = (0, "", 0) if day is None else day.deposit(facts.nomor_porsi)
        if day is None or not seq:
            raise Finding(stamp.seq, f"porsi {facts.nomor_porsi} was not granted on its day, or is BATAL already")
        if place != cabang:
            raise Finding(stamp.seq, f"porsi {facts.nomor_porsi} was granted by branch {bank}/{place}")
        if (facts.seq_asal, _said(facts)) != (seq, said):
            raise Finding(stamp.seq, f"it does not say what entry {seq} says, which it reverses")
        self._forms.count(facts.nomor_spph, -1 if kind == "KOR" else 0)
        own = day.of(cabang)
        if own.n - 1 < own.passed_n:
            raise Finding(stamp.seq, f"the money of porsi {facts.nomor_porsi} was passed on")
        own.n -= 1
        own.nominal -= facts.nominal_rupiah
        if any(_is_about(item, facts.nomor_porsi) for _, item in self._items.values()):
            own.hold(-1, -facts.nominal_rupiah)
        del day.deposits[facts.nomor_porsi]
        day.ended[facts.nomor_porsi] = (kind, stamp.seq)
        day.changed = stamp.seq

    def cancel(self, stamp: Stamp, facts: Any) -> None:
        """The centre reverses a deposit (BTP): a difference must say that nobody stands for it."""
        _, item = self._items.get(facts.nomor_selisih, (0, None))
        if item is None or not _is_about(item, facts.nomor_porsi):
            _fault(
                stamp, f"no open difference {facts.nomor_selisih} says that porsi {facts.nomor_porsi} has no deposit"
            )
        self.reverse(stamp, facts, "BTP", facts.hari_setoran, facts.kode_bank, facts.kode_cabang)

    # --- the day -------------------------------------------------------------------------------------------------

    def _cabang(self, stamp: Stamp, facts: Any) -> None:
        self._provinsi[facts.kode_bank, facts.kode_cabang] = facts.provinsi
        day = self._days.get((stamp.hari, facts.kode_bank))
        if stamp.hari == self.closed or (day is not None and day.is_cut):
            self._cut[f"{facts.kode_bank}/{facts.kode_cabang}"] = stamp.hari

    def _kandepag(self, _: Stamp, facts: Any) -> None:
        self._provinsi["DEP", facts.kab_kota] = facts.provinsi

    def _buka(self, stamp: Stamp, _: Any) -> None:
        if stamp.hari not in {HARI_AWAL, self.closed}:
            _fault(stamp, f"the day {stamp.hari} before it was not closed")

    def _tutup_cabang(self, stamp: Stamp, facts: Any) -> None:
        tapak = f"{facts.kode_bank}/{facts.kode_cabang}"
        if self._cut.get(tapak) == stamp.hari:
            _fault(stamp, f"branch {tapak} has cut off before")
        self._cut[tapak] = stamp.hari
        provinsi = self._provinsi.get((facts.kode_bank, facts.kode_cabang), "")
        own = {
            (kind, bank, provinsi, mata_uang): (n, nominal)
            for (hari, bank, cabang, kind, mata_uang), (n, nominal) in self._sums.items()
            if (hari, bank, cabang) == (stamp.hari, facts.kode_bank, facts.kode_cabang)
        }
        if tapak == stamp.tapak:  # it does not count itself, but others that its office made before
            n, nominal = own.pop(("TSC", facts.kode_bank, provinsi, "-"))
            own |= {("TSC", facts.kode_bank, provinsi, "-"): (n - 1, nominal)} if n > 1 else {}
        if own != {row.kunci: (row.n, row.nominal) for row in facts.jumlah}:
            _fault(stamp, f"its totals are not the sums of what branch {tapak} posted")

    def _tutup_bank(self, stamp: Stamp, facts: Any) -> None:
        bank = facts.kode_bank
        day = self._days.setdefault((stamp.hari, bank), Hari())
        if day.is_cut:
            _fault(stamp, f"bank {bank} has cut off before")
        for owner, cabang in self._provinsi:
            if owner == bank and cabang != "0000" and self._cut.get(f"{bank}/{cabang}") != stamp.hari:
                _fault(stamp, f"branch {bank}/{cabang} has not cut off")
        if (facts.n_rekaman, facts.nominal_rupiah) != (
            sum(own.n for own in day.cabang.values()),
            sum(own.nominal for own in day.cabang.values()),
        ):
            _fault(stamp, f"its totals are not the deposits of bank {bank}")
        day.is_cut = True
        self._cut[f"{bank}/0000"] = stamp.hari

    def _day(self, stamp: Stamp, facts: Any) -> Hari:
        """The unsettled day that an entry of the settlement is about."""
        key = (facts.hari_konfirmasi, facts.kode_bank)
        day = self._days.get(key)
        if key in self._settled:
            _fault(stamp, f"the day {key[0]} of bank {key[1]} is settled")
        if day is None or not day.is_cut:
            raise Finding(stamp.seq, f"bank {key[1]} has not cut off for {key[0]}")
        return day

    def _konfirmasi(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        if facts.sidik_berkas in day.files:
            _fault(stamp, "this file was taken in before")
        day.files.add(facts.sidik_berkas)
        day.kft = stamp.seq

    def _pencocokan(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        if not day.kft:
            _fault(stamp, "there is no confirmation to match")
        day.pck, day.short = stamp.seq, facts.n_host + facts.n_beda

    # --- differences ---------------------------------------------------------------------------------------------

    def _next(self, stamp: Stamp, nomor: str) -> None:
        head = nomor[:2]
        self._numbers[head] = self._numbers.get(head, 0) + 1
        if nomor != f"{head}{self._numbers[head]:010d}":
            _fault(stamp, f"{nomor} is not the next number")

    def _selisih(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        self._next(stamp, facts.nomor_selisih)
        if facts.kelas in {"HOST_ONLY", "DIFF"}:
            _, place, _ = day.deposit(facts.nomor_porsi)
            if place != facts.kode_cabang:
                _fault(stamp, f"the host has no deposit of porsi {facts.nomor_porsi} at that branch and day")
        self._items[facts.nomor_selisih] = (stamp.seq, facts)
        day.open += 1
        if facts.kelas == "HOST_ONLY":
            day.of(facts.kode_cabang).hold(1, facts.nominal_host)

    def _sembuh(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        seq, item = self._items.pop(facts.nomor_selisih, (0, None))
        if item is None:
            raise Finding(stamp.seq, f"difference {facts.nomor_selisih} is not open")
        said = (facts.kode_bank, facts.hari_konfirmasi, facts.kelas, facts.seq_selisih)
        if said != (item.kode_bank, item.hari_konfirmasi, item.kelas, seq):
            _fault(stamp, f"it does not say what entry {seq} says, which it ends")
        if facts.cara_sembuh not in CURES[item.kelas]:
            _fault(stamp, f"{facts.cara_sembuh} is no cure of {item.kelas}")
        self._check_proof(stamp, facts, item, day)
        if item.kelas == "HOST_ONLY" and facts.cara_sembuh == "TRANSFER":
            day.of(item.kode_cabang).hold(-1, -item.nominal_host)
        day.open -= 1
        day.changed = stamp.seq

    def _check_proof(self, stamp: Stamp, facts: Any, item: Any, day: Hari) -> None:
        cure, porsi = facts.cara_sembuh, item.nomor_porsi
        if cure == "ULANG":
            seq, place, _ = day.deposit(facts.rujukan)
            holds = (seq, place) == (facts.seq_bukti, item.kode_cabang)
        elif item.kelas != "HOST_ONLY":
            holds = facts.seq_bukti == 0
        elif cure == "TRANSFER":
            holds = facts.seq_bukti == 0 and porsi in day.deposits
        else:
            holds = day.ended.get(porsi) == ("KOR" if cure == "BALIK" else "BTP", facts.seq_bukti)
        if not holds:
            _fault(stamp, f"entry {facts.seq_bukti} does not prove {cure} of difference {item.nomor_selisih}")

    def _usul(self, stamp: Stamp, facts: Any) -> None:
        self._next(stamp, facts.nomor_sanksi)
        record = (facts.hari_konfirmasi, facts.nomor_porsi)
        if record in self._fined:
            _fault(stamp, f"a sanction for porsi {facts.nomor_porsi} was proposed before")
        self._fined.add(record)
        self._proposed[facts.nomor_sanksi] = (stamp.seq, facts)

    def _putus(self, stamp: Stamp, facts: Any) -> None:
        seq, proposal = self._proposed.pop(facts.nomor_sanksi, (0, None))
        if proposal is None:
            raise Finding(stamp.seq, f"sanction {facts.nomor_sanksi} is not proposed, or decided already")
        said = (facts.kode_bank, facts.kode_cabang, facts.nomor_porsi, facts.seq_usul, facts.denda_rupiah)
        fine = proposal.denda_rupiah if facts.putusan == "DENDA" else 0
        if said != (proposal.kode_bank, proposal.kode_cabang, proposal.nomor_porsi, seq, fine):
            _fault(stamp, f"it does not say what entry {seq} says, on which it decides")

    # --- money and end -------------------------------------------------------------------------------------------

    def _limpah(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        if facts.cabang != due(day):
            _fault(stamp, f"it does not pass on what bank {facts.kode_bank} owes for {facts.hari_konfirmasi}")
        for cabang, n, nominal in facts.cabang:
            own = day.of(cabang)
            own.passed_n += n
            own.passed += nominal

    def _biaya(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        day.charged += facts.n_porsi
        aturan = aturan_pada(facts.hari_konfirmasi)
        fee = 0 if aturan is None else aturan.biaya_usd_sen
        if day.charged != granted(day) or facts.biaya_usd_sen != facts.n_porsi * fee:
            _fault(stamp, f"it does not charge the porsi of bank {facts.kode_bank} once each")

    def _selesai(self, stamp: Stamp, facts: Any) -> None:
        day = self._day(stamp, facts)
        if day.open or not day.kft or day.pck < max(day.kft, day.changed):
            _fault(stamp, "a difference is open, or there is no match after the last change")
        if day.short:
            _fault(stamp, "what was transferred or put right is not confirmed")
        if due(day) or day.charged != granted(day):
            _fault(stamp, "money was not passed on, or the fee not charged")
        passed = sum(own.passed_n for own in day.cabang.values()), sum(own.passed for own in day.cabang.values())
        if (facts.n_rekaman, facts.nominal_rupiah) != passed:
            _fault(stamp, "its totals are not what was passed on")
        key = (facts.hari_konfirmasi, facts.kode_bank)
        self._settled.add(key)
        del self._days[key]

    def _tutup_hari(self, stamp: Stamp, facts: Any) -> None:
        if facts.hari_tutup != stamp.hari:
            _fault(stamp, "it does not close the open day")
        if (facts.seq_awal, facts.seq_akhir) != (self._since, stamp.seq - 1):
            _fault(stamp, f"it should speak of entries {self._since} to {stamp.seq - 1}")
        if {row.kunci: [row.n, row.nominal] for row in facts.jumlah} != self._totals():
            _fault(stamp, "its totals are not the sums of the entries it speaks of")
        today = date.fromisoformat(stamp.hari)
        if sorted(map(astuple, facts.terbuka)) != sorted(
            (nomor, item.kelas, item.kode_bank, item.pemilik, (today - date.fromisoformat(item.hari_konfirmasi)).days)
            for nomor, (_, item) in self._items.items()
        ):
            _fault(stamp, "it does not name every open difference")
        left = {bank: day for (hari, bank), day in self._days.items() if hari == stamp.hari and granted(day)}
        if not all(day.is_cut for day in left.values()) or sorted(left) != sorted(facts.belum):
            _fault(stamp, "a bank has not cut off, or it does not name the banks that are not settled")
        if [astuple(one) for one in facts.silang] != self._forms.differing():
            _fault(stamp, "it does not name every regency whose two counts differ")
        self.closed, self._since = stamp.hari, stamp.seq + 1
        self._sums = {}
        self._forms.clear()

    def _totals(self) -> dict[tuple[str, str, str, str], list[int]]:
        found: dict[tuple[str, str, str, str], list[int]] = {}
        for (_, bank, cabang, kind, mata_uang), (n, nominal) in self._sums.items():
            total = found.setdefault((kind, bank, self._provinsi.get((bank, cabang), ""), mata_uang), [0, 0])
            total[0] += n
            total[1] += nominal
        return found


def _fault(stamp: Stamp, reason: str) -> NoReturn:
    raise Finding(stamp.seq, reason)


def _said(facts: Any) -> int:
    """A digest of what a deposit says, within this process: a day of a large bank is kept until it is settled."""
    return hash((facts.nomor_spph, facts.identitas, facts.nominal_rupiah)) & 0xFFFF_FFFF_FFFF_FFFF


def _is_about(item: Any, nomor_porsi: str) -> bool:
    return bool(item.kelas == "HOST_ONLY" and item.nomor_porsi == nomor_porsi)
