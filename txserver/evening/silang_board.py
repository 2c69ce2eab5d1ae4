"""The cross-check with the Kandepag on the board: how many regencies agree, and which do not, with name and owner."""

from __future__ import annotations

from html import escape
from typing import Any

HEADS = ("Selisih", "Kab./kota", "Host", "Kandepag", "Pemilik")


def silang_table(silang: dict[str, Any]) -> str:
    """The section of the page, from `Recap.silang`; empty while no deposit was taken and nothing was said."""
    if not (silang["sama"] or silang["belum"] or silang["beda"]):
        return ""
    rows = "".join(_row(row) for row in silang["baris"])
    more = silang["beda"] - len(silang["baris"])
    rest = f"<p>dan {more} lagi</p>" if more else ""
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{rest}" if rows else ""
    told = f"{silang['sama']} kab./kota sama, {silang['beda']} berbeda, {silang['belum']} belum menyatakan"
    return f'<div class="geser"><h2>Silang Kandepag: {told}</h2>{table}</div>'


def _row(row: list[Any]) -> str:
    nama, kab_kota, name, n_host, n_kandepag, pemilik = row
    cells = (nama, f"{kab_kota} {name}", n_host, n_kandepag, pemilik)
    labelled = zip(HEADS, cells, strict=True)
    return "<tr>" + "".join(f'<td data-n="{head}">{escape(str(cell))}</td>' for head, cell in labelled) + "</tr>"
