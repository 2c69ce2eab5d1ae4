"""T12: any order of acts of all kinds, with crashes, against a notebook of a few dictionaries; and bugs it must find.

The short form runs with all tests, the programme's own (500 histories of 50 steps) with `-m proof`; PROOF_SCALE
makes a campaign of it, in which the histories are new ones each time.
"""

from __future__ import annotations

import os
import re
import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger import batch as ledger_batch
from ledger import vault as vault_module
from ledger.batch import Faulted
from ledger.engine import Engine
from ledger.kinds import KINDS
from ledger.store import Store
from ledger.verify import Finding
from tests.ledger_fixtures import template
from tests.proof.conftest import SCALE, Tell
from tests.stateful.planted_whole import BUGS, Bug
from tests.stateful.whole import WholeMachine
from tests.stateful.whole_ledger import SLOTS_AHEAD

SHRINK = "PROOF_SHRINK" in os.environ
"""Look for a shorter history that fails too; it may take minutes."""
CRASHES = (
    "before the append", "after the append", "disk full", "restart, books kept", "restart, books deleted",
    "checkpoint done", "checkpoint failed", "checkpoint torn", "checkpoint torn, host dies", "torn between commits",
)  # fmt: skip
CURES = ("ULANG", "BALIK", "TRANSFER", "KOREKSI", "BATAL")
REFUSED = (
    "SKH2001", "SKH2002", "SKH2003", "SKH2004", "SKH2005", "SKH2006", "SKH2007",
    "SKH2104", "SKH2105", "SKH2201", "SKH2202",
    "SKH2203", "SKH2204", "SKH2205", "SKH2301", "SKH2302", "SKH2303", "SKH2304", "SKH6002", "SKH6003", "SKH6005",
    "SKH6006", "SKH6007", "SKH6201", "SKH6202", "SKH6203", "SKH6204", "SKH6205", "SKH6206", "SKH6207", "SKH6208",
    "SKH6209", "SKH6211", "SKH6213", "SKH6216", "SKH6218", "SKH6219", "SKH6220", "SKH6221", "SKH6222", "SKH6223",
    "SKH6224", "SKH6225", "SKH6226", "SKH6227", "SKH6228", "SKH6229", "SKH6230", "SKH7007", "SKH7008", "SKH7009",
    "SKH7020", "SKH7021", "SKH7022", "SKH8011", "SKH8012", "SKH9016", "SKH9017", "ulang", "lain", "Faulted",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _few_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    template()  # made with the real number: it is every test's
    monkeypatch.setattr(vault_module, "SLOTS_AHEAD", SLOTS_AHEAD)


def histories(n: int, steps: int, *, fresh: bool = False) -> settings:
    return settings(
        max_examples=n, stateful_step_count=steps, deadline=None, derandomize=not fresh, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True, report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if SHRINK else [Phase.generate],
    )  # fmt: skip


def run(form: settings, tell: Tell) -> None:
    """Run, and say how often each kind, cure, refusal and crash was met."""
    (seen := WholeMachine.seen).clear()
    run_state_machine_as_test(WholeMachine, settings=form)
    tell(
        histories=form.max_examples, steps=form.stateful_step_count, entries=sum(seen[kind] for kind in KINDS),
        kinds=sum(seen[kind] > 0 for kind in KINDS), refusals=sum(seen[id] for id in seen if id.startswith("SKH")),
        refusal_kinds=sum(id.startswith("SKH") for id in seen), repeats=seen["ulang"] + seen["lain"],
        **{what.replace(" ", "_").replace(",", ""): seen[what] for what in CRASHES},
    )  # fmt: skip


def missed(wanted: tuple[str, ...], floor: int) -> dict[str, int]:
    return {what: WholeMachine.seen[what] for what in wanted if WholeMachine.seen[what] < floor}


KINDS_POSTED = tuple(kind for kind in KINDS if kind != "GEN")
"""Every kind but the one that opens a ledger."""


def test_short_histories_of_all_kinds(tell: Tell) -> None:
    run(histories(160, 40), tell)
    assert missed(KINDS_POSTED, 1) == {}
    assert missed(CRASHES, 3) == {}
    assert missed((*CURES, "ulang", "lain", "Faulted"), 1) == {}


@pytest.mark.proof
def test_histories_of_all_kinds(tell: Tell) -> None:
    run(histories(500 * SCALE, 50, fresh=SCALE > 1), tell)
    assert missed((*KINDS_POSTED, *CRASHES, *CURES), 10) == {}
    assert missed(REFUSED, 1) == {}


DIFFERENCE = re.compile(
    r"(ledger|books|balances) and notebook differ: |tables and journal differ: |books derived again are the live ones|"
    r"entry \d+( was answered otherwise|: )|what writes nothing asks nothing of the disk"
)
"""What the machine's own comparisons say, and the check of entries it runs beside."""


def difference(bug: Bug) -> str:
    """What the machine says of a ledger with this bug. A bug that only breaks the product is none that was found: what
    else is raised goes on, and rules that stop are answered with Faulted.
    """
    WholeMachine.seen.clear()
    with pytest.MonkeyPatch.context() as patch:
        planted = bug(patch)

        class Planted(WholeMachine):
            plant = staticmethod(planted or WholeMachine.plant)

        with pytest.raises((AssertionError, Finding)) as caught:
            run_state_machine_as_test(Planted, settings=histories(400, 40))
    said = str(caught.value).partition("\n")[0]
    assert DIFFERENCE.match(said), f"no difference: {said or caught.value!r}"
    assert Faulted.__name__ not in said, f"the rules stopped: {said}"
    return said


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_control_a_planted_bug_is_found(bug: Bug, tell: Tell) -> None:
    """Control: the machine fails when the ledger has this bug, before the proof's own number of histories."""
    start = time.monotonic()
    said = difference(bug)
    tell(caught_after_entries=sum(WholeMachine.seen[kind] for kind in KINDS), by=said[:60])
    assert time.monotonic() - start < float(os.environ.get("PROOF_CONTROL_S", "120"))


def stops(*_: object) -> None:
    raise LookupError("planted")


@pytest.mark.parametrize(
    ("where", "name", "ends", "said"),
    [
        (Engine, "check_approval", AssertionError, "the rules stopped"),
        (Store, "thaw", LookupError, "planted"),
        (ledger_batch, "run", LookupError, "planted"),
    ],
    ids=["in the rules", "in a checkpoint", "in a batch"],
)
def test_control_a_patch_that_only_breaks_is_not_found(
    where: object, name: str, ends: type[Exception], said: str
) -> None:
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(where, name, stops)

    with pytest.raises(ends, match=said):
        difference(breaks)
