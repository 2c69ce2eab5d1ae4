"""Are the rows of the evening what the host sends, name by name and in its order?"""

from __future__ import annotations

import msgspec

from ledger import shelf_petang as books
from terminal import evening
from terminal.displays.evening import STATES, STEPS, progress_text
from terminal.evening import Langkah, State
from tests.panels.evening_told import BRANCHES, DIFFERENCES, SANCTIONS, bank_days, drawers
from txserver import recap
from txserver.wire import evening as rows
from txserver.wire.evening import BankDay, Running

KEADAAN = {
    books.OPEN,
    books.CUTOFF,
    books.CONFIRMED,
    books.MATCHED,
    books.MISMATCH,
    books.CURED,
    books.OVERDUE,
    books.SANCTION_PROPOSED,
    books.SETTLED,
}


def test_a_bank_day_is_the_hosts() -> None:
    assert BankDay is recap.BankDay
    assert Running.__struct_fields__ == recap.Progress.__struct_fields__


def test_what_the_fake_link_tells_has_the_shape_of_the_hosts_answers() -> None:
    assert len(msgspec.convert(bank_days(), list[BankDay])) == 2
    assert len(msgspec.convert(DIFFERENCES, list[rows.Difference])) == len(DIFFERENCES)
    assert len(msgspec.convert(SANCTIONS, list[rows.Sanction])) == len(SANCTIONS)
    assert len(msgspec.convert(BRANCHES, list[rows.BranchDay])) == len(BRANCHES)
    (drawer,) = msgspec.convert(drawers(), list[evening.Drawer])
    assert drawer.seharusnya_rupiah == 21_000_000


def test_a_newer_host_may_tell_more() -> None:
    (day,) = msgspec.convert([[*bank_days()[0], "more"]], list[BankDay])
    assert day.bank == "451"


def test_every_state_and_step_has_its_words() -> None:
    assert set(State) == set(STATES) == set(KEADAAN)
    assert set(Langkah) == set(STEPS)


def test_the_bar_of_a_step() -> None:
    assert (
        progress_text(Running("COCOK", "451", "2004-05-03", 1, 2), "en") == "[############............]  50%  Matching"
    )
    assert progress_text(Running("COCOK", "451", "2004-05-03", 3, 2), "en").startswith(
        "[########################] 100%"
    )
    assert progress_text(Running("COCOK", "451", "2004-05-03"), "id") == "[........................] Pencocokan"
    assert progress_text(Running("BARU", "451", "2004-05-03", 0, 9), "id").endswith("  0%  BARU")
