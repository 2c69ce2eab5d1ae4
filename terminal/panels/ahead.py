"""Type-ahead: key presses that wait for a panel that can take them.

All presses go through one such queue, in the order they came; a panel that is on top and not waiting for the host
takes them. Panels opened one from another share theirs, so what was typed for the next panel finds it there.
"""

from __future__ import annotations

from collections import deque

AHEAD_MAX = 256
"""Keys kept at most; the next one beeps and is lost."""

Press = tuple[str, str | None]
"""Name of the key press, and the character if it types one."""


class TypeAhead:
    """The queue. Its first `ahead` presses were typed blind: while the host worked, or by a paste."""

    def __init__(self) -> None:
        self._presses: deque[Press] = deque()
        self.ahead = 0

    def __len__(self) -> int:
        return len(self._presses)

    def put(self, name: str, character: str | None) -> bool:
        """Add a press at the end; False when there is no room."""
        if len(self._presses) >= AHEAD_MAX:
            return False
        self._presses.append((name, character))
        return True

    def take(self) -> Press | None:
        """The press that came first."""
        if not self._presses:
            return None
        self.ahead = max(0, self.ahead - 1)
        return self._presses.popleft()

    def mark(self) -> None:
        """All there is now was typed blind."""
        self.ahead = len(self._presses)

    def drop(self) -> int:
        """Throw away what was typed blind, as an error does; gives how many. What came after it was typed knowingly."""
        dropped = self.ahead
        for _ in range(dropped):
            self._presses.popleft()
        self.ahead = 0
        return dropped
