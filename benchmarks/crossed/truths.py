"""The labelled data: clips of two generators, and photos of LFW in halves of its people."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.evaluate import ENROL, PROBE, Probe, Row, read_truth, summarise

HUMO, FANTASY = "HuMo", "FantasyID"


@dataclass(frozen=True)
class Labelled:
    """Rows of a truth file, and the folder that their paths are relative to."""

    folder: Path
    rows: Sequence[Row]

    @property
    def references(self) -> list[Row]:
        return [row for row in self.rows if row.role in ENROL]

    @property
    def probes(self) -> list[Row]:
        return [row for row in self.rows if row.role in PROBE]

    def path(self, row: Row) -> Path:
        return (self.folder / row.media).resolve()

    def work(self) -> Iterable[tuple[bool, Path]]:
        return ((row.role in ENROL, self.path(row)) for row in self.rows)


def clips(data: Path) -> Labelled:
    """The clips of both generators beside distractors, with all photos of LFW that show nobody enrolled, and no others."""
    folder = data / "ai_video"
    rows = [row for row in read_truth(folder / "truth_with_distractors.csv") if row.role != "nonmated" or "lfw" not in row.media]
    strangers = [Row("nonmated", "", f"../faces/{row.media}") for row in photos(data).rows if row.role == "nonmated"]
    return Labelled(folder, [*rows, *strangers])


def photos(data: Path) -> Labelled:
    return Labelled(data / "faces", read_truth(data / "faces" / "truth.csv"))


def generator(row: Row) -> str:
    """Of a clip's row; "" for a photo of LFW."""
    name = Path(row.media).name
    return HUMO if name.startswith("humo") else FANTASY if name.startswith("fid") else ""


Chooses = Callable[[Row], bool]


def side(name: str, seed: int) -> Chooses:
    """One generator's clips with one half of the strangers' photos."""
    return lambda row: generator(row) == name or (not generator(row) and half(row, seed) == (name == HUMO))


def half(row: Row, seed: int) -> bool:
    """Whether whoever a photo shows is of the first half of the people: all photos of one are."""
    person = Path(row.media).stem.rsplit("_", 1)[0]
    return bool(np.random.default_rng([seed, *person.encode()]).random() < 0.5)


@dataclass(frozen=True)
class Figures:
    """rank-1, and missed at FPIR 5% and 1%.

    apart: the lowest tenth of mated scores, in spreads of strangers' best above their mean.
    """

    rank1: float
    at5: float
    at1: float
    apart: float

    @property
    def order(self) -> tuple[float, ...]:
        """Smaller is better."""
        return (round(self.at1, 6), round(self.at5, 6), -self.apart)


def figures(probes: Sequence[Probe]) -> Figures:
    found = summarise("", 0, probes, (), 0.0)
    mated = np.array([p.score or 0.0 for p in probes if p.row.role == "mated"])
    strangers = np.array([p.score or 0.0 for p in probes if p.row.role == "nonmated"])
    rank1, at5, at1 = found.rank1, found.fnir_at_fpir["0.05"], found.fnir_at_fpir["0.01"]
    assert rank1 is not None
    assert at5 is not None
    assert at1 is not None
    return Figures(rank1, at5, at1, float((np.quantile(mated, 0.1) - strangers.mean()) / strangers.std()))
