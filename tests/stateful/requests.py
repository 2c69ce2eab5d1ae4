"""What tellers, officers and the centre may ask: mostly sensible, sometimes wrong, and one that stops the rules."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec import Struct

from ledger.kinds.bank import BankBaru
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.status_user_id import StatusUserId
from tests.ledger_fixtures import BRANCHES, CENTRE, JUTA_20, SECOND, branch, form, nik_of, office


class Rusak(Struct, frozen=True, array_like=True, tag="RSK", gc=False):
    """A request no kind knows: it stops the rules, wherever in a batch it stands."""


OFFICE = st.sampled_from(["3325", "3578"])
TAPAK = st.sampled_from(sorted(BRANCHES)[:3])
FORM = st.builds("{}{:07d}".format, OFFICE, st.integers(1, 5))
PORSI = st.builds("{}{:08d}".format, st.sampled_from(["11", "13"]), st.integers(1, 9))
AT_BRANCH, AT_SIGNER = TAPAK.map(branch), OFFICE.map(lambda code: office(code, signer=True))
ONE = st.one_of(
    st.tuples(OFFICE.map(office), st.builds(lambda person: form(nik=nik_of(person)), st.integers(1, 4))),
    st.tuples(AT_SIGNER, st.builds(SpphSah, FORM)),
    st.tuples(AT_BRANCH, st.builds(SetoranAwal, FORM, st.just(JUTA_20))),
    st.tuples(AT_BRANCH, st.builds(SetoranAwal, FORM, st.sampled_from([JUTA_20, JUTA_20, 1]))),
    st.tuples(st.just(CENTRE), st.builds(
        StatusUserId, st.just("002"), st.sampled_from(["0101", "0201"]),
        st.sampled_from(["AKTIF", "AKTIF", "DIBLOKIR", "DIBLOKIR", "DICABUT"]), st.just("alasan"),
    )),
    st.tuples(st.just(CENTRE), st.one_of(
        st.builds(BankBaru, st.sampled_from(["002", "014", "015"]), st.just("BANK")),
        st.builds(CabangBaru, st.just("002"), st.sampled_from(["0101", "0102"]), st.just("CABANG"), st.just("3325")),
        st.builds(PerangkatBaru, st.just("002"), st.sampled_from(["0101", "0102"]), st.sampled_from(["T1", "T2"])),
        st.builds(
            PenggunaBaru, st.sampled_from(["T0101", "BARU", "LAIN"]), st.just("TELLER"), st.just("002"),
            st.sampled_from(["0101", "0102"]),
        ),
    )),
    st.tuples(st.just(CENTRE), st.builds(
        PenggunaBaru, st.sampled_from(["A", "B", "C", "D"]), st.just("TELLER"), st.just("002"), st.just("0101"),
    )),
    st.tuples(st.just(("002/0101/T1", "T0201")), st.builds(SetoranAwal, FORM, st.just(JUTA_20))),
    st.tuples(AT_BRANCH, st.builds(KoreksiSetoran, PORSI, st.just("alasan"))),
    st.tuples(AT_BRANCH, st.builds(CetakUlang, PORSI, st.just("alasan"))),
    st.tuples(AT_BRANCH, st.sampled_from([LaciBuka(0), LaciBuka(1), LaciTutup(1, *[0] * 7)])),
    st.tuples(AT_BRANCH, st.just(Rusak())),
)  # fmt: skip
BATCH = st.lists(st.tuples(ONE, st.sampled_from([*["right"] * 8, "nobody", "self", "another"])), min_size=1, max_size=6)


def second_of(user: str, request: Struct, how: str) -> str:
    """The second person of a request: who it should be, nobody, the user himself, or somebody else."""
    right = {StatusUserId: SECOND, KoreksiSetoran: "V" + user[1:]}.get(type(request), "")
    return {"right": right, "nobody": "", "self": user, "another": "V0201"}[how]
