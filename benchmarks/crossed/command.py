"""Which parts of the pipeline for faces carry over: chosen on one or two sets of clips or people, asked of another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated

import numpy as np
import typer

from benchmarks.crossed.pipelines import NAIVE, PARTS, PRODUCT, Pipeline, every, flipped, tried
from benchmarks.crossed.truths import FANTASY, HUMO, Chooses, Figures, Labelled, clips, figures, half, photos, side
from benchmarks.crossed.views import WAYS, Described, collector, described
from benchmarks.crossed.whitening import Whitening
from benchmarks.strangers import People
from matcher.calibration import Calibration
from matcher.evaluate import Probe

KEPT = Path(gettempdir()) / "semblance-benchmark-views.npz"
Results = Mapping[Pipeline, tuple[Probe, ...]]


def faces_crossed(
    data: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    kept: Annotated[Path, typer.Option(help="Where vectors of the public data are kept between runs.")] = KEPT,
    splits: Annotated[int, typer.Option(help="Halves of the strangers, and of LFW's people.")] = 10,
) -> None:
    """For each part of the pipeline FNIR with and without it; then what one side chooses, asked of the other."""
    labelled = clips(data), photos(data)
    found = described(models, pack, [own for one in labelled for own in one.work()], kept)
    calibration = collector(models, pack).calibration
    of_clips, of_photos = (_results(one, found, calibration) for one in labelled)
    print(HEADER)
    for part in ("", *PARTS):
        print(_part(part, of_clips, of_photos, splits), flush=True)
    for words, pipeline in (("naive", NAIVE), ("product", PRODUCT)):
        print(_whole(words, figures(of_photos[pipeline])), flush=True)
    print(CHOSEN)
    for words, chosen_on, asked in crossings(of_clips, of_photos):
        print(_crossed(words, chosen_on, asked, splits), flush=True)


COLUMNS = ("without it", "with it")
HEADER = (
    "FNIR at FPIR 5%, at 1%, and the lowest tenth of mated scores in spreads of strangers' best above their mean\n"
    f"| part | {' | '.join(f'{name}, {column}' for name in (HUMO, FANTASY, 'LFW') for column in COLUMNS)} |\n" + "|---" * 7 + "|"
)
CHOSEN = (
    "\n| chosen on | asked of | chosen, most often | FNIR at 5% | at 1% | product at 5% | at 1% | naive at 5% | at 1% |\n"
    + "|---" * 9
    + "|"
)


def _results(labelled: Labelled, found: Described, calibration: Calibration) -> Results:
    """Photos of LFW teach the whitening; a half of its people that is asked was among them, which flatters it there alone."""
    whitening = Whitening.of(_people(found))
    return {pipeline: tried(pipeline, labelled, found, calibration, whitening) for pipeline in every()}


def _people(found: Described) -> People:
    held: dict[str, list[np.ndarray]] = {}
    way = WAYS.index(("thorough", 1.0, 1))
    for name, seen in found.items():
        path = Path(name[2:])
        if path.parent.name == "lfw" and len(seen) == 1:
            held.setdefault(path.stem.rsplit("_", 1)[0], []).append(seen[0].vectors[0, way])
    return {number: np.stack(own) for number, own in enumerate(held.values())}


def _part(part: str, of_clips: Results, of_photos: Results, splits: int) -> str:
    """The product with and without one part; without a name, the naive pipeline and the product."""
    pair = (NAIVE, PRODUCT) if not part else sorted((PRODUCT, flipped(PRODUCT, part)), key=lambda p: getattr(p, part))
    cells = []
    for results, chosen in (
        (of_clips, lambda s: side(HUMO, s)),
        (of_clips, lambda s: side(FANTASY, s)),
        (of_photos, lambda s: lambda row: half(row, s)),
    ):
        cells += [_told([_of(results[own], chosen(seed)) for seed in range(splits)]) for own in pair]
    return f"| {part or 'all of it: naive, product'} | " + " | ".join(cells) + " |"


def _whole(words: str, found: Figures) -> str:
    return f"All of LFW, {words}: rank-1 {found.rank1:.4f}, FNIR at FPIR 5% {found.at5:.4f}, at 1% {found.at1:.4f}"


def _told(found: list[Figures]) -> str:
    at5, at1, apart = (np.array([getattr(own, name) for own in found]) for name in ("at5", "at1", "apart"))
    return f"{at5.mean():.3f} ({at5.std():.3f}), {at1.mean():.3f} ({at1.std():.3f}), {apart.mean():.2f}"


def _of(probes: tuple[Probe, ...], chosen: Chooses) -> Figures:
    return figures([probe for probe in probes if chosen(probe.row)])


@dataclass(frozen=True)
class Side:
    """One set of data. rows: by the number of the split, which of its rows."""

    results: Results
    rows: Callable[[int], Chooses]

    def figures(self, pipeline: Pipeline, seed: int) -> Figures:
        return _of(self.results[pipeline], self.rows(seed))


def crossings(of_clips: Results, of_photos: Results) -> Iterator[tuple[str, Sequence[Side], Side]]:
    """What is chosen on, and what is asked: one alone, and all but one."""
    humo, fantasy = (Side(of_clips, lambda seed, name=name: side(name, seed)) for name in (HUMO, FANTASY))
    first = Side(of_photos, lambda seed: lambda row: half(row, seed))
    second = Side(of_photos, lambda seed: lambda row: not half(row, seed))
    yield f"{HUMO} | {FANTASY}", [humo], fantasy
    yield f"{FANTASY} | {HUMO}", [fantasy], humo
    yield "half of LFW | the other", [first], second
    yield f"{FANTASY} and half of LFW | {HUMO}", [fantasy, first], humo
    yield f"{HUMO} and half of LFW | {FANTASY}", [humo, first], fantasy
    yield f"{HUMO}, {FANTASY} | half of LFW", [humo, fantasy], second


def _order(found: Sequence[Figures]) -> tuple[float, ...]:
    """Of one pipeline on several sets, each of which counts alike: smaller is better."""
    return tuple(np.mean([own.order for own in found], axis=0).tolist())


def _crossed(words: str, chosen_on: Sequence[Side], asked: Side, splits: int) -> str:
    picked, cells = [], []
    for seed in range(splits):
        best = min(asked.results, key=lambda pipeline: _order([own.figures(pipeline, seed) for own in chosen_on]))
        picked.append(best.words)
        found = [asked.figures(own, seed) for own in (best, PRODUCT, NAIVE)]
        cells.append([value for own in found for value in (own.at5, own.at1)])
    often = max(set(picked), key=picked.count)
    means, spreads = np.mean(cells, axis=0), np.std(cells, axis=0)
    told = " | ".join(f"{mean:.3f} ({spread:.3f})" for mean, spread in zip(means, spreads, strict=True))
    return f"| {words} | {often} ({picked.count(often)} of {splits}) | {told} |"
