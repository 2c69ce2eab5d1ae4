"""Are writers and readers inverse in every form, and is a bad file refused whole, by file, line and field?"""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.messages import first_level
from txserver.settlement import intake, records
from txserver.settlement.examples import EXAMPLE, EXAMPLE_RECORDS, WRITERS, example, template
from txserver.settlement.intake import Proof, Reading, hash_file
from txserver.settlement.records import Confirmed, Expected, Rejected, kepala_of, masked
from txserver.settlement.unpack import Limits

FORMS = tuple(WRITERS)
CSV, FIXED, CAMT = example("csv"), example("fixed"), example("camt.053")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def proven(content: bytes) -> Proof:
    return Proof(hash_file(sha256(content).digest(), "berkas"))


def reading(content: bytes, expected: Expected = EXAMPLE, proof: Proof | None = None, **limits: int) -> Reading:
    pieces = [content[at : at + 997] for at in range(0, len(content), 997)]
    return Reading("berkas", pieces, expected, proven(content) if proof is None else proof, Limits(**limits))


def read(content: bytes, expected: Expected = EXAMPLE, **limits: int) -> list[Confirmed]:
    return [one for batch in reading(content, expected, **limits) for one in batch]


def refused(content: bytes, expected: Expected = EXAMPLE, proof: Proof | None = None, **limits: int) -> tuple[str, int]:
    """Id and line of the refusal, which names the file and has every place of the message."""
    taken = reading(content, expected, proof, **limits)
    with pytest.raises(Rejected) as caught:
        list(taken)
    refusal = caught.value.refusal
    assert refusal.data["berkas"] == "berkas"
    assert set(refusal.data) == {"berkas", "baris", "field", "sebab"}
    assert refusal.data["sebab"]
    return caught.value.id, int(refusal.data["baris"])


def zipped(*contents: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(zipfile.ZipInfo(f"isi{number}.csv"), content, method)
    return out.getvalue()


# --- writers and readers are inverse ---------------------------------------------------------------------------------


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Expected, list[Confirmed]]:
    mata_uang = draw(st.sampled_from(["IDR", "USD"]))
    expected = Expected("002", "2004-05-20", "STA", mata_uang)
    one = st.builds(
        Confirmed,
        st.from_regex(r"[0-9]{10}", fullmatch=True) | st.just(""),
        st.integers(1, records.NOMINAL_MAX),
        st.just(mata_uang),
        st.just(expected.hari),
        st.from_regex(r"[0-9]{4}", fullmatch=True),
        st.integers(1, 999_999),
        st.integers(0, 10**12 - 1),
        st.times().map(lambda time: f"{time:%H:%M:%S}") | st.just(""),
        st.from_regex(r"[0-9A-Z.-]{1,34}", fullmatch=True).map(masked) | st.just(""),
        st.from_regex(r"[0-9A-Za-z._-]{1,10}", fullmatch=True) | st.just(""),
    )
    return expected, draw(st.lists(one, max_size=8))


@pytest.mark.parametrize("form", FORMS)
@given(given_round=rounds(), cara=st.sampled_from([records.GANTI, records.TAMBAH]))
def test_what_is_written_is_read_again(form: str, given_round: tuple[Expected, list[Confirmed]], cara: str) -> None:
    expected, written = given_round
    kepala = kepala_of(expected, written, cara)
    content = b"".join(WRITERS[form](kepala, written))
    taken = reading(content, expected)
    assert [one for batch in taken for one in batch] == written
    assert taken.kepala == kepala
    assert taken.bentuk == form.partition(".")[0]
    assert taken.sha256 == taken.isi_sha256 == sha256(content).digest()


@pytest.mark.parametrize("form", FORMS)
def test_the_template_says_no_deposits(form: str) -> None:
    assert read(template(form, EXAMPLE)) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 2, 3, 64, 10**6])
