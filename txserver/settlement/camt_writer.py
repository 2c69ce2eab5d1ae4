"""Writes the ISO 20022 form (`camt_form` says what goes where): camt.053.001.08 and camt.054.001.08, an entry a line.

Written in pieces and in bounded memory; the header says count and sum beforehand because the schema has them first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice

from txserver.settlement.camt_form import NO_PORSI
from txserver.settlement.records import Confirmed, Kepala, amount_text, tallied

CAMT_053, CAMT_054 = "053", "054"
_MESSAGE = {CAMT_053: ("BkToCstmrStmt", "Stmt"), CAMT_054: ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
_BLOCK = 500


def write(
    kepala: Kepala,
    records: Iterable[Confirmed],
    *,
    pesan: str = CAMT_053,
    dibuat: str = "",
    rekening: str = "",
    dari: str = "B",
) -> Iterator[bytes]:
    """A file in this form, in pieces; `kepala` must say count and sum of the records.

    `dibuat` is the time of making, ISO 8601 with zone (else the end of the day's deposit hours), `rekening` the
    account the entries stand in (else one named after bank and kind), `dari` a letter that keeps message ids of bank
    (B) and host (H) apart.
    """
    message, stage = _MESSAGE[pesan]
    dibuat = dibuat or f"{kepala.hari}T15:00:00+07:00"
    yield _head(kepala, pesan, dibuat, rekening or f"{kepala.bank}-{kepala.jenis}", dari).encode()
    source = tallied(kepala, records)
    while block := list(islice(source, _BLOCK)):
        yield "".join(_entry(one, kepala) for one in block).encode()
    yield f"</{stage}></{message}></Document>\n".encode()


def _message_id(kepala: Kepala, dari: str) -> str:
    """At most 35 characters; says what the message is about."""
    return f"{dari}-{kepala.jenis}-{kepala.bank}-{kepala.hari.replace('-', '')}-{kepala.cara}"


def _head(kepala: Kepala, pesan: str, dibuat: str, rekening: str, dari: str) -> str:
    message, stage = _MESSAGE[pesan]
    id = _message_id(kepala, dari)
    total = amount_text(kepala.total, kepala.mata_uang)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{pesan}.001.08"><{message}>',
        f"<GrpHdr><MsgId>{id}</MsgId><CreDtTm>{escape(dibuat)}</CreDtTm>",
        f"<AddtlInf>SISKOHAT {kepala.jenis} {kepala.cara}</AddtlInf></GrpHdr>",
        f"<{stage}><Id>{id}</Id><CreDtTm>{escape(dibuat)}</CreDtTm>",
        f"<FrToDt><FrDtTm>{kepala.hari}T00:00:00+07:00</FrDtTm><ToDtTm>{kepala.hari}T23:59:59+07:00</ToDtTm></FrToDt>",
        f"<Acct><Id><Othr><Id>{escape(rekening)}</Id></Othr></Id><Ccy>{kepala.mata_uang}</Ccy>",
        f"<Svcr><FinInstnId><Othr><Id>{kepala.bank}</Id></Othr></FinInstnId></Svcr></Acct>",
    ]
    if pesan == CAMT_053:
        lines += [_balance("OPBD", "0", kepala), _balance("CLBD", total, kepala)]
    lines.append(
        f"<TxsSummry><TtlCdtNtries><NbOfNtries>{kepala.jumlah}</NbOfNtries><Sum>{total}</Sum></TtlCdtNtries></TxsSummry>"
    )
    return "".join(line + "\n" for line in lines)


def _balance(code: str, amount: str, kepala: Kepala) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{kepala.mata_uang}">{amount}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{kepala.hari}</Dt></Dt></Bal>"
    )


def _entry(one: Confirmed, kepala: Kepala) -> str:
    amount = f'<Amt Ccy="{one.mata_uang}">{amount_text(one.nominal, one.mata_uang)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    rrn = f"<AcctSvcrRef>{one.rrn:012d}</AcctSvcrRef>" if one.rrn else ""
    stan = f"<Prtry><Tp>STAN</Tp><Ref>{one.stan:06d}</Ref></Prtry>" if one.stan else ""
    device = f"<Prtry><Tp>DEVICE</Tp><Ref>{escape(one.device)}</Ref></Prtry>" if one.device else ""
    account = (
        f"<RltdPties><DbtrAcct><Id><Othr><Id>{escape(one.rekening)}</Id></Othr></Id></DbtrAcct></RltdPties>"
        if one.rekening
        else ""
    )
    waktu = f"<RltdDts><TxDtTm>{one.hari}T{one.waktu}+07:00</TxDtTm></RltdDts>" if one.waktu else ""
    return (
        f"<Ntry>{amount}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.hari}</Dt></BookgDt>"
        f"<BkTxCd><Prtry><Cd>{kepala.jenis}</Cd><Issr>SISKOHAT</Issr></Prtry></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs>{rrn}<EndToEndId>{one.nomor_porsi or NO_PORSI}</EndToEndId>{stan}{device}</Refs>{amount}{account}"
        f"<RltdAgts><DbtrAgt><FinInstnId><Othr><Id>{kepala.bank}</Id></Othr></FinInstnId>"
        f"<BrnchId><Id>{one.cabang}</Id></BrnchId></DbtrAgt></RltdAgts>{waktu}</TxDtls></NtryDtls></Ntry>\n"
    )
