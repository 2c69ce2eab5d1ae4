"""What a host tells of an evening: two banks, the branches of one, differences, sanctions, outputs, an anchor."""

from __future__ import annotations

from typing import Any

from txserver.wire.frames import Ambil, Jalankan, Unggah

SETORAN = 20_000_000
REPORT = "LAPORAN PENYELESAIAN HARIAN BPS BPIH\n" + "=" * 80 + "\nBank 451  BANK CONTOH\n\fLembar 2\n"
ANCHOR = "JANGKAR HARI 2004-05-03\nKepala 0123456789abcdef\n"
OUTPUTS = ["laporan.txt", "laporan.pdf", "laporan.csv", "rekening.xml", "templat.csv"]
PDF = b"%PDF-1.4 \xff\xfe"
OPEN_ITEMS = [
    ["SL0000000007", "2004-05-02", "BANK_ONLY", 12, "", SETORAN],
    ["SL0000000009", "2004-05-03", "DIFF", 0, "1100000107", SETORAN],
]
BRANCHES: list[list[Any]] = [
    ["0123", "BANK CONTOH CABANG BATANG", False, 4, 3, 3 * SETORAN],
    ["0124", "BANK CONTOH CABANG PEKALONGAN", True, 10, 10, 10 * SETORAN],
]
DIFFERENCES: list[list[Any]] = [
    ["SL0000000001", "451", "2004-05-02", "HOST_ONLY", "0123", "TRM01", 12, "1100000100", SETORAN, 0, 0, "451",
     "TERBUKA", "", 1, 300, 0],
    ["SL0000000002", "451", "2004-05-03", "BANK_ONLY", "0124", "TRM02", 7, "", 0, SETORAN, 0, "451/0124",
     "TERBUKA", "", 0, 301, 0],
    ["SL0000000003", "451", "2004-05-03", "DIFF", "0124", "TRM02", 8, "1100000107", SETORAN, SETORAN - 1_000_000, 107,
     "451", "SEMBUH", "KOREKSI", 0, 302, 310],
]  # fmt: skip
SANCTIONS: list[list[Any]] = [
    ["SN0000000001", "SL0000000001", "451", "0123", "2004-05-02", "1100000100", 10_000_000, "USUL", 320, 0],
    ["SN0000000002", "SL0000000004", "452", "0001", "2004-05-01", "1100000090", 10_000_000, "DENDA", 220, 250],
]


def bank_days(keadaan: str = "MISMATCH") -> list[list[Any]]:
    """A bank with differences and one that is settled."""
    return [
        ["451", "BANK CONTOH", keadaan, 2, 1, 14, 13, 13 * SETORAN, 1, 11, 1, 1, 1, 0, 2, 0, 0, 0, 12, 12 * SETORAN,
         0, 0],
        ["452", "BANK LAIN", "SETTLED", 202, 202, 30_958, 30_950, 30_950 * SETORAN, 1, 30_950, 0, 0, 0, 0, 0, 0, 30_950,
         30_950 * SETORAN, 0, 0, 30_958, 0],
    ]  # fmt: skip


def drawers() -> list[list[Any]]:
    """One open drawer of the branch."""
    return [["TRM01", "TELLER1", "2004-05-03", 1_000_000, [["STA", 2, 2 * SETORAN, 0], ["KOR", 1, 0, SETORAN]]]]


FILES = {"laporan.txt": REPORT.encode(), "laporan.pdf": PDF, "laporan.csv": b"cabang,n\n0123,3\n"}
ANCHORS = {"jangkar.txt": ANCHOR.encode(), "jangkar.json": b'{"hari": "2004-05-03"}'}


def step_told(step: Any) -> dict[str, Any]:
    """What the host answers to a step."""
    match step:
        case Unggah(akhir=False):
            return {"diterima": step.offset + len(step.isi)}
        case Unggah():
            return {
                "n_rekaman": 30_958, "nominal_rupiah": 30_958 * SETORAN, "sidik": step.sidik, "id": "1",
                "cara": "GANTI", "bentuk": "csv", "berkas": step.nama, "seq": 400, "ulang": False,
                "diterima": step.offset,
            }  # fmt: skip
        case Ambil(kode_bank=bank):
            content = (FILES if bank else ANCHORS)[step.nama]
            return {"isi": content[step.offset : step.offset + 50], "panjang": len(content)}
        case Jalankan(langkah="LAPORAN"):
            return {"hari": step.hari, "bank": {step.kode_bank: {"nama": OUTPUTS}}, "n_terbuka": 0, "ulang": False}
        case Jalankan(langkah="CUTOFF_SEMUA"):
            return {"hari": step.hari, "n_cabang": 1_415, "n_bank": 7, "ulang": False}
        case Jalankan(langkah="COCOK", kode_bank=bank):
            told = {
                "keadaan": "MISMATCH", "n_cocok": 11, "n_host": 1, "n_bank": 1, "n_beda": 1, "n_ganda": 0, "n_baru": 3,
                "n_terbuka": 2, "seq": 410, "ulang": False,
            }  # fmt: skip
            banks = {bank: told} if bank else {"451": told, "452": {**told, "keadaan": "MATCHED", "n_terbuka": 0}}
            return {"hari": step.hari, "bank": banks, "n_terbuka": 2, "ulang": False}
    raise AssertionError(step)
