"""A host of a hundred lines for tests of the terminal: speaks the line protocol, keeps its books in a dict.

What goes wrong is planned: each POST or INQUIRY takes the next item of `plan`, "" when there is none.

    ""             answered
    "lost"         posted, and the line cut before the answer
    "cut"          the line cut before anything is posted
    "busy"         BUSY, nothing posted
    "strays"       answers with other numbers first, then the right one
    "closed SKHn"  CLOSED with that id
    "refused SKHn" REFUSED with that id
    "silent"       posted, and never answered
    "opened"       answered, and told before that a business day has opened

By hand:  python tests/unit/terminal/fake_host.py 7004     then sign on as anybody, password RAHASIA
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # when run by hand

from aiohttp import WSMsgType, web

from txserver.wire import frames
from txserver.wire.frames import (
    Accepted,
    Answer,
    Break,
    Busy,
    Closed,
    Inquiry,
    Post,
    Ready,
    Refused,
    Resume,
    SignOff,
    SignOn,
)

WAKTU_US = 1_083_546_000_000_000  # 3 May 2004, 08:00 in Jakarta
PILGRIM: dict[str, Any] = {
    "nomor_spph": "33250000001",
    "status": "SAH",
    "nama": "AHMAD SYAFI'I BIN ABDULLAH",
    "nama_ayah": "ABDULLAH",
    "nik": "332501******0001",
    "tempat_lahir": "BATANG",
    "tanggal_lahir": "1960-12-31",
    "jenis_kelamin": "L",
    "alamat": "JALAN RAYA PANTURA KILOMETER TUJUH NOMOR DELAPAN RT 01 RW 02",
    "kelurahan": "PROYONANGGAN",
    "kecamatan": "BATANG",
    "kab_kota": "Kab. Batang",
    "provinsi": "Jawa Tengah",
    "kode_pos": "51211",
    "telepon": "0285391234",
    "nominal_rupiah": 20_000_000,
    "nomor_porsi": "",
}
PAGES = [
    [
        "SISKOHAT - SISTEM KOMPUTERISASI HAJI TERPADU".center(80).rstrip(),
        "=" * 80,
        *(f"Baris {number:02d}             : isi" for number in range(1, 20)),
        f"Lembar {sheet} dari 2",
    ]
    for sheet in (1, 2)
]


class FakeHost:
    """`heard` is every frame that came, `posted` what became an entry, by (stan, hari)."""

    def __init__(self) -> None:
        self.info: dict[str, Any] = {
            "hari": "2004-05-03",
            "waktu_us": WAKTU_US,
            "token": "tanda",
            "peran": "TELLER",
            "nama_cabang": "BANK CONTOH CABANG BATANG",
            "kinds": ["STA"],
            "host": "SISKOHAT",
        }
        self.plan: list[str] = []
        self.held = False
        """Whether steps are held back; the next request after they are not gives their answers too."""
        self._steps: list[Any] = []
        self.refuse_resume: list[str] = []
        self.heard: list[Any] = []
        self.posted: dict[tuple[int, str], Accepted] = {}
        self.connections = 0
        self.pongs = True
        """Whether a new connection answers pings."""
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> FakeHost:
        app = web.Application()
        app.router.add_get("/line", self._line)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        self.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{self._runner.addresses[0][1]}/line"
        return self

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def posts(self) -> list[Post]:
        return [frame for frame in self.heard if isinstance(frame, Post)]

    async def _line(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(frames.SUBPROTOCOL,), autoping=self.pongs)
        await socket.prepare(request)
        self.connections += 1
        async for message in socket:
            if message.type is WSMsgType.PING:
                continue
            assert message.type is WSMsgType.BINARY
            frame = frames.decode_from_terminal(message.data)
            self.heard.append(frame)
            if isinstance(frame, SignOn | Resume):
                answers = self._session(frame)
            elif isinstance(frame, SignOff):
                answers = [Closed(0, "SKH0003", {})]
            else:
                answers = self._request(frame, self.plan.pop(0) if self.plan else "")
            if answers is None:
                break
            for answer in answers:
                await socket.send_bytes(frames.encode(answer))
        await socket.close()
        return socket

    def _session(self, frame: SignOn | Resume) -> list[Any]:
        if isinstance(frame, SignOn) and frame.sandi != "RAHASIA":
            return [Closed(0, "SKH7011", {})]
        if isinstance(frame, Resume) and self.refuse_resume:
            return [Closed(0, self.refuse_resume.pop(0), {})]
        hari = self.info["hari"]
        stan = max((stan for stan, day in self.posted if day == hari), default=0)
        return [Ready(0, {**self.info, "stan": stan})]

    def _request(self, frame: Any, planned: str) -> list[Any] | None:
        """The answers, or None to cut the line."""
        word, _, id = planned.partition(" ")
        nomor = frame.stan if isinstance(frame, Post) else frame.nomor
        if isinstance(frame, frames.Jalankan):
            self._steps.append(Answer(0, nomor, {"langkah": frame.langkah}))
            return self._done_steps()
        match word:
            case "cut":
                return None
            case "busy":
                return [Busy(0, nomor, 1, "SKH9001")]
            case "closed":
                return [Closed(0, id, {})]
            case "refused":
                return [Refused(0, nomor, id, {"hari": self.info["hari"], "hari_permintaan": "?"})]
        answer = self._post(frame) if isinstance(frame, Post) else self._question(frame)
        if word == "lost":
            return None
        if word == "silent":
            return []
        if word == "opened":
            return [Break(0, "SKH8202", {"hari": self.info["hari"]}), answer]
        strays = [Accepted(0, nomor + 1, 99, WAKTU_US, False, {"nomor_porsi": "9999999999"})]
        strays += [Answer(0, nomor, {}) if isinstance(frame, Post) else Accepted(0, nomor, 98, WAKTU_US, False, {})]
        strays += [Refused(0, nomor + 7, "SKH2001", {}), Accepted(5, nomor, 97, WAKTU_US, False, {})]
        return [*strays, answer] if word == "strays" else [*self._done_steps(), answer]

    def _done_steps(self) -> list[Any]:
        done, self._steps = ([], self._steps) if self.held else (self._steps, [])
        return done

    def _post(self, post: Post) -> Accepted:
        key = (post.stan, post.hari)
        if (first := self.posted.get(key)) is not None:
            return Accepted(0, first.stan, first.seq, first.waktu_us, True, first.data)
        seq = 100 + len(self.posted)
        names = {"STA": {"nomor_porsi": f"11{seq:08d}"}, "SPT": {"nomor_spph": f"3325{seq:07d}"}}
        data = names.get(post.body.__struct_config__.tag, {})
        self.posted[key] = Accepted(0, post.stan, seq, WAKTU_US, False, data)
        return self.posted[key]

    def _question(self, frame: Any) -> Answer | Refused:
        match frame:
            case frames.Approve(sandi=sandi):
                good = sandi == "RAHASIA2"
                return (
                    Answer(0, frame.nomor, {"izin": "tanda-tangan"}) if good else Refused(0, frame.nomor, "SKH7011", {})
                )
            case frames.Password():
                return Answer(0, frame.nomor, {"token": "tanda-baru"})
            case frames.Siar():
                return Answer(0, frame.nomor, {"n": 3})
            case _:
                return self._inquiry(frame)

    def _inquiry(self, inquiry: Inquiry) -> Answer | Refused:
        nomor, body = inquiry.nomor, inquiry.body
        match body:
            case frames.InquirySpph(nomor_spph):
                if nomor_spph == "33259999999":
                    return Refused(0, nomor, "SKH7018", {})
                return Answer(0, nomor, {**PILGRIM, "nomor_spph": nomor_spph})
            case frames.InquiryPorsi(nomor_porsi):
                told = {"posisi": 1, "seq": 100, "waktu_us": WAKTU_US, "hari": "2004-05-03", "bank": "451"}
                told |= {"cabang": "0123", "saldo_rupiah": 20_000_000, "status": "BERPORSI"}
                return Answer(0, nomor, {**PILGRIM, **told, "nomor_porsi": nomor_porsi.rjust(10, "0")})
            case frames.InquiryPermintaan(stan=stan, hari=hari):
                first = self.posted.get((stan, hari))
                if first is None:
                    return Refused(0, nomor, "SKH7018", {})
                told = {"seq": first.seq, "kind": "STA", "waktu_us": first.waktu_us, "data": first.data}
                return Answer(0, nomor, told)
            case _:
                return Answer(0, nomor, {"halaman": PAGES})


async def _serve(port: int) -> None:
    host = await FakeHost().start(port)
    host.info["kinds"] = ["STA", "SPT", "SPS", "BHR", "BNK", "CAB", "PRK", "PGN", "UID"]
    host.info["demo"] = True
    host.plan = sys.argv[2:]
    print(host.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
