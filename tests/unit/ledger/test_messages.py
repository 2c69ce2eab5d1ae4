"""Can every message be shown, whole, in both languages, wherever the code sends it?"""

from __future__ import annotations

import ast
from string import Formatter

import pytest

from ledger.fields import FIELDS
from ledger.messages import MESSAGES, first_level, second_level
from tests.unit.ledger.message_uses import ID, data_given, data_logged, ids_used, sources, variables

RETIRED: frozenset[str] = frozenset()
"""Ids that are used no more; they keep their text and are never given to another message."""

FIRST_LEVEL_MAX = 76

# Data that is put together elsewhere than beside the id; the file must use the id.
ELSEWHERE = {
    "SKH0001": ("terminal/panels/receipt.py", {"nomor_porsi", "seq"}),
    "SKH0008": ("terminal/panels/receipt.py", {"nomor_porsi", "seq"}),
    "SKH0002": ("terminal/panels/receipt.py", {"seq"}),
    "SKH0004": ("terminal/panels/receipt.py", {"seq"}),
    "SKH0041": ("terminal/panels/receipt.py", {"duplikat", "nomor_porsi", "seq"}),
    "SKH0053": ("terminal/panels/receipt.py", {"penerima", "selisih_rupiah", "seq"}),
    "SKH1001": ("txserver/session.py", {"field", "sebab"}),
    "SKH2007": ("ledger/kinds/spph.py", {"nomor_porsi", "bank", "cabang"}),
    "SKH9006": ("terminal/dial.py", {"sebab", "host"}),
    "SKH9022": ("terminal/dial.py", {"sebab", "host"}),
    "SKH9023": ("terminal/dial.py", {"sebab", "host"}),
    "SKH9011": ("terminal/link.py", {"stan", "hari"}),
    "SKH6305": ("txserver/evening/child.py", {"sidik"}),
    **{
        f"SKH61{n:02d}": ("txserver/settlement/records.py", {"berkas", "baris", "field", "sebab"}) for n in range(1, 25)
    },
}

LONGEST: dict[str, str | int] = {
    "diterima": 268_435_456, "langkah": "CUTOFF_SEMUA", "sidik": "0" * 16,
    "alamat": "127.0.0.1:65535", "bahasa": "jv_ID", "locale": "id_ID.ISO-8859-1", "term": "X" * 16,
    "bank": "002", "baris": 999, "batas": 268_435_456, "berkas": "request-kept.000001.aside", "buka": "08.00",
    "cabang": "002/0101", "cetakan": "000001", "detik": 30, "duplikat": 9999, "kode": -15, "printer": "/dev/usb/lp0",
    "dari": "002/0101 ABCDEFGHIJ", "device": "ABCDEFGHIJ", "exit": 70, "share": "0.65",
    "field": "Tanggal lahir", "hari": "2004-09-30",
    "hari_permintaan": "2004-09-30", "host": "wss://siskohat.example:8443", "id": "SKH9999", "isi": "PERTAMA",
    "n": 19_999, "dihitung_rupiah": 10**11, "selisih_rupiah": -(10**11),
    "jam": 99_999,
    "jenis_kelamin": "X" * 16, "kab_kota": "3325", "kind": "STA", "kode_bank": "002", "kode_cabang": "0101",
    "kolom": 999, "label": max((field.label for field in FIELDS.values()), key=len), "nominal": 10**15,
    "nomor_porsi": "1100000001", "nomor_spph": "33250000001", "panjang": 60, "peran": "X" * 16, "pilihan": "XXXXXXXXXX",
    "provinsi": "33", "provinsi_cabang": "35", "sebab": "Permission denied", "sejak": "08:00:00", "seq": 99_999_999,
    "seq_batal": 99_999_999, "hari_setoran": "2004-09-30", "penerima": "ABCDEFGHIJ", "penyetuju": "ABCDEFGHIJ",
    "stan": 999_999, "stan_terakhir": 999_999, "status": "X" * 16, "tanggal": "X" * 16, "teks": "X" * 70,
    "tombol": "PageDown",
    "milik": "002/0101", "nomor_selisih": "SL0000000001", "nomor_sanksi": "SN0000000001", "kelas": "BANK_ONLY",
    "cara": "TRANSFER", "putusan": "DENDA", "n_rekaman": 99_999, "nominal_rupiah": 99_999 * 20_000_000,
    "n_porsi": 99_999, "nominal_host": 20_000_000, "nominal_bank": 20_000_000,
    "tunggu_ms": 60_000, "tutup": "15.00", "user": "ABCDEFGHIJ", "versi": 255, "wajib": 20_000_000,
    "n_cabang": 1_415, "n_bank": 99, "n_belum": 99, "n_terbuka": 99_999, "limpah_rupiah": 10**13, "nama": "laporan.pdf",
}  # fmt: skip


