"""HTTP at the edge, apart from the line: operators' pages, and files of the evening streamed to and from disk.

The core says what is answered, and where a body may be written; the edge moves the bytes, so that a large file costs
the core nothing. A body goes to disk in a thread: a slow disk must not hold up the lines of this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec.structs import replace

from txserver.pages import ARRIVED, BROKEN, Call, Page

PAGES = ("/healthz", "/readyz", "/metrics", "/papan", "/settlement/{hari}/{bank}/{keluaran}")
UPLOAD = "/settlement/{hari}/{bank}"
WRITE_BYTES = 1 << 20
"""How much is gathered before it is written."""
UPLOAD_SECONDS_MAX = 500.0
"""How long a body may take: less than what the core gives an upload up after."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

Ask = Callable[[Call], Awaitable[Page]]


def add_pages(app: web.Application, ask: Ask) -> None:
    """Give an application its pages."""

    async def get(request: web.Request) -> web.StreamResponse:
        return _response(await ask(_call(request)))

    async def post(request: web.Request) -> web.StreamResponse:
        return await _upload(request, ask)

    for path in PAGES:
        app.router.add_get(path, get)
    app.router.add_post(UPLOAD, post)


def _call(request: web.Request) -> Call:
    headers = request.headers
    return Call(
        request.method,
        request.path,
        dict(request.query),
        headers.get("Authorization", ""),
        headers.get("X-SHA256", ""),
        headers.get("X-Signature", ""),
        headers.get("X-Nama", ""),
        -1 if request.content_length is None else request.content_length,
    )


def _response(page: Page) -> web.StreamResponse:
    headers = HEADERS | page.headers
    if page.file:
        return web.FileResponse(page.file, headers=headers | {"Content-Type": page.content_type})
    charset = None if page.content_type == "application/pdf" else "utf-8"
    return web.Response(
        body=page.body, status=page.status, content_type=page.content_type, charset=charset, headers=headers
    )


async def _upload(request: web.Request, ask: Ask) -> web.StreamResponse:
    """Ask whether and where to; write the body there; ask what came of it."""
    call = _call(request)
    page = await ask(call)
    if not page.upload:
        return _response(page)
    after = replace(call, method=BROKEN, upload=page.upload)
    try:
        if await _write(request, page.file, page.bytes_max):
            after = replace(after, method=ARRIVED)
    except BaseException:
        await ask(after)  # whoever sent it is gone, or its connection is
        raise
    return _response(await ask(after))


async def _write(request: web.Request, file: str, bytes_max: int) -> bool:
    """Write the body to a file; False when it is larger than it may be. Raises TimeoutError when it does not come."""
    written, gathered = 0, bytearray()
    with await asyncio.to_thread(open, file, "wb") as out:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            async for piece in request.content.iter_any():
                written += len(piece)
                if written > bytes_max:
                    return False
                gathered += piece
                if len(gathered) >= WRITE_BYTES:
                    await asyncio.to_thread(out.write, bytes(gathered))
                    gathered.clear()
        await asyncio.to_thread(out.write, bytes(gathered))
    return True
