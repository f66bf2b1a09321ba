"""Sound, as the scanner's worker decodes it, from recordings and videos alike."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.voice_conditions import music, write
from fuzz.target import OURS, Target, as_file, promise, samples
from matcher.media.sound import SoundReader
from matcher.sound_bounds import BLOCK_SECONDS, MAX_SOUND_TRACKS, SOUND_RATE

MOST_BLOCKS = 5
"""Of each track of a mutated file: a header may claim hours of the same few bytes."""

_KINDS = (
    *(("wav", "pcm_s16le", 16_000), ("wav", "pcm_mulaw", 8_000), ("wav", "adpcm_ms", 22_050), ("mp3", "libmp3lame", 24_000)),
    *(
        ("m4a", "aac", 48_000),
        ("ogg", "libopus", 48_000),
        ("flac", "flac", 16_000),
        ("mka", "ac3", 48_000),
        ("mkv", "alac", 44_100),
    ),
    *(("ts", "mp2", 44_100), ("asf", "wmav2", 44_100), ("aac", "aac", 16_000)),
)
"""Endings, codecs and samples a second of what is begun with."""


def _sound(data: bytes) -> None:
    with as_file(data, "sound.mp4") as path:
        try:
            reader = SoundReader(path)
            promise(len(reader.tracks) <= MAX_SOUND_TRACKS, "more tracks are heard than there may be")
            for track in range(len(reader.tracks)):
                _track(reader, track)
        except OURS:
            return


def _track(reader: SoundReader, track: int) -> None:
    reached = -1.0
    for block in islice(reader.blocks(track), MOST_BLOCKS):
        held = block.samples
        promise(held.dtype == np.float32 and held.ndim == 1 and len(held) > 0, "a block has another form")
        promise(len(held) <= BLOCK_SECONDS * SOUND_RATE, "a block is longer than is held at a time")
        promise(bool(np.isfinite(held).all()) and float(np.abs(held).max()) <= 1.0, "a sample is no sample")
        promise(np.isfinite(block.start) and block.start >= 0, "a block is at no time")
        promise(block.start >= reached - 1e-3, "a block begins before the one before it ends")
        reached = block.start + len(held) / SOUND_RATE


def _sounds() -> Iterable[bytes]:
    played = music(SOUND_RATE, np.random.default_rng(0))
    with TemporaryDirectory() as folder:
        for ending, codec, rate in _KINDS:
            path = Path(folder) / f"{codec}.{ending}"
            write(path, played, codec, rate, 0 if codec in ("flac", "alac", "pcm_s16le", "pcm_mulaw", "adpcm_ms") else 32_000)
            yield path.read_bytes()
    yield from samples("malformed", ".mp4", ".wav", ".mp3", ".m4a", ".ogg")


TARGETS = (
    Target(
        "sound.file",
        _sound,
        _sounds,
        (b"RIFF", b"fmt ", b"data", b"fLaC", b"OggS", b"OpusHead", b"ID3", b"mp4a", b"esds", b"\x1a\x45\xdf\xa3"),
        1 << 17,
    ),
)
