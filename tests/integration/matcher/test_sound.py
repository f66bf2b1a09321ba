"""Sound of any file as mono at 16 kHz: what channels, rates and tracks there are, and what is said where there are none."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from matcher.decoding import Bounds, decoding
from matcher.decoding.confined_sound import ConfinedSound
from matcher.errors import MediaUnreadable
from matcher.media import sound, write_clip
from matcher.media.sound import SoundReader, mixed
from matcher.sample import Block
from matcher.sound_bounds import LATEST_SOUND, SOUND_RATE
from tests.support.soundtracks import write

SECONDS, HZ = 2, 440


def tone(rate: int, seconds: float = SECONDS) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * HZ * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def whole(blocks: Iterator[Block]) -> np.ndarray:
    return np.concatenate([block.samples for block in blocks])


def pitch(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * SOUND_RATE / len(samples))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    surround = np.zeros((8, 48000 * SECONDS), np.float32)
    surround[2] = tone(48000)
    stereo = np.stack([tone(44100)] * 2)
    return {
        "7.1": write(tmp_path / "surround.mka", "aac", 48000, "7.1", surround),
        "8 kHz": write(tmp_path / "telephone.wav", "pcm_mulaw", 8000, "mono", tone(8000)[None]),
        "that cancels": write(tmp_path / "cancels.wav", "pcm_s16le", 44100, "stereo", stereo * np.array([[1], [-1]], np.float32)),
        "alone": write(tmp_path / "sound.m4a", "aac", 44100, "stereo", stereo),
        "with a video": write(tmp_path / "video.mp4", "aac", 44100, "stereo", stereo, video=True),
    }


@pytest.mark.parametrize("kind", ["7.1", "8 kHz", "that cancels", "alone", "with a video"])
def test_sound_is_heard_and_the_same_in_a_confined_process(files: dict[str, Path], kind: str) -> None:
    reader, confined = SoundReader(files[kind]), ConfinedSound(files[kind])
    samples = whole(reader.blocks(0))
    assert len(samples) == pytest.approx(SECONDS * SOUND_RATE, rel=0.06)
    assert pitch(samples) == pytest.approx(HZ, abs=2)
    assert float(np.abs(samples).max()) > 0.05
    assert reader.tracks == confined.tracks
    assert np.array_equal(whole(confined.blocks(0)), samples)
    assert reader.unheard == confined.unheard == []


def test_every_track_is_heard_and_begins_when_it_begins(tmp_path: Path) -> None:
    path = write(tmp_path / "dubbed.mka", "aac", 48000, "mono", tone(48000)[None], tone(48000)[None], late=1.5)
    reader = SoundReader(path)
    assert len(reader.tracks) == 2
    assert next(reader.blocks(0)).start == pytest.approx(0, abs=0.05)
    assert next(reader.blocks(1)).start == pytest.approx(1.5, abs=0.05)


def test_a_video_without_sound_has_no_tracks_and_what_is_no_media_is_refused(tmp_path: Path) -> None:
    write_clip(tmp_path / "mute.mp4", [np.zeros((64, 64, 3), np.uint8)] * 5)
    assert SoundReader(tmp_path / "mute.mp4").tracks == ConfinedSound(tmp_path / "mute.mp4").tracks == ()
    (tmp_path / "page.mp4").write_text("<html>")
    for reader in (SoundReader, ConfinedSound):
        with pytest.raises(MediaUnreadable, match=r"page\.mp4"):
            reader(tmp_path / "page.mp4")


def test_a_file_that_breaks_off_gives_what_there_is(files: dict[str, Path], tmp_path: Path) -> None:
    data = files["that cancels"].read_bytes()
    (tmp_path / "half.wav").write_bytes(data[: len(data) // 2])
    assert len(whole(SoundReader(tmp_path / "half.wav").blocks(0))) == pytest.approx(SOUND_RATE, rel=0.01)


def test_what_is_longer_than_is_listened_to_says_so(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "MAX_SOUND_SECONDS", 0.5)
    monkeypatch.setattr(sound, "BLOCK_SECONDS", 0.25)
    reader = SoundReader(files["alone"])
    blocks = list(reader.blocks(0))
    assert 0.4 < sum(len(block.samples) for block in blocks) / SOUND_RATE < 0.7
    assert max(len(block.samples) for block in blocks) == SOUND_RATE // 4
    assert [round(block.start, 2) for block in blocks[:2]] == [0, 0.25]
    assert "too long for one file" in reader.unheard[0]


def test_sound_that_claims_to_be_years_ahead_is_not_heard_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "leaps.mka", "pcm_s16le", 8000, "mono", tone(8000)[None], tone(8000)[None], late=2 * LATEST_SOUND)
    for reader in (SoundReader(path), ConfinedSound(path)):
        assert len(whole(reader.blocks(0))) == SECONDS * SOUND_RATE
        assert list(reader.blocks(1)) == []
        assert reader.unheard == ["Sound track 2 claims to go on more than a year later, which was not heard."]


def test_absurd_claims_of_rate_and_channels_are_not_heard_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "odd.wav", "pcm_s16le", 1000, "mono", tone(1000)[None])
    reader = SoundReader(path)
    assert reader.tracks == ()
    assert reader.unheard == ["Sound track 1 was not heard: it claims 1,000 samples a second."]


def test_numbers_that_are_none_and_too_loud_are_brought_into_bounds() -> None:
    odd = np.array([[np.nan, np.inf, -np.inf, 1e30, 0.5]], np.float32)
    assert mixed(odd).tolist() == [0, 1, -1, 1, 0.5]


def test_a_voice_on_one_of_many_channels_is_no_cancelled_one() -> None:
    lone = np.zeros((6, 1000), np.float32)
    lone[3] = tone(SOUND_RATE)[:1000]
    np.testing.assert_allclose(mixed(lone), lone[3] / 6, atol=1e-6)


def test_hearing_ends_with_the_time_for_it(files: dict[str, Path]) -> None:
    with decoding(Bounds(media_seconds=0.0)):
        reader = ConfinedSound(files["alone"])
        assert list(reader.blocks(0)) == []
        assert "too long" in reader.unheard[0]


def slowed(packet: bytes, hertz: int) -> bytes:
    """A FLAC frame of a stream that claims so few samples a second from here on: RFC 9639, sections 9.1.1 to 9.1.8."""
    rate_is_apart = {12: 1, 13: 2, 14: 2}.get(packet[2] & 15, 0)
    number = max(1, f"{packet[4]:08b}".index("0"))
    end = 4 + number + {6: 1, 7: 2}.get(packet[2] >> 4, 0)
    head = packet[:2] + bytes([packet[2] & 0xF0 | 13, packet[3]]) + packet[4:end] + hertz.to_bytes(2, "big")
    check = 0
    for byte in head:
        check ^= byte
        for _ in range(8):
            check = (check << 1 ^ 7) & 0xFF if check & 0x80 else check << 1 & 0xFF
    return head + bytes([check]) + packet[end + rate_is_apart + 1 :]


def test_a_stream_that_slows_down_on_the_way_makes_no_hours_of_a_few_seconds(tmp_path: Path) -> None:
    path = tmp_path / "slows.mka"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=SOUND_RATE, layout="mono")
        stream.codec_context.open()
        noise = (3000 * np.random.default_rng(0).normal(size=SOUND_RATE * SECONDS)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(noise.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = SOUND_RATE, 0
        cut = av.AudioResampler("s16", "mono", SOUND_RATE, stream.codec_context.frame_size)
        packets = [packet for made in [*cut.resample(frame), *cut.resample(None), None] for packet in stream.encode(made)]
        for number, packet in enumerate(packets):
            made = packet
            if number > 5 and packet.size:
                made = av.Packet(slowed(bytes(packet), 50))
                made.pts, made.dts, made.time_base, made.stream = packet.pts, packet.dts, packet.time_base, stream
            container.mux(made)
    reader = SoundReader(path)
    assert 0 < len(whole(reader.blocks(0))) <= SOUND_RATE * SECONDS
    assert reader.unheard == ["Sound track 1 is damaged in places, which were not heard."]
