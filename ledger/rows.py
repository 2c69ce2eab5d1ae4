"""Rows of the books. They grow at the end only, and hold no personal data in clear (see `ledger.books`)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct


class Bank(Struct, frozen=True, array_like=True, gc=False):
    """One BPS BPIH."""

    kode: str
    nama: str


class Cabang(Struct, frozen=True, array_like=True, gc=False):
    """One branch of a bank, or one Kandepag (bank DEP). `provinsi` is the civil code."""

    bank: str
    cabang: str
    nama: str
    kab_kota: str
    provinsi: str
    kode_porsi: str
    zona_menit: int
    status: str


class Pengguna(Struct, frozen=True, array_like=True, gc=False):
    """One user profile, bound to one branch or office."""

    user: str
    peran: str
    bank: str
    cabang: str


class Spph(Struct, frozen=True, array_like=True, gc=False):
    """One registration form: TERBIT (issued), SAH (signed) or TERPAKAI (a porsi was granted on it).

    `seq` is the entry that holds the sealed personal data. A form whose deposit was corrected is SAH again.
    """

    nomor: str
    status: str
    provinsi: str
    kab_kota: str
    identitas: str
    kunci: int
    seq: int
    penerbit: str
    nomor_porsi: str


class Calon(Struct, frozen=True, array_like=True, gc=False):
    """One registered pilgrim: the holder of a nomor porsi, BERPORSI or (by entry `seq_batal`) BATAL."""

    nomor_porsi: str
    status: str
    nomor_spph: str
    saldo_rupiah: int
    seq: int
    bank: str
    cabang: str
    hari: str
    waktu_us: int
    seq_batal: int = 0


class Terakhir(Struct, frozen=True, array_like=True, gc=False):
    """The last request a device had posted."""

    hari: str
    stan: int
    seq: int


class LaciJenis(Struct, frozen=True, array_like=True, gc=False):
    """What one kind moved in an open drawer: number of entries, cash taken in and cash paid out, whole rupiah."""

    kind: str
    n: int
    masuk_rupiah: int
    keluar_rupiah: int


class Laci(Struct, frozen=True, array_like=True, gc=False):
    """The open cash drawer of one device: who answers for it, since which day and entry, and what moved in it."""

    user: str
    hari: str
    seq: int
    awal_rupiah: int
    jenis: tuple[LaciJenis, ...] = ()

    @property
    def seharusnya_rupiah(self) -> int:
        """What the drawer should hold; less than nothing when it paid back what another drawer had taken."""
        return self.awal_rupiah + sum(one.masuk_rupiah - one.keluar_rupiah for one in self.jenis)

    def moved(self, kind: str, masuk_rupiah: int, keluar_rupiah: int) -> Laci:
        """The drawer after one entry of this kind."""
        counts = {one.kind: one for one in self.jenis}
        old = counts.get(kind) or LaciJenis(kind, 0, 0, 0)
        counts[kind] = LaciJenis(kind, old.n + 1, old.masuk_rupiah + masuk_rupiah, old.keluar_rupiah + keluar_rupiah)
        return Laci(self.user, self.hari, self.seq, self.awal_rupiah, tuple(counts.values()))


class Rekap(Struct, frozen=True, array_like=True, gc=False):
    """What one kind moved from one account to another at one branch on one day: entries and their sum."""

    n: int
    nominal: int


class Saldo(Struct, frozen=True, array_like=True, gc=False):
    """Movements of one account of one branch on one day: number of lines, debits and credits (both positive)."""

    n: int
    debit: int
    kredit: int

    def plus(self, other: Saldo) -> Saldo:
        """Both together."""
        return Saldo(self.n + other.n, self.debit + other.debit, self.kredit + other.kredit)


NO_SALDO = Saldo(0, 0, 0)
NO_ACCOUNT = "-"


def sides(debit: str, kredit: str, mata_uang: str, row: Rekap) -> Iterator[tuple[str, str, Saldo]]:
    """What a `Rekap` row says of accounts: (akun, mata uang, movement)."""
    if debit != NO_ACCOUNT:
        yield debit, mata_uang, Saldo(row.n, row.nominal, 0)
    if kredit != NO_ACCOUNT:
        yield kredit, mata_uang, Saldo(row.n, 0, row.nominal)


# --- the evening --------------------------------------------------------------------------------------------------


class Tutup(Struct, frozen=True, array_like=True, gc=False):
    """A branch's last cut-off: the day, and the entry by which it takes no more deposits of it."""

    hari: str
    seq: int
    waktu_us: int


