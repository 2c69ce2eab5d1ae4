"""The envelopes of the line protocol (docs/protocol.md), to bytes and back. Both ends use it.

One WebSocket message is one msgpack array: name, line, fields. Decoding is typed: what comes out has the right
shape and lengths, or `FrameError` names the field. No IO.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta, Struct

from ledger.fields import Hari, KodeBank, KodeCabang, KodeDevice, KodeUser, NomorPorsi, NomorSpph, Stan
from ledger.kinds import Request

VERSION = 1
SUBPROTOCOL = "siskohat.1"
MESSAGE_BYTES_MAX = 4096
UPLOAD_BYTES_MAX, UPLOAD_PIECES_MAX = 3000, 32
"""Bytes of one piece of an upload over the line, and pieces that may be unanswered: 96 KB a journey there and back."""

LineNo = Annotated[int, Meta(ge=0, le=65_535)]
Sandi = Annotated[str, Meta(min_length=1, max_length=128)]
Izin = Annotated[str, Meta(max_length=200)]


class SignOn(Struct, frozen=True, array_like=True, tag="SIGNON", gc=False):
    """Sign on with user and password."""

    line: LineNo
    versi: int
    bank: KodeBank
    cabang: KodeCabang
    device: KodeDevice
    user: KodeUser
    sandi: Sandi


class Resume(Struct, frozen=True, array_like=True, tag="RESUME", gc=False):
    """Sign on again after a cut, with the token of the last READY."""

    line: LineNo
    versi: int
    bank: KodeBank
    cabang: KodeCabang
    device: KodeDevice
    user: KodeUser
    token: Annotated[str, Meta(max_length=256)]


class Post(Struct, frozen=True, array_like=True, tag="POST", gc=False):
    """A request that shall become an entry; `izin` is the token of an approval, or empty."""

    line: LineNo
    stan: Stan
    hari: Hari
    body: Request
    izin: Izin = ""


class InquirySpph(Struct, frozen=True, array_like=True, tag="SPPH", gc=False):
    """A form by its number."""

    nomor_spph: NomorSpph


class InquiryPorsi(Struct, frozen=True, array_like=True, tag="PORSI", gc=False):
    """A pilgrim by nomor porsi; nine digits are padded on the left."""

    nomor_porsi: Annotated[str, Meta(min_length=9, max_length=10)]


class InquiryNik(Struct, frozen=True, array_like=True, tag="NIK", gc=False):
    """A pilgrim by NIK."""

    nik: Annotated[str, Meta(min_length=16, max_length=16)]


class InquiryPermintaan(Struct, frozen=True, array_like=True, tag="PERMINTAAN", gc=False):
    """The entry that a request became."""

    bank: KodeBank
    cabang: KodeCabang
    device: KodeDevice
    stan: Stan
    hari: Hari


class InquiryCabang(Struct, frozen=True, array_like=True, tag="CABANG", gc=False):
    """Totals of a branch on a day, and its last entries."""

    bank: KodeBank
    cabang: KodeCabang
    hari: Hari


class InquiryCetak(Struct, frozen=True, array_like=True, tag="CETAK", gc=False):
    """The receipt of a porsi, as pages: its first print, or for `duplikat` n the n-th reprint."""

    nomor_porsi: NomorPorsi
    duplikat: Annotated[int, Meta(ge=0, le=9_999)] = 0


class InquiryNama(Struct, frozen=True, array_like=True, tag="NAMA", gc=False):
    """The branch's pilgrims whose name holds these words; `lanjut` is where the answer before left off."""

    nama: Annotated[str, Meta(min_length=3, max_length=40)]
    lanjut: Annotated[str, Meta(max_length=40)] = ""


class InquiryRiwayat(Struct, frozen=True, array_like=True, tag="RIWAYAT", gc=False):
    """Every entry of a pilgrim, by nomor porsi (10 digits) or nomor SPPH (11)."""

    nomor: Annotated[str, Meta(min_length=10, max_length=11)]


class InquiryLaci(Struct, frozen=True, array_like=True, tag="LACI", gc=False):
    """The open till of the device that asks."""


class InquiryPesan(Struct, frozen=True, array_like=True, tag="PESAN", gc=False):
    """The operator's messages to the branch that asks."""


class InquiryHari(Struct, frozen=True, array_like=True, tag="HARI", gc=False):
    """A day's board: every bank's state, with `kode_bank` its branches above `lanjut`. No day: only what runs."""

    hari: Annotated[str, Meta(max_length=10)]
    kode_bank: Annotated[str, Meta(max_length=3)] = ""
    lanjut: Annotated[str, Meta(max_length=4)] = ""


