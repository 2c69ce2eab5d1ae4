"""What aiohttp has to say goes to the host's log as one line without a word of what was sent.

Left to itself it logs a request that it cannot read with a traceback and the offending line, and that line may be a
bank's Authorization header: a password. Nothing is lost: who sent it is answered 400 with the same words.
"""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError


class _Brief(logging.Filter):
    """Makes every record one line: SKH7002 for what cannot be read, SKH9014 for a mistake of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ConnectionError):
            return False  # whoever asked is gone: nobody need do anything
        is_theirs = isinstance(error, HttpProcessingError)
        record.levelno = logging.WARNING if is_theirs else logging.ERROR
        record.levelname = logging.getLevelName(record.levelno)
        record.msg = "SKH7002 http sebab=%s" if is_theirs else "SKH9014 http sebab=%s"
        record.args = (type(error).__name__ if error is not None else "?",)
        record.exc_info = record.exc_text = None
        return True


def http_log() -> logging.Logger:
    """The logger for aiohttp's server."""
    log = logging.getLogger("siskohat.http")
    if not log.filters:
        log.addFilter(_Brief())
    return log
