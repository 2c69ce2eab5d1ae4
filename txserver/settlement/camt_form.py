"""The ISO 20022 form: camt.053 (statement) and camt.054 (notification), version 001.08 or later.

Read by expat in one pass: nothing of the tree is kept but the entry in hand. A document type, and with it every
entity, is refused before anything could expand. What the profile uses (`S` is Stmt or Ntfctn, `T` is
S/Ntry/NtryDtls/TxDtls); other elements are passed over:

    GrpHdr/AddtlInf               "SISKOHAT", jenis and cara, in three words
    S/FrToDt/FrDtTm, ToDtTm       both begin with hari
    S/Acct/Ccy                    mata_uang
    S/Acct/Svcr/FinInstnId/Othr/Id  bank, the code of three digits
    S/TxsSummry/TtlCdtNtries      NbOfNtries: entries, which are the records when each has one TxDtls; Sum: total
    S/Ntry/Amt, CdtDbtInd, Sts/Cd CRDT and BOOK only; the amount is the sum of its TxDtls
    S/Ntry/BookgDt/Dt             hari
    T/Refs/EndToEndId             nomor_porsi; NOTPROVIDED when the host's answer never came
    T/Refs/AcctSvcrRef            rrn
    T/Refs/Prtry, Tp STAN         stan
    T/Refs/Prtry, Tp DEVICE       device
    T/Amt                         nominal, mata_uang (an entry with one TxDtls may leave it out)
    T/RltdPties/DbtrAcct/Id/Othr/Id  rekening (or Id/IBAN)
    T/RltdAgts/DbtrAgt/BrnchId/Id cabang
    T/RltdDts/TxDtTm              waktu; another zone is turned into WIB, none means WIB
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from xml.parsers import expat

from txserver.settlement.gate import Gate, Told
from txserver.settlement.lines import utf8_only
from txserver.settlement.records import (
    BENTUK,
    CACAH,
    ENTITAS,
    HARI,
    HURUF,
    ISI,
    MATA_UANG,
    NOMINAL,
    PANJANG,
    SESUDAH,
    SUSUNAN,
    TERPOTONG,
    XML,
    Confirmed,
    amount_of,
)

MARK = b"<"
NO_PORSI = "NOTPROVIDED"
WIB = timezone(timedelta(hours=7))

DEPTH_MAX = 40
TEXT_MAX = 200
NAMES_MAX = 2_000
TOKEN_BYTES_MAX = 1 << 20
"""Bounds on what expat itself keeps: open elements, one text, distinct names, one unfinished tag or comment."""

_SPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05([34])\.001\.(\d\d)", re.ASCII)
_STAGE = {"3": ("BkToCstmrStmt", "Stmt"), "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
_VERSION_MIN = 8

_HEAD, _ENTRY, _DETAIL, _PRIVATE = range(4)
_SLOTS = (
    (_HEAD, "GrpHdr/AddtlInf", "tambahan"),
    (_HEAD, "S/FrToDt/FrDtTm", "dari"),
    (_HEAD, "S/FrToDt/ToDtTm", "sampai"),
    (_HEAD, "S/Acct/Ccy", "mata_uang"),
    (_HEAD, "S/Acct/Svcr/FinInstnId/Othr/Id", "bank"),
    (_HEAD, "S/TxsSummry/TtlCdtNtries/NbOfNtries", "jumlah"),
    (_HEAD, "S/TxsSummry/TtlCdtNtries/Sum", "total"),
    (_ENTRY, "S/Ntry/Amt", "nominal"),
    (_ENTRY, "S/Ntry/CdtDbtInd", "arah"),
    (_ENTRY, "S/Ntry/RvslInd", "balik"),
    (_ENTRY, "S/Ntry/Sts/Cd", "status"),
    (_ENTRY, "S/Ntry/BookgDt/Dt", "hari"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/Refs/EndToEndId", "nomor_porsi"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/Refs/AcctSvcrRef", "rrn"),
    (_PRIVATE, "S/Ntry/NtryDtls/TxDtls/Refs/Prtry/Tp", "tipe"),
    (_PRIVATE, "S/Ntry/NtryDtls/TxDtls/Refs/Prtry/Ref", "isi"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/Amt", "nominal"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/CdtDbtInd", "arah"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/RltdPties/DbtrAcct/Id/Othr/Id", "rekening"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/RltdPties/DbtrAcct/Id/IBAN", "rekening"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/RltdAgts/DbtrAgt/BrnchId/Id", "cabang"),
    (_DETAIL, "S/Ntry/NtryDtls/TxDtls/RltdDts/TxDtTm", "waktu"),
)
_ACTIONS = ("S", "S/TxsSummry", "S/Ntry", "S/Ntry/NtryDtls/TxDtls", "S/Ntry/NtryDtls/TxDtls/Refs/Prtry")
_ENDINGS = {3, 5, 20}
"""expat's codes for a document that stops: no element found, unclosed token, unclosed CDATA section."""


