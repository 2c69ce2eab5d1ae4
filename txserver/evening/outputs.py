"""The outputs of a bank's day as files: settlement report, differences, statement, transfer order, invoice, templates.

The same ledger and files give the same bytes: the time they bear is that of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

from ledger.journal import Journal
from ledger.ketentuan import IDR
from txserver.evening.job import Job
from txserver.evening.places import make
from txserver.settlement import reports
from txserver.settlement.examples import WRITERS, example, template
from txserver.settlement.host_side import HostRecord, Reversed, as_confirmed, granted, host_records
from txserver.settlement.iso import Account, host_statement, payment_order
from txserver.settlement.naming import items_by_name
from txserver.settlement.records import GANTI, Confirmed, Expected, Kepala
from txserver.settlement.silang import kabs
from txserver.settlement.working import WorkingStore

WIB = timezone(timedelta(hours=7))
PEMRAKARSA = "DIREKTORAT JENDERAL BIMAS ISLAM DAN PENYELENGGARAAN HAJI"
ORDER, NO_ORDER = "pelimpahan.xml", "pelimpahan.txt"
NO_ORDER_TEXT = """PERINTAH PELIMPAHAN TIDAK DIBUAT

Rekening kliring bank {bank} dan rekening Menteri padanya belum diatur pada host
(setelan `accounts`), dan nomor rekening tidak dikarang.

Yang wajib dilimpahkan: {n} setoran, Rp {nominal}.
"""
FONT, SIZE, LEADING, MARGIN = "Courier", 10.0, 12.0, 45.0
"""Points; 80 columns of Courier 10 fill A4 between such margins."""

Sheets = Sequence[Sequence[str]]


def write_outputs(job: Job, store: WorkingStore, journal: Journal, folder: Path) -> list[str]:
    """Write all outputs of a matched day anew, each whole or not at all; returns their names."""
    make(folder)
    written: list[str] = []
    for name, content in _outputs(job, store, journal):
        fresh = folder / (name + ".new")
        with fresh.open("wb") as file:
            file.writelines(content)
        fresh.rename(folder / name)
        written.append(name)
    return written


def _outputs(job: Job, store: WorkingStore, journal: Journal) -> Iterator[tuple[str, Iterable[bytes]]]:
    key = (job.bank, job.hari, job.jenis)
    items = items_by_name(job.selisih)
    day = reports.Settlement(
        job.bank,
        job.nama_bank,
        job.hari,
        job.jenis,
        store.branches(*key),
        store.files(*key),
        IDR,
        job.biaya_usd_sen,
        kabs(job.hari, job.silang, _records(job, journal)),
        has_order=job.rekening is not None or not job.limpah_rupiah,
    )
    bulan = job.hari[:7]
    charged = granted(journal, job.bank, bulan)
    fee = job.biaya_usd_sen
    for name, pages in (
        ("laporan", reports.settlement_pages(day)),
        ("selisih", reports.differences_pages(day, store.differences(*key), items)),
        ("tagihan", reports.invoice_pages(job.bank, job.nama_bank, bulan, charged, fee)),
    ):
        yield f"{name}.txt", [reports.as_text(pages).encode()]
        if (sheets := pdf(pages)) is not None:
            yield f"{name}.pdf", [sheets]
    yield "laporan.csv", _encoded(reports.settlement_csv(day))
    yield "silang.csv", _encoded(reports.silang_csv(day.kabs))
    yield "selisih.csv", _encoded(reports.differences_csv(day, store.differences(*key), items))
    yield "tagihan.csv", _encoded(reports.invoice_csv(job.bank, charged, fee))
    yield from _messages(job, journal)
    expected = Expected(job.bank, job.hari, job.jenis)
    for form in WRITERS:
        yield f"templat.{form}", [template(form, expected)]
        yield f"contoh.{form}", [example(form)]


def _messages(job: Job, journal: Journal) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The ISO 20022 messages. Without the accounts no transfer is ordered: none is made up."""
    dibuat = (datetime.fromtimestamp(job.waktu_us // 1_000_000, UTC)).astimezone(WIB).isoformat()
    known = job.rekening
    reversed_, kepala = _header(job, journal)
    statement = host_statement(kepala, _live(job, journal, reversed_), dibuat, known.kliring if known else "")
    yield "rekening.xml", statement
    if not job.limpah_rupiah:
        return
    if known is None:
        yield (
            NO_ORDER,
            [
                NO_ORDER_TEXT.format(
                    bank=job.bank, n=job.n_limpah, nominal=reports.uang(job.limpah_rupiah, IDR)
                ).encode()
            ],
        )
    else:
        moved = Kepala(job.bank, job.hari, job.jenis, GANTI, job.n_limpah, job.limpah_rupiah)
        dari = Account(job.nama_bank, known.kliring, job.bank, known.bic)
        ke = Account(known.menteri_nama, known.menteri, job.bank, known.menteri_bic or known.bic)
        yield ORDER, [payment_order(moved, dari, ke, PEMRAKARSA, dibuat)]


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return (line.encode() for line in lines)


def _records(job: Job, journal: Journal) -> Iterator[HostRecord | Reversed]:
    return host_records(journal, job.bank, job.hari, job.batal)


def _header(job: Job, journal: Journal) -> tuple[set[int], Kepala]:
    """Entries of the day that were reversed, and count and sum of the others."""
    gone: set[int] = set()
    n = total = 0
    for one in _records(job, journal):
        if isinstance(one, Reversed):
            gone.add(one.seq_asal)
            n, total = n - 1, total - one.nominal
        else:
            n, total = n + 1, total + one.nominal
    return gone, Kepala(job.bank, job.hari, job.jenis, GANTI, n, total)


def _live(job: Job, journal: Journal, gone: set[int]) -> Iterator[Confirmed]:
    for one in _records(job, journal):
        if not isinstance(one, Reversed) and one.seq not in gone:
            yield as_confirmed(one)


def pdf(pages: Sheets) -> bytes | None:
    """Sheets as a PDF file, always the same bytes; None when the package for it (extra `report`) is not installed."""
    try:
        # 12 MB that nobody needs who reads text
        from reportlab.lib.pagesizes import A4  # noqa: PLC0415
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415
    except ImportError:
        return None
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    canvas.setTitle("SISKOHAT")
    for page in pages:
        text = canvas.beginText(MARGIN, A4[1] - MARGIN)
        text.setFont(FONT, SIZE, LEADING)
        for line in page:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    content: bytes = file.getvalue()
    return content
