"""The main menu: what this user may post, the inquiries, sign-off. By number, short name or kind code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from ledger.fields import Edit, Field
from ledger.kind import Role
from ledger.kinds import KINDS
from terminal.displays.display import FIRST_COLUMN, LAST_COLUMN, Constant, Display, Look, Place, Text, same
from terminal.displays.pages import END, MORE
from terminal.displays.titles import title
from terminal.keys import ENTER, F1, F3, F9, F12, F24, ROLL_DOWN, ROLL_UP

PORSI, NIK, SPPH, NAME, HISTORY, REQUEST = "POR", "NIK", "SPH", "NAM", "RIW", "PMT"
DRAWER, BRANCH_DAY, MESSAGES, PRINTS, PASSWORD, SIGN_OFF = "HLC", "HRC", "PSN", "SPL", "SDI", "SGN"
BOARD, CUT_ALL, UPLOAD, MATCH, DIFFERENCES = "PPH", "TSM", "UNG", "COC", "DSL"
REPORTS, SANCTIONS, ANCHOR = "LAP", "DSN", "JKR"
SIGN_OFF_NUMBER = 90
FIRST_ROW, ROWS_MAX = 6, 14
COLUMN_STARTS = (4, 42)
PAGE_LINES = ROWS_MAX * len(COLUMN_STARTS)
TITLE_LENGTH = 27
NOTE_ROW, PROMPT_ROW, COMMAND_ROW = 4, 20, 21

FAST: dict[str, str] = {
    "STA": "SA",
    "SPT": "ST",
    "SPS": "SS",
    "BHR": "BH",
    "BNK": "BN",
    "CAB": "CB",
    "KDP": "KD",
    "PRK": "PR",
    "PGN": "PG",
    "UID": "UI",
    "KOR": "KO",
    "CTK": "CU",
    "LBK": "LB",
    "LSR": "LS",
    "LTP": "LT",
    "TSC": "TC",
    "TSB": "TB",
    "SEM": "SE",
    "BTP": "BP",
    "SNU": "SU",
    "SNP": "SN",
    "PLD": "PL",
    "BYS": "BY",
    "SLK": "SK",
    "SLH": "SL",
    "THR": "TH",
    BOARD: "PH",
    CUT_ALL: "TS",
    UPLOAD: "UK",
    MATCH: "CK",
    DIFFERENCES: "DS",
    REPORTS: "LP",
    SANCTIONS: "DN",
    ANCHOR: "JK",
    PORSI: "PO",
    NIK: "NI",
    SPPH: "SP",
    NAME: "NA",
    HISTORY: "RI",
    REQUEST: "PM",
    DRAWER: "HL",
    BRANCH_DAY: "HC",
    MESSAGES: "PS",
    PRINTS: "SF",
    PASSWORD: "SD",
    SIGN_OFF: "SO",
}
"""Two letters of each line, for hands that know them. A kind without a row here has its three-letter code."""

PANELS: dict[str, Text] = {
    BOARD: Text("PAPAN HARI", "DAY BOARD"),
    CUT_ALL: Text("TUTUP SEMUA CABANG", "CUT OFF ALL BRANCHES"),
    UPLOAD: Text("UNGGAH KONFIRMASI", "UPLOAD A CONFIRMATION"),
    MATCH: Text("COCOKKAN KONFIRMASI", "MATCH CONFIRMATIONS"),
    DIFFERENCES: Text("DAFTAR SELISIH", "LIST OF DIFFERENCES"),
    REPORTS: Text("LAPORAN BANK", "BANK REPORTS"),
    SANCTIONS: Text("DAFTAR SANKSI", "LIST OF SANCTIONS"),
    ANCHOR: Text("JANGKAR HARI", "ANCHOR OF A DAY"),
    PORSI: Text("TAMPIL NOMOR PORSI", "DISPLAY NOMOR PORSI"),
    NIK: Text("CARI DENGAN NIK", "FIND BY NIK"),
    SPPH: Text("TAMPIL SPPH", "DISPLAY SPPH"),
    NAME: Text("CARI NAMA", "FIND A NAME"),
    HISTORY: Text("RIWAYAT JEMAAH", "HISTORY OF A PILGRIM"),
    REQUEST: Text("CARI PERMINTAAN", "FIND A REQUEST"),
    DRAWER: Text("HITUNGAN LACI", "COUNT OF THE DRAWER"),
    BRANCH_DAY: Text("HARI CABANG", "BRANCH DAY"),
    MESSAGES: Text("ANTREAN PESAN", "MESSAGE QUEUE"),
    PRINTS: Text("DAFTAR CETAKAN", "LIST OF PRINTS"),
    PASSWORD: Text("GANTI KATA SANDI", "CHANGE PASSWORD"),
}
"""What is on every menu, behind the kinds the user may post, but for what `ONLY_WITH` names."""

_SETTLES = frozenset({"TSB"})
ONLY_WITH = {
    DRAWER: frozenset({"LBK", "LTP"}),
    PRINTS: frozenset({"STA", "CTK", "SEM"}),
    BOARD: _SETTLES,
    CUT_ALL: _SETTLES,
    UPLOAD: _SETTLES,
    MATCH: _SETTLES,
    DIFFERENCES: frozenset({"SEM"}),
    REPORTS: _SETTLES,
    SANCTIONS: frozenset({"SNU", "SNP"}),
    ANCHOR: _SETTLES,
}
"""Of use only to who may post one of these: a drawer, papers, the evening of a bank or of all."""

LOOKED_AT = frozenset({PRINTS, BOARD, DIFFERENCES, REPORTS, SANCTIONS, ANCHOR})
"""Of use to an auditor as well, who posts nothing: what may be looked at, and its papers."""

COMMAND = Field(
    "perintah",
    "Perintah",
    "Command",
    70,
    Edit.UPPER,
    "Nomor menu atau singkatan, lalu isi panel yang dibuka: SA 33250000123. F9 mengambil perintah terdahulu.",
    "Menu number or short name, then what goes into that panel: SA 33250000123. F9 retrieves earlier commands.",
)
BRANCH = Field("nama_cabang", "Cabang", "Branch", 60, Edit.TEXT, "Cabang sesi ini.", "Branch of this session.")


@dataclass(frozen=True, slots=True)
class Option:
    """A line of the menu. `code` is a kind's code, one of `PANELS`, or `SIGN_OFF`."""

    number: int
    code: str
    title: Text

    @property
    def names(self) -> frozenset[str]:
        """Everything that may be typed to choose it."""
        return frozenset({str(self.number), f"{self.number:02d}", self.code, FAST.get(self.code, self.code)})


