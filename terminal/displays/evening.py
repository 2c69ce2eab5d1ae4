"""The evening on displays: boards of banks and branches, steps with their progress, what is open at a close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ledger.fields import FIELDS, Edit, Field
from ledger.messages import Language, filled
from terminal.displays.branch import heads, in_columns
from terminal.displays.display import (
    FIRST_COLUMN,
    Constant,
    Display,
    Look,
    Place,
    Text,
    labelled,
    labelled_right,
    same,
)
from terminal.displays.pilgrim import told_field
from terminal.displays.subfile import Option, SubfileDisplay, column
from terminal.displays.titles import title
from terminal.evening import Langkah, State
from terminal.keys import ENTER, F1, F3, F5, F6, F7, F8, F10, F11, F12, Key
from txserver.wire.evening import BankDay, Running

STATES: dict[str, Text] = {
    State.OPEN: Text("terbuka", "open"),
    State.CUTOFF: Text("tutup setoran", "cut off"),
    State.CONFIRMED: Text("dikonfirmasi", "confirmed"),
    State.MATCHED: Text("cocok", "matched"),
    State.MISMATCH: Text("ADA SELISIH", "MISMATCH"),
    State.CURED: Text("disembuhkan", "cured"),
    State.OVERDUE: Text("LEWAT HARI", "OVERDUE"),
    State.SANCTION_PROPOSED: Text("SANKSI DIUSUL", "SANCTION"),
    State.SETTLED: Text("selesai", "settled"),
}
STEPS: dict[str, Text] = {
    Langkah.CUTOFF_SEMUA: Text("Tutup setoran", "Cut off"),
    Langkah.COCOK: Text("Pencocokan", "Matching"),
    Langkah.LAPORAN: Text("Laporan", "Reports"),
    Langkah.KONFIRMASI: Text("Pemeriksaan berkas", "Check of the file"),
    Langkah.UNGGAH: Text("Pengiriman berkas", "Sending the file"),
}
BRANCH_OPEN, BRANCH_CUT = Text("BUKA", "OPEN"), Text("TUTUP", "CUT OFF")
DAY_CLOSED = Text("tutup, entri {seq}", "closed, entry {seq}")
DAY_OPEN = Text("terbuka", "open")
DAY_LATE = Text("terbuka, {n} hari", "open, {n} days")

BRANCHES = Option("5", Text("Cabang", "Branch"))
MATCH = Option("7", Text("Cocokkan", "Match"))
DIFFERENCES = Option("8", Text("Selisih bank", "Differences"))
REPORTS = Option("9", Text("Laporan", "Reports"))
SHOW_BRANCH = Option("5", Text("Hari cabang", "Branch day"))
CUT_OFF = Option("4", Text("Tutup setoran", "Cut off"))

BANK = replace(FIELDS["kode_bank"], optional=True)
DAY = FIELDS["hari_konfirmasi"]
STATE = told_field("keadaan", "Keadaan", "State", 18)
PROGRESS = told_field("berjalan", "Kemajuan", "Progress", 60)
FILE = Field(
    "berkas",
    "Berkas",
    "File",
    76,
    Edit.TEXT,
    "Nama berkas konfirmasi; tanpa folder: dari folder konfirmasi terminal. F4 menampilkan isinya.",
    "Name of the confirmation file; without a folder: of the terminal's folder of confirmations. F4 lists it.",
)
BAR = 24
STEP_ROW, RESULT_ROW = 9, 11

AMOUNT = column("nominal_rupiah", "Rupiah", "Rupiah", 17, Edit.RUPIAH)
Result = tuple[Text, str]


def state_text(keadaan: str, language: Language) -> str:
    """A state in words; that of a newer host by its code."""
    known = STATES.get(keadaan)
    return known.said(language) if known else keadaan


def day_text(seq: int, umur_hari: int, language: Language) -> str:
    """How a day stands: closed by an entry, open, or open for so many days."""
    text = DAY_CLOSED if seq else DAY_LATE if umur_hari else DAY_OPEN
    return text.said(language).format(seq=seq, n=umur_hari)


def bank_board(*, may_settle: bool) -> SubfileDisplay:
    """Every bank's day. The amount holds a day of 49,999,999 deposits, ten times what ever came."""
    return SubfileDisplay(
        "SKHPPH",
        Text("PAPAN HARI", "DAY BOARD"),
        (
            column("bank", "Bank", "Bank", 4),
            column("keadaan", "Keadaan", "State", 13),
            column("cabang", "Cabang", "Branch", 7),
            column("n", "Setoran", "Deposits", 8, Edit.RUPIAH),
            column("nominal_rupiah", "Rupiah", "Rupiah", 15, Edit.RUPIAH),
            column("n_cocok", "Cocok", "Matched", 7, Edit.RUPIAH),
            column("n_terbuka", "Beda", "Diff", 6, Edit.RUPIAH),
            column("nama", "Nama bank", "Name of the bank", 16, wide=True),
            column("limpah_rupiah", "Dilimpahkan", "Passed on", 15, Edit.RUPIAH, wide=True),
            column("jatuh_rupiah", "Belum", "Still due", 15, Edit.RUPIAH, wide=True),
        ),
        (BRANCHES, *((MATCH,) if may_settle else ()), DIFFERENCES, REPORTS),
        (
            labelled(4, FIELDS["hari"], is_input=True),
            labelled_right(4, STATE),
            labelled(5, PROGRESS),
        ),
        (F6.called("Tutup", "Cut off all"),) if may_settle else (),
    )


