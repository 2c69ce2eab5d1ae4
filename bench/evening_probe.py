"""A teller who keeps asking and posting while the evening runs: a process of its own, so that nothing but the host
delays it.

    python -m bench.evening_probe FILE < SETTINGS_JSON, then end of input

In turn he asks for a nomor porsi and has its receipt printed again, an entry that is decided, chained, synced and
answered as a deposit is, and that a branch may post after its cut-off too. Which it was (0, 1), when the answer came
and how long it took go to FILE when the input ends. A host that is killed is signed on to again; what it did not
answer is not a latency.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from array import array
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from ledger.kinds.cetak_ulang import CetakUlang
from txserver.console import ConsoleError, signed_on
from txserver.wire.frames import VERSION, InquiryPorsi, SignOn

PAUSE_S = 0.002
AGAIN_S = 0.1


INQUIRY, POST = 0, 1


async def probe(settings: dict[str, Any], samples: array[int], end: asyncio.Event) -> None:
    """Ask and post until `end`, over as many sessions as it takes."""
    bank, cabang, device, user = settings["who"]
    sign_on = SignOn(0, VERSION, bank, cabang, device, user, settings["sandi"])
    query, request = InquiryPorsi(settings["nomor_porsi"]), CetakUlang(settings["nomor_porsi"], "petang uji")
    while not end.is_set():
        try:
            async with signed_on(settings["url"], sign_on) as console:
                while not end.is_set():
                    for what in (INQUIRY, POST):
                        asked = perf_counter_ns()
                        await (console.ask(query) if what == INQUIRY else console.post(request))
                        answered = perf_counter_ns()
                        samples.extend((what, answered, answered - asked))
                        await asyncio.sleep(PAUSE_S)
        except ConsoleError:
            await asyncio.sleep(AGAIN_S)


async def run() -> array[int]:
    """Read the settings and ask until the input ends."""
    settings = json.loads(await asyncio.to_thread(sys.stdin.readline))
    samples, end = array("q"), asyncio.Event()
    asking = asyncio.create_task(probe(settings, samples, end))
    await asyncio.to_thread(sys.stdin.read)
    end.set()
    await asking
    return samples


if __name__ == "__main__":
    gc.disable()
    Path(sys.argv[1]).write_bytes(asyncio.run(run()).tobytes())
