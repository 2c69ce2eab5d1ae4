"""A disk that writes down every block write and every flush, below a loop device: one file in a FUSE file system.

    python -m tests.proof.block_disk FOLDER SIZE LOG

Speaks the kernel's own protocol (linux/fuse.h, 7.31) through /dev/fuse: no library is needed, root is. The file is
FOLDER/disk; what is written to it and when it was flushed is appended to LOG as (offset, length, bytes), a flush as
length 0, each before it is answered. It ends when the folder is unmounted.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from struct import Struct

IN, OUT = Struct("<IIQQIIIHH"), Struct("<IiQ")
INIT_OUT = Struct("<IIIIHHIIHHI28x")
ATTR = Struct("<6Q10I")
ENTRY, ATTRIBUTES = Struct("<4QII"), Struct("<QII")
WRITE_IN = Struct("<QQIIQII")
EVENT = Struct("<QI")
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS = 1, 2, 3, 4, 14, 15, 16, 17
RELEASE, FSYNC, FLUSH, INIT, OPENDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 18, 20, 25, 26, 27, 29, 36, 38, 42
SILENT = frozenset({FORGET, INTERRUPT, BATCH_FORGET})
EMPTY = frozenset({RELEASE, RELEASEDIR, FLUSH, DESTROY})
ROOT, DISK = 1, 2
BIG_WRITES, MAX_PAGES = 1 << 5, 1 << 22
WRITE_MAX = 1 << 20
NO_CALL = -errno.ENOSYS


class BlockDisk:
    """One disk of `size` bytes in memory."""

    def __init__(self, size: int, log: int) -> None:
        self.content = bytearray(size)
        self.log = log

    def answer(self, call: int, node: int, body: bytes) -> bytes | int:
        """What one call is answered: content, or an error's number below zero."""
        match call:
            case _ if call in EMPTY:
                return b""
            case _ if call == INIT:
                return INIT_OUT.pack(7, 31, 1 << 17, BIG_WRITES | MAX_PAGES, 16, 12, WRITE_MAX, 1, 256, 0, 0)
            case _ if call in {GETATTR, SETATTR}:
                return ATTRIBUTES.pack(3600, 0, 0) + self.attributes(node)
            case _ if call == LOOKUP:
                if body != b"disk\0":
                    return -errno.ENOENT
                return ENTRY.pack(DISK, 0, 3600, 3600, 0, 0) + self.attributes(DISK)
            case _ if call in {OPEN, OPENDIR}:
                return bytes(16)
            case _ if call == READ:
                _, at, size, *_ = WRITE_IN.unpack_from(body)
                return bytes(self.content[at : at + size])
            case _ if call == WRITE:
                _, at, size, *_ = WRITE_IN.unpack_from(body)
                data = body[WRITE_IN.size : WRITE_IN.size + size]
                self.content[at : at + size] = data
                os.write(self.log, EVENT.pack(at, size) + data)
                return Struct("<II").pack(size, 0)
            case _ if call == FSYNC:
                os.write(self.log, EVENT.pack(0, 0))
                return b""
            case _ if call == STATFS:
                return bytes(80)
        return NO_CALL

    def attributes(self, node: int) -> bytes:
        mode, size = (stat.S_IFDIR | 0o700, 0) if node == ROOT else (stat.S_IFREG | 0o600, len(self.content))
        return ATTR.pack(node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def serve(device: int, disk: BlockDisk) -> None:
    """Answer calls until the file system is unmounted."""
    while True:
        try:
            raw = os.read(device, WRITE_MAX + 8192)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return
            raise
        _, call, unique, node, *_ = IN.unpack_from(raw)
        if call in SILENT:
            continue
        said = disk.answer(call, node, raw[IN.size :])
        body, code = (b"", said) if isinstance(said, int) else (said, 0)
        os.write(device, OUT.pack(OUT.size + len(body), code, unique) + body)


def main() -> None:
    folder, size, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,max_read={WRITE_MAX}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"siskohat-disk", folder.encode(), b"fuse", 0, options.encode()):
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    print("mounted", flush=True)
    serve(device, BlockDisk(size, os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)))


if __name__ == "__main__":
    main()
