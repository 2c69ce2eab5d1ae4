"""The planted bugs, and for each the test that must catch it: the programme's own, then those of the machines here."""

from __future__ import annotations

from typing import NamedTuple

from tests.sim.planted import BUGS as SIMULATED
from tests.stateful.planted_whole import BUGS as OF_ALL_KINDS

CUT, SIM = "test_power_cut.py::test_control_an_unsafe_run_is_caught", "test_planted_bugs.py::test_planted"

SYSTEMS = ("ext4", "ext4 without a journal")
STACK = "test_full_stack.py::test_control_an_unsafe_mode_is_caught"


class Row(NamedTuple):
    """A bug, who must catch it in words, the test's name in a run, and why there may be none."""

    bug: str
    said: str
    test: str
    reason: str = ""


PROGRAMME = [
    Row("an answer before its commit", "T01", "test_storm.py::test_control_answers_before_the_commit_are_caught"),
    Row("an answer before its commit", "T03", f"{CUT}[answered before the commit]"),
    Row("an answer before its commit", "T07", f"{SIM}[an answer before its commit]"),
    Row("no index of requests", "T07", f"{SIM}[lost idempotency]"),
    Row("a number burnt by an aborted batch", "T07", f"{SIM}[a number burnt by an aborted batch]"),
    Row("last in, first out", "T01 (R6)", "test_storm.py::test_control_the_last_to_come_numbered_first_is_caught"),
    Row("last in, first out", "T07 (R6)", f"{SIM}[last in, first out]"),
    Row("metasync=False, answered at once", "T03", f"{CUT}[metasync off]"),
    *(Row("metasync=False, answered at once", "T04", f"{STACK}[{system}-metasync off]") for system in SYSTEMS),
    Row("sync=False", "T03", f"{CUT}[sync off]"),
    *(Row("sync=False", "T04", f"{STACK}[{system}-sync off]") for system in SYSTEMS),
    Row("one flush taken out", "T03", f"{CUT}[one flush taken out]"),
    Row(
        "a start that trusts what it can read", "T03",
        "test_power_cut.py::test_control_a_start_that_trusts_what_it_can_read_is_caught",
    ),
    Row(
        "verify without look-ups by key", "T06",
        "test_rot.py::test_control_a_verification_without_look_ups_misses_some",
    ),
    Row(
        "going on after a commit error", "T05",
        "test_faults.py::test_control_a_writer_that_goes_on_after_an_error_is_caught",
    ),
    Row(
        "building on a commit that the disk has lost", "T05",
        "test_bad_disk.py::test_control_a_writer_that_builds_on_a_lost_commit_is_caught",
    ),
    Row(
        "a time-out that begins anew with each byte", "T14",
        "test_hostile.py::test_deadlines_that_start_anew_are_caught",
    ),
    Row("a stopped branch goes on in a running batch", "T07", f"{SIM}[a stopped branch goes on]"),
    Row("numbers in the order of the clock", "T07", f"{SIM}[numbers in the order of the clock]"),
    Row("a stale head after a crash", "T07", f"{SIM}[a start without the journal's tail]"),
    Row("an act without its entry", "T07", f"{SIM}[an act without its entry]"),
    Row("a wrong total of a bank", "T07", f"{SIM}[a wrong total of a branch]"),
    Row("a deposit reversed twice", "T07", f"{SIM}[a deposit reversed twice]"),
    Row("a checker blind to arrival", "T10", "test_checker.py::test_control_a_checker_blind_to_arrival_is_caught"),
    Row("a decoder that lets an error through", "T11",
        "test_fuzz.py::test_control_a_decoder_that_lets_an_error_through_is_caught"),
    Row("an answer one commit late, off by one", "T03", "",
        "does not apply: no mode of this host answers late; answering one commit early is the first row"),
    Row("commit on another thread than begin", "T12", "",
        "the journal refuses it by an assertion: tests/unit/ledger/test_journal.py, in `make test`"),
    Row("a reader that is never cleared", "T26", "", "T26 (soak) is not built"),
    Row("keys deleted in plain LMDB", "T24", "", "T24 is not built; keys lie in a file of their own here"),
]  # fmt: skip
NAMED = {row.test for row in PROGRAMME}


def table() -> list[Row]:
    """Every row. A bug of the two machines that the programme does not name has its own."""
    more = [Row(name, "T07", f"{SIM}[{name}]") for name in SIMULATED]
    machine = "test_machine.py::test_control_a_planted_bug_is_found"
    more += [Row(bug.__name__.replace("_", " "), "T12", f"{machine}[{bug.__name__}]") for bug in OF_ALL_KINDS]
    return [*PROGRAMME, *(row for row in more if row.test not in NAMED)]
