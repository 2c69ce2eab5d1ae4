"""The key table: every key of the keyboard, what it is called on the key line, and how a terminal may send it.

Bindings, key line, key card (F24) and docs/keys.md are made from this one table. `presses` are names of key presses as
the renderer hears them; `escape` is the character that means the key when it follows Esc, as in 5250 emulators, for
keyboards and networks that lose function keys. Esc alone is Reset. Control keys are those of tn5250 where it has one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from terminal.language import words


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `label` and `label_en` stand after the equals sign of the key line, `does` on the key card."""

    name: str
    label: str
    label_en: str
    presses: tuple[str, ...]
    escape: str = ""
    does: str = ""
    does_en: str = ""

    def called(self, label: str, label_en: str) -> Key:
        """The same key under the name it has on one display."""
        return replace(self, label=label, label_en=label_en)


_NAMED = {
    1: ("Bantuan", "Help", "Keterangan pesan, atau isian di kursor", "Explain the message, or the field"),
    3: ("Keluar", "Exit", "Keluar ke menu; di menu: sign-off", "Exit to the menu; there: sign off"),
    4: ("Daftar", "Prompt", "Daftar nilai isian di kursor", "List of values for the field"),
    5: ("Segarkan", "Refresh", "Segarkan daftar, kosongkan formulir", "Refresh a list, clear a form"),
    6: ("Baru", "New", "Buat baru, pada panel yang menyebutnya", "New, on panels that list it"),
    9: ("Ambil", "Retrieve", "Ambil perintah terdahulu", "Retrieve earlier commands"),
    12: ("Batal", "Cancel", "Kembali satu langkah", "Back one step"),
    24: ("Kunci lain", "More keys", "Kartu tombol ini", "This key card"),
}
_ESCAPES = "1234567890-=!@#$%^&*()_+"


def _function_key(number: int) -> Key:
    name = f"F{number}"
    own = ("Menurut baris tombol panel", "As the key line of the panel says")
    label, label_en, does, does_en = _NAMED.get(number, (name, name, *own))
    shifted = (f"shift+f{number - 12}",) if number > 12 else ()
    return Key(name, label, label_en, (f"f{number}", *shifted), _ESCAPES[number - 1], does, does_en)


FUNCTION_KEYS: tuple[Key, ...] = tuple(_function_key(number) for number in range(1, 25))
_PANEL_KEYS = (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 24)
F1, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, F24 = (FUNCTION_KEYS[number - 1] for number in _PANEL_KEYS)

ENTER = Key("Enter", "Kirim", "Send", ("enter",), "", "Kirim panel ini", "Send this panel")
ROLL_UP = Key("PgDn", "Lanjut", "More", ("pagedown",), "", "Lembar berikut", "Next page")
ROLL_DOWN = Key("PgUp", "Kembali", "Back", ("pageup",), "", "Lembar sebelum", "Previous page")
AID_KEYS: tuple[Key, ...] = (ENTER, ROLL_UP, ROLL_DOWN, *FUNCTION_KEYS)
"""Keys that hand the display to the program. All others are the keyboard's own business."""

RESET = Key(
    "Reset",
    "Buka kunci",
    "Unlock",
    ("ctrl+r", "escape"),
    "",
    "Buka kunci; saat X SYSTEM: buang ketikan",
    "Unlock; in X SYSTEM: drop keys typed",
)
ATTENTION = Key(
    "Attn",
    "Perintah",
    "Command",
    ("ctrl+a", "alt+a"),
    "",
    "Baris perintah di atas panel ini",
    "A command line over this",
)
SYSTEM_REQUEST = Key(
    "SysReq",
    "Sistem",
    "System",
    ("ctrl+c", "alt+s"),
    "",
    "Menu sistem, juga saat X SYSTEM",
    "System menu, in X SYSTEM too",
)
OVER_KEYS: tuple[Key, ...] = (ATTENTION, SYSTEM_REQUEST)
"""Keys that put a small panel over any other. While the host works both mean System Request, at once."""

LOCKED_KEYS = (Key("Esc", "Buka kunci", "Unlock", ()), Key("F1", "Keterangan", "Explanation", ()))
"""What still works while an error locks the keyboard; shown where the other keys stand."""

FIELD_PLUS = Key(
    "Field+",
    "Field+",
    "Field+",
    ("ctrl+f",),
    "",
    "Akhiri jumlah; + pada isian jumlah sama",
    "End an amount; + does too",
)
FIELD_MINUS = Key(
    "Field-",
    "Field-",
    "Field-",
    ("ctrl+g",),
    "",
    "Jumlah negatif: ditolak (0016); - sama",
    "Negative amount: refused (0016); - too",
)
FIELD_EXIT = Key(
    "FieldExit",
    "Keluar isian",
    "Field exit",
    ("ctrl+x", "ctrl+k"),
    "",
    "Hapus sisanya, rata kanan, maju",
    "Blank the rest, right-adjust, move on",
)
DUP = Key(
    "Dup", "Ulang", "Dup", ("ctrl+d",), "", "Ulang isian ini dari pengiriman lalu", "This field as it was last sent"
)
EDITING_KEYS: tuple[Key, ...] = (
    RESET,
    FIELD_EXIT,
    FIELD_PLUS,
    FIELD_MINUS,
    DUP,
    Key("Tab", "Isian berikut", "Next field", ("tab",), "", "Isian berikut", "Next field"),
    Key("Shift+Tab", "Isian sebelum", "Previous field", ("shift+tab",), "", "Isian sebelum", "Previous field"),
    Key("EraseInput", "Hapus isian", "Erase input", ("ctrl+u",), "", "Kosongkan semua isian", "Clear every field"),
    Key("Backspace", "Hapus mundur", "Backspace", ("backspace", "ctrl+h"), "", "Hapus huruf sebelum", "Delete before"),
    Key("Delete", "Hapus", "Delete", ("delete",), "", "Hapus huruf di kursor", "Delete at the cursor"),
    Key("Left", "Kiri", "Left", ("left",), "", "Satu huruf ke kiri", "One position left"),
    Key("Right", "Kanan", "Right", ("right",), "", "Satu huruf ke kanan", "One position right"),
    Key("Up", "Naik", "Up", ("up",), "", "Isian di atas", "The field above"),
    Key("Down", "Turun", "Down", ("down",), "", "Isian di bawah", "The field below"),
    Key("Home", "Isian pertama", "First field", ("home",), "", "Isian pertama", "First field"),
    Key("End", "Akhir isian", "End of field", ("end",), "", "Akhir isi isian", "End of what is typed"),
)
SIGN_KEYS = {"+": FIELD_PLUS, "-": FIELD_MINUS}
"""What the sign keys of a numeric pad mean in an amount; terminals do not tell them from the others."""

