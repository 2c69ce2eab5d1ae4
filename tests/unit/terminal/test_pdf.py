from __future__ import annotations

import re
import sys

import pytest

from terminal.pdf import NoReportlab, pdf

FIVE = [[f"Lembar {at}", "x" * 80, *[""] * 40] for at in range(1, 6)]


def page_objects(file: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", file))


def test_five_sheets_are_five_pages() -> None:
    file = pdf(FIVE)
    assert file.startswith(b"%PDF-1.")
    assert page_objects(file) == 5
    assert re.search(rb"/Count 5\b", file)


def test_the_same_sheets_are_the_same_file_which_says_nothing_of_when() -> None:
    assert pdf(FIVE) == pdf(FIVE)
    assert b"D:2000" in pdf(FIVE)


@pytest.mark.parametrize("page", [[], ["x" * 300], ["x"] * 200, ["SITI\x1b\x00 漢 é (\\)"]])
def test_no_page_is_beyond_it(page: list[str]) -> None:
    assert page_objects(pdf([page])) == 1


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reportlab.pdfgen.canvas", None)
    with pytest.raises(NoReportlab):
        pdf(FIVE)


def test_it_is_imported_only_where_a_pdf_is_made() -> None:
    import subprocess

    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, terminal.spooler; print('reportlab' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert loaded.stdout.strip() == "False"
