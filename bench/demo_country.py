"""A small country to look around in: `make server` runs on it.

Two banks, four branches in different provinces, eight workstations, 200 signed forms and a few unsigned ones. The
password is made up anew, shown once, and kept nowhere but as a hash.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from bench.country import Country, build
from bench.founding import FOUNDED_US, HARI, OPERATOR, OPERATOR_2, Forms, found, head_office, supervisor
from bench.workload import share_out
from ledger.engine import Asked
from ledger.kind import Role
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.records import origin_of

AUDITOR = origin_of("DEP", "0000", "AUDIT1", "AUDITOR1")
SEATED_US = FOUNDED_US + 60_000_000
STATIONS = 8
SIGNED = 200
CLOCK = f"{HARI}T10:00:00+07:00"
"""A time at which every branch of the country takes deposits."""


def make(data: Path, seed: int = 1) -> tuple[str, str]:
    """Make the country in a ledger at `data`; returns what to read and the password. Raises LedgerError."""
    from txserver.credentials import Credentials  # noqa: PLC0415  loads argon2, which planning does without

    country = build(STATIONS, banks=2, branches=4, seed=seed)
    forms = found(data, country, share_out(SIGNED, STATIONS), [[] for _ in range(STATIONS)], seed=seed)
    sandi = secrets.token_urlsafe(9)
    _seat_auditor(data)
    users = [OPERATOR.user, OPERATOR_2.user, AUDITOR.user, *(station.origin.user for station in country.stations)]
    users += [supervisor(branch) for branch in country.branches]
    users += [origin.user for bank in country.banks for origin in head_office(bank)]
    users += [user for office in country.offices.values() for user in (office.petugas.user, office.pejabat.user)]
    credentials = Credentials.open(data / "sandi")
    credentials.set_many([(user, sandi) for user in users], "penuh")
    credentials.close()
    readme = describe(country, forms)
    (data / "README.txt").write_text(readme, encoding="utf-8")
    return readme, sandi


def _seat_auditor(data: Path) -> None:
    """Give the auditor his device and his user, the first entries of the day."""
    from ledger.store import Store  # noqa: PLC0415  loads LMDB, which planning does without

    requests = (
        PerangkatBaru(AUDITOR.bank, AUDITOR.cabang, AUDITOR.device),
        PenggunaBaru(AUDITOR.user, Role.AUDITOR, AUDITOR.bank, AUDITOR.cabang),
    )
    store = Store.open(data)
    try:
        store.post_batch([Asked(OPERATOR, stan, HARI, one, SEATED_US) for stan, one in enumerate(requests, start=1)])
        store.checkpoint()
    finally:
        store.close()


def describe(country: Country, forms: Forms) -> str:
    """Who may sign on where, and which forms there are to key; without the password."""
    lines = [
        "A demonstration country. All users share one password, which was shown once when it was made;",
        "set another with `siskohat-server sandi USER --data DIR`.",
        "",
        f"Business day {HARI}. Deposits are taken 08.00-15.00 local time: start the host with --clock {CLOCK}",
        "",
        "TELLERS         bank  branch  device  user        where",
    ]
    for station in country.stations:
        who, place = station.origin, station.branch.place
        lines.append(
            f"{'':<16}{who.bank:<6}{who.cabang:<8}{who.device:<8}{who.user:<12}{place.nama_lengkap} ({place.provinsi})"
        )
    lines += [
        "",
        "SUPERVISORS     bank  branch          user        sign for a teller, at his device or another of the branch",
    ]
    for branch in country.branches:
        lines.append(f"{'':<16}{branch.bank.kode:<6}{branch.kode:<16}{supervisor(branch)}")
    lines += ["", "HEAD OFFICES    bank  branch  device  user        settle the day; each signs for the other"]
    for bank in country.banks:
        for who in head_office(bank):
            lines.append(f"{'':<16}{who.bank:<6}{who.cabang:<8}{who.device:<8}{who.user}")
    lines += ["", "KANDEPAG        bank  office  device  user        may"]
    for office in country.offices.values():
        for who, what in ((office.petugas, "issue forms"), (office.pejabat, "sign forms")):
            lines.append(f"{'':<16}{who.bank:<6}{who.cabang:<8}{who.device:<8}{who.user:<12}{what}")
    lines += ["", "OPERATORS       bank  office  device  user"]
    for who in (OPERATOR, OPERATOR_2):
        lines.append(f"{'':<16}{who.bank:<6}{who.cabang:<8}{who.device:<8}{who.user}")
    lines += ["", "AUDITOR         bank  office  device  user        looks at everything, changes nothing"]
    lines.append(f"{'':<16}{AUDITOR.bank:<6}{AUDITOR.cabang:<8}{AUDITOR.device:<8}{AUDITOR.user}")
    for station in country.stations:
        lines += ["", f"SIGNED FORMS for a branch in province {station.branch.place.provinsi}:"]
        numbers = forms.signed[station.number]
        lines += ["  " + "  ".join(numbers[at : at + 6]) for at in range(0, len(numbers), 6)]
    lines += ["", "UNSIGNED FORMS (refused): " + "  ".join(forms.unsigned.values())]
    return "\n".join(lines) + "\n"
