"""A file on its way: order, how many pieces are unanswered, and what happens when pieces are lost or do not fit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terminal.confirmation import Confirmation, taken
from terminal.sending import Sending
from txserver.wire.frames import UPLOAD_BYTES_MAX, Answer, Refused, Unggah

PIECES = 11
CONTENT = bytes(n % 251 for n in range(PIECES * UPLOAD_BYTES_MAX - 700))
TOO_LARGE = "SKH6301"


class Host:
    """Takes pieces as the host does, and answers nothing before `hold` of them have been unanswered at a time."""

    def __init__(self, *, forget_at: int = -1, refuse_at: int = -1, hold: int = 1) -> None:
        self.hold, self.full = hold, asyncio.Event()
        self.got = bytearray()
        self.n = self.most = self.way = 0
        self.forget_at, self.refuse_at = forget_at, refuse_at
        self.last: Unggah | None = None

    async def ask(self, piece: Unggah) -> Answer | Refused:
        self.way += 1
        self.most = max(self.most, self.way)
        self.n += 1
        answer = self._take(piece)
        if self.way >= self.hold:
            self.full.set()
        async with asyncio.timeout(10):
            await self.full.wait()
        await asyncio.sleep(0.001)
        self.way -= 1
        return answer

    async def take_in(self, piece: Unggah) -> Answer | Refused:
        assert self.way == 0, "the last piece waits for all others"
        self.last = piece
        return await self.ask(piece)

    def _take(self, piece: Unggah) -> Answer | Refused:
        if self.n == self.forget_at:  # as a host that was started anew
            self.got.clear()
        if self.n == self.refuse_at:
            return Refused(0, 1, TOO_LARGE, {"batas": 1})
        if piece.offset == 0:
            self.got.clear()
        if piece.offset != len(self.got):
            return Refused(0, 1, "SKH6302", {"diterima": len(self.got)})
        self.got += piece.isi
        return Answer(0, 1, {"diterima": len(self.got)})


@pytest.fixture
def file(tmp_path: Path) -> Confirmation:
    (tmp_path / "a.csv").write_bytes(CONTENT)
    return taken(tmp_path, "a.csv")


def sending(file: Confirmation, host: Host, ahead: int = 4) -> tuple[Sending, list[int]]:
    told: list[int] = []
    return Sending(file, "451", "2004-05-03", host.ask, ahead=ahead, tell=told.append), told


@pytest.mark.parametrize(("ahead", "most"), [(0, 1), (1, 1), (4, 4), (32, PIECES - 1)])
async def test_pieces_go_out_in_order_with_so_many_unanswered(file: Confirmation, ahead: int, most: int) -> None:
    host = Host(hold=most)
    send, told = sending(file, host, ahead)
    answer = await send.run(host.take_in)
    assert isinstance(answer, Answer)
    assert (bytes(host.got), host.n, host.most) == (CONTENT, PIECES, most)
    assert told == sorted(told)
    assert told[-1] == (PIECES - 1) * UPLOAD_BYTES_MAX
    assert host.last is not None
    assert (host.last.akhir, host.last.kode_bank, host.last.hari) == (True, "451", "2004-05-03")
    assert host.last.sidik == file.sidik


@pytest.mark.parametrize("at", range(1, PIECES + 1))
async def test_a_host_that_has_forgotten_what_it_had_gets_it_again(file: Confirmation, at: int) -> None:
    host = Host(forget_at=at)
    send, _ = sending(file, host)
    assert isinstance(await send.run(host.take_in), Answer)
    assert bytes(host.got) == CONTENT


async def test_answers_that_were_lost_are_no_loss(file: Confirmation) -> None:
    """A line that was cut sends again what was unanswered; what the host has does not fit, and is passed over."""
    host = Host()

    async def twice(piece: Unggah) -> Answer | Refused:
        first = await host.ask(piece)
        return first if piece.offset % (2 * UPLOAD_BYTES_MAX) else await host.ask(piece)

    send = Sending(file, "451", "2004-05-03", twice, ahead=1, tell=lambda _: None)
    assert isinstance(await send.run(host.take_in), Answer)
    assert bytes(host.got) == CONTENT


async def test_a_refusal_ends_it_and_nothing_more_is_asked(file: Confirmation) -> None:
    host = Host(refuse_at=3)
    send, _ = sending(file, host)
    answer = await send.run(host.take_in)
    assert isinstance(answer, Refused)
    assert answer.id == TOO_LARGE
    n = host.n
    await asyncio.sleep(0.01)
    assert (host.n, host.last) == (n, None)


async def test_an_empty_file_is_one_last_piece(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    host = Host()
    send, told = sending(taken(tmp_path, "a.csv"), host)
    assert isinstance(await send.run(host.take_in), Answer)
    assert (host.n, told) == (1, [])
