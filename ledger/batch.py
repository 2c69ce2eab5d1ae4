"""One batch of requests through the engine, at the cost of the offender only.

A request that stops the rules (an assert: our fault) is set aside and the batch is run again without it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ledger.engine import Asked, Engine, Posted, Repeat
from ledger.records import Refusal


class Faulted(Struct, frozen=True, gc=False):
    """The request stopped the rules; `sebab` is the kind of error, without the request's content."""

    sebab: str


OUR_FAULT = (AssertionError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""What a mistake in the rules raises. Storage errors are not among them: those end the process."""

Outcome = Posted | Repeat | Refusal | Faulted


def run(engine: Engine, batch: Sequence[Asked]) -> list[Outcome]:
    """Outcomes in the order of the requests; `engine.bodies` holds the entries to make durable.

    Repeats cost a second run of the batch for every request that faults, and batches are short.
    """
    faults: dict[int, Outcome] = {}
    while True:
        outcomes: list[Outcome] = []
        try:
            for asked in batch:
                at = len(outcomes)
                outcomes.append(faults[at] if faults and at in faults else engine.post(asked))
        except OUR_FAULT as error:
            faults[len(outcomes)] = Faulted(type(error).__name__)
            engine.abandon()
            continue
        return outcomes
