"""Tables as the rules see them, and the layers that stand behind one.

    memory    what is in the journal and not yet below, and what the batch in hand has changed
    frozen    the memory that a checkpoint is carrying down right now (absent otherwise)
    below     LMDB up to the watermark, or nothing: then memory is all, as tests and simulation use it

A read takes the first layer that knows the key. The batch in hand writes into memory and notes in the `Undo` what
stood there before; a batch that fails is undone whole, so nothing is ever half applied, and one that is durable
costs nothing more. Rows are immutable values; keys are strings.

A pinned table is small and read at every request: all its rows are in its memory and no checkpoint moves them out,
so that its `rows` can be read as the plain dict it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, Generic, Protocol, TypeVar

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

LAST: Final = "\U0010ffff"
"""Above every key."""
GONE: Final[Any] = type("Gone", (), {"__repr__": lambda self: "GONE"})()
"""Stands in memory for a row that is deleted from what lies below."""

Undo = list[Any]
"""What the batch in hand has changed: rows, key, the row before or None, and so on, oldest first.

Flat, because thousands of small tuples kept until the commit cost 4% of a deposit in cache misses.
"""


def undo(changes: Undo) -> None:
    """Take the batch's changes back, newest first."""
    while changes:
        before, key, rows = changes.pop(), changes.pop(), changes.pop()
        if before is None:
            del rows[key]
        else:
            rows[key] = before


class Below(Protocol[Row_co]):
    """What lies under the memory of one table: the rows up to the watermark."""

    def get(self, key: str) -> Row_co | None:
        """The row, or None."""

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row_co]]:
        """Rows with start <= key < stop, in key order."""

    def back(self, start: str, stop: str) -> Iterator[tuple[str, Row_co]]:
        """The same rows from the last to the first, each read when it is asked for."""


class Nothing(Generic[Row]):
    """The empty Below."""

    def get(self, key: str) -> Row | None:
        """No row."""
        return None

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """No rows."""
        return iter(())

    def back(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """No rows."""
        return iter(())


class Table(Generic[Row]):
    """One table through its layers. `rows` is its memory; `seen` what was read from below, and stays one dict."""

    __slots__ = ("_undo", "below", "frozen", "is_pinned", "name", "rows", "seen")

    def __init__(self, name: str, changes: Undo, below: Below[Row] | None = None, *, pinned: bool = False) -> None:
        self.name = name
        self.is_pinned = pinned
        self.rows: dict[str, Row] = {}
        self.frozen: dict[str, Row] | None = None
        self.below: Below[Row] = Nothing()
        self._undo = changes
        # Within a batch a row is read two or three times (decide, apply, its asserts): once from below is enough.
        self.seen: dict[str, Row] = {}
        if below is not None:
            self.lay_on(below)
            if pinned:
                self.rows.update(below.range("", LAST))

    def lay_on(self, below: Below[Row]) -> None:
        """Stand on these rows from now on; a pinned table has its own since it was made."""
        self.seen.clear()
        if not self.is_pinned:
            self.below = below

    def get(self, key: str) -> Row | None:
        """The row now in force, or None."""
        row = self.rows.get(key)
        if row is None:
            row = self.seen.get(key)
            if row is None:
                return self._lower(key)
        return None if row is GONE else row

    def _lower(self, key: str) -> Row | None:
        if self.is_pinned:
            return None
        if self.frozen is not None and (row := self.frozen.get(key)) is not None:
            return None if row is GONE else row
        found = self.below.get(key)
        self.seen[key] = GONE if found is None else found
        return found

    def put(self, key: str, row: Row) -> None:
        """Set a row, in the batch in hand."""
        rows = self.rows
        self._undo += (rows, key, rows.get(key))
        rows[key] = row

    def insert(self, key: str, row: Row) -> None:
        """Set a row where none is, in the batch in hand: the caller's numbering says that there is none below."""
        rows = self.rows
        old = rows.setdefault(key, row)
        if old is row:
            self._undo += (rows, key, None)
            return
        assert old is GONE, "the row is new"
        self._undo += (rows, key, old)
        rows[key] = row

    def claim(self, key: str, row: Row) -> bool:
        """Set a row, in the batch in hand. False when there was one, in whatever layer: the batch must be dropped."""
        rows = self.rows
        old = rows.setdefault(key, row)
        if old is row:
            self._undo += (rows, key, None)
            return self.seen.get(key) is GONE or self._lower(key) is None
        self._undo += (rows, key, old)
        rows[key] = row
        return old is GONE

    def add(self, key: str, more: int) -> int:
        """Add to a row that counts (0 where there is none), in the batch in hand. Returns what it is now."""
        rows: dict[str, Any] = self.rows
        old = rows.get(key)
        self._undo += (rows, key, old)
        if not self.is_pinned:
            old = self.get(key)
        new: int = (old or 0) + more
        rows[key] = new
        return new

    def delete(self, key: str) -> None:
        """Remove a row, in the batch in hand. Of a pinned table it must be there."""
        if self.is_pinned:
            # All of it is in memory: nothing below to hide, and `rows` is read as a plain dict.
            self._undo += (self.rows, key, self.rows.pop(key))
        else:
            self.put(key, GONE)

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """Rows with start <= key < stop in key order, all layers merged."""
        merged = dict(self.below.range(start, stop))
        for layer in (self.frozen or {}, self.rows):
            merged |= {key: row for key, row in layer.items() if start <= key < stop}
        return ((key, merged[key]) for key in sorted(merged) if merged[key] is not GONE)

    def newest(self) -> Iterator[tuple[str, Row]]:
        """Rows in memory, from the last one put to the first: of a table whose rows are put once and never deleted."""
        return chain.from_iterable(reversed(layer.items()) for layer in (self.rows, self.frozen or {}))

    def forget_seen(self) -> None:
        """The batch is over, one way or the other: what was read from below need not be kept."""
        if self.seen:
            self.seen.clear()

    def freeze(self) -> None:
        """A checkpoint begins: what is in memory is being carried down, new changes gather in a new memory."""
        assert self.frozen is None, "one checkpoint at a time"
        assert not self._undo, "between batches"
        if not self.is_pinned:
            self.frozen, self.rows = self.rows, {}

    def settle(self) -> None:
        """The checkpoint is durable and seen below: the frozen layer is not needed any more."""
        self.frozen = None
        self.seen.clear()

    def thaw(self) -> None:
        """The checkpoint failed: its rows go back into memory, under what has changed since."""
        if self.frozen is not None:
            self.rows = self.frozen | self.rows
            self.frozen = None
