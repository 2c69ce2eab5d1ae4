"""Displays to read: a receipt page by page, the second level of a message, the meaning of a field."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ledger.fields import Field
from ledger.messages import MESSAGES, Language
from terminal.displays.display import COLUMNS, FIRST_COLUMN, LAST_COLUMN, Constant, Display, Look, Text, leader, same
from terminal.edit import meanings
from terminal.keys import ENTER, F3, F10, F12, ROLL_DOWN, ROLL_UP
from terminal.language import SOURCE, sentence

FIRST_ROW, VIEW_ROWS = 4, 16
PLACE_ROW, MORE_ROW = 21, 20
LINE_LENGTH = COLUMNS - FIRST_COLUMN + 1
MORE, END = Text("Lanjut...", "More..."), Text("Akhir", "Bottom")
WRAP = 76


def views(pages: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Sheets cut into pieces that fit the display; every sheet starts a new one."""
    return [tuple(page[at : at + VIEW_ROWS]) for page in pages for at in range(0, max(1, len(page)), VIEW_ROWS)]


def receipt(view: Sequence[str], printed: Text | None, *, is_last: bool, may_reprint: bool) -> Display:
    """One view of a receipt. `printed` says what has become of its print, None where it has none."""
    # The attribute cell costs column 1, so a line of 80 characters loses its last; the print has it whole.
    constants = [
        Constant(row, FIRST_COLUMN, same(line[:LINE_LENGTH]), Look.OUTPUT)
        for row, line in enumerate(view, start=FIRST_ROW)
        if line
    ]
    end = END if is_last else MORE
    constants.append(Constant(MORE_ROW, LAST_COLUMN - max(len(end.id), len(end.en)), end, Look.TITLE))
    if printed is not None:
        constants.append(Constant(PLACE_ROW, FIRST_COLUMN, printed))
    reprint = (F10.called("Cetak ulang", "Reprint"),) if may_reprint else ()
    return Display(
        "SKHBUKTI",
        Text("BUKTI SETORAN", "RECEIPT"),
        (ENTER.called("Selesai", "Done"), ROLL_UP, ROLL_DOWN, F3, *reprint, F12),
        (),
        tuple(constants),
    )


def second_level(id: str, first: str, second: str) -> Display:
    """A message with cause and recovery; both texts have their variables filled in and are in one language."""
    rows = [
        (6, Text("Pesan", "Message", leader), same(id)),
        (7, Text("Tingkat", "Severity", leader), same(str(MESSAGES[id].severity))),
    ]
    constants = [Constant(row, FIRST_COLUMN, label) for row, label, _ in rows]
    constants += [Constant(row, FIRST_COLUMN + 18, value, Look.OUTPUT) for row, _, value in rows]
    constants += wrapped(9, first, Look.TITLE)
    constants += wrapped(13, second, Look.OUTPUT)
    return _help(Text("KETERANGAN PESAN", "ADDITIONAL MESSAGE INFORMATION"), constants)


def field_help(field: Field, language: Language = SOURCE) -> Display:
    """What a field means and which codes it takes."""
    constants = [Constant(6, FIRST_COLUMN, Text(field.label, field.label_en), Look.TITLE)]
    constants += wrapped(8, sentence(field.meaning, field.meaning_en, language), Look.OUTPUT)
    for row, (code, means) in enumerate(meanings(field, language), start=12):
        constants.append(Constant(row, FIRST_COLUMN + 2, same(f"{code:<10} {means}")))
    return _help(Text("KETERANGAN ISIAN", "FIELD HELP"), constants)


def _help(title: Text, constants: list[Constant]) -> Display:
    return Display("SKHHELP", title, (ENTER.called("Kembali", "Back"), F3, F12), (), tuple(constants))


def wrapped(row: int, text: str, look: Look) -> list[Constant]:
    """A text in one language over as many rows as it takes, from `row` on."""
    lines = textwrap.wrap(text, WRAP)
    return [Constant(at, FIRST_COLUMN, same(line), look) for at, line in enumerate(lines, start=row)]
