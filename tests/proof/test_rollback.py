"""T18: parts of a ledger go back to an older copy, are deleted, cut off or shuffled: refused or derived again.

What no ledger can see by itself is an older copy of the whole of it: everything in it agrees. Only a head that was kept
elsewhere tells (`siskohat-ledger head`, then `verify --head ENTRY:HASH`), and that is what the first test shows.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.host_fixtures import run_command
from tests.proof.conftest import SCALE, Tell
from tests.proof.rot import PAGE, Flipper, in_fork

COMMITS = 60
SEED = 18
FILES = ("journal/data.mdb", "books/data.mdb", "kunci/slot.dat", "kunci/induk.key", "kunci/indeks.key")


def older(name: str) -> Callable[[Flipper, Path, Random], None]:
    def roll_back(flipper: Flipper, ledger: Path, random: Random) -> None:
        shutil.rmtree(ledger / name)
        shutil.copytree(flipper.older / name, ledger / name)

    return roll_back


def delete_file(flipper: Flipper, ledger: Path, random: Random) -> None:
    (ledger / random.choice(FILES)).unlink()


def delete_folder(flipper: Flipper, ledger: Path, random: Random) -> None:
    shutil.rmtree(ledger / random.choice(["journal", "books", "kunci"]))


def cut_off(flipper: Flipper, ledger: Path, random: Random) -> None:
    path = ledger / random.choice(FILES[:3])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(random.choice([0, PAGE, random.randrange(size), random.randrange(size) // PAGE * PAGE]))


def swap_pages(flipper: Flipper, ledger: Path, random: Random) -> None:
    path = ledger / random.choice(FILES[:2])
    raw = bytearray(path.read_bytes())
    first, second = (PAGE * page for page in random.sample(range(len(raw) // PAGE), 2))
    raw[first : first + PAGE], raw[second : second + PAGE] = raw[second : second + PAGE], raw[first : first + PAGE]
    path.write_bytes(raw)


def older_pages(flipper: Flipper, ledger: Path, random: Random) -> None:
    """Writes that the disk lost: some pages are those of the older copy, each sound in itself.

    Of the journal the chain shows it. A row of the books that was true once has its checksum (a page swapped with a
    free one may bring such rows too): it is served, and a
    verification against the journal finds it.
    """
    name = random.choice(FILES[:2])
    old, path = (flipper.older / name).read_bytes(), ledger / name
    raw = bytearray(path.read_bytes())
    for page in random.sample(range(len(old) // PAGE), random.randint(1, 4)):
        raw[PAGE * page : PAGE * page + PAGE] = old[PAGE * page : PAGE * page + PAGE]
    path.write_bytes(raw)


DAMAGES: dict[str, Callable[[Flipper, Path, Random], None]] = {
    "journal_older": older("journal"),
    "books_older": older("books"),
    "keys_older": older("kunci"),
    "file_deleted": delete_file,
    "folder_deleted": delete_folder,
    "cut_off": cut_off,
    "pages_swapped": swap_pages,
    "pages_older": older_pages,
}


def run(work: Path, damages: int, tell: Tell) -> None:
    flipper, random, counts = Flipper(work, COMMITS), Random(SEED), Counter[str]()
    whole, names = flipper.ledger, list(DAMAGES)
    flipper.ledger = work / "damaged"
    for number in range(damages):
        name = names[number % len(names)]
        shutil.rmtree(flipper.ledger, ignore_errors=True)
        shutil.copytree(whole, flipper.ledger)
        DAMAGES[name](flipper, flipper.ledger, random)
        before = in_fork(lambda: {"found": flipper.found()})
        result = in_fork(flipper.serve)
        where = f"damage {number}, {name}: {result} {before}"
        served = +Counter(result.get("served", {}))
        counts[name] += 1
        counts["refused"] += "refused" in result
        counts["process_died"] += "died" in result
        counts["opened"] += "served" in result
        assert "fell" not in result, f"not one of our errors: {where}"
        counts["older_rows_served"] += served["WRONG"]
        assert not served["WRONG_entry"], f"another entry was served: {where}"
        assert not served["WRONG"] or name in {"pages_older", "pages_swapped"}, f"another record was served: {where}"
        assert served["WRONG"] or not served["form_WRONG"], f"another person, and every row right: {where}"
        off = served["missing"] + served["range_short"] + served["WRONG"] + served["form_missing"]
        assert bool(before.get("found", "died")) or not off, f"not found: {where}"
        assert result.get("refused", 73) in {72, 73, 77}, where
        if name == "journal_older":
            assert result.get("refused") == 73, where
        if name == "books_older":
            assert set(served) <= {"right", "form_right"}, where
    tell(damages=damages, seed=SEED, **counts)
    assert counts["refused"] >= damages // 4
    assert counts["opened"] >= damages // 8


@pytest.mark.slow
def test_short_damages(work: Path, tell: Tell) -> None:
    run(work, 64, tell)


@pytest.mark.proof
def test_damages(work: Path, tell: Tell) -> None:
    run(work, 1_000 * SCALE, tell)


@pytest.mark.slow
def test_an_older_copy_of_the_whole_is_seen_against_a_kept_head_alone(work: Path, tell: Tell) -> None:
    flipper = Flipper(work, COMMITS)
    kept = f"{flipper.head[0]}:{flipper.head[1]}"
    ledger, rolled_back = str(flipper.ledger), str(flipper.older)
    for path, head, code in (
        (ledger, "", 0),
        (ledger, kept, 0),
        (rolled_back, "", 0),  # by itself it is whole: this is the limit
        (rolled_back, kept, 1),
        (ledger, f"{flipper.head[0]}:{'0' * 64}", 1),
    ):
        arguments = ("ledger", "verify", path, "--books", *(("--head", head) if head else ()))
        assert run_command(*arguments)[0] == code, (path, head)
    flipper.ledger = flipper.older
    tell(seen_without_head=int(bool(flipper.found(with_head=False))), seen_with_head=int(bool(flipper.found())))
    assert not flipper.found(with_head=False)
    assert flipper.found()


@pytest.mark.slow
def test_deleted_books_are_derived_again_to_the_same_rows(work: Path, tell: Tell) -> None:
    flipper = Flipper(work, COMMITS)
    shutil.rmtree(flipper.ledger / "books")
    result = in_fork(flipper.judge)
    tell(rows=result["served"]["right"])
    assert set(result["served"]) <= {"right", "form_right", "missing"}
    assert not result["served"].get("missing")
    assert result["found"] == ""
