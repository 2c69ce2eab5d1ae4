"""The witness: a head kept elsewhere, without which an older copy of a whole ledger would look like the ledger."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from ledger.witness import Head, read_head
from tests.e2e.test_host import Traffic
from tests.host_fixtures import HostProcess, run_command, wait_until
from txserver.witness import WITNESS_S


def head_of(ledger: Path) -> Head:
    code, out, errors = run_command("ledger", "head", ledger, "--json")
    assert code == 0, errors
    return read_head(out, "head")


def kept(file: Path) -> Head:
    return read_head(file.read_text(), str(file))


@pytest.fixture
def file(ledger: Path, tmp_path: Path) -> Path:
    """The witness of a ledger, made as an operator makes it."""
    folder = tmp_path / "saksi"
    folder.mkdir()
    made = folder / "kepala.json"
    made.write_text(run_command("ledger", "head", ledger, "--json")[1])
    return made


@pytest.fixture
def older(ledger: Path, tmp_path: Path) -> Path:
    """A copy of the whole ledger as it stands before anything is posted."""
    return Path(shutil.copytree(ledger, tmp_path / "older" / "ledger"))


def start(ledger: Path, file: Path, *arguments: str) -> tuple[int, str]:
    """A host that is to refuse: its exit code, and what it says."""
    host = HostProcess(ledger, *arguments, witness=file)
    return host.wait(), host.errors


async def test_an_older_copy_of_the_whole_ledger_does_not_start(
    ledger: Path, older: Path, file: Path, numbers: list[str]
) -> None:
    with HostProcess(ledger, witness=file) as host:
        await Traffic(numbers).run(host.url)
        assert host.end() == 0
    assert kept(file) == head_of(ledger)
    assert kept(file).entries > head_of(older).entries
    code, errors = start(older, file, "--supervised")
    assert code == 74
    assert (
        f"knows entry {kept(file).entries}, and the journal ends with {head_of(older).entries}: an older copy" in errors
    )
    assert errors.count("SKH8174") == 1, "it stays down"
    with HostProcess(older) as believing:
        assert believing.end() == 0, "without a witness nothing tells it from the ledger"
    with HostProcess(ledger, witness=file) as host:
        assert host.end() == 0


async def test_an_older_copy_that_went_on_does_not_start(
    ledger: Path, older: Path, file: Path, numbers: list[str]
) -> None:
    with HostProcess(ledger, witness=file) as host:
        await Traffic(numbers[:4]).run(host.url)
        assert host.end() == 0
    with HostProcess(older) as host:
        await Traffic(numbers).run(host.url)
        assert host.end() == 0
    code, errors = start(older, file)
    assert (code, head_of(older).entries > kept(file).entries) == (74, True)
    assert f"entry {kept(file).entries} is not the one {file} knows: an older copy that went on" in errors


def test_another_ledger_does_not_start(ledger: Path, file: Path) -> None:
    file.write_bytes(msgspec.json.encode(msgspec.json.decode(file.read_bytes()) | {"ledger": "0" * 32}))
    code, errors = start(ledger, file)
    assert code == 74
    assert f"{file} is of ledger 0" in errors


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"entries":0,"head":"","ledger":""}', b"\xff\xfe"])
def test_a_witness_that_is_not_there_or_says_nothing_stops_the_start(
    content: bytes | None, ledger: Path, file: Path
) -> None:
    """A disk that is not mounted could hide anything."""
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    code, errors = start(ledger, file)
    assert code == 77
    assert f"witness: {file} is" in errors or f"witness: {file} cannot be read" in errors
    assert ("siskohat-ledger head" in errors) == (content != b"\xff\xfe")
    assert "Traceback" not in errors


async def test_a_killed_host_leaves_its_witness_behind_and_never_ahead(
    ledger: Path, file: Path, numbers: list[str]
) -> None:
    with HostProcess(ledger, witness=file) as host:
        await Traffic(numbers).run(host.url)
        wait_until(lambda: host.metrics()["siskohat_witness_behind"] == 0, "the witness to know it")
        before = kept(file)
        assert host.end(9) == -9
    assert before == head_of(ledger)
    with HostProcess(ledger, witness=file) as host:
        assert host.end() == 0


async def test_a_witness_that_cannot_be_written_stops_nobody(ledger: Path, file: Path, numbers: list[str]) -> None:
    with HostProcess(ledger, witness=file) as host:
        shutil.rmtree(file.parent)
        await Traffic(numbers).run(host.url)
        wait_until(lambda: "SKH8109 FileNotFoundError" in host.errors, f"an error within {WITNESS_S} s")
        assert host.metrics()["siskohat_witness_behind"] > 0
        assert host.end() == 0