def branch_board(*, may_choose: bool, may_cut_off: bool, may_settle: bool) -> SubfileDisplay:
    """One bank's day and its branches."""
    return SubfileDisplay(
        "SKHPPC",
        Text("HARI BANK", "BANK DAY"),
        (
            column("cabang", "Cabang", "Branch", 6),
            replace(column("nama", "Nama", "Name", 25), grows=30),
            column("tutup", "Keadaan", "State", 8),
            column("n", "Setoran", "Deposits", 8, Edit.RUPIAH),
            AMOUNT,
        ),
        (*((CUT_OFF,) if may_cut_off else ()), SHOW_BRANCH),
        (
            labelled(4, FIELDS["kode_bank"], is_input=may_choose),
            labelled_right(4, FIELDS["hari"], is_input=True),
            labelled(5, STATE),
            labelled_right(5, told_field("cabang_tutup", "Cabang tutup", "Branches cut off", 14)),
        ),
        (
            *((F6.called("Tutup", "Cut off all"), F7.called("Unggah", "Upload")) if may_settle else ()),
            F8.called("Selisih bank", "Differences"),
            *((F11.called("Cocokkan", "Match"),) if may_settle else ()),
        ),
    )


def banks_note(days: Sequence[BankDay]) -> Text:
    """All banks together, in one line."""
    data = {
        "selesai": sum(day.keadaan == State.SETTLED for day in days),
        "bank": len(days),
        "n": sum(day.n for day in days),
        "rupiah": sum(day.nominal_rupiah for day in days),
        "selisih": sum(day.n_terbuka for day in days),
    }
    return Text(
        "{selesai} dari {bank} bank selesai; {n:rp} setoran Rp {rupiah:rp}; selisih {selisih:rp}",
        "{selesai} of {bank} banks settled; {n:rp} deposits Rp {rupiah:rp}; open {selisih:rp}",
        partial(filled, data=data),
    )


def bank_note(day: BankDay) -> Text:
    """A bank's day in one line."""
    data = {
        "n": day.n,
        "rupiah": day.nominal_rupiah,
        "berkas": day.n_berkas,
        "cocok": day.n_cocok,
        "selisih": day.n_terbuka,
    }
    return Text(
        "{n:rp} setoran Rp {rupiah:rp}; berkas {berkas}; cocok {cocok:rp}; selisih {selisih:rp}",
        "{n:rp} deposits Rp {rupiah:rp}; files {berkas}; matched {cocok:rp}; open {selisih:rp}",
        partial(filled, data=data),
    )


def progress_text(running: Running, language: Language) -> str:
    """A step under way as a bar; without one while nobody knows how much there is."""
    step = STEPS.get(running.langkah)
    name = step.said(language) if step else running.langkah
    if not running.dari:
        return f"[{'.' * BAR}] {name}"
    share = min(1.0, running.n / running.dari)
    done = int(share * BAR)
    return f"[{'#' * done}{'.' * (BAR - done)}] {int(share * 100):>3}%  {name}"


