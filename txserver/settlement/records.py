"""The canonical confirmation, whatever form a bank sent it in: one header, many records, and how a file is refused.

Amounts are in the smallest unit the ledger keeps: whole rupiah, US cents. `rrn` is the entry number the host
answered (ACCEPTED), twelve digits in a file; `stan` the number of the request. The host keeps of an account number
its last four places only.

Dasar: D/163 pasal 7(5), 7(6), 7(9).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from ledger.ketentuan import IDR, USD
from ledger.records import Data, Refusal

GANTI, TAMBAH = "GANTI", "TAMBAH"
"""`cara`: the file replaces all the bank sent before for that day and kind, or adds to it."""

DECIMALS = {IDR: 0, USD: 2}
"""Decimal places of the unit the ledger keeps, by currency."""

NOMINAL_MAX = 10**12
RECORDS_MAX = 5_000_000
"""Together they keep every sum of a file within 63 bits, which is what the working store counts in."""

COLUMNS = (
    "nomor_porsi", "nominal", "mata_uang", "hari", "cabang", "stan", "rrn", "waktu", "rekening", "device",
)  # fmt: skip
"""The fields of a record, in canonical order and by the names files and refusals call them."""

BENTUK = "SKH6101"  # no form that is known
TERPOTONG = "SKH6102"  # truncated
TERLALU_BESAR = "SKH6103"  # more bytes or records than a file may have
KEMASAN = "SKH6104"  # gzip or zip that cannot be unpacked
MENGEMBANG = "SKH6105"  # unpacks to more than it may
SIDIK = "SKH6106"  # detached SHA-256 missing or different
TANDA_TANGAN = "SKH6107"  # signature missing or different
HURUF = "SKH6108"  # letters of another character set
PANJANG = "SKH6109"  # a line or element without end
BANK = "SKH6110"
HARI = "SKH6111"
JENIS = "SKH6112"
CACAH = "SKH6113"  # wrong count
TOTAL = "SKH6114"  # wrong sum
PORSI = "SKH6115"
NOMINAL = "SKH6116"
GANDA = "SKH6117"  # the same line twice
MATA_UANG = "SKH6118"
ISI = "SKH6119"  # a field that is malformed
SUSUNAN = "SKH6120"  # a field or line missing, doubled, unknown or out of place
ENTITAS = "SKH6121"  # DTD or entity
XML = "SKH6122"  # not well-formed
SESUDAH = "SKH6123"  # data after the end
ASING = "SKH6124"  # a porsi of a series that no province has

SEBAB_MAX = 40

_RECORD_DIGITS = re.compile(r"(\d{1,15})(?:\.(\d{1,5}))?", re.ASCII)
_SUM_DIGITS = re.compile(r"(\d{1,24})(?:\.(\d{1,5}))?", re.ASCII)


class Confirmed(Struct, frozen=True, gc=False):
    """One deposit as the bank has it.

    `nomor_porsi` is "" when the host's answer never reached the bank, `stan` or `rrn` 0 when the file does not tell
    it; `waktu` is WIB, HH:MM:SS, or "".
    """

    nomor_porsi: str
    nominal: int
    mata_uang: str
    hari: str
    cabang: str
    stan: int
    rrn: int
    waktu: str = ""
    rekening: str = ""
    device: str = ""


class Kepala(Struct, frozen=True, gc=False):
    """The header: what the whole file says of itself. `jenis` is the code of a kind of the ledger, such as STA."""

    bank: str
    hari: str
    jenis: str
    cara: str
    jumlah: int
    total: int
    mata_uang: str = IDR


class Expected(Struct, frozen=True, gc=False):
    """What a file must be about. `is_known` tells whether a number may be a porsi at all; a porsi that may be one and
    was not granted is left to the matching, where it is BANK_ONLY. `cara` is what was said beside the file, or "".
    """

    bank: str
    hari: str
    jenis: str
    mata_uang: str = IDR
    is_known: Callable[[str], bool] | None = None
    cara: str = ""


class Rejected(Exception):
    """The file is refused whole: `refusal` says why and where, nothing of it is kept.

    `baris` counts from 1; `field` is a name of `COLUMNS` or of the header, or the part of the file that is at fault.
    """

    def __init__(self, id: str, berkas: str, baris: int, field: str, sebab: str = "-") -> None:
        data: Data = {"berkas": berkas, "baris": baris, "field": shown(field), "sebab": shown(sebab)}
        super().__init__(f"{id} {data}")
        self.refusal = Refusal(id, data)

    @property
    def id(self) -> str:
        """The message id."""
        return self.refusal.id


def shown(value: str) -> str:
    """A value from a file, fit for a message: printable ASCII, not long, never empty."""
    clean = "".join(letter if " " <= letter <= "~" else "?" for letter in value[: SEBAB_MAX + 1])
    return (clean if len(clean) <= SEBAB_MAX else clean[: SEBAB_MAX - 3] + "...") or "-"


def amount_of(text: str, mata_uang: str, *, is_sum: bool = False) -> int | None:
    """An amount as written ("20000000", "20000000.00") in the ledger's unit; None when it is malformed or finer."""
    match = (_SUM_DIGITS if is_sum else _RECORD_DIGITS).fullmatch(text)
    if match is None:
        return None
    whole, decimals = match[1], match[2]
    places = DECIMALS[mata_uang]
    value = int(whole + "0" * places)
    if not decimals:
        return value
    if decimals[places:].strip("0"):
        return None
    return value + int(decimals[:places].ljust(places, "0") or "0")


def amount_text(nominal: int, mata_uang: str) -> str:
    """An amount as written in a file: 20000000, or 2.50 in dollars."""
    places = DECIMALS[mata_uang]
    return f"{nominal // 10**places}.{nominal % 10**places:0{places}d}" if places else str(nominal)


def masked(rekening: str) -> str:
    """An account number as the host keeps it: all but the last four places are stars."""
    return "*" * (len(rekening) - 4) + rekening[-4:]


def kepala_of(expected: Expected, records: Iterable[Confirmed], cara: str = GANTI) -> Kepala:
    """The header that records add up to."""
    jumlah = total = 0
    for record in records:
        jumlah += 1
        total += record.nominal
    return Kepala(expected.bank, expected.hari, expected.jenis, cara, jumlah, total, expected.mata_uang)


def tallied(kepala: Kepala, records: Iterable[Confirmed]) -> Iterator[Confirmed]:
    """Records on their way into a writer, which must be those its header speaks of."""
    jumlah = total = 0
    for record in records:
        assert record.mata_uang == kepala.mata_uang, "one currency a file"
        assert record.hari == kepala.hari, "one day a file"
        jumlah += 1
        total += record.nominal
        yield record
    assert (jumlah, total) == (kepala.jumlah, kepala.total), "the header says count and sum of the records"
