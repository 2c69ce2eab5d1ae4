"""A wire that can be cut: carries bytes between a terminal and its host, and on request only one way."""

from __future__ import annotations

import socket
import threading
from typing import Self


class Wire:
    """Listens on a port of its own; `to` is the host's. While `is_deaf`, what the host says is thrown away."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.is_deaf = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """Both ends of every connection are gone."""
        while self._open:
            end = self._open.pop()
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other end was quicker
                continue
            finally:
                end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:  # closed: the test is over
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:  # no host there now
                near.close()
                continue
            self._open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_from_host: bool) -> None:
        try:
            while data := source.recv(65_536):
                if not (is_from_host and self.is_deaf):
                    sink.sendall(data)
        except OSError:  # cut
            return
        if not self.is_deaf:
            self.cut()
