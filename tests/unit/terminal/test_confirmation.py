from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from terminal.confirmation import NAME_MAX, SIGNATURE_MAX, found, taken
from txserver.wire.frames import UPLOAD_BYTES_MAX


def test_the_newest_file_comes_first_and_proofs_are_no_files(tmp_path: Path) -> None:
    for age, name in enumerate(("new.csv", "old.xml", "old.xml.sha256", "old.xml.sig", ".hidden")):
        (tmp_path / name).write_bytes(b"x" * 1500)
        os.utime(tmp_path / name, (10**9 - age, 10**9 - age))
    (tmp_path / "folder").mkdir()
    assert list(found(tmp_path)) == [("new.csv", "09-09-2001  1.500"), ("old.xml", "09-09-2001  1.500")]


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert list(found(tmp_path / "none")) == []


def test_a_name_alone_is_of_the_folder_and_a_path_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"abc")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.csv").write_bytes(b"b")
    assert taken(tmp_path, "a.csv").path == tmp_path / "a.csv"
    assert taken(tmp_path, str(elsewhere / "b.csv")).nama == "b.csv"
    with pytest.raises(FileNotFoundError):
        taken(tmp_path, "c.csv")


def test_the_hash_beside_a_file_is_sent_as_it_was_delivered(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"abc")
    assert taken(tmp_path, "a.csv").sidik == hashlib.sha256(b"abc").hexdigest()
    (tmp_path / "a.csv.sha256").write_text("F" * 64 + "  a.csv\n")
    assert taken(tmp_path, "a.csv").sidik == "F" * 64  # wrong as it is: the host finds that
    (tmp_path / "a.csv.sha256").write_bytes(b"\xff not a hash")
    assert taken(tmp_path, "a.csv").sidik == hashlib.sha256(b"abc").hexdigest()
    (tmp_path / "a.csv.sig").write_text("a" * 500)
    assert taken(tmp_path, "a.csv").tanda_tangan == "a" * SIGNATURE_MAX


@pytest.mark.parametrize("size", [0, 1, UPLOAD_BYTES_MAX, UPLOAD_BYTES_MAX + 1])
def test_the_pieces_are_the_file(tmp_path: Path, size: int) -> None:
    content = bytes(at % 256 for at in range(size))
    (tmp_path / "a").write_bytes(content)
    file = taken(tmp_path, "a")
    assert file.size == size
    pieces = [file.piece(offset) for offset in range(0, max(size, 1), UPLOAD_BYTES_MAX)]
    assert b"".join(pieces) == content
    assert all(len(piece) <= UPLOAD_BYTES_MAX for piece in pieces)


def test_a_long_name_keeps_its_end(tmp_path: Path) -> None:
    name = "x" * 100 + ".csv"
    (tmp_path / name).write_bytes(b"")
    assert taken(tmp_path, name).nama == name[-NAME_MAX:]
