"""Files on their way in: pieces in order, one a sender, bounded, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.records import Refusal
from txserver.evening import uploads as module
from txserver.evening.places import Places, plain_name
from txserver.evening.uploads import Upload, Uploads
from txserver.wire.frames import Unggah


def piece(offset: int, isi: bytes, nama: str = "k.csv") -> Unggah:
    return Unggah(0, 1, nama, offset, isi, akhir=False)


@pytest.fixture
def made(tmp_path: Path) -> Uploads:
    return Uploads(Places(tmp_path), 10)


def test_pieces_become_the_file(made: Uploads) -> None:
    for offset, isi in ((0, b"abc"), (3, b"def"), (6, b"")):
        upload = made.piece("d", piece(offset, isi))
        assert isinstance(upload, Upload)
    assert (upload.n, upload.path.read_bytes()) == (6, b"abcdef")
    assert made.claim("d") is upload
    assert upload.path.exists()


def test_a_sender_learns_where_to_go_on(made: Uploads) -> None:
    made.piece("d", piece(0, b"abc"))
    assert made.piece("d", piece(5, b"x")) == Refusal("SKH6302", {"diterima": 3})
    assert made.piece("d", piece(3, b"x", "other.csv")) == Refusal("SKH6302", {"diterima": 0})
    assert made.piece("other", piece(3, b"x")) == Refusal("SKH6302", {"diterima": 0})
    assert isinstance(made.piece("d", piece(3, b"def")), Upload)
    again = made.piece("d", piece(0, b"z"))
    assert isinstance(again, Upload)
    assert again.path.read_bytes() == b"z"


def test_a_file_is_bounded_and_one_that_is_not_leaves_nothing(made: Uploads, tmp_path: Path) -> None:
    made.piece("d", piece(0, b"x" * 10))
    assert made.piece("d", piece(10, b"x")) == Refusal("SKH6301", {"batas": 10})
    assert list((tmp_path / "masuk").iterdir()) == []


def test_so_many_at_a_time(made: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UPLOADS_MAX", 2)
    assert isinstance(made.begin("a", "1"), Upload)
    assert isinstance(made.begin("b", "1"), Upload)
    assert made.begin("c", "1") == Refusal("SKH6306", {"batas": 2})
    assert isinstance(made.begin("a", "2"), Upload), "in place of his own"
    made.drop("b")
    assert isinstance(made.begin("c", "1"), Upload)


def test_a_start_finds_nothing_of_before(made: Uploads, tmp_path: Path) -> None:
    made.begin("a", "1")
    Uploads(Places(tmp_path), 10)
    assert list((tmp_path / "masuk").iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("k.csv", "k.csv"),
        ("../../kunci/master.key", "master.key"),
        (r"C:\bank\k 1.csv", "k_1.csv"),
        ("..", "konfirmasi"),
        ("", "konfirmasi"),
        (".sandi", "sandi"),
        ("x" * 200, "x" * 64),
        ("k\n.csv\x00", "k_.csv_"),
    ],
)
def test_a_name_names_nothing_but_a_file(given: str, kept: str) -> None:
    assert plain_name(given) == kept
