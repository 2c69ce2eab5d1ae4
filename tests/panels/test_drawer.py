from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from ledger.kinds.laci_tutup import LaciTutup
from terminal.panels.drawer import CloseDrawerPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.session import SignOffPanel
from terminal.panels.signon import SignOnPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import Accepted, InquiryLaci, Refused

Golden = Callable[[str, list[str]], None]
ANSWER = {"seharusnya_rupiah": 41_000_000, "dihitung_rupiah": 40_950_000, "selisih_rupiah": -50_000}
NO_DRAWER = Refused(0, 900_001, "SKH2301", {})
CLOSED = Accepted(0, 1, 150, WAKTU_US, False, ANSWER)


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink(msgspec.structs.replace(INFO, kinds=("STA", "LBK", "LSR", "LTP"), laci=True))


async def test_the_running_count(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"hl", "enter")
    golden("laci_hitungan", teller.glass)
    await teller.press("f5", "enter")
    assert teller.link.asked[1:] == [InquiryLaci(), InquiryLaci()]
    assert isinstance(teller.panel, MenuPanel)
    teller.link.answers = [NO_DRAWER]
    await teller.press(*"hl", "enter")
    assert teller.message == "X SKH2301 Tidak ada laci terbuka pada perangkat ini."


async def test_closing_counts_compares_and_closes(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"lt", "enter")
    assert isinstance(teller.panel, CloseDrawerPanel)
    golden("laci_tutup", teller.glass)
    await teller.press(*"409", "tab", "1", "enter")
    golden("laci_tutup_dihitung", teller.glass)
    assert teller.link.asked[1:] == [InquiryLaci()]
    await teller.press("tab", "0", "tab", "5", "enter")
    assert teller.message.startswith("SKH0052 Dihitung Rp 41.000.000, selisih Rp 0;")
    await teller.press("tab", "tab", "0", "enter")
    assert teller.message.startswith("SKH0052 Dihitung Rp 40.900.000, selisih Rp -100.000;")
    await teller.press("tab", "1", "enter")
    teller.link.answers = [CLOSED]
    await teller.press("enter")
    assert teller.link.asked[-1] == LaciTutup(409, 1, 0, 0, 0, 0, 0, 0)
    golden("laci_tutup_selesai", teller.glass)
    await teller.press("enter")
    assert isinstance(teller.panel, MenuPanel)


async def test_a_drawer_that_is_not_open_cannot_be_counted(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.answers = [NO_DRAWER, NO_DRAWER]
    await teller.press(*"lt", "enter")
    assert teller.message.startswith("X SKH2301")
    await teller.press("escape", "1", "enter")
    assert teller.message.startswith("X SKH2301")
    assert teller.link.asked[1:] == [InquiryLaci(), InquiryLaci()]


async def test_f5_counts_anew(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"lt", "enter", *"409", "enter", "f5")
    assert isinstance(teller.panel, CloseDrawerPanel)
    assert set(teller.panel.buffer.typed_values().values()) == {""}
    await teller.press("1", "enter")
    assert teller.message.startswith("SKH0052 Dihitung Rp 100.000, selisih Rp -40.900.000;")


async def test_a_sign_off_warns_of_an_open_drawer(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press("f3")
    assert isinstance(teller.panel, SignOffPanel)
    golden("sign_off", teller.glass)
    await teller.press("f12")
    assert isinstance(teller.panel, MenuPanel)
    await teller.press("f3", "f3")
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.message == "SKH0003 Sign-off selesai."
    await teller.sign_on()
    await teller.press(*"so", "enter", "enter")
    assert isinstance(teller.panel, SignOnPanel)


async def test_a_drawer_that_was_closed_is_not_warned_of(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.answers = []
    await teller.press(*"lt", "enter", "1", "enter")
    teller.link.answers = [CLOSED]
    await teller.press("enter", "enter", "f3")
    assert isinstance(teller.panel, SignOnPanel)
    await teller.sign_on()
    await teller.press("f3")
    assert isinstance(teller.panel, SignOffPanel)
