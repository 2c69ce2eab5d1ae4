"""What the kinds of entries are called in both languages. Indonesian is the kind's own word; English stands here.

Words of the decree (setoran awal, SPPH, BPS BPIH) are in no language but their own.
"""

from __future__ import annotations

from ledger.kinds import KINDS
from ledger.messages import Language
from terminal.displays.display import Text, same
from terminal.language import SOURCE

TITLES: dict[str, Text] = {
    "STA": Text("SETORAN AWAL BPIH", "SETORAN AWAL BPIH"),
    "KOR": Text("KOREKSI SETORAN AWAL", "REVERSE A SETORAN AWAL"),
    "CTK": Text("CETAK ULANG BUKTI SETOR", "REPRINT A RECEIPT"),
    "LBK": Text("LACI BUKA", "OPEN A DRAWER"),
    "LSR": Text("LACI SERAH TERIMA", "HAND A DRAWER OVER"),
    "LTP": Text("LACI TUTUP", "CLOSE A DRAWER"),
    "SPT": Text("SPPH TERBIT", "ISSUE AN SPPH"),
    "SPS": Text("SPPH SAH", "SIGN AN SPPH"),
    "BHR": Text("BUKA HARI", "OPEN THE BUSINESS DAY"),
    "BNK": Text("PENETAPAN BPS BPIH", "APPOINT A BPS BPIH"),
    "CAB": Text("CABANG BARU", "NEW BRANCH"),
    "KDP": Text("KANDEPAG BARU", "NEW KANDEPAG"),
    "PRK": Text("PERANGKAT BARU", "NEW DEVICE"),
    "PGN": Text("PENGGUNA BARU", "NEW USER"),
    "UID": Text("STATUS USER ID CABANG", "STATUS OF A BRANCH USER ID"),
    "GEN": Text("PEMBUKAAN", "FOUNDING"),
    "TSC": Text("TUTUP SETORAN CABANG", "CUT A BRANCH OFF"),
    "TSB": Text("TUTUP SETORAN BANK", "CUT A BANK OFF"),
    "KFT": Text("KONFIRMASI TERIMA", "CONFIRMATION RECEIVED"),
    "PCK": Text("PENCOCOKAN", "MATCH"),
    "SLS": Text("SELISIH", "DIFFERENCE"),
    "SEM": Text("SELISIH SEMBUH", "CURE A DIFFERENCE"),
    "BTP": Text("PEMBATALAN OLEH PUSAT", "CANCEL AS THE CENTRE"),
    "SNU": Text("USUL SANKSI", "PROPOSE A SANCTION"),
    "SNP": Text("PUTUSAN SANKSI", "DECIDE A SANCTION"),
    "PLD": Text("PELIMPAHAN DANA", "PASS MONEY ON"),
    "BYS": Text("BIAYA SISKOHAT", "SISKOHAT FEE"),
    "SLK": Text("SILANG KANDEPAG", "COUNT OF A KANDEPAG"),
    "SLH": Text("BANK SELESAI", "BANK SETTLED"),
    "THR": Text("TUTUP HARI", "CLOSE THE BUSINESS DAY"),
    "JAM": Text("TERIMA JAM", "CLOCK TAKEN FOR RIGHT"),
}


def title(kind: str) -> Text:
    """The title of a kind that this terminal knows; one added since is called by its own word in every language."""
    return TITLES.get(kind) or same(KINDS[kind].title)


def title_of(kind: str, language: Language = SOURCE) -> str:
    """A kind with its title, as lists show it; a kind of a newer host by its code alone."""
    return f"{kind} {title(kind).said(language)}" if kind in KINDS else kind
