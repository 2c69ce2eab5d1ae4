"""What the evening prints: settlement per bank, list of differences, monthly invoice; text of 80 columns, and CSV.

Text is made like receipts are: Indonesian, from the figures alone, so that the same figures print the same page.

Dasar: D/163 pasal 7(5), 7(6), 7(7).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from ledger.ketentuan import IDR, USD
from ledger.receipts import WIDTH, tanggal
from ledger.rows import Selisih
from txserver.settlement.matching import BANK_ONLY, DIFF, DUPLICATE, HOST_ONLY, BranchLine, Difference
from txserver.settlement.naming import Items, item_of
from txserver.settlement.records import DECIMALS
from txserver.settlement.silang import FIELDS, Kab, silang_cells, silang_lines
from txserver.settlement.working import File

PAGE_LINES = 60

CLASSES = {HOST_ONLY: "HANYA HOST", BANK_ONLY: "HANYA BANK", DIFF: "BERBEDA", DUPLICATE: "GANDA"}
"""The classes as reports call them; BOTH is SAMA."""

_COLUMNS = (
    "        ---------- HOST ---------  ---------- BANK ---------  ------ HASIL PENCOCOKAN",
    "CABANG  REKAM       JUMLAH UANG    REKAM       JUMLAH UANG    SAMA HOST BANK BEDA GND",
)


class Settlement(Struct, frozen=True, gc=False):
    """One matched round of one bank: what its report is made of. `biaya_usd_sen` is the fee for one granted porsi,
    `kabs` the cross-check with the Kandepag, `has_order` whether the transfer could be ordered: its accounts are known.
    """

    bank: str
    nama_bank: str
    hari: str
    jenis: str
    lines: list[BranchLine]
    files: list[File]
    mata_uang: str = IDR
    biaya_usd_sen: int = 250
    kabs: list[Kab] = []
    has_order: bool = True

    @property
    def sum(self) -> BranchLine:
        """All branches together, as one line."""
        names = BranchLine.__struct_fields__[1:]
        return BranchLine("", *(sum(getattr(line, name) for line in self.lines) for name in names))

    @property
    def is_agreed(self) -> bool:
        """Whether every record is BOTH."""
        total = self.sum
        return not (total.host_only or total.bank_only or total.diff or total.duplicate)

    @property
    def granted(self) -> int:
        """Porsi granted that day, reversed ones included: what the fee is counted on."""
        return self.sum.host_n + self.sum.batal


def uang(nominal: int, mata_uang: str) -> str:
    """An amount in print: 20.000.000, or 1.245,00 in dollars."""
    places = DECIMALS[mata_uang]
    whole = f"{nominal // 10**places:,}".replace(",", ".")
    return f"{whole},{nominal % 10**places:0{places}d}" if places else whole


def settlement_pages(report: Settlement) -> list[list[str]]:
    """The settlement report of one bank: pages of at most 60 lines of at most 80 columns."""
    total = report.sum
    rule = "-" * WIDTH
    body = [_branch(line.cabang, line, report.mata_uang) for line in report.lines]
    body += [rule, _branch("JUMLAH", total, report.mata_uang), rule, ""]
    body += _rows(
        ("Hasil", "COCOK, semua rekaman sama" if report.is_agreed else "TIDAK COCOK, lihat daftar selisih"),
        ("Wajib dilimpahkan ke rekening Menteri", f"{report.mata_uang} {uang(total.host_total, report.mata_uang)}"),
        ("Perintah pelimpahan", "pelimpahan.xml" if report.has_order else "TIDAK DIBUAT: rekening belum diatur"),
        ("Porsi diberikan / batal", f"{report.granted} / {total.batal}"),
        ("Biaya SISKOHAT", f"{USD} {uang(report.granted * report.biaya_usd_sen, USD)}"),
    )
    body += ["", "Berkas konfirmasi bank" if report.files else "Belum ada berkas konfirmasi bank"]
    for file in report.files:
        state = "berlaku" if file.berlaku else "diganti"
        body += [
            f"  {file.nama[:40]:<40} {file.bentuk:<6}{file.cara:<7}{file.jumlah:>9}  {state}",
            f"    SHA-256 {file.sha256.hex()}",
        ]
    if report.kabs:
        body += ["", *silang_lines(report.kabs)]
    return _paged("LAPORAN PENYELESAIAN HARIAN BPS BPIH", report, _COLUMNS, body)


def settlement_csv(report: Settlement) -> Iterator[str]:
    """The same figures, a line per branch; amounts in the ledger's unit, that is whole rupiah."""
    names = BranchLine.__struct_fields__
    yield _csv(("bank", "hari", "jenis", "mata_uang", *names))
    for line in report.lines:
        yield _csv((report.bank, report.hari, report.jenis, report.mata_uang, *(getattr(line, name) for name in names)))


