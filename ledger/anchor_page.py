"""The printed page of an anchor: what a bank keeps on paper of a closed day, and how it is checked.

Plain text, 80 columns, from the anchor alone (but for the banks' names): made again it is the same page. Totals by
province stand in the file; on paper they are added up by kind, and by bank for what moves money.

Dasar: D/163 pasal 7(6).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from textwrap import wrap

from ledger.ketentuan import IDR
from ledger.kinds import KINDS
from ledger.kinds.tutup_hari import NOT_SAID
from ledger.receipts import WIDTH, rupiah, tanggal, waktu
from ledger.wilayah import KAB_KOTA
from ledger.witness import Anchor

WIB = 7 * 60
"""The centre is in Jakarta."""
OPEN_MAX = 60
"""Open differences printed by number; the file has all of them."""
GROUP, GROUPS = 4, 8
NO_MONEY = "-"

KEEP = (
    "Simpan lembar ini dan berkas {hari}.json di luar kantor pusat. Terimalah kunci publik dari pusat sekali saja, "
    "lewat jalan lain, dan bandingkan dengan yang tercetak di atas: pada setiap jangkar kuncinya sama."
)
WITH_FILE = (
    "Dengan berkas (DATA: direktori buku besar atau salinannya; KUNCI: 64 angka heksadesimal di atas), dengan atau "
    "tanpa program SISKOHAT:"
)
WITH_PAPER = (
    "Dengan kertas saja: baris `hash` dari perintah kedua harus sama dengan SHA-256 entri tutup hari di atas, angka "
    "demi angka:"
)
OTHERWISE = (
    "Bila berbeda, buku besar itu telah diubah, dipotong, diganti dengan salinan lama, atau bukan buku besar ini: "
    "jangan dipakai, simpan apa adanya, dan panggil auditor. Koreksi yang sah selalu entri baru pada hari berikutnya."
)
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (KEEP, ()),
    (
        WITH_FILE,
        (
            "siskohat-ledger verify DATA --anchor {hari}.json --key KUNCI",
            "python audit_anchor.py DATA {hari}.json KUNCI",
        ),
    ),
    (WITH_PAPER, ("siskohat-ledger verify DATA", "siskohat-ledger show DATA {seq}")),
    (OTHERWISE, ()),
)

RULE, DOUBLE = "-" * WIDTH, "=" * WIDTH


def page(anchor: Anchor, names: dict[str, str], public: str, signature: str) -> list[str]:
    """The lines of the page. `names` are names of banks by code; `public` and `signature` are in hex."""
    return [
        *_head(anchor),
        *_entries(anchor),
        *_kinds(anchor),
        *_banks(anchor, names),
        *_open(anchor),
        *_silang(anchor),
        *_check(anchor, public, signature),
    ]


def _head(anchor: Anchor) -> Iterator[str]:
    yield "SISKOHAT - SISTEM KOMPUTERISASI HAJI TERPADU".center(WIDTH).rstrip()
    yield "JANGKAR TUTUP HARI".center(WIDTH).rstrip()
    if anchor.demo:
        yield "BUKU BESAR PERAGAAN - BUKAN BUKTI".center(WIDTH).rstrip()
    yield DOUBLE
    yield from _row("Buku besar", anchor.nama)
    yield from _row("Identitas", _groups(anchor.ledger)[0])
    yield from _row("Hari", f"{tanggal(anchor.hari)} ({anchor.hari})")
    since = datetime.fromtimestamp(anchor.waktu_us // 1_000_000, UTC) + timedelta(minutes=WIB)
    at = f"{tanggal(since.date().isoformat())} {waktu(anchor.waktu_us, WIB)}"
    yield from _row("Ditutup", f"{at} oleh {anchor.user}, disetujui {anchor.penyetuju}")


def _entries(anchor: Anchor) -> Iterator[str]:
    yield RULE
    places = ("Entri pertama", "Entri terakhir", "Entri tutup hari")
    for place, (seq, digest) in zip(places, anchor.known, strict=True):
        yield from _row(place, f"nomor {_n(seq)}, SHA-256:")
        yield from _block(digest)


def _kinds(anchor: Anchor) -> Iterator[str]:
    """What was entered, by kind and currency."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in anchor.jumlah:
        total = found.setdefault((row.kind, row.mata_uang), [0, 0])
        total[0] += row.n
        total[1] += row.nominal
    yield RULE
    yield "JUMLAH MENURUT JENIS"
    yield f"{'Jenis':<36}{'Banyaknya':>12}{'Nominal':>32}"
    for (kind, mata_uang), (n, nominal) in sorted(found.items()):
        yield f"{f'{kind}  {KINDS[kind].title}'[:36]:<36}{_n(n):>12}{_amount(mata_uang, nominal):>32}"