def test_every_id_used_exists() -> None:
    """Is there a text for every id in the code of all packages?"""
    used = ids_used()
    assert len(used) > 60
    assert {id: files for id, files in used.items() if id not in MESSAGES} == {}


def test_every_id_defined_is_used_or_retired() -> None:
    """Is no text left over, and no retired id used again?"""
    assert set(MESSAGES) - set(ids_used()) == RETIRED


def test_every_variable_is_supplied() -> None:
    """Does the code give every variable of a text at every place it gives the id?"""
    given = data_given(sources())
    missing = []
    for id in MESSAGES:
        needed = variables(id)
        for where, keys, more in given.get(id, []):
            if needed - keys and not more:
                missing.append(f"{id} at {where}: {sorted(needed - keys)}")
        if needed and id in ELSEWHERE:
            file, keys = ELSEWHERE[id]
            assert file in ids_used()[id], f"{id} is not used in {file} any more"
            missing += [f"{id} in {file}: {sorted(needed - keys)}"] if needed - keys else []
        elif id not in given and needed - data_logged(sources()).get(id, set()):
            missing.append(f"{id}: nobody gives {sorted(needed)}")
        elif any(more for _, _, more in given.get(id, [])):
            missing.append(f"{id}: what ** adds stands in ELSEWHERE")
    assert missing == []


def test_the_scan_sees_a_missing_variable() -> None:
    """Control: are data, fields, conditional ids and names for ids read off the source as they should be?"""
    source = """
WRONG = "SKH2006"
FULL = "SKH1118"
def f():
    return Refusal("SKH2002", {}), Refusal(WRONG, {"wajib": 1, "nominal": 2}), Said(edit.FULL, {}, field)
def g():
    close("SKH7001" if here else "SKH7004", {}), Refusal("SKH2007", {"nomor_porsi": 1, **holder()})
"""
    given = data_given([("x.py", ast.parse(source))])
    assert {id: [keys for _, keys, _ in rows] for id, rows in given.items()} == {
        "SKH2002": [set()],
        "SKH2006": [{"wajib", "nominal"}],
        "SKH1118": [{"label", "field", "panjang"}],
        "SKH7001": [set()],
        "SKH7004": [set()],
        "SKH2007": [{"nomor_porsi"}],
    }
    assert [more for _, _, more in given["SKH2007"]] == [True]
    assert variables("SKH2002") - given["SKH2002"][0][1] == {"nomor_spph"}


def test_both_languages_speak_of_the_same_variables() -> None:
    """Does the English first level name what the Indonesian one names?"""
    for id, row in MESSAGES.items():
        one, other = (
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in (row.first_id, row.first_en)
        )
        assert one == other, id


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_first_level_fits_the_message_line(language: str) -> None:
    """With the longest plausible values: at most 76 characters after the id, so that 80x24 holds it?"""
    long = {}
    for id in MESSAGES:
        text = first_level(id, LONGEST, language)  # type: ignore[arg-type]
        assert text.startswith(f"{id} ")
        assert "{" not in text
        if len(text) - 8 > FIRST_LEVEL_MAX:
            long[id] = (len(text) - 8, text)
    assert long == {}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_second_level_says_cause_and_recovery(language: str) -> None:
    """Is there a whole sentence for each, printable and with its variables filled?"""
    for id in MESSAGES:
        text = second_level(id, LONGEST, language)  # type: ignore[arg-type]
        assert text.endswith("."), id
        assert text.isprintable(), id
        assert "{" not in text, id


def test_a_missing_variable_is_an_error_here() -> None:
    """Control: would a text with a variable nobody gives be noticed when it is filled?"""
    with pytest.raises(KeyError, match="nomor_spph"):
        first_level("SKH2002", {})


def test_ids_and_severities_are_in_order() -> None:
    """Are ids SKH and four digits, sorted, once each, and severities those of the head of the file?"""
    assert all(ID.fullmatch(id) for id in MESSAGES)
    assert list(MESSAGES) == sorted(MESSAGES)
    assert {row.severity for row in MESSAGES.values()} <= {0, 10, 20, 30, 40}
    for id, row in MESSAGES.items():
        tells = id[3] == "0" or id.startswith("SKH82")
        assert (row.severity <= 10) == tells, f"{id}: groups 0 and 82 complete or tell, severity 0 to 10"
