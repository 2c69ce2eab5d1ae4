"""A small country to test the ledger with: keys without files, desks that number requests, a ledger to copy.

Nothing here asserts: what holds is said in the tests.
"""

from __future__ import annotations

import random
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import lmdb
import msgspec
from msgspec import Struct

from ledger.books import Books
from ledger.codec import HASH_NONE, encode, hash_entry
from ledger.engine import Asked, Engine
from ledger.journal import Journal
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.bank import BankBaru
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.pembukaan import Pembukaan
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.records import origin_of
from ledger.store import Store

HARI = "2004-05-03"
JAM = 3_600_000_000
PAGI = 1_083_546_000_000_000  # 2004-05-03 08:00 WIB
JUTA_20 = 20_000_000
SMALL_MAP = 4 << 20

BRANCHES = {  # bank/cabang: kab_kota
    "002/0101": "3325",  # Batang, Jawa Tengah, WIB
    "002/0201": "3578",  # Surabaya, Jawa Timur, WIB
    "002/0301": "3374",  # Semarang, Jawa Tengah, WIB
    "009/0401": "5171",  # Denpasar, Bali, WITA
    "009/0501": "9171",  # Jayapura, Papua, WIT
}
OFFICES = ("3325", "3374", "3578", "5171", "9171")


class PlainVault:
    """Keys without files or chance: a seal can be read by anybody, a blind index is a plain digest."""

    def seal(self, kunci: int, plain: bytes, bound_to: str) -> bytes:
        return f"{bound_to}/{kunci}:".encode() + plain

    def index(self, identitas: str) -> str:
        return blake2b(identitas.encode(), digest_size=16).hexdigest()

    def digest(self, content: bytes) -> bytes:
        return blake2b(content, digest_size=8).digest()


def plain_engine() -> Engine:
    """An engine in memory, before its opening entry."""
    vault = PlainVault()
    return Engine(Books(vault), vault.digest, 0, HASH_NONE, 0)


@dataclass
class Desk:
    """Numbers requests as terminals do: per device a STAN that rises within a day."""

    hari: str = HARI_AWAL
    waktu_us: int = 0
    stan: dict[tuple[str, str], int] = field(default_factory=dict)

    def ask(
        self,
        at: str,
        user: str,
        request: Struct,
        *,
        stan: int | None = None,
        hari: str | None = None,
        penyetuju: str = "",
    ) -> Asked:
        """A request from device `at` ("bank/cabang/device"), with the next STAN unless one is given."""
        day = self.hari if hari is None else hari
        number = self.stan.get((at, day), 0) + 1 if stan is None else stan
        self.stan[at, day] = max(number, self.stan.get((at, day), 0))
        return Asked(origin_of(*at.split("/"), user), number, day, request, self.waktu_us, penyetuju)


OPENING = Pembukaan("00" * 16, "UJI", True, "OPERATOR", "KONSOL")
CENTRE = ("DEP/0000/KONSOL", "OPERATOR")


def founding() -> Iterator[Struct]:
    """What the centre posts before the first day: two banks, their branches, the offices, devices and users."""
    yield from (BankBaru("002", "BANK RAKYAT"), BankBaru("009", "BANK NEGARA"))
    for kab_kota in OFFICES:
        yield KandepagBaru(kab_kota)
        yield PerangkatBaru("DEP", kab_kota, "K1")
        yield PenggunaBaru("P" + kab_kota, "PETUGAS", "DEP", kab_kota)
        yield PenggunaBaru("S" + kab_kota, "PEJABAT", "DEP", kab_kota)
    for tapak, kab_kota in BRANCHES.items():
        bank, cabang = tapak.split("/")
        yield CabangBaru(bank, cabang, "CABANG " + cabang, kab_kota)
        yield PerangkatBaru(bank, cabang, "T1")
        yield PenggunaBaru("T" + cabang, "TELLER", bank, cabang)


def office(kab_kota: str, signer: bool = False) -> tuple[str, str]:
    """Device and user of a Kandepag: the officer who issues, or the official who signs."""
    return f"DEP/{kab_kota}/K1", ("S" if signer else "P") + kab_kota


def branch(tapak: str) -> tuple[str, str]:
    """Device and teller of a branch."""
    return tapak + "/T1", "T" + tapak[4:]


