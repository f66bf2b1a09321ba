"""What is done to recordings before voices are looked for in them: babble, music, telephones, codecs. All of it is made here."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from matcher.media.sound import SoundReader
from matcher.sound_bounds import SOUND_RATE

Floats = NDArray[np.float32]
Random = np.random.Generator
Change = Callable[[Floats, Sequence[Floats], Random], Floats]
"""Of a probe, with what each of the other speakers says, and chance."""

TALKERS = 5
_SCALE = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 19, 24)


def clean(samples: Floats, _: Sequence[Floats], __: Random) -> Floats:
    return samples


def babble(decibels: float) -> Change:
    """Five other speakers at once, equally loud, so much below the voice."""

    def change(samples: Floats, others: Sequence[Floats], random: Random) -> Floats:
        noise = np.zeros(len(samples), np.float32)
        for place in random.permutation(len(others))[:TALKERS]:
            said = np.resize(np.roll(others[place], -int(random.integers(len(others[place])))), len(samples))
            noise += said / loudness(said)
        return added(samples, noise, decibels)

    return change


def under_music(decibels: float) -> Change:
    """Plucked notes with overtones and a drum, four a second, so much below the voice."""

    def change(samples: Floats, _: Sequence[Floats], random: Random) -> Floats:
        return added(samples, music(len(samples), random), decibels)

    return change


def music(length: int, random: Random) -> Floats:
    """So many samples of it."""
    made, beat = np.zeros(length + SOUND_RATE), SOUND_RATE // 4
    t = np.arange(SOUND_RATE) / SOUND_RATE
    for number, start in enumerate(range(0, length, beat)):
        pitch = 110 * 2 ** (random.choice(_SCALE) / 12)
        made[start : start + SOUND_RATE] += np.exp(-5 * t) * sum(np.sin(2 * np.pi * pitch * n * t) / n for n in range(1, 9))
        if number % 2 == 0:
            made[start : start + 1600] += random.normal(size=1600) * np.exp(-np.arange(1600) / 300)
    return np.asarray(0.7 * made[:length] / np.abs(made[:length]).max(), np.float32)


def through(name: str, codec: str, rate: int, bits: int = 0) -> Change:
    """Written to a file of that kind, and read again as any file is."""

    def change(samples: Floats, _: Sequence[Floats], __: Random) -> Floats:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write(path, samples, codec, rate, bits)
            return np.concatenate([block.samples for block in SoundReader(path).blocks(0)])

    return change


def write(path: Path, samples: Floats, codec: str, rate: int, bits: int = 0) -> None:
    """A file with this sound (n,) at 16 kHz on one channel, bits a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        if bits:
            stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts = SOUND_RATE, 0
        context = stream.codec_context
        context.open()
        resampler = av.AudioResampler(context.format.name, "mono", rate, context.frame_size or None)
        for made in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))


def loudness(samples: Floats) -> float:
    return max(float(np.sqrt(np.square(samples, dtype=np.float64).mean())), 1e-6)


def added(samples: Floats, noise: Floats, decibels: float) -> Floats:
    """A voice with noise so much below it, as loud as before at most."""
    mixed = samples + noise * np.float32(loudness(samples) / loudness(noise) * 10 ** (-decibels / 20))
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


CONDITIONS: Mapping[str, tuple[float, Change]] = {
    "1 s": (1.0, clean),
    "3 s": (3.0, clean),
    "5 s": (5.0, clean),
    "3 s, babble 5 dB": (3.0, babble(5.0)),
    "5 s, babble 5 dB": (5.0, babble(5.0)),
    "5 s, babble 0 dB": (5.0, babble(0.0)),
    "5 s, AAC 64 kbit/s": (5.0, through("sound.m4a", "aac", 48_000, 64_000)),
    "5 s, 8 kHz": (5.0, through("sound.wav", "pcm_s16le", 8_000)),
    "5 s, music 5 dB": (5.0, under_music(5.0)),
    "5 s, music 0 dB": (5.0, under_music(0.0)),
}
"""Seconds of sound, and what is done to it."""
