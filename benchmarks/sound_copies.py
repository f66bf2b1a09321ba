"""How much copied sound is found again, in noise and through codecs, and what is found falsely: each recording in all others."""

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.voice_conditions import Change, added, babble, clean, music, through
from matcher.errors import MediaUnreadable
from matcher.media import MediaReader
from matcher.media.sound import SoundReader
from matcher.scan import LONG_SIDE, RATE
from matcher.sound.aligning import SoundIndex, stretches_in
from matcher.sound.landmarks import FRAMES, STEP, Peaks, landmarks_of, peaks_of
from matcher.sound.recogniser import LEAST_LANDMARKS
from matcher.sound_bounds import SOUND_RATE

Floats = NDArray[np.float32]

FOLDERS = ("ai_video/probe", "real_video")
SECONDS, TALKERS, MUSIC = 11.0, 2, 8
"""Of a recording at least, where there are as many; speakers who are heard in the babble alone; pieces of music that are made."""

EXCERPTS = (10.0, 5.0, 3.0)
STARTS = 2
MARGIN = 1.25
"""What a threshold fitted on one half of the recordings adds to the most votes that a false one had there."""

LIMIT = 0.95
"""Of 10 s in noise at 10 dB and through AAC, at no false one in 100,000 pairs."""


def white(decibels: float) -> Change:
    """Noise that is alike at all frequencies, so much below."""
    return lambda samples, _, random: added(samples, random.normal(size=len(samples)).astype(np.float32), decibels)


def paced(pace: float) -> Change:
    """Played so many times as fast, which raises it, too."""
    return lambda samples, _, __: np.interp(np.arange(0, len(samples), pace), np.arange(len(samples)), samples).astype(np.float32)


def clipped(samples: Floats, _: Sequence[Floats], __: np.random.Generator) -> Floats:
    """Ten times as loud, and cut off."""
    return np.clip(10 * samples, -1, 1)


_AAC = through("sound.m4a", "aac", 48_000, 64_000)


def in_aac(before: Change) -> Change:
    """Changed so, and then through AAC at 64 kbit/s."""
    return lambda samples, others, random: _AAC(before(samples, others, random), others, random)


CHANGES: Mapping[str, Change] = {
    "as it is": clean,
    "white noise 10 dB": white(10),
    "babble 10 dB": babble(10),
    "white noise 5 dB": white(5),
    "babble 5 dB": babble(5),
    "AAC 64k": in_aac(clean),
    "white noise 10 dB, AAC 64k": in_aac(white(10)),
    "babble 10 dB, AAC 64k": in_aac(babble(10)),
    "8 kHz": through("sound.wav", "pcm_s16le", 8_000),
    "44.1 kHz": through("sound.wav", "pcm_s16le", 44_100),
    "clipped": clipped,
    "speed 0.99": paced(0.99),
    "speed 1.01": paced(1.01),
    "speed 1.02": paced(1.02),
    "speed 1.05": paced(1.05),
}


@dataclass(frozen=True)
class _Asked:
    """One excerpt. own: votes for the recording that it is of; false: the most for any other."""

    change: str
    seconds: float
    half: int
    own: int
    false: int
    pair: tuple[str, str]


def sound_copies(data: Annotated[Path, typer.Argument(help="The folder with voice, ai_video and real_video.")]) -> None:
    """Print what is found of excerpts, with the threshold of the other half of the recordings, what is false, and the cost."""
    heard, talkers = _recordings(data)
    # What is refused as a reference, because next to nothing is heard in it, is none here either.
    recordings = {name: each for name, each in heard.items() if len(landmarks_of(peaks_of(each)).words) >= LEAST_LANDMARKS}
    names, index = list(recordings), SoundIndex([landmarks_of(peaks_of(each)) for each in recordings.values()])
    asked = [one for number in range(len(names)) for one in _of_recording(number, recordings, talkers, index)]
    halves = [MARGIN * max(one.false for one in asked if one.half == half) for half in (0, 1)]
    false = [one for one in asked if one.false >= halves[1 - one.half]]
    seconds = sum(len(each) for each in recordings.values()) / SOUND_RATE
    told = {
        "recordings": len(names),
        "refused": sorted(heard.keys() - recordings.keys()),
        "seconds": round(seconds),
        "pairs": len(asked) * (len(names) - 1),
        "thresholds": halves,
        "most_false": sorted(((one.false, one.change, one.seconds, *one.pair) for one in asked), reverse=True)[:8],
        "false": [(one.change, one.seconds, *one.pair, one.false) for one in false],
        "bytes_a_second": round(8 * len(index) / seconds),
        "excerpts": [_row(change, length, asked, halves) for change in CHANGES for length in EXCERPTS],
        **_cost(data, index),
    }
    print(json.dumps(told, indent=2))
    for row in told["excerpts"]:
        print(f"{row['change']:28s} {row['seconds']:4.0f} s: found {row['found']:.3f} of {row['asked']} {row['of_halves']}")
    print(f"{len(false)} false in {told['pairs']:,} pairs; limit for 10 s: {LIMIT}")


