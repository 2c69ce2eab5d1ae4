"""A teller who keeps asking while the evening runs: a process of its own, so that nothing but the host delays it.

    python -m bench.evening_probe FILE < SETTINGS_JSON, then end of input

Asks for one nomor porsi again and again, notes when each answer came and how long it took, and writes both to FILE
when its input ends. A host that is killed is signed on to again; what it did not answer is not a latency.
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

from txserver.console import ConsoleError, signed_on
from txserver.wire.frames import VERSION, InquiryPorsi, SignOn

PAUSE_S = 0.002
AGAIN_S = 0.1


async def probe(settings: dict[str, Any], at: array[int], took: array[int], end: asyncio.Event) -> None:
    """Ask until `end`, over as many sessions as it takes."""
    bank, cabang, device, user = settings["who"]
    sign_on = SignOn(0, VERSION, bank, cabang, device, user, settings["sandi"])
    query = InquiryPorsi(settings["nomor_porsi"])
    while not end.is_set():
        try:
            async with signed_on(settings["url"], sign_on) as console:
                while not end.is_set():
                    asked = perf_counter_ns()
                    await console.ask(query)
                    answered = perf_counter_ns()
                    at.append(answered)
                    took.append(answered - asked)
                    await asyncio.sleep(PAUSE_S)
        except ConsoleError:
            await asyncio.sleep(AGAIN_S)


async def run() -> tuple[array[int], array[int]]:
    """Read the settings and ask until the input ends."""
    settings = json.loads(await asyncio.to_thread(sys.stdin.readline))
    at, took, end = array("q"), array("q"), asyncio.Event()
    asking = asyncio.create_task(probe(settings, at, took, end))
    await asyncio.to_thread(sys.stdin.read)
    end.set()
    await asking
    return at, took


if __name__ == "__main__":
    gc.disable()
    answered, latencies = asyncio.run(run())
    Path(sys.argv[1]).write_bytes(answered.tobytes() + latencies.tobytes())
