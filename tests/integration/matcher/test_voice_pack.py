"""The pack voice-open hears who speaks, and says why it hears nobody where nobody can be told."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.voice_conditions import music, write
from matcher.assemble import voice_models_of
from matcher.errors import PackDamaged, PackError
from matcher.media import write_clip
from matcher.media.sound import SoundReader
from matcher.packs.store import load, load_folder
from matcher.sound_bounds import SOUND_RATE
from matcher.voice.appraisal import advice, quality_of
from matcher.voice.listening import VoiceModels, listen
from monitor.packs import use_pack
from monitor.settings import load_settings
from monitor.workspace import init_workspace

PAUSE = np.zeros(SOUND_RATE // 2, np.float32)


@pytest.fixture(scope="module")
def models(voice_pack: Path) -> VoiceModels:
    return voice_models_of(load_folder(voice_pack))


@pytest.fixture(scope="module")
def people(shared_data: Path) -> list[np.ndarray]:
    """What three people say, half a minute each."""
    folders = sorted(path for path in (shared_data / "voice").iterdir() if path.is_dir())[:3]
    return [np.concatenate(list(said(folder))) for folder in folders]


def said(folder: Path) -> Iterator[np.ndarray]:
    for path in sorted(folder.glob("*.flac")):
        yield from (block.samples for block in SoundReader(path).blocks(0))


def wav(folder: Path, samples: np.ndarray) -> Path:
    write(folder / "sound.wav", samples.astype(np.float32), "pcm_s16le", SOUND_RATE)
    return folder / "sound.wav"


def test_two_people_who_talk_with_pauses_are_two_voices_with_their_places(
    models: VoiceModels, people: list[np.ndarray], tmp_path: Path
) -> None:
    first, second, other = people
    turns = [first[:80_000], second[:80_000], first[80_000:160_000], second[80_000:160_000]]
    sound = np.concatenate([np.concatenate([turn, PAUSE]) for turn in turns])
    found = listen(SoundReader(wav(tmp_path, sound)), models)
    one, two = found.voices[:2]
    mine, theirs, nobody = models.encoder.encode([first[200_000:], second[200_000:], other])
    if float(one.vector @ mine) < float(two.vector @ mine):
        one, two = two, one
    for voice, own, places in ((one, mine, (0, 11)), (two, theirs, (5.5, 16.5))):
        assert float(voice.vector @ own) > 0.5 > float(voice.vector @ nobody)
        assert all(any(place - 1 < a and b < place + 6.5 for place in places) for a, b in voice.spans)
    assert found.says == ()


def test_silence_music_and_a_word_are_too_little_speech_and_no_answer(
    models: VoiceModels, people: list[np.ndarray], tmp_path: Path
) -> None:
    sounds = {
        "silent": np.zeros(80_000, np.float32),
        "too little speech: no speech": music(160_000, np.random.default_rng(0)),
        "one person has to speak for 2 s": people[0][8_000:28_000],
    }
    for says, samples in sounds.items():
        found = listen(SoundReader(wav(tmp_path, samples)), models)
        assert found.too_little
        assert says in found.says[0]
    write_clip(tmp_path / "mute.mp4", [np.zeros((64, 64, 3), np.uint8)] * 5)
    assert listen(SoundReader(tmp_path / "mute.mp4"), models).says == ("It has no sound that could be heard.",)


def test_a_clean_recording_is_a_good_reference_and_a_clipped_one_is_not(models: VoiceModels, people: list[np.ndarray]) -> None:
    good = people[0][: 20 * SOUND_RATE]
    assert advice(quality_of(good, models.finder.spans(good), 1)) == ()
    clipped = np.clip(good * 20, -0.9, 0.9)
    assert any("clipped" in line for line in advice(quality_of(clipped, models.finder.spans(clipped), 1)))


def test_the_pack_is_checked_like_any_other_and_others_hear_nothing(voice_pack: Path, open_pack: Path, tmp_path: Path) -> None:
    spec = load_folder(voice_pack).spec
    assert spec.licence.commercial
    assert spec.licence.names == ("MIT", "Apache-2.0")
    shutil.copytree(voice_pack, tmp_path / "voice-open")
    with (tmp_path / "voice-open" / "campplus_cn_en_common.onnx").open("r+b") as file:
        file.write(b"other")
    with pytest.raises(PackDamaged, match="campplus"):
        load(tmp_path, "voice-open")
    with pytest.raises(PackError, match="no models for voices"):
        voice_models_of(load_folder(open_pack))


def test_voices_are_used_beside_faces_and_never_in_their_place(voice_pack: Path, tmp_path: Path) -> None:
    init_workspace(tmp_path)
    for _ in range(2):
        settings = load_settings(tmp_path).model_copy(update={"models": voice_pack.parent})
        assert use_pack(tmp_path, settings, "voice-open", accept_licence=False)
        assert load_settings(tmp_path).packs == ("open", "voice-open")
