"""The evening over HTTP: a bank's confirmation in, its outputs out, and the board.

    POST /settlement/HARI/BANK[?cara=GANTI|TAMBAH]      X-SHA256 (wanted), X-Signature, X-Nama
    GET  /settlement/HARI/BANK/OUTPUT
    GET  /papan[?hari=HARI]

Refusals are JSON: id, text, data.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from ledger.books import Books
from ledger.ketentuan import is_tanggal
from ledger.kind import Role
from ledger.messages import MESSAGES, first_level
from ledger.records import Origin, Refusal
from txserver.evening.board_page import ITEMS_MAX, Item, board_page
from txserver.evening.desk import LAPORAN, EveningDesk
from txserver.evening.papers import not_made
from txserver.evening.places import Places
from txserver.evening.silang_board import silang_table
from txserver.evening.steps import Delivery, Steps
from txserver.evening.uploads import Uploads
from txserver.evening.visitors import Visitors
from txserver.pages import ARRIVED, BROKEN, HTML, JSON, TEXT, Call, Page
from txserver.recap import Recap, days_between

_SETTLEMENT = re.compile(r"/settlement/(\d{4}-\d{2}-\d{2})/([0-9A-Z]{3})(?:/([a-z]+\.[a-z0-9.]+))?")
_ANCHOR = re.compile(r"jangkar\.(json|txt)")
_TYPES = {".json": JSON, ".txt": TEXT, ".csv": "text/csv", ".pdf": "application/pdf", ".xml": "application/xml"}

STATUS = {
    "SKH7011": 401,
    "SKH7012": 401,
    "SKH7008": 403,
    "SKH6213": 403,
    "SKH7017": 403,
    "SKH7018": 404,
    "SKH6307": 404,
    "SKH8002": 404,
    "SKH6203": 409,
    "SKH6216": 409,
    "SKH6007": 409,
    "SKH6301": 413,
    "SKH9001": 503,
    "SKH9002": 503,
    "SKH6306": 503,
    "SKH6303": 500,
    "SKH6305": 500,
}
"""HTTP status of a refusal; any other is 422: what was sent is wrong."""
REFRESH_S = 5
NOT_THERE = Refusal("SKH7018", {})


class EveningWeb:
    """The evening's HTTP of one host."""

    def __init__(
        self,
        books: Books,
        places: Places,
        desk: EveningDesk,
        steps: Steps,
        uploads: Uploads,
        visitors: Visitors,
        recap: Recap,
        name: str,
    ) -> None:
        self._books = books
        self._places = places
        self._desk = desk
        self._steps = steps
        self._uploads = uploads
        self._visitors = visitors
        self._recap = recap
        self._name = name
        self._let_in: dict[str, tuple[Origin, Call]] = {}
        self._count = 0

    async def answer(self, call: Call) -> Page:
        """Answer one request."""
        if call.method in {ARRIVED, BROKEN}:
            return await self._arrived(call)
        origin = await self._visitors.check(call.authorization)
        if isinstance(origin, Refusal):
            return refused(origin)
        if call.path == "/papan":
            return self._board(call, origin)
        match = _SETTLEMENT.fullmatch(call.path)
        if match is None or not is_tanggal(match[1]) or bool(match[3]) != (call.method == "GET"):
            return refused(NOT_THERE)
        banks = self._desk.banks(origin, match[2], "KFT" if call.method == "POST" else LAPORAN)
        if isinstance(banks, Refusal):
            return refused(banks)
        return self._let(call, origin) if call.method == "POST" else await self._output(match[2], match[1], match[3])

    def _let(self, call: Call, origin: Origin) -> Page:
        """Somebody who may wants to send a file: where to."""
        if call.length > self._uploads.bytes_max:
            return refused(Refusal("SKH6301", {"batas": self._uploads.bytes_max}))
        self._count += 1
        who = f"http/{self._count}"
        upload = self._uploads.begin(who, call.nama or "konfirmasi")
        if isinstance(upload, Refusal):
            return refused(upload)
        self._let_in[who] = origin, call
        return Page(202, file=str(upload.path), upload=who, bytes_max=self._uploads.bytes_max)

    async def _arrived(self, call: Call) -> Page:
        found = self._let_in.pop(call.upload, None)
        if found is None:
            return refused(NOT_THERE)
        if call.method == BROKEN:
            self._uploads.drop(call.upload)
            return refused(Refusal("SKH6301", {"batas": self._uploads.bytes_max}))
        origin, first = found
        upload = self._uploads.claim(call.upload)
        try:
            match = _SETTLEMENT.fullmatch(first.path)
            assert match is not None, "it was let in"
            delivery = Delivery(
                origin=origin,
                bank=match[2],
                hari=match[1],
                path=str(upload.path),
                nama=upload.nama,
                sidik=first.sha256.lower(),
                tanda_tangan=first.signature,
                cara=first.query.get("cara", ""),
                jenis=first.query.get("jenis", "STA"),
            )
            outcome = await self._steps.confirm(delivery)
        finally:
            upload.path.unlink(missing_ok=True)
        if isinstance(outcome, Refusal):
            return refused(outcome)
        return Page(200 if outcome["ulang"] else 201, _json(outcome), JSON)

    async def _output(self, bank: str, hari: str, name: str) -> Page:
        """One output of a bank's day, made anew if anything of it has changed."""
        if (anchor := _ANCHOR.fullmatch(name)) is not None:
            path = self._places.jangkar(hari, anchor[1])
            is_there = self._books.penutupan(hari) is not None and path.is_file()
            return Page(200, b"", _TYPES["." + anchor[1]], file=str(path)) if is_there else refused(NOT_THERE)
        outcome = await self._steps.report(bank, hari, is_fresh_enough=True)
        if isinstance(outcome, Refusal):
            return refused(outcome)
        if name not in outcome["nama"]:
            return refused(not_made(bank, name, outcome["nama"]))
        path = self._places.laporan(bank, hari) / name
        return Page(200, b"", _TYPES.get(Path(name).suffix, TEXT), file=str(path))

    def _board(self, call: Call, origin: Origin) -> Page:
        profile = self._books.pengguna(origin.user)
        assert profile is not None, "the password was his"
        if profile.peran not in {Role.PUSAT, Role.BANK, Role.AUDITOR}:
            return refused(Refusal("SKH7008", {"user": origin.user, "kind": "PAPAN"}))
        hari = call.query.get("hari", self._books.hari)
        if not is_tanggal(hari):
            return refused(Refusal("SKH1003", {"tanggal": ascii(hari)[:16]}))
        days = [self._recap.bank_day(bank, hari) for bank in self._recap.banks(origin)]
        rows, n_items = self._recap.items(origin, hari, ITEMS_MAX)
        items = [Item(row, days_between(row.hari, self._books.hari)) for row in rows]
        mine = {"", *self._recap.banks(origin)}
        running = [one for one in self._recap.running if one.bank in mine]
        closed = self._books.penutupan(hari)
        silang = silang_table(self._recap.silang(hari)) if self._recap.sees_all(origin) else ""
        page = board_page(self._name, hari, self._books.hari, closed, days, running, items, n_items, silang)
        headers = {"Refresh": str(REFRESH_S), "Cache-Control": "no-store"}
        return Page(200, page.encode(), HTML, headers=headers)


def refused(refusal: Refusal) -> Page:
    """A refusal as JSON: id, text in both languages, data."""
    status = STATUS.get(refusal.id, 422)
    said: dict[str, Any] = {"id": refusal.id, "data": refusal.data}
    if refusal.id in MESSAGES:
        said |= {"pesan": first_level(refusal.id, refusal.data), "text": first_level(refusal.id, refusal.data, "en")}
    headers = {"WWW-Authenticate": 'Basic realm="SISKOHAT", charset="UTF-8"'} if status == 401 else {}
    return Page(status, _json(said), JSON, headers=headers)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
