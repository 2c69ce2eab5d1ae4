from __future__ import annotations

from pathlib import Path

import pytest

from terminal.printer import save_receipt

PAGES = [["satu", "dua"], ["tiga"]]


def test_sheets_are_separated_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    path = save_receipt(tmp_path / "bukti", "1100000100", PAGES)
    assert path.name == "1100000100.txt"
    assert path.read_text() == "satu\ndua\n\ftiga\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_receipt_is_one_file_and_another_one_the_next(tmp_path: Path) -> None:
    first = save_receipt(tmp_path, "1100000100", PAGES)
    assert save_receipt(tmp_path, "1100000100", PAGES) == first
    assert save_receipt(tmp_path, "1100000100", [["DUPLIKAT 1"]]).name == "1100000100-2.txt"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1100000100-2.txt", "1100000100.txt"]


def test_a_host_cannot_choose_the_folder(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        save_receipt(tmp_path, "../x", PAGES)
