"""Go on with a campaign: round after round, with fresh seeds, until the time is over.

    python -m tests.proof.campaign T03 --minutes 20

Each round that ends is a record in docs/campaigns.json and in the report; who ends a sitting loses the round in hand.
Exit code 0: nothing found. 1: a round failed; it is recorded, with its seeds, and its files are kept in
var/campaign-kept. 2: not begun, or not gone on with (uncommitted changes, no compiler, another sitting at it).
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ledger
from tests.proof import git, recorder
from tests.proof.campaign_book import BOOK, FAILED, PASSED, Book, Round, fresh, publish, share, state, total
from tests.proof.campaigns import AIMS, CAMPAIGNS, Campaign
from tests.proof.conftest import SHM

KEPT = git.ROOT / "var" / "campaign-kept"
ROUND = ["-m", "tests.proof.campaigns"]
ROUND_S_MAX = 1_800.0
GRACE_S = 20.0
Result = dict[str, Any]
Play = Callable[[range], Result]
"""Plays a round: `counts`, and `why` it failed."""


class Refused(Exception):
    """A sitting that is not begun or not gone on with, and why."""


class Sitting:
    """Rounds of one campaign, one after the other."""

    def __init__(self, id: str, campaign: Campaign, book: Book, play: Play, *, may_be_dirty: bool = False) -> None:
        self.id, self.campaign, self.book, self.play, self.may_be_dirty = id, campaign, book, play, may_be_dirty
        self.began = now()

    def go(self, minutes: float) -> bool:
        """Whether nothing was found. The last round begins before the time is over."""
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            done = self.round()
            self.tell(done)
            if done.outcome == FAILED:
                return False
        return True

    def round(self) -> Round:
        """Play one and record it. Code that was changed meanwhile is that of no commit."""
        commit, changed = git.commit(), git.changed()
        if not commit:
            raise Refused("no git checkout: nobody could say which code was tried")
        if changed and not self.may_be_dirty:
            raise Refused(
                f"uncommitted changes ({', '.join(changed[:5])}): commit them, or --dirty, which does not count"
            )
        seeds = fresh(self.book.rounds(), self.id, self.campaign.seed, self.campaign.seeds)
        start = time.monotonic()
        result = self.play(seeds)
        is_dirty = bool(changed) or git.commit() != commit or bool(git.changed())
        done = Round(
            id=self.id, date=now(), sitting=self.began, commit=commit[:12], seeds=(seeds[0], seeds[-1]),
            seconds=round(time.monotonic() - start, 1), outcome=FAILED if result["why"] else PASSED,
            counts=result["counts"], is_dirty=is_dirty, why=result["why"],
        )  # fmt: skip
        self.book.append(done)
        return done

    def tell(self, done: Round) -> None:
        mine = [one for one in self.book.rounds() if one.id == self.id]
        counts = ", ".join(f"{name} {done.counts.get(name, 0):,}" for name in self.campaign.aim.figures)
        print(
            f"{done.date} {self.id} seeds {done.seeds[0]}-{done.seeds[1]}: {done.outcome}, {counts}, {done.seconds} s"
            f"{'; ' + done.why if done.why else ''}; {share(self.campaign.aim, total(mine)):.1%}",
            flush=True,
        )  # fmt: skip


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def in_a_process(id: str, folder: Path, lock: int) -> Play:
    """Play rounds in processes of their own. One that does not come to its end has failed."""

    def play(seeds: range) -> Result:
        work, answer = folder / "round", folder / "result.json"
        shutil.rmtree(work, ignore_errors=True)
        answer.unlink(missing_ok=True)
        work.mkdir()
        command = [sys.executable, *ROUND, id, str(seeds[0]), str(len(seeds)), str(work), str(answer)]
        child = subprocess.Popen(command, cwd=git.ROOT, start_new_session=True, pass_fds=[lock])
        try:
            code = child.wait(ROUND_S_MAX)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end_group(child)
        if answer.exists():
            result: Result = json.loads(answer.read_text(encoding="utf-8"))
        else:
            said = f"ended with {code}" if code is not None else f"had not ended after {ROUND_S_MAX:.0f} s"
            result = {"counts": {}, "why": f"the round {said} and without a result"}
        if result["why"]:
            kept = KEPT / f"{id}-{seeds[0]}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(work, kept, ignore=shutil.ignore_patterns("cut"), ignore_dangling_symlinks=True)
        shutil.rmtree(work, ignore_errors=True)
        return result

    return play


def end_group(child: subprocess.Popen[bytes]) -> None:
    """A round that is not over is asked to end, with the children it alone knows; then all that is left of it."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def folder_of(id: str) -> tuple[Path, int]:
    """The folder rounds of this id are played in, and the lock on it: one sitting at a time, on the whole machine."""
    folder = (SHM if SHM.is_dir() else Path(tempfile.gettempdir())) / f"siskohat-campaign-{id}"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Refused(f"another sitting, or a round that it left behind, is at {id}") from None
    return folder, lock


def check(campaign: Campaign) -> None:
    if not __debug__:
        raise Refused("Python runs with -O: nothing would be asserted")
    if not Path(ledger.__file__ or "").is_relative_to(git.ROOT):
        raise Refused(f"the ledger of another checkout would be tried: {ledger.__file__}; run from {git.ROOT}")
    if campaign.needs_compiler and shutil.which("cc") is None:
        raise Refused(f"not run: {recorder.NO_COMPILER}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.campaign", description=__doc__.partition("\n")[0])
    parser.add_argument("id", choices=CAMPAIGNS)
    parser.add_argument(
        "--minutes", type=float, default=20.0, help="of the sitting; the last round ends a little later"
    )
    parser.add_argument(
        "--dirty", action="store_true", help="also with uncommitted changes; such a round does not count"
    )
    parser.add_argument("--book", type=Path, default=BOOK, help="where rounds are recorded; the report lies beside it")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    campaign, book = CAMPAIGNS[wanted.id], Book(wanted.book)
    try:
        check(campaign)
        folder, lock = folder_of(wanted.id)
        sitting = Sitting(wanted.id, campaign, book, in_a_process(wanted.id, folder, lock), may_be_dirty=wanted.dirty)
        is_clean = sitting.go(wanted.minutes)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    finally:
        if book.path.exists():
            publish(book, AIMS)
    print(f"{wanted.id}: {state(campaign.aim, [one for one in book.rounds() if one.id == wanted.id])}")
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
