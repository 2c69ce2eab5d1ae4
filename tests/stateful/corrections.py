"""Corrections within the ledger's state machine: what tellers and supervisors do, and what always holds afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import Struct
from msgspec.structs import replace

from ledger.books import BATAL, BERPORSI
from ledger.engine import Asked
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from tests.ledger_fixtures import JUTA_20, Desk, branch
from tests.stateful.naive import Naive
from tests.stateful.requests import second_of

if TYPE_CHECKING:
    from ledger.store import Store
    from ledger.verify import Checker

Batch = list[tuple[tuple[tuple[str, str], Struct], str]]
"""Requests with who asks, and how their second person is chosen."""


class Corrections(RuleBasedStateMachine):
    """The part of the machine that reverses deposits; the ledger and its model are the other part's."""

    desk: Desk
    naive: Naive
    store: Store
    checker: Checker

    def send(self, asked: list[Asked]) -> None:
        """Post a batch and compare with the model."""
        raise NotImplementedError

    def asked(self, batch: Batch) -> list[Asked]:
        return [
            self.desk.ask(*who, self.aimed(request), penyetuju=second_of(who[1], request, how))
            for (who, request), how in batch
        ]

    def aimed(self, request: Struct) -> Struct:
        """Most forms that are spoken of exist."""
        known = list(self.naive.forms())
        if isinstance(request, SpphSah | SetoranAwal) and known and not request.nomor_spph.endswith("5"):
            return replace(request, nomor_spph=known[-int(request.nomor_spph) % len(known)])
        granted = list(self.naive.granted())
        if isinstance(request, KoreksiSetoran | CetakUlang) and granted and not request.nomor_porsi.endswith("9"):
            return replace(request, nomor_porsi=granted[-int(request.nomor_porsi[2:]) % len(granted)])
        return request

    @precondition(lambda self: self.naive.holders())
    @rule(data=st.data(), again=st.integers(0, 2), drawer=st.sampled_from(["", "open", "open, close"]))
    def correct(self, data: st.DataObject, again: int, drawer: str) -> None:
        """A deposit is reversed, taken again on the same form and, perhaps, reversed again, all in one batch."""
        porsi, grant = data.draw(st.sampled_from(list(self.naive.holders().items())))
        at = branch(grant.tapak)
        asked = [self.desk.ask(*at, LaciBuka(7))] if drawer else []
        for turn in range(again + 1):
            number = f"{porsi[:2]}{self.last(porsi[:2]) + turn:08d}" if turn else porsi
            asked.append(self.desk.ask(*at, KoreksiSetoran(number, "salah"), penyetuju="V" + grant.tapak[4:]))
            asked.append(self.desk.ask(*at, SetoranAwal(grant.form, JUTA_20)))
        closing = [self.desk.ask(*at, LaciTutup(9, *[0] * 7))] if "close" in drawer else []
        self.send([*asked, self.desk.ask(*at, CetakUlang(porsi, "hilang")), *closing])

    def last(self, series: str) -> int:
        return len([porsi for porsi in self.naive.granted() if porsi[:2] == series])

    @invariant()
    def one_person_has_one_live_porsi(self) -> None:
        """Who is live, in which place, is what the model says; and no person and no form is live twice."""
        books, live = self.store.books, self.naive.holders()
        assert len({grant.nik for grant in live.values()}) == len(live) == len({one.form for one in live.values()})
        place = dict.fromkeys(("11", "13", "14", "26"), 0)
        for porsi, grant in self.naive.granted().items():
            calon, spph = books.calon(porsi), books.spph(grant.form)
            assert calon is not None
            assert spph is not None
            assert (calon.status, calon.seq) == (BERPORSI if porsi in live else BATAL, grant.seq)
            assert (calon.seq_batal == 0) == (porsi in live)
            place[porsi[:2]] += porsi in live
            assert books.posisi(porsi) == (place[porsi[:2]] if porsi in live else 0), "position counts the live"
            if porsi in live:
                assert (spph.nomor_porsi, books.porsi_by_identitas(spph.identitas)) == (porsi, porsi)
                assert books.riwayat(grant.form) == self.naive.history(grant.form)

    @invariant()
    def money_is_that_of_the_live(self) -> None:
        """What stands to pilgrims' credit is one deposit for each live porsi, and the branches owe just that."""
        owed = JUTA_20 * len(self.naive.holders())
        for akun, sign in (("TABUNGAN", -1), ("KLIRING", 1)):
            rows = [row for key, row in self.checker.saldo.items() if key[3] == akun]
            assert sign * sum(debit - kredit for _, debit, kredit in rows) == owed, "debit equals credit"
