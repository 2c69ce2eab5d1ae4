"""The control of T16: a host that believes its clock. Arguments as of `siskohat-server`.

It stamps entries with the time of the moment, whatever came before, and forgives wrong passwords after a day.
"""

from __future__ import annotations

import time

from ledger.engine import Engine
from txserver import __main__ as server
from txserver.credentials import Credentials

DAY_S = 86_400
honest_enter, honest_note = Engine._enter, Credentials.note_failure
last_failure_s: dict[str, float] = {}


def enter(self: Engine, *arguments: object) -> object:
    self._waktu_us = 0
    return honest_enter(self, *arguments)  # type: ignore[arg-type]


def note_failure(self: Credentials, user: str, failures_max: int) -> bool:
    now_s = time.time()
    if now_s - last_failure_s.get(user, now_s) > DAY_S:
        self.note_success(user)
    last_failure_s[user] = now_s
    return honest_note(self, user, failures_max)


if __name__ == "__main__":
    Engine._enter = enter  # type: ignore[method-assign, assignment]
    Credentials.note_failure = note_failure  # type: ignore[method-assign]
    server.main()
