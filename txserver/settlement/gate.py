"""What holds for a confirmation in every form: the header is the expected one, every field is well-formed, count and
sum agree. The forms only take a file apart; whether its parts are right is decided here and nowhere else.
"""

from __future__ import annotations

import re

from txserver.settlement.records import (
    ASING,
    BANK,
    CACAH,
    GANTI,
    HARI,
    ISI,
    JENIS,
    MATA_UANG,
    NOMINAL,
    NOMINAL_MAX,
    PORSI,
    RECORDS_MAX,
    SUSUNAN,
    TAMBAH,
    TERLALU_BESAR,
    TOTAL,
    Confirmed,
    Expected,
    Kepala,
    Rejected,
    amount_of,
    masked,
)

Told = dict[str, tuple[int, str]]
"""Header values by name, each with the line it stands in."""

_PORSI = re.compile(r"\d{10}", re.ASCII)
_CABANG = re.compile(r"\d{4}", re.ASCII)
_STAN = re.compile(r"\d{0,6}", re.ASCII)
_RRN = re.compile(r"\d{0,12}", re.ASCII)
_WAKTU = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII)
_REKENING = re.compile(r"[0-9A-Z*.-]{1,34}")
_DEVICE = re.compile(r"[0-9A-Za-z._-]{1,10}")
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


class Gate:
    """Checks one file. Opened by its header, passed by its records, closed by its trailer; then `kepala` stands."""

    def __init__(self, berkas: str, expected: Expected, records_max: int = RECORDS_MAX) -> None:
        assert records_max <= RECORDS_MAX, "sums fit 63 bits"
        self.berkas = berkas
        self.expected = expected
        self.records_max = records_max
        self.n = 0
        self.total = 0
        self.kepala: Kepala | None = None
        self.passed = 0
        """Whole lines that were unpacked: where a fault of the packing stands."""
        self.lines: list[int] = []
        """The line of each record of the batch in hand; whoever takes the batch empties it."""
        self._cara = ""

    def fault(self, id: str, baris: int, field: str, sebab: str = "-") -> Rejected:
        """A refusal of this file, to be raised."""
        return Rejected(id, self.berkas, baris, field, sebab)

    def packing(self, id: str, sebab: str, field: str = "kemasan") -> Rejected:
        """A refusal of the file as it was delivered, at the line that was reached."""
        return Rejected(id, self.berkas, self.passed + 1, field, sebab)

    def open(self, told: Told) -> None:
        """The header: bank, hari, jenis, cara, mata_uang.

        Refuses, in this order: a value missing, wrong bank, wrong day, wrong kind, neither GANTI nor TAMBAH, another
        currency. Neither GANTI nor TAMBAH is also the one that was not said beside the file.
        """
        expected = self.expected
        for name, id, wanted in (
            ("bank", BANK, (expected.bank,)),
            ("hari", HARI, (expected.hari,)),
            ("jenis", JENIS, (expected.jenis,)),
            ("cara", ISI, (expected.cara,) if expected.cara else (GANTI, TAMBAH)),
            ("mata_uang", MATA_UANG, (expected.mata_uang,)),
        ):
            if name not in told:
                raise self.fault(SUSUNAN, max((baris for baris, _ in told.values()), default=1), name)
            baris, value = told[name]
            if value not in wanted:
                raise self.fault(id, baris, name, f"{value} <> {'/'.join(wanted)}")
        self._cara = told["cara"][1]

    def record(
        self,
        baris: int,
        nomor_porsi: str,
        nominal: str,
        mata_uang: str,
        hari: str,
        cabang: str,
        stan: str,
        rrn: str,
        waktu: str,
        rekening: str,
        device: str,
    ) -> Confirmed:
        """One record, fields as written; an empty currency or day is the header's.

        Refuses, in this order: more records than a file may have, malformed or unknown porsi, amount that is not
        whole, other currency, other day, malformed cabang, stan, rrn, waktu, rekening or device, and a record that
        neither porsi with stan or rrn, nor stan alone, identifies.
        """
        expected = self.expected
        if self.n >= self.records_max:
            raise self.fault(TERLALU_BESAR, baris, "rekaman", f"> {self.records_max}")
        self._check_porsi(baris, nomor_porsi)
        if mata_uang and mata_uang != expected.mata_uang:
            raise self.fault(MATA_UANG, baris, "mata_uang", f"{mata_uang} <> {expected.mata_uang}")
        value = amount_of(nominal, expected.mata_uang)
        if value is None or not 0 < value <= NOMINAL_MAX:
            raise self.fault(NOMINAL, baris, "nominal", nominal)
        if hari and hari != expected.hari:
            raise self.fault(HARI, baris, "hari", f"{hari} <> {expected.hari}")
        for name, text, pattern in (
            ("cabang", cabang, _CABANG),
            ("stan", stan, _STAN),
            ("rrn", rrn, _RRN),
            ("waktu", waktu, _WAKTU),
            ("rekening", rekening, _REKENING),
            ("device", device, _DEVICE),
        ):
            if pattern.fullmatch(text) is None and (text or name == "cabang"):
                raise self.fault(ISI, baris, name, text)
        number, entry = int(stan or "0"), int(rrn or "0")
        if not number and not (nomor_porsi and entry):
            raise self.fault(SUSUNAN, baris, "stan")
        self.n += 1
        self.total += value
        self.lines.append(baris)
        return Confirmed(
            nomor_porsi,
            value,
            expected.mata_uang,
            expected.hari,
            cabang,
            number,
            entry,
            waktu,
            masked(rekening) if rekening else "",
            device,
        )

    def _check_porsi(self, baris: int, nomor_porsi: str) -> None:
        if nomor_porsi and _PORSI.fullmatch(nomor_porsi) is None:
            raise self.fault(PORSI, baris, "nomor_porsi", nomor_porsi)
        is_known = self.expected.is_known
        if nomor_porsi and is_known is not None and not is_known(nomor_porsi):
            raise self.fault(ASING, baris, "nomor_porsi", nomor_porsi)

    def close(self, baris: int, jumlah: str, total: str) -> None:
        """The trailer's count and sum. Refuses, in this order: count malformed or wrong, sum malformed or wrong."""
        if _COUNT.fullmatch(jumlah) is None or int(jumlah) != self.n:
            raise self.fault(CACAH, baris, "jumlah", f"{jumlah} <> {self.n}")
        expected = self.expected
        if amount_of(total, expected.mata_uang, is_sum=True) != self.total:
            raise self.fault(TOTAL, baris, "total", f"{total} <> {self.total}")
        self.kepala = Kepala(
            expected.bank, expected.hari, expected.jenis, self._cara, self.n, self.total, expected.mata_uang
        )
