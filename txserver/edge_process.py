"""An edge in a process of its own: started by the host, which hands it the listening socket and its end of a trunk.

    python -m txserver.edge_process LISTEN_FD TRUNK_FD SETTINGS_JSON

It lives as long as its trunk: when the host dies it is gone with all lines within the same turn. The host alone
minds signals, so that a drain goes through it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys

import msgspec

from txserver import ending
from txserver.edge import Edge, EdgeSettings
from txserver.trunk import EdgeTrunk

GC_THRESHOLD = 100_000


def end() -> None:
    """The host is gone: end at once, and every line with it."""
    os._exit(0)


async def serve(listen_fd: int, trunk_fd: int, settings: EdgeSettings) -> None:
    """Serve until the trunk ends."""
    loop = asyncio.get_running_loop()
    trunk_socket = socket.socket(fileno=trunk_fd)
    _, trunk = await loop.create_connection(lambda: EdgeTrunk(end), sock=trunk_socket)
    edge = Edge(settings, trunk.open_line, trunk.page)
    await edge.serve(socket.socket(fileno=listen_fd))
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    sweep = ending.must_last(edge.sweep())
    await trunk.is_stopped.wait()
    edge.stop()
    await sweep  # for ever: the end of the trunk ends the process


def main() -> None:
    """Entry point."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    listen_fd, trunk_fd, settings = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    # Refused memory, it may lose a frame or send one twice: it ends, and lines that are cut come again.
    ending.run(serve(listen_fd, trunk_fd, msgspec.json.decode(settings, type=EdgeSettings)))


if __name__ == "__main__":
    main()
