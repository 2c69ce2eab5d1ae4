"""Passwords and resume tokens: what is forgotten, what is remembered over a restart, what is worth nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txserver.credentials import (
    APPROVAL_SECONDS,
    PROFILES,
    TOKEN_SECONDS,
    Credentials,
    approver_of,
    is_approval,
    is_token,
    make_approval,
    make_token,
    verify,
)

KEY = bytes(range(32))
NOW_US = 1_083_549_600_000_000


@pytest.fixture
def passwords(tmp_path: Path) -> Iterator[Credentials]:
    opened = Credentials.open(tmp_path / "sandi")
    opened.set_password("TLR1", "benar-sekali", "ringan")
    yield opened
    opened.close()


def test_right_and_wrong_password(passwords: Credentials) -> None:
    stored = passwords.hash_of("TLR1")
    assert verify(stored, "benar-sekali")
    assert not verify(stored, "benar-sekali ")
    assert not verify("no hash at all", "benar-sekali")
    assert "benar" not in stored


def test_production_profile_is_argon2id_of_19_mib() -> None:
    hashed = PROFILES["penuh"].hash("x")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_file_is_private(passwords: Credentials, tmp_path: Path) -> None:
    assert passwords.get("TLR1") is not None
    assert (tmp_path / "sandi").stat().st_mode & 0o077 == 0
    assert (tmp_path / "sandi" / "data.mdb").stat().st_mode & 0o077 == 0


def test_unknown_user_costs_a_hash_that_nothing_matches(passwords: Credentials) -> None:
    nobody = passwords.hash_of("NOBODY")
    assert nobody.split("$")[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    assert not verify(nobody, "")
    assert passwords.get("NOBODY") is None
    assert not passwords.note_failure("NOBODY", 1)


def test_three_failures_disable_and_a_restart_forgets_none(tmp_path: Path) -> None:
    path = tmp_path / "sandi"
    disabled = []
    for _ in range(4):
        passwords = Credentials.open(path)
        if passwords.get("TLR1") is None:
            passwords.set_password("TLR1", "benar-sekali", "ringan")
        disabled.append(passwords.note_failure("TLR1", 3))
        passwords.close()
    assert disabled == [False, False, True, False]  # the fourth changes nothing any more
    passwords = Credentials.open(path)
    row = passwords.get("TLR1")
    assert row is not None
    assert (row.failures, row.disabled) == (3, True)
    passwords.note_success("TLR1")
    row = passwords.get("TLR1")
    assert row is not None
    assert row.disabled, "a right password does not enable a disabled user"
    passwords.close()


def test_success_forgets_failures(passwords: Credentials) -> None:
    assert [passwords.note_failure("TLR1", 3) for _ in range(2)] == [False, False]
    passwords.note_success("TLR1")
    assert [passwords.note_failure("TLR1", 3) for _ in range(3)] == [False, False, True]


def test_new_password_enables_and_begins_a_generation(passwords: Credentials) -> None:
    passwords.note_failure("TLR1", 1)
    passwords.set_password("TLR1", "yang-baru-ini", "ringan")
    row = passwords.get("TLR1")
    assert row is not None
    assert (row.failures, row.disabled, row.generation) == (0, False, 2)
    assert verify(row.hash, "yang-baru-ini")
    assert not verify(row.hash, "benar-sekali")


def test_token_holds_for_its_four_and_its_time() -> None:
    token = make_token(KEY, "TLR1", "001/0001/T1", 1, NOW_US)
    end_us = NOW_US + TOKEN_SECONDS * 1_000_000
    good = (KEY, token, "TLR1", "001/0001/T1", 1)
    assert is_token(*good, NOW_US)
    assert is_token(*good, end_us)
    assert not is_token(*good, end_us + 1_000_000)
    assert is_token(*good, NOW_US - TOKEN_SECONDS * 1_000_000)
    assert not is_token(*good, NOW_US - 366 * TOKEN_SECONDS * 1_000_000), "of a clock that ran a year ahead"
    assert not is_token(bytes(32), *good[1:], NOW_US)
    assert not is_token(KEY, token, "TLR2", "001/0001/T1", 1, NOW_US)
    assert not is_token(KEY, token, "TLR1", "001/0001/T2", 1, NOW_US)
    assert not is_token(KEY, token, "TLR1", "001/0001/T1", 2, NOW_US)


def test_token_cannot_be_given_a_later_end() -> None:
    end, _, digest = make_token(KEY, "TLR1", "001/0001/T1", 1, NOW_US).partition(".")
    assert not is_token(KEY, f"{int(end) + 1}.{digest}", "TLR1", "001/0001/T1", 1, NOW_US)


@pytest.mark.parametrize(
    "token", ["", ".", "9999999999", "9999999999.", "9999999999.é", "٣٣٣٣٣٣٣٣٣٣.x", "-1.x", "1e9.x"]
)
def test_garbage_is_no_token(token: str) -> None:
    assert not is_token(KEY, token, "TLR1", "001/0001/T1", 1, NOW_US)


@given(st.text(max_size=256))
def test_no_text_is_a_token(token: str) -> None:
    assert not is_token(KEY, token, "TLR1", "001/0001/T1", 1, NOW_US)


def test_own_password_is_changed_once_a_generation(passwords: Credentials) -> None:
    passwords.note_failure("TLR1", 3)
    assert passwords.change_password("TLR1", PROFILES["ringan"].hash("yang-baru-ini"), 1)
    row = passwords.get("TLR1")
    assert row is not None
    assert (row.failures, row.disabled, row.generation) == (0, False, 2)
    assert verify(row.hash, "yang-baru-ini")
    assert not passwords.change_password("TLR1", "x", 1), "somebody else was faster"
    assert not passwords.change_password("NOBODY", "x", 0)
    passwords.note_failure("TLR1", 1)
    assert not passwords.change_password("TLR1", "x", 2), "a disabled user stays disabled"


def test_approval_holds_for_its_subject_its_generation_and_its_time() -> None:
    izin = make_approval(KEY, "SPV1", 1, b"this", NOW_US)
    end_us = NOW_US + APPROVAL_SECONDS * 1_000_000
    assert approver_of(izin) == "SPV1"
    assert len(izin) <= 200
    assert is_approval(KEY, izin, 1, b"this", end_us)
    assert not is_approval(KEY, izin, 1, b"this", end_us + 1_000_000)
    assert not is_approval(KEY, izin, 1, b"this", NOW_US - 3_600_000_000), "of a clock that ran an hour ahead"
    assert not is_approval(bytes(32), izin, 1, b"this", NOW_US)
    assert not is_approval(KEY, izin, 2, b"this", NOW_US)
    assert not is_approval(KEY, izin, 1, b"that", NOW_US)
    end, digest, _ = izin.split(".")
    assert not is_approval(KEY, f"{end}.{digest}.SPV2", 1, b"this", NOW_US)
    assert not is_approval(KEY, f"{int(end) + 1}.{digest}.SPV1", 1, b"this", NOW_US)


def test_names_with_dots_can_sign() -> None:
    izin = make_approval(KEY, "A.B.C", 1, b"this", NOW_US)
    assert approver_of(izin) == "A.B.C"
    assert is_approval(KEY, izin, 1, b"this", NOW_US)


def test_neither_token_is_the_other() -> None:
    token = make_token(KEY, "SPV1", "001/0001/T1", 1, NOW_US)
    assert not is_approval(KEY, f"{token}.SPV1", 1, b"001/0001/T1", NOW_US)
    assert not is_token(KEY, make_approval(KEY, "SPV1", 1, b"x", NOW_US), "SPV1", "001/0001/T1", 1, NOW_US)


@given(st.text(max_size=200))
def test_no_text_is_an_approval(izin: str) -> None:
    assert len(approver_of(izin)) <= 10
    assert not is_approval(KEY, izin, 1, b"this", NOW_US)


def test_password_file_left_half_made_is_made_whole(tmp_path: Path) -> None:
    (tmp_path / "sandi").mkdir(mode=0o700)
    passwords = Credentials.open(tmp_path / "sandi")
    passwords.set_password("TLR1", "benar-sekali", "ringan")
    passwords.close()
    assert (tmp_path / "sandi" / "data.mdb").stat().st_mode & 0o077 == 0
