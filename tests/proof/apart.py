"""A look at a file that may end whoever takes it: in a process of its own."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any


def apart(look: Callable[[], dict[str, Any]], seconds_max: int) -> dict[str, Any]:
    """What it saw, as JSON takes it; `died` with the exit code or minus the signal when it did not come to its end."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            faulthandler.disable()
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds_max)
            os.write(theirs, json.dumps(look()).encode())
            code = 0
        except Exception:  # noqa: BLE001  nothing of this process may go on in the test's own
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, "rb") as said:
        raw = said.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    result: dict[str, Any] = json.loads(raw) if status == 0 else {"died": status}
    return result
