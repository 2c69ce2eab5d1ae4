from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal import spool as spool_module
from terminal.spool import DAY_US, Gone, NotNow, Spool, SpoolFull, SpoolLimits, Status, Trouble, Unreadable

NOW = 1_083_546_000_000_000
PAGES = [["JEMAAH SITI AMINAH", "3325016001600001"], ["dua"]]
WRONG = Trouble("SKH9301", {"printer": "lp0", "sebab": "gone"})


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "cetakan")


def add(spool: Spool, nomor_porsi: str = "1100000100", duplikat: int = 0, salinan: int = 1) -> int:
    return spool.add(nomor_porsi, duplikat, PAGES, NOW, salinan).nomor


def reopened(spool: Spool, limits: SpoolLimits | None = None) -> Spool:
    spool.close()
    return Spool(spool._folder, limits)


def statuses(spool: Spool) -> dict[int, Status]:
    return {print_.nomor: print_.status for print_ in spool.prints()}


def test_a_print_is_two_files_that_name_nobody(spool: Spool, tmp_path: Path) -> None:
    add(spool)
    folder = tmp_path / "cetakan"
    assert sorted(path.name for path in folder.iterdir()) == [".kunci", "000001.json", "000001.txt"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    beside = json.loads((folder / "000001.json").read_text())
    assert (beside["status"], beside["nomor_porsi"], beside["duplikat"], beside["salinan"]) == (
        "SIAP", "1100000100", 0, 1,
    )  # fmt: skip
    assert "SITI" not in json.dumps(beside)
    assert spool.pages(1) == PAGES


def test_its_life(spool: Spool) -> None:
    nomor = add(spool, salinan=2)
    taken = spool.take()
    assert taken is not None
    assert (taken.nomor, taken.status, spool.take()) == (nomor, Status.DICETAK, None)
    assert spool.copy_out(nomor).status is Status.DICETAK
    assert spool.failed(nomor, WRONG).sebab == WRONG
    released = spool.release(nomor)
    assert (released.status, released.sebab, released.tercetak) == (Status.SIAP, None, 1)
    spool.take()
    assert spool.copy_out(nomor).status is Status.SELESAI


def test_the_oldest_comes_first_and_a_held_one_is_passed_over(spool: Spool) -> None:
    first, second, third = (add(spool, f"110000010{at}") for at in range(3))
    spool.hold(first)
    assert [print_.nomor for print_ in (spool.take(), spool.take()) if print_] == [second, third]
    assert spool.take() is None
    spool.release(first)
    assert statuses(spool)[first] is Status.SIAP


def test_the_same_print_is_spooled_once(spool: Spool) -> None:
    assert add(spool) == add(spool) == 1
    assert [add(spool, duplikat=1), add(spool, duplikat=2), add(spool, duplikat=1)] == [2, 3, 2]
    spool.remove(1)
    assert add(spool) == 4


def test_what_is_printed_is_not_printed_again_from_here(spool: Spool) -> None:
    nomor = add(spool)
    spool.take()
    spool.copy_out(nomor)
    for again in (spool.hold, spool.release):
        with pytest.raises(NotNow):
            again(nomor)
    with pytest.raises(NotNow):
        spool.set_copies(nomor, 3)
    spool.remove(nomor)
    assert spool.prints() == []


def test_a_deleted_original_that_went_to_the_printer_is_not_printed_again(spool: Spool, tmp_path: Path) -> None:
    nomor = add(spool)
    spool.take()
    spool.failed(nomor, WRONG)
    spool.remove(nomor)
    for now in (spool, reopened(spool)):
        assert now.prints() == []
        assert now.add("1100000100", 0, PAGES, NOW, 1).status is Status.DIHAPUS
        assert now.take() is None
        for change in (now.hold, now.release, now.remove, now.pages):
            with pytest.raises(Gone):
                change(nomor)
    assert not (tmp_path / "cetakan" / "000001.txt").exists()


def test_what_is_being_printed_is_left_alone(spool: Spool) -> None:
    nomor = add(spool)
    spool.take()
    for change in (spool.hold, spool.release, spool.remove):
        with pytest.raises(NotNow):
            change(nomor)


def test_copies_are_more_than_those_that_are_out(spool: Spool) -> None:
    nomor = add(spool, salinan=3)
    spool.take()
    spool.copy_out(nomor)
    spool.failed(nomor, WRONG)
    with pytest.raises(NotNow):
        spool.set_copies(nomor, 1)
    spool.set_copies(nomor, 2)
    spool.release(nomor)
    spool.take()
    assert spool.copy_out(nomor).status is Status.SELESAI


@pytest.mark.parametrize("name", ["hold", "release", "remove", "pages", "known"])
def test_what_is_gone_is_gone(spool: Spool, name: str) -> None:
    with pytest.raises(Gone):
        getattr(spool, name)(7)


# ------------------------------------------------------------------------------------------------------ restart


def test_a_restart_finds_everything(spool: Spool) -> None:
    for at in range(4):
        add(spool, f"110000010{at}", salinan=2)
    spool.take()
    spool.copy_out(1)
    spool.copy_out(1)
    spool.take()
    spool.failed(2, WRONG)
    spool.hold(3)
    again = reopened(spool)
    assert statuses(again) == {1: Status.SELESAI, 2: Status.GAGAL, 3: Status.DITAHAN, 4: Status.SIAP}
    assert again.known(2).sebab == WRONG
    assert again.pages(4) == PAGES
    assert add(again, "1100000109") == 5


def test_a_print_under_way_at_the_end_has_failed_and_is_not_printed_twice(spool: Spool) -> None:
    nomor = add(spool)
    spool.take()
    again = reopened(spool)
    assert again.take() is None
    assert again.known(nomor).status is Status.GAGAL
    assert again.known(nomor).sebab == Trouble("SKH9305", {})
    assert statuses(reopened(again)) == {nomor: Status.GAGAL}


def test_half_a_print_never_was(spool: Spool, tmp_path: Path) -> None:
    add(spool)
    (tmp_path / "cetakan" / "000002.txt").write_text("sheets without their other file")
    (tmp_path / "cetakan" / ".000003.json.baru").write_text("{")
    again = reopened(spool)
    assert list(statuses(again)) == [1]
    assert sorted(path.name for path in (tmp_path / "cetakan").glob("*00[23]*")) == []


def test_what_cannot_be_read_is_put_aside(spool: Spool, tmp_path: Path) -> None:
    for at in range(4):
        add(spool, f"110000010{at}")
    folder = tmp_path / "cetakan"
    (folder / "000001.json").write_text("{")
    (folder / "000002.txt").unlink()
    (folder / "000003.json").write_text((folder / "000004.json").read_text())
    again = reopened(spool)
    assert again.put_aside == ["000001.rusak", "000003.rusak"]
    assert statuses(again) == {2: Status.GAGAL, 4: Status.SIAP}
    assert again.known(2).sebab == Trouble("SKH9306", {})
    with pytest.raises(Unreadable):
        again.pages(2)
    assert (folder / "000001.txt").exists()
    assert add(again, "1100000109") == 5


def test_one_terminal_at_a_time(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError):
        Spool(tmp_path / "cetakan")
    reopened(spool)


# ------------------------------------------------------------------------------------------------------- bounds


def printed(spool: Spool, nomor_porsi: str, waktu_us: int) -> None:
    nomor = spool.add(nomor_porsi, 0, PAGES, waktu_us, 1).nomor
    spool.take()
    spool.copy_out(nomor)


def test_what_is_printed_goes_by_age_and_number(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SpoolLimits(waiting_max=9, over_max=3, over_age_us=DAY_US))
    held = spool.add("1100000100", 0, PAGES, NOW - 99 * DAY_US, 1).nomor
    spool.hold(held)
    printed(spool, "1100000101", NOW - 2 * DAY_US)
    for at in range(2, 7):
        printed(spool, f"110000010{at}", NOW)
    spool.prune(NOW)
    assert [print_.nomor for print_ in spool.prints()] == [7, 6, 5, held]
    assert len(list(tmp_path.glob("*.txt"))) == 4


def test_a_full_spool_takes_no_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SpoolLimits(waiting_max=2))
    add(spool, "1100000100")
    add(spool, "1100000101")
    with pytest.raises(SpoolFull):
        add(spool, "1100000102")
    assert add(spool, "1100000101") == 2
    spool.remove(1)
    assert add(spool, "1100000102") == 3


# --------------------------------------------------------------------------------------------------------- disk


def full_disk(path: Path, content: bytes) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_changes_nothing(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    nomor = add(spool)
    monkeypatch.setattr(spool_module, "write_durably", full_disk)
    for change in (lambda: add(spool, "1100000101"), lambda: spool.hold(nomor), spool.take):
        with pytest.raises(OSError, match="No space"):
            change()
    assert statuses(spool) == {nomor: Status.SIAP}
    monkeypatch.undo()
    assert statuses(reopened(spool)) == {nomor: Status.SIAP}


def test_what_is_on_paper_counts_even_if_the_disk_is_full(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    nomor = add(spool)
    spool.take()
    monkeypatch.setattr(spool_module, "write_durably", full_disk)
    assert spool.copy_out(nomor).status is Status.SELESAI
    monkeypatch.undo()
    assert reopened(spool).known(nomor).sebab == Trouble("SKH9305", {})  # the teller looks at the paper
