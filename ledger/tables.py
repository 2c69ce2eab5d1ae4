"""Tables as the rules see them, and the layers that stand behind one.

    overlay   what the batch in hand has changed; dropped whole if the batch fails
    memory    what is committed to the journal and not yet in the tables' environment
    frozen    the memory a checkpoint is carrying down right now (absent otherwise)
    below     LMDB up to the watermark, or nothing: then memory is all, as tests and simulation use it

A read takes the first layer that knows the key. Rows are immutable values; keys are strings. A pinned table is small
and read at every request: all its rows are in its memory, and no checkpoint moves them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

LAST: Final = "\U0010ffff"
"""Above every key."""
GONE: Final[Any] = type("Gone", (), {"__repr__": lambda self: "GONE"})()
"""Stands in a layer for a deleted row."""


class Below(Protocol[Row_co]):
    """What lies under the memory of one table: the rows up to the watermark."""

    def get(self, key: str) -> Row_co | None:
        """The row, or None."""

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row_co]]:
        """Rows with start <= key < stop, in key order."""


class Nothing(Generic[Row]):
    """The empty Below."""

    def get(self, key: str) -> Row | None:
        """No row."""
        return None

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """No rows."""
        return iter(())


class Table(Generic[Row]):
    """One table through its layers."""

    __slots__ = ("_seen", "below", "frozen", "is_pinned", "memory", "name", "overlay")

    def __init__(self, name: str, below: Below[Row] | None = None, *, pinned: bool = False) -> None:
        self.name = name
        self.is_pinned = pinned
        self.overlay: dict[str, Row] = {}
        self.memory: dict[str, Row] = {}
        self.frozen: dict[str, Row] | None = None
        self.below: Below[Row] = Nothing()
        # Within a batch a row is read two or three times (decide, apply, its asserts): once from below is enough.
        self._seen: dict[str, Row | None] = {}
        if below is not None:
            self.lay_on(below)

    def lay_on(self, below: Below[Row]) -> None:
        """Stand on these rows from now on."""
        self._seen.clear()
        if self.is_pinned:
            self.memory = dict(below.range("", LAST)) | self.memory
        else:
            self.below = below

    def get(self, key: str) -> Row | None:
        """The row now in force, or None."""
        row = self.overlay.get(key)
        if row is None:
            row = self.memory.get(key)
            if row is None:
                row = self._lower(key)
        return None if row is GONE else row

    def _lower(self, key: str) -> Row | None:
        if self.is_pinned:
            return None
        if self.frozen is not None and (row := self.frozen.get(key)) is not None:
            return row
        seen = self._seen
        if key in seen:
            return seen[key]
        row = seen[key] = self.below.get(key)
        return row

    def put(self, key: str, row: Row) -> None:
        """Set a row, in the batch in hand."""
        self.overlay[key] = row

    def delete(self, key: str) -> None:
        """Remove a row, in the batch in hand."""
        self.overlay[key] = GONE

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """Rows with start <= key < stop in key order, all layers merged."""
        merged = dict(self.below.range(start, stop))
        for layer in (self.frozen or {}, self.memory, self.overlay):
            merged |= {key: row for key, row in layer.items() if start <= key < stop}
        return ((key, merged[key]) for key in sorted(merged) if merged[key] is not GONE)

    def keep(self) -> None:
        """The batch is durable: its changes join the memory."""
        if self.overlay:
            self.memory.update(self.overlay)
            self.overlay.clear()
        if self._seen:
            self._seen.clear()

    def drop(self) -> None:
        """The batch failed: forget its changes."""
        self.overlay.clear()
        self._seen.clear()

    def freeze(self) -> None:
        """A checkpoint begins: what is in memory is being carried down, new changes gather in a new memory."""
        assert self.frozen is None, "one checkpoint at a time"
        if not self.is_pinned:
            self.frozen, self.memory = self.memory, {}

    def settle(self) -> None:
        """The checkpoint is durable and seen below: the frozen layer is not needed any more."""
        self.frozen = None
        self._seen.clear()

    def thaw(self) -> None:
        """The checkpoint failed: its rows go back into memory, under what has changed since."""
        if self.frozen is not None:
            self.memory = self.frozen | self.memory
            self.frozen = None
