"""Key presses Textual loses or garbles, mended in its own tables. Called once, before the terminal starts.

Textual 8.2.8: Esc followed at once by `-`, `=` or a shifted digit arrives as that character alone; F13-F20 of a
VT220 or PuTTY (CSI 25~ and so on) as garbage typed into the field; Shift+F3 as a report of the cursor's place,
which the app takes for F15 (see `terminal.app`). A byte that is not UTF-8 (an old emulator, a pasted file) ends the
reading of keys with a traceback that shows local variables; here it arrives as a character no field can hold.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import partial

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.drivers import linux_driver
from textual.keys import Keys

from terminal.keys import FUNCTION_KEYS

_VT220 = {25: 13, 26: 14, 28: 15, 29: 16, 31: 17, 32: 18, 33: 19, 34: 20}


def teach_keys() -> None:
    """Make Esc-1 to Esc-+ and the VT220's F13-F20 arrive as function keys."""
    sequences: dict[str, object] = ANSI_SEQUENCES_KEYS  # type: ignore[assignment]
    for key in FUNCTION_KEYS:
        sequences[f"\x1b{key.escape}"] = (Keys(key.presses[0]),)
    for code, number in _VT220.items():
        FUNCTIONAL_KEYS[f"{code}~"] = f"f{number}"
    linux_driver.getincrementaldecoder = _forgiving  # type: ignore[attr-defined,assignment]  # its own import


def _forgiving(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")