def step_display(
    name: str,
    title: Text,
    asks: Sequence[tuple[Constant, Place]],
    ask: tuple[Text, ...],
    *,
    keys: tuple[Key, ...] = (),
    results: Sequence[Result] = (),
) -> Display:
    """A step of the evening: what it is for, how far it is, what came out."""
    progress = labelled(STEP_ROW, PROGRESS)
    constants = [label for label, _ in asks] + [progress[0]]
    for row, (label, value) in enumerate(results, start=RESULT_ROW):
        constants.append(Constant(row, FIRST_COLUMN, label))
        constants.append(Constant(row, FIRST_COLUMN + 28, same(value[:50]), Look.OUTPUT))
    places = [place for _, place in asks] + [progress[1]]
    return Display(name, title, (ENTER, F1, F3, *keys, F12), ask, tuple(constants), tuple(places))


def bank_and_day(*, may_choose: bool) -> list[tuple[Constant, Place]]:
    """The two fields a step asks for. Without a bank it is done for all."""
    bank = BANK if may_choose else FIELDS["kode_bank"]
    return [labelled(5, bank, is_input=may_choose), labelled_right(5, DAY, is_input=True)]


OPEN_ROWS = 11
_BANK, _STATE = Text("Bank", "Bank"), Text("Keadaan", "State")
_BRANCHES, _DEPOSITS = Text("Cabang", "Branch"), Text("Setoran", "Deposits")
_OPEN, _DUE = Text("Selisih bank", "Differences"), Text("Belum dilimpahkan", "Not passed on")


def close_day(
    days: Sequence[BankDay], language: Language, *, is_closed: bool, answer: Sequence[Result] = ()
) -> Display:
    """The day to close and every bank that is not settled; then what the close says."""
    day = labelled(4, FIELDS["hari_tutup"], is_input=not is_closed)
    constants = [day[0]]
    places = [day[1]]
    if is_closed:
        for row, (label, value) in enumerate(answer, start=6):
            constants.append(Constant(row, FIRST_COLUMN, label))
            constants.append(Constant(row, FIRST_COLUMN + 28, same(value), Look.OUTPUT))
    else:
        constants += _still_open(days, language)
    keys = (F10.called("Jangkar", "Anchor"), F12) if is_closed else (F5, F8.called("Selisih bank", "Differences"), F12)
    return Display(
        "SKHTHR",
        title("THR"),
        (ENTER.called("Selesai", "Done") if is_closed else ENTER, F1, F3, *keys),
        (
            Text("Enter menampilkan yang masih terbuka;", "Enter shows what is still open;"),
            Text("Enter kedua menutup hari, dua orang.", "a second Enter closes the day, by two people."),
        ),
        tuple(constants),
        tuple(places),
    )


def _still_open(days: Sequence[BankDay], language: Language) -> list[Constant]:
    widths = (-4, -14, 8, 9, 12, 18)
    head = heads(language, *zip((_BANK, _STATE, _BRANCHES, _DEPOSITS, _OPEN, _DUE), widths, strict=True))
    left = [one for one in days if one.keadaan != State.SETTLED and (one.n_porsi or one.n or one.n_terbuka)]
    rows = [
        in_columns(
            (
                one.bank,
                state_text(one.keadaan, language),
                f"{one.n_cabang_tutup}/{one.n_cabang}",
                one.n,
                one.n_terbuka,
                one.jatuh_rupiah,
            ),
            widths,
        )
        for one in left[:OPEN_ROWS]
    ]
    constants = [Constant(6, FIRST_COLUMN, same(head), Look.TITLE)]
    constants += [Constant(row, FIRST_COLUMN, same(text), Look.OUTPUT) for row, text in enumerate(rows, start=7)]
    data = {"n": len(left), "selisih": sum(one.n_terbuka for one in days)}
    told = Text(
        "{n} bank belum selesai, {selisih} selisih terbuka.",
        "{n} banks not settled, {selisih} differences open.",
        partial(filled, data=data),
    )
    return [*constants, Constant(7 + OPEN_ROWS + 1, FIRST_COLUMN, told)]
