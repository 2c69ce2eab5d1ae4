"""The board as a page, who may see what of it, and who is who over HTTP."""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ledger.books import Books
from ledger.records import Origin, Refusal
from ledger.rows import Penutupan, Selisih
from tests.host_fixtures import (
    HARI,
    HEAD_OFFICE,
    OPERATOR,
    SANDI,
    SETORAN,
    SUPERVISOR,
    TELLER,
    close_day,
    deposit,
    found,
)
from tests.unit.txserver.counter import Counter
from txserver.evening.board_page import STATES, Item, board_page
from txserver.evening.visitors import REMEMBERED_S, Visitors
from txserver.recap import Progress, Recap, days_between
from txserver.wire.evening import BankDay
from txserver.wire.frames import InquiryHari, InquirySanksi, InquirySelisih

NASTY = '<script>alert("1")</script>'


class Tags(HTMLParser):
    """Tags open and close in order, and texts are kept."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def day(keadaan: str, nama: str = "BANK UJI", **numbers: int) -> BankDay:
    given = dict.fromkeys(BankDay.__struct_fields__[3:], 0) | numbers
    return BankDay("001", nama, keadaan, *given.values())


def test_every_state_has_its_word_and_no_text_becomes_a_tag() -> None:
    days = [day(state, NASTY, nominal_rupiah=9_940_000_000, umur_hari=2) for state in STATES]
    page = board_page(NASTY, HARI, HARI, None, days, [Progress("COCOK", NASTY, HARI, 7, 40)])
    tags = Tags(page)
    assert "script" not in tags.seen
    assert tags.texts.count("9.940.000.000") == len(STATES)
    assert {word for word, _ in STATES.values()} <= {text.removesuffix(" 2 hari") for text in tags.texts}
    assert "7 dari 40" in tags.texts


def item(nomor: str, status: str = "TERBUKA", cara: str = "") -> Item:
    about = ("DIFF", "0001", NASTY, 7, "1100000007", SETORAN, 2 * SETORAN, 0, "001")
    return Item(Selisih(nomor, "001", HARI, *about, status, 90, cara), 3)


def test_the_differences_with_owner_age_and_end() -> None:
    items = [item("SL0000000001"), item("SL0000000002", "SEMBUH", "KOREKSI")]
    tags = Tags(board_page("S", HARI, HARI, None, [day("MISMATCH")], [], items, 5))
    assert "script" not in tags.seen
    at = tags.texts.index("SL0000000001")
    row = [text for text in tags.texts[at:] if text][:11]
    assert row == [
        "SL0000000001", "3 Mei 2004", "DIFF", "001/0001", "1100000007", "7", "20.000.000", "40.000.000", "001", "3",
        "TERBUKA",
    ]  # fmt: skip
    assert "KOREKSI" in tags.texts
    assert "Dan 3 selisih lagi." in tags.texts


def test_a_closed_day_and_an_empty_ledger() -> None:
    closed = board_page("S", HARI, HARI, Penutupan(HARI, 90, 1, 89, ()), [day("SETTLED")], [])
    assert "DITUTUP oleh entri 90, entri 1 s.d. 89" in closed
    assert "Tidak ada bank." in "".join(Tags(board_page("S", "0000-00-00", "0000-00-00", None, [], [])).texts)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    store, numbers = found(tmp_path / "ledger")
    store.post_batch([deposit(TELLER, 1, numbers[0]), deposit(TELLER, 2, numbers[1])])
    return store.books


def hari(books: Books, origin: Origin, kode_bank: str = "") -> dict[str, object]:
    answer = Recap(books).ask(InquiryHari(HARI, kode_bank), origin)
    assert isinstance(answer, dict)
    return answer


def test_the_board_of_a_day(books: Books) -> None:
    (row,) = hari(books, OPERATOR)["baris"]  # type: ignore[misc]
    taken = (row.n_porsi, row.n, row.nominal_rupiah, row.n_jatuh, row.jatuh_rupiah)
    assert (row.bank, row.keadaan, row.n_cabang, row.n_cabang_tutup) == ("001", "OPEN", 3, 0)
    assert taken == (2, 2, 2 * SETORAN, 2, 2 * SETORAN)
    branches = hari(books, HEAD_OFFICE, "001")["cabang"]
    assert branches == [
        ["0001", "BATANG", False, 2, 2, 2 * SETORAN],
        ["0002", "PEKALONGAN", False, 0, 0, 0],
        ["0101", "BANDUNG", False, 0, 0, 0],
    ]
    own = hari(books, SUPERVISOR, "001")["cabang"]
    assert [row[0] for row in own] == ["0001"]  # type: ignore[attr-defined]


def test_without_a_day_only_what_runs_is_told(books: Books) -> None:
    """Does who watches a step hear of his own bank's steps, and cost the host no board?"""
    recap = Recap(books)
    recap.running = [Progress("KONFIRMASI", "001", HARI, 3, 9), Progress("COCOK", "002", HARI, 1, 2)]
    assert recap.ask(InquiryHari(""), HEAD_OFFICE) == {
        "hari": HARI, "tutup": 0, "baris": [], "berjalan": [["KONFIRMASI", "001", HARI, 3, 9]],
    }  # fmt: skip
    assert recap.ask(InquiryHari("", "002"), HEAD_OFFICE) == Refusal("SKH7017", {})
    kandepag = Origin("DEP", "3325", "KDP1", "PTG3325", "DEP/3325/KDP1", "DEP/3325")
    assert recap.ask(InquiryHari(""), kandepag) == Refusal("SKH7017", {})