class _Node:
    """An element the profile knows: its name, the elements below it, the value it is and where that is kept, and what
    happens when it opens or closes.
    """

    __slots__ = ("children", "close", "name", "open", "slot", "values")

    def __init__(self, name: str = "Document") -> None:
        self.name = name
        self.children: dict[str, _Node] = {}
        self.slot = ""
        self.values: dict[str, str] = {}
        self.open: Callable[[], None] | None = None
        self.close: Callable[[], None] | None = None


def read(chunks: Iterable[bytes], gate: Gate) -> Iterator[list[Confirmed]]:
    """The records, a list for every chunk. Raises Rejected."""
    reader = _Reader(gate)
    for chunk in utf8_only(chunks, gate):
        reader.feed(chunk, final=False)
        if reader.records:
            yield reader.records
            reader.records = []
    reader.feed(b"", final=True)
    if gate.kepala is None:
        raise gate.fault(SUSUNAN, reader.baris, reader.stage)
    if reader.records:
        yield reader.records


class _Reader:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.records: list[Confirmed] = []
        self._node = _Node()
        self._above: list[_Node] = []
        self._passing = 0  # how deep inside an element the profile does not know
        self._text: list[str] = []
        self._length = 0
        self._values: tuple[dict[str, str], ...] = ({}, {}, {}, {})
        self._lines: dict[str, int] = {}
        self._entries = 0
        self._entry_sum = 0
        self._details = 0
        self._fed = 0
        self.stage = "Stmt"
        # Without expat's own namespaces, which cost a third: the names are those of the root's prefix, and nothing
        # the profile knows may declare another (see _start).
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._root
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._chars
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype

    @property
    def baris(self) -> int:
        return self._parser.CurrentLineNumber

    def feed(self, chunk: bytes, *, final: bool) -> None:
        parser = self._parser
        self._fed += len(chunk)
        try:
            parser.Parse(chunk, final)
        except expat.ExpatError as error:
            code, baris = error.code, error.lineno
            if code in _ENDINGS and final:
                raise self.gate.fault(TERPOTONG, baris, self._here) from None
            names = {9: SESUDAH, 11: ENTITAS}
            sebab = expat.ErrorString(code) or "-"
            raise self.gate.fault(names.get(code, XML), baris, self._here, sebab) from None
        if self._fed - parser.CurrentByteIndex > TOKEN_BYTES_MAX and not final:
            raise self.gate.fault(PANJANG, self.baris, self._here, f"> {TOKEN_BYTES_MAX}")
        if len(parser.intern) > NAMES_MAX:
            raise self.gate.fault(SUSUNAN, self.baris, self._here, f"> {NAMES_MAX}")

    @property
    def _here(self) -> str:
        """The field or element in hand, as far as the profile knows it."""
        return self._node.slot or self._node.name

    # --- what expat tells ----------------------------------------------------------------------------------------

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG002  expat's signature
        if encoding is not None and encoding.upper() not in {"UTF-8", "US-ASCII"}:
            raise self.gate.fault(HURUF, self.baris, "encoding", encoding)

    def _doctype(self, *_: object) -> None:
        raise self.gate.fault(ENTITAS, self.baris, "DOCTYPE", "DOCTYPE")

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        prefix, colon, local = name.rpartition(":")
        space = attributes.get(f"xmlns{colon}{prefix}", "")
        match = _SPACE.fullmatch(space)
        if local != "Document" or match is None or int(match[2]) < _VERSION_MIN:
            raise self.gate.fault(BENTUK, self.baris, "Document", space.rpartition(":")[2] or local)
        message, stage = _STAGE[match[1]]
        self.stage = stage
        self._node = self._grow(prefix + colon, message, stage)
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._passing:
            self._passing += 1
            if self._passing > DEPTH_MAX:
                raise self.gate.fault(PANJANG, self.baris, self._here, f"> {DEPTH_MAX}")
            return
        child = self._node.children.get(name)
        if child is None:
            self._passing = 1
            return
        self._above.append(self._node)
        self._node = child
        if child.open is not None:
            child.open()
        if child.slot:
            self._text.clear()
            self._length = 0
        if attributes:
            if any(name.startswith("xmlns") for name in attributes):
                raise self.gate.fault(SUSUNAN, self.baris, "xmlns")
            if "Ccy" in attributes:
                self._keep(child.values, child.slot + "@", attributes["Ccy"])

    def _chars(self, data: str) -> None:
        if self._node.slot and not self._passing:
            self._length += len(data)
            if self._length > TEXT_MAX:
                raise self.gate.fault(PANJANG, self.baris, self._node.slot, f"> {TEXT_MAX}")
            self._text.append(data)

    def _end(self, _: str) -> None:
        if self._passing:
            self._passing -= 1
            return
        node = self._node
        if self._above:
            self._node = self._above.pop()
        if node.slot:
            self._keep(node.values, node.slot, "".join(self._text))
        elif node.close is not None:
            node.close()

    def _keep(self, values: dict[str, str], slot: str, value: str) -> None:
        if slot in values:
            raise self.gate.fault(SUSUNAN, self.baris, slot.rstrip("@"), value)
        values[slot] = value
        if values is self._values[_HEAD]:
            self._lines[slot] = self.baris

    # --- what it means -------------------------------------------------------------------------------------------

    def _grow(self, space: str, message: str, stage: str) -> _Node:
        """The elements of the profile, under the names of this message."""
        root = _Node()
        body = root.children[space + message] = _Node(message)

        def node_at(path: str) -> _Node:
            node = body
            for name in path.split("/"):
                own = stage if name == "S" else name
                node = node.children.setdefault(space + own, _Node(own))
            return node

        for scope, path, slot in _SLOTS:
            node = node_at(path)
            node.values, node.slot = self._values[scope], slot
        stage_node, summary, entry, detail, private = map(node_at, _ACTIONS)
        stage_node.open, stage_node.close = self._stage_open, self._stage_close
        summary.close = self._head
        entry.open, entry.close = self._entry_open, self._entry_close
        detail.open, detail.close = self._values[_DETAIL].clear, self._detail
        private.open, private.close = self._values[_PRIVATE].clear, self._private
        return root

    def _wanted(self, scope: int, slot: str) -> str:
        value = self._values[scope].get(slot)
        if value is None:
            raise self.gate.fault(SUSUNAN, self.baris, slot)
        return value

    def _stage_open(self) -> None:
        if self.gate.kepala is not None:
            raise self.gate.fault(SESUDAH, self.baris, self.stage, self.stage)

    def _head(self) -> None:
        """The header stands whole before the first entry: the order of the schema has it so."""
        head = self._values[_HEAD]
        told: Told = {slot: (self._lines[slot], head[slot]) for slot in ("bank", "mata_uang") if slot in head}
        words = self._wanted(_HEAD, "tambahan").split(" ")
        if len(words) != 3 or words[0] != "SISKOHAT":
            raise self.gate.fault(ISI, self._lines["tambahan"], "AddtlInf", head["tambahan"])
        told["jenis"], told["cara"] = ((self._lines["tambahan"], word) for word in words[1:])
        told["hari"] = self._lines.get("dari", self.baris), self._wanted(_HEAD, "dari")[:10]
        sampai = self._wanted(_HEAD, "sampai")[:10]
        self.gate.open(told)
        if sampai != told["hari"][1]:
            raise self.gate.fault(HARI, self._lines["sampai"], "hari", f"{sampai} <> {told['hari'][1]}")

    def _entry_open(self) -> None:
        if "tambahan" not in self._values[_HEAD] or "jumlah" not in self._lines:
            raise self.gate.fault(SUSUNAN, self.baris, "TxsSummry")
        self._values[_ENTRY].clear()
        self._entry_sum = self._details = 0
        self._entries += 1

    def _entry_close(self) -> None:
        entry = self._values[_ENTRY]
        for slot, wanted in (("arah", "CRDT"), ("status", "BOOK")):
            if self._wanted(_ENTRY, slot) != wanted:
                raise self.gate.fault(ISI, self.baris, slot, f"{entry[slot]} <> {wanted}")
        if entry.get("balik", "false") not in {"false", "0"}:
            raise self.gate.fault(ISI, self.baris, "RvslInd", entry["balik"])
        if not self._details:
            raise self.gate.fault(SUSUNAN, self.baris, "TxDtls")
        currency, wanted = entry.get("nominal@", ""), self.gate.expected.mata_uang
        if currency != wanted:
            raise self.gate.fault(MATA_UANG, self.baris, "mata_uang", f"{currency} <> {wanted}")
        nominal = amount_of(self._wanted(_ENTRY, "nominal"), self.gate.expected.mata_uang, is_sum=True)
        if nominal != self._entry_sum:
            raise self.gate.fault(NOMINAL, self.baris, "nominal", f"{entry['nominal']} <> {self._entry_sum}")

    def _private(self) -> None:
        """STAN and device come as references of the bank's own."""
        private = self._values[_PRIVATE]
        slot = {"STAN": "stan", "DEVICE": "device"}.get(private.get("tipe", ""))
        if slot is not None:
            self._keep(self._values[_DETAIL], slot, private.get("isi", ""))

    def _detail(self) -> None:
        entry, detail = self._values[_ENTRY], self._values[_DETAIL]
        if "nominal" not in detail:
            detail["nominal"], detail["nominal@"] = self._wanted(_ENTRY, "nominal"), entry.get("nominal@", "")
        if detail.get("arah", "CRDT") != "CRDT":
            raise self.gate.fault(ISI, self.baris, "arah", f"{detail['arah']} <> CRDT")
        nomor_porsi = self._wanted(_DETAIL, "nomor_porsi")
        record = self.gate.record(
            self.baris,
            "" if nomor_porsi == NO_PORSI else nomor_porsi,
            detail["nominal"],
            self._wanted(_DETAIL, "nominal@"),
            self._wanted(_ENTRY, "hari"),
            self._wanted(_DETAIL, "cabang"),
            detail.get("stan", ""),
            detail.get("rrn", ""),
            self._waktu(detail.get("waktu", "")),
            detail.get("rekening", ""),
            detail.get("device", ""),
        )
        self.records.append(record)
        self._details += 1
        self._entry_sum += record.nominal

    def _waktu(self, text: str) -> str:
        """Time of day in WIB; the day must be the file's."""
        if not text:
            return ""
        day, zone = text[:10], text[19:]
        if zone in {"", "+07:00"}:
            waktu = text[11:19]
        else:
            try:
                there = datetime.fromisoformat(text)
                here = there.astimezone(WIB) if there.tzinfo is not None else there
            except (ValueError, OverflowError):  # the first or last day there is may lie outside the calendar in WIB
                raise self.gate.fault(ISI, self.baris, "waktu", text) from None
            day, waktu = here.date().isoformat(), f"{here:%H:%M:%S}"
        if day != self.gate.expected.hari:
            raise self.gate.fault(HARI, self.baris, "waktu", f"{day} <> {self.gate.expected.hari}")
        return waktu

    def _stage_close(self) -> None:
        head = self._values[_HEAD]
        jumlah = self._wanted(_HEAD, "jumlah")
        if "total" not in head:
            raise self.gate.fault(SUSUNAN, self.baris, "total")
        baris = self._lines["jumlah"]
        if jumlah.lstrip("0") != str(self._entries).lstrip("0"):
            raise self.gate.fault(CACAH, baris, "jumlah", f"{jumlah} <> {self._entries}")
        self.gate.close(baris, str(self.gate.n), head["total"])
