"""Devices: one session each, taken over by the same user, refused to another, off while a file lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.records import Refusal, origin_of
from tests.host_fixtures import TELLER, TELLER_2, signed_on
from txserver.devices import Devices


@pytest.fixture
def devices(tmp_path: Path) -> Devices:
    return Devices(tmp_path, 2)


def test_free_device_is_taken_and_left(devices: Devices) -> None:
    session = signed_on(TELLER)
    assert devices.check(TELLER.perangkat, TELLER.user) is None
    devices.take(session)
    assert (devices.holder(TELLER.perangkat), len(devices), devices.sessions()) == (session, 1, [session])
    devices.leave(session)
    assert (devices.holder(TELLER.perangkat), len(devices)) == (None, 0)


def test_same_user_takes_over_and_the_old_session_cannot_free_it(devices: Devices) -> None:
    old, new = signed_on(TELLER), signed_on(TELLER)
    devices.take(old)
    assert devices.check(TELLER.perangkat, TELLER.user) is None
    devices.take(new)
    devices.leave(old)
    assert devices.holder(TELLER.perangkat) is new


def test_other_user_is_refused_while_it_is_held(devices: Devices) -> None:
    devices.take(signed_on(TELLER))
    assert devices.check(TELLER.perangkat, "TLR9") == Refusal("SKH7014", {"device": "T1"})


def test_limit_counts_devices_and_spares_a_take_over(devices: Devices) -> None:
    devices.take(signed_on(TELLER))
    devices.take(signed_on(TELLER_2))
    assert devices.check("001/0001/T3", "TLR3") == Refusal("SKH7010", {"batas": 2})
    assert devices.check(TELLER.perangkat, TELLER.user) is None


def test_varied_off_until_the_file_is_removed(devices: Devices, tmp_path: Path) -> None:
    devices.vary_off(TELLER.perangkat, b"sealed")
    files = list(tmp_path.iterdir())
    assert [file.read_bytes() for file in files] == [b"sealed"]
    assert files[0].stat().st_mode & 0o077 == 0
    assert files[0].stem == TELLER.perangkat.encode().hex()
    assert devices.check(TELLER.perangkat, TELLER.user) == Refusal("SKH7016", {"device": "T1"})
    assert Devices(tmp_path, 2).check(TELLER.perangkat, TELLER.user) is not None, "a restart does not forget"
    assert devices.check(TELLER_2.perangkat, TELLER_2.user) is None
    files[0].unlink()
    assert devices.check(TELLER.perangkat, TELLER.user) is None


def test_second_fault_of_a_device_replaces_the_first(devices: Devices, tmp_path: Path) -> None:
    devices.vary_off(TELLER.perangkat, b"one")
    devices.vary_off(TELLER.perangkat, b"two")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"two"]


def test_no_device_name_leaves_the_directory(devices: Devices, tmp_path: Path) -> None:
    strange = origin_of("..", "..", "\x00/é漢", "TLR1")
    devices.vary_off(strange.perangkat, b"sealed")
    assert [file.parent for file in tmp_path.rglob("*.bin")] == [tmp_path]
