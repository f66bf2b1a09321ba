"""A bundle is looked at again from itself alone; a new model shows a difference and changes nothing."""

import io
import json
import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.videos import Capture
from matcher.types import Appearance, Match, ScanResult
from monitor.replay import NotReplayed, replay_bundle
from monitor.settings import Settings
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.references import add_reference
from registry.subjects import Subject
from reports.evidence import seal
from reports.issuing import issue_bundle
from reports.matches import MatchRow
from reports.recording import record_scan
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.evidence_desk import AT, Workplace, furnish, reseal
from tests.support.mandated import mandate_all

NO_FACES = Settings(pack="")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "desk").mkdir()
    made = furnish(tmp_path / "desk")
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


@pytest.fixture
def bundle(place: Workplace) -> Path:
    return issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in seal.walk(folder).files}


def test_another_model_shows_a_difference_and_rewrites_nothing(bundle: Path) -> None:
    """The bundle's match was made with an encoder that no pack has."""
    before = contents(bundle)
    (one,) = replay_bundle(bundle, NO_FACES)
    assert (one.subject, one.then.encoder, one.then.score, one.same_model) == ("Mossy", "sift", 0.81, False)
    assert one.now is None or one.now.encoder != "sift"
    assert contents(bundle) == before


def test_what_is_not_there_is_not_found(bundle: Path, place: Workplace) -> None:
    """Nothing of the bundle's own words is believed: its match is moved to where the video has ended."""
    path = bundle / "data" / "matches.json"
    said = json.loads(path.read_text())
    said["matches"][0] |= {"t_start": 50.0, "t_end": 60.0}
    path.write_text(json.dumps(said))
    reseal(bundle, place.key)
    (one,) = replay_bundle(bundle, NO_FACES)
    assert (one.now, one.holds) == (None, False)
    assert one.why


def test_a_bundle_that_is_not_whole_is_not_replayed(bundle: Path) -> None:
    (bundle / "data" / "case.json").write_text("{}")
    with pytest.raises(NotReplayed, match=r"case\.json"):
        replay_bundle(bundle, NO_FACES)


@pytest.mark.parametrize("lie", ["../../etc/passwd", "data/absent.mp4", 3])
def test_a_bundle_leads_nowhere_outside_itself(bundle: Path, place: Workplace, lie: object) -> None:
    path = bundle / "data" / "case.json"
    case = json.loads(path.read_text())
    case["references"][0]["file"] = lie
    path.write_text(json.dumps(case))
    reseal(bundle, place.key)
    with pytest.raises(NotReplayed, match="cannot be read"):
        replay_bundle(bundle, NO_FACES)


def test_without_a_pack_for_voices_the_rest_is_replayed_and_the_voice_is_said_not_to_be_compared(place: Workplace) -> None:
    hear_somebody(place)
    bundle = issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)
    said = {one.subject: one for one in replay_bundle(bundle, NO_FACES)}
    assert said["Mossy"].compared
    assert (said["Ada"].compared, said["Ada"].now, said["Ada"].holds) == (False, None, False)
    assert "the voice was not compared, for which the pack voice-open" in said["Ada"].why


def hear_somebody(place: Workplace) -> None:
    """A person enrolled by a recording, whose voice a person confirmed in the same capture."""
    session = place.session
    subject = Subject(id="s2", party_id="p1", name="Ada", kind=SubjectKind.PERSON)
    session.add(subject)
    session.flush()
    mandate_all(session, Modality.VOICE)
    spoken = io.BytesIO()
    with wave.open(spoken, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000))
    recording = add_reference(session, place.vault, subject, spoken.getvalue(), file_name="ada.wav", kind=SampleKind.RECORDING)
    heard = Appearance(Modality.VOICE, 0.2, 1.6)
    match = Match(heard, "s2", recording.id, 0.8, 0.5, 0.2, 0.01, "campplus", "voice-open", ("It resembles the voice.",))
    result = ScanResult("clip", "video", 320, 180, 2.0, ((0, 2),), 8, (heard,), (match,), ("campplus",), ("voice-open",), 0.5)
    record_scan(session, session.get_one(Capture, "c1"), result, "g2", AT)
    row = session.exec(select(MatchRow).where(MatchRow.modality == Modality.VOICE)).one()
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "it resembles it", AT + timedelta(hours=1))
    open_cases(session)
    session.commit()
