"""Pages of plain text as ESC/P, the language of 24-pin form printers (Epson LQ, PLQ-20 and what imitates them).

    ESC @       1B 40      reset
    ESC R 0     1B 52 00   the American character set, whatever the switches of the printer say
    ESC O       1B 4F      no skip over the perforation: the form is ours to its last line
    ESC 2       1B 32      line spacing 1/6 inch
    ESC C n     1B 43 n    length of the form, in lines of the spacing in force: hence after ESC 2
    then for every form
      DC2 | SI  12 | 0F    10 characters an inch, 80 on 8 inches | condensed, 137 on 8 inches
      ESC 2 | ESC 3 n      spacing 1/6 inch | n/180 inch, which brings up to a quarter more lines on the form
      lines     each ends with CR LF
      FF        0C         to the top of the next form
    ESC @       1B 40      leave the printer as it was

Nothing of a page can reach the printer but printable ASCII: a name may not hold a command. The codes are those of
Epson's ESC/P reference manual; they are the same in ESC/P 2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

RESET = b"\x1b@"
AMERICAN = b"\x1bR\x00"
NO_SKIP = b"\x1bO"
SIXTH_INCH = b"\x1b2"
NORMAL, CONDENSED = b"\x12", b"\x0f"
LINE_END, FORM_FEED = b"\r\n", b"\x0c"

NORMAL_COLUMNS, CONDENSED_COLUMNS = 80, 137
UNITS_PER_INCH = 180
SIXTH_UNITS = 30
CLOSEST_UNITS = 24
"""Below this the rows of a 24-pin head overlap."""

FORM_LINES_MAX = 127


def escp(pages: Sequence[Sequence[str]], form_lines: int = 66) -> bytes:
    """Sheets as a print job. `form_lines` is the length of the form in lines of 1/6 inch: 66 for eleven inches.

    A sheet with more lines than the form is set closer, up to a quarter more; what is left goes on to another form.
    """
    assert 1 <= form_lines <= FORM_LINES_MAX, f"a form of {form_lines} lines cannot be told to the printer"
    head = RESET + AMERICAN + NO_SKIP + SIXTH_INCH + b"\x1bC" + bytes([form_lines])
    return head + b"".join(_form(form, form_lines) for page in pages for form in _forms(page, form_lines)) + RESET


def plain(text: str) -> str:
    """The text in printable ASCII: accents are taken off, what is left over becomes a question mark."""
    letters = (mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return "".join(letter if " " <= letter <= "~" else "?" for letter in letters)


def _forms(page: Sequence[str], form_lines: int) -> Iterator[Sequence[str]]:
    room = form_lines * SIXTH_UNITS // CLOSEST_UNITS
    for at in range(0, max(1, len(page)), room):
        yield page[at : at + room]


def _form(lines: Sequence[str], form_lines: int) -> bytes:
    texts = [plain(line).rstrip()[:CONDENSED_COLUMNS] for line in lines]
    pitch = CONDENSED if any(len(text) > NORMAL_COLUMNS for text in texts) else NORMAL
    spacing = SIXTH_INCH
    if len(texts) > form_lines:
        spacing = b"\x1b3" + bytes([form_lines * SIXTH_UNITS // len(texts)])
    return pitch + spacing + b"".join(text.encode("ascii") + LINE_END for text in texts) + FORM_FEED
