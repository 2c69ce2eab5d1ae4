"""A row of the books that a fault of the disk has hidden: the host that would deny it does not stay up."""

from __future__ import annotations

from pathlib import Path

from ledger.checkpoint import TablesEnv
from ledger.tables import LAST
from tests.host_fixtures import HostProcess, run_command, wait_until
from tests.ledger_fixtures import hide_last_row


def last_form(ledger: Path) -> str:
    env = TablesEnv(ledger / "books", writable=False)
    *_, (nomor, _) = env.below("spph").range("", LAST)
    env.close()
    return nomor


def test_a_hidden_row_ends_the_host_until_the_books_are_derived_again(ledger: Path) -> None:
    with HostProcess(ledger, inspect_seconds=0.5) as host:
        wait_until(lambda: host.metrics()["siskohat_inspections_total"] >= 2, "two looks")
        assert host.end() == 0
    nomor = last_form(ledger)
    assert hide_last_row(ledger / "books", nomor)
    assert last_form(ledger) < nomor
    with HostProcess(ledger, inspect_seconds=0.5) as host:
        assert host.wait() == 73
        assert "SKH8110 exit=73 books, table spph: " in host.errors
        assert "Traceback" not in host.errors
    code, _, errors = run_command("ledger", "inspect", ledger)
    assert (code, "siskohat-ledger rebuild derives them again" in errors) == (73, True)
    assert run_command("ledger", "rebuild", ledger)[0] == 0
    code, out, _ = run_command("ledger", "inspect", ledger)
    assert (code, "each whole, in order and found by its key" in out) == (0, True)
    assert last_form(ledger) == nomor
    with HostProcess(ledger, inspect_seconds=0.5) as host:
        wait_until(lambda: host.metrics()["siskohat_inspections_total"] >= 1, "a look")
        assert host.end() == 0
