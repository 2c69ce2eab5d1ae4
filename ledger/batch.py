"""One batch of requests through the engine, at the cost of the offender only.

A request that stops the rules (an assert: our fault) is tried once more with the whole batch: what only memory refused
deep in a library brought about does not come again. One that stops them twice is set aside, and the others run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from ledger.engine import Asked, Engine, Posted, Repeat
from ledger.records import Refusal


class Faulted(Struct, frozen=True, gc=False):
    """The request stopped the rules; `sebab` is the kind of error, without the request's content."""

    sebab: str


OUR_FAULT = (AssertionError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""What a mistake in the rules raises. Storage errors are not among them: those end the process."""

Outcome = Posted | Repeat | Refusal | Faulted


def run(
    engine: Engine, batch: Sequence[Asked], tell: Callable[[BaseException], None] = lambda _: None
) -> list[Outcome]:
    """Outcomes in the order of the requests; `engine.bodies` holds the entries to make durable.

    `tell` hears of the first error of each request that stopped the rules. Repeats cost two more runs of the batch for
    every one, and batches are short.
    """
    suspects: set[int] = set()
    faults: dict[int, Outcome] = {}
    while True:
        outcomes: list[Outcome] = []
        try:
            for asked in batch:
                at = len(outcomes)
                outcomes.append(faults[at] if faults and at in faults else engine.post(asked))
        except OUR_FAULT as error:
            engine.abandon()
            at = len(outcomes)
            if at in suspects:
                faults[at] = Faulted(type(error).__name__)
            else:
                suspects.add(at)
                tell(error)
            continue
        return outcomes
