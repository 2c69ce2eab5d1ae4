"""Cures half of an evening's differences, each by a cure that the ledger allows its class, with the proof it asks for.

    HOST_ONLY   TRANSFER by the bank; BALIK after the branch reversed the deposit (KOR); BATAL by the centre after it
                cancelled the porsi (BTP)
    BANK_ONLY   ULANG after the teller repeated the request that never reached the host; BALIK where the bank wrote a
                porsi nobody was granted, and every second time
    DIFF        TRANSFER where the bank paid too little, else KOREKSI
    DUPLICATE   BALIK and KOREKSI in turn

Everything may be done again after the host was killed: what is done already says so, and the repeat goes on.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bench.country import office_of
from bench.evening_ground import Ground, supervisor_of, teller_of
from bench.founding import OPERATOR, OPERATOR_2
from bench.people import People
from bench.planting import BANK_ONLY, CURES, DIFF
from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.sembuh import Sembuh
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from txserver import eod
from txserver.console import Console, Turned

if TYPE_CHECKING:
    from bench.evening_verdict import BankFile
    from bench.settlement import Hand
    from ledger.kinds import Request
    from ledger.wilayah import KabKota
    from txserver.settlement.records import Confirmed

REVERSED_ALREADY, SIGNED_ALREADY = "SKH2203", "SKH2105"
PEOPLE_SEED = 90_000_001
"""Pilgrims of repeated requests: other people than those of the day."""
WHY = "petang uji"
CONFIRMED_ANEW = {"HOST_ONLY TRANSFER", "DIFF TRANSFER", "DIFF KOREKSI"}
"""Class and cure after which the bank confirms again."""
Done = TypeVar("Done")


class Cure(NamedTuple):
    """A difference, as the centre's list tells it, and how it shall end."""

    item: dict[str, Any]
    cara: str

    @property
    def name(self) -> str:
        """Class and cure."""
        return f"{self.item['kelas']} {self.cara}"


