"""Books of the evening: who has cut off, what a bank's day has come to, each difference and its end, each closed day.

A bank's day is settled after the open business day at the latest when the bank has its differences cured; until then
its row of `setelmen` says how far it has come. Money that is due is counted per branch: deposits of that day that
are live, less what was passed on, less what nobody stands for (`Alih`).

Dasar: D/163 pasal 7(5), 7(6), 7(7), 7(9), 9.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ledger.records import Refusal, Stamp
from ledger.rows import (
    NO_SILANG,
    Calon,
    Jumlah,
    Penutupan,
    Sanksi,
    Selisih,
    Setelmen,
    Silang,
    Tutup,
)
from ledger.shelf import BATAL, DEPARTEMEN, PUSAT
from ledger.shelf_dana import DanaShelf
from ledger.shelf_porsi import PorsiShelf

HOST_ONLY, BANK_ONLY, DIFF, DUPLICATE = "HOST_ONLY", "BANK_ONLY", "DIFF", "DUPLICATE"
KELAS = (HOST_ONLY, BANK_ONLY, DIFF, DUPLICATE)
TERBUKA, SEMBUH = "TERBUKA", "SEMBUH"
ULANG, BALIK, TRANSFER, KOREKSI = "ULANG", "BALIK", "TRANSFER", "KOREKSI"
USUL, DENDA, CABUT, TOLAK = "USUL", "DENDA", "CABUT", "TOLAK"

OPEN, CUTOFF, CONFIRMED, MATCHED, MISMATCH = "OPEN", "CUTOFF", "CONFIRMED", "MATCHED", "MISMATCH"
CURED, OVERDUE, SANCTION_PROPOSED, SETTLED = "CURED", "OVERDUE", "SANCTION_PROPOSED", "SETTLED"
"""States of a bank's day, in the words of the reference."""


