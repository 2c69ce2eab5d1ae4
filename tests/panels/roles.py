"""Who sits at the terminal of the evening: a role with everything it may post, at its own desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec

from ledger.kind import Role
from ledger.kinds import KINDS, Request
from terminal.config import Settings
from terminal.dial import ReadyInfo
from tests.panels.fake_link import INFO

POSTED = frozenset(get_args(Request))


def kinds_of(role: Role) -> tuple[str, ...]:
    """The kinds READY names for a role."""
    return tuple(code for code, kind in KINDS.items() if role in kind.roles and kind.request in POSTED)


def info_of(role: Role) -> ReadyInfo:
    """What READY tells somebody of this role."""
    return msgspec.structs.replace(INFO, peran=role, kinds=kinds_of(role), nama_cabang=f"KANTOR {role}")


def desk_of(role: Role, folder: Path) -> Settings:
    """The terminal somebody of this role sits at."""
    offices = {
        Role.PUSAT: ("DEP", "0000"),
        Role.AUDITOR: ("DEP", "0000"),
        Role.PEJABAT: ("DEP", "3325"),
        Role.BANK: ("451", "0000"),
    }
    bank, cabang = offices.get(role, ("451", "0123"))
    settings = Settings(bank=bank, cabang=cabang, device="TRM01", user="PENGGUNA1")
    return replace(
        settings,
        receipts=folder / "bukti",
        state=folder / "state",
        confirmations=folder / "konfirmasi",
        reports=folder / "laporan",
    )