def silang_csv(rows: Iterable[Kab]) -> Iterator[str]:
    """The cross-check with the Kandepag, a line a regency."""
    yield _csv(FIELDS)
    for cells in silang_cells(rows):
        yield _csv(cells)


def differences_pages(report: Settlement, differences: Iterable[Difference], items: Items) -> list[list[str]]:
    """The list of differences: what host and bank have of each, which fields disagree, its number, owner and end; then
    those of the ledger that the match does not find any more.
    """
    body: list[str] = []
    left = dict.fromkeys(row.nomor for row in items.values())
    for number, one in enumerate(differences, 1):
        item = item_of(items, report.bank, report.hari, one)
        body += [*_difference(number, one, report.mata_uang), f"      {_end(item)}"]
        if item is not None:
            left.pop(item.nomor, None)
    gone = [row for row in items.values() if row.nomor in left]
    if gone:
        body += ["", "TERCATAT, DAN TIDAK DITEMUKAN LAGI PADA PENCOCOKAN INI"]
    for row in gone:
        body += [f"      {CLASSES[row.kelas]:<12}{row.cabang:<8}{row.nomor_porsi or '-':<12}{row.stan:06d}"]
        body += [f"      {_end(row)}"]
    head = (
        "  NO  KELAS       CABANG  BEDA PADA",
        "      SISI  PORSI       STAN    ENTRI/RRN    JUMLAH UANG  KETERANGAN",
    )
    return _paged("DAFTAR SELISIH PENCOCOKAN", report, head, body or ["Tidak ada selisih."])


ITEM_FIELDS = ("nomor", "pemilik", "status", "cara", "seq_sembuh")


def differences_csv(report: Settlement, differences: Iterable[Difference], items: Items) -> Iterator[str]:
    """The list of differences with all fields, one a line; a side without the record has empty cells.

    At the end of a line stand number, owner, status and cure of the difference in the ledger. Last come those of the
    ledger that the match does not find any more.
    """
    names = Difference.__struct_fields__
    yield _csv((*names, *ITEM_FIELDS))
    left = {row.nomor: row for row in items.values()}
    for one in differences:
        item = item_of(items, report.bank, report.hari, one)
        cells = ["" if (value := getattr(one, name)) is None else value for name in names]
        yield _csv([*cells, *(getattr(item, name, "") for name in ITEM_FIELDS)])
        if item is not None:
            left.pop(item.nomor, None)
    for row in left.values():
        known = {"kelas": row.kelas, "cabang": row.cabang, "host_nomor_porsi": row.nomor_porsi}
        yield _csv([*(known.get(name, "") for name in names), *(getattr(row, name) for name in ITEM_FIELDS)])


def invoice_pages(
    bank: str, nama_bank: str, bulan: str, granted: Mapping[str, int], biaya_usd_sen: int
) -> list[list[str]]:
    """The monthly invoice of a bank: porsi granted by business day times the fee.

    Dasar: D/163 pasal 7(7).
    """
    n = sum(granted.values())
    rule = "-" * WIDTH
    title = [
        "SISKOHAT - SISTEM KOMPUTERISASI HAJI TERPADU".center(WIDTH).rstrip(),
        "TAGIHAN BIAYA OPERASIONAL SISKOHAT".center(WIDTH).rstrip(),
        "=" * WIDTH,
        *_rows(
            ("Kepada", f"{bank} {nama_bank}"[:38]),
            ("Nomor", f"BIAYA/{bank}/{bulan}"),
            ("Bulan", tanggal(bulan + "-01").partition(" ")[2]),
            ("Biaya tiap nomor porsi (pasal 7(7))", f"{USD} {uang(biaya_usd_sen, USD)}"),
        ),
        rule,
        f"{'HARI':<30}{'PORSI DIBERIKAN':>20}{'JUMLAH USD':>26}",
    ]
    body = [
        f"{tanggal(hari):<30}{granted[hari]:>20}{uang(granted[hari] * biaya_usd_sen, USD):>26}"
        for hari in sorted(granted)
    ]
    body += [rule, f"{'JUMLAH':<30}{n:>20}{uang(n * biaya_usd_sen, USD):>26}"]
    return _pages(title, body)


