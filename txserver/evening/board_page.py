"""The board of the evening as one HTML page: no script, no font, nothing from elsewhere. Indonesian; figures as words.

Made from values alone. Every text that did not come from here is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ledger.receipts import tanggal
from ledger.rows import Penutupan
from txserver.recap import BankDay, Progress

STATES = {
    "OPEN": ("BUKA", "netral"),
    "CUTOFF": ("TUTUP SETORAN", "jalan"),
    "CONFIRMED": ("KONFIRMASI MASUK", "jalan"),
    "MATCHED": ("COCOK", "baik"),
    "MISMATCH": ("TIDAK COCOK", "buruk"),
    "CURED": ("SEMBUH", "jalan"),
    "OVERDUE": ("LEWAT WAKTU", "buruk"),
    "SANCTION_PROPOSED": ("USUL SANKSI", "buruk"),
    "SETTLED": ("SELESAI", "baik"),
}
"""State of a bank's day: what the board calls it, and its colour."""
STEPS = {
    "CUTOFF_SEMUA": "Tutup setoran",
    "KONFIRMASI": "Konfirmasi diperiksa",
    "COCOK": "Pencocokan",
    "LAPORAN": "Laporan",
}

CSS = """
:root { color-scheme: light dark }
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 92rem; padding: 0 1rem;
  background: #f6f7f4; color: #16211b }
h1 { font-size: 1.25rem; margin: 0 } p { margin: .25rem 0 1rem }
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
@media (prefers-color-scheme: dark) {
  body { background: #101512; color: #e3e9e4 } table { background: #171d19 }
  th, td { border-color: #2c352f } tfoot td { border-color: #e3e9e4 }
}
"""


def board_page(
    name: str, hari: str, hari_kini: str, tutup: Penutupan | None, days: Sequence[BankDay], running: Sequence[Progress]
) -> str:
    """The page of one day. `days` are the banks the reader may see; `running` the steps that run now."""
    rows = "".join(map(_row, days)) or '<tr><td colspan="9">Tidak ada bank.</td></tr>'
    total = _total(days) if len(days) > 1 else ""
    state = "Hari ini belum ditutup"
    if tutup is not None:
        state = f"DITUTUP oleh entri {tutup.seq}, entri {tutup.seq_awal} s.d. {tutup.seq_akhir}"
    elif hari != hari_kini:
        state = f"Hari kerja kini {escape(tanggal(hari_kini))}" if hari_kini > "0001" else "Belum ada hari kerja"
    steps = "".join(map(_step, running))
    steps = f"<table><caption>Sedang berjalan</caption><tbody>{steps}</tbody></table>" if steps else ""
    return f"""<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Papan petang {escape(hari)}</title><style>{CSS}</style></head><body>
<h1>{escape(name)}: papan petang, {escape(tanggal(hari) if hari > "0001" else "-")}</h1>
<p>{state}. Halaman ini memperbarui diri sendiri.</p>
<div class="geser"><table><caption>Bank</caption><thead><tr><th>Bank</th><th class="kiri">Keadaan</th>
<th>Cabang<br>tutup</th><th>Porsi</th><th>Setoran Rp</th><th>Cocok</th>
<th>Selisih<br>terbuka</th><th>Usul<br>sanksi</th><th>Belum<br>dilimpahkan Rp</th></tr></thead>
<tbody>{rows}</tbody>{total}</table></div>{steps}
</body></html>
"""


def _row(day: BankDay) -> str:
    text, colour = STATES[day.keadaan]
    late = f" {day.umur_hari} hari" if day.keadaan in {"OVERDUE", "SANCTION_PROPOSED"} and day.umur_hari else ""
    return (
        f"<tr><td>{escape(day.bank)} {escape(day.nama)}</td>"
        f'<td class="kiri"><span class="keadaan {colour}">{text}{late}</span></td>'
        f"<td>{day.n_cabang_tutup} / {day.n_cabang}</td><td>{_number(day.n_porsi)}</td>"
        f"<td>{_number(day.nominal_rupiah)}</td><td>{_number(day.n_cocok)}</td>"
        f"<td>{_number(day.n_terbuka)}</td><td>{day.n_usul}</td>"
        f"<td>{_number(day.jatuh_rupiah)}</td></tr>"
    )


def _total(days: Sequence[BankDay]) -> str:
    names = ("n_porsi", "nominal_rupiah", "n_cocok", "n_terbuka", "n_usul", "jatuh_rupiah")
    sums = "".join(f"<td>{_number(sum(getattr(day, name) for day in days))}</td>" for name in names)
    cut, all_ = sum(day.n_cabang_tutup for day in days), sum(day.n_cabang for day in days)
    done = sum(day.keadaan == "SETTLED" for day in days)
    return (
        f'<tfoot><tr><td>Semua bank</td><td class="kiri">{done} dari {len(days)} selesai</td>'
        f"<td>{_number(cut)} / {_number(all_)}</td>{sums}</tr></tfoot>"
    )


def _step(one: Progress) -> str:
    share = f"{_number(one.n)} dari {_number(one.dari)}" if one.dari else "..."
    what = escape(STEPS.get(one.langkah, one.langkah))
    bank = escape(one.bank or "semua bank")
    return f"<tr><td>{what}</td><td>{bank}</td><td>{escape(one.hari)}</td><td>{share}</td></tr>"


def _number(n: int) -> str:
    return f"{n:,}".replace(",", ".")
