"""The key table: every key of the keyboard, what it is called on the key line, and how a terminal may send it.

Bindings, key line and key card are made from this one table. `presses` are names of key presses as the renderer
hears them; `escape` is the character that means the key when it follows Esc, as in 5250 emulators, for keyboards
and networks that lose function keys. Esc alone is Reset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `label` and `label_en` stand after the equals sign of the key line."""

    name: str
    label: str
    label_en: str
    presses: tuple[str, ...]
    escape: str = ""

    def called(self, label: str, label_en: str) -> Key:
        """The same key under the name it has on one display."""
        return replace(self, label=label, label_en=label_en)


_LABELS = {
    1: ("Bantuan", "Help"),
    3: ("Keluar", "Exit"),
    4: ("Daftar", "Prompt"),
    5: ("Segarkan", "Refresh"),
    6: ("Baru", "New"),
    9: ("Ambil", "Retrieve"),
    12: ("Batal", "Cancel"),
    24: ("Kunci lain", "More keys"),
}
_ESCAPES = "1234567890-=!@#$%^&*()_+"


def _function_key(number: int) -> Key:
    label, label_en = _LABELS.get(number, (f"F{number}", f"F{number}"))
    shifted = (f"shift+f{number - 12}",) if number > 12 else ()
    return Key(f"F{number}", label, label_en, (f"f{number}", *shifted), _ESCAPES[number - 1])


FUNCTION_KEYS: tuple[Key, ...] = tuple(_function_key(number) for number in range(1, 25))
F1, F3, F5, F10, F12 = (FUNCTION_KEYS[number - 1] for number in (1, 3, 5, 10, 12))

ENTER = Key("Enter", "Kirim", "Send", ("enter",))
ROLL_UP = Key("PgDn", "Lanjut", "More", ("pagedown",))
ROLL_DOWN = Key("PgUp", "Kembali", "Back", ("pageup",))
AID_KEYS: tuple[Key, ...] = (ENTER, ROLL_UP, ROLL_DOWN, *FUNCTION_KEYS)
"""Keys that hand the display to the program. All others are the keyboard's own business."""

RESET = Key("Reset", "Buka kunci", "Reset", ("ctrl+r", "escape"))
LOCKED_KEYS = (Key("Esc", "Buka kunci", "Unlock", ()), Key("F1", "Keterangan", "Explanation", ()))
"""What still works while an error locks the keyboard; shown where the other keys stand."""
EDITING_KEYS: tuple[Key, ...] = (
    RESET,
    Key("Tab", "Isian berikut", "Next field", ("tab",)),
    Key("Shift+Tab", "Isian sebelum", "Previous field", ("shift+tab",)),
    Key("FieldExit", "Keluar isian", "Field exit", ("ctrl+x", "ctrl+k")),
    Key("EraseInput", "Hapus isian", "Erase input", ("ctrl+u",)),
    Key("Backspace", "Hapus mundur", "Backspace", ("backspace", "ctrl+h")),
    Key("Delete", "Hapus", "Delete", ("delete",)),
    Key("Left", "Kiri", "Left", ("left",)),
    Key("Right", "Kanan", "Right", ("right",)),
    Key("Up", "Naik", "Up", ("up",)),
    Key("Down", "Turun", "Down", ("down",)),
    Key("Home", "Isian pertama", "First field", ("home",)),
    Key("End", "Akhir isian", "End of field", ("end",)),
)

KEY_BY_PRESS: dict[str, Key] = {press: key for key in (*AID_KEYS, *EDITING_KEYS) for press in key.presses}
KEY_BY_ESCAPE: dict[str, Key] = {key.escape: key for key in FUNCTION_KEYS}


def key_line(keys: tuple[Key, ...], language: str) -> str:
    """The keys of a display as they stand on lines 22-23: "Enter=Kirim   F3=Keluar"."""
    return "   ".join(f"{key.name}={key.label if language == 'id' else key.label_en}" for key in keys)
