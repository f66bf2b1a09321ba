"""Made sounds that differ as films' sounds do: notes, breath and steps in an order of their own."""

from pathlib import Path

import av
import numpy as np

from matcher.sample import ClipSample
from matcher.sound_bounds import SOUND_RATE
from tests.support.tiny_voices import Given

Floats = np.ndarray


def tune(number: int, seconds: float) -> Floats:
    """(n,) at 16 kHz: six notes a second with overtones that are each their own, and a step now and then."""
    random = np.random.default_rng((7, number))
    made, beat = np.zeros(round((seconds + 1) * SOUND_RATE)), SOUND_RATE // 6
    t = np.arange(SOUND_RATE) / SOUND_RATE
    for start in range(0, round(seconds * SOUND_RATE), beat):
        pitch, bright = 140 * 2 ** random.uniform(0, 2.5), random.uniform(0.2, 1, 8)
        made[start : start + SOUND_RATE] += np.exp(-6 * t) * sum(
            weight * np.sin(2 * np.pi * pitch * over * t) / over for over, weight in enumerate(bright, 1)
        )
        if random.random() < 0.4:
            made[start : start + 1600] += random.normal(size=1600) * np.exp(-np.arange(1600) / 300)
    made = made[: round(seconds * SOUND_RATE)]
    return np.asarray(0.7 * made / np.abs(made).max(), np.float32)


def sounding(samples: Floats) -> ClipSample:
    """A clip of which only the sound is asked for."""
    return ClipSample(lambda _rate, _side: iter(()), lambda: Given(samples))


def with_sound(path: Path, pictures: Path, samples: Floats, layout: str = "mono") -> Path:
    """A copy of a video that has this sound, in AAC at 64 kbit/s."""
    with av.open(str(pictures)) as source, av.open(str(path), "w") as made:
        shown = source.streams.video[0]
        video = made.add_stream_from_template(shown)
        sound = made.add_stream("aac", rate=SOUND_RATE, layout=layout)
        sound.bit_rate = 64_000
        sound.codec_context.open()
        for packet in source.demux(shown):
            if packet.dts is not None:
                packet.stream = video
                made.mux(packet)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts = SOUND_RATE, 0
        resampler = av.AudioResampler("fltp", layout, SOUND_RATE, sound.codec_context.frame_size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            made.mux(sound.encode(part))
        made.mux(sound.encode(None))
    return path
