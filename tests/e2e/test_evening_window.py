"""The evening in real terminals against a real host: cut off, confirmed, matched, cured, passed on, closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.terminal_window import ENTER, FUNCTION, TAB, Window
from ledger.records import Origin
from tests.evening_country import COUNTS, HEAD, HEAD_2, SUPERVISORS, confirmation, found_evening, host_side
from tests.host_fixtures import OPERATOR, OPERATOR_2, ROOT, SANDI, HostProcess, Sound, run_command
from txserver.settlement.records import TAMBAH

F3, F10 = FUNCTION[3], FUNCTION[10]
F6 = "\x1b[17~"
FEW = dict.fromkeys(COUNTS, 2)


@contextmanager
def at_work(host: HostProcess, who: Origin, folder: Path) -> Iterator[Window]:
    """A terminal that has signed on."""
    given = {
        "host": f"127.0.0.1:{host.url.rpartition(':')[2]}",
        "bank": who.bank,
        "cabang": who.cabang,
        "device": who.device,
        "user": who.user,
        **{name: str(folder / name) for name in ("receipts", "state", "confirmations", "reports")},
    }
    with Window(given, environment={"PYTHONPATH": str(ROOT)}) as window:
        window.see("SIGN-ON SISKOHAT")
        window.send(SANDI + ENTER)
        window.see("MENU UTAMA")
        yield window


def says(window: Window, text: str) -> None:
    window.wait(lambda window: text in window.message, text, 30)


def signed(window: Window, second: Origin) -> None:
    """The second person's name and password."""
    window.see("PERSETUJUAN ORANG KEDUA")
    window.send(second.user + TAB + SANDI + ENTER)


def uploaded(window: Window, name: str) -> None:
    window.send("UK" + ENTER)
    window.see("UNGGAH KONFIRMASI")
    window.send(name + ENTER)
    says(window, "SKH0074")
    window.send(F3)
    window.see("MENU UTAMA")


def matched(window: Window, n_open: int) -> None:
    window.send("CK" + ENTER)
    window.see("COCOKKAN KONFIRMASI")
    window.send(ENTER)
    says(window, f"SKH0075 Pencocokan selesai: {n_open} selisih terbuka.")
    window.send(F3)
    window.see("MENU UTAMA")


def the_branch_cuts_off(window: Window) -> None:
    window.send("TC" + ENTER)
    says(window, "SKH0070 Enter lagi menutup cabang 002/0101: 2 setoran Rp 40.000.000.")
    window.send(ENTER)
    says(window, "SKH0002")
    assert "TUTUP" in window.row(5)
    window.send(ENTER)
    window.see("MENU UTAMA")


def the_bank_settles(window: Window) -> None:
    window.send("TS" + ENTER)
    window.see("TUTUP SEMUA CABANG")
    window.send(ENTER)
    says(window, "SKH0071")
    window.send(ENTER)
    says(window, "SKH0072 2 cabang dan 1 bank")
    window.send(F3)
    window.see("MENU UTAMA")
    uploaded(window, "konfirmasi.csv")
    matched(window, 1)
    window.send("DS" + ENTER)
    window.see("HOST_ONLY")
    window.send(TAB + TAB + "2" + ENTER)
    window.see("Cara sembuh yang berlaku")
    window.send("TRANSFER" + "TRF-1" + TAB + "dana menyusul" + ENTER)
    signed(window, HEAD_2)
    window.see("DAFTAR SELISIH")
    window.wait(lambda window: "HOST_ONLY" not in str(window), "the difference to go")
    window.send(F3)
    window.see("MENU UTAMA")
    uploaded(window, "susulan.csv")
    matched(window, 0)
    window.send("PL" + ENTER)
    window.see("PELIMPAHAN DANA")
    window.send(ENTER)
    window.see("120.000.000")
    window.send("RTGS-1" + ENTER)
    signed(window, HEAD_2)
    says(window, "SKH0002")
    window.send(F3)
    for command, title in (("BY", "BIAYA SISKOHAT"), ("SL", "BANK SELESAI")):
        window.see("MENU UTAMA")
        window.send(command + ENTER)
        window.wait(lambda window, title=title: title in window.row(1), title)  # type: ignore[misc]
        window.send(ENTER)
        says(window, "SKH0002")
        window.send(F3)
    window.see("MENU UTAMA")
    window.send("LP" + ENTER)
    window.see("LAPORAN BANK")
    window.send(ENTER)
    says(window, "SKH0076")
    window.send(TAB + "7" + ENTER)
    says(window, "SKH0077 Disimpan: 002-2004-05-03-laporan.txt.")
    window.send(F3)
    window.see("MENU UTAMA")
    window.send("PH" + ENTER)
    window.see("selesai")


def the_centre_closes(window: Window) -> None:
    window.send("TH" + ENTER)
    window.see("0 bank belum selesai, 0 selisih terbuka.")
    window.send(ENTER)
    says(window, "SKH0079")
    window.send(ENTER)
    signed(window, OPERATOR_2)
    says(window, "SKH0002")
    window.see("Entri terakhir")
    window.send(F10)
    window.see("JANGKAR TUTUP HARI")
    window.send(F6)
    says(window, "SKH0077 Disimpan: jangkar-2004-05-03.txt.")


@pytest.mark.slow
def test_an_evening(tmp_path: Path) -> None:
    ledger, own = tmp_path / "ledger", tmp_path / "teller"
    found_evening(ledger, FEW)
    records = host_side(ledger)
    lost, files = records[-1], own / "confirmations"
    files.mkdir(parents=True)
    confirmation(files, records[:-1])
    confirmation(files, [lost], "susulan.csv", TAMBAH)
    with HostProcess(ledger) as host:
        with at_work(host, SUPERVISORS["0101"], own) as window:
            the_branch_cuts_off(window)
        with at_work(host, HEAD, own) as window:
            the_bank_settles(window)
        with at_work(host, OPERATOR, own) as window:
            the_centre_closes(window)
        assert host.end() == 0
    kinds = [entry.kind for entry in Sound(ledger).entries.values()]
    assert kinds[-2:] == ["SLH", "THR"]
    assert kinds.count("SLS") == kinds.count("SEM") == 1
    assert "BANK RAKYAT UJI" in (own / "reports" / "002-2004-05-03-laporan.txt").read_text(encoding="utf-8")
    anchor = own / "reports" / "jangkar-2004-05-03.json"
    assert anchor.read_bytes() == (ledger / "jangkar" / "2004-05-03.json").read_bytes()
    code, _, errors = run_command("ledger", "verify", str(ledger), "--anchor", str(anchor))
    assert code == 0, errors