def chosen(items: Sequence[dict[str, Any]], banks: Sequence[BankFile]) -> list[Cure]:
    """Half of all differences, beginning with the smallest bank: some banks come out clean, others do not.

    The same list gives the same cures.
    """
    order = {one.bank: at for at, one in enumerate(reversed(banks))}
    half = sorted(items, key=lambda item: (order[item["bank"]], item["nomor"]))[: len(items) // 2]
    turns: Counter[tuple[str, tuple[str, ...]]] = Counter()
    cures = []
    for item in half:
        is_short = item["nominal_bank"] < item["nominal_host"]
        may = ways(item["kelas"], has_porsi=bool(item["nomor_porsi"]), is_short=is_short)
        turn = item["kelas"], may
        cures.append(Cure(item, may[turns[turn] % len(may)]))
        turns[turn] += 1
    return cures


def ways(kelas: str, *, has_porsi: bool, is_short: bool) -> tuple[str, ...]:
    """Cures that fit a difference. Money with a porsi nobody was granted cannot be asked for again: it goes back; and
    a bank that paid no less than the host has (not `is_short`) has nothing to put up.
    """
    if kelas == DIFF and not is_short:
        return ("KOREKSI",)
    return ("BALIK",) if kelas == BANK_ONLY and has_porsi else CURES[kelas]


def confirmed_anew(one: BankFile, cures: Sequence[Cure]) -> list[Confirmed] | None:
    """What a bank confirms after its cures: what it sent before, with the deposits right that it transferred or put
    right; None where there are none.
    """
    porsi = {
        cure.item["nomor_porsi"] for cure in cures if cure.item["bank"] == one.bank and cure.name in CONFIRMED_ANEW
    }
    if not porsi:
        return None
    right = [deposit for deposit in one.host if deposit.nomor_porsi in porsi]
    requests = {(deposit.cabang, deposit.device, deposit.stan) for deposit in right}
    others = (
        record
        for record in one.sent
        if record.nomor_porsi not in porsi and (record.cabang, record.device, record.stan) not in requests
    )
    return [*others, *right]


def as_found(item: dict[str, Any]) -> dict[str, Any]:
    """A difference as the match opened it: one that was repeated may name the porsi it has got since."""
    return item | {"nomor_porsi": ""} if item["cara"] == "ULANG" else item


async def cure_all(hand: Hand, ground: Ground, banks: Sequence[BankFile], cures: Sequence[Cure]) -> None:
    """Bring what proves each cure, then cure: by the bank's two, or for BATAL by the centre's. Raises ConsoleError."""
    proofs = await Proofs(hand, ground).of(cures)
    heads = {one.bank: one.head for one in banks}
    for centre, bank in sorted({(one.cara == "BATAL", one.item["bank"]) for one in cures}):
        own = [one for one in cures if one.item["bank"] == bank and (one.cara == "BATAL") == centre]
        first, second = (OPERATOR, OPERATOR_2) if centre else heads[bank]
        requests = [
            Sembuh(one.item["nomor"], one.cara, proofs.get(one.item["nomor"], f"BUKTI-{one.item['nomor']}"), WHY)
            for one in own
        ]
        await hand.act(first, _curing(requests, second.user, hand.sandi))


def _curing(requests: list[Sembuh], second: str, sandi: str) -> Callable[[Console], Awaitable[None]]:
    async def work(console: Console) -> None:
        for request in requests:
            await eod.cure(console, request, second, sandi)

    return work


class Proofs:
    """The entries without which a cure is refused."""

    def __init__(self, hand: Hand, ground: Ground) -> None:
        self._hand = hand
        self._ground = ground
        self._people = People(random.Random(PEOPLE_SEED))

    async def of(self, cures: Sequence[Cure]) -> dict[str, str]:
        """Make them; returns the reference of those that have one (a porsi), by number of the difference.

        Reversals come before repeats, repeats by rising STAN: a device's STANs never go back.
        """
        for one in cures:
            if one.name == "HOST_ONLY BALIK":
                await self._reverse(one.item)
            elif one.cara == "BATAL":
                await self._cancel(one.item)
        repeats = sorted((one.item for one in cures if one.cara == "ULANG"), key=lambda item: int(item["stan"]))
        return {item["nomor"]: await self._repeat(item) for item in repeats}

    async def _reverse(self, item: dict[str, Any]) -> None:
        teller = teller_of(item["bank"], item["cabang"], item["device"])
        request, second = KoreksiSetoran(item["nomor_porsi"], WHY), supervisor_of(item["bank"], item["cabang"])
        await self._hand.act(teller, _posting(request, REVERSED_ALREADY, second, self._hand.sandi))

    async def _cancel(self, item: dict[str, Any]) -> None:
        request = BatalPusat(item["nomor_porsi"], item["nomor"], WHY)
        await self._hand.act(OPERATOR, _posting(request, REVERSED_ALREADY, OPERATOR_2.user, self._hand.sandi))

    async def _repeat(self, item: dict[str, Any]) -> str:
        """The teller sends the request again, under the very number that got no answer; returns the porsi."""
        hand, stan, nominal = self._hand, int(item["stan"]), int(item["nominal_bank"])
        form = await self._form(self._ground.places[f"{item['bank']}/{item['cabang']}"])

        async def repeat(console: Console) -> str:
            return str((await console.post(SetoranAwal(form, nominal), stan=stan)).data["nomor_porsi"])

        return await hand.act(teller_of(item["bank"], item["cabang"], item["device"]), repeat)

    async def _form(self, place: KabKota) -> str:
        """A signed form of a pilgrim who lives where the branch stands."""
        office, filled = office_of(place.kode), self._people.form(place)

        async def issue(console: Console) -> str:
            return str((await console.post(filled)).data["nomor_spph"])

        nomor = await self._hand.act(office.petugas, issue)
        await self._hand.act(office.pejabat, _posting(SpphSah(nomor), SIGNED_ALREADY))
        return nomor


def _posting(request: Request, known: str, second: str = "", sandi: str = "") -> Callable[[Console], Awaitable[None]]:
    """Post a request; a refusal that says it was done before is as good."""

    async def work(console: Console) -> None:
        try:
            await console.post(request, second, sandi)
        except Turned as turned:
            if turned.id != known:
                raise

    return work
