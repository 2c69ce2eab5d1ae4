"""Any order of what a teller, a printer and the power may do to a spool, against a plain model of it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from terminal.spool import DAY_US, Gone, NotNow, Spool, SpoolFull, SpoolLimits, Status, Trouble

LIMITS = SpoolLimits(waiting_max=4, over_max=4, over_age_us=2 * DAY_US)
TROUBLE = Trouble("SKH9302", {"printer": "lp0", "detik": 30})


@dataclass
class Wanted:
    """What the model knows of a print."""

    key: tuple[str, int]
    waktu_us: int
    status: Status
    salinan: int
    tercetak: int = 0
    dicoba: bool = False

    @property
    def is_gone(self) -> bool:
        return self.status is Status.DIHAPUS


class SpoolMachine(RuleBasedStateMachine):
    prints = Bundle("prints")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.spool = Spool(self.folder, LIMITS)
        self.model: dict[int, Wanted] = {}
        self.now = 0
        self.on_paper: dict[int, int] = {}

    def teardown(self) -> None:
        self.spool.close()
        shutil.rmtree(self.folder)

    @property
    def shown(self) -> dict[int, Wanted]:
        return {nomor: row for nomor, row in self.model.items() if not row.is_gone}

    @property
    def waiting(self) -> list[int]:
        return [nomor for nomor, row in self.shown.items() if row.status is not Status.SELESAI]

    # ------------------------------------------------------------------------------------------- the teller

    @rule(target=prints, porsi=st.sampled_from("123456789"), duplikat=st.integers(0, 2), salinan=st.integers(1, 3))
    def add(self, porsi: str, duplikat: int, salinan: int) -> int:
        known = [nomor for nomor, print_ in self.model.items() if print_.key == (porsi, duplikat)]
        if not known:
            self.pruned()
        try:
            print_ = self.spool.add(porsi, duplikat, [[f"{porsi}/{duplikat}"]], self.now, salinan)
        except SpoolFull:
            assert not known
            assert len(self.waiting) == LIMITS.waiting_max
            return 0
        assert len(self.waiting) < LIMITS.waiting_max or known
        if known:
            assert print_.nomor == known[0]
        else:
            self.on_paper.pop(print_.nomor, None)  # once all before have gone, a restart counts from 1 again
            self.model[print_.nomor] = Wanted((porsi, duplikat), self.now, Status.SIAP, salinan)
        return print_.nomor

    @rule(nomor=prints)
    def hold(self, nomor: int) -> None:
        self.change("hold", nomor, {Status.SIAP, Status.GAGAL, Status.DITAHAN}, Status.DITAHAN)

    @rule(nomor=prints)
    def release(self, nomor: int) -> None:
        self.change("release", nomor, {Status.DITAHAN, Status.GAGAL, Status.SIAP}, Status.SIAP)

    def change(self, name: str, nomor: int, allowed: set[Status], becomes: Status) -> None:
        try:
            getattr(self.spool, name)(nomor)
        except Gone:
            assert nomor not in self.shown
        except NotNow:
            assert self.model[nomor].status not in allowed
        else:
            assert self.model[nomor].status in allowed
            self.model[nomor].status = becomes

    @rule(nomor=prints, salinan=st.integers(1, 9))
    def set_copies(self, nomor: int, salinan: int) -> None:
        waits = {Status.SIAP, Status.DITAHAN, Status.GAGAL}
        try:
            self.spool.set_copies(nomor, salinan)
        except Gone:
            assert nomor not in self.shown
        except NotNow:
            assert self.model[nomor].status not in waits or salinan <= self.model[nomor].tercetak
        else:
            assert self.model[nomor].status in waits
            self.model[nomor].salinan = salinan

    @rule(nomor=consumes(prints))
    def remove(self, nomor: int) -> None:
        try:
            self.spool.remove(nomor)
        except Gone:
            assert nomor not in self.shown
        except NotNow:
            assert self.model[nomor].status is Status.DICETAK
        else:
            assert self.model[nomor].status is not Status.DICETAK
            if self.model[nomor].dicoba:
                self.model[nomor].status = Status.DIHAPUS
            else:
                del self.model[nomor]

    # ------------------------------------------------------------------------------------------ the printer

    @property
    def printing(self) -> list[int]:
        return [nomor for nomor, print_ in self.model.items() if print_.status is Status.DICETAK]

    @precondition(lambda self: not self.printing)
    @rule()
    def take(self) -> None:
        taken = self.spool.take()
        ready = [nomor for nomor, print_ in self.model.items() if print_.status is Status.SIAP]
        assert (taken.nomor if taken else None) == min(ready, default=None)
        if taken:
            assert self.spool.pages(taken.nomor) == [["{}/{}".format(*self.model[taken.nomor].key)]]
            self.model[taken.nomor].status = Status.DICETAK
            self.model[taken.nomor].dicoba = True

    @precondition(lambda self: self.printing)
    @rule()
    def copy_out(self) -> None:
        [nomor] = self.printing
        self.spool.copy_out(nomor)
        self.on_paper[nomor] = self.on_paper.get(nomor, 0) + 1
        print_ = self.model[nomor]
        print_.tercetak += 1
        if print_.tercetak == print_.salinan:
            print_.status = Status.SELESAI

    @precondition(lambda self: self.printing)
    @rule()
    def failed(self) -> None:
        [nomor] = self.printing
        assert self.spool.failed(nomor, TROUBLE).sebab == TROUBLE
        self.model[nomor].status = Status.GAGAL

    # -------------------------------------------------------------------------------------- time and power

    @rule(days=st.integers(0, 2))
    def time_goes_on(self, days: int) -> None:
        self.now += days * DAY_US
        self.spool.prune(self.now)
        self.pruned()

    def pruned(self) -> None:
        over = sorted(set(self.model) - set(self.waiting), reverse=True)
        for at, nomor in enumerate(over):
            if at >= LIMITS.over_max or self.now - self.model[nomor].waktu_us > LIMITS.over_age_us:
                del self.model[nomor]

    @rule()
    def restart(self) -> None:
        self.spool.close()
        self.spool = Spool(self.folder, LIMITS)
        assert self.spool.put_aside == []
        for nomor in self.printing:
            self.model[nomor].status = Status.GAGAL

    # ------------------------------------------------------------------------------------------- always so

    @invariant()
    def it_is_as_the_model_has_it(self) -> None:
        found = {row.nomor: (row.status, row.salinan, row.tercetak) for row in self.spool.prints()}
        assert found == {nomor: (row.status, row.salinan, row.tercetak) for nomor, row in self.shown.items()}

    @invariant()
    def no_more_paper_than_was_asked_for(self) -> None:
        for nomor, row in self.model.items():
            assert self.on_paper.get(nomor, 0) == row.tercetak <= row.salinan

    @invariant()
    def no_original_comes_out_twice(self) -> None:
        """Not while the day on which it may be asked for again is not over."""
        keys = [row.key for row in self.model.values()]
        assert len(set(keys)) == len(keys)

    @invariant()
    def every_print_has_its_two_files_and_nothing_else_is_there(self) -> None:
        names = {path.name for path in self.folder.iterdir()} - {".kunci"}
        assert names == {f"{nomor:06d}.json" for nomor in self.model} | {f"{nomor:06d}.txt" for nomor in self.shown}


TestSpoolMachine = SpoolMachine.TestCase
