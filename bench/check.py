"""The consistency checker: what was asked and answered, held against what the ledger says (guide/proof.md, section 3).

R1 numbers are unique. R2 they have no gap from 1 within their series, and nothing is held that nobody asked for.
R3 real time: what was answered before another was asked has the smaller number; unanswered requests count, with no
end. R4 one request, one entry and one number. R5 no answer that the ledger does not hold, and none held that was
refused. R6 order of arrival: first received by the host, first numbered; judged where the host's stamps of arrival are
given. R7 ledger time never falls.

One function for benchmark, tests, kill storms and simulation: O(n log n), pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import inf
from typing import Final, NamedTuple

REFUSED: Final = 0
"""`Call.seq` of a request that a rule declined."""


class Call(NamedTuple):
    """One request as one terminal saw it: sent at `asked`, answered at `answered` (inf = never) on one clock.

    `seq` and `nomor` are those of the answer; `seq` None = no answer, REFUSED = declined. A request that was sent
    several times is several calls of the same `identity`.
    """

    identity: Hashable
    asked: float
    answered: float = inf
    seq: int | None = None
    nomor: str = ""


class Held(NamedTuple):
    """One entry of the ledger, in ledger order. `seri` and `urut` are series and running number of its `nomor`."""

    identity: Hashable
    seq: int
    nomor: str
    seri: str
    urut: int
    waktu_us: int


class Fault(NamedTuple):
    """A rule that was broken, and where."""

    rule: str
    what: str


def check(
    calls: Iterable[Call],
    held: Sequence[Held],
    granted_before: Mapping[str, int] | None = None,
    arrived: Mapping[Hashable, float] | None = None,
) -> list[Fault]:
    """Every fault found, in ledger order where they have one; an empty list when all rules hold.

    `granted_before` says how far each series was when `held` begins; without it every series begins at 1. `arrived`
    says when the host received the request that became the entry of an identity, on its own clock or as a running
    number; of one that came several times the arrival that was taken in. Equal stamps have no order, and an identity
    without one is not judged by R6.
    """
    faults: list[Fault] = []
    asked: dict[Hashable, float] = {}
    answered: dict[Hashable, float] = {}
    answers: list[Call] = []
    for call in calls:
        asked[call.identity] = min(call.asked, asked.get(call.identity, inf))
        answered[call.identity] = min(call.answered, answered.get(call.identity, inf))
        if call.seq is not None:
            answers.append(call)
    by_identity: dict[Hashable, Held] = {}
    granted: set[str] = set()
    urut: dict[str, int] = dict(granted_before or {})
    seq, waktu_us, latest_asked, latest_arrived = 0, 0, -inf, -inf
    stamps = arrived or {}
    for entry in held:
        if entry.nomor in granted or entry.seq <= seq:
            faults.append(Fault("R1", f"entry {entry.seq} grants {entry.nomor} again or is out of order"))
        if entry.urut != urut.get(entry.seri, 0) + 1:
            faults.append(Fault("R2", f"entry {entry.seq}: {entry.nomor} does not follow {urut.get(entry.seri, 0)}"))
        if entry.identity not in asked:
            faults.append(Fault("R2", f"entry {entry.seq}: nobody asked for {entry.identity}"))
        elif answered[entry.identity] < latest_asked:
            faults.append(Fault("R3", f"entry {entry.seq} was answered before an earlier entry was asked for"))
        if entry.identity in by_identity:
            faults.append(Fault("R4", f"entry {entry.seq} and {by_identity[entry.identity].seq}: one request"))
        stamp = stamps.get(entry.identity, latest_arrived)
        if stamp < latest_arrived:
            faults.append(Fault("R6", f"entry {entry.seq} had arrived before an earlier entry"))
        if entry.waktu_us < waktu_us:
            faults.append(Fault("R7", f"entry {entry.seq} is {waktu_us - entry.waktu_us} us before its predecessor"))
        granted.add(entry.nomor)
        by_identity.setdefault(entry.identity, entry)
        latest_arrived = max(latest_arrived, stamp)
        latest_asked = max(latest_asked, asked.get(entry.identity, -inf))
        seq, waktu_us, urut[entry.seri] = entry.seq, entry.waktu_us, entry.urut
    for call in answers:
        entry_of = by_identity.get(call.identity)
        said = None if call.seq == REFUSED else (call.seq, call.nomor)
        if said != (None if entry_of is None else (entry_of.seq, entry_of.nomor)):
            faults.append(Fault("R5", f"{call.identity} was answered {said}, which the ledger does not hold"))
    return faults
