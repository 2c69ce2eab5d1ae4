"""Does an anchor prove that a ledger still contains exactly that day, and does nothing else pass for one?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.anchor import check_anchor, find_close, make_anchor, publish, write_anchor
from ledger.anchor_page import WIDTH, page
from ledger.codec import hash_entry
from ledger.errors import AnchorRefused, Finding, FormatMismatch
from ledger.kinds.tutup_hari import SilangBeda, Terbuka
from ledger.rows import Jumlah
from ledger.vault import signing_key
from ledger.wilayah import KAB_KOTA
from ledger.witness import END, MARK, Anchor, key_id, parse, public_key, read_anchor, sign
from tests.anchor_fixtures import (
    BESOK,
    anchor_bytes,
    close_seq,
    closed_bodies,
    closed_ledger,
    journal_of,
    older_ledger,
    post,
    post_day,
    post_morning,
)
from tests.evening_fixtures import closing
from tests.ledger_fixtures import CENTRE, HARI, POSITION, Desk, chained, first_of, new_store, open_store, rows_of

GOLDEN = Path(__file__).parent / "golden"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
GOOD = closed_bodies()
CLOSE = close_seq()
FACTS, POSTINGS = POSITION["facts"], POSITION["postings"]


class Entries:
    """A journal in memory, as far as checking reads one."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self.bodies = bodies
        self.head = len(bodies)

    def read(self, start: int = 1, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        yield from list(enumerate(self.bodies, 1))[start - 1 : None if stop is None else stop - 1]

    def sound(self, seq: int) -> bytes:
        return self.bodies[seq - 1]


def anchored(bodies: Sequence[bytes] = GOOD, seq: int = CLOSE) -> Anchor:
    return make_anchor(Entries(bodies), seq, KEY)  # type: ignore[arg-type]


def found(bodies: Sequence[bytes], anchor: Anchor) -> tuple[int, str] | None:
    """What is found of these entries against an anchor."""
    try:
        check_anchor(Entries(bodies), anchor)  # type: ignore[arg-type]
    except Finding as finding:
        return finding.seq, finding.reason
    return None


def changed(bodies: Sequence[bytes], at: int, position: int, value: Any) -> list[bytes]:
    """Entries of which one says something else, chained again by whoever did it."""
    rows = rows_of(bodies)
    rows[at][position] = value
    return chained(rows)


# --- the file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "txt"])
def test_golden(form: str) -> None:
    """A fixed day under a fixed key: file and page byte for byte. REWRITE=1 writes them anew."""
    anchor = anchored()
    signed = sign(anchor, KEY)
    public, signature = KEY.public_key().public_bytes_raw().hex(), parse(signed, "")[2].hex()
    names = {"002": "BANK RAKYAT", "009": "BANK NEGARA"}
    text = "".join(line + "\n" for line in page(anchor, names, public, signature))
    made, file = {"json": signed, "txt": text.encode()}[form], GOLDEN / f"anchor.{form}"
    if os.environ.get("REWRITE"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_bytes(made)
    assert made == file.read_bytes()


def test_the_anchor_says_what_the_day_was() -> None:
    """Are place, hashes, totals in both currencies, differences and signers those of the entries?"""
    anchor = anchored()
    assert (anchor.hari, anchor.seq_awal, anchor.seq_akhir, anchor.seq_tutup) == (HARI, 1, CLOSE - 1, CLOSE)
    assert [digest for _, digest in anchor.known] == [hash_entry(GOOD[at]).hex() for at in (0, CLOSE - 2, CLOSE - 1)]
    totals = {row.kunci: (row.n, row.nominal) for row in anchor.jumlah}
    assert totals["STA", "002", "33", "IDR"] == (2, 40_000_000)
    assert totals["KOR", "002", "33", "IDR"] == (1, 20_000_000)
    assert totals["BYS", "002", "31", "USD"] == (1, 750)
    assert [(row.nomor_selisih, row.pemilik) for row in anchor.terbuka] == [
        ("SL0000000001", "002"),
        ("SL0000000002", "002/0101"),
    ]
    assert (anchor.user, anchor.penyetuju, anchor.belum) == ("OPERATOR", "OPERATOR2", ("002", "009"))


def test_a_signed_anchor_reads_as_it_was_made() -> None:
    """Is it the same anchor to its own key, and plain JSON to everybody?"""
    signed = sign(anchored(), KEY)
    assert read_anchor(signed, KEY.public_key(), "") == anchored()
    assert msgspec.json.decode(signed)["hash_tutup"] == hash_entry(GOOD[CLOSE - 1]).hex()
    assert signed == sign(anchored(), KEY), "the same bytes every time"


SIGNED = sign(anchored(), KEY)


def test_the_document_names_every_field_in_order() -> None:
    """Does docs/ledger-format.md, section 9, have the fields of the file, and say how it ends?"""
    document = (Path(__file__).resolve().parents[3] / "docs" / "ledger-format.md").read_text(encoding="utf-8")
    section = document.partition("\n## 9. The anchor of a day\n")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert named == list(Anchor.__struct_fields__)
    assert [*named, "tanda_tangan"] == list(msgspec.json.decode(SIGNED))
    mark, end = MARK.decode().replace("\n", "LF"), END.decode().replace("\n", "LF")
    assert f"    {mark}SIGNATURE{end}\n" in section


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_any_byte_of_the_anchor_counts(at: int, flip: int) -> None:
    """Is a file refused in which any one byte is another, however little it matters to JSON or hex?"""
    other = bytearray(SIGNED)
    other[at] ^= flip
    with pytest.raises(AnchorRefused):
        read_anchor(bytes(other), KEY.public_key(), "berkas")


@given(st.integers(0, len(SIGNED)), st.binary(min_size=1, max_size=3))
def test_nothing_can_be_put_into_the_anchor_or_taken_out(at: int, more: bytes) -> None:
    """The same for bytes too many or too few."""
    for other in (SIGNED[:at] + more + SIGNED[at:], SIGNED[:at] + SIGNED[at + len(more) :]):
        if other != SIGNED:
            with pytest.raises(AnchorRefused):
                read_anchor(other, KEY.public_key(), "berkas")


def test_every_digit_of_the_signature_in_capitals_is_refused() -> None:
    """Hex in capitals is the same signature: is it another file all the same?"""
    content, mark, rest = SIGNED.rpartition(MARK)
    with pytest.raises(AnchorRefused, match="signature cannot be read"):
        read_anchor(content + mark + rest[: -len(END)].upper() + END, KEY.public_key(), "")


def test_another_key_is_told_from_an_altered_file() -> None:
    """Does the refusal say which of the two it is, and name the keys?"""
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    with pytest.raises(AnchorRefused, match=f"signed by key {key_id(KEY.public_key())}, and the key given is"):
        read_anchor(SIGNED, other, "x")
    with pytest.raises(AnchorRefused, match="x was altered"):
        read_anchor(SIGNED.replace(b"OPERATOR2", b"OPERATOR3"), KEY.public_key(), "x")
    forged = sign(msgspec.structs.replace(anchored(), user="X"), Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(AnchorRefused, match="x was altered"):
        read_anchor(forged, KEY.public_key(), "x")


@pytest.mark.parametrize("data", [b"", b"{}", MARK, b"{" + MARK + b"0" * 128 + END, b"{}" + MARK + b"0" * 126 + END])
def test_what_is_no_anchor_is_refused(data: bytes) -> None:
    with pytest.raises(AnchorRefused, match="is no anchor"):
        parse(data, "x")


def test_public_keys_in_both_forms() -> None:
    """Hex and PEM are the same key, and what is neither is refused."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = KEY.public_key().public_bytes_raw()
    for data in (raw.hex().encode(), f" {raw.hex()}\n".encode(), KEY.public_key().public_bytes(*form)):
        assert public_key(data).public_bytes_raw() == raw
    other = X25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes(*form)
    for bad in (b"", b"ab", raw.hex().encode()[:-1], b"-----BEGIN PUBLIC KEY-----", b"\xff" * 64, other):
        with pytest.raises(ValueError):
            public_key(bad)


# --- against a ledger -------------------------------------------------------------------------------------------


def test_the_ledger_itself_holds() -> None:
    """Is nothing found in the ledger, as it was closed and as it went on?"""
    assert found(GOOD, anchored()) is None
    assert found(GOOD[:CLOSE], anchored()) is None


@given(st.integers(0, CLOSE - 1), st.data())
def test_any_byte_of_the_day_counts(at: int, data: st.DataObject) -> None:
    """Is any byte changed in any entry of the day found at that entry, or the next, which is chained on it?"""
    body = bytearray(GOOD[at])
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    result = found([*GOOD[:at], bytes(body), *GOOD[at + 1 :]], anchored())
    assert result is not None
    assert result[0] in {at + 1, at + 2}


@given(st.integers(0, CLOSE - 1), st.sampled_from(["waktu_us", "user", "penyetuju", "sidik", "stan", "device"]))
def test_a_day_written_anew_is_found_though_its_chain_holds(at: int, name: str) -> None:
    """Who owns the journal can chain it again: is that found at the next entry whose hash is known, not before?"""
    old = rows_of(GOOD)[at][POSITION[name]]
    value = old + 1 if isinstance(old, int) else old + (b"x" if isinstance(old, bytes) else "X")
    result = found(changed(GOOD, at, POSITION[name], value), anchored())
    assert result is not None
    seq, reason = result
    assert seq == min(known for known, _ in anchored().known if known > at)
    assert "not the entry that the anchor of 2004-05-03 knows" in reason


@pytest.mark.parametrize("left", [1, 5, CLOSE - 2, CLOSE - 1])
def test_a_cut_ledger_is_named(left: int) -> None:
    """Is the first missing entry named?"""
    result = found(GOOD[:left], anchored())
    assert result is not None
    assert (result[0], "cut or rolled back" in result[1]) == (left + 1, True)


def test_a_ledger_rolled_back_that_went_on_is_named(tmp_path: Path) -> None:
    """An older copy in which other entries were made: is the anchor's close missed, though there is one?"""
    store = open_store(older_ledger(tmp_path / "ledger"), seed=9)
    desk = Desk(HARI, 1_083_546_060_000_000, {(CENTRE[0], HARI): 500})
    post(store, *closing(desk, store.books))
    post_morning(store, desk)
    store.close()
    with journal_of(tmp_path / "ledger") as journal:
        assert journal.head == len(GOOD)
        with pytest.raises(Finding, match="it was changed, or it is another ledger") as caught:
            check_anchor(journal, anchored())
    assert caught.value.seq == CLOSE


def test_another_ledger_is_named() -> None:
    other = msgspec.structs.replace(anchored(), ledger="ff" * 16, hash_awal=anchored().hash_awal)
    assert found(GOOD, other) == (1, f"it opens ledger {anchored().ledger}, and the anchor is of {'ff' * 16}")


def one_more(rows: tuple[Jumlah, ...]) -> tuple[Jumlah, ...]:
    return (msgspec.structs.replace(rows[0], n=rows[0].n + 1), *rows[1:])


@pytest.mark.parametrize(
    "change",
    [
        {"hari": BESOK},
        {"seq_awal": 2, "hash_awal": hash_entry(GOOD[1]).hex()},
        {"seq_akhir": CLOSE - 2, "hash_akhir": hash_entry(GOOD[CLOSE - 3]).hex()},
        {"jumlah": one_more(anchored().jumlah)},
        {"jumlah": anchored().jumlah[1:]},
        {"terbuka": ()},
        {"terbuka": (*anchored().terbuka, Terbuka("SL0000000003", "DIFF", "002", "002", 0))},
        {"belum": ("002",)},
        {"silang": ()},
        {"silang": (SilangBeda("3325", 1, 0), *anchored().silang[1:])},
        {"waktu_us": 1},
        {"user": "X"},
        {"penyetuju": "X"},
        {"seq_tutup": CLOSE + 1, "hash_tutup": hash_entry(GOOD[CLOSE]).hex()},
    ],
    ids=str,
)
def test_an_anchor_that_lies_is_found_though_its_key_is_right(change: dict[str, Any]) -> None:
    """Is every field held against the closing entry itself?"""
    result = found(GOOD, msgspec.structs.replace(anchored(), **change))
    assert result is not None
    assert "it does not say what the anchor of" in result[1]


@pytest.mark.parametrize("position", [4, 5])
def test_totals_are_added_up_again_from_the_entries(position: int) -> None:
    """A host that closes with totals of its own, and signs them: does own arithmetic find it?"""
    rows = rows_of(GOOD)
    jumlah = rows[CLOSE - 1][FACTS][3]
    jumlah[-1 - next(at for at, row in enumerate(reversed(jumlah)) if row[3] == "IDR")][position] += 1
    bodies = chained(rows)
    assert found(bodies, anchored(bodies)) == (CLOSE, "its totals are not the sums of the entries of its day")


@pytest.mark.parametrize("kind", ["STA", "BYS", "CAB"])
def test_what_the_entries_say_decides_the_totals(kind: str) -> None:
    """Amounts, and the province of a branch: does a change in them alone show in the sums?"""
    rows = rows_of(GOOD)
    at = first_of(rows, kind)
    if kind == "CAB":
        rows[at][FACTS][4] = "99"
    else:
        for line in rows[at][POSTINGS]:
            line[3] *= 2
    bodies = chained(rows)
    assert found(bodies, anchored(bodies)) == (CLOSE, "its totals are not the sums of the entries of its day")


def test_the_second_day_begins_after_the_first_close(tmp_path: Path) -> None:
    """Do two anchors follow each other without a gap, and does each hold for itself?"""
    with new_store(tmp_path / "ledger") as (store, desk):
        post_day(store, desk)
        post(store, *closing(desk, store.books))
        first = write_anchor(store, HARI)
        post_morning(store, desk)
        post(store, *closing(desk, store.books))
        second = write_anchor(store, BESOK)
    with journal_of(tmp_path / "ledger") as journal:
        days = [parse(file.read_bytes(), "")[0] for file in (first, second)]
        assert days[1].seq_awal == days[0].seq_tutup + 1
        assert [row.umur_hari for row in days[1].terbuka] == [1, 1]
        for day in days:
            check_anchor(journal, day)


# --- writing ----------------------------------------------------------------------------------------------------


def test_an_anchor_is_written_once_and_again_the_same(tmp_path: Path) -> None:
    """Is it private, there with its page, and untouched by a second and a third run, also by one without books?"""
    path = closed_ledger(tmp_path / "ledger")
    file, text = path / "jangkar" / f"{HARI}.json", path / "jangkar" / f"{HARI}.txt"
    assert sorted(item.name for item in file.parent.iterdir()) == [file.name, text.name]
    assert {item.stat().st_mode & 0o777 for item in file.parent.iterdir()} == {0o600}
    assert file.parent.stat().st_mode & 0o777 == 0o700
    before = file.read_bytes(), text.read_bytes(), file.stat().st_ino
    store = open_store(path)
    assert write_anchor(store, HARI) == file
    text.write_text("half a page")
    assert write_anchor(store, HARI) == file
    store.close()
    assert (file.read_bytes(), text.read_bytes(), file.stat().st_ino) == before
    file.unlink()
    text.unlink()
    with journal_of(path) as journal:
        seq, names = find_close(journal, HARI)
        key = signing_key(path / "kunci")
        publish(path, make_anchor(journal, seq, key), names, key)
    assert (file.read_bytes(), text.read_bytes()) == before[:2]
    assert file.read_bytes() == anchor_bytes()


def test_an_anchor_is_never_overwritten(tmp_path: Path) -> None:
    """One of the same day under another key, or altered: is it left as it is, and said?"""
    path = closed_ledger(tmp_path / "ledger")
    file = path / "jangkar" / f"{HARI}.json"
    file.write_bytes(sign(anchored(), KEY))
    store = open_store(path)
    with pytest.raises(AnchorRefused, match="is there already and says something else"):
        write_anchor(store, HARI)
    store.close()
    assert file.read_bytes() == sign(anchored(), KEY)


def test_a_day_that_is_not_closed_has_none(tmp_path: Path) -> None:
    path = older_ledger(tmp_path / "ledger")
    store = open_store(path)
    with pytest.raises(FormatMismatch, match="2004-05-03 is not closed"):
        write_anchor(store, HARI)
    store.close()
    with journal_of(path) as journal, pytest.raises(FormatMismatch, match="2004-05-03 is not closed"):
        find_close(journal, HARI)
    assert not (path / "jangkar").exists()


def test_the_page_fits_its_paper() -> None:
    """Numbers, names and lists as large as they come: 80 columns, and what is left out is said?"""
    jumlah = tuple(
        Jumlah(kind, bank, "33", currency, 10**7, 10**15)
        for bank in ("002", "009", "DEP")
        for kind, currency in (("STA", "IDR"), ("BYS", "USD"), ("PGN", "-"))
    )
    terbuka = tuple(Terbuka(f"SL{n:010d}", "BANK_ONLY", "002", "002/0101", 999) for n in range(100))
    large = msgspec.structs.replace(
        anchored(), nama="X" * 60, jumlah=jumlah, terbuka=terbuka, belum=tuple(f"{n:03d}" for n in range(60)),
        silang=tuple(SilangBeda(kab, 99_999, 99_998 if n % 2 else -1) for n, kab in enumerate(sorted(KAB_KOTA)[:150])),
        seq_tutup=10**12, user="OPERATOR12", penyetuju="OPERATOR13", demo=False,
    )  # fmt: skip
    lines = page(large, {"002": "N" * 90}, "00" * 32, "00" * 64)
    assert max(map(len, lines)) <= WIDTH
    assert "     dan 40 lagi, dalam berkas 2004-05-03.json" in lines
    assert "     dan 15 lagi, dalam berkas 2004-05-03.json" in lines
    assert "SILANG KANDEPAG BERBEDA: 75" in lines
    kab, where = sorted(KAB_KOTA)[1], KAB_KOTA[sorted(KAB_KOTA)[1]].nama_lengkap
    assert f"     SK/2004-05-03/{kab}  {where:<26}  99.999    99.998  DEP/{kab}" in lines
    assert any(line.startswith("BYS  BIAYA SISKOHAT") and "USD 30.000.000.000.000,00" in line for line in lines)
    assert not any("PERAGAAN" in line for line in lines)
    assert not any(line != line.rstrip() for line in lines)
