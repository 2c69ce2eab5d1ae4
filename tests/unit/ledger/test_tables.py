"""Do the layers of a table tell one truth, whatever lies in which of them?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books import TABLES, Books
from ledger.tables import GONE, Table, Undo, undo
from tests.ledger_fixtures import PlainVault


class Shelf:
    """A below made of a dict; counts look-ups."""

    def __init__(self, **rows: int) -> None:
        self.rows = rows
        self.asked = 0

    def get(self, key: str) -> int | None:
        self.asked += 1
        return self.rows.get(key)

    def range(self, start: str, stop: str) -> Iterator[tuple[str, int]]:
        return iter(sorted((key, row) for key, row in self.rows.items() if start <= key < stop))

    def back(self, start: str, stop: str) -> Iterator[tuple[str, int]]:
        return iter(reversed(list(self.range(start, stop))))

    def carry(self, frozen: dict[str, int]) -> None:
        """What a checkpoint does."""
        for key, row in frozen.items():
            if row is GONE:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row


def table(**rows: int) -> tuple[Table[int], Undo, Shelf]:
    changes, below = Undo(), Shelf(**rows)
    return Table("uji", changes, below), changes, below


def test_the_newest_layer_that_knows_a_key_is_believed() -> None:
    """Is memory read before frozen, and frozen before below?"""
    rows, changes, _ = table(a=1, b=1, c=1)
    rows.put("b", 2)
    rows.put("c", 2)
    changes.clear()
    rows.freeze()
    rows.put("c", 3)
    assert [rows.get(key) for key in "abcd"] == [1, 2, 3, None]


def test_a_deleted_row_hides_what_lies_below() -> None:
    """Does a tombstone hide the row in every layer under it, and a new row the tombstone?"""
    rows, changes, below = table(a=1, b=1)
    rows.delete("a")
    assert rows.get("a") is None
    assert list(rows.range("", "z")) == [("b", 1)]
    changes.clear()
    rows.freeze()
    assert rows.get("a") is None
    rows.put("a", 5)
    assert rows.get("a") == 5
    changes.clear()
    assert rows.frozen == {"a": GONE}
    below.carry(rows.frozen)
    rows.settle()
    assert below.rows == {"b": 1}
    assert rows.get("a") == 5


def test_a_range_merges_all_layers_in_key_order() -> None:
    """Does a range give each key once, with its newest row, stop excluded?"""
    rows, changes, _ = table(a=1, c=1, e=1, z=1)
    rows.put("d", 2)
    rows.put("e", 2)
    changes.clear()
    rows.freeze()
    rows.put("b", 3)
    rows.put("e", 3)
    rows.delete("c")
    assert list(rows.range("a", "z")) == [("a", 1), ("b", 3), ("d", 2), ("e", 3)]
    assert list(rows.range("b", "e")) == [("b", 3), ("d", 2)]


def test_a_batch_is_taken_back_whole() -> None:
    """Does undo restore new, changed and deleted rows, also those changed twice?"""
    rows, changes, _ = table(a=1)
    rows.put("b", 2)
    changes.clear()
    before = dict(rows.rows)
    rows.put("a", 9)
    rows.put("b", 9)
    rows.put("b", 10)
    rows.delete("a")
    rows.put("c", 9)
    undo(changes)
    assert (rows.rows, changes) == (before, [])
    assert [rows.get(key) for key in "abc"] == [1, 2, None]


def test_thaw_puts_the_frozen_rows_under_the_newer_ones() -> None:
    """After a failed checkpoint, does the newer row win and is nothing lost?"""
    rows, changes, _ = table()
    rows.put("a", 1)
    rows.put("b", 1)
    changes.clear()
    rows.freeze()
    rows.put("b", 2)
    rows.thaw()
    assert rows.frozen is None
    assert rows.rows == {"a": 1, "b": 2}
    rows.thaw()
    assert rows.rows == {"a": 1, "b": 2}


def test_one_checkpoint_at_a_time_and_between_batches() -> None:
    """Is a second freeze refused, and one in the middle of a batch?"""
    rows, changes, _ = table()
    rows.put("a", 1)
    with pytest.raises(AssertionError, match="between batches"):
        rows.freeze()
    changes.clear()
    rows.freeze()
    with pytest.raises(AssertionError, match="one checkpoint"):
        rows.freeze()


@pytest.mark.parametrize("layer", ["memory", "frozen", "below", "seen below"])
def test_a_row_is_claimed_once_whatever_layer_has_it(layer: str) -> None:
    """Is a second claim told, wherever the first row lies, and undone with its batch?"""
    rows, changes, _ = table(**({"a": 1} if "below" in layer else {}))
    if layer in ("memory", "frozen"):
        assert rows.claim("a", 1)
        changes.clear()
        rows.forget_seen()
    if layer == "frozen":
        rows.freeze()
    if layer == "seen below":
        assert rows.get("a") == 1
    assert not rows.claim("a", 2)
    undo(changes)
    assert rows.get("a") == 1


@pytest.mark.parametrize("layer", ["memory", "frozen", "below"])
def test_a_row_that_was_deleted_may_be_claimed_again(layer: str) -> None:
    """Is a deletion found in whatever layer it stands, and found again when the claim is undone?"""
    rows, changes, _ = table(a=1)
    if layer == "below":
        rows, changes, _ = table()
        assert rows.get("a") is None, "looked for, and seen not to be there"
    else:
        rows.delete("a")
        changes.clear()
    if layer == "frozen":
        rows.freeze()
    assert rows.claim("a", 2)
    assert rows.get("a") == 2
    undo(changes)
    assert rows.get("a") is None


def test_an_inserted_row_is_new() -> None:
    """Does insert stop at a row in memory, take the place of a deleted one, and go back with its batch?"""
    rows, changes, _ = table(b=1)
    rows.delete("b")
    changes.clear()
    before = dict(rows.rows)
    rows.insert("a", 1)
    rows.insert("b", 2)
    assert [rows.get("a"), rows.get("b")] == [1, 2]
    with pytest.raises(AssertionError, match="the row is new"):
        rows.insert("a", 3)
    undo(changes)
    assert (rows.rows, changes) == (before, [])


def test_a_row_from_below_is_read_once_a_batch_and_anew_after_it() -> None:
    """Is the look-up below remembered within a batch only, also that there is no row?"""
    rows, _, below = table(a=1)
    assert [rows.get("a"), rows.get("a"), rows.get("b"), rows.get("b")] == [1, 1, None, None]
    assert below.asked == 2
    rows.forget_seen()
    below.rows = {"a": 7, "b": 8}
    assert [rows.get("a"), rows.get("b")] == [7, 8]


def test_a_pinned_table_is_all_memory() -> None:
    """Is a pinned table loaded once, and left alone by freeze and settle?"""
    below = Shelf(a=1)
    changes = Undo()
    rows = Table("uji", changes, below, pinned=True)
    rows.put("b", 2)
    changes.clear()
    same = rows.rows
    rows.freeze()
    rows.settle()
    rows.lay_on(Shelf(a=5))
    assert rows.rows is same
    assert rows.rows == {"a": 1, "b": 2}
    assert rows.get("c") is None
    assert below.asked == 0


@pytest.mark.parametrize("pinned", [False, True])
def test_a_count_goes_on_from_what_lies_below(pinned: bool) -> None:
    """Does adding see every layer, put one row a time, and go back with the batch?"""
    changes = Undo()
    rows = Table("uji", changes, Shelf(a=5), pinned=pinned)
    assert [rows.add("a", 1), rows.add("a", -2), rows.add("b", 1)] == [6, 4, 1]
    assert [rows.get("a"), rows.get("b")] == [4, 1]
    undo(changes)
    assert [rows.get("a"), rows.get("b")] == [5, None]
    if not pinned:
        rows.put("b", 9)
        changes.clear()
        rows.forget_seen()  # as the end of a batch does
        rows.freeze()
        assert rows.add("b", 1) == 10


def test_a_deleted_row_of_a_pinned_table_is_gone() -> None:
    """Is it gone from the plain dict, back when the batch is taken back, and not fetched again from below?"""
    below, changes = Shelf(a=1), Undo()
    rows = Table("uji", changes, below, pinned=True)
    rows.delete("a")
    assert (rows.rows, rows.get("a"), list(rows.range("", "z"))) == ({}, None, [])
    rows.put("a", 2)
    rows.delete("a")
    undo(changes)
    assert (rows.rows, changes) == ({"a": 1}, [])
    rows.delete("a")
    changes.clear()
    rows.lay_on(Shelf(a=1))
    assert rows.rows == {}
    with pytest.raises(KeyError):
        rows.delete("a")
    assert changes == []


def test_books_pin_what_the_list_says() -> None:
    """Is every table of the list there, pinned or not as it says, and none pinned for a checkpoint?"""
    assert {name: table.is_pinned for name, table in Books(PlainVault()).tables.items()} == {
        name: is_small for name, (_, is_small) in TABLES.items()
    }
    unpinned = Books(PlainVault(), may_pin=False)
    assert not any(table.is_pinned for table in unpinned.tables.values())


KEYS = st.sampled_from("abcde")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.integers(0, 9)),
        st.tuples(st.sampled_from(["delete", "get"]), KEYS),
        st.sampled_from([("keep",), ("drop",), ("freeze",), ("settle",), ("thaw",)]),
    ),
    max_size=40,
)


@given(STEPS)
def test_layers_equal_one_dict(steps: list[tuple[object, ...]]) -> None:
    """Whatever the order of changes, batches and checkpoints: do all layers together say what one dict says?"""
    rows, changes, below = table(a=1, b=1)
    now, durable = {"a": 1, "b": 1}, {"a": 1, "b": 1}
    for step, *args in steps:
        if step == "put":
            now[args[0]] = args[1]
            rows.put(*args)
        elif step == "delete":
            now.pop(args[0], None)
            rows.delete(*args)
        elif step == "keep" or (step == "freeze" and rows.frozen is None):
            durable = dict(now)
            changes.clear()
            rows.forget_seen()
            if step == "freeze":
                rows.freeze()
        elif step == "drop":
            now = dict(durable)
            undo(changes)
            rows.forget_seen()
        elif step == "settle" and rows.frozen is not None:
            below.carry(rows.frozen)
            rows.settle()
        elif step == "thaw" and not changes:
            rows.thaw()
        assert {key: rows.get(key) for key in "abcde"} == {key: now.get(key) for key in "abcde"}
        assert dict(rows.range("", "z")) == now


def test_memory_is_told_from_the_last_row_put_to_the_first() -> None:
    """Whichever of the two memories a row lies in, and after a batch that was dropped?"""
    rows, changes, _ = table(a=1)
    rows.put("z", 2)
    rows.put("b", 3)
    changes.clear()
    rows.freeze()
    rows.put("y", 4)
    rows.put("c", 5)
    changes.clear()
    rows.put("x", 6)
    undo(changes)
    told = [("c", 5), ("y", 4), ("b", 3), ("z", 2)]
    assert list(rows.newest()) == told
    rows.thaw()
    assert list(rows.newest()) == told