class PetangShelf(PorsiShelf, DanaShelf):
    """The part of the books that knows the evening."""

    # --- reading -----------------------------------------------------------------------------------------------

    @property
    def hari_tutup(self) -> str:
        """The business day closed last, "" before the first close; equal to `hari` until the next day is opened."""
        return self._hari_get("tutup") or ""

    def setelmen(self, bank: str, hari: str) -> Setelmen | None:
        """How far a bank's day has come; None before its cut-off."""
        return self._evening.setelmen.get(f"{hari}/{bank}")

    def setelmen_hari(self, hari: str) -> list[Setelmen]:
        """Every bank that has cut off on a day, by code."""
        return [row for _, row in self._evening.setelmen.range(hari + "/", hari + "/~")]

    def keadaan_bank(self, bank: str, hari: str) -> str:
        """The state of a bank's day, for boards: one of `OPEN` to `SETTLED`."""
        row = self.setelmen(bank, hari)
        if row is None:
            return OPEN
        if row.seq_selesai:
            return SETTLED
        if row.n_usul:
            return SANCTION_PROPOSED
        if hari < self.hari:
            return OVERDUE
        if row.n_terbuka:
            return MISMATCH
        if not row.seq_kft:
            return CUTOFF
        if row.seq_pck > max(row.seq_kft, row.seq_ubah) and not (row.n_host or row.n_beda):
            return MATCHED
        return CURED if row.seq_ubah > row.seq_kft and any(row.n_selisih) else CONFIRMED

    def berkas(self, bank: str, hari: str, sidik: str) -> int | None:
        """The entry by which a confirmation file with this SHA-256 was taken in for a bank's day."""
        return self._evening.berkas.get(f"{hari}/{bank}/{sidik}")

    def berkas_hari(self, bank: str, hari: str) -> list[tuple[int, str]]:
        """(entry, SHA-256) of every confirmation file taken in for a bank's day, in order of entry."""
        start = f"{hari}/{bank}/"
        return sorted((seq, key[len(start) :]) for key, seq in self._evening.berkas.range(start, start + "~"))

    def selisih(self, nomor: str) -> Selisih | None:
        """A difference by its number."""
        return self._evening.selisih.get(nomor)

    def setoran_entri(self, seq: int) -> Calon | None:
        """The deposit that an entry is, found by halving: in each series the numbers rise with their entries."""
        for key, last in self._nomor.range("porsi/", "porsi/~"):
            low, high = 1, last
            while low <= high:
                middle = (low + high) // 2
                calon = self.calon(f"{key[6:]}{middle:08d}")
                assert calon is not None, "a series has no gap"
                if calon.seq == seq:
                    return calon
                low, high = (middle + 1, high) if calon.seq < seq else (low, middle - 1)
        return None

    def selisih_next(self) -> str:
        """The next number of a difference."""
        return f"SL{(self._nomor_get('selisih') or 0) + 1:010d}"

    def selisih_kunci(self, kunci: str) -> str | None:
        """The number of the last difference that is about this, if there ever was one (see `kunci_selisih`)."""
        return self._evening.selisih_kunci.get(kunci)

    def selisih_hari(self, bank: str, hari: str, lanjut: str = "") -> Iterator[Selisih]:
        """The differences of a bank's day in order of number, open and cured, above number `lanjut`."""
        start = f"{hari}/{bank}/"
        for key, _ in self._evening.selisih_hari.range(start + lanjut, start + "~"):
            nomor = key[len(start) :]
            if nomor > lanjut:
                row = self._evening.selisih.get(nomor)
                assert row is not None, "a difference of a day has its row"
                yield row

    def selisih_terbuka(self) -> Iterator[Selisih]:
        """Every open difference of every day, oldest day first."""
        for key, _ in self._evening.terbuka.range("", "~"):
            row = self._evening.selisih.get(key.rpartition("/")[2])
            assert row is not None, "an open difference has its row"
            yield row

    def is_ulang(self, perangkat: str, hari: str, stan: int) -> bool:
        """Whether this request identity is an open BANK_ONLY difference of the open day.

        The bank has the money and no answer: the same request may still become an entry, after the cut-off.
        """
        if self.hari_tutup == hari:
            return False
        bank, cabang, device = perangkat.split("/")
        nomor = self._evening.selisih_kunci.get(f"{hari}/{bank}/{BANK_ONLY}/{cabang}/{device}/{stan:06d}")
        row = None if nomor is None else self._evening.selisih.get(nomor)
        return row is not None and row.status == TERBUKA

    def sanksi(self, nomor: str) -> Sanksi | None:
        """A proposed sanction by its number."""
        return self._evening.sanksi.get(nomor)

    def sanksi_next(self) -> str:
        """The next number of a sanction."""
        return f"SN{(self._nomor_get('sanksi') or 0) + 1:010d}"

    def sanksi_rekaman(self, hari: str, nomor_porsi: str) -> str | None:
        """The sanction proposed for a pilgrim record of a day."""
        return self._evening.sanksi_rekaman.get(f"{hari}/{nomor_porsi}")

    def sanksi_semua(self, lanjut: str = "") -> Iterator[Sanksi]:
        """Sanctions in order of number, above number `lanjut`."""
        return (row for nomor, row in self._evening.sanksi.range(lanjut, "~") if nomor > lanjut)

    def silang(self, kab_kota: str, hari: str) -> Silang:
        """What a Kandepag says was deposited on a day on forms it signed, beside the host's count."""
        said = self._evening.silang.get(f"{hari}/{kab_kota}") or NO_SILANG
        is_open = hari == self.hari != self.hari_tutup
        return replace(said, n_host=self.setoran_kab(kab_kota)) if is_open else said

    def silang_hari(self, hari: str) -> Iterator[tuple[str, Silang]]:
        """(kab_kota, both counts) of a day, by regency: those with deposits, and those whose office said a number."""
        named = {key[11:] for key, _ in self._evening.silang.range(hari + "/", hari + "/~")}
        if hari == self.hari:
            named |= self.kab_menyetor()
        return ((kab_kota, self.silang(kab_kota, hari)) for kab_kota in sorted(named))

    def penutupan(self, hari: str) -> Penutupan | None:
        """The close of a day."""
        return self._evening.penutupan.get(hari)

    def cabang_buka(self, bank: str) -> list[str]:
        """Codes of a bank's branches that have not cut off on the open day; its head office is not among them."""
        hari, start = self.hari, bank + "/"
        return sorted(
            row.cabang
            for tapak, row in self._cabang.range(start, start + "~")
            if row.cabang != PUSAT and ((cut := self.tutup(tapak)) is None or cut.hari != hari)
        )

    def batal_pusat_hari(self, bank: str, hari: str) -> list[int]:
        """The entries (BTP) by which the centre cancelled deposits of a bank's day, whenever it did.

        Each answers a HOST_ONLY difference of that day, so that these are all there can be.
        """
        if not any(alih.n_batal for _, alih in self._alih_bank(bank, hari)):
            return []
        found = (
            self.seq_batal(row.nomor_porsi, "BTP") for row in self.selisih_hari(bank, hari) if row.kelas == HOST_ONLY
        )
        return sorted({seq for seq in found if seq})

    def seq_batal(self, nomor_porsi: str, kind: str) -> int:
        """The entry of this kind (KOR or BTP) that ended a porsi; 0 if it is live or something else ended it."""
        calon = self.calon(nomor_porsi)
        if calon is None or calon.status != BATAL:
            return 0
        return calon.seq_batal if self._riwayat.get(f"{calon.nomor_spph}/{calon.seq_batal:012d}") == kind else 0

    def jumlah_sejak_tutup(self) -> tuple[Jumlah, ...]:
        """What was posted since the last close, by kind, bank, province and currency.

        The day closed last goes on until the next is opened (forms, users, its own close): what came after it is
        what its rows say now, less what they said then.
        """
        last = self.penutupan(self.hari_tutup)
        found = {row.kunci: row for row in self._jumlah(self._rekap.range(self.hari_tutup, "~"))}
        if last is not None:
            for old in last.jumlah:
                now = found[old.kunci]
                found[old.kunci] = replace(now, n=now.n - old.n, nominal=now.nominal - old.nominal)
        return tuple(found[key] for key in sorted(found) if found[key].n)

    def bank_refusal(self, kode_bank: str, stamp: Stamp) -> Refusal | None:
        """Whose evening it is: SKH8002 unknown bank, SKH6213 another bank's evening; the centre may act for all."""
        if kode_bank == DEPARTEMEN or self.bank(kode_bank) is None:
            return Refusal("SKH8002", {"kode_bank": kode_bank})
        if stamp.bank not in {DEPARTEMEN, kode_bank}:
            return Refusal("SKH6213", {"milik": kode_bank, "user": stamp.user})
        return None

    # --- changing: called by `apply` only ------------------------------------------------------------------------

    def cut_off(self, tapak: str, stamp: Stamp) -> None:
        """A branch takes no more deposits on the open day."""
        old = self.tutup(tapak)
        assert old is None or old.hari < stamp.hari, "a branch cuts off once a day"
        self._tutup.put(tapak, Tutup(stamp.hari, stamp.seq, stamp.waktu_us))

    def cut_off_bank(self, bank: str, stamp: Stamp) -> None:
        """A bank takes no more deposits on the open day: its settlement begins."""
        assert self.setelmen(bank, stamp.hari) is None, "a bank cuts off once a day"
        assert not self.cabang_buka(bank), "its branches have cut off"
        self._cut_off_rest(f"{bank}/{PUSAT}", stamp)
        self._put_setelmen(Setelmen(bank, stamp.hari, stamp.seq, stamp.waktu_us))

    def _cut_off_rest(self, tapak: str, stamp: Stamp) -> None:
        if self.cabang(tapak) is not None and ((cut := self.tutup(tapak)) is None or cut.hari < stamp.hari):
            self._tutup.put(tapak, Tutup(stamp.hari, stamp.seq, stamp.waktu_us))

    def _put_setelmen(self, row: Setelmen) -> None:
        self._evening.setelmen.put(f"{row.hari}/{row.bank}", row)

    def change_setelmen(self, bank: str, hari: str, **changes: str | int | tuple[int, ...]) -> None:
        """A bank's day has come further."""
        row = self.setelmen(bank, hari)
        assert row is not None, "the bank has cut off"
        assert not row.seq_selesai, "a settled day stays as it is"
        self._put_setelmen(replace(row, **changes))

    def take_berkas(self, bank: str, hari: str, sidik: str, seq: int) -> None:
        """A confirmation file was taken in."""
        row = self.setelmen(bank, hari)
        assert row is not None, "the bank has cut off"
        assert self.berkas(bank, hari, sidik) is None, "a file is taken in once"
        self._evening.berkas.put(f"{hari}/{bank}/{sidik}", seq)
        self.change_setelmen(bank, hari, seq_kft=seq, n_kft=row.n_kft + 1)

    def open_selisih(self, row: Selisih, kunci: str) -> None:
        """A difference has a number and an owner."""
        day = self.setelmen(row.bank, row.hari)
        assert day is not None, "the bank has cut off"
        assert row.nomor == self.selisih_next(), "differences are numbered without gap"
        old = self.selisih(self.selisih_kunci(kunci) or "")
        assert old is None or old.status == SEMBUH, "a difference is opened again only after its end"
        at = KELAS.index(row.kelas)
        counts = tuple(n + (place == at) for place, n in enumerate(day.n_selisih))
        self._nomor.put("selisih", int(row.nomor[2:]))
        self._evening.selisih.put(row.nomor, row)
        self._evening.selisih_kunci.put(kunci, row.nomor)
        self._evening.selisih_hari.put(f"{row.hari}/{row.bank}/{row.nomor}", row.seq)
        self._evening.terbuka.put(f"{row.hari}/{row.bank}/{row.nomor}", row.seq)
        self.change_setelmen(row.bank, row.hari, n_terbuka=day.n_terbuka + 1, n_selisih=counts)
        if row.kelas == HOST_ONLY:
            self._move(f"{row.hari}/{row.bank}/{row.cabang}", n_tahan=1, tahan_rupiah=row.nominal_host)

    def close_selisih(self, nomor: str, cara: str, seq: int, nomor_porsi: str = "") -> None:
        """A difference has its end, and the porsi that this end gave it."""
        row = self.selisih(nomor)
        assert row is not None, "the difference exists"
        assert row.status == TERBUKA, "a difference is cured once"
        day = self.setelmen(row.bank, row.hari)
        assert day is not None, "the bank has cut off"
        ended = replace(row, status=SEMBUH, cara=cara, seq_sembuh=seq, porsi_sembuh=nomor_porsi)
        self._evening.selisih.put(nomor, ended)
        self._evening.terbuka.delete(f"{row.hari}/{row.bank}/{nomor}")
        self.change_setelmen(row.bank, row.hari, n_terbuka=day.n_terbuka - 1, seq_ubah=seq)
        if row.kelas == HOST_ONLY and cara == TRANSFER:
            # The other two cures cancelled the porsi, and `cancel_setoran` took it off already.
            self._move(f"{row.hari}/{row.bank}/{row.cabang}", n_tahan=-1, tahan_rupiah=-row.nominal_host)

    def cancel_setoran(self, nomor_porsi: str, identitas: str, seq: int, kind: str) -> None:
        """A deposit is reversed, by its branch on its day (KOR) or by the centre later (BTP)."""
        calon = self.calon(nomor_porsi)
        assert calon is not None, "porsi exists"
        assert not self.is_dilimpahkan(calon), "its money is still the branch's"
        self.cancel_calon(nomor_porsi, identitas, seq, kind)
        place, nominal = f"{calon.hari}/{calon.bank}/{calon.cabang}", calon.saldo_rupiah
        if kind == "BTP":
            self._move(place, n_batal=1, batal_rupiah=nominal)
        else:
            self.uncount_setoran_kab(calon)
        row = self.setelmen(calon.bank, calon.hari)
        if row is None:
            return
        self.change_setelmen(calon.bank, calon.hari, seq_ubah=seq)
        nomor = self.selisih_kunci(f"{calon.hari}/{calon.bank}/{HOST_ONLY}/{nomor_porsi}")
        item = None if nomor is None else self.selisih(nomor)
        if item is not None and item.status == TERBUKA:
            self._move(place, n_tahan=-1, tahan_rupiah=-nominal)

    def pass_on(self, bank: str, hari: str, cabang: tuple[tuple[str, int, int], ...]) -> None:
        """Money of a day goes from the branches to the Minister's account."""
        assert cabang == self.dana_jatuh(bank, hari), "what is due is passed on, all of it"
        row = self.setelmen(bank, hari)
        assert row is not None, "the bank has cut off"
        n, nominal = sum(n for _, n, _ in cabang), sum(nominal for _, _, nominal in cabang)
        for kode, own_n, own_nominal in cabang:
            self._move(f"{hari}/{bank}/{kode}", n_limpah=own_n, limpah_rupiah=own_nominal)
        self.change_setelmen(bank, hari, n_limpah=row.n_limpah + n, limpah_rupiah=row.limpah_rupiah + nominal)

    def open_sanksi(self, row: Sanksi) -> None:
        """A sanction is proposed."""
        assert row.nomor == self.sanksi_next(), "sanctions are numbered without gap"
        assert self.sanksi_rekaman(row.hari, row.nomor_porsi) is None, "once per record and day"
        self._nomor.put("sanksi", int(row.nomor[2:]))
        self._evening.sanksi.put(row.nomor, row)
        self._evening.sanksi_rekaman.put(f"{row.hari}/{row.nomor_porsi}", row.nomor)
        self._count_usul(row, 1)

    def decide_sanksi(self, nomor: str, putusan: str, seq: int) -> None:
        """A proposal is decided."""
        row = self.sanksi(nomor)
        assert row is not None, "the sanction exists"
        assert row.status == USUL, "a sanction is decided once"
        self._evening.sanksi.put(nomor, replace(row, status=putusan, seq_putus=seq))
        self._count_usul(row, -1)

    def _count_usul(self, row: Sanksi, more: int) -> None:
        day = self.setelmen(row.bank, row.hari)
        assert day is not None, "the bank has cut off"
        self._put_setelmen(replace(day, n_usul=day.n_usul + more))

    def note_silang(self, kab_kota: str, hari: str, n_kandepag: int, seq: int) -> None:
        """A Kandepag said its number; the last one counts."""
        old = self._evening.silang.get(f"{hari}/{kab_kota}") or NO_SILANG
        self._evening.silang.put(f"{hari}/{kab_kota}", replace(old, n_kandepag=n_kandepag, seq=seq))

    def close_hari(self, row: Penutupan, stamp: Stamp) -> None:
        """The business day is closed: nothing of it is posted any more, at no branch."""
        assert row.hari == self.hari > self.hari_tutup, "the open day is closed, once"
        for kab_kota, counts in list(self.silang_hari(row.hari)):
            self._evening.silang.put(f"{row.hari}/{kab_kota}", counts)
        self.forget_setoran_kab()
        self._hari.put("tutup", row.hari)
        self._evening.penutupan.put(row.hari, row)
        for tapak, place in list(self._cabang.range("", "~")):
            if place.bank != DEPARTEMEN:
                self._cut_off_rest(tapak, stamp)


def kunci_selisih(
    hari: str, bank: str, kelas: str, cabang: str, device: str, stan: int, nomor_porsi: str, rrn: int
) -> str:
    """What makes two differences of a bank's day the same one.

    The porsi where the class is about one; the identity of the request where the bank has no porsi; of a double all.
    """
    request = f"{cabang}/{device}/{stan:06d}"
    what = nomor_porsi or request
    if kelas == DUPLICATE or (kelas == BANK_ONLY and nomor_porsi):
        what = f"{nomor_porsi}/{request}/{rrn}"
    return f"{hari}/{bank}/{kelas}/{what}"
