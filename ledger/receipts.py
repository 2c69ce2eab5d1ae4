"""Receipt to pages: five sheets of plain text, 80 columns, each named by its receiver.

The text comes from the entry, so that a reprint is the same page; only the host makes it.

Dasar: D/163 pasal 1(13), 7(3), 8(3).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import wrap

from ledger.fields import FIELDS
from ledger.records import Receipt, Stamp

WIDTH = 80
SHEETS = ("Calon jemaah haji", "BPS BPIH", "Kandepag", "Kanwil", "Ditjen")

_SATUAN = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")
_BULAN = (
    "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()  # noqa: SIM905
)
_ZONA = {7 * 60: "WIB", 8 * 60: "WITA", 9 * 60: "WIT"}


def terbilang(n: int) -> str:
    """A whole number in Indonesian words: 20_000_000 is "dua puluh juta"."""
    assert n >= 0, "amounts in words are not negative"
    if n < 12:
        return _SATUAN[n] or "nol"
    for limit, unit, one in (
        (10**12, "triliun", ""),
        (10**9, "miliar", ""),
        (10**6, "juta", ""),
        (1000, "ribu", "seribu"),
        (100, "ratus", "seratus"),
    ):
        if n >= limit:
            head = one if one and n // limit == 1 else f"{terbilang(n // limit)} {unit}"
            return head + (f" {terbilang(n % limit)}" if n % limit else "")
    if n < 20:
        return f"{_SATUAN[n - 10]} belas"
    return f"{_SATUAN[n // 10]} puluh" + (f" {_SATUAN[n % 10]}" if n % 10 else "")


def rupiah(n: int) -> str:
    """An amount as printed: Rp 20.000.000."""
    return f"Rp {n:,}".replace(",", ".")


def tanggal(hari: str) -> str:
    """A date as printed: 2004-05-03 is "3 Mei 2004"."""
    year, month, day = hari.split("-")
    return f"{int(day)} {_BULAN[int(month) - 1]} {year}"


def waktu(waktu_us: int, zona_menit: int) -> str:
    """Time of day at a place, with its zone: "08.00.01 WIB"."""
    local = datetime.fromtimestamp(waktu_us // 1_000_000, UTC) + timedelta(minutes=zona_menit)
    return f"{local:%H.%M.%S} {_ZONA[zona_menit]}"


def pages(receipt: Receipt, stamp: Stamp, nama_cabang: str, zona_menit: int, duplikat: int = 0) -> list[list[str]]:
    """The five sheets, each a list of lines of at most 80 characters; the n-th reprint says so in its title."""
    body = _body(receipt, stamp, nama_cabang, zona_menit)
    if duplikat:
        body[1] = f"{receipt.judul} - DUPLIKAT {duplikat}".center(WIDTH).rstrip()
    return [[*body, f"Lembar {number} dari {len(SHEETS)}: {name}"] for number, name in enumerate(SHEETS, 1)]


def _body(receipt: Receipt, stamp: Stamp, nama_cabang: str, zona_menit: int) -> list[str]:
    left, right = receipt.tanda_tangan
    return [
        "SISKOHAT - SISTEM KOMPUTERISASI HAJI TERPADU".center(WIDTH).rstrip(),
        receipt.judul.center(WIDTH).rstrip(),
        "=" * WIDTH,
        *_row("BPS / cabang", f"{stamp.bank} / {stamp.cabang}  {nama_cabang}"),
        *_row("Tanggal", f"{tanggal(stamp.hari)}  {waktu(stamp.waktu_us, zona_menit)}"),
        *_row("Entri / STAN", f"{stamp.seq} / {stamp.stan:06d}   perangkat {stamp.device}   petugas {stamp.user}"),
        "-" * WIDTH,
        *(line for name, value in receipt.lines if value for line in _row(_label(name), value)),
        "-" * WIDTH,
        *_row("Jumlah", rupiah(receipt.nominal_rupiah)),
        *_row("Terbilang", f"{terbilang(receipt.nominal_rupiah)} rupiah"),
        "=" * WIDTH,
        "",
        f"  {left:<40}{right}",
        "",
        "",
        "  (..............................)        (..............................)",
        "",
        "Sah hanya bila dicetak BPS BPIH melalui SISKOHAT (D/163 pasal 1(13)).",
    ]


def _label(name: str) -> str:
    field = FIELDS.get(name)
    return field.label if field else name.replace("_", " ").capitalize()


def _row(label: str, value: str) -> list[str]:
    if len(value) <= WIDTH - 22:  # nearly always; wrapping a row costs 10 us and a receipt has eighteen
        return [f"{label:<20}: {value}"]
    first, *more = wrap(value, WIDTH - 22)
    return [f"{label:<20}: {first}", *(" " * 22 + line for line in more)]