def form(**changes: Any) -> SpphBaru:
    """A form that is in order: Ahmad of Batang, born 1950-05-12."""
    ahmad = SpphBaru(
        "AHMAD", "YUSUF", "3325011205500001", "", "BATANG", "1950-05-12", "L", "JALAN VETERAN 1", "KAUMAN",
        "BATANG", "51211", "0285391234", "",
    )  # fmt: skip
    return msgspec.structs.replace(ahmad, **changes)


def nik_of(person: int, kab_kota: str = "3325") -> str:
    """NIK of a man born on 1950-05-12, one per person."""
    return f"{kab_kota}01120550{person:04d}"


def pilgrim(desk: Desk, person: int = 1, tapak: str = "002/0101", urut: int | None = None) -> list[Asked]:
    """Three requests: a form of the branch's own office, its signature, the deposit on it."""
    kab_kota = BRANCHES[tapak]
    nomor = f"{kab_kota}{urut or person:07d}"
    return [
        desk.ask(*office(kab_kota), form(nik=nik_of(person, kab_kota))),
        desk.ask(*office(kab_kota, signer=True), SpphSah(nomor)),
        desk.ask(*branch(tapak), SetoranAwal(nomor, JUTA_20)),
    ]


def found(desk: Desk, hari: str | None = HARI) -> list[Asked]:
    """The founding requests, and the opening of the first day."""
    asked = [desk.ask(*CENTRE, request) for request in founding()]
    if hari is not None:
        asked.append(desk.ask(*CENTRE, BukaHari(hari)))
        desk.hari, desk.waktu_us = hari, PAGI
    return asked


def desk_after_founding() -> Desk:
    """The desk as it stands when the ledger of `new_store` has been founded and its day opened."""
    desk = Desk(stan={(CENTRE[0], HARI_AWAL): 1})
    found(desk)
    return desk


@cache
def template() -> tempfile.TemporaryDirectory[str]:
    """The founded ledger every other is copied from, made once a process."""
    folder = tempfile.TemporaryDirectory(prefix="siskohat-uji-")
    founded(Path(folder.name) / "ledger")
    return folder


def founded(path: Path) -> Path:
    """A ledger founded by the product itself, with its day open: durable when it is there."""
    store = Store.create(
        path, nama="UJI", demo=True, user="OPERATOR", device="KONSOL", waktu_us=0,
        random=random.Random(163).randbytes, map_bytes=SMALL_MAP,
    )  # fmt: skip
    store.post_batch(found(Desk(stan={(CENTRE[0], HARI_AWAL): 1})))
    store.checkpoint()
    store.close()
    return path


def open_store(path: Path, seed: int = 1) -> Store:
    """Open a ledger with a small map and seeded chance."""
    return Store.open(path, random=random.Random(seed).randbytes, map_bytes=SMALL_MAP)


def new_ledger(path: Path) -> Path:
    """A copy of a founded ledger with its day open, at `path`; the same bytes every time."""
    shutil.copytree(Path(template().name) / "ledger", path)
    return path


@contextmanager
def new_store(path: Path) -> Iterator[tuple[Store, Desk]]:
    """A founded ledger, open, and the desk that goes on numbering for it."""
    store = open_store(new_ledger(path))
    try:
        yield store, desk_after_founding()
    finally:
        store.close()


def post_all(engine: Engine, asked: Iterable[Asked]) -> list[bytes]:
    """Post requests one by one in memory; the entries they became. Every one must stand."""
    bodies: list[bytes] = []
    for one in asked:
        outcome = engine.post(one)
        assert hasattr(outcome, "seq"), f"{one.request} gave {outcome}"
        bodies += engine.bodies
        engine.settle()
    return bodies


def good_bodies(
    pilgrims: Sequence[tuple[int, str]] = ((1, "002/0101"), (2, "002/0101"), (1, "002/0201")),
) -> list[bytes]:
    """The entries of a small ledger in memory: founding, a day, some pilgrims."""
    return good_ledger(pilgrims)[2]


def good_ledger(pilgrims: Sequence[tuple[int, str]]) -> tuple[Engine, Desk, list[bytes]]:
    """Engine and desk of such a ledger, to go on with, and its entries."""
    engine, desk = plain_engine(), Desk(stan={(CENTRE[0], HARI_AWAL): 1})
    engine.open_ledger(OPENING, 0)
    bodies = [*engine.bodies]
    engine.settle()
    bodies += post_all(engine, found(desk))
    for person, tapak in pilgrims:
        bodies += post_all(engine, pilgrim(desk, person, tapak))
    return engine, desk, bodies


