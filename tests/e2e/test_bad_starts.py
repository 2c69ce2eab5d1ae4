"""A host that must not start: one clear line, the documented exit code, no traceback; and the password command."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.journal import Journal
from ledger.store import Store
from ledger.vault import FileVault
from tests.e2e.plain_terminal import connect
from tests.host_fixtures import (
    CLOCK,
    NINE_US,
    SANDI,
    HostProcess,
    run_command,
)


def no_ledger(ledger: Path) -> None:
    shutil.rmtree(ledger / "journal")


def open_key(ledger: Path) -> None:
    (ledger / "kunci" / "induk.key").chmod(0o644)


def no_key(ledger: Path) -> None:
    (ledger / "kunci" / "indeks.key").unlink()


def cut_short(ledger: Path) -> None:
    """What a kill during `siskohat-ledger init` leaves: everything but the first entry."""
    for name in ("kunci", "journal", "books"):
        shutil.rmtree(ledger / name)
    FileVault.create(ledger / "kunci").close()
    Journal.create(ledger / "journal", "0" * 32).close()


def other_books(ledger: Path) -> None:
    """The books of this ledger, and the journal of a younger one."""
    store = Store.open(ledger)
    store.checkpoint()
    store.close()
    shutil.rmtree(ledger / "journal")
    younger = Store.create(ledger.parent / "younger", nama="LAIN", demo=True, user="U", device="D", waktu_us=NINE_US)
    younger.close()
    shutil.copytree(ledger.parent / "younger" / "journal", ledger / "journal")


def not_a_demo(ledger: Path) -> None:
    shutil.rmtree(ledger)
    Store.create(ledger, nama="NYATA", demo=False, user="U", device="D", waktu_us=NINE_US).close()


def as_it_is(ledger: Path) -> None:
    assert ledger.is_dir()


BAD_STARTS: dict[str, tuple[Callable[[Path], None], tuple[str, ...], int, str]] = {
    "no ledger": (no_ledger, (), 73, "holds no journal"),
    "key others can read": (open_key, (), 77, "induk.key can be read by others: chmod 600 it"),
    "no key": (no_key, (), 73, "indeks.key is missing"),
    "init was cut short": (cut_short, (), 73, "cut short"),
    "books of another journal": (other_books, (), 73, "the books stand at entry"),
    "made-up clock on a real ledger": (not_a_demo, ("--clock", CLOCK), 77, "clock: "),
    "made-up speed on a real ledger": (not_a_demo, ("--clock-speed", "2"), 77, "clock: "),
    "bad listen": (as_it_is, ("--listen", "here"), 77, "listen: here is not HOST:PORT"),
    "half TLS": (as_it_is, ("--tls-key", "k.pem"), 77, "tls_cert and tls_key go together"),
    "no certificate": (as_it_is, ("--tls-key", "k.pem", "--tls-cert", "c.pem"), 77, "tls_cert, tls_key: "),
    "unknown preset": (as_it_is, ("--preset", "large"), 77, "preset large is not known"),
    "no settings file": (as_it_is, ("--config", "none.toml"), 77, "none.toml: No such file"),
}


def refused(code: int, words: str, done: tuple[int, str, str]) -> None:
    """One clear line, the documented exit code, no traceback."""
    assert done[0] == code, done
    assert done[1] == "", "nothing was served"
    assert done[2].startswith("siskohat-server: ")
    assert done[2].count("\n") == 1
    assert words in done[2]


@pytest.mark.parametrize("what", BAD_STARTS)
def test_bad_start_is_one_line_and_its_exit_code(what: str, ledger: Path) -> None:
    prepare, arguments, code, words = BAD_STARTS[what]
    prepare(ledger)
    listen = () if "--listen" in arguments else ("--listen", "127.0.0.1:0")
    refused(code, words, run_command("txserver", "--data", str(ledger), *listen, *arguments))


def test_unknown_setting_in_environment_and_no_data() -> None:
    refused(77, "SISKOHAT_HOST_LISTNE", run_command("txserver", "--data", "x", SISKOHAT_HOST_LISTNE="y"))
    refused(77, "data: ", run_command("txserver"))


def test_python_without_assertions(ledger: Path) -> None:
    refused(77, "does not run under python -O", run_command("txserver", "--data", str(ledger), python=("-O",)))


def test_port_in_use(ledger: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused(77, f"listen: {address}: ", run_command("txserver", "--data", str(ledger), "--listen", address))


def test_ledger_in_use(ledger: Path) -> None:
    store = Store.open(ledger)
    listen = ("--listen", "127.0.0.1:0")
    refused(77, "is written by another process", run_command("txserver", "--data", str(ledger), *listen))
    store.close()


def test_password_command(ledger: Path) -> None:
    command = ("txserver", "sandi", "--data", str(ledger))
    assert run_command(*command, "TLR1", given="sandi-yang-baru\n") == (0, "", "")
    refused(1, "the ledger knows no user NOBODY", run_command(*command, "NOBODY", given="sandi-yang-baru\n"))
    refused(77, "at least 8 characters", run_command(*command, "TLR1", given="pendek\n"))


async def test_new_password_counts_and_the_old_does_not(ledger: Path) -> None:
    run_command("txserver", "sandi", "TLR1", "--data", str(ledger), given="sandi-yang-baru\n")
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            assert (await terminal.ask("SIGNON", 0, 1, "001", "0001", "T1", "TLR1", SANDI))[2] == "SKH7011"
            await terminal.sign_on("001", "0001", "T1", "TLR1", "sandi-yang-baru")
