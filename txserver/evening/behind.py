"""Where the work of the evening stands: behind everybody who answers a teller."""

from __future__ import annotations

import logging
import os

log = logging.getLogger("siskohat")

NICENESS = 5
"""On a machine that is busy with other work."""


def put_behind(pid: int) -> None:
    """Let a child (0: this thread) run only where nobody else wants the core; from here, so that its imports do so too.

    A low priority alone leaves it the core for its slice, up to 3 ms on two cores, each time that the host wakes:
    measured, 99% of inquiries came within 7.7 ms under nice 15 and within 5.2 ms so. But where others keep every core
    busy it would never come to its turn (4,000 records took five minutes beside two simulations), and there it has
    nice 5: a quarter of a core that one other wants.
    """
    try:
        if os.getloadavg()[0] > (os.cpu_count() or 1):
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
        else:
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    except OSError as error:  # it has ended already, or a container forbids it: it works all the same
        log.debug("child %d keeps its priority: %s", pid, error)
