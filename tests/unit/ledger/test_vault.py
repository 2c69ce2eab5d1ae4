"""Can sealed data be opened with the right keys, and with nothing else?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import vault as vault_module
from ledger.errors import FormatMismatch, JournalCorrupt, KeyDestroyed, UnsafeSetting
from ledger.vault import HEADER, SLOT, FileVault, NoVault

NOMOR = "33250000001"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(vault_module, "SLOTS_AHEAD", 8)
    FileVault.create(tmp_path / "kunci", random.Random(1).randbytes).close()
    return tmp_path / "kunci"


@pytest.fixture
def vault(path: Path) -> Iterator[FileVault]:
    vault = FileVault(path, random.Random(2).randbytes)
    yield vault
    vault.close()


def test_what_is_sealed_opens_again(vault: FileVault, path: Path) -> None:
    """Does a seal open, also after a restart, and does it hide what is in it?"""
    segel = vault.seal(3, b"AHMAD", NOMOR)
    assert b"AHMAD" not in segel
    assert len(segel) == 12 + len(b"AHMAD") + 16
    assert vault.open(3, segel, NOMOR) == b"AHMAD"
    again = FileVault(path)
    assert again.open(3, segel, NOMOR) == b"AHMAD"
    again.close()


def test_a_seal_belongs_to_one_slot_and_one_number(vault: FileVault) -> None:
    """Can a seal be moved to another pilgrim or another form?"""
    segel = vault.seal(3, b"AHMAD", NOMOR)
    for kunci, nomor in ((4, NOMOR), (3, "33250000002")):
        with pytest.raises(JournalCorrupt, match="does not open"):
            vault.open(kunci, segel, nomor)


def test_every_bit_of_a_seal_counts(vault: FileVault) -> None:
    """Is any flipped bit refused?"""
    segel = vault.seal(0, b"AHMAD", NOMOR)
    for bit in range(len(segel) * 8):
        bad = bytearray(segel)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(JournalCorrupt):
            vault.open(0, bytes(bad), NOMOR)


def test_a_destroyed_slot_opens_nothing_and_leaves_the_others(vault: FileVault, path: Path) -> None:
    """Is one pilgrim's data gone for ever when 32 bytes are overwritten, and only his?"""
    one, other = vault.seal(1, b"AHMAD", NOMOR), vault.seal(2, b"SITI", NOMOR)
    with (path / "slot.dat").open("r+b") as file:
        file.seek(len(HEADER) + SLOT * 1)
        file.write(bytes(SLOT))
    with pytest.raises(KeyDestroyed, match="slot 1"):
        vault.open(1, one, NOMOR)
    assert vault.open(2, other, NOMOR) == b"SITI"


def test_the_slot_file_alone_opens_nothing(vault: FileVault, path: Path, tmp_path: Path) -> None:
    """Does a thief of slot.dat without induk.key see anything?"""
    segel = vault.seal(1, b"AHMAD", NOMOR)
    FileVault.create(tmp_path / "lain", random.Random(3).randbytes).close()
    (tmp_path / "lain" / "slot.dat").write_bytes((path / "slot.dat").read_bytes())
    thief = FileVault(tmp_path / "lain")
    with pytest.raises(JournalCorrupt):
        thief.open(1, segel, NOMOR)
    assert thief.index("NIK:1") != vault.index("NIK:1")
    thief.close()


def test_slots_stand_ready_ahead(vault: FileVault, path: Path) -> None:
    """Are at least half a block of slots there before they are needed, made whole and never made anew?"""
    assert vault.slots == 8
    first = (path / "slot.dat").read_bytes()
    for used in range(40):
        vault.make_slots(used)
        assert vault.slots - used >= 4
    content = (path / "slot.dat").read_bytes()
    assert content.startswith(first)
    assert len(content) == len(HEADER) + SLOT * vault.slots
    assert bytes(SLOT) not in content


def test_sealing_beyond_the_slots_makes_them(vault: FileVault) -> None:
    """Does a batch that runs past the slots get keys, and a look beyond the last one an error?"""
    segel = vault.seal(vault.slots, b"AHMAD", NOMOR)
    assert vault.slots == 16
    assert vault.open(8, segel, NOMOR) == b"AHMAD"
    with pytest.raises(JournalCorrupt, match="slot 16 is missing"):
        vault.open(16, segel, NOMOR)


