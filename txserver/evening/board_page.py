"""The board of the evening as one HTML page: no script, no font, nothing from elsewhere. Indonesian; figures as words.

Made from values alone. Every text that did not come from here is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from ledger.books import TERBUKA
from ledger.receipts import tanggal
from ledger.rows import Penutupan, Selisih
from txserver.recap import Progress
from txserver.wire.evening import BankDay

STATES = {
    "OPEN": ("TERBUKA", "netral"),
    "CUTOFF": ("TUTUP SETORAN", "jalan"),
    "CONFIRMED": ("DIKONFIRMASI", "jalan"),
    "MATCHED": ("COCOK", "baik"),
    "MISMATCH": ("ADA SELISIH", "buruk"),
    "CURED": ("DISEMBUHKAN", "jalan"),
    "OVERDUE": ("LEWAT HARI", "buruk"),
    "SANCTION_PROPOSED": ("SANKSI DIUSUL", "buruk"),
    "SETTLED": ("SELESAI", "baik"),
}
"""State of a bank's day: what the board calls it, as the terminal does, and its colour."""
ITEMS_MAX = 100
"""Differences that one page shows."""
STEPS = {
    "CUTOFF_SEMUA": "Tutup setoran",
    "KONFIRMASI": "Konfirmasi diperiksa",
    "COCOK": "Pencocokan",
    "LAPORAN": "Laporan",
}


class Item(NamedTuple):
    """A difference, and how many days old it is."""

    row: Selisih
    umur_hari: int


CSS = """
:root { color-scheme: light dark }
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 92rem; padding: 0 1rem;
  background: #f6f7f4; color: #16211b }
h1 { font-size: 1.25rem; margin: 0 } h2 { font-size: 1rem; margin: 1rem 0 .25rem } p { margin: .25rem 0 1rem }
table { border-collapse: collapse; width: 100%; background: #fff; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .75rem 0 .25rem }
th, td { padding: .4rem .5rem; text-align: right; border-bottom: 1px solid #d9ded9; white-space: nowrap }
th { font-weight: 600; font-size: .85rem; vertical-align: bottom }
th:first-child, td:first-child, .kiri { text-align: left }
tfoot td { font-weight: 600; border-top: 2px solid #16211b }
.keadaan { font-weight: 600; padding: .1rem .5rem; border-radius: .25rem; display: inline-block }
.netral { background: #e4e7e4; color: #333 } .jalan { background: #fff0c2; color: #5b4300 }
.baik { background: #cfeed8; color: #0b4a22 } .buruk { background: #ffd9d3; color: #7c160a }
.geser { overflow-x: auto }
.lebar { background: #e4e7e4; height: .8rem; min-width: 8rem; border-radius: .25rem; overflow: hidden }
.lebar i { display: block; height: 100%; background: #2c7a47 }
@media (max-width: 48rem) {
  body { margin: .75rem auto; padding: 0 .5rem }
  table, caption, tbody, tfoot, tr, td { display: block } thead { display: none }
  tr { border-bottom: 2px solid #9aa39c; padding: .35rem 0 }
  td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .1rem .5rem; white-space: normal }
  td::before { content: attr(data-n); text-align: left; opacity: .7 } td:empty { display: none }
  td:first-child { font-weight: 600 } td:first-child::before { content: none } tfoot td { border: 0 }
}
@media (prefers-color-scheme: dark) {
  body { background: #101512; color: #e3e9e4 } table { background: #171d19 }
  th, td { border-color: #2c352f } tfoot td { border-color: #e3e9e4 }
}
"""


def board_page(
    name: str,
    hari: str,
    hari_kini: str,
    tutup: Penutupan | None,
    days: Sequence[BankDay],
    running: Sequence[Progress],
    items: Sequence[Item] = (),
    n_items: int = 0,
    silang: str = "",
) -> str:
    """The page of one day. `days` are the banks the reader may see; `running` the steps that run now; `items` the
    first of `n_items` differences; `silang` the section of the cross-check, made (`silang_board`).
    """
    rows = "".join(map(_row, days)) or '<tr><td colspan="11">Tidak ada bank.</td></tr>'
    total = _total(days) if len(days) > 1 else ""
    state = "Hari ini belum ditutup"
    if tutup is not None:
        state = f"DITUTUP oleh entri {tutup.seq}, entri {tutup.seq_awal} s.d. {tutup.seq_akhir}"
    elif hari_kini <= "0001":
        state = "Belum ada hari kerja"
    elif hari != hari_kini:
        state += f"; hari kerja kini {escape(tanggal(hari_kini))}"
    steps = "".join(map(_step, running))
    steps = f"<table><caption>Sedang berjalan</caption><tbody>{steps}</tbody></table>" if steps else ""
    found = _items(items, n_items) if items else ""
    return f"""<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Papan petang {escape(hari)}</title><style>{CSS}</style></head><body>
<h1>{escape(name)}: papan petang, {escape(tanggal(hari) if hari > "0001" else "-")}</h1>
<p>{state}. Halaman ini memperbarui diri sendiri.</p>
<div class="geser"><table><caption>Bank</caption><thead><tr><th>Bank</th><th class="kiri">Keadaan</th>
<th>Cabang<br>tutup</th><th>Porsi</th><th>Setoran</th><th>Setoran Rp</th><th>Cocok</th>
<th>Selisih<br>terbuka</th><th>Usul<br>sanksi</th><th>Dilimpahkan Rp</th><th>Belum<br>dilimpahkan Rp</th></tr></thead>
<tbody>{rows}</tbody>{total}</table></div>{steps}{found}{silang}
</body></html>
"""


