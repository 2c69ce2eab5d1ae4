"""The language of the golden scripts: one request and its outcome a line, run in memory through the real engine.

    dunia [tutup|petang]           found the country of tests/ledger_fixtures.py; `tutup`: open no day; `petang`: and
                                   those who work in the evening
    formulir BANK/CABANG N-M       persons N to M have signed forms of the regency that branch stands in
    jemaah BANK/CABANG N-M         and deposit there on them
    tutup                          everybody cuts off who has not, and the centre closes the day
    di BANK/CABANG/DEVICE USER     who asks from here on
    hari YYYY-MM-DD                business day the requests carry
    jam HH:MM:SS[.ffffff] ZONA     host time, as the clock on a wall in WIB, WITA or WIT shows it
    isi KODE name=value ...        values a kind's requests have unless a line says otherwise
    andaikan TABLE KEY name=value  suppose a row of the books said so: for a state no kind can bring about
    tangga ... lantai              a ladder: one fault is cured a line, and the first that is left wins
    KODE [stan=N] name=value ...   a request; `& KODE ...` (or `& di ...`) stays in the batch of the line above;
                                   penyetuju=USER beside the values: that second person signed
    buku TABLE KEY                 a row of the books, as JSON
    fakta                          facts of the last entry, as JSON; bytes by their number

After `->` stands what came out: `entri N` and the answer, `ulang N` (a repeat; `lain` when its content differs), or
the refusal with its data. `<U+202E>` stands for a letter that should not lie in a file. What follows `#` is for
people, and names the article a line is there for.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ledger import batch
from ledger.batch import Outcome
from ledger.codec import decode_entry
from ledger.engine import Asked, Posted, Repeat
from ledger.kinds import KINDS
from ledger.kinds.pembukaan import Pembukaan
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from ledger.records import Refusal
from ledger.wilayah import ZONES
from tests.evening_fixtures import closing, evening
from tests.ledger_fixtures import (
    CENTRE,
    HARI_AWAL,
    JUTA_20,
    OPENING,
    PAGI,
    Desk,
    branch,
    form,
    found,
    nik_of,
    office,
    plain_engine,
    post_all,
)

LETTER = re.compile(r"<U\+([0-9A-F]{4})>")
REQUESTS = {code: msgspec.msgpack.Decoder(kind.request) for code, kind in KINDS.items()}


@dataclass
class Row:
    """One line of a script, taken apart."""

    text: str
    words: list[str]
    expected: str
    comment: str
    found: str = ""
    ladder: int = 0
    joins: bool = False

    @property
    def is_request(self) -> bool:
        return bool(self.words) and self.words[0] in KINDS

    @property
    def is_checked(self) -> bool:
        return self.is_request or self.words[:1] in (["buku"], ["fakta"])

    def rewritten(self) -> str:
        """The line with what came out."""
        if not self.is_checked:
            return self.text
        left = self.text.partition("#")[0].partition("->")[0].rstrip()
        return f"{left}  -> {self.found}" + (f"  # {self.comment}" if self.comment else "")


def read(path: Path) -> list[Row]:
    """The lines of a script. Ladders are numbered from 1; a line outside of any has 0."""
    rows, ladder, inside = [], 0, False
    for text in path.read_text(encoding="utf-8").splitlines():
        rest, _, comment = text.partition("#")
        left, _, expected = rest.partition("->")
        words = shlex.split(left)
        row = Row(text, words, expected.strip(), comment.strip())
        if words[:1] == ["&"]:
            row.words, row.joins = words[1:], True
        if words == ["tangga"]:
            ladder, inside = ladder + 1, True
        inside = inside and words != ["lantai"]
        row.ladder = ladder if inside else 0
        rows.append(row)
    return rows


@dataclass
class Run:
    """A script being run. Sets `found` of every row that is checked."""

    rows: list[Row]
    desk: Desk = field(default_factory=Desk)
    at: tuple[str, str] = CENTRE
    defaults: dict[str, dict[str, str]] = field(default_factory=dict)
    sidik: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = plain_engine()
        self.bodies: list[bytes] = []
        settle = self.engine.settle

        def keep() -> None:
            self.bodies += self.engine.bodies
            settle()

        self.engine.settle = keep  # type: ignore[method-assign]
        self.waiting: list[tuple[Row, Asked]] = []

    def all(self) -> None:
        directives: dict[str, Callable[..., None]] = {
            "dunia": self.dunia, "formulir": self.formulir, "jemaah": self.jemaah, "di": self.di,
            "tutup": self.tutup, "hari": self.hari, "jam": self.jam, "isi": self.isi,
            "andaikan": self.andaikan, "tangga": lambda: None, "lantai": lambda: None,
        }  # fmt: skip
        for row in self.rows:
            if not row.joins and row.words:
                self.flush()
            if row.is_request:
                self.request(row)
            elif row.words[:1] == ["buku"]:
                row.found = self.buku(*row.words[1:])
            elif row.words == ["fakta"]:
                row.found = json_of(self.entry.facts)
            elif row.words:
                directives[row.words[0]](*row.words[1:])
        self.flush()

    def dunia(self, how: str = "") -> None:
        self.engine.open_ledger(OPENING, 0)
        self.engine.settle()
        self.desk.stan[CENTRE[0], HARI_AWAL] = 1
        outcomes = batch.run(self.engine, found(self.desk, None if how == "tutup" else "2004-05-03"))
        assert all(type(outcome) is Posted for outcome in outcomes), outcomes
        self.engine.settle()
        if how == "petang":
            post_all(self.engine, [self.desk.ask(*CENTRE, request) for request in evening()])
        self.desk.waktu_us = PAGI

    def formulir(self, tapak: str, persons: str) -> list[str]:
        row = self.engine.books.cabang(tapak)
        assert row is not None
        kab_kota, (first, last) = row.kab_kota, map(int, persons.split("-"))
        numbers = []
        for person in range(first, last + 1):
            numbers.append(self.engine.books.spph_next(kab_kota))
            post_all(self.engine, [
                self.desk.ask(*office(kab_kota), form(nik=nik_of(person, kab_kota))),
                self.desk.ask(*office(kab_kota, signer=True), SpphSah(numbers[-1])),
            ])  # fmt: skip
        return numbers

    def jemaah(self, tapak: str, persons: str) -> None:
        for nomor in self.formulir(tapak, persons):
            post_all(self.engine, [self.desk.ask(*branch(tapak), SetoranAwal(nomor, JUTA_20))])

    def tutup(self) -> None:
        post_all(self.engine, closing(self.desk, self.engine.books))

    def di(self, at: str, user: str) -> None:
        self.at = (at, user)

    def hari(self, hari: str) -> None:
        self.desk.hari = hari

    def jam(self, clock: str, zona: str) -> None:
        hours, minutes, seconds = clock.split(":")
        local = (int(hours) * 60 + int(minutes)) * 60_000_000 + round(float(seconds) * 1_000_000)
        midnight = PAGI - 8 * 3_600_000_000 + (ZONES["WIB"] - ZONES[zona]) * 60_000_000
        self.desk.waktu_us = midnight + local

    def isi(self, code: str, *values: str) -> None:
        self.defaults[code] = dict(value.split("=", 1) for value in values)

    def request(self, row: Row) -> None:
        code, *values = row.words
        given = self.defaults.get(code, {}) | dict(value.split("=", 1) for value in values)
        stan, penyetuju = given.pop("stan", None), given.pop("penyetuju", "")
        request = made(code, given)
        if type(request) is Pembukaan:
            outcome = self.engine.open_ledger(request, self.desk.waktu_us)
            for body in self.engine.bodies:
                self.entry = decode_entry(body)
            self.engine.settle()
            row.found = told(outcome, {})
        else:
            number = None if stan is None else int(stan)
            asked = self.desk.ask(*self.at, request, stan=number, penyetuju=penyetuju)
            self.waiting.append((row, asked))

    def flush(self) -> None:
        """Run what has gathered as one batch. A batch that was refused whole has changed nothing."""
        outcomes = batch.run(self.engine, [asked for _, asked in self.waiting])
        changes = len(self.engine.books._undo)
        posted = sum(type(outcome) is Posted for outcome in outcomes)
        assert len(self.engine.bodies) == posted
        assert changes == 0 or posted, "a refusal changes nothing"
        for body in self.engine.bodies:
            self.entry = decode_entry(body)
            self.sidik[self.entry.stamp.seq] = self.entry.stamp.sidik
        self.engine.settle()
        for (row, _), outcome in zip(self.waiting, outcomes, strict=True):
            row.found = told(outcome, self.sidik)
        self.waiting = []

    def buku(self, table: str, key: str) -> str:
        row = self.engine.books.tables[table].get(key)
        return "tidak ada" if row is None else json_of(row)

    def andaikan(self, table: str, key: str, change: str) -> None:
        memory = self.engine.books.tables[table].rows
        memory[key] = msgspec.structs.replace(memory[key], **dict([change.split("=", 1)]))


def made(code: str, values: dict[str, str]) -> Any:
    """A request from its values, passed through the wire's own bytes: what no terminal can send stands in no script."""
    kind = KINDS[code].request
    types = {item.name: item.type for item in msgspec.structs.fields(kind)}
    assert values.keys() == types.keys(), f"{code} has the fields {', '.join(types)}"
    plain = {name: typed(values[name], types[name]) for name in types}
    return REQUESTS[code].decode(msgspec.msgpack.encode(kind(**plain)))


def typed(value: str, wanted: Any) -> Any:
    if wanted is bool:
        return {"ya": True, "tidak": False}[value]
    if getattr(wanted, "__origin__", wanted) is int:
        return int(value)
    return LETTER.sub(lambda match: chr(int(match[1], 16)), value)


def json_of(row: Any) -> str:
    """A row or facts on one line, with spaces as people write them; bytes by their number."""
    plain = msgspec.to_builtins(row, builtin_types=(bytes,))
    shown = [f"{len(item)} bytes" if isinstance(item, bytes) else item for item in plain] if plain is not row else row
    return json.dumps(shown, ensure_ascii=False)


def told(outcome: Outcome, sidik: dict[int, bytes]) -> str:
    """An outcome as a script says it."""
    if type(outcome) is Posted:
        return " ".join([f"entri {outcome.seq}", *(f"{name}={value}" for name, value in outcome.data.items())])
    if type(outcome) is Repeat:
        return f"ulang {outcome.seq}" + ("" if sidik[outcome.seq] == outcome.sidik else " lain")
    if type(outcome) is Refusal:
        return " ".join([outcome.id, *(f"{name}={value}" for name, value in outcome.data.items())])
    return f"GAGAL {outcome}"
