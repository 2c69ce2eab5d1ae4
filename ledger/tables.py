"""Tables as the rules see them, and the layers that stand behind one.

    overlay   what the batch in hand has changed; dropped whole if the batch fails
    memory    what is committed to the journal and not yet in the tables' environment
    frozen    the memory a checkpoint is carrying down right now (absent otherwise)
    below     LMDB up to the watermark, or nothing: then memory is all, as tests and simulation use it

A read takes the first layer that knows the key. Rows are immutable values; keys are strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

Row = TypeVar("Row")

GONE: Final[Any] = type("Gone", (), {"__repr__": lambda self: "GONE"})()
"""Stands in a layer for a deleted row."""


class Below(Protocol[Row]):
    """What lies under the memory of one table: the rows up to the watermark."""

    def get(self, key: str) -> Row | None:
        """The row, or None."""

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """Rows with start <= key < stop, in key order."""

    def absorb(self, rows: dict[str, Row]) -> None:
        """These rows (GONE among them) are below the watermark from now on."""


class Nothing(Generic[Row]):
    """The empty Below."""

    def get(self, key: str) -> Row | None:
        """No row."""
        return None

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """No rows."""
        return iter(())

    def absorb(self, rows: dict[str, Row]) -> None:
        """There is no below to carry rows to."""
        raise AssertionError("a table without a below is never checkpointed")


class Table(Generic[Row]):
    """One table through its layers."""

    __slots__ = ("below", "frozen", "memory", "name", "overlay")

    def __init__(self, name: str, below: Below[Row] | None = None) -> None:
        self.name = name
        self.overlay: dict[str, Row] = {}
        self.memory: dict[str, Row] = {}
        self.frozen: dict[str, Row] | None = None
        self.below: Below[Row] = Nothing() if below is None else below

    def get(self, key: str) -> Row | None:
        """The row now in force, or None."""
        row = self.overlay.get(key)
        if row is None:
            row = self.memory.get(key)
            if row is None:
                if self.frozen is not None:
                    row = self.frozen.get(key)
                if row is None:
                    return self.below.get(key)
        return None if row is GONE else row

    def put(self, key: str, row: Row) -> None:
        """Set a row, in the batch in hand."""
        self.overlay[key] = row

    def delete(self, key: str) -> None:
        """Remove a row, in the batch in hand."""
        self.overlay[key] = GONE

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """Rows with start <= key < stop in key order, all layers merged."""
        layers = (self.frozen or {}, self.memory, self.overlay)
        newer: dict[str, Row] = {}
        for layer in layers:
            newer.update({key: row for key, row in layer.items() if start <= key < stop})
        merged = dict(self.below.range(start, stop)) | newer
        return ((key, merged[key]) for key in sorted(merged) if merged[key] is not GONE)

    def keep(self) -> None:
        """The batch is durable: its changes join the memory."""
        self.memory.update(self.overlay)
        self.overlay.clear()

    def drop(self) -> None:
        """The batch failed: forget its changes."""
        self.overlay.clear()

    def freeze(self) -> None:
        """A checkpoint begins: what is in memory is being carried down, new changes gather in a new memory."""
        assert self.frozen is None, "one checkpoint at a time"
        self.frozen, self.memory = self.memory, {}

    def settle(self) -> None:
        """The checkpoint is durable below: the frozen layer is not needed any more."""
        assert self.frozen is not None, "nothing was frozen"
        self.below.absorb(self.frozen)
        self.frozen = None

    def thaw(self) -> None:
        """The checkpoint failed: its rows go back into memory, under what has changed since."""
        if self.frozen is not None:
            self.memory = self.frozen | self.memory
            self.frozen = None


class Pinned(Generic[Row]):
    """A Below for small tables read at every request: all rows in memory, loaded at open, moved on at settle."""

    def __init__(self, rows: Iterator[tuple[str, Row]]) -> None:
        self._rows: dict[str, Row] = dict(rows)

    def get(self, key: str) -> Row | None:
        """The row, or None."""
        return self._rows.get(key)

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Row]]:
        """Rows with start <= key < stop, in key order."""
        return ((key, self._rows[key]) for key in sorted(self._rows) if start <= key < stop)

    def absorb(self, rows: dict[str, Row]) -> None:
        """Take over what a checkpoint carried down."""
        for key, row in rows.items():
            if row is GONE:
                self._rows.pop(key, None)
            else:
                self._rows[key] = row
