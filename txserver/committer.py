"""The one way in for every request: queue, decide, make durable, and only then answer.

The asyncio shell around batcher and store. `submit` is called for each request in order of arrival; one `_turn`
per pass of the event loop takes what has gathered, so that a batch grows with the load by itself. The commit is
awaited in line: a thread gains nothing (its sync is short against the batch) and LMDB wants one thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from ledger import batch as ledger_batch
from ledger.batch import OUR_FAULT, Faulted, Outcome
from ledger.codec import decode_entry
from ledger.engine import Asked, Posted, Repeat, answer_of
from ledger.errors import JournalCorrupt, JournalFull
from ledger.kinds.terima_jam import TerimaJam
from ledger.records import Origin, Refusal
from ledger.store import Store
from txserver import ending
from txserver.batcher import Batcher
from txserver.board import Board, Said
from txserver.config import Settings
from txserver.devices import Devices
from txserver.inquiry import Inquiries
from txserver.metrics import Metrics
from txserver.recap import Recap
from txserver.session import Peer, Question, Queued, Ticket
from txserver.wire.frames import encode

log = logging.getLogger("siskohat")

DRAINING_WAIT_MS = 2_000
"""What a terminal is told to wait when the host closes: long enough for the next one to be up."""


class Committer:
    """Doors, queue and commit of one host."""

    def __init__(
        self,
        store: Store,
        devices: Devices,
        settings: Settings,
        metrics: Metrics,
        end: ending.End = ending.end_process,
    ) -> None:
        self._store = store
        self._devices = devices
        self._settings = settings
        self._metrics = metrics
        self._end = end
        self._board = Board(store.books)
        self.recap = Recap(store.books)
        self._inquiries = Inquiries(store, self._board, self.recap)
        self._hari = store.books.hari
        self._hari_tutup = store.books.hari_tutup
        self.on_close: Callable[[str], None] = lambda _: None
        """Called with a business day when its close is durable and answered."""
        self._batcher = Batcher(settings.queue_max, settings.branch_queue_max, settings.batch_entries_max)
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self._in_turn = False
        self._idle = asyncio.Event()
        self._touched: list[Peer] = []
        self._alarmed = False
        self._is_disk_low = False
        self.believes_clock = True
        self.closed_by = ""
        """Message id while posts are not taken.

        SKH9001 books too far behind, SKH9002 draining, SKH9004 no space, SKH9015 the clock cannot be believed.
        """
        self._watch_space()

    def submit(self, ticket: Queued) -> None:
        """Take a request in, or answer BUSY."""
        if self.closed_by and type(ticket) is Ticket and not self._is_posted(ticket) and not self._opens(ticket):
            self._turn_away(ticket)
        elif type(ticket) is Ticket and ticket.session.refused is not None and self._is_late(ticket):
            ticket.session.turn_down_again(ticket)
            self.touch(ticket.session.peer)
        elif not self._batcher.offer(ticket):
            self._metrics.busy += 1
            ticket.session.busy(ticket.nomor, self._settings.busy_wait_ms, "SKH9001")
            self.touch(ticket.session.peer)
        elif not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def touch(self, peer: Peer) -> None:
        """Something was sent to this peer outside a batch: write it in the coming turn."""
        self._touched.append(peer)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def __len__(self) -> int:
        """Requests that wait."""
        return len(self._batcher)

    async def drain(self) -> None:
        """Take no new posts; return when everything queued has been answered."""
        self.closed_by = "SKH9002"
        if self._scheduled:
            self._idle.clear()
            await self._idle.wait()

    def _is_posted(self, asked: Asked) -> bool:
        """True for a repeat: it writes nothing, and whoever asks again must not hear "refused" of what was granted."""
        return self._store.books.permintaan(asked.origin.perangkat, asked.hari, asked.stan) is not None

    def _is_late(self, ticket: Ticket) -> bool:
        """True for a copy of what was refused, or of what came before that and was never posted.

        Not for one that the bank has the money of: that very STAN is wanted, however often it was refused.
        """
        if not ticket.session.is_refused(ticket) or self._is_posted(ticket):
            return False
        return not self._store.books.is_ulang(ticket.origin.perangkat, ticket.hari, ticket.stan)

    def _opens(self, asked: Asked) -> bool:
        """True for the host's own entry that its clock is taken for right: what it opens must come after it."""
        return self.closed_by == "SKH9015" and type(asked.request) is TerimaJam

    def _turn_away(self, ticket: Ticket) -> None:
        # While requests are still queued, one of them may be the very same: then "come again" is the only true answer.
        if self.closed_by in ("SKH9004", "SKH9015") and not len(self._batcher):
            ticket.session.turn_down(ticket, self.closed_by, {})
        else:
            self._metrics.busy += 1
            wait_ms = DRAINING_WAIT_MS if self.closed_by == "SKH9002" else self._settings.busy_wait_ms
            ticket.session.busy(ticket.nomor, wait_ms, self.closed_by)
        self.touch(ticket.session.peer)

    def _turn(self) -> None:
        """One batch, or the end of the process: whatever else goes wrong in a turn leaves the outcome unknown."""
        if self._in_turn:
            # The one before went wrong, and memory was refused to its end too. On what it left nothing may stand.
            self._end(ending.UNKNOWN)
        self._in_turn = True
        try:
            self._take_turn()
        except BaseException as error:
            ending.because_of("SKH8101 exit=%d %s", error, self._end)
            raise  # reached in tests only, where `end` returns
        self._in_turn = False

    def _take_turn(self) -> None:
        """One batch: posts decided and made durable, then inquiries, then everything written."""
        self._scheduled = False
        tickets = self._batcher.ready()
        if len(self._batcher):
            self._scheduled = True
            self._loop.call_soon(self._turn)
        posts = [ticket for ticket in tickets if type(ticket) is Ticket]
        if posts:
            self._commit(posts)
        if len(posts) < len(tickets):
            self._answer([ticket for ticket in tickets if type(ticket) is Question])
        self._store.books.forget_seen()
        # Behind a trunk all lines share one writer, and a turn is one write.
        for writer in {ticket.session.peer.writer for ticket in tickets} | {peer.writer for peer in self._touched}:
            writer.flush()
        self._touched.clear()
        if not self._scheduled:
            self._idle.set()

    def _commit(self, posts: list[Ticket]) -> None:
        store, metrics = self._store, self._metrics
        outcomes = ledger_batch.run(store.engine, posts, self._tell_of_fault)
        posted = len(store.engine.bodies)
        start_ns = perf_counter_ns()
        try:
            store.commit()
        except JournalFull as error:
            self._out_of_space(posts, outcomes, str(error))
            return
        metrics.commit_ns += perf_counter_ns() - start_ns
        if posted:
            metrics.batches += 1
            metrics.posted += posted
            metrics.batch_entries_max = max(metrics.batch_entries_max, posted)
            self._watch_space()
        # The batch is durable: only from here on may an answer leave.
        for ticket, outcome in zip(posts, outcomes, strict=True):
            if type(outcome) is Posted:
                ticket.session.accept(ticket.stan, outcome.seq, outcome.waktu_us, False, outcome.data)
            else:
                self._release(ticket, outcome)
        if self._store.books.hari != self._hari:
            self._tell_of_the_day()
        if self._store.books.hari_tutup != self._hari_tutup:
            self._hari_tutup = self._store.books.hari_tutup
            self._loop.call_soon(self.on_close, self._hari_tutup)

    def _tell_of_fault(self, error: BaseException) -> None:
        log.warning("SKH8108 %s", ending.place_of(error))

    def _tell_of_the_day(self) -> None:
        """A business day was opened: terminals learn the rest by resuming."""
        self._hari = self._store.books.hari
        for session in self._devices.sessions():
            session.tell("SKH8202", {"hari": self._hari})
            self._touched.append(session.peer)

    def _release(self, ticket: Ticket, outcome: Outcome) -> None:
        if type(outcome) is Refusal:
            self._metrics.refused[outcome.id] += 1
            ticket.session.turn_down(ticket, outcome.id, outcome.data)
        elif type(outcome) is Repeat:
            self._repeat(ticket, outcome)
        elif type(outcome) is Faulted:
            self._put_aside(ticket, outcome)

    def _repeat(self, ticket: Ticket, repeat: Repeat) -> None:
        entry = decode_entry(self._store.sound(repeat.seq))
        if entry.stamp.sidik != repeat.sidik:
            ticket.session.refuse(ticket.nomor, "SKH7006", {"stan": ticket.nomor})
            return
        self._metrics.repeated += 1
        ticket.session.accept(ticket.nomor, repeat.seq, entry.stamp.waktu_us, True, answer_of(entry))

    def _put_aside(self, ticket: Ticket, fault: Faulted) -> None:
        """Keep the request that stopped the rules for the operator, sealed, and its device out."""
        session = ticket.session
        self._metrics.faulted += 1
        log.error("SKH9003 device=%s stan=%d sebab=%s", session.origin.perangkat, ticket.stan, fault.sebab)
        frame = encode((ticket.waktu_us, ticket.stan, ticket.hari, ticket.origin.user, ticket.request))
        self._devices.vary_off(session.origin.perangkat, self._store.vault.seal_frame(frame))
        session.refuse(ticket.nomor, "SKH9003", {})
        session.connection.drop(session, "SKH7016", {"device": session.origin.device})
        self._devices.leave(session)

    def _answer(self, tickets: list[Question]) -> None:
        self._metrics.inquiries += len(tickets)
        for ticket in tickets:
            try:
                answer = self._reply(ticket.inquiry, ticket.session.origin)
            except (*OUR_FAULT, JournalCorrupt) as error:
                # It has changed nothing, so that it costs itself alone; a traceback might quote it.
                where = ticket.session.origin.perangkat
                log.error("SKH9014 device=%s inquiry sebab=%s", where, ending.place_of(error))  # noqa: TRY400
                answer = Refusal("SKH9014", {})
            if isinstance(answer, Refusal):
                ticket.session.refuse(ticket.nomor, answer.id, answer.data)
            else:
                ticket.session.answer(ticket.nomor, answer)

    def _reply(self, query: Any, origin: Origin) -> dict[str, Any] | Refusal:
        if not isinstance(query, Said):
            return self._inquiries.ask(query, origin)
        note = self._board.say(query, origin)
        if isinstance(note, Refusal):
            return note
        reached = [session for session in self._devices.sessions() if note.is_for(session.origin)]
        for session in reached:
            session.tell("SKH8201", {"dari": note.dari, "teks": note.teks})
            self._touched.append(session.peer)
        log.info("SKH8201 user=%s tujuan=%s sessions=%d", origin.user, note.tujuan, len(reached))
        return {"n": len(reached)}

    def books_caught_up(self) -> None:
        """A checkpoint came through: posts that waited for memory are taken again."""
        if self.closed_by == "SKH9001":
            self._open()

    def look_at_disk(self, free_bytes: int) -> None:
        """Close registration while the disk has less free than the reserve: a commit that finds none ends the host."""
        is_low = free_bytes < self._settings.reserve_bytes
        if is_low and not self.closed_by:
            self.closed_by = "SKH9004"
            log.critical("SKH9004 free=%d registration is closed, inquiries go on", free_bytes)
        elif self._is_disk_low and not is_low and self.closed_by == "SKH9004":
            self._open()
        self._is_disk_low = is_low

    def disbelieve_clock(self) -> None:
        """Take no posts until `believe_clock`; inquiries go on."""
        self.believes_clock = False
        self.closed_by = self.closed_by or "SKH9015"

    def believe_clock(self) -> None:
        """The clock is right, or is taken for right."""
        self.believes_clock = True
        if self.closed_by == "SKH9015":
            self._open()

    def _open(self) -> None:
        """What kept posts out is over; they are taken again unless there is something else."""
        self.closed_by = "" if self.believes_clock else "SKH9015"
        if not self.closed_by:
            self._watch_space()

    def _watch_space(self) -> None:
        if self._store.behind >= self._settings.memory_entries_max and not self.closed_by:
            self.closed_by = "SKH9001"
            log.warning("SKH9001 behind=%d posts wait for the checkpoint", self._store.behind)
        share = self._store.journal.usage()
        if share >= self._settings.close_share and not self.closed_by:
            self.closed_by = "SKH9004"
            log.critical("SKH9004 share=%.2f registration is closed, inquiries go on", share)
        elif share >= self._settings.alarm_share and not self._alarmed:
            self._alarmed = True
            log.warning("SKH8102 share=%.2f of the journal's map is used", share)

    def _out_of_space(self, posts: list[Ticket], outcomes: list[Outcome], reason: str) -> None:
        """The map had no room: nothing of the batch was written, so all of it is refused but repeats of old entries.

        Refusals of the batch too: they may rest on an entry of the batch that has not come to be.
        """
        self.closed_by = "SKH9004"
        log.critical("SKH9004 %s", reason)
        for ticket, outcome in zip(posts, outcomes, strict=True):
            if type(outcome) is Repeat and outcome.seq <= self._store.journal.head:
                self._repeat(ticket, outcome)
            else:
                ticket.session.turn_down(ticket, "SKH9004", {})
