"""May I? of sound, of somebody by name in every way they can be present, and of a stranger's voice beside a known face."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.media.pictures import read_picture
from monitor.packs import use_pack
from monitor.photos import enrol_photos, recognisers_of
from monitor.settings import load_settings
from monitor.workspace import init_workspace, open_workspace
from registry.db import now
from registry.kinds import Modality
from registry.licences import add_licence, revoke_licence
from registry.mandates import Terms, add_mandate
from registry.subjects import find_subject
from tests.support.api_desk import served
from tests.support.check_desk import CheckDesk, enrol, platform
from tests.support.photos import People, people
from tests.support.tiny_voices import PACK, silence, tiny_voice_pack, video, voice

__all__ = ["people"]

ADA, BEA = "Ada Example", "Bea Example"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, open_pack: Path, people: People) -> Iterator[CheckDesk]:
    """Ada, whose party speaks for her voice, and Bea, whose party does not; both take part."""
    base = tmp_path_factory.mktemp("voices")
    models, root = base / "models", base / "work"
    tiny_voice_pack(models)
    (models / open_pack.name).symlink_to(open_pack, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEMBLANCE_MODELS", str(models))
        init_workspace(root)
        use_pack(root, load_settings(root), PACK, accept_licence=False)
        with open_workspace(root) as workspace:
            said = video(base / "ada.wav", voice(0, 12, 1), 0.0, pictures=False, rate=16_000)
            with workspace.session() as session:
                token = platform(session, "Tube", "Tube Inc.", 1000)
                session.commit()
            enrol(workspace, f"{BEA}, herself", BEA, people.known[1][0], checkable=True)
            enrol(workspace, f"{ADA}, herself", ADA, people.known[0][0], checkable=True)
            with workspace.session() as session:
                given = Terms(scope=[Modality.FACE, Modality.VOICE])
                ada = find_subject(session, ADA)
                add_mandate(session, workspace.vault, ada, b"Ada: her voice, too.", verified_by="A", starts_at=now(), terms=given)
                session.commit()
                enrol_recording(workspace, session, ada, said)
            with served(root) as at:
                yield CheckDesk(workspace, at, token)


def enrol_recording(workspace: Any, session: Any, subject: Any, file: Path) -> None:
    made = list(enrol_photos(workspace, session, recognisers_of(workspace, lambda _: None), subject, [file], None, None))
    assert all(each.enrolled for each in made), made
    session.commit()


@pytest.fixture
def licence(desk: CheckDesk) -> Iterator[Any]:
    """Adds licences to the asker, which end with the test."""
    keys = []

    def add(who: str, **terms: Any) -> None:
        with desk.workspace.session() as session:
            keys.append(add_licence(session, find_subject(session, who), "Tube Inc.", now() - timedelta(days=1), **terms).id)
            session.commit()

    yield add
    with desk.workspace.session() as session:
        for key in keys:
            revoke_licence(session, key, now())
        session.commit()


def named(desk: CheckDesk, name: str) -> tuple[str, dict[str, str]]:
    answer = desk.answer(json.dumps({"name": name}).encode(), "application/json")
    assert len({each["subject"] for each in answer["findings"]}) == 1
    return answer["outcome"], {each["modality"]: each["outcome"] for each in answer["findings"]}


def test_a_name_is_answered_in_every_way_and_says_which_are_not_licensed(desk: CheckDesk, licence: Any) -> None:
    assert named(desk, ADA) == ("prohibited", {"face": "prohibited", "voice": "prohibited"})
    licence(ADA)
    assert named(desk, ADA) == ("allowed_with_terms", {"face": "allowed", "voice": "prohibited"})
    licence(ADA, modality=Modality.VOICE)
    assert named(desk, ADA) == ("allowed_with_terms", {"face": "allowed", "voice": "allowed_with_terms"})


def test_two_licences_together_cover_both_ways_of_a_name(desk: CheckDesk, licence: Any) -> None:
    licence(ADA, modality=Modality.VOICE)
    assert named(desk, ADA) == ("allowed_with_terms", {"face": "prohibited", "voice": "allowed_with_terms"})
    licence(ADA, modality=Modality.FACE)
    assert named(desk, ADA) == ("allowed_with_terms", dict.fromkeys(["face", "voice"], "allowed_with_terms"))


def test_a_voice_for_which_the_party_does_not_speak_is_unknown_and_never_allowed(desk: CheckDesk, licence: Any) -> None:
    assert named(desk, BEA) == ("prohibited", {"face": "prohibited", "voice": "unknown"})
    licence(BEA)
    licence(BEA, modality=Modality.VOICE)
    assert named(desk, BEA) == ("allowed_with_terms", {"face": "allowed", "voice": "unknown"})


def test_sound_alone_is_listened_to_and_no_face_counts_as_looked_at(desk: CheckDesk, tmp_path: Path) -> None:
    sound = video(tmp_path / "a.m4a", np.concatenate([silence(1), voice(0, 8, 9)]), 0.0, pictures=False).read_bytes()
    for kind in ("audio/mp4", "video/mp4"):
        answer = desk.answer(sound, kind)
        assert (answer["outcome"], answer["looked_at"], answer["not_looked_at"]) == ("prohibited", ["voice"], []), kind
        assert [each["modality"] for each in answer["findings"]] == ["voice"]
    assert desk.check(b"RIFF", "audio/wav").status_code == 422


def test_a_found_voice_is_told_the_rate_of_its_own_kind(desk: CheckDesk, tmp_path: Path) -> None:
    """Without a cohort its kind is unknown, and it counts as what the calibration allows at most: 20 in 1,000."""
    sound = video(tmp_path / "a.m4a", voice(0, 8, 9), 0.0, pictures=False).read_bytes()
    (found,) = desk.answer(sound, "audio/mp4")["findings"]
    assert float(found["false_matches_per_1000"]) == 20


def test_a_strangers_voice_beside_a_licensed_face_is_unknown(
    desk: CheckDesk, licence: Any, people: People, tmp_path: Path
) -> None:
    licence(ADA)
    whole = read_picture(people.known[0][1][0])
    shown = np.ascontiguousarray(whole[: whole.shape[0] // 2 * 2, : whole.shape[1] // 2 * 2])
    heard = {"silence": silence(6), "stranger": voice(2, 6, 9)}
    outcomes = {}
    for who, sound in heard.items():
        clip = video(tmp_path / f"{who}.mp4", sound, 6.0, still=shown).read_bytes()
        answer = desk.answer(clip, "video/mp4")
        assert [each["modality"] for each in answer["findings"]] == ["face"]
        outcomes[who] = answer["outcome"]
    assert outcomes == {"silence": "allowed", "stranger": "unknown"}
