"""Text typed -> field value, by the field's edit rule; and back. Never a business rule: those are the host's.

The codes of the keyboard are those of a 5250: 0005 protected, 0007 mandatory enter, 0009 numeric only, 0010 digits
only, 0014 mandatory fill, 0016 Field- not valid, 0018 field exit required, 0019 Dup not valid; 0002 stands for a
character no field can hold. Their texts are in the message file under the ids beside them here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.fields import Edit, Field
from ledger.messages import MESSAGES, Language, filled
from terminal.language import SOURCE, sentence, words

NO_SUCH_CHARACTER = "SKH1102"  # 0002
PROTECTED = "SKH1105"  # 0005
MANDATORY_ENTER = "SKH1107"  # 0007
NUMERIC_ONLY = "SKH1109"  # 0009
DIGITS_ONLY = "SKH1110"  # 0010
MANDATORY_FILL = "SKH1114"  # 0014
NO_SIGN = "SKH1116"  # 0016
FIELD_FULL = "SKH1118"  # 0018
NO_DUP = "SKH1119"  # 0019
NOT_RUPIAH = "SKH1121"
NOT_IN_LIST = "SKH1122"
NO_SUCH_DATE = "SKH1003"

_RUPIAH = re.compile(r"[0-9]+|[0-9]{1,3}(\.[0-9]{3})+")
_DATE = re.compile(r"([0-9]{2})-?([0-9]{2})-?([0-9]{4})")


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it is shown: id, variables, and the field it speaks of, whose label is a variable too."""

    id: str
    data: Mapping[str, Any] = field(default_factory=dict)
    about: Field | None = None

    def first(self, language: Language) -> str:
        """The text of the message line."""
        row = MESSAGES[self.id]
        return f"{self.id} {filled(sentence(row.first_id, row.first_en, language), self._variables(language))}"

    def second(self, language: Language) -> str:
        """Cause and recovery, for F1."""
        row = MESSAGES[self.id]
        return filled(sentence(row.second_id, row.second_en, language), self._variables(language))

    def _variables(self, language: Language) -> Mapping[str, Any]:
        if self.about is None:
            return _Forgiving(self.data)
        name = label(self.about, language)
        data = {**self.data, "label": name, "field": name, "panjang": self.about.length}
        if "pilihan" in data and self.about.choices:
            data["pilihan"] = choices(self.about, language)
        return _Forgiving(data)


class _Forgiving(dict[str, Any]):
    """A host newer than this terminal may leave out a variable; the message is worth showing all the same."""

    def __missing__(self, key: str) -> Any:
        return _Blank()


class _Blank:
    def __format__(self, spec: str) -> str:
        return "?"


def label(about: Field, language: Language) -> str:
    """The field's label on panels."""
    return words(about.label, about.label_en, language)


def typed(about: Field, character: str) -> str | Said:
    """The character as the field takes it (capitals where the field has them), or the keyboard's error."""
    if not is_one_cell(character):
        return Said(NO_SUCH_CHARACTER, {}, about)
    match about.edit:
        case Edit.DIGITS:
            return character if character in "0123456789" else Said(DIGITS_ONLY, {}, about)
        case Edit.RUPIAH:
            return character if character in "0123456789." else Said(NUMERIC_ONLY, {}, about)
        case Edit.DATE:
            return character if character in "0123456789-" else Said(NUMERIC_ONLY, {}, about)
        case Edit.UPPER | Edit.CODE:
            upper = character.upper()
            return upper if len(upper) == 1 else Said(NO_SUCH_CHARACTER, {}, about)
        case Edit.TEXT | Edit.SECRET:
            return character


def is_one_cell(character: str) -> bool:
    """Whether a character is printable and takes exactly one cell of the grid."""
    return (
        len(character) == 1
        and character.isprintable()
        and character != "\ufffd"  # stands for bytes that were no character
        and unicodedata.combining(character) == 0
        and unicodedata.category(character) != "Mn"
        and unicodedata.east_asian_width(character) not in {"W", "F"}
    )


def value_of(about: Field, text: str, *, fill: bool = False) -> str | int | Said:
    """The value a field's text stands for.

    Refuses, in this order: 0007 empty and not optional, 0014 not full where `fill` asks for it, 0010 a blank among
    digits, SKH1121 amount not whole rupiah, SKH1003 no such date, SKH1122 code not in its list.
    """
    text = text.rstrip() if about.edit is Edit.SECRET else text.strip()
    if not text:
        blank = 0 if about.edit is Edit.RUPIAH else ""
        return blank if about.optional else Said(MANDATORY_ENTER, {}, about)
    if fill and len(text) < about.length:
        return Said(MANDATORY_FILL, {}, about)
    match about.edit:
        case Edit.DIGITS:
            return text if text.isascii() and text.isdigit() else Said(DIGITS_ONLY, {}, about)
        case Edit.RUPIAH:
            return int(text.replace(".", "")) if _RUPIAH.fullmatch(text) else Said(NOT_RUPIAH, {}, about)
        case Edit.DATE:
            return _iso(about, text)
        case Edit.CODE if about.choices and text not in dict(about.choices):
            return Said(NOT_IN_LIST, {"isi": text, "pilihan": choices(about)}, about)
        case _:
            return text


def _iso(about: Field, text: str) -> str | Said:
    parts = _DATE.fullmatch(text)
    if parts is None:
        return Said(NO_SUCH_DATE, {"tanggal": text}, about)
    day, month, year = (int(part) for part in parts.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return Said(NO_SUCH_DATE, {"tanggal": text}, about)


def meanings(about: Field, language: Language) -> tuple[tuple[str, str], ...]:
    """The codes of a field with their meaning, in the order of the field reference."""
    beside = about.choices_en or tuple(meaning for _, meaning in about.choices)
    return tuple(
        (code, sentence(meaning, meaning_en, language))
        for (code, meaning), meaning_en in zip(about.choices, beside, strict=True)
    )


def choices(about: Field, language: Language = SOURCE) -> str:
    """The codes of a field with their meaning, on one line."""
    return ", ".join(f"{code}={meaning}" for code, meaning in meanings(about, language))


def shown(about: Field, value: str | int) -> str:
    """A value as it stands on a panel: 20.000.000, 31-12-1960; anything else as it is."""
    if about.edit is Edit.RUPIAH and isinstance(value, int):
        return rupiah(value)
    if about.edit is Edit.DATE and isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return f"{value[8:]}-{value[5:7]}-{value[:4]}"
    return str(value)


def rupiah(nominal: int) -> str:
    """Whole rupiah in groups of three, as written in Indonesia."""
    return f"{nominal:,}".replace(",", ".")
