"""Request to entry, books moved; and replay. No storage, no clock: what it needs comes in.

A batch is `post` for each request in order, then the caller appends `bodies` to the journal and calls `settle`;
or calls `abandon`, and nothing of the batch has happened. An AssertionError out of `post` is our fault and leaves
the batch half applied: the caller must abandon it (`ledger.batch` does, and runs the others again).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ledger.books import AKTIF, Books
from ledger.codec import encode, encode_entry, hash_entry
from ledger.ketentuan import HARI_AWAL
from ledger.kind import Kind
from ledger.kinds import KIND_BY_REQUEST, KINDS, pembukaan
from ledger.records import Data, Entry, Origin, Refusal, Stamp, origin_of


class Asked(Struct, frozen=True, gc=False):
    """One request as the host took it in. `waktu_us` is host time at arrival."""

    origin: Origin
    stan: int
    hari: str
    request: Struct
    waktu_us: int
    penyetuju: str = ""


class Posted(Struct, frozen=True, gc=False):
    """The request became entry `seq`; `data` is the answer."""

    seq: int
    waktu_us: int
    data: Data


class Repeat(Struct, frozen=True, gc=False):
    """The identity is entry `seq` already; the same request if that entry carries the same `sidik`."""

    seq: int
    sidik: bytes


class Engine:
    """Numbers, decides and applies. `digest` is the keyed digest of a request's content (8 bytes)."""

    def __init__(
        self, books: Books, digest: Callable[[bytes], bytes], head: int, head_hash: bytes, waktu_us: int
    ) -> None:
        self.books = books
        self.bodies: list[bytes] = []
        self._digest = digest
        self._head = head
        self._hash = self._settled_hash = head_hash
        self._waktu_us = self._settled_waktu_us = waktu_us

    def post(self, asked: Asked) -> Posted | Repeat | Refusal:
        """Decide one request and, if it stands, apply it to the books and add its entry to the batch.

        Refuses, in this order: SKH7007 STAN goes back, SKH7008 no authority, SKH7009 branch not AKTIF,
        SKH6001 no day open, SKH6002 another day, SKH6005 the branch has cut off, SKH6007 the day is closed,
        SKH7020 nobody signed as second person, SKH7021 the user signed his own entry, SKH7022 the second person has
        no authority to; then what the kind refuses.
        """
        books, origin = self.books, asked.origin
        terakhir, tutup = books.terakhir, books.tutup
        last = terakhir(origin.perangkat)
        if last is not None and (asked.stan <= last.stan if asked.hari == last.hari else asked.hari < last.hari):
            seq = books.permintaan(origin.perangkat, asked.hari, asked.stan)
            if seq is not None:
                return Repeat(seq, self._digest(encode(asked.request)))
            if asked.hari == last.hari:
                return Refusal("SKH7007", {"stan": asked.stan, "stan_terakhir": last.stan})
        kind = KIND_BY_REQUEST[type(asked.request)]
        if (refusal := self._check_authority(kind, origin)) is not None:
            return refusal
        hari = books.hari
        if kind.in_day and hari == HARI_AWAL:
            return Refusal("SKH6001", {})
        if asked.hari != hari:
            return Refusal("SKH6002", {"hari_permintaan": asked.hari, "hari": hari})
        if kind.stops_at_cutoff:
            cut = tutup(origin.tapak)
            if cut is not None and cut.hari == hari and not books.is_ulang(origin.perangkat, hari, asked.stan):
                return Refusal("SKH6005", {"cabang": origin.tapak, "hari": hari, "seq": cut.seq})
        elif kind.in_day and books.hari_tutup == hari:
            return Refusal("SKH6007", {"hari": hari})
        if (kind.approvers or asked.penyetuju) and (refusal := self.check_approval(kind, origin, asked.penyetuju)):
            return refusal
        return self._enter(kind, asked)

    def open_ledger(self, request: pembukaan.Pembukaan, waktu_us: int) -> Posted | Refusal:
        """Make entry 1. Refuses SKH8013 on a ledger that has one."""
        origin = origin_of("DEP", "0000", request.device, request.user)
        return self._enter(pembukaan.KIND, Asked(origin, 1, HARI_AWAL, request, waktu_us))

    @property
    def waktu_us(self) -> int:
        """The time of the last durable entry: no later one has an earlier time."""
        return self._settled_waktu_us

    def settle(self) -> None:
        """The batch is durable: it joins the books."""
        self.books.keep()
        self._head += len(self.bodies)
        self._settled_hash, self._settled_waktu_us = self._hash, self._waktu_us
        self.bodies = []

    def abandon(self) -> None:
        """The batch failed before its commit: nothing of it stays."""
        self.books.drop()
        self._hash, self._waktu_us = self._settled_hash, self._settled_waktu_us
        self.bodies = []

    def _check_authority(self, kind: Kind, origin: Origin) -> Refusal | None:
        books = self.books
        pengguna_of, cabang_of = books.pengguna, books.cabang
        pengguna = pengguna_of(origin.user)
        if (
            pengguna is None
            or pengguna.peran not in kind.roles
            or pengguna.cabang != origin.cabang
            or pengguna.bank != origin.bank
        ):
            return Refusal("SKH7008", {"user": origin.user, "kind": kind.code})
        cabang = cabang_of(origin.tapak)
        assert cabang is not None, "a user's branch exists"
        if cabang.status != AKTIF and not kind.when_stopped:
            return Refusal("SKH7009", {"cabang": origin.tapak, "status": cabang.status})
        return None

    def check_approval(self, kind: Kind, origin: Origin, penyetuju: str) -> Refusal | None:
        """Whether `penyetuju` may sign as second person what `origin` posts; "" is nobody.

        Refuses SKH7020, SKH7021, SKH7022 as `post` does. A kind that needs no second person takes none.
        """
        if not penyetuju:
            return Refusal("SKH7020", {"kind": kind.code, "peran": "/".join(sorted(kind.approvers))})
        if penyetuju == origin.user:
            return Refusal("SKH7021", {"user": penyetuju})
        second = self.books.pengguna(penyetuju)
        if (
            second is None
            or second.peran not in kind.approvers
            or second.cabang != origin.cabang
            or second.bank != origin.bank
        ):
            return Refusal("SKH7022", {"user": penyetuju, "kind": kind.code})
        return None

    def _enter(self, kind: Kind, asked: Asked) -> Posted | Refusal:
        # Read first, then called: Python 3.11 looks a callable field up slowly where it is called in place.
        origin, books, digest = asked.origin, self.books, self._digest
        decide, apply, postings_of, answer = kind.decide, kind.apply, kind.postings, kind.answer
        waktu_us = max(asked.waktu_us, self._waktu_us)  # ledger time never falls
        stamp = Stamp(
            self._head + len(self.bodies) + 1,
            waktu_us,
            asked.hari,
            origin.bank,
            origin.cabang,
            origin.device,
            asked.stan,
            origin.user,
            asked.penyetuju,
            digest(encode(asked.request)),
            origin.tapak,
            origin.perangkat,
        )
        facts = decide(books, asked.request, stamp)
        if type(facts) is Refusal:
            return facts
        postings = postings_of(facts, stamp)
        apply(books, facts, stamp)
        books.book(kind.code, postings, stamp)
        books.note_request(stamp)
        body = encode_entry(kind.code, stamp, facts, postings, self._hash)
        self._hash = hash_entry(body)
        self._waktu_us = waktu_us
        self.bodies.append(body)
        return Posted(stamp.seq, waktu_us, answer(facts, stamp))


def replay(books: Books, entry: Entry) -> None:
    """Apply a stored entry to the books, as it was applied when it was made."""
    stamp = entry.stamp
    KINDS[entry.kind].apply(books, entry.facts, stamp)
    books.book(entry.kind, entry.postings, stamp)
    books.note_request(stamp)


def answer_of(entry: Entry) -> Data:
    """The data of the answer that this entry's request got."""
    return KINDS[entry.kind].answer(entry.facts, entry.stamp)
