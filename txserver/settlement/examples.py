"""What a bank is given to start from: an example of each form with made-up records, and a template to fill.

Both come out of the writers, so they are what the readers take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from txserver.settlement import camt_writer, csv_form, fixed_form
from txserver.settlement.records import Confirmed, Expected, Kepala, kepala_of

Writer = Callable[[Kepala, Iterable[Confirmed]], Iterator[bytes]]

WRITERS: dict[str, Writer] = {
    "csv": csv_form.write,
    "fixed": fixed_form.write,
    "camt.053": partial(camt_writer.write, pesan=camt_writer.CAMT_053),
    "camt.054": partial(camt_writer.write, pesan=camt_writer.CAMT_054),
}
"""A writer of each form, by the name of its example."""

EXAMPLE = Expected("002", "2004-05-20", "STA")
EXAMPLE_RECORDS = (
    Confirmed("1100000214", 20_000_000, "IDR", "2004-05-20", "0101", 214, 10_457, "08:00:12", "******4417", "WS01"),
    Confirmed("1100000215", 20_000_000, "IDR", "2004-05-20", "0102", 187, 10_458, "08:00:13", "", "WS02"),
    # The journal of the core system stands, the host's answer never came: no porsi, no RRN, but the request's STAN.
    Confirmed("", 20_000_000, "IDR", "2004-05-20", "0102", 188, 0, "14:58:41", "******9002", "WS02"),
)
"""Made up. The third record is how a bank says "money without porsi"."""


def example(form: str) -> bytes:
    """The example of one form."""
    return b"".join(WRITERS[form](kepala_of(EXAMPLE, EXAMPLE_RECORDS), EXAMPLE_RECORDS))


def template(form: str, expected: Expected) -> bytes:
    """A file of one form for one bank, day and kind without records: sent as it is, it says "no deposits today"."""
    return b"".join(WRITERS[form](kepala_of(expected, ()), ()))