class InquirySelisih(Struct, frozen=True, array_like=True, tag="SELISIH", gc=False):
    """Differences of a bank's day, open and cured; with `hari` empty those open on any day. Above `lanjut`."""

    kode_bank: Annotated[str, Meta(max_length=3)]
    hari: Annotated[str, Meta(max_length=10)] = ""
    lanjut: Annotated[str, Meta(max_length=12)] = ""


class InquirySanksi(Struct, frozen=True, array_like=True, tag="SANKSI", gc=False):
    """Sanctions proposed and decided, above `lanjut`."""

    lanjut: Annotated[str, Meta(max_length=12)] = ""


Inquiry_ = (
    InquirySpph
    | InquiryPorsi
    | InquiryNik
    | InquiryPermintaan
    | InquiryCabang
    | InquiryCetak
    | InquiryNama
    | InquiryRiwayat
    | InquiryLaci
    | InquiryPesan
    | InquiryHari
    | InquirySelisih
    | InquirySanksi
)


class Inquiry(Struct, frozen=True, array_like=True, tag="INQUIRY", gc=False):
    """A question; changes nothing."""

    line: LineNo
    nomor: Stan
    body: Inquiry_


class Approve(Struct, frozen=True, array_like=True, tag="APPROVE", gc=False):
    """A second person signs the request that this device is about to POST."""

    line: LineNo
    nomor: Stan
    user: KodeUser
    sandi: Sandi
    stan: Stan
    hari: Hari
    body: Request


class Password(Struct, frozen=True, array_like=True, tag="PASSWORD", gc=False):
    """The user of the session changes his password."""

    line: LineNo
    nomor: Stan
    lama: Sandi
    baru: Sandi


class Siar(Struct, frozen=True, array_like=True, tag="SIAR", gc=False):
    """An operator's message to everybody (`tujuan` empty), to a bank, or to a branch ("bank/cabang")."""

    line: LineNo
    nomor: Stan
    tujuan: Annotated[str, Meta(max_length=8)]
    teks: Annotated[str, Meta(min_length=1, max_length=70)]


class Unggah(Struct, frozen=True, array_like=True, tag="UNGGAH", gc=False):
    """A piece of a bank's confirmation file, at `offset`.

    What follows `akhir` counts in the last piece only: whose file it is (empty: the session's own bank, the open
    day), the SHA-256 of the whole file in hex, and the bank's signature over the hash file (hex or base64) where the
    host has a key of the bank.
    """

    line: LineNo
    nomor: Stan
    nama: Annotated[str, Meta(min_length=1, max_length=64)]
    offset: Annotated[int, Meta(ge=0, le=10**10)]
    isi: Annotated[bytes, Meta(max_length=UPLOAD_BYTES_MAX)]
    akhir: bool
    kode_bank: Annotated[str, Meta(max_length=3)] = ""
    hari: Annotated[str, Meta(max_length=10)] = ""
    sidik: Annotated[str, Meta(max_length=64)] = ""
    tanda_tangan: Annotated[str, Meta(max_length=128)] = ""


class Jalankan(Struct, frozen=True, array_like=True, tag="JALANKAN", gc=False):
    """Run CUTOFF_SEMUA, COCOK or LAPORAN for a bank (empty: all) and day (empty: the open one), beside inquiries."""

    line: LineNo
    nomor: Stan
    langkah: Annotated[str, Meta(min_length=1, max_length=16)]
    kode_bank: Annotated[str, Meta(max_length=3)] = ""
    hari: Annotated[str, Meta(max_length=10)] = ""


class Ambil(Struct, frozen=True, array_like=True, tag="AMBIL", gc=False):
    """A piece of an output of a bank's day (JALANKAN LAPORAN names them), or without a bank of a day's anchor."""

    line: LineNo
    nomor: Stan
    nama: Annotated[str, Meta(min_length=1, max_length=64)]
    offset: Annotated[int, Meta(ge=0, le=10**10)]
    kode_bank: Annotated[str, Meta(max_length=3)] = ""
    hari: Annotated[str, Meta(max_length=10)] = ""


class Echo(Struct, frozen=True, array_like=True, tag="ECHO", gc=False):
    """Line test, both ways. Does not touch the ledger."""

    line: LineNo
    nomor: int
    isi: Annotated[bytes, Meta(max_length=512)]


class SignOff(Struct, frozen=True, array_like=True, tag="SIGNOFF", gc=False):
    """The end of a session."""

    line: LineNo


class Ready(Struct, frozen=True, array_like=True, tag="READY", gc=False):
    """Signed on."""

    line: int
    info: dict[str, Any]


class Accepted(Struct, frozen=True, array_like=True, tag="ACCEPTED", gc=False):
    """The request is entry `seq` and durable; `ulang` = this is the stored answer to a repeat."""

    line: int
    stan: int
    seq: int
    waktu_us: int
    ulang: bool
    data: dict[str, Any]


