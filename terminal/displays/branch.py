"""A branch's day on one list: totals by kind, balances, its last entries, and what is still open.

The host's answer becomes rows of one column, each a line of text, so that all four parts are read in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ledger.fields import FIELDS
from ledger.messages import Language
from terminal.displays.display import Text, labelled, labelled_right
from terminal.displays.subfile import SubfileDisplay, column
from terminal.displays.titles import title_of
from terminal.edit import rupiah, shown

LINE = "baris"
LINE_LENGTH = 78
NAME, NUMBER, AMOUNT = 28, 9, 16
_NONE = Text("(tidak ada)", "(none)")
_KINDS = Text("JUMLAH MENURUT JENIS", "TOTALS BY KIND")
_BALANCES = Text("SALDO", "BALANCES")
_LAST = Text("ENTRI TERAKHIR", "LAST ENTRIES")
_OPEN = Text("MASIH TERBUKA", "STILL OPEN")
_NUMBER, _AMOUNT = Text("Banyak", "Number"), Text("Rupiah", "Rupiah")
_DEBIT, _CREDIT = Text("Debet", "Debit"), Text("Kredit", "Credit")
_HEADS = (
    (Text("Entri", "Entry"), 8),
    (Text("Waktu", "Time"), -8),
    (Text("Jenis", "Kind"), -5),
    (Text("Perangkat", "Device"), -10),
    (Text("Pengguna", "User"), -10),
    (Text("STAN", "STAN"), 6),
    (Text("Porsi", "Porsi"), -10),
    (Text("Rupiah", "Rupiah"), 12),
)
"""The columns of the last entries; a width below 0 is of a column of text."""


_OPEN_HEADS = (
    (Text("Nomor", "Number"), -12),
    (Text("Hari", "Day"), -10),
    (Text("Kelas", "Class"), -9),
    (Text("STAN", "STAN"), 6),
    (Text("Porsi", "Porsi"), -10),
    (Text("Rupiah", "Rupiah"), 12),
)
"""The columns of what is still open."""


def branch_day() -> SubfileDisplay:
    """Bank, branch and day, and the lines of the answer."""
    return SubfileDisplay(
        "SKHHRC",
        Text("HARI CABANG", "BRANCH DAY"),
        (column(LINE, "", "", LINE_LENGTH),),
        head=(
            labelled(4, FIELDS["kode_bank"], is_input=True, fill=True),
            labelled_right(4, FIELDS["kode_cabang"], is_input=True, fill=True),
            labelled(5, FIELDS["hari"], is_input=True),
        ),
        ask=Text("Enter menampilkan, F5 menyegarkan.", "Enter displays, F5 refreshes."),
    )


def lines(answer: Mapping[str, Any], local: Callable[[int], str], language: Language) -> Iterator[str]:
    """The answer as lines of text. `local` tells the time of day at the branch of microseconds since 1970."""
    yield heads(language, (_KINDS, -NAME), (_NUMBER, NUMBER), (_AMOUNT, AMOUNT))
    yield from _or_none(
        [
            cells((title_of(kind, language), -NAME), (n, NUMBER), (nominal, AMOUNT))
            for kind, n, nominal in answer["jenis"]
        ],
        language,
    )
    yield ""
    yield heads(language, (_BALANCES, -NAME), (_NUMBER, NUMBER), (_DEBIT, AMOUNT), (_CREDIT, AMOUNT))
    balances = [
        cells((f"{akun} {mata_uang}", -NAME), (n, NUMBER), (debit, AMOUNT), (credit, AMOUNT))
        for akun, mata_uang, n, debit, credit in answer["saldo"]
    ]
    yield from _or_none(balances, language)
    yield ""
    yield _LAST.said(language)
    yield heads(language, *_HEADS)
    widths = [width for _, width in _HEADS]
    yield from _or_none([cells(*zip(_entry(row, local), widths, strict=True)) for row in answer["terakhir"]], language)
    yield ""
    yield _OPEN.said(language)
    yield heads(language, *_OPEN_HEADS)
    widths = [width for _, width in _OPEN_HEADS]
    yield from _or_none([cells(*zip(_open(row), widths, strict=True)) for row in answer["terbuka"]], language)


def _entry(row: Sequence[Any], local: Callable[[int], str]) -> tuple[str | int, ...]:
    seq, waktu_us, kind, device, user, stan, nomor_porsi, nominal = row
    return str(seq), local(waktu_us), kind, device, user, str(stan), nomor_porsi, nominal or ""


def _open(row: Sequence[Any]) -> tuple[str | int, ...]:
    nomor, hari, kelas, stan, nomor_porsi, nominal = row[:6]
    return str(nomor), shown(FIELDS["hari"], hari), str(kelas), str(stan or ""), str(nomor_porsi), nominal


def _or_none(found: list[str], language: Language) -> list[str]:
    return found or [_NONE.said(language)]


def heads(language: Language, *texts: tuple[Text, int]) -> str:
    """Headings beside each other, as `cells`."""
    return cells(*((text.said(language), width) for text, width in texts))


def in_columns(values: Sequence[str | int], widths: Sequence[int]) -> str:
    """`cells`, the widths given apart."""
    return cells(*zip(values, widths, strict=True))


def cells(*cells: tuple[str | int, int]) -> str:
    """Texts and amounts beside each other; a width below 0 puts its text to the left."""
    parts = []
    for value, width in cells:
        text = rupiah(value) if isinstance(value, int) else value
        parts.append(text[:-width].ljust(-width) if width < 0 else text.rjust(width))
    return " ".join(parts)[:LINE_LENGTH].rstrip()
