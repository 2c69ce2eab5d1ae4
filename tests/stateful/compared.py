"""The ledger's books held against the notebook: every number, state, balance and right that either of them knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.books import Books
from tests.stateful.model import SETORAN
from tests.stateful.model_evening import WholeModel


def compared(model: WholeModel, books: Books) -> list[str]:
    """Where they differ, in words."""
    return [
        f"{what}: books {found}, notebook {expected}"
        for what, found, expected in (*_country(model, books), *_deposits(model, books), *_evening(model, books))
        if found != expected
    ]


Triple = tuple[str, Any, Any]


def _country(model: WholeModel, books: Books) -> Iterator[Triple]:
    yield "day", (books.hari, books.hari_tutup), (model.hari, max(model.closed, default=""))
    for user, (role, tapak) in model.users.items():
        row = books.pengguna(user)
        yield f"user {user}", row and (row.peran, f"{row.bank}/{row.cabang}"), (role, tapak)
    for tapak, kab in model.places.items():
        place, cut = books.cabang(tapak), books.tutup(tapak)
        found = place and (place.kab_kota, place.status, cut is not None and cut.hari == model.hari)
        is_cut = (model.hari, tapak) in model.cut
        yield f"place {tapak}", found, (kab, model.status.get(tapak, "AKTIF"), is_cut)
    for device, (hari, stan) in model.last.items():
        last = books.terakhir(device)
        yield f"device {device}", last and (last.hari, last.stan), (hari, stan)
    for (device, hari, stan), (seq, _) in model.requests.items():
        yield f"request {device} {hari} {stan}", books.permintaan(device, hari, stan), seq
    names = {table: dict(books.tables[table].range("", "~")) for table in ("pengguna", "cabang", "bank", "perangkat")}
    mine = {"pengguna": model.users, "cabang": model.places, "bank": {"DEP", *model.banks}, "perangkat": model.devices}
    for table, rows in names.items():
        yield table, rows.keys(), set(mine[table])


def _deposits(model: WholeModel, books: Books) -> Iterator[Triple]:
    live = {one.form: nomor for nomor, one in model.porsi.items() if one.is_live}
    place: dict[str, int] = {}
    for nomor, one in model.porsi.items():
        calon = books.calon(nomor)
        place[nomor[:2]] = place.get(nomor[:2], 0) + one.is_live
        found = calon and (calon.nomor_spph, f"{calon.bank}/{calon.cabang}", calon.hari, calon.seq, calon.status)
        yield f"porsi {nomor}", found, (one.form, one.tapak, one.hari, one.seq, "BERPORSI" if one.is_live else "BATAL")
        yield f"place of {nomor}", books.posisi(nomor), place[nomor[:2]] if one.is_live else 0
        yield f"copies of {nomor}", books.duplikat(nomor), one.copies
        if calon is not None and one.is_live:
            spph = books.spph(one.form)
            yield f"holder of {nomor}", spph and books.porsi_by_identitas(spph.identitas), nomor
            yield f"credit of {nomor}", calon.saldo_rupiah, SETORAN
    for nomor, (_, is_signed) in model.forms.items():
        row = books.spph(nomor)
        state = "TERPAKAI" if nomor in live else "SAH" if is_signed else "TERBIT"
        yield f"form {nomor}", row and (row.status, row.nomor_porsi), (state, live.get(nomor, ""))
    drawers = {device: (row.user, row.seharusnya_rupiah) for device, row in books.tables["laci"].range("", "~")}
    yield "drawers", drawers, model.drawers


def _evening(model: WholeModel, books: Books) -> Iterator[Triple]:
    for (hari, bank), day in model.days.items():
        row = books.setelmen(bank, hari)
        open_ = len(model.open_items(hari, bank))
        found = row and (bool(row.seq_selesai), row.n_terbuka, row.n_limpah, row.n_biaya, row.n_kft, row.seq_pck)
        expected = (day.settled, open_, day.passed.total(), day.charged, len(day.files), day.matched)
        yield f"evening of {bank} on {hari}", found, expected
        due = {f"{bank}/{cabang}": n for cabang, n, _ in books.dana_jatuh(bank, hari)}
        yield f"due of {bank} on {hari}", due, dict(model.due_by_branch(hari, bank))
    for nomor, item in model.items.items():
        one = books.selisih(nomor)
        found = one and (one.bank, one.hari, one.kelas, one.nomor_porsi, one.pemilik, one.cara, one.porsi_sembuh)
        expected = (item.bank, item.hari, item.kelas, item.porsi, item.owner, item.ended, item.again)
        yield f"difference {nomor}", found, expected
    yield "open", {one.nomor for one in books.selisih_terbuka()}, model.open_items().keys()
    for nomor, (about, decision) in model.fines.items():
        fine = books.sanksi(nomor)
        yield f"sanction {nomor}", fine and (fine.nomor_selisih, fine.status), (about, decision or "USUL")
    for (kab, hari), n in model.said.items():
        said = books.silang(kab, hari)
        yield f"office {kab} on {hari}", said and said.n_kandepag, n
