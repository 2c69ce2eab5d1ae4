"""The quarantine: requests that stopped the rules, sealed, one file a device; while it lies there the device is off.

    karantina/HEX.bin          HEX: bank/cabang/device in UTF-8, as hex digits
    karantina/lepas/HEX.N.bin  released: kept, sealed, for whoever looks for the fault

The host asks for the file at every sign-on and keeps nothing of it in memory, so that a device is on again as soon as
its file has been moved away.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ledger.errors import JournalCorrupt
from ledger.journal import fsync_dir, put_durably
from ledger.kinds import KIND_BY_REQUEST, Request
from ledger.vault import FileVault

FOLDER, RELEASED = "karantina", "lepas"
IN_CLEAR = frozenset({"nomor_spph", "nomor_porsi", "nominal_rupiah", "kode_bank", "kode_cabang", "hari", "kab_kota"})
"""Fields that are shown as they are; of any other only what kind of characters it is made of."""
WIB = timezone(timedelta(hours=7))


class Frame(Struct, frozen=True, array_like=True):
    """A request as it was put aside."""

    waktu_us: int
    stan: int
    hari: str
    user: str
    request: Request

    def told(self, *, is_open: bool = False) -> dict[str, Any]:
        """Its content for people; personal data only with `is_open`."""
        fields = {name: getattr(self.request, name) for name in self.request.__struct_fields__}
        return {
            "waktu": datetime.fromtimestamp(self.waktu_us / 1_000_000, WIB).isoformat(timespec="milliseconds"),
            "stan": self.stan,
            "hari": self.hari,
            "user": self.user,
            "kind": KIND_BY_REQUEST[type(self.request)].code,
            **{name: value if is_open or name in IN_CLEAR else masked(value) for name, value in fields.items()},
        }


def masked(value: Any) -> str:
    """What a value is made of, without what it is: capitals A, small letters a, digits 9, all else as it is."""
    text = value if isinstance(value, str) else repr(value)
    return "".join("9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in text)


class Quarantine:
    """The quarantine of one ledger directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, perangkat: str) -> Path:
        """Where the frame of a device lies, if there is one."""
        # Names come from the ledger, where "/" inside a device name is refused; hex keeps any other out of the path.
        return self._folder / f"{perangkat.encode().hex()}.bin"

    def put(self, perangkat: str, sealed_frame: bytes) -> None:
        """Put a frame aside, durably."""
        put_durably(self.file(perangkat), sealed_frame)

    def devices(self) -> list[str]:
        """Devices that are off, as bank/cabang/device."""
        return sorted(bytes.fromhex(file.stem).decode() for file in self._folder.glob("*.bin"))

    def look(self, perangkat: str, vault: FileVault) -> Frame:
        """The frame of a device. Raises FileNotFoundError, and JournalCorrupt for one that cannot be read."""
        file = self.file(perangkat)
        try:
            return msgspec.msgpack.decode(vault.open_frame(file.read_bytes()), type=Frame)
        except msgspec.DecodeError as error:
            raise JournalCorrupt(f"{file.name} holds no request: {error}") from None

    def release(self, perangkat: str) -> Path:
        """Vary a device on again; returns where its frame is kept from now on. Raises FileNotFoundError."""
        file, kept = self.file(perangkat), self._folder / RELEASED
        kept.mkdir(mode=0o700, exist_ok=True)
        number = len(list(kept.glob(f"{file.stem}.*.bin"))) + 1
        target = kept / f"{file.stem}.{number}.bin"
        file.rename(target)
        fsync_dir(kept)
        fsync_dir(self._folder)
        return target
