"""HTTP between an edge and the core: what was asked, and what shall be said. Values only.

The edge holds the socket and streams bodies; the core knows who may ask. A page with `file` is answered with the
content of that file; one to a POST that was let in names the file the body is to be written to, and `upload` by
which the edge then asks again.
"""

from __future__ import annotations

from msgspec import Struct

TEXT, HTML, JSON, BYTES = "text/plain", "text/html", "application/json", "application/octet-stream"

ARRIVED, BROKEN = "ARRIVED", "BROKEN"
"""Methods of the edge's own second question: the body is on disk; it did not come whole."""


class Call(Struct, frozen=True, array_like=True):
    """One request. Headers not sent are empty. `upload` is that of the page before, with ARRIVED and BROKEN."""

    method: str
    path: str
    query: dict[str, str] = {}
    authorization: str = ""
    sha256: str = ""
    signature: str = ""
    nama: str = ""
    length: int = -1
    upload: str = ""


class Page(Struct, frozen=True, array_like=True):
    """One answer. `bytes_max` bounds the body that is written to `file`."""

    status: int
    body: bytes = b""
    content_type: str = TEXT
    file: str = ""
    upload: str = ""
    bytes_max: int = 0
    headers: dict[str, str] = {}
