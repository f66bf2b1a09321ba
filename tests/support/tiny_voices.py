"""A small pack for voices that is real: one model hears whatever is loud, the other knows voices by the bands that swell."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from matcher.calibration import Calibration
from matcher.packs.digests import sha256_of
from matcher.packs.onnx_graph import Graph
from matcher.packs.spec import FileEntry, Licence, PackSpec, VoiceModels, write_spec
from matcher.packs.store import Pack, load_folder
from matcher.sample import Block, RecordingSample, SoundTrack
from matcher.sound_bounds import BLOCK_SECONDS, SOUND_RATE
from matcher.voice.fbank import BANDS

Floats = np.ndarray
PACK = "voice-tiny"
LOUD = 4e-5
"""Mean power from which on somebody speaks."""
NOISE = 1.5
"""By how much the log energy of a band of noise differs from its mean."""

CALIBRATION = Calibration(
    measured_on="this test", scores=(0.2, 0.5, 0.8), rates=(0.1, 0.003, 1e-5), allowed=20.0, least_gallery=10, per_reference=0.5
)


def tiny_voice_pack(models: Path, calibration: Calibration | None = CALIBRATION) -> Pack:
    """The pack, put into a folder of packs."""
    folder = models / PACK
    folder.mkdir(parents=True, exist_ok=True)
    _write_finder(folder / "loud.onnx")
    _write_encoder(folder / "bands.onnx")
    files = {
        name: FileEntry(sha256=sha256_of(folder / name), size=(folder / name).stat().st_size)
        for name in ("loud.onnx", "bands.onnx")
    }
    spec = PackSpec(
        format=1,
        id=PACK,
        title="Tiny voices",
        licence=Licence(names=("MIT",), commercial=True, text="Made by this test."),
        files=files,
        voice=VoiceModels(speech="loud.onnx", encoder="bands.onnx", dimensions=BANDS, calibration=calibration),
    )
    write_spec(spec, folder)
    return load_folder(folder)


def _write_finder(path: Path) -> None:
    graph = Graph()
    power = graph.node("ReduceMean", graph.node("Mul", "input", "input"), axes=[1], keepdims=0)
    above = graph.node("Mul", graph.node("Sub", power, graph.floats(np.array(LOUD))), graph.floats(np.array(4 / LOUD)))
    graph.output(graph.node("Sigmoid", above), "speech_probs")
    graph.output("h", "hn")
    graph.output("c", "cn")
    state: list[int | str] = [1, 1, 128]
    graph.write(path, "loud", {"input": ["n", 576], "h": state, "c": state}, {"speech_probs": ["n"], "hn": state, "cn": state})


def _write_encoder(path: Path) -> None:
    graph = Graph()
    # What noise does by itself in every band is no one's voice.
    loud = graph.node("Relu", graph.node("Sub", graph.node("Abs", "features"), graph.floats(np.array(NOISE))))
    swell = graph.node("ReduceMean", loud, axes=[1], keepdims=0)
    apart = graph.node("Sub", swell, graph.node("ReduceMean", swell, axes=[1], keepdims=1))
    graph.output(apart, "vector")
    graph.write(path, "bands", {"features": [1, "n", BANDS]}, {"vector": [1, BANDS]})


def voice(who: int, seconds: float, day: int = 0) -> Floats:
    """What somebody says (n,): three bands of 21 that swell and fade; of another day, other words. 0, 2 and 4 differ most."""
    t = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    random = np.random.default_rng((1, who, day))
    sound = 0.002 * random.normal(size=len(t))
    for band in (who % 7, who % 7 + 7, who % 7 + 14):
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * (3 + 2 * random.random()) * t + 6 * random.random())
        hertz = 150 * 1.2**band * (1 + 0.08 * random.random(4))
        sound += 0.05 * swell * sum(np.sin(2 * np.pi * pitch * t + 6 * random.random()) for pitch in hertz)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def silence(seconds: float) -> Floats:
    """Nothing (n,)."""
    return np.zeros(round(seconds * SOUND_RATE), np.float32)


class Given:
    """A sound in memory, of so many tracks."""

    def __init__(self, *tracks: Floats) -> None:
        self._tracks = tracks
        self.tracks = tuple(SoundTrack(SOUND_RATE, 1) for _ in tracks)
        self.unheard: list[str] = []

    def blocks(self, track: int, deadline: float = 0.0) -> Iterator[Block]:
        length = round(BLOCK_SECONDS * SOUND_RATE)
        for start in range(0, len(self._tracks[track]), length):
            yield Block(start / SOUND_RATE, self._tracks[track][start : start + length])


def recording(*parts: Floats) -> RecordingSample:
    """These one after the other, as they are enrolled."""
    return RecordingSample(lambda: Given(np.concatenate(parts)))


def video(
    path: Path,
    sound: Floats | None,
    seconds: float,
    *,
    pictures: bool = True,
    layout: str = "mono",
    rate: int = 48_000,
    still: np.ndarray | None = None,
) -> Path:
    """A file with moving pictures, or a still one (h, w, 3) BGR of even sides, and this sound (n,) as AAC of 64 kbit/s, or as it
    is where the name says so; either may be absent."""
    codec = "pcm_s16le" if path.suffix == ".wav" else "aac"
    with av.open(str(path), "w") as container:
        shown = container.add_stream("libx264", rate=8, options={"preset": "ultrafast"}) if pictures else None
        heard = container.add_stream(codec, rate=rate, layout=layout) if sound is not None else None
        if shown is not None:
            height, width = (96, 160) if still is None else still.shape[:2]
            shown.width, shown.height, shown.pix_fmt = width, height, "yuv420p"
            for number in range(round(8 * seconds)):
                picture = np.roll(np.tile(np.arange(160, dtype=np.uint8), (96, 1)), 3 * number, axis=1)
                given = np.stack([picture] * 3, axis=2) if still is None else still
                container.mux(shown.encode(av.VideoFrame.from_ndarray(given, format="bgr24")))
            container.mux(shown.encode())
        if heard is not None and sound is not None:
            if codec == "aac":
                heard.bit_rate = 64_000
            if not heard.codec_context.is_open:
                heard.codec_context.open()
            frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
            frame.sample_rate, frame.pts = SOUND_RATE, 0
            cut = av.AudioResampler(heard.codec_context.format.name, layout, rate, heard.codec_context.frame_size or None)
            for made in [*cut.resample(frame), *cut.resample(None), None]:
                container.mux(heard.encode(made))
    return path