def test_others_see_nothing(books: Books) -> None:
    recap = Recap(books)
    for query in (InquiryHari(HARI, "002"), InquirySelisih("002", HARI)):
        assert recap.ask(query, HEAD_OFFICE) == Refusal("SKH7017", {})
    kandepag = Origin("DEP", "3325", "KDP1", "PTG3325", "DEP/3325/KDP1", "DEP/3325")
    for query in (InquiryHari(HARI), InquirySelisih(""), InquirySanksi()):
        assert recap.ask(query, kandepag) == Refusal("SKH7017", {})
    assert recap.ask(InquiryHari("2004-13-01"), OPERATOR) == Refusal("SKH1003", {"tanggal": "2004-13-01"})
    assert recap.ask(InquirySanksi(), OPERATOR) == {"baris": [], "lanjut": ""}
    assert recap.ask(InquirySelisih(""), OPERATOR) == {"baris": [], "lanjut": ""}


def test_days_between_business_dates() -> None:
    assert days_between("2004-05-31", "2004-06-02") == 2
    assert days_between("2004-06-02", "2004-05-31") == days_between("0000-00-00", HARI) == 0


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_who_is_who_over_http(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "ledger")
    visitors = Visitors(counter.store.books, counter.checker, counter.clock)
    assert (await visitors.check(basic("PST1", SANDI))) == Origin(
        "001", "0002", "SETELMEN", "PST1", "001/0002/SETELMEN", "001/0002"
    )
    for wrong in ("", "Bearer x", "Basic !", basic("PST1", "salah"), basic("NOBODY", SANDI), basic("x" * 11, SANDI)):
        assert await visitors.check(wrong) == Refusal("SKH7011", {})
    counter.close()


async def test_a_password_is_remembered_for_a_while_and_not_beyond_its_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(tmp_path / "ledger")
    now_s, asked = 0.0, 0
    monkeypatch.setattr(counter.clock, "steady_s", lambda: now_s)
    check = counter.checker.check

    async def counted(user: str, password: str, perangkat: str) -> Refusal | None:
        nonlocal asked
        asked += 1
        return await check(user, password, perangkat)

    monkeypatch.setattr(counter.checker, "check", counted)
    visitors = Visitors(counter.store.books, counter.checker, counter.clock)
    for later_s, times in ((0.0, 1), (REMEMBERED_S - 1, 1), (REMEMBERED_S + 1, 2), (REMEMBERED_S + 2, 2)):
        now_s = later_s
        assert isinstance(await visitors.check(basic("PST1", SANDI)), Origin)
        assert asked == times
    assert await visitors.check(basic("PST1", SANDI + "x")) == Refusal("SKH7011", {})
    counter.passwords.set_password("PST1", "lain-sekali-77")
    assert await visitors.check(basic("PST1", SANDI)) == Refusal("SKH7011", {})
    counter.close()


def test_a_closed_day_is_told(tmp_path: Path) -> None:
    store, _ = found(tmp_path / "ledger")
    close_day(store)
    answer = hari(store.books, OPERATOR)
    assert answer["tutup"] == store.journal.head