class Setelmen(Struct, frozen=True, array_like=True, gc=False):
    """How far the day of one bank has come, from its cut-off on. An entry number is 0 before there is one.

    `seq_ubah` is the last cure or cancellation: a match is of use after it. `n_selisih` counts the differences ever
    opened by class, HOST_ONLY, BANK_ONLY, DIFF, DUPLICATE; `n_terbuka` those now open; `n_usul` the sanctions that
    are proposed and not decided.
    """

    bank: str
    hari: str
    seq_tutup: int
    waktu_tutup_us: int
    seq_kft: int = 0
    n_kft: int = 0
    seq_pck: int = 0
    sidik_hasil: str = ""
    n_cocok: int = 0
    n_host: int = 0
    n_bank: int = 0
    n_beda: int = 0
    n_ganda: int = 0
    seq_ubah: int = 0
    n_terbuka: int = 0
    n_selisih: tuple[int, ...] = (0, 0, 0, 0)
    n_limpah: int = 0
    limpah_rupiah: int = 0
    n_biaya: int = 0
    n_usul: int = 0
    seq_selesai: int = 0


class Alih(Struct, frozen=True, array_like=True, gc=False):
    """What became of a branch's deposits of one day, beside its own entries of that day: passed on to the Minister's
    account, cancelled by the centre, held back because nobody stands for them.
    """

    n_limpah: int
    limpah_rupiah: int
    n_batal: int
    batal_rupiah: int
    n_tahan: int
    tahan_rupiah: int


NO_ALIH = Alih(0, 0, 0, 0, 0, 0)


class Selisih(Struct, frozen=True, array_like=True, gc=False):
    """One difference between host and bank: what it is about, who answers for it (`pemilik`: a bank, or bank/cabang),
    and its end. `cara` and `seq_sembuh` are empty while it is TERBUKA; `porsi_sembuh` is the porsi that ULANG gave it.
    """

    nomor: str
    bank: str
    hari: str
    kelas: str
    cabang: str
    device: str
    stan: int
    nomor_porsi: str
    nominal_host: int
    nominal_bank: int
    rrn: int
    pemilik: str
    status: str
    seq: int
    cara: str = ""
    seq_sembuh: int = 0
    porsi_sembuh: str = ""


class Sanksi(Struct, frozen=True, array_like=True, gc=False):
    """One proposed sanction: USUL, then what the directorate decided (DENDA, CABUT, TOLAK)."""

    nomor: str
    nomor_selisih: str
    bank: str
    cabang: str
    hari: str
    nomor_porsi: str
    denda_rupiah: int
    status: str
    seq: int
    seq_putus: int = 0


class Silang(Struct, frozen=True, array_like=True, gc=False):
    """Forms of one regency on which a deposit was taken on a day: what its Kandepag says, by entry `seq` (0: it has not
    said anything), and what the host counts. A deposit that its branch corrected that day (KOR) is in neither; one
    that the centre cancelled stays in both.
    """

    n_kandepag: int
    seq: int
    n_host: int = 0

    @property
    def is_beda(self) -> bool:
        """Whether the office has said a number, and another one than the host's."""
        return bool(self.seq) and self.n_kandepag != self.n_host


NO_SILANG = Silang(0, 0)


class Jumlah(Struct, frozen=True, array_like=True, gc=False):
    """A total: entries of one kind made at the branches of one bank in one province, and the sum of their debits in
    one currency ("-" for a kind that moves no money).
    """

    kind: str
    bank: str
    provinsi: str
    mata_uang: str
    n: int
    nominal: int

    @property
    def kunci(self) -> tuple[str, str, str, str]:
        """What it is a total of."""
        return self.kind, self.bank, self.provinsi, self.mata_uang


class Penutupan(Struct, frozen=True, array_like=True, gc=False):
    """A closed day: its close is entry `seq`, and speaks of entries `seq_awal` to `seq_akhir`.

    `jumlah` is what the day's own rows said in the end, with the close itself: the next close starts from there.
    """

    hari: str
    seq: int
    seq_awal: int
    seq_akhir: int
    jumlah: tuple[Jumlah, ...]
