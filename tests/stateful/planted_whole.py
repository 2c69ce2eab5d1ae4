"""Bugs a ledger might have, in the day, the evening and the crash; the machine over all kinds must find each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from ledger import store as ledger_store
from ledger.books import Books
from ledger.engine import Engine
from ledger.kinds import KIND_BY_REQUEST, selesai, sembuh
from ledger.kinds.biaya_siskohat import BiayaSiskohat, BiayaSiskohatFacts
from ledger.kinds.laci_serah import LaciSerah
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Refusal
from ledger.store import Store
from ledger.tables import Table
from tests.stateful.planted import burnt_number, lost_idempotency

Patch = pytest.MonkeyPatch
Plant = Callable[[Store], None]
Bug = Callable[[Patch], Plant | None]
"""Changes the product for a run, and may give what is to be changed in each store that is opened."""


def a_number_burnt_by_an_aborted_batch(_: Patch) -> Plant:
    return burnt_number


def a_repeat_is_not_known(_: Patch) -> Plant:
    return lost_idempotency


def a_start_without_the_tail(patch: Patch) -> None:
    """The books are taken as they are, without what the journal has above their watermark."""
    patch.setattr(ledger_store, "catch_up", lambda *_: None)


def a_checkpoint_that_fails_forgets(patch: Patch) -> None:
    """What was frozen for a checkpoint that did not come through is gone."""

    def thaw(self: Any) -> None:
        for table in self.books.tables.values():
            table.frozen = None

    patch.setattr(Store, "thaw", thaw)


def nobody_asks_who_signed(patch: Patch) -> None:
    patch.setattr(Engine, "check_approval", lambda *_: None)


def another_branch_may_sign(patch: Patch) -> None:
    """The second person's role is looked at, his place is not."""
    honest = Engine.check_approval

    def check(self: Any, kind: Any, origin: Any, penyetuju: str) -> Any:
        refused, second = honest(self, kind, origin, penyetuju), self.books.pengguna(penyetuju)
        right = second is not None and second.peran in kind.approvers and penyetuju != origin.user
        return None if right else refused

    patch.setattr(Engine, "check_approval", check)


def a_stopped_branch_goes_on(patch: Patch) -> None:
    honest = Engine._check_authority

    def check(self: Any, kind: Any, origin: Any) -> Any:
        refusal = honest(self, kind, origin)
        return None if refusal is not None and refusal.id == "SKH7009" else refusal

    patch.setattr(Engine, "_check_authority", check)


def a_day_is_settled_with_money_outstanding(patch: Patch) -> None:
    honest = selesai._missing
    patch.setattr(selesai, "_missing", lambda books, day: honest(books, day).replace("PLD", ""))


def a_day_is_settled_without_being_confirmed_again(patch: Patch) -> None:
    """Nobody asks whether the bank has confirmed what it transferred or put right."""
    honest = selesai._missing
    patch.setattr(selesai, "_missing", lambda books, day: honest(books, replace_struct(day, n_host=0, n_beda=0)))


def a_cure_needs_no_proof(patch: Patch) -> None:
    patch.setattr(sembuh, "_proof", lambda books, item, req: 0)


def what_is_held_back_is_passed_on(patch: Patch) -> None:
    move = Books._move

    def held_nothing(books: Books, place: str, **changes: int) -> None:
        move(books, place, **{name: more for name, more in changes.items() if "tahan" not in name})

    patch.setattr(Books, "_move", held_nothing)


def money_passed_on_may_be_reversed(patch: Patch) -> None:
    patch.setattr(Books, "is_dilimpahkan", lambda *_: False)


def a_fee_is_charged_twice(patch: Patch) -> None:
    kind = KIND_BY_REQUEST[BiayaSiskohat]

    def decide(books: Any, req: Any, stamp: Any) -> Any:
        facts = kind.decide(books, req, stamp)
        if isinstance(facts, Refusal) and facts.id == "SKH6227":
            n = books.porsi_bank(req.kode_bank, req.hari_konfirmasi)
            return BiayaSiskohatFacts(req.kode_bank, req.hari_konfirmasi, n, n * 250)
        return facts

    patch.setitem(KIND_BY_REQUEST, BiayaSiskohat, replace(kind, decide=decide))


def a_late_deposit_after_hours(patch: Patch) -> None:
    """Nobody looks at the clock of the branch."""
    patch.setattr(Books, "is_ulang", lambda *_: True)


def a_drawer_keeps_its_count(patch: Patch) -> None:
    """A drawer that is handed over keeps what should be in it, not what was counted."""
    kind = KIND_BY_REQUEST[LaciSerah]

    def apply(books: Any, facts: Any, stamp: Any) -> None:
        laci = books.laci(stamp.perangkat)
        kind.apply(books, facts, stamp)
        books.change_laci(stamp.perangkat, type(laci)(facts.penerima, stamp.hari, stamp.seq, laci.seharusnya_rupiah))

    patch.setitem(KIND_BY_REQUEST, LaciSerah, replace(kind, apply=apply))


def two_porsi_for_one_person(patch: Patch) -> None:
    """Neither the rule nor the index of persons minds; the index names the later porsi, or that which is cancelled."""
    kind, honest = KIND_BY_REQUEST[SetoranAwal], Books.cancel_calon

    def decide(books: Any, req: Any, stamp: Any) -> Any:
        with patch.context() as inner:
            inner.setattr(books, "porsi_by_identitas", lambda identitas: None)
            return kind.decide(books, req, stamp)

    def claim(self: Table[Any], key: str, row: Any) -> bool:
        self.put(key, row)
        return True

    def cancel(self: Books, nomor_porsi: str, identitas: str, *more: Any) -> None:
        self._porsi.put(identitas, nomor_porsi)
        honest(self, nomor_porsi, identitas, *more)

    patch.setattr(Table, "claim", claim)
    patch.setattr(Books, "cancel_calon", cancel)
    patch.setitem(KIND_BY_REQUEST, SetoranAwal, replace(kind, decide=decide))


def a_closed_day_stays_open(patch: Patch) -> None:
    """A close cuts nobody off and says so of nothing."""
    patch.setattr(Books, "_cut_off_rest", lambda *_: None)


BUGS = [
    a_number_burnt_by_an_aborted_batch,
    a_repeat_is_not_known,
    a_start_without_the_tail,
    a_checkpoint_that_fails_forgets,
    nobody_asks_who_signed,
    another_branch_may_sign,
    a_stopped_branch_goes_on,
    a_day_is_settled_with_money_outstanding,
    a_day_is_settled_without_being_confirmed_again,
    a_cure_needs_no_proof,
    what_is_held_back_is_passed_on,
    money_passed_on_may_be_reversed,
    a_fee_is_charged_twice,
    a_late_deposit_after_hours,
    a_drawer_keeps_its_count,
    two_porsi_for_one_person,
    a_closed_day_stays_open,
]
