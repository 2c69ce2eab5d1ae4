"""The worked example of the evening: bank 002 with three branches, its deposits posted, its confirmation as files.

The host has 214, 186 and 97 deposits, the bank 214, 187 and 96: the bank totals agree, and two records are wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from ledger.engine import Asked
from ledger.journal import Journal
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.bank import BankBaru
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.records import Origin, origin_of
from ledger.store import Store
from tests.host_fixtures import HARI, NINE_US, OPERATOR, OPERATOR_2, SANDI, SETORAN, must
from txserver.credentials import Credentials
from txserver.settlement.csv_form import write
from txserver.settlement.host_side import HostRecord, as_confirmed, host_records
from txserver.settlement.records import GANTI, Confirmed, Expected, kepala_of

BANK, OTHER = "002", "008"
COUNTS = {"0101": 214, "0102": 186, "0103": 97}
KABS = {"0101": "3325", "0102": "3326", "0103": "3328"}
PETUGAS, PEJABAT = origin_of("DEP", "3325", "K1", "PTG"), origin_of("DEP", "3325", "K2", "PJB")
AUDITOR = origin_of("DEP", "3325", "K3", "AUD1")
HEAD, HEAD_2 = origin_of(BANK, "0000", "HO1", "HO002A"), origin_of(BANK, "0000", "HO2", "HO002B")
OTHER_HEAD = origin_of(OTHER, "0000", "HO1", "HO008A")
TELLERS = {cabang: origin_of(BANK, cabang, "T1", f"TLR{cabang}") for cabang in COUNTS}
SUPERVISORS = {cabang: origin_of(BANK, cabang, "T2", f"SPV{cabang}") for cabang in COUNTS}
ROLES: dict[Origin, str] = (
    {
        OPERATOR_2: "PUSAT",
        PETUGAS: "PETUGAS",
        PEJABAT: "PEJABAT",
        AUDITOR: "AUDITOR",
        HEAD: "BANK",
        HEAD_2: "BANK",
        OTHER_HEAD: "BANK",
    }
    | dict.fromkeys(TELLERS.values(), "TELLER")
    | dict.fromkeys(SUPERVISORS.values(), "PENYELIA")
)


def form(n: int) -> SpphBaru:
    """The form of person n."""
    nik = f"332501420160{n:04d}"
    return SpphBaru(
        "SITI KENARI",
        "UMAR",
        nik,
        "",
        "BATANG",
        "1960-01-02",
        "P",
        "JL KENARI 1",
        "KASEPUHAN",
        "BATANG",
        "51211",
        "",
        "",
    )


def found_evening(path: Path, counts: dict[str, int] = COUNTS, spare: int = 2) -> list[str]:
    """A ledger whose bank 002 has taken these deposits on the open day; returns signed forms nobody has used."""
    store = Store.create(path, nama="UJI", demo=True, user="OPERATOR", device="KONSOL", waktu_us=NINE_US)
    places = [BankBaru(BANK, "BANK RAKYAT UJI"), BankBaru(OTHER, "BANK LAIN"), KandepagBaru("3325")]
    places += [CabangBaru(bank, "0000", "KANTOR PUSAT", "3325") for bank in (BANK, OTHER)]
    places += [CabangBaru(BANK, cabang, f"CABANG {cabang}", KABS[cabang]) for cabang in COUNTS]
    for origin, role in ROLES.items():
        places += [PerangkatBaru(origin.bank, origin.cabang, origin.device)]
        places += [PenggunaBaru(origin.user, role, origin.bank, origin.cabang)]
    must(store, [(OPERATOR, stan, HARI_AWAL, place) for stan, place in enumerate(places, 2)])
    n = sum(counts.values()) + spare
    issued = must(store, [(PETUGAS, stan, HARI_AWAL, form(stan)) for stan in range(1, n + 1)])
    forms = [str(posted.data["nomor_spph"]) for posted in issued]
    must(store, [(PEJABAT, stan, HARI_AWAL, SpphSah(nomor)) for stan, nomor in enumerate(forms, 1)])
    must(store, [(OPERATOR, len(places) + 2, HARI_AWAL, BukaHari(HARI))])
    left = iter(forms)
    for cabang, count in counts.items():
        rows = [(TELLERS[cabang], stan, HARI, SetoranAwal(next(left), SETORAN)) for stan in range(1, count + 1)]
        outcomes = store.post_batch([Asked(*row, NINE_US) for row in rows])
        assert len(outcomes) == count
    store.checkpoint()
    store.close()
    passwords = Credentials.open(path / "sandi")
    passwords.set_many([(user, SANDI) for user in ("OPERATOR", *(origin.user for origin in ROLES))], "ringan")
    passwords.close()
    return list(left)


def host_side(path: Path) -> list[Confirmed]:
    """What a bank that agrees with the host would confirm."""
    journal = Journal.open(path / "journal", writable=False)
    found = [as_confirmed(one) for one in host_records(journal, BANK, HARI) if isinstance(one, HostRecord)]
    journal.close()
    return found


def bank_only(cabang: str, stan: int) -> Confirmed:
    """Money that the bank booked and whose porsi never came."""
    return Confirmed("", SETORAN, "IDR", HARI, cabang, stan, 0, "14:58:41", "", "T1")


def confirmation(folder: Path, records: Iterable[Confirmed], name: str = "konfirmasi.csv", cara: str = GANTI) -> Path:
    """A confirmation file of these records, with its hash file beside it."""
    kept = list(records)
    kepala = kepala_of(Expected(BANK, HARI, "STA"), kept, cara)
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_bytes(b"".join(write(kepala, kept)))
    digest = sha256(file.read_bytes()).hexdigest()
    file.with_name(name + ".sha256").write_text(f"{digest}  {name}\n")
    return file
