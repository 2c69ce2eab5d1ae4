"""ISO 20022 messages the host makes: the instruction for the transfer, and its own statement of the day.

pain.001.001.09: the bank is asked to move one bank's total of one day and kind from its collecting account to the
Minister's account. camt.053.001.08: the deposits as the host has them, in the form a bank's confirmation has.

Dasar: D/163 pasal 7(5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from msgspec import Struct

from txserver.settlement.camt_writer import CAMT_053, write
from txserver.settlement.records import Confirmed, Kepala, amount_text


class Account(Struct, frozen=True, gc=False):
    """An account: its holder's name, its number, the code of the bank that keeps it, and that bank's BIC or ""."""

    nama: str
    rekening: str
    bank: str
    bic: str = ""


def payment_order(kepala: Kepala, dari: Account, ke: Account, pemrakarsa: str, dibuat: str) -> bytes:
    """The instruction (pain.001.001.09) to move `kepala.total` from the bank's account to the Minister's.

    `kepala` is the host's side of the round, `pemrakarsa` the name of who orders it, `dibuat` the time of making,
    ISO 8601 with zone. The ids name bank, kind and day, so that the same order sent twice is known as one. Names
    are cut at 140 characters and accounts at 34, as the schema has it.
    """
    assert kepala.total > 0, "nothing is moved where nothing was taken"
    id = f"P-{kepala.jenis}-{kepala.bank}-{kepala.hari.replace('-', '')}"
    amount = amount_text(kepala.total, kepala.mata_uang)
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>',
        f"<GrpHdr><MsgId>{id}</MsgId><CreDtTm>{escape(dibuat)}</CreDtTm><NbOfTxs>1</NbOfTxs>",
        f"<CtrlSum>{amount}</CtrlSum><InitgPty><Nm>{_name(pemrakarsa)}</Nm></InitgPty></GrpHdr>",
        f"<PmtInf><PmtInfId>{id}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>1</NbOfTxs><CtrlSum>{amount}</CtrlSum>",
        f"<ReqdExctnDt><Dt>{kepala.hari}</Dt></ReqdExctnDt>",
        f"<Dbtr><Nm>{_name(dari.nama)}</Nm></Dbtr><DbtrAcct>{_account(dari)}</DbtrAcct><DbtrAgt>{_bank(dari)}</DbtrAgt>",
        f"<CdtTrfTxInf><PmtId><EndToEndId>{id}</EndToEndId></PmtId>",
        f'<Amt><InstdAmt Ccy="{kepala.mata_uang}">{amount}</InstdAmt></Amt>',
        f"<CdtrAgt>{_bank(ke)}</CdtrAgt><Cdtr><Nm>{_name(ke.nama)}</Nm></Cdtr><CdtrAcct>{_account(ke)}</CdtrAcct>",
        f"<RmtInf><Ustrd>{kepala.jenis} {kepala.hari} BPS {kepala.bank} {kepala.jumlah} REKAMAN</Ustrd></RmtInf>",
        "</CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>",
    )
    return "".join(line + "\n" for line in lines).encode()


def host_statement(kepala: Kepala, records: Iterable[Confirmed], dibuat: str, rekening: str = "") -> Iterator[bytes]:
    """The host's own view of a round (camt.053.001.08), in pieces; `kepala` must say count and sum of the records.

    The account is the bank's clearing account, or without one the ledger's own: KLIRING and the bank.
    """
    rekening = rekening or f"KLIRING-{kepala.bank}"
    return write(kepala, records, pesan=CAMT_053, dibuat=dibuat, rekening=rekening[:34], dari="H")


def _name(text: str) -> str:
    return escape(text[:140])


def _account(account: Account) -> str:
    return f"<Id><Othr><Id>{escape(account.rekening[:34])}</Id></Othr></Id>"


def _bank(account: Account) -> str:
    bic = f"<BICFI>{escape(account.bic)}</BICFI>" if account.bic else ""
    return f"<FinInstnId>{bic}<Othr><Id>{escape(account.bank)}</Id></Othr></FinInstnId>"