def options(kinds: Iterable[str], peran: str = "") -> tuple[Option, ...]:
    """The lines for a user of a role who may post these kinds; a kind this terminal does not know has no line."""
    known = [Option(number, code, title(code)) for number, code in enumerate(_known(kinds), start=1)]
    posts = {option.code for option in known}
    looks = LOOKED_AT if peran == Role.AUDITOR else frozenset()
    rest = [code for code in PANELS if code not in ONLY_WITH or ONLY_WITH[code] & posts or code in looks]
    known += [Option(number, code, PANELS[code]) for number, code in enumerate(rest, start=len(known) + 1)]
    return (*known, Option(SIGN_OFF_NUMBER, SIGN_OFF, Text("SIGN-OFF", "SIGN OFF")))


def _known(kinds: Iterable[str]) -> list[str]:
    return [code for code in kinds if code in KINDS]


def chosen(lines: tuple[Option, ...], typed: str) -> Option | None:
    """The line a number or short name means."""
    return next((option for option in lines if typed in option.names), None)


def pages(lines: tuple[Option, ...]) -> int:
    """How many pages the menu of these lines has."""
    return -(-len(lines) // PAGE_LINES)


def menu(lines: tuple[Option, ...], *, page: int = 0, is_over: bool = False) -> Display:
    """A page of the menu of these lines, in one column or two; `is_over` another panel it is the command line.

    What is on another page can be chosen all the same.
    """
    constants = []
    for at, option in enumerate(lines[page * PAGE_LINES : (page + 1) * PAGE_LINES]):
        column, row = COLUMN_STARTS[at // ROWS_MAX], FIRST_ROW + at % ROWS_MAX
        constants.append(Constant(row, column, Text(option.title.id, option.title.en, partial(_line, option))))
    prompt = Text("Nomor atau singkatan", "Number or short name")
    constants += [Constant(PROMPT_ROW, FIRST_COLUMN, prompt), Constant(COMMAND_ROW, FIRST_COLUMN, same("===>"))]
    if pages(lines) > 1:
        end = END if page + 1 == pages(lines) else MORE
        constants.append(Constant(PROMPT_ROW, LAST_COLUMN - max(len(end.id), len(end.en)), end, Look.TITLE))
    keys = (ENTER, F1, F9, F12, F24) if is_over else (ENTER, F1, F3.called("Sign-off", "Sign off"), F9, F24)
    return Display(
        "SKHMENU",
        Text("BARIS PERINTAH", "COMMAND LINE") if is_over else Text("MENU UTAMA", "MAIN MENU"),
        (*keys, *((ROLL_UP, ROLL_DOWN) if pages(lines) > 1 else ())),
        (Text("Pilih salah satu, lalu tekan Enter.", "Choose one, then press Enter."),),
        tuple(constants),
        (
            Place(NOTE_ROW, FIRST_COLUMN, BRANCH),
            Place(COMMAND_ROW, FIRST_COLUMN + 5, COMMAND, is_input=True),
        ),
    )


def _line(option: Option, title: str) -> str:
    return f"{option.number:>2}. {title[:TITLE_LENGTH]:<{TITLE_LENGTH}} {FAST.get(option.code, option.code)}"
