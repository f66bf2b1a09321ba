"""How often drawn characters are named rightly and found, and other pictures matched, by pictures that are kept apart."""

import csv
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import av
import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.character_splits import SPLITS, Asked, Pictures, asked, in_words
from matcher.assemble import figure_encoder_of
from matcher.calibration import UNMEASURED_FIGURE, calibrated
from matcher.figure.encode import FigureEncoder
from matcher.figure.head import unknown
from matcher.figure.recogniser import PERIOD
from matcher.packs.background import read_background
from matcher.packs.store import load
from matcher.scan import LONG_SIDE
from monitor.settings import load_settings
from registry.types import Image

PORTRAITS = 150
"""Of the many portraits every so many are taken."""

PER_PICTURE = 10.0
"""False matches that 1,000 pictures of none of the characters may raise: 1%."""


def characters(
    data: Annotated[Path, typer.Argument(help="A folder with truth.csv: role, subject, media; others lie beside it.")],
    pack: Annotated[str, typer.Argument(help="A pack with an image encoder.")],
    models: Annotated[Path | None, typer.Option(help="The folder of packs.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Where vectors are kept for the next time.")] = None,
    splits: Annotated[int, typer.Option(help="How often pictures are drawn by lot.")] = SPLITS,
    fit: Annotated[bool, typer.Option(help="Print a calibration from the pictures of none of the characters.")] = False,
) -> None:
    """Rank-1, found at 1% false, and false on pictures kept apart, over repeated splits; what a look costs beside decoding."""
    loaded = load(models or load_settings().models, pack)
    figure = loaded.spec.figure
    if figure is None:
        raise typer.BadParameter(f"The pack {pack} has no image encoder.")
    encoder = figure_encoder_of(loaded, figure)
    known = read_background(loaded.file(figure.background)) if figure.background else unknown(figure.dimensions)
    print(_cost(encoder, data))
    pictures = _encoded(data, encoder, cache)
    print(f"{len(pictures.shows)} pictures of {len(set(pictures.shows))} characters, {len(pictures.others)} of none of them.")
    threshold = (figure.calibration or UNMEASURED_FIGURE).threshold(len(set(pictures.shows)))
    shares = figure.calibration is None
    results = []
    for seed in range(splits):
        results.append(asked(pictures, known, seed, threshold, shares=shares))
        print(json.dumps(results[-1].figures()), flush=True)
    print(in_words(results))
    if fit:
        print(_fitted(results))


def _encoded(data: Path, encoder: FigureEncoder, cache: Path | None) -> Pictures:
    kept = cache / f"{encoder.id.replace('/', '_')}.npz" if cache else None
    if kept and kept.is_file():
        with np.load(kept, allow_pickle=False) as held:
            counts = held["counts"]
            shows, names = held["shows"].tolist(), held["names"].tolist()
            return Pictures.of(shows, names, np.split(held["vectors"].astype(np.float32), np.cumsum(counts)[:-1]))
    shows, names, vectors = [], [], []
    for shown, name, picture in [*_characters(data), *_others(data.parent)]:
        shows.append(shown)
        names.append(name)
        vectors.append(encoder.parts(picture).vectors)
    if kept:
        counts = np.array([len(each) for each in vectors])
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, vectors=np.concatenate(vectors).astype(np.float16), counts=counts, shows=shows, names=names)
    return Pictures.of(shows, names, vectors)


def _characters(data: Path) -> Iterator[tuple[str, str, Image]]:
    """Each picture with the name of the character that it shows."""
    with (data / "truth.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield row["subject"], row["media"], _read(data / row["media"])


def _others(folder: Path) -> Iterator[tuple[str, str, Image]]:
    """Pictures of none of the characters: photos of brands, portraits, and two stills of every clip, with what they come from."""
    for path in sorted((folder / "marks" / "img").glob("*.jpg")):
        yield "", path.name, _read(path)
    faces = sorted((folder / "faces").rglob("*.jpg"))
    for path in [*sorted((folder / "ai_video" / "ref").iterdir()), *faces[:: max(1, len(faces) // PORTRAITS)]]:
        yield "", path.name, _read(path)
    for path in sorted([*(folder / "ai_video" / "probe").glob("*.mp4"), *(folder / "real_video").glob("*.mp4")]):
        for still in _stills(path):
            yield "", path.name, still


def _read(path: Path) -> Image:
    picture = cv2.imread(str(path))
    if picture is None:
        raise typer.BadParameter(f"{path} is no picture.")
    return np.asarray(picture, np.uint8)


def _stills(path: Path) -> list[Image]:
    """The pictures at a third and two thirds."""
    with av.open(str(path)) as container:
        count = sum(1 for packet in container.demux(video=0) if packet.size)
    with av.open(str(path)) as container:
        wanted = {count // 3, 2 * count // 3}
        return [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for number, frame in enumerate(container.decode(video=0))
            if number in wanted
        ]


def _cost(encoder: FigureEncoder, data: Path) -> str:
    """Processor time of a look beside that of decoding, on the first clip that lies beside the characters."""
    (path, *_) = sorted((data.parent / "ai_video" / "probe").glob("*.mp4"))
    start, frames, seconds, last = time.process_time(), 0, 0.0, None
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            frames, last, seconds = frames + 1, frame, max(seconds, frame.time or 0.0)
    decoding = (time.process_time() - start) / seconds
    assert last is not None
    picture = np.asarray(last.to_ndarray(format="bgr24"), np.uint8)
    scale = LONG_SIDE / max(picture.shape[:2])
    picture = np.asarray(cv2.resize(picture, None, fx=min(1.0, scale), fy=min(1.0, scale)), np.uint8)
    encoder.parts(picture)
    start = time.process_time()
    for _ in range(5):
        encoder.parts(picture)
    look = (time.process_time() - start) / 5
    share = look / PERIOD / decoding
    long, cut = share, share * PERIOD / 2
    return (
        f"A look: {1000 * look:.0f} ms of processor time. Decoding {path.name}: {1000 * decoding:.1f} ms a second. With a look "
        f"at each shot and every {PERIOD:g} s: {long:.2f} times decoding in a long shot, {cut:.2f} with a cut every 2 s."
    )


def _fitted(results: Sequence[Asked]) -> str:
    """A calibration of the best score of each picture of none of the characters, over all splits."""
    best: NDArray[np.float64] = np.concatenate([result.strangers for result in results]).astype(np.float64)
    made = calibrated(best, results[0].enrolled, "", allowed=PER_PICTURE, least_gallery=results[0].enrolled)
    return f"scores={made.scores}\nrates={made.rates}\nof {len(best)} scores"
