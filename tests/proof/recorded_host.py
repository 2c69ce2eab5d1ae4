"""The host of T03: as `siskohat-server`, but that key slots are made by the hundred, so that they grow within a day."""

from __future__ import annotations

from ledger import vault
from tests.proof.stream import SLOTS_AHEAD
from txserver import __main__ as server

if __name__ == "__main__":
    vault.SLOTS_AHEAD = SLOTS_AHEAD
    server.main()
