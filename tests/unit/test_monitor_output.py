import json
from datetime import UTC, datetime

import pytest

from monitor.cli.matches import rate_words
from monitor.cli.opening import NotUnderstood, duration, moment, years
from monitor.cli.output import show_json, show_table, shown


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x07", "<U+001B>[31mred<U+0007>"),
        ("photo\u202egpj.exe", "photo<U+202E>gpj.exe"),
        ("two\nlines\r", "two<U+000A>lines<U+000D>"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("bad\udcffbyte", "bad<U+DCFF>byte"),
        ("成龍 عمر 👩\u200d🚀", "成龍 عمر 👩\u200d🚀"),
    ],
)
def test_what_a_terminal_would_act_on_is_spelt_out(text: str, safe: str) -> None:
    assert shown(text) == safe


def test_json_is_harmless_and_still_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"title": "\x1b[2J\u202e成龍\x9b\udcff", "at": datetime(2026, 5, 1, tzinfo=UTC)}
    show_json(value)
    printed = capsys.readouterr().out
    assert not set("\x1b\u202e\x9b\udcff") & set(printed)
    assert "成龍" in printed
    assert json.loads(printed) == {"title": value["title"], "at": "2026-05-01T00:00:00Z"}


def test_columns_line_up_under_wide_letters(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name", "score"), [("成龍", 1), ("Ada", None)])
    assert capsys.readouterr().out.splitlines() == ["name  score", "成龍  1", "Ada   -"]


def test_moments_spans_and_eras_are_read() -> None:
    assert moment("2026-11-22") == datetime(2026, 11, 22, tzinfo=UTC)
    assert moment("2026-11-22T18:00:00+02:00") == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert duration("6h") == 21600
    assert (years("1998"), years("1995-1999"), years(None)) == ((1998, 1998), (1995, 1999), None)


@pytest.mark.parametrize(
    ("read", "typed"), [(moment, "soon"), (duration, "6"), (duration, "0h"), (duration, "-1h"), (years, "90s")]
)
def test_what_has_no_meaning_is_refused_with_an_example(read: object, typed: str) -> None:
    with pytest.raises(NotUnderstood, match="Write it as"):
        read(typed)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("expected", "said"), [(3e-16, "<0.001"), (0.0, "<0.001"), (0.001, "0.001"), (0.25, "0.25"), (12.3456, "12.3")]
)
def test_expected_false_matches_are_never_said_to_be_none(expected: float, said: str) -> None:
    assert rate_words(expected) == said