def invoice_csv(bank: str, granted: Mapping[str, int], biaya_usd_sen: int) -> Iterator[str]:
    """The invoice a line per day; `jumlah_usd_sen` in US cents."""
    yield _csv(("bank", "hari", "porsi", "jumlah_usd_sen"))
    for hari in sorted(granted):
        yield _csv((bank, hari, granted[hari], granted[hari] * biaya_usd_sen))


def as_text(pages: Iterable[list[str]]) -> str:
    """Pages as one text: each line ends with LF, a form feed stands between pages."""
    return "\f".join("".join(line + "\n" for line in page) for page in pages)


def _paged(judul: str, report: Settlement, columns: tuple[str, ...], body: list[str]) -> list[list[str]]:
    title = [
        "SISKOHAT - SISTEM KOMPUTERISASI HAJI TERPADU".center(WIDTH).rstrip(),
        judul.center(WIDTH).rstrip(),
        "=" * WIDTH,
        *_rows(
            ("Bank", f"{report.bank} {report.nama_bank}"[:38]),
            ("Hari kerja", tanggal(report.hari)),
            ("Jenis / mata uang", f"{report.jenis} / {report.mata_uang}"),
        ),
        "-" * WIDTH,
        *columns,
    ]
    return _pages(title, body)


def _pages(title: list[str], body: list[str]) -> list[list[str]]:
    """The title on every page, with the number of the page at the end of its second line."""
    room = PAGE_LINES - len(title)
    parts = [body[at : at + room] for at in range(0, len(body), room)]
    pages = [[*title, *part] for part in parts]
    for number, page in enumerate(pages, 1):
        mark = f"Halaman {number}/{len(pages)}"
        page[1] = f"{page[1]:<{WIDTH - len(mark)}}{mark}"
    return pages


def _rows(*rows: tuple[str, str]) -> list[str]:
    return [f"{label:<38}: {value}" for label, value in rows]


def _branch(label: str, line: BranchLine, mata_uang: str) -> str:
    return (
        f"{label:<7}{line.host_n:>6}{uang(line.host_total, mata_uang):>18}"
        f"{line.bank_n:>8}{uang(line.bank_total, mata_uang):>18}"
        f"{line.both:>7}{line.host_only:>5}{line.bank_only:>4}{line.diff:>4}{line.duplicate:>3}"
    )


def _difference(number: int, one: Difference, mata_uang: str) -> list[str]:
    lines = [f"{number:>4}  {CLASSES[one.kelas]:<12}{one.cabang:<8}{one.field.replace(',', ', ') or '-'}"[:WIDTH]]
    if one.host_nominal is not None:
        note = f"dikoreksi entri {one.host_seq_batal}" if one.host_seq_batal else f"perangkat {one.host_device}"
        lines.append(
            f"      HOST  {one.host_nomor_porsi:<12}{one.host_stan:06d}  {one.host_seq:012d}"
            f"{uang(one.host_nominal, mata_uang):>16}  {note}"
        )
    if one.bank_nominal is not None:
        lines.append(
            f"      BANK  {one.bank_nomor_porsi or '-':<12}{one.bank_stan:06d}  {one.bank_rrn:012d}"
            f"{uang(one.bank_nominal, mata_uang):>16}  rekaman {one.bank_urut} {one.bank_waktu}"
        )
    return lines


def _end(item: Selisih | None) -> str:
    """A difference's number, owner and end in the ledger."""
    if item is None:
        return "BELUM DICATAT"
    end = f"{item.status} {item.cara} ENTRI {item.seq_sembuh}" if item.cara else item.status
    return f"{item.nomor}  PEMILIK {item.pemilik}  {end}"


def _csv(cells: Iterable[object]) -> str:
    """One CSV line. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    safe = [f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell for cell in cells]
    csv.writer(out, lineterminator="\n").writerow(safe)
    return out.getvalue()
