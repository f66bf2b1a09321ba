import pytest

from registry.names import NameRefused, clean_name, name_key
from registry.references import plain_file_name


@pytest.mark.parametrize(
    ("typed", "kept"), [("  Ada   Lovelace ", "Ada Lovelace"), ("e\u0301toile", "étoile"), ("成龍", "成龍"), ("عمر", "عمر")]
)
def test_a_name_is_kept_composed_and_with_single_spaces(typed: str, kept: str) -> None:
    assert clean_name(typed, "subject") == kept


@pytest.mark.parametrize(("typed", "why"), [("", "empty"), (" \t ", "empty"), ("a\x1b[31m", "control"), ("a" * 201, "201")])
def test_a_name_that_cannot_be_kept_is_refused(typed: str, why: str) -> None:
    with pytest.raises(NameRefused, match=why):
        clean_name(typed, "subject")


def test_names_are_the_same_whatever_their_case() -> None:
    assert name_key("Große  Straße") == name_key("GROSSE STRASSE")
    assert name_key("Ada") != name_key("Adam")


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\ada.jpg", "ada.jpg"),
        ("ada\u202egpj.exe", "ada_gpj.exe"),
        ("a\nb\x1b.png", "a_b_.png"),
        ("..", "picture"),
        ("", "picture"),
        ("成龍.jpg", "成龍.jpg"),
    ],
)
def test_a_file_name_keeps_nothing_that_acts(given: str, plain: str) -> None:
    assert plain_file_name(given) == plain
