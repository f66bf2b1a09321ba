"""Files with sound."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from matcher.sound_bounds import SOUND_RATE
from tests.support.drawn_clips import figure, pan, scene


def write(path: Path, codec: str, rate: int, layout: str, *tracks: np.ndarray, video: bool = False, late: float = 0.0) -> Path:
    """A file with these tracks of channels (c, n); late: seconds at which the last of them begins."""
    with av.open(str(path), "w") as container:
        if video:
            picture = container.add_stream("libx264", rate=25)
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
        streams = [container.add_stream(codec, rate=rate, layout=layout) for _ in tracks]
        if video:
            for _ in range(25):
                container.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="bgr24")))
            container.mux(picture.encode())
        for stream, channels in zip(streams, tracks, strict=True):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels.T.reshape(1, -1)), format="flt", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = (
                rate,
                Fraction(1, rate),
                round(late * rate) if stream is streams[-1] else 0,
            )
            if not stream.codec_context.is_open:
                stream.codec_context.open()
            resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate, stream.codec_context.frame_size or None)
            for made in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(made))
            container.mux(stream.encode(None))
    return path


def tone(path: Path, hertz: float, seconds: float = 2.0) -> Path:
    samples = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE)
    with wave.open(str(path), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(SOUND_RATE)
        made.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def film(path: Path, sound: Path | None) -> Path:
    """Two seconds of moving pictures, with that sound where there is one."""
    with av.open(str(path), "w") as made:
        video = made.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 480, 270, "yuv420p"
        audio = made.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound else None
        for picture in list(pan(figure(1), scene(2)))[:20]:
            made.mux(video.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        made.mux(video.encode())
        if sound and audio is not None:
            with av.open(str(sound)) as source:
                for frame in source.decode(audio=0):
                    made.mux(audio.encode(frame))
            made.mux(audio.encode())
    return path
