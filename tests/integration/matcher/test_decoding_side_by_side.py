"""Several files read through one decoder at the same time: each reader is given its own, and what nobody reads is let go."""

import os
import signal
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from matcher.decoder_at_hand import at_hand
from matcher.decoding import Bounds, Decoder, decoding
from matcher.decoding.confined_reader import ConfinedReader
from matcher.decoding.confined_sound import ConfinedSound
from matcher.decoding.samples import sample_of
from matcher.errors import MediaUnreadable
from matcher.media import write_clip
from matcher.sample import ClipSample, RecordingSample
from matcher.sound_bounds import SOUND_RATE

TIMES = 12


def recording(path: Path, hertz: float, seconds: float = 2.0) -> bytes:
    samples = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE)
    with wave.open(str(path), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(SOUND_RATE)
        made.writeframes((samples * 32767).astype("<i2").tobytes())
    return path.read_bytes()


def pitch(samples: np.ndarray) -> int:
    return round(float(np.abs(np.fft.rfft(samples)).argmax() * SOUND_RATE / len(samples)))


def heard(content: bytes) -> int:
    sample = sample_of(content, "recording.wav")
    assert isinstance(sample, RecordingSample)
    return pitch(np.concatenate([block.samples for block in sample.source().blocks(0)]))


def width(content: bytes) -> set[float]:
    sample = sample_of(content, "clip.mp4")
    assert isinstance(sample, ClipSample)
    return {frame.image.shape[1] for frame in sample.frames(4.0, 1280)}


def in_two_threads(decoder: Decoder, read: Callable[[bytes], object], contents: tuple[bytes, bytes]) -> list[list[object]]:
    """What each of two threads that read at the same time is given, over and over, through one decoder."""
    both = Barrier(2)

    def go(content: bytes) -> list[object]:
        with at_hand(lambda: decoder):
            both.wait()
            return [read(content) for _ in range(TIMES)]

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(go, contents))


def test_each_of_two_threads_hears_its_own_recording(tmp_path: Path) -> None:
    contents = (recording(tmp_path / "a.wav", 200), recording(tmp_path / "b.wav", 700))
    with decoding() as decoder:
        assert in_two_threads(decoder, heard, contents) == [[200] * TIMES, [700] * TIMES]


def test_each_of_two_threads_sees_its_own_clip(tmp_path: Path) -> None:
    contents = []
    for side in (128, 256):
        write_clip(tmp_path / f"{side}.mp4", [np.full((96, side, 3), 40 * n, np.uint8) for n in range(1, 6) for _ in range(5)])
        contents.append((tmp_path / f"{side}.mp4").read_bytes())
    with decoding() as decoder:
        assert in_two_threads(decoder, width, (contents[0], contents[1])) == [[{128}] * TIMES, [{256}] * TIMES]


def test_a_recording_that_was_opened_before_another_is_still_itself(tmp_path: Path) -> None:
    with decoding():
        one = ConfinedSound(Path("a"), recording(tmp_path / "a.wav", 200, 70))
        blocks = one.blocks(0)
        assert pitch(next(blocks).samples) == 200
        other = ConfinedSound(Path("b"), recording(tmp_path / "b.wav", 700))
        assert [pitch(block.samples) for block in other.blocks(0)] == [700]
        assert [pitch(block.samples) for block in blocks] == [200]


def test_what_is_half_read_is_let_go_with_its_reader(tmp_path: Path) -> None:
    long = recording(tmp_path / "long.wav", 200, 1200)
    assert len(long) > 38_000_000
    with decoding(Bounds(memory=512 << 20)) as decoder:
        for _ in range(20):
            next(ConfinedSound(Path("long.wav"), long).blocks(0))
        (before,) = decoder.pids
        assert heard(recording(tmp_path / "b.wav", 700)) == 700
        assert decoder.pids == (before,)


def test_a_clip_that_fails_costs_no_other_reader_its_own(tmp_path: Path) -> None:
    with decoding():
        one = ConfinedSound(Path("a"), recording(tmp_path / "a.wav", 200))
        write_clip(tmp_path / "clip.mp4", [np.zeros((96, 128, 3), np.uint8)] * 5)
        with pytest.raises(KeyError), ConfinedReader(tmp_path / "clip.mp4"):
            raise KeyError
        assert [pitch(block.samples) for block in one.blocks(0)] == [200]


def test_what_was_open_in_a_process_that_ended_is_refused_and_never_another_file(tmp_path: Path) -> None:
    with decoding() as decoder:
        one = ConfinedSound(Path("a"), recording(tmp_path / "a.wav", 200))
        for pid in decoder.pids:
            os.kill(pid, signal.SIGKILL)
        other = recording(tmp_path / "b.wav", 700)
        with pytest.raises(MediaUnreadable):
            ConfinedSound(Path("b"), other)
        kept = ConfinedSound(Path("b"), other)
        with pytest.raises(MediaUnreadable, match="broken off"):
            list(one.blocks(0))
        assert [pitch(block.samples) for block in kept.blocks(0)] == [700]
