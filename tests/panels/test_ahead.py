"""Type-ahead: what is typed while the host is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.events import Paste

from ledger.kinds.setoran_awal import SetoranAwal
from terminal.app import Terminal
from terminal.config import Settings
from terminal.dial import HostUnreachable, SessionClosed
from terminal.events import LineDown, SessionOver
from terminal.panels.ahead import AHEAD_MAX
from terminal.panels.entry import EntryPanel, SetoranAwalPanel
from terminal.panels.inquiry import PorsiPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.over import SystemPanel
from terminal.panels.panel import HelpPanel
from terminal.panels.receipt import ReceiptPanel
from terminal.panels.signon import SignOnPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import InquiryPorsi, InquirySpph, Refused

Golden = Callable[[str, list[str]], None]
SPPH, NEXT = "33250000001", "33250000002"


@pytest.fixture
async def silent(teller: Teller) -> Teller:
    """At the form of setoran awal, Enter pressed, the host silent."""
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter")
    teller.link.gate.clear()
    await teller.press("enter")
    assert teller.message == "X SYSTEM"
    return teller


async def answers(teller: Teller) -> None:
    teller.link.gate.set()
    await teller.rest()


async def test_keys_are_kept_and_played_across_the_panels_that_come(silent: Teller) -> None:
    await silent.press("enter", *NEXT, "enter", "enter", "enter", "f3", "p", "o", "enter", *"1100000001", "enter")
    assert silent.message == "X SYSTEM"
    assert silent.beeps == 0
    await answers(silent)
    assert isinstance(silent.panel, PorsiPanel)
    assert [body for body in silent.link.asked[1:] if isinstance(body, InquirySpph | SetoranAwal | InquiryPorsi)] == [
        InquirySpph(SPPH),
        SetoranAwal(SPPH, 20_000_000),
        InquirySpph(NEXT),
        SetoranAwal(NEXT, 20_000_000),
        InquiryPorsi("1100000001"),
    ]
    assert silent.panel.buffer.typed_values() == {"nomor_porsi": "1100000001"}
    assert silent.beeps == 0


class SlowLink(FakeLink):
    """Every answer takes its time, as over a satellite."""

    seconds = 0.02

    async def _next(self, usual: Any) -> Any:
        await asyncio.sleep(self.seconds)
        return await super()._next(usual)


class TestOverASlowLine:
    @pytest.fixture
    async def link(self) -> FakeLink:
        import msgspec

        return SlowLink(msgspec.structs.replace(INFO, kinds=("SPT",)))

    async def test_forty_keys_of_two_seconds_all_land(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("1", "enter", *"ahmad", "tab", *"abdullah", "tab", *"3325013112600001", "tab", *"batang")
        await teller.press("tab", *"31-12-1960", *"ljl. raya 7", "tab", *"pecalungan", "tab", *"bandar")
        teller.link.seconds = 2.0  # type: ignore[attr-defined]
        teller.app.post_message(_key("enter"))
        await asyncio.sleep(0.1)
        name, father = "MUHAMMAD ZAINUDDIN", "SYAHRIAL AHMAD SALEH"
        typed = [*name, "tab", *father, "tab"]
        assert len(typed) == 40
        for key in typed:
            teller.app.post_message(_key(key))
        await asyncio.sleep(0.1)
        assert teller.panel.is_waiting
        assert isinstance(teller.panel, EntryPanel)
        assert teller.panel.buffer.typed_values()["nama"] == "AHMAD"
        await teller.rest()
        texts = teller.panel.buffer.typed_values()
        assert (texts["nama"], texts["nama_ayah"], teller.field) == (name, father, "nik")
        assert teller.beeps == 0

    async def test_a_day_of_pilgrims_typed_without_looking(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("p", "o", "enter")
        for number in range(1_100_000_001, 1_100_000_011):
            for key in (*str(number), "enter"):
                teller.app.post_message(_key(key))
        await teller.rest()
        for _ in range(50):
            if not len(teller.panel.ahead) and not teller.panel.is_waiting:
                break
            await teller.rest()
        asked = [body.nomor_porsi for body in teller.link.asked if isinstance(body, InquiryPorsi)]
        assert asked == [str(number) for number in range(1_100_000_001, 1_100_000_011)]


def _key(name: str) -> Any:
    from textual.events import Key

    return Key(name, name if len(name) == 1 else None)


async def test_an_error_of_the_host_throws_the_rest_away(silent: Teller) -> None:
    silent.link.answers = [Refused(0, 1, "SKH2006", {"wajib": 25_000_000, "nominal": 20_000_000})]
    await silent.press("enter", *NEXT, "enter")
    await answers(silent)
    assert silent.message.startswith("X SKH2006")
    assert silent.beeps == 1
    assert len(silent.panel.ahead) == 0
    await silent.press("escape", "f12")
    assert silent.panel.buffer.typed_values() == {"nomor_spph": ""}


async def test_an_error_of_the_keyboard_in_between_throws_the_rest_away(silent: Teller) -> None:
    await silent.press("enter", *"33x", *"250000002", "enter")
    await answers(silent)
    assert isinstance(silent.panel, SetoranAwalPanel)
    assert silent.message.startswith("X SKH1110 0010")
    assert silent.panel.buffer.typed_values() == {"nomor_spph": "33"}
    assert silent.beeps == 1
    await silent.press("escape", "2")
    assert silent.panel.buffer.typed_values() == {"nomor_spph": "332"}


async def test_a_host_that_is_gone_throws_the_rest_away(teller: Teller) -> None:
    teller.link.answers = [HostUnreachable("Connection refused")]
    teller.link.gate.clear()
    await teller.sign_on()
    await teller.press("1", "enter")
    await answers(teller)
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.message.startswith("X SKH9006")
    assert len(teller.panel.ahead) == 0


async def test_the_session_ends_and_nothing_of_it_is_typed_into_the_sign_on(silent: Teller) -> None:
    await silent.press("enter", *NEXT)
    silent.link.answers = [SessionClosed("SKH7015", {})]
    silent.link.hear(SessionOver("SKH7015", {}))
    await answers(silent)
    assert isinstance(silent.panel, SignOnPanel)
    await silent.press("escape")
    assert silent.panel.buffer.typed_values()["sandi"] == ""


async def test_what_does_not_fit_beeps_and_is_lost(silent: Teller) -> None:
    await silent.press("enter", *"1" * (AHEAD_MAX - 1))
    assert silent.beeps == 0
    await silent.press("2", "enter")
    assert silent.beeps == 2
    assert len(silent.panel.ahead) == AHEAD_MAX
    await answers(silent)
    assert silent.message.startswith("X SKH1118 0018")
    assert silent.panel.buffer.typed_values() == {"nomor_spph": "1" * 11}


@pytest.mark.parametrize("reset", ["escape", "ctrl+r"])
async def test_reset_throws_away_what_was_typed_so_far(silent: Teller, reset: str) -> None:
    await silent.press("enter", *"99", reset, "enter", *NEXT)
    await answers(silent)
    assert isinstance(silent.panel, SetoranAwalPanel)
    assert silent.panel.buffer.typed_values() == {"nomor_spph": NEXT}
    assert silent.beeps == 0


async def test_escape_and_a_digit_is_a_function_key_there_too(silent: Teller) -> None:
    await silent.press("escape", "3")
    await answers(silent)
    assert isinstance(silent.panel, MenuPanel)


async def test_f1_waits_its_turn(silent: Teller) -> None:
    await silent.press("enter", "f1")
    assert silent.message == "X SYSTEM"
    await answers(silent)
    assert isinstance(silent.panel, HelpPanel)


async def test_a_paste_is_typed_in_its_turn(silent: Teller) -> None:
    await silent.press("enter")
    silent.app.post_message(Paste(f"{NEXT}\nnever typed"))
    await silent.rest()
    await silent.press("enter")
    await answers(silent)
    assert silent.link.asked[-1] == InquirySpph(NEXT)
    assert silent.field == "nominal_rupiah"


async def test_a_long_paste_beeps_once_at_its_end(teller: Teller) -> None:
    await teller.sign_on()
    teller.app.post_message(Paste("1" * (AHEAD_MAX + 50)))
    await teller.rest()
    assert teller.message.startswith("X SKH1118 0018")
    assert teller.beeps == 2
    assert len(teller.panel.ahead) == 0


async def test_a_key_that_opens_a_panel_leaves_the_next_for_it(teller: Teller) -> None:
    """The keys come faster than a panel is put on the glass."""
    await teller.sign_on()
    for key in ("1", "enter", *SPPH, "enter"):
        teller.app.post_message(_key(key))
    await teller.rest()
    assert teller.link.asked[-1] == InquirySpph(SPPH)


@pytest.mark.parametrize("key", ["ctrl+c", "alt+s", "ctrl+a"])
async def test_the_system_menu_opens_at_once_and_has_its_own_keys(silent: Teller, key: str, golden: Golden) -> None:
    await silent.press("enter", *"3325")
    silent.link.hear(LineDown(WAKTU_US))
    await silent.press(key)
    assert isinstance(silent.panel, SystemPanel)
    golden("menu_sistem", silent.glass)
    await silent.press("1", "enter")
    assert isinstance(silent.panel, HelpPanel)
    assert "SKH9005" in "".join(silent.glass)
    await silent.press("enter", "f12")
    assert silent.message.startswith("X SYSTEM")
    await silent.press(*"0000002")
    await answers(silent)
    assert silent.panel.buffer.typed_values() == {"nomor_spph": NEXT}


async def test_typing_is_thrown_away_from_the_system_menu(silent: Teller) -> None:
    await silent.press("enter", *"3325", "ctrl+c", "2", "enter")
    assert silent.glass[5].split()[-1] == "0"
    await silent.press("enter")
    await answers(silent)
    assert isinstance(silent.panel, ReceiptPanel)


async def test_the_session_is_ended_from_the_system_menu_while_the_host_is_silent(silent: Teller) -> None:
    await silent.press(*"3325", "ctrl+c", "9", "0", "enter")
    await silent.rest()
    assert isinstance(silent.panel, SignOnPanel)
    assert silent.message == "SKH0003 Sign-off selesai."
    assert silent.link.info is None
    assert silent.panel.buffer.typed_values()["sandi"] == ""


async def test_the_work_goes_on_under_the_system_menu_and_takes_its_place(silent: Teller) -> None:
    await silent.press("ctrl+c", "f1")
    await answers(silent)
    assert isinstance(silent.panel, ReceiptPanel)
    await silent.press("enter")
    assert isinstance(silent.panel, SetoranAwalPanel)


async def test_the_system_menu_of_a_ready_panel(teller: Teller) -> None:
    await teller.press("ctrl+c", "9", "0", "enter")
    assert teller.message == "X SKH1123 Pilihan 90 tidak ada di menu ini."
    await teller.press("escape", "f12")
    await teller.sign_on()
    await teller.press("1", "enter", *"3325", "ctrl+c", "1", "enter")
    assert teller.message == "SKH0060 Jalur ke host baik; tidak ada berita."
    await teller.press("tab", "tab", "ctrl+u", "enter")
    assert teller.panel.buffer.typed_values() == {"nomor_spph": "3325"}
    await teller.press("ctrl+c", "9", "0", "enter")
    assert isinstance(teller.panel, SignOnPanel)


async def test_in_a_window_too_small_nothing_is_kept(link: FakeLink, settings: Settings) -> None:
    app = Terminal(replace(settings), link)
    async with app.run_test(size=(70, 20)) as pilot:
        teller = Teller(app, link, pilot)
        await teller.type("RAHASIA")
        assert teller.panel.buffer.typed_values()["sandi"] == ""
        assert len(teller.panel.ahead) == 0
