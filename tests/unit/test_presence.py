"""Words by modality: what is heard is never said to be seen, and no score says who it is."""

import pytest

from matcher.joining import MOST_APART, joined
from matcher.types import Appearance, Match
from registry.kinds import HEARD, SEEN, Modality
from registry.presence import present, score_says, sensed


@pytest.mark.parametrize("modality", list(Modality))
def test_each_modality_has_its_words(modality: Modality) -> None:
    words = present(modality)
    assert words.sensed == (HEARD if modality in {Modality.VOICE, Modality.SOUND} else SEEN)
    assert words.has_place is (words.sensed == SEEN)
    assert score_says([modality]).startswith(f"A score says how alike two {words.compared} are, not ")


def test_of_a_voice_nothing_says_that_it_is_seen_or_that_a_person_spoke() -> None:
    words = present(Modality.VOICE)
    said = " ".join((words.sensed, words.at, words.nature, words.frame("0:01.0", "Ada"), score_says([Modality.VOICE])))
    assert "seen" not in said.lower()
    assert "picture" not in said
    assert "box" not in said
    assert "resembles" in words.nature
    assert said.count("who, or what, spoke") == 2


def test_where_several_modalities_are_told_of_all_are_named() -> None:
    both = score_says({Modality.VOICE, Modality.FACE, Modality.ARTWORK})
    assert both == "A score says how alike two pictures or two voices are, not who is in them, nor who, or what, spoke."
    assert score_says(()) == "A score says how alike two pictures are, not who is in them."
    assert (sensed({Modality.FACE, Modality.VOICE}), sensed({Modality.VOICE}), sensed(())) == ("seen or heard", "heard", "seen")


def test_voices_that_are_joined_are_heard_in_many_places_and_have_no_picture() -> None:
    many = [
        Match(Appearance(Modality.VOICE, t, t + 1.0), "s", "r", 0.8, 0.5, 0.2, 0.01, "campplus", "voice-open", ())
        for t in range(MOST_APART + 1)
    ]
    (match,) = joined(many)
    assert match.reasons == ("Heard in 9 places; the score is of the strongest.",)
