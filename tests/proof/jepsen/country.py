"""The ledger a run begins with: every seat has a device, a user and a password."""

from __future__ import annotations

from pathlib import Path

from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.records import Origin, origin_of
from ledger.store import Store
from tests.ledger_fixtures import CENTRE, desk_after_founding, new_ledger
from tests.proof.script import KAB
from txserver.credentials import Credentials

SANDI = "kata sandi semua orang"
PLACES = {"PETUGAS": ("DEP", KAB), "PEJABAT": ("DEP", KAB), "TELLER": ("002", "0101")}


def seats_of(process: int, each: int, kind: str = "W") -> list[tuple[str, Origin]]:
    """`each` seats of every role, for one process: role, and who sits where."""
    names = ((role, f"{role[:3]}{process}{kind}{number}") for number in range(each) for role in PLACES)
    return [(role, origin_of(*PLACES[role], name, name)) for role, name in names]


def found(path: Path, processes: int, bulk: int, links: int) -> None:
    """A founded ledger with these seats, and its passwords."""
    new_ledger(path)
    store, desk = Store.open(path), desk_after_founding()
    seats = [
        seat for process in range(processes) for seat in (*seats_of(process, bulk), *seats_of(process, links, "L"))
    ]
    for role, who in seats:
        asked = [
            desk.ask(*CENTRE, request)
            for request in (
                PerangkatBaru(who.bank, who.cabang, who.device),
                PenggunaBaru(who.user, role, who.bank, who.cabang),
            )
        ]
        store.post_batch(asked)
    store.checkpoint()
    store.close()
    passwords = Credentials.open(path / "sandi")
    passwords.set_many([(who.user, SANDI) for _, who in seats], "ringan")
    passwords.close()