def _banks(anchor: Anchor, names: dict[str, str]) -> Iterator[str]:
    """What moved money, by bank, kind and currency."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for row in anchor.jumlah:
        if row.mata_uang != NO_MONEY:
            total = found.setdefault((row.bank, row.kind, row.mata_uang), [0, 0])
            total[0] += row.n
            total[1] += row.nominal
    yield RULE
    yield "JUMLAH MENURUT BANK (jenis yang menggerakkan uang)"
    last = ""
    for (bank, kind, mata_uang), (n, nominal) in sorted(found.items()):
        if bank != last:
            yield f"{bank}  {names.get(bank, '')}"[:WIDTH].rstrip()
            last = bank
        yield f"     {kind:<31}{_n(n):>12}{_amount(mata_uang, nominal):>32}"
    if not found:
        yield "     tidak ada"
    yield from _row("Belum selesai", " ".join(anchor.belum) or "tidak ada")


def _open(anchor: Anchor) -> Iterator[str]:
    yield RULE
    yield f"SELISIH TERBUKA: {_n(len(anchor.terbuka))}"
    for item in anchor.terbuka[:OPEN_MAX]:
        yield (
            f"     {item.nomor_selisih:<14}{item.kelas:<12}bank {item.kode_bank:<6}pemilik {item.pemilik:<12}"
            f"umur {item.umur_hari} hari"
        )
    if len(anchor.terbuka) > OPEN_MAX:
        yield f"     dan {_n(len(anchor.terbuka) - OPEN_MAX)} lagi, dalam berkas {anchor.hari}.json"


def _silang(anchor: Anchor) -> Iterator[str]:
    """Regencies whose Kandepag counts otherwise than the host: who has to explain it, and both numbers."""
    differing = [one for one in anchor.silang if one.n_kandepag != NOT_SAID]
    silent = [one.kab_kota for one in anchor.silang if one.n_kandepag == NOT_SAID]
    yield RULE
    yield f"SILANG KANDEPAG BERBEDA: {_n(len(differing))}"
    if differing:
        yield f"{'     Nama':<25}{'Kab./kota':<26}{'Host':>8}{'Kandepag':>10}  Pemilik"
    for one in differing[:OPEN_MAX]:
        yield (
            f"{f'     SK/{anchor.hari}/{one.kab_kota}':<25}{KAB_KOTA[one.kab_kota].nama_lengkap[:25]:<26}"
            f"{_n(one.n_host):>8}{_n(one.n_kandepag):>10}  DEP/{one.kab_kota}"
        )
    if len(differing) > OPEN_MAX:
        yield f"     dan {_n(len(differing) - OPEN_MAX)} lagi, dalam berkas {anchor.hari}.json"
    yield from _row("Belum menyatakan", _some(silent))


def _some(codes: list[str]) -> str:
    more = f" dan {_n(len(codes) - OPEN_MAX)} lagi" if len(codes) > OPEN_MAX else ""
    return (" ".join(codes[:OPEN_MAX]) or "tidak ada") + more


def _check(anchor: Anchor, public: str, signature: str) -> Iterator[str]:
    yield RULE
    yield f"KUNCI PUBLIK HOST (Ed25519), nomor {anchor.kunci}:"
    yield from _block(public)
    yield f"TANDA TANGAN atas berkas {anchor.hari}.json:"
    yield from _block(signature)
    yield DOUBLE
    yield "CARA MEMERIKSA"
    for number, (text, commands) in enumerate(_steps(anchor), 1):
        yield from wrap(text, WIDTH, initial_indent=f" {number}. ", subsequent_indent="    ", break_on_hyphens=False)
        yield from (f"       {command}" for command in commands)
    yield DOUBLE
    yield ""
    yield f"{'Petugas pusat':<42}Penyetuju".rstrip()
    yield from ("", "", "")
    yield f"{f'({anchor.user})':<42}({anchor.penyetuju})"


def _steps(anchor: Anchor) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What to do, and what to type."""
    for text, commands in STEPS:
        values = {"hari": anchor.hari, "seq": anchor.seq_tutup}
        yield text.format(**values), tuple(command.format(**values) for command in commands)


def _row(label: str, value: str) -> list[str]:
    return wrap(f"{label:<18}: {value}", WIDTH, subsequent_indent=" " * 20, break_on_hyphens=False)


def _block(digits: str) -> Iterator[str]:
    for line in _groups(digits):
        yield f"     {line}"


def _groups(digits: str) -> list[str]:
    """Hex digits in groups of four, eight groups a line: so they can be read out and compared."""
    groups = [digits[at : at + GROUP] for at in range(0, len(digits), GROUP)]
    return [" ".join(groups[at : at + GROUPS]) for at in range(0, len(groups), GROUPS)]


def _n(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def _amount(mata_uang: str, nominal: int) -> str:
    if mata_uang == NO_MONEY:
        return NO_MONEY
    if mata_uang == IDR:
        return rupiah(nominal)
    return f"{mata_uang} {_n(nominal // 100)},{nominal % 100:02d}"