ALL_KEYS: tuple[Key, ...] = (*AID_KEYS, *OVER_KEYS, *EDITING_KEYS)
KEY_BY_PRESS: dict[str, Key] = {press: key for key in ALL_KEYS for press in key.presses}
KEY_BY_ESCAPE: dict[str, Key] = {key.escape: key for key in FUNCTION_KEYS}

KEYSTROKES: tuple[tuple[str, int], ...] = (
    ("the SPPH number, 11 digits", 11),
    ("Enter: the form comes, the amount already there", 1),
    ("Enter: the deposit is taken, the receipt comes", 1),
    ("Enter: done with the receipt, the next form", 1),
)
"""A pilgrim, from the empty form of setoran awal to the next one. A test presses them."""


def key_line(keys: tuple[Key, ...], language: str) -> str:
    """The keys of a display as they stand on lines 22-23: "Enter=Kirim   F3=Keluar"."""
    return "   ".join(f"{key.name}={words(key.label, key.label_en, language)}" for key in keys)


def ways(key: Key) -> str:
    """How else to press a key than by its own name: "Ctrl+X, Ctrl+K", "Shift+F1, Esc !"."""
    names = [_spoken(press) for press in key.presses]
    names += [f"Esc {key.escape}"] if key.escape else []
    return ", ".join(name for name in names if name != key.name)


def _spoken(press: str) -> str:
    known = {"escape": "Esc", "pagedown": "PgDn", "pageup": "PgUp"}
    return "+".join(known.get(part, part.capitalize()) for part in press.split("+"))


def document() -> str:
    """docs/keys.md, whole."""
    rows = [f"| {key.name} | {_cell(ways(key))} | {key.does_en} | {key.does} |" for key in ALL_KEYS]
    strokes = [f"| {what} | {count} |" for what, count in KEYSTROKES]
    total = sum(count for _, count in KEYSTROKES)
    return _DOCUMENT.format(rows="\n".join(rows), strokes="\n".join(strokes), total=total)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_DOCUMENT = """\
# Keys of the teller's terminal

Made from the key table in `terminal/keys.py` (`REWRITE=1 python -m pytest tests/unit/terminal/test_keys.py` writes it
anew); F24 shows the same table on the terminal.

| key | or press | what it does | on the card |
| --- | --- | --- | --- |
{rows}

A key the keyboard has works by itself; the second column says what else does, and how to press those it has not.
Any function key can be lost on the way; `Esc` and the character beside it always arrives. In tmux F13 is sent as
`S-F1`. In a browser Ctrl+C may copy instead: use Alt+S. In `screen` Ctrl+A belongs to it: use Alt+A.

## A pilgrim in {total} keys

From the empty form of setoran awal (menu: `SA`, Enter) to the next one:

| keys | count |
| --- | ---: |
{strokes}
| **together** | **{total}** |

## Type-ahead

Keys pressed while the host works (X SYSTEM) are kept, up to 256, and played in order as soon as it has answered, into
whatever panel is then on top. An error in between locks the keyboard and throws the rest away; Reset during X SYSTEM
throws all of them away. What is pasted counts as typed; of several lines, the first.

While the host is silent, SysReq and Attn open the system menu at once: state of the line, keys kept, end of the
session. A request without an answer stays kept, and is asked again at the next sign-on.

## The command line

On the menu and, with Attn, over any panel: a number, two letters or a kind's code, then what goes into the first
fields of the panel it opens. `SA 33250000123` finds that form, `PO 1100000001` that pilgrim. A panel that would post
is filled in and waits for Enter. F9 brings back earlier commands of the session, the latest first.

## Fields

Typing overtypes; capitals, digits and marks are as the field has them. Field Exit blanks the rest of a field, and
right-adjusts amounts with blanks and numbers such as the nomor porsi with zeros. Field+ ends an amount, Field- is
refused: no amount is negative. Dup repeats what was last sent in that field of that panel, never a password. F4 lists
the values of a field: type to narrow the list, arrows and Enter choose. A field typed full leads to the next by itself;
a Tab pressed out of habit there does not leave the last field again, so no password lands in the field of the user.

## Errors of the keyboard

As on a 5250, with its numbers: 0002 no such character, 0005 protected, 0007 mandatory, 0009 digits and marks, 0010
digits, 0014 must be full, 0016 Field- not valid, 0018 field full, 0019 nothing to duplicate. They lock the keyboard:
Esc unlocks, F1 explains.
"""
