"""Addresses for reading: decoded, and nothing in them hides, reorders or imitates."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.render.addresses import MOST_SHOWN, address
from reports.render.plain import UNSEEN


@pytest.mark.parametrize(
    ("exact", "shown", "note"),
    [
        ("https://a.example/%E9%AD%94%E6%B3%95?v=1", "https://a.example/魔法?v=1", ""),
        ("https://a.example/x%2Fy%20z%25%41", "https://a.example/x%2Fy%20z%25%41", ""),
        ("https://a.example/%FF%C3", "https://a.example/%FF%C3", ""),
        ("https://a.example/%E2%80%AEgpj.4pm", "https://a.example/⟨U+202E⟩gpj.4pm", ""),
        ("https://a.example/%E2%80%8B%E3%85%A4%C2%A0", "https://a.example/⟨U+200B⟩⟨U+3164⟩⟨U+00A0⟩", ""),
        ("https://a.example/%EF%BC%8Fb", "https://a.example/%EF%BC%8Fb", ""),
        ("https://a.example/x\u202ey", "https://a.example/x⟨U+202E⟩y", ""),
        ("https://xn--fiqs8s.example:8443/", "https://中国.example:8443/", "host xn--fiqs8s.example"),
        ("https://xn--mnchen-3ya.example/", "https://xn--mnchen-3ya.example/", "its host reads “münchen.example”"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/", "its host reads “münchen.example”"),
        ("https://xn--80ak6aa92e.example/", "https://xn--80ak6aa92e.example/", "its host reads “аррӏе.example”"),
        ("https://straße.example/", "https://xn--strae-oqa.example/", "its host reads “straße.example”"),
        ("https://xn--strae-oqa.example/", "https://xn--strae-oqa.example/", "its host reads “straße.example”"),
        ("https://xn--zzzzzz.example/", "https://xn--zzzzzz.example/", ""),
        ("https://bank.example@evil.example/", "https://bank.example@evil.example/", ""),
        ("http://[bad", "http://[bad", ""),
        ("A://00B\x1f¡", "A://00B⟨U+001F⟩¡", ""),
        ("javascript:alert(1)", "javascript:alert(1)", ""),
        ("", "", ""),
    ],
)
def test_an_address_is_read_for_what_it_is(exact: str, shown: str, note: str) -> None:
    made = address(exact)
    assert (made.shown, made.note) == (shown, note)


@given(st.one_of(st.text(), st.text().map(lambda text: "https://a.example/" + text), st.text().map("https://{}.example/".format)))
def test_nothing_unseen_is_in_what_is_shown(exact: str) -> None:
    made = address(exact)
    assert not [letter for letter in made.shown + made.note if unicodedata.category(letter) in UNSEEN]
    assert made.exact == exact
    assert len(made.shown) <= MOST_SHOWN
    assert "".join(piece for piece, _ in made.pieces) == made.shown


def test_pieces_that_run_from_right_to_left_are_set_apart() -> None:
    made = address("https://a.example/%D9%85%D8%B1/%D8%AD?x=%D9%85")
    assert [piece for piece, leftward in made.pieces if leftward] == ["مر", "ح", "م"]


@pytest.mark.parametrize("unseen", ["\udcc0", "\u202e"])
def test_what_cannot_be_seen_beside_a_label_of_another_script_is_written_out(unseen: str) -> None:
    read = address(f"https://xn--80ak6aa92e.a{unseen}b.example/")
    assert f"⟨U+{ord(unseen):04X}⟩" in read.shown
    assert unseen not in read.shown + read.note
