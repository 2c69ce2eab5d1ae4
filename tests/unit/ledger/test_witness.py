"""What was kept outside the journal: is an old backup seen when a ledger is opened, and a saved head read rightly?"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import AnchorRefused, FormatMismatch, UnsafeSetting, WitnessAhead
from ledger.vault import signing_key
from ledger.witness import Head, read_head
from tests.anchor_fixtures import anchor_bytes, close_seq, closed_ledger, older_ledger, post, post_morning
from tests.evening_fixtures import closing
from tests.ledger_fixtures import CENTRE, HARI, Desk, new_ledger, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The backup of before the close, put back below the anchors that were there."""
    path = older_ledger(tmp_path / "ledger")
    shutil.copytree(closed_ledger(tmp_path / "whole") / "jangkar", path / "jangkar")
    return path


def test_a_whole_ledger_opens_with_its_anchors(tmp_path: Path) -> None:
    """Does a ledger that went on after its close open, and one that was copied just at it?"""
    store = open_store(closed_ledger(tmp_path / "ledger"))
    assert store.journal.head > close_seq()
    store.close()


def test_an_old_backup_put_back_by_mistake_is_seen_at_the_start(path: Path) -> None:
    """Is it refused with its own exit code, naming anchor and entries, and left as it is?"""
    before = {file: file.read_bytes() for file in (path / "journal").iterdir()}
    with pytest.raises(
        WitnessAhead, match=rf"2004-05-03\.json knows entry {close_seq()}, and .*: an older copy"
    ) as told:
        open_store(path)
    assert told.value.exit_code == 74
    assert {file: file.read_bytes() for file in (path / "journal").iterdir() if file.name != "lock.mdb"} == {
        file: content for file, content in before.items() if file.name != "lock.mdb"
    }


def test_an_old_backup_that_went_on_is_seen_too(path: Path) -> None:
    """It is as long as the anchor knows, by other entries: is that seen?"""
    (path / "jangkar").rename(path / "simpan")
    store = open_store(path)
    desk = Desk(HARI, 1_083_546_060_000_000, {(CENTRE[0], HARI): 500})
    post(store, *closing(desk, store.books))
    post_morning(store, desk)
    store.close()
    (path / "simpan").rename(path / "jangkar")
    with pytest.raises(WitnessAhead, match=f"entry {close_seq()} is not the one .*: an older copy that went on"):
        open_store(path)


def test_anchors_may_lie_elsewhere_and_the_newest_counts(path: Path, tmp_path: Path) -> None:
    """Are anchors kept on another disk asked as well, and does an older day's not hide the newest?"""
    from ledger.store import Store

    (path / "jangkar").rename(tmp_path / "luar")
    (tmp_path / "luar" / "2004-05-02.json").write_bytes(b"an older one is not read")
    with pytest.raises(WitnessAhead):
        Store.open(path, anchors=tmp_path / "luar")
    open_store(path).close()


def test_an_anchor_of_another_ledger_is_seen(path: Path) -> None:
    file = path / "jangkar" / f"{HARI}.json"
    file.write_bytes(anchor_bytes().replace(b'"ledger":"', b'"ledger":"ff'))
    with pytest.raises(WitnessAhead, match="is of ledger ff"):
        open_store(path)


def test_an_anchor_that_cannot_be_read_is_no_way_round(path: Path) -> None:
    """Is a damaged anchor a reason to stay down, with the way out in the message?"""
    file = path / "jangkar" / f"{HARI}.json"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(FormatMismatch, match="`siskohat-ledger anchor` makes it again"):
        open_store(path)


def test_no_anchor_is_asked_where_none_is(tmp_path: Path) -> None:
    """Before the first close there is no folder; an empty one, or other files in it, say nothing either."""
    path = new_ledger(tmp_path / "ledger")
    open_store(path).close()
    (path / "jangkar").mkdir()
    (path / "jangkar" / f"{HARI}.json.1.new").write_bytes(b"half")
    open_store(path).close()


# --- saved heads ------------------------------------------------------------------------------------------------

HEAD = Head("ab" * 16, 42, "cd" * 32)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"entries": 42, "head": "{HEAD.head}", "hari": "2004-05-03", "ledger": "{HEAD.ledger}", "demo": false}}',
        f"entries  42\nhead     {HEAD.head}\nhari     2004-05-03\nledger   {HEAD.ledger}\nnama     UJI COBA\n",
    ],
)
def test_a_saved_head_in_both_forms(text: str) -> None:
    assert read_head(text, "x") == HEAD


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"entries": 42}', "head x\nledger y\nentries z", "entries 0\nhead a\nledger b"]
)
def test_what_is_no_saved_head_is_refused(text: str) -> None:
    with pytest.raises(AnchorRefused, match="x is not what `siskohat-ledger head` prints"):
        read_head(text, "x")


# --- the key ----------------------------------------------------------------------------------------------------


def seeded(value: int) -> Callable[[int], bytes]:
    return lambda n: bytes([value]) * n


def test_the_signing_key_is_made_once_and_private(tmp_path: Path) -> None:
    """Is one made where there is none, only readable by its owner, and never a second?"""
    key = signing_key(tmp_path, seeded(1))
    assert [file.name for file in tmp_path.iterdir()] == ["jangkar.key"]
    assert stat.S_IMODE((tmp_path / "jangkar.key").stat().st_mode) == 0o600
    assert (tmp_path / "jangkar.key").read_bytes() == bytes([1]) * 32 == key.private_bytes_raw()
    assert signing_key(tmp_path, seeded(2)).private_bytes_raw() == key.private_bytes_raw()


def test_who_comes_second_takes_the_key_that_is_there(tmp_path: Path) -> None:
    """Host and command at the same moment: does the one that made its key later use the first one's?"""

    def other_first(n: int) -> bytes:
        (tmp_path / "jangkar.key").write_bytes(bytes([7]) * 32)
        (tmp_path / "jangkar.key").chmod(0o600)
        return bytes(n)

    assert signing_key(tmp_path, other_first).private_bytes_raw() == bytes([7]) * 32
    assert [file.name for file in tmp_path.iterdir()] == ["jangkar.key"]


def test_a_signing_key_that_others_can_read_or_of_another_length_is_refused(tmp_path: Path) -> None:
    signing_key(tmp_path, seeded(1))
    (tmp_path / "jangkar.key").chmod(0o640)
    with pytest.raises(UnsafeSetting, match=r"jangkar\.key can be read by others"):
        signing_key(tmp_path)
    (tmp_path / "jangkar.key").chmod(0o600)
    (tmp_path / "jangkar.key").write_bytes(b"short")
    with pytest.raises(FormatMismatch, match="must hold 32 bytes"):
        signing_key(tmp_path)


def test_a_ledger_without_the_key_gets_one_when_it_is_needed(tmp_path: Path) -> None:
    """A ledger of before there were anchors: does it open, and sign from then on?"""
    path = new_ledger(tmp_path / "ledger")
    (path / "kunci" / "jangkar.key").unlink()
    store = open_store(path)
    key = store.vault.signing_key()
    store.close()
    assert signing_key(path / "kunci").private_bytes_raw() == key.private_bytes_raw()