NAMES = (
    ("Porsi", "n_porsi"),
    ("Setoran", "n"),
    ("Setoran Rp", "nominal_rupiah"),
    ("Cocok", "n_cocok"),
    ("Selisih terbuka", "n_terbuka"),
    ("Usul sanksi", "n_usul"),
    ("Dilimpahkan Rp", "limpah_rupiah"),
    ("Belum dilimpahkan Rp", "jatuh_rupiah"),
)
"""The figures of a bank: what they are called where no heading stands above them, and where they come from."""


def _row(day: BankDay) -> str:
    text, colour = STATES[day.keadaan]
    late = f" {day.umur_hari} hari" if day.keadaan in {"OVERDUE", "SANCTION_PROPOSED"} and day.umur_hari else ""
    return (
        f"<tr><td>{escape(day.bank)} {escape(day.nama)}</td>"
        f'<td class="kiri"{_called("Keadaan")}><span class="keadaan {colour}">{text}{late}</span></td>'
        f"<td{_called('Cabang tutup')}>{_number(day.n_cabang_tutup)} / {_number(day.n_cabang)}</td>"
        + "".join(f"<td{_called(name)}>{_number(getattr(day, field))}</td>" for name, field in NAMES)
        + "</tr>"
    )


def _total(days: Sequence[BankDay]) -> str:
    sums = "".join(
        f"<td{_called(name)}>{_number(sum(getattr(day, field) for day in days))}</td>" for name, field in NAMES
    )
    cut, all_ = sum(day.n_cabang_tutup for day in days), sum(day.n_cabang for day in days)
    done = sum(day.keadaan == "SETTLED" for day in days)
    return (
        f'<tfoot><tr><td>Semua bank</td><td class="kiri"{_called("Keadaan")}>{done} dari {len(days)} selesai</td>'
        f"<td{_called('Cabang tutup')}>{_number(cut)} / {_number(all_)}</td>{sums}</tr></tfoot>"
    )


def _items(items: Sequence[Item], n_items: int) -> str:
    """The differences: what, whose, how old, how ended."""
    rows = "".join(map(_item, items))
    left = f"<p>Dan {_number(n_items - len(items))} selisih lagi.</p>" if n_items > len(items) else ""
    heads = "".join(f"<th{kind}>{name}</th>" for name, kind in _ITEM_HEADS)
    return (
        f'<div class="geser"><table><caption>Selisih</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{left}"
    )


_LEFT = ' class="kiri"'
_ITEM_HEADS = (
    ("Nomor", ""), ("Hari", _LEFT), ("Kelas", _LEFT), ("Cabang", _LEFT), ("Porsi", _LEFT), ("STAN", ""),
    ("Host Rp", ""), ("Bank Rp", ""), ("Pemilik", _LEFT), ("Umur, hari", ""), ("Hasil", _LEFT),
)  # fmt: skip


def _item(one: Item) -> str:
    row = one.row
    is_open = row.status == TERBUKA
    ended = (
        f'<span class="keadaan {"buruk" if is_open else "baik"}">{"TERBUKA" if is_open else escape(row.cara)}</span>'
    )
    texts = (
        row.nomor, tanggal(row.hari), row.kelas, f"{row.bank}/{row.cabang}", row.nomor_porsi,
        str(row.stan) if row.stan else "", _number(row.nominal_host), _number(row.nominal_bank), row.pemilik,
        str(one.umur_hari),
    )  # fmt: skip
    cells = [
        f"<td{kind}{_called(name)}>{escape(text)}</td>" for (name, kind), text in zip(_ITEM_HEADS, texts, strict=False)
    ]
    cells[0] = cells[0].replace(_called("Nomor"), "")
    return f"<tr>{''.join(cells)}<td{_LEFT}{_called('Hasil')}>{ended}</td></tr>"


def _step(one: Progress) -> str:
    share = f"{_number(one.n)} dari {_number(one.dari)}" if one.dari else "..."
    what = escape(STEPS.get(one.langkah, one.langkah))
    bank = escape(one.bank or "semua bank")
    width = min(100, 100 * one.n // one.dari) if one.dari else 0
    bar = f'<div class="lebar"><i style="width: {width}%"></i></div>'
    return f"<tr><td>{what}</td><td>{bank}</td><td>{escape(one.hari)}</td><td>{bar}</td><td>{share}</td></tr>"


def _called(name: str) -> str:
    """What a cell is called where the table stands as a list, on a narrow window."""
    return f' data-n="{name}"'


def _number(n: int) -> str:
    return f"{n:,}".replace(",", ".")