SECOND = "OPERATOR2"
"""Who signs for the operator of the centre; "V0101" for a teller of 002/0101, and so on."""


def seconds() -> Iterator[Struct]:
    """Who must be made known before an act of two people: an operator, and of each branch supervisor and teller."""
    yield PenggunaBaru(SECOND, "PUSAT", "DEP", "0000")
    for tapak in BRANCHES:
        bank, cabang = tapak.split("/")
        yield PenggunaBaru("V" + cabang, "PENYELIA", bank, cabang)
        yield PenggunaBaru("U" + cabang, "TELLER", bank, cabang)


# --- damage -----------------------------------------------------------------------------------------------------

POSITION = {
    name: at
    for at, name in enumerate(
        [
            "versi",
            "seq",
            "sebelum",
            "kind",
            "waktu_us",
            "hari",
            "bank",
            "cabang",
            "device",
            "stan",
            "user",
            "penyetuju",
            "sidik",
            "facts",
            "postings",
        ]
    )
}


def rows_of(bodies: Iterable[bytes]) -> list[list[Any]]:
    """Entries as plain arrays, to be damaged."""
    return [msgspec.msgpack.decode(body) for body in bodies]


def chained(rows: Iterable[list[Any]]) -> list[bytes]:
    """Arrays as entries whose chain holds, whatever else does not."""
    bodies: list[bytes] = []
    for row in rows:
        row[POSITION["sebelum"]] = hash_entry(bodies[-1]) if bodies else HASH_NONE
        bodies.append(encode(row))
    return bodies


def first_of(rows: Sequence[list[Any]], kind: str, skip: int = 0) -> int:
    """Index of an entry of a kind."""
    return [at for at, row in enumerate(rows) if row[POSITION["kind"]] == kind][skip]


def write_journal(path: Path, bodies: Iterable[bytes], numbers: Iterable[int] | None = None) -> None:
    """Replace the entries of a journal behind its back, under the numbers 1 to n or those given, as a forger would."""
    stored = list(bodies)
    env = lmdb.open(str(path), map_size=SMALL_MAP, max_dbs=2, lib_version=0)
    entries, meta = env.open_db(b"entries"), env.open_db(b"meta")
    with env.begin(write=True) as txn:
        txn.drop(entries, delete=False)
        if stored:
            txn.put(b"kepala", msgspec.msgpack.encode((len(stored), hash_entry(stored[-1]))), db=meta)
        for seq, body in zip(numbers or range(1, len(stored) + 1), stored, strict=True):
            txn.put(seq.to_bytes(8, "big"), body, db=entries)
    env.close()


PAGE, PAGE_HEADER, LEAF = 4_096, 16, 2


def change_leaves(books: Path, key: str, change: Callable[[list[int], int], list[int]]) -> int:
    """Change the directory of each of LMDB's leaves that holds this key; the rows themselves stay as they are.

    `change` gets where the rows lie in the page, in the order of their keys, and which of them the key's is. Returns
    how many leaves were changed.
    """
    file, wanted, changed = books / "data.mdb", key.encode(), 0
    raw = bytearray(file.read_bytes())
    for page in range(0, len(raw), PAGE):
        flags, lower = struct.unpack_from("<HH", raw, page + 10)
        if flags != LEAF:
            continue
        places = list(struct.unpack_from(f"<{(lower - PAGE_HEADER) // 2}H", raw, page + PAGE_HEADER))
        keys = [raw[page + at + 8 : page + at + 8 + struct.unpack_from("<H", raw, page + at + 6)[0]] for at in places]
        if wanted in keys:
            new = change(places, keys.index(wanted))
            changed += new != places
            struct.pack_into(f"<{len(new)}H", raw, page + PAGE_HEADER, *new)
            struct.pack_into("<H", raw, page + 12, PAGE_HEADER + 2 * len(new))
    file.write_bytes(raw)
    return changed


def hide_last_row(books: Path, key: str) -> int:
    """Make the leaves that end with this key one row shorter, as a flipped bit in their count does; gives how many."""
    return change_leaves(books, key, lambda places, at: places[:at] if at == len(places) - 1 else places)


def head_of(ledger: Path) -> int:
    """The number of a ledger's last entry."""
    journal = Journal.open(ledger / "journal", writable=False)
    try:
        return journal.head
    finally:
        journal.close()
