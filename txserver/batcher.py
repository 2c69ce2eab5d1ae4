"""Group commit without IO: requests queue in order of arrival, and leave in batches.

One batch is in hand at a time; what arrives meanwhile is the next one. There is no timer: a batch is whatever has
gathered while the one before was synced. Numbers follow the order of arrival; fairness is in admission (`offer`).
"""

from __future__ import annotations

from collections import Counter, deque

from txserver.session import Queued


class Batcher:
    """The queue of one host. `queue_max` bounds it, `branch_queue_max` bounds what one branch may have in it."""

    def __init__(self, queue_max: int, branch_queue_max: int, batch_entries_max: int) -> None:
        self._queue: deque[Queued] = deque()
        self._by_branch: dict[str, int] = {}
        self._is_stale = False
        self._queue_max = queue_max
        self._branch_max = branch_queue_max
        self._batch_max = batch_entries_max

    def __len__(self) -> int:
        return len(self._queue)

    def offer(self, ticket: Queued) -> bool:
        """Queue a request. False when the queue or the branch's share of it is full: nothing was taken."""
        tapak, queue, by_branch = ticket.session.origin.tapak, self._queue, self._by_branch
        waiting = by_branch.get(tapak, 0)
        if waiting >= self._branch_max:
            waiting = self._recount(tapak)
            by_branch = self._by_branch
        if waiting >= self._branch_max or len(queue) >= self._queue_max:
            return False
        by_branch[tapak] = waiting + 1
        queue.append(ticket)
        return True

    def ready(self) -> list[Queued]:
        """The next batch, oldest first; empty when nothing waits."""
        queue = self._queue
        if len(queue) <= self._batch_max:
            batch = list(queue)
            queue.clear()
            self._by_branch.clear()
            self._is_stale = False
            return batch
        # The counts stay as they are, too high: counting down cost 6% of a deposit, and only a branch that has
        # reached its bound needs the truth.
        self._is_stale = True
        return [queue.popleft() for _ in range(self._batch_max)]

    def _recount(self, tapak: str) -> int:
        """Count what is queued once more, at most once a batch, however often a branch beats at its bound."""
        if self._is_stale:
            self._is_stale = False
            self._by_branch = Counter(ticket.session.origin.tapak for ticket in self._queue)
        return self._by_branch.get(tapak, 0)
