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
from matcher.media import read_picture
from matcher.packs.store import load

Vectors = dict[str, list[NDArray[np.float32]]]
MOST = 3


def references(
    photos: Annotated[Path, typer.Argument(help="Photos called NAME_0001.jpg, as in LFW.")],
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
) -> None:
    """Print FNIR at FPIR 5% and 1% by the number of references: people with several photos are enrolled, others are strangers."""
    people = _vectors(photos, pack, models)
    several = {name: vectors for name, vectors in people.items() if len(vectors) >= MOST}
    strangers = np.stack([vectors[0] for vectors in people.values() if len(vectors) < MOST])
    print(f"{pack}: {len(several)} people enrolled, {len(strangers)} strangers")
    print("| references | mated probes | rank-1 | FNIR at FPIR 5% | FNIR at FPIR 1% |\n|---|---|---|---|---|")
    for count in range(1, MOST):
        print(_line(count, several, strangers))


def _line(count: int, people: Vectors, strangers: NDArray[np.float32]) -> str:
    """Every choice of a probe and of count references among each person's photos; strangers ask the same galleries."""
    names = list(people)
    correct, scores, impostors = [], [], []
    for probe in range(MOST):
        for chosen in itertools.combinations([n for n in range(MOST) if n != probe], count):
            gallery = np.stack([[people[name][n] for n in chosen] for name in names])
            found = _search(np.stack([people[name][probe] for name in names]), gallery)
            correct.append(found.argmax(axis=1) == np.arange(len(names)))
            scores.append(np.where(correct[-1], found.max(axis=1), -1.0))
            impostors.append(_search(strangers, gallery).max(axis=1))
    right, genuine, false = np.concatenate(correct), np.concatenate(scores), np.concatenate(impostors)
    missed = [float((genuine < np.quantile(false, 1 - rate)).mean()) for rate in (0.05, 0.01)]
    return f"| {count} | {len(genuine):,} | {right.mean():.3f} | {missed[0]:.3f} | {missed[1]:.3f} |"


def _search(probes: NDArray[np.float32], gallery: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best cosine (n, people) of each probe (n, d) to the references (people, count, d) of each person."""
    return np.asarray(np.einsum("nd,pcd->npc", probes, gallery).max(axis=2), np.float32)


def _vectors(photos: Path, pack: str, models: Path) -> Vectors:
    (recogniser,) = recognisers_of(load(models, pack))
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
