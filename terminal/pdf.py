"""Pages of plain text as PDF, one sheet a page, A4, in a typewriter face.

The same pages give the same bytes: nothing in the file tells when or by whom it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

FONT = "Courier"
FONT_ADVANCE = 0.6
"""Width of a Courier character, as a share of its size."""

SIZE, LEADING = 10.0, 12.0
MARGIN = 50.0
"""Points, 1/72 inch."""


class NoReportlab(Exception):
    """The package that writes PDF is not installed."""


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Sheets as a PDF file. What is too wide or too long for the paper is set smaller. Raises NoReportlab."""
    try:
        # 0.2 s and 12 MB that a terminal with another printer does without
        from reportlab.lib.pagesizes import A4  # noqa: PLC0415
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415
    except ImportError:
        raise NoReportlab from None
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    canvas.setTitle("SISKOHAT")
    canvas.setAuthor("SISKOHAT")
    width, height = A4
    for page in pages:
        widest = max((len(line) for line in page), default=0)
        scale = min(
            1.0,
            (width - 2 * MARGIN) / max(1.0, widest * FONT_ADVANCE * SIZE),
            (height - 2 * MARGIN) / max(1.0, len(page) * LEADING),
        )
        text = canvas.beginText(MARGIN, height - MARGIN - SIZE * scale)
        text.setFont(FONT, SIZE * scale, LEADING * scale)
        for line in page:
            text.textLine(_in_font(line))
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _in_font(line: str) -> str:
    """The line in the characters the built-in font has."""
    known = line.encode("cp1252", "replace").decode("cp1252", "replace")
    return "".join(character if character.isprintable() else "?" for character in known)
