"""The rules of `bench.check` word for word over all pairs, without any order to lean on: slow, and plainly right."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import combinations

from bench.check import REFUSED, Call, Held


def broken_by_definition(
    calls: list[Call], held: list[Held], arrived: Mapping[Hashable, float] | None = None
) -> set[str]:
    """The names of the rules that a history breaks."""
    broken = set()
    asked = {one.identity: min(c.asked for c in calls if c.identity == one.identity) for one in calls}
    end = {one.identity: min(c.answered for c in calls if c.identity == one.identity) for one in calls}
    pairs = list(combinations(held, 2))
    if any(a.nomor == b.nomor or a.seq >= b.seq for a, b in pairs if a is not b):
        broken.add("R1")
    for seri in {entry.seri for entry in held}:
        if [entry.urut for entry in held if entry.seri == seri] != list(
            range(1, 1 + sum(entry.seri == seri for entry in held))
        ):
            broken.add("R2")
    if any(entry.identity not in asked for entry in held):
        broken.add("R2")
    if any(
        end[later.identity] < asked[earlier.identity]
        for earlier, later in pairs
        if earlier.identity in asked and later.identity in asked
    ):
        broken.add("R3")
    if any(a.identity == b.identity for a, b in pairs):
        broken.add("R4")
    for call in calls:
        mine = [entry for entry in held if entry.identity == call.identity]
        if call.seq == REFUSED and mine:
            broken.add("R5")
        if call.seq not in (None, REFUSED) and (not mine or (mine[0].seq, mine[0].nomor) != (call.seq, call.nomor)):
            broken.add("R5")
    stamps = arrived or {}
    if any(stamps.get(later.identity, earlier_stamp) < earlier_stamp for earlier, later in pairs
           for earlier_stamp in [stamps.get(earlier.identity)] if earlier_stamp is not None):  # fmt: skip
        broken.add("R6")
    if any(a.waktu_us > b.waktu_us for a, b in pairs):
        broken.add("R7")
    return broken
