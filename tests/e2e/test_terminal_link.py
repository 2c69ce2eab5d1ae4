"""The terminal's own link on a real host: approval, a new password and an operator's message."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.setoran_awal import SetoranAwal
from terminal.dial import Dialler, LinkLimits
from terminal.events import LinkEvent, OperatorBreak
from terminal.kept import KeptFolder
from terminal.link import Link
from terminal.waiting import is_of_question
from tests.host_fixtures import OPERATOR, SANDI, TELLER, HostProcess
from txserver.wire.frames import Accepted, Answer, Refused


def link_to(host: HostProcess, folder: Path) -> tuple[Link, list[LinkEvent]]:
    limits, events = LinkLimits(), list[LinkEvent]()
    link = Link(Dialler(f"{host.url}/line", None, limits), KeptFolder(folder), chance=Random(1), limits=limits)
    link.listen(events.append)
    return link, events


async def test_two_people_a_new_password_and_a_message(ledger: Path, numbers: list[str], tmp_path: Path) -> None:
    with HostProcess(ledger) as host:
        teller, events = link_to(host, tmp_path / "teller")
        who = TELLER
        await teller.sign_on(who, SANDI)
        taken = await teller.post(SetoranAwal(numbers[0], 20_000_000))
        assert isinstance(taken, Accepted)
        body = KoreksiSetoran(str(taken.data["nomor_porsi"]), "salah orang")
        unsigned = await teller.post(body)
        assert isinstance(unsigned, Refused)
        assert unsigned.id == "SKH7020"
        wrong = await teller.approve(body, "SPV1", "salah-sekali")
        assert isinstance(wrong, Refused)
        assert (wrong.id, is_of_question(wrong)) == ("SKH7011", True)
        signed = await teller.approve(body, "SPV1", SANDI)
        assert isinstance(signed, Accepted)
        assert isinstance(await teller.change_password(SANDI, "sandi-yang-baru"), Answer)

        operator, _ = link_to(host, tmp_path / "operator")
        await operator.sign_on(OPERATOR, SANDI)
        told = await operator.announce(who.tapak, "Rapat pukul 16.")
        assert isinstance(told, Answer)
        assert told.data == {"n": 1}
        while not events:
            await asyncio.sleep(0.01)
        assert events == [OperatorBreak("SKH8201", {"dari": "DEP/0000 OPERATOR", "teks": "Rapat pukul 16."})]
        await operator.close()
        await teller.sign_off()
        await teller.sign_on(who, "sandi-yang-baru")
        await teller.close()
        assert host.end() == 0