class Refused(Struct, frozen=True, array_like=True, tag="REFUSED", gc=False):
    """A rule said no; nothing was written."""

    line: int
    nomor: int
    id: str
    data: dict[str, Any]


class Answer(Struct, frozen=True, array_like=True, tag="ANSWER", gc=False):
    """Answer to a message that carries a `nomor`: an inquiry, an approval, a new password, an operator's message."""

    line: int
    nomor: int
    data: dict[str, Any]


class Busy(Struct, frozen=True, array_like=True, tag="BUSY", gc=False):
    """Nothing written; send the same again after `tunggu_ms`."""

    line: int
    nomor: int
    tunggu_ms: int
    id: str


class Break(Struct, frozen=True, array_like=True, tag="BREAK", gc=False):
    """A message of the operator."""

    line: int
    id: str
    data: dict[str, Any]


class Closed(Struct, frozen=True, array_like=True, tag="CLOSED", gc=False):
    """The session of this line is over."""

    line: int
    id: str
    data: dict[str, Any]


FromTerminal = SignOn | Resume | Post | Inquiry | Approve | Password | Siar | Unggah | Jalankan | Ambil | Echo | SignOff
FromHost = Ready | Accepted | Refused | Answer | Busy | Echo | Break | Closed


class FrameError(Exception):
    """A message that cannot be taken. `line` and `nomor` are those of the message where they could be read.

    `sebab` is the decoder's reason and `field` the place, by name where it is a field of a body; neither holds a
    value of the message.
    """

    def __init__(self, sebab: str, line: int | None = None, nomor: int | None = None, field: str = "") -> None:
        super().__init__(sebab)
        self.sebab, self.line, self.nomor, self.field = sebab, line, nomor, field


_BODY_FIELDS: dict[str, tuple[str, ...]] = {
    body.__struct_config__.tag: body.__struct_fields__ for body in (*get_args(Request), *get_args(Inquiry_))
}
_NUMBERED: dict[str, tuple[str, ...]] = {
    str(frame.__struct_config__.tag): frame.__struct_fields__
    for frame in (Post, Inquiry, Approve, Password, Siar, Unggah, Jalankan, Ambil)
}
"""Messages whose third element is the number by which they are answered, with the names of their fields."""

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)  # the last for arrays nested a thousand deep

encode = msgspec.msgpack.Encoder().encode
_from_terminal: Callable[[bytes], FromTerminal] = msgspec.msgpack.Decoder(FromTerminal).decode
_from_host: Callable[[bytes], FromHost] = msgspec.msgpack.Decoder(FromHost).decode
_loose = msgspec.msgpack.Decoder().decode


def decode_from_terminal(message: bytes) -> FromTerminal:
    """The message of a terminal. Raises FrameError."""
    try:
        return _from_terminal(message)
    except UNREADABLE as error:
        raise _blame(message, error) from None


def decode_from_host(message: bytes) -> FromHost:
    """The message of a host. Raises FrameError."""
    try:
        return _from_host(message)
    except UNREADABLE as error:
        raise FrameError(str(error)) from None


def _blame(message: bytes, error: Exception) -> FrameError:
    """Find out whose request it was, so that a wrong field costs a refusal and not the connection."""
    try:
        loose = _loose(message)
    except UNREADABLE:
        return FrameError("not msgpack")
    match loose:
        case [str(name), int(line), int(nomor), *_] if (
            name in _NUMBERED and type(line) is type(nomor) is int and 0 <= line <= 65_535 and 0 < nomor <= 999_999
        ):
            sebab, _, place = _reason(error).partition(" - at ")
            return FrameError(sebab, line, nomor, _field_name(loose, place.strip("`")))
        case _:
            return FrameError(_reason(error))


def _reason(error: Exception) -> str:
    """The decoder's reason without the value it quotes in "Invalid value '...'"."""
    return re.sub(r"^Invalid value '.*'", "unknown value", str(error), flags=re.DOTALL)


def _field_name(loose: list[Any], place: str) -> str:
    """The name of the field at a place such as "$[4][2]" or "$[3]"; the place itself where it has none."""
    at = re.fullmatch(r"\$\[(\d)\](?:\[(\d+)\])?", place)
    if at is None:
        return place
    envelope = _NUMBERED[loose[0]]
    if at[2] is None:
        return envelope[int(at[1]) - 1] if 0 < int(at[1]) <= len(envelope) else place
    body = loose[int(at[1])]
    names = _BODY_FIELDS.get(str(body[0]), ()) if isinstance(body, list) and body else ()
    return names[int(at[2]) - 1] if 0 < int(at[2]) <= len(names) else place
