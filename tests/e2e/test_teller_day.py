"""A teller's morning in a real terminal against a real host, with the plug pulled twice in the middle of a request."""

from __future__ import annotations

import re
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.terminal_window import ENTER, ESCAPE, FUNCTION, Window
from tests.e2e.between import Wire
from tests.host_fixtures import ROOT, SANDI, TELLER, HostProcess, Sound, wait_until

F3, F10, F12 = FUNCTION[3], FUNCTION[10], FUNCTION[12]


def settings(folder: Path, port: int) -> dict[str, str]:
    who = TELLER
    return {
        "host": f"127.0.0.1:{port}",
        "bank": who.bank,
        "cabang": who.cabang,
        "device": who.device,
        "user": who.user,
        "receipts": str(folder / "bukti"),
        "state": str(folder / "state"),
    }


def find(window: Window, number: str) -> None:
    """Key the number of a form and see the pilgrim."""
    window.see("SETORAN AWAL BPIH")
    window.send(number + ENTER)
    window.wait(lambda window: "KENARI" in window.row(7), f"the pilgrim of {number}")


def granted(window: Window, id: str) -> str:
    """The nomor porsi the message line tells, under this id; the receipt is left."""
    window.wait(lambda window: id in window.message and "BUKTI" in window.row(1), f"{id} on the receipt", 30)
    told = re.search(r"Nomor porsi (\d{10})", window.message)
    assert told is not None, window.message
    window.send(ENTER)
    window.wait(lambda window: "SETORAN AWAL" in window.row(1) and not window.row(7).strip(), "the next form")
    return told.group(1)


def port(host: HostProcess) -> int:
    return int(host.url.rpartition(":")[2])


def head(host: HostProcess) -> float:
    return host.metrics()["siskohat_journal_head"]


@pytest.mark.slow
def test_a_morning(ledger: Path, numbers: list[str], tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(HostProcess(ledger))
        wire = stack.enter_context(Wire(port(first)))
        given = settings(tmp_path, wire.port)
        window = stack.enter_context(Window(given, environment={"PYTHONPATH": str(ROOT)}))
        window.see("SIGN-ON SISKOHAT")
        window.send(SANDI + ENTER)
        window.see("MENU UTAMA")
        window.send("SA" + ENTER)
        porsi = []
        for number in numbers[:3]:
            find(window, number)
            window.send(ENTER)
            porsi.append(granted(window, "SKH0001"))
        assert porsi == ["1100000001", "1100000002", "1100000003"]
        refused(window, numbers[0])
        killed_after_the_deposit_was_written(window, wire, first, numbers[3], tmp_path / "state")
        second = stack.enter_context(HostProcess(ledger))
        wire.to = port(second)
        assert granted(window, "SKH0008") == "1100000004", "the stored answer, and called so"
        assert not list((tmp_path / "state").glob("permintaan-*"))
        killed_before_the_request_was_read(window, wire, second, numbers[4])
        third = stack.enter_context(HostProcess(ledger))
        wire.to = port(third)
        assert granted(window, "SKH0001") == "1100000005", "decided now, and no repeat"
        reprint_and_leave(window, porsi[0])
        assert window.ended() == 0
        assert third.end() == 0
    sound = Sound(ledger)
    assert [nomor for _, nomor in sound.deposits().values()] == [f"110000000{n}" for n in range(1, 6)]
    assert [entry.kind for entry in sound.entries.values()].count("CTK") == 1
    printed = {path.name[:10] for path in (tmp_path / "bukti").iterdir()}
    assert printed >= {f"110000000{n}" for n in range(1, 6)}


def refused(window: Window, number: str) -> None:
    """The form was used a minute ago. The keyboard locks; Esc unlocks it, and F12 gives an empty form."""
    find(window, number)
    window.send(ENTER)
    window.wait(lambda window: "X SKH2004" in window.message, "the refusal")
    window.send("9")
    window.send(ESCAPE)
    window.wait(lambda window: "SKH2004" not in window.message, "the keyboard unlocked")
    window.send(F12)
    window.wait(lambda window: not window.row(7).strip(), "an empty form")


def killed_after_the_deposit_was_written(
    window: Window, wire: Wire, host: HostProcess, number: str, kept: Path
) -> None:
    """The entry is in the ledger, its answer never left the machine."""
    find(window, number)
    wire.is_deaf = True
    before = head(host)
    window.send(ENTER)
    wait_until(lambda: head(host) > before, "the entry")
    assert list(kept.glob("permintaan-*")), "what has no answer is on the disk"
    cut(window, wire, host)


def killed_before_the_request_was_read(window: Window, wire: Wire, host: HostProcess, number: str) -> None:
    """The request has left the terminal and nobody has seen it."""
    find(window, number)
    host.process.send_signal(signal.SIGSTOP)
    window.send(ENTER)
    window.wait(lambda window: "X SYSTEM" in window.message, "X SYSTEM")
    wire.is_deaf = True
    cut(window, wire, host)


def cut(window: Window, wire: Wire, host: HostProcess) -> None:
    """kill -9, and the terminal has noticed."""
    host.process.kill()
    wire.cut()
    window.see("SKH9005")
    wire.is_deaf = False


def reprint_and_leave(window: Window, nomor_porsi: str) -> None:
    """The first receipt once more, as an entry of its own; then sign off and end."""
    window.send(F3)
    window.see("MENU UTAMA")
    window.send("CU" + ENTER)
    window.see("CETAK ULANG")
    window.send(nomor_porsi + "HILANG" + ENTER)
    window.wait(lambda window: "SKH0041" in window.message, "the reprint")
    assert "DUPLIKAT 1" in window.message
    for _ in range(4):
        if "SIGN-ON" in window.row(1):
            break
        window.send(F3)
        window.idle(0.5)
    window.see("SKH0003")
    window.send(F3)
