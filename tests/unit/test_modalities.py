"""In which ways a subject can be present, and what mandates and licences that name none of them cover."""

from datetime import UTC, datetime

import pytest

from registry.kinds import PRESENT_IN, SAMPLE_OF, Modality, SampleKind, SubjectKind, covers, samples_of
from registry.licences import Licence, Use, is_permitted
from registry.mandates import Mandate
from registry.standing import standing
from tests.support.mandated import a_mandate

AT = datetime(2026, 5, 1, tzinfo=UTC)


def mandate(*scope: Modality) -> Mandate:
    return a_mandate("s", "p", *scope)


def test_every_kind_of_subject_can_be_present_and_every_modality_has_its_sample() -> None:
    assert set(PRESENT_IN) == set(SubjectKind)
    assert set(SAMPLE_OF) == set(Modality) == {each for present in PRESENT_IN.values() for each in present}
    assert samples_of(SubjectKind.PERSON) == (SampleKind.PICTURE, SampleKind.RECORDING)
    assert samples_of(SubjectKind.MARK) == (SampleKind.PICTURE,)
    assert samples_of(SubjectKind.FOOTAGE) == (SampleKind.CLIP,)


@pytest.mark.parametrize("modality", [each for each in Modality if each is not Modality.VOICE])
def test_what_names_no_modality_covers_all_but_the_voice(modality: Modality) -> None:
    assert standing([mandate()], AT, modality).allowed
    assert covers((), modality)


def test_what_names_footage_covers_its_sound_and_not_the_other_way_round() -> None:
    assert covers((Modality.FOOTAGE,), Modality.SOUND)
    assert covers((Modality.SOUND,), Modality.SOUND)
    assert not covers((Modality.SOUND,), Modality.FOOTAGE)
    assert not covers((Modality.VOICE,), Modality.SOUND)
    assert standing([mandate(Modality.FOOTAGE)], AT, Modality.SOUND).allowed


def test_a_voice_is_covered_only_by_what_names_it() -> None:
    assert not standing([mandate()], AT, Modality.VOICE).allowed
    assert not standing([mandate(Modality.FACE)], AT, Modality.VOICE).allowed
    assert not standing([mandate(Modality.FACE, Modality.ARTWORK)], AT, Modality.VOICE).allowed
    assert standing([mandate(Modality.VOICE)], AT, Modality.VOICE).allowed
    assert not standing([mandate(Modality.VOICE)], AT, Modality.FACE).allowed
    assert standing([mandate(Modality.FACE, Modality.VOICE)], AT, Modality.VOICE).allowed
    assert standing([mandate()], AT).allowed, "in some modality it may be acted for"


@pytest.mark.parametrize(
    ("named", "used", "permitted"),
    [
        (None, Modality.FACE, True),
        (None, Modality.FOOTAGE, True),
        (None, Modality.VOICE, False),
        (Modality.FACE, Modality.VOICE, False),
        (Modality.VOICE, Modality.VOICE, True),
        (Modality.VOICE, Modality.FACE, False),
    ],
)
def test_a_licence_permits_a_voice_only_where_it_names_it(named: Modality | None, used: Modality, permitted: bool) -> None:
    licence = Licence(id="l", subject_id="s", licensee="Tube", modality=named, starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    verdict = is_permitted(Use("s", used), [licence], AT)
    assert verdict.permitted is permitted
    if not permitted:
        assert ("voice" if named is None else named.value) in verdict.reason
