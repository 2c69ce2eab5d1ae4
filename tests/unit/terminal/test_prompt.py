from __future__ import annotations

import pytest

from ledger.fields import FIELDS
from ledger.kinds import KINDS
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.wilayah import KAB_KOTA, PROVINSI
from terminal.displays.display import Heading
from terminal.displays.entry import entry
from terminal.displays.prompt import ROWS, narrowed, prompt, values
from terminal.displays.system import CARD_PAGES, key_card, system
from terminal.panels.buffer import Buffer


def test_every_value_fits_its_field_and_can_be_typed_there() -> None:
    for field in FIELDS.values():
        for text, _ in values(field, "id"):
            assert len(text) <= field.length, (field.name, text)


def test_a_suggested_text_can_be_typed_into_every_panel_that_has_the_field() -> None:
    for kind in KINDS.values():
        if kind.code == "GEN":
            continue
        display = entry(kind)
        for place in display.places:
            for text, _ in values(place.field, "id")[:20] if place.is_input else ():
                buffer = Buffer(display, Heading(), "id")
                buffer.go_to(place.name)
                assert buffer.put(text) is None, (kind.code, place.name, text)


def test_regions_are_those_of_the_country() -> None:
    assert len(values(FIELDS["kab_kota"], "id")) == len(KAB_KOTA) > 500
    assert ("3325", "Kab. Batang, Jawa Tengah") in values(FIELDS["kab_kota"], "id")
    assert values(FIELDS["provinsi"], "id") == tuple((code, one.nama) for code, one in PROVINSI.items())
    assert values(FIELDS["nama"], "id") == ()


def test_meanings_are_in_the_language_of_the_terminal() -> None:
    assert ("P", "perempuan") in values(FIELDS["jenis_kelamin"], "id")
    assert ("P", "female") in values(FIELDS["jenis_kelamin"], "en")


def test_reasons_are_those_of_the_kind_where_it_has_any() -> None:
    assert {kind for _, kind in values(FIELDS["alasan"], "id", "KOR")} == {"KOR"}
    assert values(FIELDS["alasan"], "id", "TSB") == values(FIELDS["alasan"], "id") == FIELDS["alasan"].suggestions


def test_the_list_narrows_by_words_in_any_order_and_case() -> None:
    offered = values(FIELDS["kab_kota"], "id")
    assert [code for code, _ in narrowed(offered, "tengah BATANG")] == ["3325"]
    assert [code for code, _ in narrowed(offered, "3325")] == ["3325"]
    assert narrowed(offered, "  ") == offered
    assert narrowed(offered, "zzz") == ()


@pytest.mark.parametrize("at", [0, ROWS - 1, ROWS, 513])
def test_the_page_with_the_mark_is_shown(at: int) -> None:
    field = FIELDS["kab_kota"]
    offered = values(field, "id")
    lines = Buffer(prompt(field, offered, at), Heading(), "id").lines()
    marked = [line for line in lines if line.startswith(" > ")]
    assert [line.split()[1] for line in marked] == [offered[at][0]]


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if values(field, "id")])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_list_can_be_drawn(name: str, language: str) -> None:
    field = FIELDS[name]
    offered = values(field, language)
    for at in range(0, len(offered), ROWS):
        assert len(Buffer(prompt(field, offered, at), Heading(), language).lines()) == 24
    assert "Akhir" in "".join(Buffer(prompt(field, (), 0), Heading(), "id").lines())


@pytest.mark.parametrize("language", ["id", "en"])
def test_card_and_system_menu_can_be_drawn(language: str) -> None:
    for display in (system(), *(key_card(page) for page in range(CARD_PAGES))):
        assert len(Buffer(display, Heading(), language).lines()) == 24
    with pytest.raises(AssertionError, match="a page"):
        key_card(CARD_PAGES)


def test_the_request_of_setoran_awal_is_two_fields() -> None:
    """What `SA 33250000123` fills is the first; the host tells the rest."""
    assert SetoranAwal.__struct_fields__ == ("nomor_spph", "nominal_rupiah")
