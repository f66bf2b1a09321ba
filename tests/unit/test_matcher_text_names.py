"""Protected names among lines read on screen, and what a match says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.bands import band
from matcher.screen import ScreenMark
from matcher.text.names import names_in, names_of, quoted, with_names
from matcher.types import Appearance, GallerySubject, Match
from registry.kinds import Modality, SubjectKind

NAMES = names_of(("Ana Souza", "Élodie Müller", "宫崎骏", "Анна Каренина", "피카츄", "うさぎ丸", "Li", "Mr. Kite"))


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("ANA SOUZA sings", ["Ana Souza"]),
        ("AnaSouza", ["Ana Souza"]),
        ("ana-souza.official", ["Ana Souza"]),
        ("elodie muller & Ana Souza", ["Élodie Müller", "Ana Souza"]),
        ("导演宫崎骏作品", ["宫崎骏"]),
        ("анна каренина, 1 серия", ["Анна Каренина"]),
        ("귀여운 피카츄가 왔다", ["피카츄"]),
        ("うさぎ丸の冒険", ["うさぎ丸"]),
        ("\uff2d\uff32\uff0e \uff2b\uff29\uff34\uff25", ["Mr. Kite"]),
        ("Hosana Souzas", []),
        ("Ana and Souza", []),
        ("Li likes it", []),
        ("", []),
        ("x" * 500 + " Ana Souza", []),
    ],
)
def test_a_name_is_read_as_whole_words_however_it_is_written(line: str, named: list[str]) -> None:
    assert list(names_in(line, NAMES)) == named


@given(st.text(max_size=200))
def test_any_line_is_looked_through(line: str) -> None:
    assert set(names_in(line, NAMES)) <= {
        "Ana Souza",
        "Élodie Müller",
        "宫崎骏",
        "Анна Каренина",
        "피카츄",
        "うさぎ丸",
        "Mr. Kite",
    }


@given(st.text(min_size=1, max_size=30))
def test_a_name_that_is_looked_for_is_found_in_itself(name: str) -> None:
    made = names_of((name,))
    assert not made or names_in(name, made) == (name,)


SUBJECTS = {n: GallerySubject(n, name, SubjectKind.PERSON) for n, name in (("a", "Ana Souza"), ("b", "Bo Lindgren"))}


def match(subject: str, track: int = 0, modality: Modality = Modality.FACE) -> Match:
    appearance = Appearance(modality, 0.0, 4.0, track=track)
    return Match(appearance, subject, "r", 0.6, 0.5, 0.1, 2.0, "e", "p", ("It is alike.",))


def mark(name: str, start: float = 1.0, end: float = 3.0, track: int = 0) -> ScreenMark:
    return ScreenMark("name", name, f"{name} live", start, end, (0, 0, 9, 9), 0.9, track)


def test_a_match_tells_of_its_own_subjects_name_and_stays_as_sure_as_it_is() -> None:
    told = list(with_names([match("a"), match("b"), match("a", 2)], [mark("Ana Souza")], SUBJECTS))
    assert told[0].reasons[0] == "It is alike."
    assert "from 1.0 to 3.0 s: 'Ana Souza live'" in told[0].reasons[1]
    assert "no likeness" in told[0].reasons[1]
    assert band(told[0].expected_false_matches) == "likely"
    assert told[1:] == [match("b"), match("a", 2)]


def test_a_match_tells_of_its_subjects_other_names_too() -> None:
    called = {"a": GallerySubject("a", "Ana Souza", SubjectKind.PERSON, aliases=("安娜·索萨",))}
    (told,) = with_names([match("a")], [mark("安娜·索萨")], called)
    assert "'安娜·索萨 live'" in told.reasons[1]


@pytest.mark.parametrize("modality", [Modality.VOICE, Modality.SOUND])
def test_what_is_heard_tells_of_the_only_picture_and_of_none_of_several(modality: Modality) -> None:
    """Sound tracks are numbered by themselves: the second of them has nothing to do with the second picture track."""
    heard = [match("a", track, modality) for track in (0, 1, 2)]
    only = list(with_names(heard, [mark("Ana Souza")], SUBJECTS))
    assert all("'Ana Souza live'" in told.reasons[1] for told in only)
    several = [mark("Ana Souza", track=track) for track in (1, 2)]
    assert list(with_names(heard, several, SUBJECTS)) == heard


def test_a_line_is_quoted_as_far_as_it_is_looked_at() -> None:
    line = "In the last episode of the season, as seen at the cinema, ANA SOUZA sings the song of the lighthouse"
    assert names_in(line, NAMES) == ("Ana Souza",)
    assert quoted(line) == line
    assert quoted("x" * 300) == "x" * 120 + "…"


def test_a_name_without_a_match_makes_none() -> None:
    assert list(with_names([], [mark("Ana Souza")], SUBJECTS)) == []


@pytest.mark.parametrize(("name", "other"), [("バナコ", "ハナコ"), ("मीना मोहिनी", "मन मोहन")])
def test_vowels_and_sounds_that_are_marks_tell_names_apart(name: str, other: str) -> None:
    assert names_in(name, names_of((name,))) == (name,)
    assert names_in(other, names_of((name,))) == ()


def test_a_name_that_comes_and_goes_is_told_a_few_times() -> None:
    (told,) = with_names([match("a")], [mark("Ana Souza", t, t) for t in range(20)], SUBJECTS)
    assert len(told.reasons) == 1 + 3
    assert "at 0.0 s" in told.reasons[1]
