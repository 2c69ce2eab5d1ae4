"""Indonesian is the source, English stands beside, further languages are catalogues of gettext."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ledger.fields import FIELDS
from ledger.messages import MESSAGES
from terminal import language
from terminal.displays.display import Heading, Text, labelled, line
from terminal.displays.menu import menu, options
from terminal.displays.pages import field_help
from terminal.displays.signon import signon
from terminal.edit import Said, choices, label
from terminal.keys import ENTER, F3, key_line
from terminal.language import NoCatalogue, install, sentence, words

JAVANESE = {
    "": "Content-Type: text/plain; charset=UTF-8\n",
    "Kirim": "Kirimna",
    "Kode bank": "Kodhe bank sing dawa banget",
    MESSAGES["SKH1107"].first_id: "0007 {label} kudu diisi.",
    MESSAGES["SKH1123"].first_id: "Pilihan {opsi} ora ana.",
    "perempuan": "wadon",
    "laki-laki": "lanang",
    "Pesan": "Weling",
    "Rusak": "{",
    "Isi lalu tekan Enter.": "Isinen kabeh, banjur penceten Enter mengko sawise rampung kabeh.",
    "Hanya pengguna yang berwenang. Setiap transaksi dicatat atas nama Anda.": "Mung panganggo " * 9,
}


def catalogue(texts: Mapping[str, str]) -> bytes:
    """A .mo file, laid out as GNU gettext's manual says."""
    rows = sorted((key.encode(), value.encode()) for key, value in texts.items())
    start = 7 * 4
    index, body = b"", b""
    for part in zip(*rows, strict=True):
        for text in part:
            index += struct.pack("<II", len(text), start + 16 * len(rows) + len(body))
            body += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(rows), start, start + 8 * len(rows), 0, 0) + index + body


@pytest.fixture
def javanese(tmp_path: Path) -> Iterator[str]:
    place = tmp_path / "jv" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "siskohat.mo").write_bytes(catalogue(JAVANESE))
    install("jv", tmp_path)
    yield "jv"
    language._installed.clear()
    sentence.cache_clear()


def test_indonesian_is_the_source_and_english_stands_beside() -> None:
    for name in ("id", "en"):
        install(name, Path("nowhere"))
    assert words("Keluar", "Exit", "id") == "Keluar"
    assert words("Keluar", "Exit", "en") == "Exit"
    assert Said("SKH1107", {}, FIELDS["nama"]).first("en") == "SKH1107 0007 Field Full name must be filled in."


def test_a_catalogue_speaks_where_it_can_and_english_elsewhere(javanese: str) -> None:
    assert key_line((ENTER, F3), javanese) == "Enter=Kirim   F3=Exit"  # cut to the room there is
    assert sentence("Kirim", "Send", javanese) == "Kirimna"
    assert Text("Pesan", "Message").said(javanese) == "Weling"
    assert Said("SKH1107", {}, FIELDS["nama"]).first(javanese) == "SKH1107 0007 Full name kudu diisi."
    assert Said("SKH0003").first(javanese) == "SKH0003 Signed off."


def test_a_translation_with_other_variables_is_passed_over(javanese: str) -> None:
    assert Said("SKH1123", {"pilihan": "ZZ"}).first(javanese) == Said("SKH1123", {"pilihan": "ZZ"}).first("en")
    assert sentence("Rusak", "Broken", javanese) == "Broken"


def test_texts_of_a_display_are_translated_before_they_are_shaped(javanese: str) -> None:
    constant, _ = labelled(5, FIELDS["kode_bank"])
    assert constant.text.said(javanese) == "Kodhe bank sing "
    assert line((Text("Pesan", "Message"), Text("Keluar", "Exit"))).said(javanese) == "Weling  Exit"


def test_a_long_translation_is_cut_where_something_else_begins(javanese: str) -> None:
    rows = {run.row: run.text for run in signon().runs(Heading(), javanese) if run.column == 2}
    assert rows[2] == "Isinen kabeh, banjur penceten Enter mengko sawise "
    assert rows[6] == "Kodhe bank sing "
    assert rows[19].startswith("Mung panganggo")
    assert len(rows[19]) == 79


def test_the_codes_of_a_field_are_translated(javanese: str) -> None:
    sex = FIELDS["jenis_kelamin"]
    assert choices(sex, "id") == "L=laki-laki, P=perempuan"
    assert choices(sex, "en") == "L=male, P=female"
    assert choices(sex, javanese) == "L=lanang, P=wadon"
    said = Said("SKH1122", {"isi": "X", "pilihan": choices(sex)}, sex)
    assert said.second("en") == "List: L=male, P=female."
    assert label(sex, "en") == "Sex"


def test_every_display_can_be_shown_in_a_further_language(javanese: str) -> None:
    """Whatever a catalogue says, no text is longer than the room its display has for it."""
    for display in (menu(options(("STA", "SPT"))), field_help(FIELDS["peran"], javanese)):
        for one in display.constants:
            room = max(len(one.text.said("id")), len(one.text.said("en")))
            assert len(one.text.said(javanese)) <= room


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), (b"not a catalogue", "Bad magic number")])
def test_a_language_without_a_catalogue_is_said(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "bug" / "LC_MESSAGES" / "siskohat.mo"
    if content is not None:
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    with pytest.raises(NoCatalogue, match=why):
        install("bug", tmp_path)
