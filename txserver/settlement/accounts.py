"""The accounts that money of a day goes between: each bank's clearing account and the Minister's account at it.

They are the operator's to say, in a TOML file, one table a bank; what is not said is not made up:

    ["002"]
    kliring = "0012-30-000451"          the bank's clearing account
    menteri = "0012-30-000900"          the Minister's account at that bank
    bic = "BANKIDJA"                    the bank's BIC (ISO 9362)
    menteri_nama = "MENTERI AGAMA RI"   whose account it is, MENTERI AGAMA when left out
    menteri_bic = ""                    where another bank keeps it

Dasar: D/163 pasal 7(5).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

MENTERI = "MENTERI AGAMA"

_BANK = re.compile(r"[0-9A-Z]{3}")
_REKENING = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./-]{0,33}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
"""As ISO 20022 has it (BICFIDec2014Identifier)."""


class AccountsWrong(Exception):
    """The accounts cannot be used; the text names file, bank and key."""


class BankAccounts(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one bank. The BIC of the Minister's account is the bank's own where none is given."""

    kliring: str
    menteri: str
    bic: str
    menteri_nama: str = MENTERI
    menteri_bic: str = ""


def load_accounts(path: Path) -> dict[str, BankAccounts]:
    """The accounts by code of bank. Raises AccountsWrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AccountsWrong(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AccountsWrong(f"{path}: {error}") from None
    found = {}
    for bank, table in tables.items():
        if _BANK.fullmatch(bank) is None:
            raise AccountsWrong(f"{path}: [{bank}] is no code of a bank, three of 0-9 and A-Z")
        try:
            found[bank] = msgspec.convert(table, BankAccounts)
        except msgspec.ValidationError as error:
            raise AccountsWrong(f"{path}: [{bank}]: {error}") from None
        if (name := _wrong(found[bank])) is not None:
            raise AccountsWrong(f"{path}: [{bank}] {name}: {getattr(found[bank], name)!r} cannot be one")
    return found


def _wrong(one: BankAccounts) -> str | None:
    """The first key that is not of its form."""
    for name, holds in (
        ("kliring", _REKENING.fullmatch(one.kliring)),
        ("menteri", _REKENING.fullmatch(one.menteri) and one.menteri != one.kliring),
        ("bic", _BIC.fullmatch(one.bic)),
        ("menteri_nama", one.menteri_nama.strip() and one.menteri_nama.isprintable()),
        ("menteri_bic", not one.menteri_bic or _BIC.fullmatch(one.menteri_bic)),
    ):
        if not holds:
            return name
    return None