def test_the_size_of_pieces_does_not_matter(form: str, size: int) -> None:
    content = example(form)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    batches = Reading("berkas", pieces, EXAMPLE, proven(content))
    assert [one for batch in batches for one in batch] == list(EXAMPLE_RECORDS)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "BOM": lambda content: b"\xef\xbb\xbf" + content,
    "CRLF": lambda content: content.replace(b"\n", b"\r\n"),
    "BOM, CRLF": lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"),
    "no last line end": lambda content: content.rstrip(b"\n"),
    "empty lines after": lambda content: content + b"\n\r\n",
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "zip": zipped,
    "zip, stored": lambda content: zipped(content, method=zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_what_spreadsheets_and_packers_do_is_taken(form: str, packing: str) -> None:
    assert read(PACKINGS[packing](example(form))) == list(EXAMPLE_RECORDS)


def test_a_semicolon_and_other_columns_are_taken() -> None:
    csv = (
        b"KONFIRMASI;1;;\n;;;\nmata_uang;IDR\ncara;TAMBAH\njenis;STA\nhari;2004-05-20\nbank;002;;\n"
        b'stan;nominal;nomor_porsi;cabang\n7;20000000.00;"1100000214";0101\nJUMLAH;1;20000000;\n;;\n'
    )
    assert read(csv) == [Confirmed("1100000214", 20_000_000, "IDR", "2004-05-20", "0101", 7, 0)]


def test_an_account_number_keeps_its_last_four_places() -> None:
    (one, *_) = read(CSV.replace(b"******4417", b"0012304417"))
    assert one.rekening == "******4417"


def test_time_of_another_zone_is_turned_into_wib() -> None:
    (one, *_) = read(CAMT.replace(b"2004-05-20T08:00:12+07:00", b"2004-05-20T01:00:12Z"))
    assert one.waktu == "08:00:12"


# --- refusals --------------------------------------------------------------------------------------------------------


def swap(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new, 1)


def line_of(content: bytes, needle: bytes) -> int:
    return content[: content.index(needle)].count(b"\n") + 1


ROW_1, ROW_2 = line_of(CSV, b"1100000214"), line_of(CSV, b"1100000215")
END = line_of(CSV, b"JUMLAH")
CAMT_1 = line_of(CAMT, b"1100000214")
FIXED_END = FIXED.count(b"\n")
_DOCTYPE = b'<!DOCTYPE lol [<!ENTITY lol "lol">]>\n<Document'

KOLOM = CAMT.splitlines()[CAMT_1 - 1].index(b"WS01") + 2

# By name: content, and the message, line and field it is refused with.
BAD: dict[str, tuple[bytes, str, int, str]] = {
    "nothing": (b"", "SKH6102", 1, "kepala"),
    "another form": (b"nama,umur\nAli,30\n", "SKH6101", 1, "kepala"),
    "csv version 2": (swap(CSV, b"KONFIRMASI,1", b"KONFIRMASI,2"), "SKH6101", 1, "KONFIRMASI"),
    "fixed version 2": (swap(FIXED, b"SISKOHAT01", b"SISKOHAT02"), "SKH6101", 1, "versi"),
    "camt.052": (swap(CAMT, b"camt.053.001.08", b"camt.052.001.08"), "SKH6101", 2, "Document"),
    "old camt": (swap(CAMT, b"camt.053.001.08", b"camt.053.001.02"), "SKH6101", 2, "Document"),
    "csv without trailer": (CSV[: CSV.index(b"JUMLAH")], "SKH6102", END - 1, "JUMLAH"),
    "csv cut in the trailer": (CSV[: CSV.index(b"JUMLAH") + 8], "SKH6102", END, "JUMLAH"),
    "fixed without trailer": (FIXED[: FIXED.index(b"\nT") + 1], "SKH6102", FIXED_END - 1, "T"),
    "fixed cut in a line": (FIXED[:300], "SKH6102", 3, "rrn"),
    "camt cut": (CAMT[:-30], "SKH6102", CAMT.count(b"\n"), "Stmt"),
    "gzip cut": (gzip.compress(CSV, mtime=0)[:-12], "SKH6102", END, "kemasan"),
    "zip cut": (zipped(CSV)[:-30], "SKH6102", END + 1, "kemasan"),
    "gzip damaged": (gzip.compress(CSV, mtime=0)[:-8] + bytes(8), "SKH6104", 1, "kemasan"),
    "zip of two": (zipped(CSV, CSV), "SKH6104", END + 1, "kemasan"),
    "empty zip": (zipped(), "SKH6104", 1, "kemasan"),
    "csv in Latin-1": (swap(CSV, b"WS01", b"W\xe901"), "SKH6108", ROW_1, "device"),
    "fixed in Latin-1": (swap(FIXED, b"WS01", b"W\xe901"), "SKH6108", 2, "device"),
    "camt in Latin-1": (swap(CAMT, b"WS01", b"W\xe901"), "SKH6108", CAMT_1, f"kolom {KOLOM}"),
    "camt that says Latin-1": (swap(CAMT, b"UTF-8", b"ISO-8859-1"), "SKH6108", 1, "encoding"),
    "UTF-16 with a mark": (CSV.decode().encode("utf-16"), "SKH6108", 1, "kolom 1"),
    "camt in UTF-16 without": (CAMT.partition(b"\n")[2].decode().encode("utf-16-le"), "SKH6108", 1, "kolom 1"),
    "csv line too long": (swap(CSV, b"WS01", b"W" * 2000), "SKH6109", ROW_1, "device"),
    "fixed line too long": (swap(FIXED, b"WS01", b"WS01 "), "SKH6109", 2, "kolom 121"),
    "camt text too long": (swap(CAMT, b"WS01", b"W" * 2000), "SKH6109", CAMT_1, "isi"),
    "camt too deep": (swap(CAMT, b"<Ntry>", b"<A>" * 50), "SKH6109", CAMT_1, "Stmt"),
    "csv bank": (swap(CSV, b"bank,002", b"bank,009"), "SKH6110", 2, "bank"),
    "fixed bank": (swap(FIXED, b"01002", b"01009"), "SKH6110", 1, "bank"),
    "camt bank": (swap(CAMT, b"<Id>002</Id>", b"<Id>009</Id>"), "SKH6110", line_of(CAMT, b"Svcr"), "bank"),
    "csv day": (swap(CSV, b"hari,2004-05-20", b"hari,2004-05-21"), "SKH6111", 3, "hari"),
    "day of a record": (swap(CSV, b"IDR,2004-05-20", b"IDR,2004-05-19"), "SKH6111", ROW_1, "hari"),
    "fixed day": (swap(FIXED, b"20040520", b"20040521"), "SKH6111", 1, "hari"),
    "camt day": (
        swap(CAMT, b"<Dt>2004-05-20</Dt></BookgDt>", b"<Dt>2004-05-19</Dt></BookgDt>"),
        "SKH6111", CAMT_1, "hari",
    ),
    "camt hour of no day": (
        swap(CAMT, b"2004-05-20T08:00:12+07:00", b"0001-01-01T00:00:00+14:00"),
        "SKH6119", CAMT_1, "waktu",
    ),
    "csv kind": (swap(CSV, b"jenis,STA", b"jenis,SPS"), "SKH6112", 4, "jenis"),
    "csv count": (swap(CSV, b"JUMLAH,3", b"JUMLAH,4"), "SKH6113", END, "jumlah"),
    "fixed order of records": (swap(FIXED, b"D0000002", b"D0000003"), "SKH6113", 3, "urut"),
    "camt count": (swap(CAMT, b"<NbOfNtries>3", b"<NbOfNtries>4"), "SKH6113", line_of(CAMT, b"NbOfNtries"), "jumlah"),
    "csv sum": (swap(CSV, b"JUMLAH,3,60000000", b"JUMLAH,3,60000001"), "SKH6114", END, "total"),
    "fixed sum": (swap(FIXED, b"6000000000 ", b"6000000100 "), "SKH6114", FIXED_END, "total"),
    "camt sum": (swap(CAMT, b"<Sum>60000000", b"<Sum>60000001"), "SKH6114", line_of(CAMT, b"<Sum>"), "total"),
    "nine digits": (swap(CSV, b"1100000215", b"110000021"), "SKH6115", ROW_2, "nomor_porsi"),
    "letters in a porsi": (swap(FIXED, b"1100000215", b"11000O0215"), "SKH6115", 3, "nomor_porsi"),
    "sen": (swap(CSV, b"20000000", b"20000000.50"), "SKH6116", ROW_1, "nominal"),
    "fixed sen": (swap(FIXED, b"2000000000IDR", b"2000000050IDR"), "SKH6116", 2, "nominal"),
    "camt sen": (CAMT.replace(b">20000000<", b">20000000.50<"), "SKH6116", CAMT_1, "nominal"),
    "points in an amount": (swap(CSV, b"20000000", b"20.000.000"), "SKH6116", ROW_1, "nominal"),
    "nothing paid": (swap(CSV, b"20000000", b"0"), "SKH6116", ROW_1, "nominal"),
    "minus": (swap(CSV, b"20000000", b"-20000000"), "SKH6116", ROW_1, "nominal"),
    "mixed currency": (swap(CSV, b"20000000,IDR", b"20000000,USD"), "SKH6118", ROW_1, "mata_uang"),
    "other currency": (swap(CSV, b"mata_uang,IDR", b"mata_uang,USD"), "SKH6118", 6, "mata_uang"),
    "camt mixed currency": (
        swap(CAMT, b'<Ntry><Amt Ccy="IDR"', b'<Ntry><Amt Ccy="USD"'),
        "SKH6118", CAMT_1, "mata_uang",
    ),
    "branch": (swap(CSV, b",0101,", b",101,"), "SKH6119", ROW_1, "cabang"),
    "time of day": (swap(CSV, b"08:00:12", b"24:00:12"), "SKH6119", ROW_1, "waktu"),
    "cara": (swap(CSV, b"cara,GANTI", b"cara,HAPUS"), "SKH6119", 5, "cara"),
    "fixed not blank": (FIXED[:119] + b"X" + FIXED[120:], "SKH6119", 1, "kosong"),
    "camt debit": (
        swap(CAMT, b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>DBIT</CdtDbtInd><Sts>"),
        "SKH6119", CAMT_1, "arah",
    ),
    "fixed kind": (swap(FIXED, b"20040520STA", b"20040520SPS"), "SKH6112", 1, "jenis"),
    "camt kind": (swap(CAMT, b"SISKOHAT STA", b"SISKOHAT SPS"), "SKH6112", line_of(CAMT, b"AddtlInf"), "jenis"),
    "fixed count": (swap(FIXED, b"T0000003", b"T0000004"), "SKH6113", FIXED_END, "jumlah"),
    "fixed mixed currency": (swap(FIXED, b"0000IDR20040520", b"0000USD20040520"), "SKH6118", 2, "mata_uang"),
    "quote without end": (swap(CSV, b"WS01", b'"WS01'), "SKH6119", ROW_1, "device"),
    "cell missing": (swap(CSV, b",WS01", b""), "SKH6120", ROW_1, "device"),
    "two faults in one piece": (swap(swap(CSV, b",0101,", b",101,"), b"WS02", b"W\xe902"), "SKH6119", ROW_1, "cabang"),
    "no day told": (swap(CSV, b"hari,2004-05-20\n", b""), "SKH6120", 5, "hari"),
    "bank told twice": (swap(CSV, b"bank,002\n", b"bank,002\nbank,002\n"), "SKH6120", 3, "bank"),
    "column unknown": (swap(CSV, b",waktu,", b",jam,"), "SKH6120", 7, "jam"),
    "cell too many": (swap(CSV, b",WS01", b",WS01,9"), "SKH6120", ROW_1, "kolom 11"),
    "neither stan nor rrn": (swap(CSV, b",000214,000000010457", b",,"), "SKH6120", ROW_1, "stan"),
    "fixed line of another kind": (swap(FIXED, b"D0000002", b"X0000002"), "SKH6120", 3, "rekaman"),
    "entities": (swap(CAMT, b"<Document", _DOCTYPE), "SKH6121", 2, "DOCTYPE"),
    "an entity without DTD": (swap(CAMT, b"WS01", b"&lol;"), "SKH6121", CAMT_1, "isi"),
    "not well-formed": (swap(CAMT, b"</Ntry>", b"</Entry>"), "SKH6122", CAMT_1, "Ntry"),
    "after the trailer": (CSV + b"1100000216,20000000,IDR,2004-05-20,0102,,,,,\n", "SKH6123", END + 1, "JUMLAH"),
    "fixed after the trailer": (FIXED + FIXED, "SKH6123", FIXED_END + 1, "T"),
    "camt after the end": (CAMT + b"<Document/>", "SKH6123", CAMT.count(b"\n") + 1, "Document"),
    "gzip after gzip": (gzip.compress(CSV, mtime=0) * 2, "SKH6123", END + 1, "kemasan"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_by_file_line_and_field(name: str) -> None:
    content, id, baris, field = BAD[name]
    assert refused(content) == (id, baris)
    with pytest.raises(Rejected) as caught:
        read(content)
    data = caught.value.refusal.data
    assert data["field"] == field
    for language in ("id", "en"):
        assert first_level(id, data, language).startswith(f"{id} berkas ")
        assert f" {baris} {field}: " in first_level(id, data, language)


def test_every_refusal_is_reached() -> None:
    elsewhere = {"SKH6103", "SKH6105", "SKH6106", "SKH6107", "SKH6117", "SKH6124"}  # below; 6117 in test_matching
    assert {id for _, id, _, _ in BAD.values()} | elsewhere == {f"SKH{number}" for number in range(6101, 6125)}


@pytest.mark.parametrize("content", [CSV, FIXED, CAMT], ids=["csv", "fixed", "camt"])
def test_a_porsi_never_granted_is_refused_where_it_is_known(content: bytes) -> None:
    expected = Expected("002", "2004-05-20", "STA", is_known=lambda porsi: porsi != "1100000215")
    assert refused(content, expected) == ("SKH6124", line_of(content, b"1100000215"))


def test_more_bytes_or_records_than_allowed() -> None:
    assert refused(CSV, bytes_max=len(CSV) - 1)[0] == "SKH6103"
    assert refused(CSV, records_max=2) == ("SKH6103", ROW_2 + 1)
    assert refused(gzip.compress(CSV), unpacked_bytes_max=len(CSV) - 1)[0] == "SKH6105"


@pytest.mark.parametrize("pack", [gzip.compress, zipped], ids=["gzip", "zip"])
def test_a_bomb_is_refused_before_it_has_unfolded(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(CSV + b"\n" * 60_000_000)
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        assert refused(bomb)[0] == "SKH6105"
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("head", "letter", "id"),
    [(CSV[: CSV.index(b"11000")], b"1", "SKH6109"), (FIXED[:121] + b"D", b"0", "SKH6109"), (b"<", b"a", "SKH6109")],
    ids=["csv", "fixed", "camt"],
)
def test_a_line_without_end_is_refused_after_its_beginning(head: bytes, letter: bytes, id: str) -> None:
    given_out = 0

    def endless() -> Iterator[bytes]:
        nonlocal given_out
        yield head
        for _ in range(800):  # 50 MB
            given_out += 1
            yield letter * 65_536

    with pytest.raises(Rejected) as caught:
        list(Reading("berkas", endless(), EXAMPLE, Proof()))
    assert caught.value.id == id
    assert given_out < 40


def test_the_proof_is_wanted_and_checked() -> None:
    line = hash_file(sha256(CSV).digest(), "berkas")
    key = KEY.public_key()
    for signature in (KEY.sign(line), KEY.sign(line).hex().encode()):
        taken = reading(CSV, proof=Proof(line, signature, key))
        assert sum(map(len, taken)) == 3
    assert refused(CSV, proof=Proof())[0] == "SKH6106"
    assert refused(CSV, proof=Proof(hash_file(bytes(32), "berkas")))[0] == "SKH6106"
    assert refused(CSV, proof=Proof(line, b"", key))[0] == "SKH6107"
    assert refused(CSV, proof=Proof(line, bytes(64), key))[0] == "SKH6107"
    assert refused(CSV, proof=Proof(line, KEY.sign(line + b" "), key))[0] == "SKH6107"


# --- damage ----------------------------------------------------------------------------------------------------------

DELIVERED: dict[str, bytes] = {
    **{form: example(form) for form in FORMS},
    "gzip": gzip.compress(CSV, mtime=0),
    "zip": zipped(CSV),
}
CHECKED_INSIDE = ("gzip", "zip")
"""Packings that carry a checksum of their content."""


def outcome(chunks: Iterable[bytes], proof: Proof) -> list[Confirmed] | None:
    """The records, or None when it was refused; anything else raised is a failure."""
    try:
        return [one for batch in Reading("berkas", chunks, EXAMPLE, proof) for one in batch]
    except Rejected:
        return None


@pytest.mark.parametrize("name", DELIVERED)
@given(data=st.data())
def test_a_cut_file_is_refused_or_says_the_same(name: str, data: st.DataObject) -> None:
    content = DELIVERED[name]
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    assert outcome([cut], proven(cut)) in (None, list(EXAMPLE_RECORDS))
    assert outcome([cut], proven(content)) is None


@pytest.mark.parametrize("name", DELIVERED)
@given(data=st.data())
def test_a_changed_byte_is_refused(name: str, data: st.DataObject) -> None:
    content = DELIVERED[name]
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    assert outcome([flipped], proven(content)) is None
    by_itself = outcome([flipped], proven(flipped))
    if name in CHECKED_INSIDE:
        assert by_itself in (None, list(EXAMPLE_RECORDS))


@given(noise=st.binary(max_size=300), head=st.sampled_from([b"", b"<", b"PK\x03\x04", b"\x1f\x8b", CSV[:150]]))
def test_noise_is_refused(noise: bytes, head: bytes) -> None:
    content = head + noise
    assert outcome([content], proven(content)) is None


def test_a_file_is_read_once() -> None:
    taken = reading(CSV)
    list(taken)
    with pytest.raises(AssertionError):
        list(taken)
    assert taken.bentuk == intake.CSV
