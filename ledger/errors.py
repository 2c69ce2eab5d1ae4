"""What can be wrong with storage, and the exit code that tells the supervisor (docs/durability.md)."""

from __future__ import annotations


class LedgerError(Exception):
    """Storage or set-up is wrong; the operator must act. `exit_code` is what a command ends with."""

    exit_code = 1


class JournalFailed(LedgerError):
    """A commit reported an error: its outcome is unknown, so nothing is answered and the process ends."""

    exit_code = 70


class JournalPoisoned(LedgerError):
    """The engine says that an earlier failure has left its environment unusable; nothing more may be asked of it."""

    exit_code = 71


class JournalFull(LedgerError):
    """The map is full; the batch was aborted before its commit and nothing of it was written."""

    exit_code = 72


class JournalCorrupt(LedgerError):
    """Chain, numbering, index or structure do not hold."""

    exit_code = 73


class FormatMismatch(LedgerError):
    """The directory is not a ledger of this format, or its parts do not belong together."""

    exit_code = 73


class WitnessAhead(LedgerError):
    """An anchor or a kept head knows a longer ledger than this one, or another: rolled back, or not the one."""

    exit_code = 74


class UnsafeSetting(LedgerError):
    """A key file others can read, a debug switch, no witness where one was named: the ledger is not opened."""

    exit_code = 77


class AnchorRefused(LedgerError):
    """What was given to check a ledger with proves nothing: altered, unreadable, or signed by another key."""

    exit_code = 78


class LedgerBusy(LedgerError):
    """Another process writes this ledger."""

    exit_code = 77


class Finding(LedgerError):
    """The first entry that does not hold."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"entry {seq}: {reason}")
        self.seq, self.reason = seq, reason


class KeyDestroyed(LedgerError):
    """The pilgrim's key was destroyed: the sealed data cannot be opened by anybody any more."""
