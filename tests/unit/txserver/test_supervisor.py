"""What is done about each end of a host, and how often; against stand-ins of a host."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.messages import MESSAGES
from txserver import supervisor
from txserver.supervisor import PAUSES_S, RESTARTS_MAX, RULES, WINDOW_S, Deed, Record, Supervisor, code_of, rule_of

OLD_S = 60.0
"""How long a host lived that had served."""


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize("code", [2, 72, 73, 74, 75, 77])
def test_stays_down(code: int) -> None:
    assert Record(Hand()).pause_s(code, OLD_S) is None


@pytest.mark.parametrize("code", [70, 1, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT])
def test_is_started_again_at_once_and_ever_more_slowly_until_it_stays_down(code: int) -> None:
    record = Record(Hand())
    assert record.pause_s(code, OLD_S) == 0.0
    pauses = [record.pause_s(code, 0.1) for _ in range(RESTARTS_MAX - 1)]
    assert pauses[:6] == list(PAUSES_S[1:])
    assert set(pauses[6:]) == {PAUSES_S[-1]}
    assert record.pause_s(code, OLD_S) is None


@pytest.mark.parametrize("code", [71, -signal.SIGBUS])
def test_is_started_again_once(code: int) -> None:
    """A file that cannot be read: a second time within the window it is the disk, and the code says so."""
    hand = Hand()
    record = Record(hand)
    assert record.pause_s(-signal.SIGKILL, OLD_S) == 0.0
    assert record.pause_s(code, OLD_S) == 0.0
    assert record.pause_s(code, OLD_S) is None
    assert code_of(code) == 71
    hand.now_s += WINDOW_S
    assert record.pause_s(code, OLD_S) == 0.0


def test_what_is_long_past_no_longer_counts() -> None:
    hand = Hand()
    record = Record(hand)
    for _ in range(3 * RESTARTS_MAX):
        hand.now_s += WINDOW_S / 5
        assert record.pause_s(-signal.SIGKILL, OLD_S) == 0.0
    assert len(record) <= 5


def test_every_rule_has_its_message_and_tells_apart() -> None:
    assert {rule.id for rule in RULES.values()} | {rule_of(1).id} <= set(MESSAGES)
    assert {code: rule.deed for code, rule in RULES.items() if rule.deed is not Deed.DOWN} == {
        70: Deed.RESTART,
        71: Deed.ONCE,
    }
    assert (code_of(73), code_of(-signal.SIGKILL)) == (73, 137)


def stand_in(tmp_path: Path, body: str) -> Supervisor:
    """A supervisor of a program that appends a line to `runs` each time, then does `body` with the count `n`."""
    file = tmp_path / "host.py"
    file.write_text(
        "import os, signal, sys, time\n"
        f"runs = {str(tmp_path / 'runs')!r}\n"
        "with open(runs, 'a') as out: out.write(f'{sys.argv[1]} {signal.pthread_sigmask(signal.SIG_BLOCK, [])}\\n')\n"
        "n = len(open(runs).readlines())\n" + body
    )
    return Supervisor((sys.executable, str(file)))


@pytest.fixture
def _mask() -> Iterator[None]:
    """The supervisor blocks signals; these tests give the mask back."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("_mask")
@pytest.mark.parametrize(
    ("body", "runs", "code", "said"),
    [
        ("sys.exit(70 if n < 3 else 0)", 3, 0, "SKH8170"),
        ("os.kill(os.getpid(), signal.SIGKILL if n < 3 else signal.SIGTERM)", 4, 0, "SKH8178"),
        ("sys.exit(73)", 1, 73, "SKH8173"),
        ("os.kill(os.getpid(), signal.SIGBUS)", 2, 71, "SKH8171"),
        ("sys.exit(70)", RESTARTS_MAX + 1, 70, "SKH8180"),
    ],
)
def test_a_real_child(
    body: str,
    runs: int,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(supervisor, "PAUSES_S", (0.0, 0.01))
    body = body if "SIGTERM" not in body else f"if n > 3: sys.exit(0)\n{body}"
    assert stand_in(tmp_path, body).run() == code
    told = (tmp_path / "runs").read_text().splitlines()
    assert len(told) == runs
    assert set(told) == {"--lifeline set()"}, "each has the lifeline, and no signal blocked"
    assert said in caplog.text
