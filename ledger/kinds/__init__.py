"""All transaction kinds, one line each, written by hand. Importing this loads rules only: no storage, no network."""

from __future__ import annotations

from ledger.kind import Kind
from ledger.kinds import (
    bank,
    batal_pusat,
    biaya_siskohat,
    buka_hari,
    cabang,
    cetak_ulang,
    kandepag,
    konfirmasi_terima,
    koreksi_setoran,
    laci_buka,
    laci_serah,
    laci_tutup,
    pelimpahan_dana,
    pembukaan,
    pencocokan,
    pengguna,
    perangkat,
    sanksi_putus,
    sanksi_usul,
    selesai,
    selisih,
    sembuh,
    setoran_awal,
    silang_kandepag,
    spph,
    spph_sah,
    status_user_id,
    terima_jam,
    tutup_bank,
    tutup_hari,
    tutup_setoran,
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
        tutup_setoran.KIND,
        tutup_bank.KIND,
        konfirmasi_terima.KIND,
        pencocokan.KIND,
        selisih.KIND,
        sembuh.KIND,
        batal_pusat.KIND,
        sanksi_usul.KIND,
        sanksi_putus.KIND,
        pelimpahan_dana.KIND,
        biaya_siskohat.KIND,
        silang_kandepag.KIND,
        selesai.KIND,
        tutup_hari.KIND,
        terima_jam.KIND,
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
    | tutup_setoran.TutupSetoran
    | tutup_bank.TutupBank
    | sembuh.Sembuh
    | batal_pusat.BatalPusat
    | sanksi_usul.SanksiUsul
    | sanksi_putus.SanksiPutus
    | pelimpahan_dana.PelimpahanDana
    | biaya_siskohat.BiayaSiskohat
    | silang_kandepag.SilangKandepag
    | selesai.Selesai
    | tutup_hari.TutupHari
)
"""What a terminal may post. Not among them: Pembukaan, what the host itself found in a bank's file and by matching
(KonfirmasiTerima, Pencocokan, SelisihBaru) or saw on its clock (TerimaJam), which nobody may claim.
"""

KIND_BY_REQUEST: dict[type, Kind] = {kind.request: kind for kind in KINDS.values()}
