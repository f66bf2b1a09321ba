"""What looking for each modality costs beside decoding, with many subjects of each kind enrolled."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.throughput import _decode
from benchmarks.voice_conditions import music
from matcher.artwork import ArtworkRecogniser
from matcher.assemble import recognisers_of, word_models_of
from matcher.footage.recogniser import FootageRecogniser
from matcher.packs.store import TEXT_PACK, VOICE_PACK, load
from matcher.sample import Block, ClipSample, SoundTrack
from matcher.scan import Limits, scan
from matcher.sound.recogniser import SoundRecogniser
from matcher.sound_bounds import SOUND_RATE
from matcher.text.watching import WordWatch
from matcher.types import Frame, Gallery, GallerySubject, Recogniser
from registry.types import SubjectKind, Template
from tests.support.drawn_clips import RATE, figure, pan, scene

LIMITS = {"faces": 1.4, "all": 3.0}
SECONDS = 4.0
"""Of a clip and a recording that is enrolled."""

DIMENSIONS = {"faces": 256, "voices": 192}


@dataclass
class Enrolled:
    """What is looked for: drawn by lot, so that nothing of it is in any clip."""

    subjects: dict[str, GallerySubject] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)

    def add(self, kind: SubjectKind, recogniser: Recogniser, number: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        name = f"{recogniser.modality.value} {number}"
        self.subjects[name] = GallerySubject(name, f"{kind.value.title()} Name{number}", kind)
        self.templates.append(Template(name, name, recogniser.encoder, arrays))


@dataclass(frozen=True)
class _Music:
    """A recording of made music."""

    number: int
    tracks: tuple[SoundTrack, ...] = (SoundTrack(SOUND_RATE, 1),)
    unheard: Sequence[str] = ()

    def blocks(self, track: int, deadline: float = 0.0) -> Iterator[Block]:  # noqa: ARG002
        yield Block(0.0, music(round(SECONDS * SOUND_RATE), np.random.default_rng(self.number)))


def modalities(
    clips: Annotated[list[Path], typer.Option(help="Folders of videos.")],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS", help="With the packs voice-open and text-open, too.")],
    pack: Annotated[str, typer.Option(help="For faces.")] = "edge",
    enrolled: Annotated[int, typer.Option(help="Subjects of each kind.")] = 1000,
    footage: Annotated[int, typer.Option(help="Of which so many are clips: each takes a third of a second.")] = 200,
    every: Annotated[int, typer.Option(min=1, help="Take every so many clips alone.")] = 4,
    rounds: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Print processor time over that of decoding every frame: each clip is decoded, and looked at in every way, in turn, with one
    thread."""
    cv2.setNumThreads(1)
    ways, gallery = _ways(models, pack, enrolled, footage)
    paths = [path for folder in clips for path in sorted(folder.glob("*.mp4"))[::every]]
    for work in ways.values():
        work(paths[0], gallery)  # whatever is made once for a gallery
    spent = dict.fromkeys(("decoding", *ways), 0.0)
    for _ in range(rounds):
        for path in paths:
            spent["decoding"] += _seconds(partial(_decode, path))
            for name, work in ways.items():
                spent[name] += _seconds(partial(work, path, gallery))
    times = {name: round(seconds / spent["decoding"], 2) for name, seconds in spent.items()}
    about = {"clips": len(paths), "rounds": rounds, "templates": len(gallery.templates), "load_average": os.getloadavg()[0]}
    print(json.dumps(about | {"seconds": spent, "times_decoding": times, "limits": LIMITS}, indent=2))
    for name, ratio in times.items():
        print(f"{name}: {ratio:.2f} x decoding")


Work = Callable[[Path, Gallery], object]


def _ways(models: Path, pack: str, count: int, footage: int) -> tuple[dict[str, Work], Gallery]:
    (face,) = recognisers_of(load(models, pack))
    voices = recognisers_of(load(models, VOICE_PACK))
    art, copies, sound = ArtworkRecogniser(), FootageRecogniser(), SoundRecogniser()
    held, random = Enrolled(), np.random.default_rng(0)
    for number in range(count):
        held.add(SubjectKind.PERSON, face, number, _vector(random, DIMENSIONS["faces"]))
        held.add(SubjectKind.PERSON, voices[0], number, _vector(random, DIMENSIONS["voices"]))
        held.add(SubjectKind.CHARACTER, art, number, art.enrol(figure(number)))
        held.add(SubjectKind.FOOTAGE, sound, number, sound.enrol(ClipSample(_no_frames, partial(_Music, number))))
    for number in range(footage):
        held.add(SubjectKind.FOOTAGE, copies, number, copies.enrol(ClipSample(partial(_frames, number))))
    words = partial(WordWatch, word_models_of(load(models, TEXT_PACK)))

    def work(recognisers: Sequence[Recogniser], read: Any, path: Path, gallery: Gallery) -> None:
        found = scan(path, gallery, recognisers, Limits(threads=1), read)
        if found.failure:
            raise SystemExit(found.failure.what)

    ways = {
        "faces": partial(work, [face], None),
        "faces and artwork": partial(work, [face, art], None),
        "faces and footage": partial(work, [face, copies], None),
        "faces, sound and voices": partial(work, [face, sound, *voices], None),
        "faces and words": partial(work, [face], words),
        "all": partial(work, [face, art, copies, sound, *voices], words),
    }
    return ways, Gallery(held.subjects, tuple(held.templates))


def _vector(random: np.random.Generator, dimension: int) -> dict[str, NDArray[Any]]:
    drawn = random.normal(size=dimension)
    return {"vector": (drawn / np.linalg.norm(drawn)).astype(np.float32), "quality": np.ones((), np.float32)}


def _frames(number: int, rate: float, side: int) -> Iterator[Frame]:  # noqa: ARG001
    for place, picture in enumerate(pan(figure(100_000 + number), scene(number), SECONDS)):
        yield Frame(place / RATE, picture, 0)


def _no_frames(rate: float, side: int) -> Iterator[Frame]:  # noqa: ARG001
    yield from ()


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
