"""What each further reference of a person is worth: the error rates with one photo enrolled, with two, and with three."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from matcher.assemble import recognisers_of
from matcher.errors import MatcherError
from matcher.face.gallery import FaceGallery
from matcher.face.recogniser import FaceRecogniser
from matcher.media import read_picture
from matcher.packs.store import load
from matcher.types import Gallery
from registry.types import Template

Vectors = dict[str, list[NDArray[np.float32]]]
MOST = 3


def references(
    photos: Annotated[Path, typer.Argument(help="Photos called NAME_0001.jpg, as in LFW.")],
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
) -> None:
    """Print FNIR at FPIR 5% and 1% by the number of references: people with several photos are enrolled, others are strangers."""
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    people = _vectors(photos, recogniser)
    several = {name: vectors for name, vectors in people.items() if len(vectors) >= MOST}
    strangers = np.stack([vectors[0] for vectors in people.values() if len(vectors) < MOST])
    print(f"{pack}: {len(several)} people enrolled, {len(strangers)} strangers")
    print("| references | mated probes | rank-1 | FNIR at FPIR 5% | FNIR at FPIR 1% |\n|---|---|---|---|---|")
    for count in range(1, MOST):
        print(_line(count, several, strangers, recogniser))


def _line(count: int, people: Vectors, strangers: NDArray[np.float32], recogniser: FaceRecogniser) -> str:
    """Every choice of a probe and of count references among each person's photos; strangers ask the same galleries."""
    names = list(people)
    correct, scores, impostors = [], [], []
    for probe in range(MOST):
        for chosen in itertools.combinations([n for n in range(MOST) if n != probe], count):
            templates = [
                Template(name, f"{name} {n}", recogniser.encoder, {"vector": people[name][n]}) for name in names for n in chosen
            ]
            gallery = FaceGallery(recogniser.encoder, recogniser.calibration)
            gallery.follow(Gallery({}, tuple(templates)))
            tops = [found[0] for found in gallery.nearest(np.stack([people[name][probe] for name in names]))]
            right = np.array([top.subject_id == name for top, name in zip(tops, names, strict=True)])
            correct.append(right)
            scores.append(np.where(right, [top.score for top in tops], -1.0))
            impostors.append(np.array([found[0].score for found in gallery.nearest(strangers)]))
    right, genuine, false = np.concatenate(correct), np.concatenate(scores), np.concatenate(impostors)
    missed = [float((genuine < np.quantile(false, 1 - rate)).mean()) for rate in (0.05, 0.01)]
    return f"| {count} | {len(genuine):,} | {right.mean():.3f} | {missed[0]:.3f} | {missed[1]:.3f} |"


def _vectors(photos: Path, recogniser: FaceRecogniser) -> Vectors:
    found: Vectors = {}
    for file in _files(photos):
        try:
            vector = recogniser.enrol(read_picture(file), prominent=True)["vector"]
        except MatcherError:
            continue
        found.setdefault(file.stem.rsplit("_", 1)[0], []).append(np.asarray(vector, np.float32))
    return found


def _files(photos: Path) -> Sequence[Path]:
    files = sorted(photos.glob("*.jpg"))
    if not files:
        raise typer.BadParameter(f"{photos} holds no .jpg")
    return files
