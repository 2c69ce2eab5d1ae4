"""Books of forms and pilgrims: numbers given out, who holds which porsi, what happened to whom."""

from __future__ import annotations

from ledger.rows import Calon, Spph
from ledger.shelf import BATAL, BERPORSI, DEPARTEMEN, SAH, TERBIT, TERPAKAI, Shelf


class PorsiShelf(Shelf):
    """The part of the books that knows forms and pilgrims."""

    def kode_porsi(self, kab_kota: str) -> str:
        """The series of a regency's province, as the Kandepag's own entry gave it."""
        office = self._cabang.get(f"{DEPARTEMEN}/{kab_kota}")
        assert office is not None, "an SPPH has its office"
        return office.kode_porsi

    def porsi_terakhir(self, kode_porsi: str) -> int:
        """How many numbers a series has granted; they are 1 to this, without gap."""
        return self._nomor_get("porsi/" + kode_porsi) or 0

    def porsi_next(self, kode_porsi: str) -> str:
        """The next nomor porsi of a series: two digits of the province, eight running."""
        nomor_of = self._nomor_get
        urut = (nomor_of("porsi/" + kode_porsi) or 0) + 1
        return f"{kode_porsi}{str(urut).zfill(8)}"  # 0.10 us; {urut:08d} takes 0.18

    def setoran_kab(self, kab_kota: str) -> int:
        """Deposits of the open day on forms of a regency, less those corrected; none once the day is closed."""
        return self._nomor_get("setor/" + kab_kota) or 0

    def kab_menyetor(self) -> set[str]:
        """The regencies that `setoran_kab` has a count of."""
        return {key[6:] for key, _ in self._nomor.range("setor/", "setor/~")}

    def uncount_setoran_kab(self, row: Calon) -> None:
        """A deposit of the open day is corrected."""
        self._nomor.add("setor/" + row.nomor_spph[:4], -1)

    def forget_setoran_kab(self) -> None:
        """The day is closed, and its counts stand elsewhere."""
        for kab_kota in self.kab_menyetor():
            self._nomor.delete("setor/" + kab_kota)

    def posisi(self, nomor_porsi: str) -> int:
        """Place in the province's queue, counting live registrations from 1; 0 for a porsi that is BATAL.

        `batal` counts the ended ones under every prefix of their numbers, so that the smaller ones are at most
        nine counts for each of eight digits.
        """
        if self.tables["batal"].get(nomor_porsi):
            return 0
        smaller = [nomor_porsi[:at] + str(digit) for at in range(2, 10) for digit in range(int(nomor_porsi[at]))]
        return int(nomor_porsi[2:]) - sum(self.tables["batal"].get(prefix) or 0 for prefix in smaller)

    def duplikat(self, nomor_porsi: str) -> int:
        """How often a receipt was printed again; each time is an entry."""
        return self.tables["cetak"].get(nomor_porsi) or 0

    def riwayat(self, nomor_spph: str) -> list[tuple[int, str]]:
        """Every entry of a pilgrim, as (entry number, kind), in order of entry; empty for an unknown form.

        Issue and deposit now in force are named by the rows of form and porsi; the table holds the others.
        """
        spph = self.spph(nomor_spph)
        if spph is None:
            return []
        start = nomor_spph + "/"
        told = [(int(key[len(start) :]), kind) for key, kind in self._riwayat.range(start, start + "~")]
        told.append((spph.seq, "SPT"))
        if spph.nomor_porsi:
            holder = self.calon(spph.nomor_porsi)
            assert holder is not None, "a used form has its pilgrim"
            told.append((holder.seq, "STA"))
        return sorted(told)

    def spph_next(self, kab_kota: str) -> str:
        """The next SPPH number of a Kandepag: four digits of the regency, seven running."""
        return f"{kab_kota}{(self._nomor_get('spph/' + kab_kota) or 0) + 1:07d}"

    def kunci_next(self) -> int:
        """The next unused key slot, counted from 0."""
        return self._nomor_get("kunci") or 0

    def open_spph(self, row: Spph) -> None:
        """A new registration form; takes the next number of its office and the next key slot."""
        assert row.nomor == self.spph_next(row.kab_kota), "SPPH numbers have no gap"
        assert row.kunci == self.kunci_next(), "key slots have no gap"
        self._nomor.put("spph/" + row.kab_kota, int(row.nomor[4:]))
        self._nomor.put("kunci", row.kunci + 1)
        self._spph.put(row.nomor, row)

    def sign_spph(self, nomor: str, seq: int) -> None:
        """An issued form is signed."""
        row = self._spph.get(nomor)
        assert row is not None, "SPPH exists"
        assert row.status == TERBIT, "only an issued form is signed"
        self._put_spph(row, SAH, "")
        self._note_riwayat(nomor, seq, "SPS")

    def open_calon(self, row: Calon, identitas: str) -> None:
        """A porsi is granted: the next of its series, on a signed form, to a person who has none."""
        spph = self._spph.get(row.nomor_spph)
        assert spph is not None, "SPPH exists"
        assert spph.status == SAH, "a porsi needs a signed, unused form"
        is_first = self._porsi.claim(identitas, row.nomor_porsi)
        assert is_first, "one person, one porsi"
        urut = self._nomor.add("porsi/" + row.nomor_porsi[:2], 1)
        assert urut == int(row.nomor_porsi[2:]), "a porsi series has no gap and no repeat"
        self._nomor.add("setor/" + row.nomor_spph[:4], 1)
        self._put_spph(spph, TERPAKAI, row.nomor_porsi)
        self._calon.insert(row.nomor_porsi, row)

    def cancel_calon(self, nomor_porsi: str, identitas: str, seq: int, kind: str) -> None:
        """A deposit is reversed: its porsi is BATAL for ever, its form SAH again, its person free."""
        row = self._calon.get(nomor_porsi)
        assert row is not None, "porsi exists"
        assert row.status == BERPORSI, "a porsi is cancelled once"
        assert self._porsi.get(identitas) == nomor_porsi, "the person holds this porsi"
        spph = self._spph.get(row.nomor_spph)
        assert spph is not None, "a pilgrim has his form"
        assert (spph.status, spph.nomor_porsi) == (TERPAKAI, nomor_porsi), "the form was used for this porsi"
        self._put_spph(spph, SAH, "")
        self._porsi.delete(identitas)
        self._calon.put(
            nomor_porsi,
            Calon(nomor_porsi, BATAL, row.nomor_spph, 0, row.seq, row.bank, row.cabang, row.hari, row.waktu_us, seq),
        )
        for end in range(3, 11):
            prefix = nomor_porsi[:end]
            self.tables["batal"].put(prefix, (self.tables["batal"].get(prefix) or 0) + 1)
        # The form may be used again, and its row names one deposit only.
        self._note_riwayat(row.nomor_spph, row.seq, "STA")
        self._note_riwayat(row.nomor_spph, seq, kind)

    def count_cetak(self, nomor_porsi: str, duplikat: int, seq: int) -> None:
        """A receipt is printed again, for the `duplikat`th time."""
        row = self._calon.get(nomor_porsi)
        assert row is not None, "porsi exists"
        assert duplikat == self.duplikat(nomor_porsi) + 1, "reprints are numbered without gap"
        self.tables["cetak"].put(nomor_porsi, duplikat)
        self._note_riwayat(row.nomor_spph, seq, "CTK")

    def _note_riwayat(self, nomor_spph: str, seq: int, kind: str) -> None:
        self._riwayat.put(f"{nomor_spph}/{seq:012d}", kind)

    def _put_spph(self, row: Spph, status: str, nomor_porsi: str) -> None:
        self._spph.put(
            row.nomor,
            Spph(
                row.nomor,
                status,
                row.provinsi,
                row.kab_kota,
                row.identitas,
                row.kunci,
                row.seq,
                row.penerbit,
                nomor_porsi,
            ),
        )
