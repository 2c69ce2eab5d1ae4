"""A branch's day on one list: totals by kind, balances, its last entries, and what is still open.

The host's answer becomes rows of one column, each a line of text, so that all four parts are read in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ledger.fields import FIELDS
from ledger.messages import Language
from terminal.displays.display import Text, labelled, labelled_right
from terminal.displays.lists import title_of
from terminal.displays.subfile import SubfileDisplay, column
from terminal.edit import rupiah

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
    yield _row(language, (_KINDS, -NAME), (_NUMBER, NUMBER), (_AMOUNT, AMOUNT))
    yield from _or_none(
        [_cells((title_of(kind), -NAME), (n, NUMBER), (nominal, AMOUNT)) for kind, n, nominal in answer["jenis"]],
        language,
    )
    yield ""
    yield _row(language, (_BALANCES, -NAME), (_NUMBER, NUMBER), (_DEBIT, AMOUNT), (_CREDIT, AMOUNT))
    balances = [
        _cells((f"{akun} {mata_uang}", -NAME), (n, NUMBER), (debit, AMOUNT), (credit, AMOUNT))
        for akun, mata_uang, n, debit, credit in answer["saldo"]
    ]
    yield from _or_none(balances, language)
    yield ""
    yield _LAST.said(language)
    yield _row(language, *_HEADS)
    widths = [width for _, width in _HEADS]
    yield from _or_none([_cells(*zip(_entry(row, local), widths, strict=True)) for row in answer["terakhir"]], language)
    yield ""
    yield _OPEN.said(language)
    yield from _or_none(["  ".join(str(part) for part in row) for row in answer["terbuka"]], language)


def _entry(row: Sequence[Any], local: Callable[[int], str]) -> tuple[str | int, ...]:
    seq, waktu_us, kind, device, user, stan, nomor_porsi, nominal = row
    return str(seq), local(waktu_us), kind, device, user, str(stan), nomor_porsi, nominal or ""


def _or_none(found: list[str], language: Language) -> list[str]:
    return found or [_NONE.said(language)]


def _row(language: Language, *heads: tuple[Text, int]) -> str:
    return _cells(*((text.said(language), width) for text, width in heads))


def _cells(*cells: tuple[str | int, int]) -> str:
    """Texts and amounts beside each other; a width below 0 puts its text to the left."""
    parts = []
    for value, width in cells:
        text = rupiah(value) if isinstance(value, int) else value
        parts.append(text[:-width].ljust(-width) if width < 0 else text.rjust(width))
    return " ".join(parts)[:LINE_LENGTH].rstrip()
