"""Bugs an evening might have, to be found by its state machine."""

from __future__ import annotations

import pytest

from ledger.books import Books


def money_passed_on_may_be_reversed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Books, "is_dilimpahkan", lambda *_: False)


def what_is_held_back_is_passed_on(patch: pytest.MonkeyPatch) -> None:
    move = Books._move

    def held_nothing(books: Books, place: str, **changes: int) -> None:
        move(books, place, **{name: more for name, more in changes.items() if "tahan" not in name})

    patch.setattr(Books, "_move", held_nothing)


def a_close_forgets_what_is_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Books, "selisih_terbuka", lambda _: iter(()))


def a_branch_goes_on_after_its_cut_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Books, "is_ulang", lambda *_: True)


BUGS = [
    money_passed_on_may_be_reversed,
    what_is_held_back_is_passed_on,
    a_close_forgets_what_is_open,
    a_branch_goes_on_after_its_cut_off,
]
