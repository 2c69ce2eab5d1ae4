"""All transaction kinds, one line each, written by hand. Importing this loads rules only: no storage, no network."""

from __future__ import annotations

from ledger.kind import Kind
from ledger.kinds import (
    bank,
    buka_hari,
    cabang,
    cetak_ulang,
    kandepag,
    koreksi_setoran,
    laci_buka,
    laci_serah,
    laci_tutup,
    pembukaan,
    pengguna,
    perangkat,
    setoran_awal,
    spph,
    spph_sah,
    status_user_id,
)

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        setoran_awal.KIND,
        koreksi_setoran.KIND,
        cetak_ulang.KIND,
        laci_buka.KIND,
        laci_serah.KIND,
        laci_tutup.KIND,
        spph.KIND,
        spph_sah.KIND,
        buka_hari.KIND,
        bank.KIND,
        cabang.KIND,
        kandepag.KIND,
        perangkat.KIND,
        pengguna.KIND,
        status_user_id.KIND,
        pembukaan.KIND,
    )
}

Request = (
    setoran_awal.SetoranAwal
    | koreksi_setoran.KoreksiSetoran
    | cetak_ulang.CetakUlang
    | laci_buka.LaciBuka
    | laci_serah.LaciSerah
    | laci_tutup.LaciTutup
    | spph.SpphBaru
    | spph_sah.SpphSah
    | buka_hari.BukaHari
    | bank.BankBaru
    | cabang.CabangBaru
    | kandepag.KandepagBaru
    | perangkat.PerangkatBaru
    | pengguna.PenggunaBaru
    | status_user_id.StatusUserId
)
"""What a terminal may post. Pembukaan is not among them."""

KIND_BY_REQUEST: dict[type, Kind] = {kind.request: kind for kind in KINDS.values()}
