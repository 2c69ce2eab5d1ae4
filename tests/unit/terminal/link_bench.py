"""What tests of the link share: who signs on, what is posted, and a maker of links that remembers what they tell."""

from __future__ import annotations

from pathlib import Path
from random import Random

from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import origin_of
from terminal.dial import Dialler, LinkLimits
from terminal.events import LinkEvent
from terminal.kept import KeptFolder
from terminal.link import Link
from tests.unit.terminal.fake_host import FakeHost

WHO = origin_of("451", "0123", "TRM01", "TELLER1")
OTHER = origin_of("451", "0123", "TRM01", "TELLER2")
STA = SetoranAwal("33250000001", 20_000_000)
QUICK = LinkLimits(retry_seconds_first=0.01, retry_seconds_max=0.05, signoff_seconds_max=1.0)


class Bench:
    """Makes links that use one folder, remembers what they tell, closes them."""

    def __init__(self, host: FakeHost, folder: Path) -> None:
        self.host, self.folder = host, folder
        self.events: list[LinkEvent] = []
        self.links: list[Link] = []

    def link(self, limits: LinkLimits = QUICK) -> Link:
        dialler = Dialler(self.host.url, None, limits)
        link = Link(dialler, KeptFolder(self.folder), chance=Random(1), limits=limits, monotonic=lambda: 0.0)
        link.listen(self.events.append)
        self.links.append(link)
        return link

    def kept_files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))
