"""Likelihood ratios of faces: fitted to some people, asked of others, of clips, and of strangers of one kind of face."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.crossed.command import KEPT
from benchmarks.crossed.truths import FANTASY, HUMO, clips
from benchmarks.crossed.views import described
from benchmarks.galleries import faces_of
from benchmarks.likelihood.curves import (
    LIMITS,
    Asked,
    Halves,
    Kind,
    asked,
    curve,
    left_out,
    most_of_kinds,
    of_kinds,
    shares,
    split,
)
from benchmarks.likelihood.scores import of_clips, of_photos
from matcher.assemble import recognisers_of
from matcher.face.recogniser import FaceRecogniser
from matcher.likelihood import RatioCurve
from matcher.packs.store import load

KNOTS = (2, 4, 6, 8)
CHOSEN_ON, ASKED_ON = range(101, 104), range(1, 7)
"""Splits by which the number of knots is chosen, and those by which what it gives is told."""


def likelihood(
    data: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    kept: Annotated[Path, typer.Option(help="Where vectors of the public data are kept between runs.")] = KEPT,
    fit: Annotated[bool, typer.Option("--fit", help="Print the curve for the pack as JSON, and nothing else.")] = False,
) -> None:
    """Print Cllr, Cllr_min and the shares of strangers above each ratio, of people and clips that were left out."""
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    faces, base = faces_of(data / "faces" / "truth.csv", recogniser), recogniser.calibration
    knots = chosen_knots(split(faces, base, CHOSEN_ON))
    kinds, parts, whole = of_kinds(faces, base, knots), split(faces, base, ASKED_ON), of_photos(faces.members, base)
    made = with_costs(curve(whole, knots), left_out(parts, knots), most_of_kinds(kinds))
    if fit:
        print(made.model_dump_json(indent=1))
        return
    print(HEADER)
    for line in report(parts, kinds, knots):
        print(line, flush=True)
    labelled = clips(data)
    found = described(models, pack, labelled.work(), kept)
    for name in (HUMO, FANTASY):
        print(told(f"photos of LFW | {name}", [asked(made, of_clips(labelled, found, base, name))]), flush=True)


COLUMNS = ("fitted to", "asked of", "Cllr", "Cllr_min", "between", "bounds, log10", f"strangers above {LIMITS}, times it")
HEADER = f"| {' | '.join(COLUMNS)} |\n" + "|---" * len(COLUMNS) + "|"


def chosen_knots(parts: Halves) -> int:
    """With which the left-out halves cost least."""
    return min(KNOTS, key=lambda knots: float(np.mean([own.cllr for own in left_out(parts, knots)])))


def with_costs(made: RatioCurve, found: Sequence[Asked], of_kind: float) -> RatioCurve:
    costs = {"cllr": np.mean([own.cllr for own in found]), "cllr_min": np.mean([own.least for own in found])}
    return made.model_copy(update={**{name: round(float(cost), 4) for name, cost in costs.items()}, "most_of_kind": of_kind})


def report(parts: Halves, kinds: Mapping[int, Kind], knots: int) -> Iterator[str]:
    for count in KNOTS:
        yield told(f"half of LFW, {count} knots, without bounds | the other", left_out(parts, count, bounded=False))
    yield told(f"half of LFW, {knots} knots, bounded | the other", left_out(parts, knots))
    for number, kind in kinds.items():
        by_others = most_of_kinds(kinds, without=number)
        both = kind.ratios, np.minimum(kind.ratios, by_others)
        cells = " / ".join(", ".join(f"{share:.2f}" for share in shares(own)) for own in both)
        bound = f"/ at most {by_others:g}, by the others"
        yield f"| all other kinds | kind {number}, {kind.people} people | | | | {bound} | {cells} |"


def told(words: str, found: Sequence[Asked]) -> str:
    """Means, and in brackets the standard deviation over the halves."""
    costs, least, ends, above = (np.array([getattr(own, name) for own in found]) for name in ("cllr", "least", "bounds", "above"))
    each = ", ".join(cell(above[:, place], 2) for place in range(len(LIMITS)))
    cells = (cell(costs), cell(least), cell(costs - least), f"{cell(ends[:, 0], 2)} to {cell(ends[:, 1], 2)}", each)
    return f"| {words} | {' | '.join(cells)} |"


def cell(values: NDArray[np.float64], digits: int = 4) -> str:
    return f"{values.mean():.{digits}f}" + (f" ({values.std():.{digits}f})" if len(values) > 1 else "")
