"""What panels say, in the user's language, by way of gettext.

Indonesian is the source language: a text's own words are the key under which a catalogue has its translation.
English stands beside every Indonesian text where it is written (message file, field file, displays), so that who adds
one cannot forget the other; it is a catalogue that needs no file. Any further language is one file,
`FOLDER/xx/LC_MESSAGES/siskohat.mo`, made from the template that `make translations` writes; what it lacks is said in
English. A translation whose variables are not those of the source is passed over: a panel must not fail over it.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from string import Formatter

from ledger.messages import Language

SOURCE, BESIDE = "id", "en"
DOMAIN = "siskohat"
SAME = frozenset(
    {
        "auditor",
        "Bank",
        "CTK",
        "Dupl",
        "Field+",
        "Field-",
        "NIK",
        "Porsi",
        "Rupiah",
        "SETORAN AWAL BPIH",
        "Status",
        "STAN",
    }
)
"""Words of fields and keys that English takes over: the decree's own, and those both languages have."""

_installed: dict[Language, gettext.NullTranslations] = {}


class NoCatalogue(Exception):
    """There is no catalogue of this language, or it cannot be read; the text says where it was looked for."""


def install(language: Language, folder: Path) -> None:
    """Load the catalogue of a language. Indonesian and English need none. Raises NoCatalogue."""
    if language in {SOURCE, BESIDE} or language in _installed:
        return
    file = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    try:
        with file.open("rb") as stream:
            _installed[language] = gettext.GNUTranslations(stream)
    except OSError as error:
        raise NoCatalogue(f"{file}: {error.strerror or error}") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise NoCatalogue(f"{file}: {error}") from None
    sentence.cache_clear()


@lru_cache(maxsize=4096)
def sentence(id: str, en: str, language: Language) -> str:
    """A text with its variables still in it, in one language."""
    if language == SOURCE:
        return id
    catalogue = _installed.get(language)
    said = catalogue.gettext(id) if catalogue is not None and id else id
    return en if said == id or variables(said) != variables(id) else said


def words(id: str, en: str, language: Language) -> str:
    """A text that has its place on a display: no longer than there is room for, which the two we know have shown."""
    return fitting(sentence(id, en, language), id, en)


def fitting(said: str, *known: str) -> str:
    """What is said, no longer than the longest of the texts the room was measured for."""
    return said[: max(map(len, known))]


def variables(text: str) -> frozenset[str]:
    """The names between braces. A text whose braces do not match has the variable `{`, which no other text has."""
    try:
        return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    except ValueError:
        return frozenset("{")