def _recordings(data: Path) -> tuple[dict[str, Floats], list[Floats]]:
    """What is protected, and what the speakers say who are only in the babble."""
    said: dict[str, list[Floats]] = defaultdict(list)
    with (data / "voice" / "truth.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            said[row["media"].partition("/")[0]].append(_read(data / "voice" / row["media"]))
    speakers = sorted(said)
    made = {f"{who} {number}": part for who in speakers[TALKERS:] for number, part in enumerate(_joined(said[who]))}
    for path in (path for folder in FOLDERS for path in sorted((data / folder).glob("*.mp4"))):
        with suppress(MediaUnreadable):
            if len(heard := _read(path)) >= EXCERPTS[-1] * SOUND_RATE:
                made[path.stem] = heard
    random = np.random.default_rng(1)
    made |= {f"music {number}": music(round(1.2 * SECONDS * SOUND_RATE), random) for number in range(MUSIC)}
    return made, [utterance for who in speakers[:TALKERS] for utterance in said[who]]


def _joined(utterances: Sequence[Floats]) -> Iterator[Floats]:
    held: list[Floats] = []
    for each in utterances:
        held.append(each)
        if sum(map(len, held)) >= SECONDS * SOUND_RATE:
            yield np.concatenate(held)
            held = []


def _read(path: Path) -> Floats:
    source = SoundReader(path)
    return np.concatenate([np.empty(0, np.float32), *(block.samples for block in (source.blocks(0) if source.tracks else ()))])


def _of_recording(
    number: int, recordings: Mapping[str, Floats], talkers: Sequence[Floats], index: SoundIndex
) -> Iterator[_Asked]:
    name = list(recordings)[number]
    for place, (change, of) in enumerate(CHANGES.items()):
        random = np.random.default_rng((number, place))
        # Its spectra lie elsewhere than those of the recording.
        changed = of(recordings[name], talkers, random)[int(random.integers(STEP)) :]
        peaks, length = peaks_of(changed), len(changed) // STEP
        for seconds in EXCERPTS:
            spare = length - round(seconds * FRAMES)
            for _ in range(STARTS if spare >= 0 else 0):
                start = int(random.integers(spare + 1))
                yield _asked(change, seconds, number, _cut(peaks, start, seconds), list(recordings), index)


def _cut(peaks: Peaks, start: int, seconds: float) -> Peaks:
    within = (peaks.times >= start) & (peaks.times < start + seconds * FRAMES)
    return Peaks(peaks.times[within], peaks.bands[within])


def _asked(change: str, seconds: float, number: int, excerpt: Peaks, names: Sequence[str], index: SoundIndex) -> _Asked:
    found = stretches_in(landmarks_of(excerpt), index)
    own = max((one.votes for one in found if one.recording == number), default=0)
    other = max((one for one in found if one.recording != number), key=lambda one: one.votes, default=None)
    pair = names[number], names[other.recording] if other else ""
    return _Asked(change, seconds, number % 2, own, other.votes if other else 0, pair)


def _row(change: str, seconds: float, asked: Sequence[_Asked], halves: Sequence[float]) -> Mapping[str, object]:
    own = [one for one in asked if (one.change, one.seconds) == (change, seconds)]
    found = [[one.own >= halves[1 - half] for one in own if one.half == half] for half in (0, 1)]
    return {
        "change": change,
        "seconds": seconds,
        "asked": len(own),
        "found": round(sum(map(sum, found)) / len(own), 4),
        "of_halves": [round(sum(some) / len(some), 3) for some in found],
        "lowest": min(one.own for one in own),
        "highest_false": max(one.false for one in own),
    }


def _cost(data: Path, index: SoundIndex) -> Mapping[str, float]:
    """Processor time of reading the sound of the clips that have some, and of looking for it, as shares of decoding pictures."""
    paths = [path for path in sorted((data / FOLDERS[0]).glob("*.mp4")) if len(_read(path))]
    sounds = [_read(path) for path in paths]

    def pictures() -> None:
        for path in paths:
            with MediaReader(path, threads=1) as reader:
                for _ in reader.frames(RATE, LONG_SIDE):
                    pass

    decoding = _seconds(pictures)
    reading = _seconds(lambda: [_read(path) for path in paths])
    looking = _seconds(lambda: [stretches_in(landmarks_of(peaks_of(each)), index) for each in sounds])
    heard = sum(map(len, sounds)) / SOUND_RATE
    return {
        "reading_of_decoding": round(reading / decoding, 3),
        "looking_of_decoding": round(looking / decoding, 3),
        "looking_of_a_second": round(looking / heard, 5),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
