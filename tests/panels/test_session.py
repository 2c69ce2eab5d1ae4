from __future__ import annotations

from collections.abc import Callable

import msgspec

from ledger.kinds import KINDS
from terminal.events import HostBusy, LineDown, LineUp, OperatorBreak
from terminal.panels.entry import SetoranAwalPanel
from terminal.panels.inquiry import ReadPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.messages import MessagesPanel, SendPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import InquiryPesan, Refused

Golden = Callable[[str, list[str]], None]


async def test_the_message_queue(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ps", "enter")
    golden("pesan", teller.glass)
    assert teller.link.asked[-1] == InquiryPesan()
    await teller.press("5", "enter")
    assert isinstance(teller.panel, ReadPanel)
    golden("pesan_tampil", teller.glass)
    await teller.press("enter", "f6")
    assert teller.message == "X SKH1120 Tombol F6 tidak dipakai pada panel ini."


async def test_a_supervisor_sends_a_message(teller: Teller, golden: Golden) -> None:
    teller.link._info = msgspec.structs.replace(INFO, peran="PENYELIA")
    await teller.sign_on()
    await teller.press(*"ps", "enter", "f6")
    assert isinstance(teller.panel, SendPanel)
    assert teller.field == "teks"
    await teller.type("Rapat pukul 16.")
    golden("pesan_kirim", teller.glass)
    await teller.press("enter")
    assert teller.link.asked[-1] == ("451/0123", "Rapat pukul 16.")
    assert teller.message == "SKH0051 Pesan disampaikan kepada 12 terminal."
    await teller.type("Lagi.")
    teller.link.answers = [Refused(0, 900_001, "SKH7008", {"user": "TELLER1", "kind": "SIAR"})]
    await teller.press("enter")
    assert teller.message.startswith("X SKH7008")
    assert teller.panel.buffer.typed_values()["teks"] == "Lagi."
    await teller.press("escape", "f12")
    assert isinstance(teller.panel, MessagesPanel)


async def test_a_break_message_is_on_line_24_with_a_beep_and_nothing_typed_is_lost(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *"3325")
    teller.link.hear(OperatorBreak("SKH8201", {"dari": "DEP/0000 OPERATOR1", "teks": "Host ditutup pukul 15."}))
    await teller.rest()
    assert teller.message == "SKH8201 Host ditutup pukul 15."
    assert teller.beeps == 1
    await teller.press("0")
    assert teller.panel.buffer.typed_values() == {"nomor_spph": "33250"}


async def test_a_day_that_opens_is_told_and_shown_on_the_menu(teller: Teller) -> None:
    await teller.sign_on()
    assert "03-05-2004" in teller.glass[3]
    teller.link.info = msgspec.structs.replace(INFO, hari="2004-05-04")
    teller.link.hear(OperatorBreak("SKH8202", {"hari": "2004-05-04"}))
    await teller.rest()
    assert teller.message == "SKH8202 Hari kerja 2004-05-04 dibuka."
    assert "04-05-2004" in teller.glass[3]
    await teller.press("1", "enter", "f3")
    assert "04-05-2004" in teller.glass[3]


async def test_change_of_the_own_password(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"sd", "enter")
    golden("sandi", teller.glass)
    await teller.press(*"LAMALAMA", "tab", *"BARUBARU", "tab", *"BARUBARA", "enter")
    assert teller.message == "X SKH1130 Kedua isian sandi baru tidak sama."
    assert len(teller.link.asked) == 1
    assert set(teller.panel.buffer.typed_values().values()) == {""}
    await teller.press("escape", *"LAMALAMA", "tab", *"BARUBARU", "tab", *"BARUBARU")
    assert "BARU" not in "".join(teller.glass).replace("Sandi baru", "")
    await teller.press("enter")
    assert teller.link.asked[-1] == ("LAMALAMA", "BARUBARU")
    assert teller.message == "SKH0050 Kata sandi sudah diganti."
    teller.link.answers = [Refused(0, 900_001, "SKH7024", {"panjang": 8})]
    await teller.press(*"LAMALAMA", "tab", *"PENDEK", "tab", *"PENDEK", "enter")
    assert teller.message.startswith("X SKH7024")


async def test_the_state_of_the_line_has_its_place(teller: Teller) -> None:
    assert teller.glass[0][:20].strip() == ""
    await teller.sign_on()

    async def state(event: object) -> str:
        teller.link.hear(event)  # type: ignore[arg-type]
        await teller.rest()
        return teller.glass[0][:20].strip()

    assert await state(LineUp()) == "SIAP"
    assert await state(HostBusy("SKH9001", 100)) == "SIBUK"
    assert await state(HostBusy("SKH9002", 100)) == "HOST DITUTUP"
    assert await state(LineDown(WAKTU_US, "SKH9002")) == "HOST DITUTUP"
    assert await state(LineDown(WAKTU_US)) == "PUTUS 08:00:00"
    assert await state(LineUp()) == "SIAP"
    assert isinstance(teller.panel, MenuPanel)


async def test_the_state_tells_whether_the_keyboard_takes_keys(teller: Teller) -> None:
    await teller.sign_on()

    def state() -> str:
        return teller.glass[0][:20].strip()

    await teller.press("1", "enter", "x")
    assert state() == "TERKUNCI"
    await teller.press("escape")
    assert state() == "SIAP"
    teller.link.gate.clear()
    await teller.press(*"33250000001", "enter")
    assert state() == "SIBUK"
    teller.link.hear(LineDown(WAKTU_US))
    await teller.rest()
    assert state() == "PUTUS 08:00:00"
    teller.link.hear(LineUp())
    teller.link.gate.set()
    await teller.rest()
    assert state() == "SIAP"


async def test_a_long_menu_has_pages_and_all_of_it_can_be_chosen_from_each(teller: Teller) -> None:
    teller.link._info = msgspec.structs.replace(INFO, kinds=tuple(KINDS))
    await teller.sign_on()
    assert teller.glass[19].split()[-1] == "Lanjut..."
    await teller.press("s", "pagedown")
    assert teller.glass[19].split()[-1] == "Akhir"
    assert "SIGN-OFF" in "".join(teller.glass)
    await teller.press("pagedown", "pageup", "pagedown", "a", "enter")
    assert isinstance(teller.panel, SetoranAwalPanel)


async def test_a_message_does_not_take_an_error_off_the_glass(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", "x")
    assert teller.message.startswith("X SKH1110")
    teller.link.hear(OperatorBreak("SKH8201", {"dari": "DEP/0000 OPERATOR1", "teks": "Host ditutup pukul 15."}))
    await teller.rest()
    assert teller.message.startswith("X SKH1110")
    assert teller.beeps == 2