def test_a_torn_slot_is_no_slot(path: Path) -> None:
    """Is the half slot that a power cut left made anew, whole?"""
    with (path / "slot.dat").open("r+b") as file:
        file.truncate(len(HEADER) + SLOT * 6 + 5)
    vault = FileVault(path, random.Random(4).randbytes)
    assert vault.slots == 6
    vault.make_slots(3)
    assert (path / "slot.dat").stat().st_size == len(HEADER) + SLOT * 14
    vault.close()


@pytest.mark.parametrize("name", ["induk.key", "indeks.key", "slot.dat"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_key_files_that_others_can_read_are_refused(path: Path, name: str, mode: int) -> None:
    """Is a key file others can read or write a reason not to start?"""
    (path / name).chmod(mode)
    with pytest.raises(UnsafeSetting, match=f"{name} can be read by others"):
        FileVault(path)


@pytest.mark.parametrize("name", ["induk.key", "indeks.key", "slot.dat"])
def test_missing_and_foreign_key_files_are_refused(path: Path, name: str) -> None:
    """Is a file that is missing, empty or of another kind named?"""
    (path / name).write_bytes(b"SKH-KUNCI-00002\n")
    with pytest.raises(FormatMismatch, match=name):
        FileVault(path)
    (path / name).unlink()
    with pytest.raises(FormatMismatch, match=f"{name} is missing"):
        FileVault(path)


def test_key_files_are_made_private(path: Path) -> None:
    """Are new key files readable by their owner alone?"""
    assert {file.name: file.stat().st_mode & 0o777 for file in path.iterdir()} == {
        "induk.key": 0o600,
        "indeks.key": 0o600,
        "slot.dat": 0o600,
        "jangkar.key": 0o600,
    }
    assert path.stat().st_mode & 0o777 == 0o700


def test_the_blind_index_is_keyed_and_steady(vault: FileVault, path: Path) -> None:
    """Does the same identity give the same 32 digits after a restart, and another one others?"""
    again = FileVault(path)
    index = vault.index("NIK:3325011205500001")
    assert again.index("NIK:3325011205500001") == index
    assert (len(index), len(bytes.fromhex(index))) == (32, 16)
    assert vault.index("NIK:3325011205500002") != index
    assert vault.index("KTP:3325:1") != vault.index("KTP:3374:1")
    again.close()


def test_the_digest_of_a_request_is_keyed_and_keeps_no_state(vault: FileVault) -> None:
    """Does the keyed digest depend on its content alone, not on what was digested before?"""
    first = vault.digest(b"a")
    assert len(first) == 8
    assert vault.digest(b"b") != first
    assert vault.digest(b"a") == first


def test_frames_put_aside_are_sealed_under_a_key_of_their_own(vault: FileVault) -> None:
    """Does a quarantined frame open, and not as a pilgrim's seal?"""
    sealed = vault.seal_frame(b"frame")
    assert b"frame" not in sealed
    assert vault.open_frame(sealed) == b"frame"
    with pytest.raises(JournalCorrupt):
        vault.open(0, sealed, "karantina")


@given(st.binary(max_size=300), st.integers(0, 7), st.text("0123456789", min_size=11, max_size=11))
def test_any_content_comes_back(tmp_path_factory: pytest.TempPathFactory, plain: bytes, kunci: int, nomor: str) -> None:
    """Whatever is sealed under whatever number: is it the same when opened?"""
    vault = _shared(tmp_path_factory)
    assert vault.open(kunci, vault.seal(kunci, plain, nomor), nomor) == plain


def _shared(factory: pytest.TempPathFactory, kept: list[FileVault] = []) -> FileVault:  # noqa: B006 - made once
    if not kept:
        kept.append(FileVault.create(factory.mktemp("vault") / "kunci", random.Random(5).randbytes))
    return kept[0]


def test_replay_needs_no_keys() -> None:
    """Does the vault of replay refuse to decide anything?"""
    with pytest.raises(AssertionError, match="seals nothing"):
        NoVault().seal(0, b"", "")
    with pytest.raises(AssertionError, match="looks nobody up"):
        NoVault().index("NIK:1")
