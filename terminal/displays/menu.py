"""The main menu: what this user may post, the inquiries, sign-off. By number, short name or kind code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.fields import Edit, Field
from ledger.kinds import KINDS
from terminal.displays.display import FIRST_COLUMN, Constant, Display, Place, Text, same
from terminal.keys import ENTER, F1, F3

PORSI, SIGN_OFF = "POR", "SGN"
SIGN_OFF_NUMBER = 90
FIRST_ROW, ROWS_MAX = 6, 13
COLUMN_STARTS = (4, 42)
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
    PORSI: "PO",
    SIGN_OFF: "SO",
}
"""Two letters of each line, for hands that know them. A kind without a row here has its three-letter code."""

COMMAND = Field(
    "perintah", "Perintah", "Command", 20, Edit.UPPER, "Nomor menu atau singkatan.", "Menu number or short name."
)
BRANCH = Field("nama_cabang", "Cabang", "Branch", 60, Edit.TEXT, "Cabang sesi ini.", "Branch of this session.")


@dataclass(frozen=True, slots=True)
class Option:
    """A line of the menu. `code` is a kind's code, `PORSI` or `SIGN_OFF`."""

    number: int
    code: str
    title: Text

    @property
    def names(self) -> frozenset[str]:
        """Everything that may be typed to choose it."""
        return frozenset({str(self.number), f"{self.number:02d}", self.code, FAST.get(self.code, self.code)})


def options(kinds: Iterable[str]) -> tuple[Option, ...]:
    """The lines for a user who may post these kinds; a kind this terminal does not know has no line."""
    known = [Option(number, code, same(KINDS[code].title)) for number, code in enumerate(_known(kinds), start=1)]
    porsi = Option(len(known) + 1, PORSI, Text("TAMPIL NOMOR PORSI", "DISPLAY NOMOR PORSI"))
    return (*known, porsi, Option(SIGN_OFF_NUMBER, SIGN_OFF, Text("SIGN-OFF", "SIGN OFF")))


def _known(kinds: Iterable[str]) -> list[str]:
    return [code for code in kinds if code in KINDS]


def chosen(lines: tuple[Option, ...], typed: str) -> Option | None:
    """The line a number or short name means."""
    return next((option for option in lines if typed in option.names), None)


def menu(lines: tuple[Option, ...]) -> Display:
    """The menu of these lines, in one column or two."""
    assert len(lines) <= ROWS_MAX * len(COLUMN_STARTS), "more kinds than a menu of two columns holds"
    constants = []
    for at, option in enumerate(lines):
        column, row = COLUMN_STARTS[at // ROWS_MAX], FIRST_ROW + at % ROWS_MAX
        constants.append(Constant(row, column, Text(_line(option, option.title.id), _line(option, option.title.en))))
    prompt = Text("Nomor atau singkatan", "Number or short name")
    constants += [Constant(PROMPT_ROW, FIRST_COLUMN, prompt), Constant(COMMAND_ROW, FIRST_COLUMN, same("===>"))]
    return Display(
        "SKHMENU",
        Text("MENU UTAMA", "MAIN MENU"),
        (ENTER, F1, F3.called("Sign-off", "Sign off")),
        (Text("Pilih salah satu, lalu tekan Enter.", "Choose one, then press Enter."),),
        tuple(constants),
        (
            Place(NOTE_ROW, FIRST_COLUMN, BRANCH),
            Place(COMMAND_ROW, FIRST_COLUMN + 5, COMMAND, is_input=True),
        ),
    )


def _line(option: Option, title: str) -> str:
    return f"{option.number:>2}. {title[:TITLE_LENGTH]:<{TITLE_LENGTH}} {FAST.get(option.code, option.code)}"
