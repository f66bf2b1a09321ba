"""What is printed with matches of strangers in AI-made clips and portraits, and how many there are: a generator at a time.

Nothing of any generator is in the pack's figures, which are of photos of LFW. A stranger is a clip or portrait of which nobody is
enrolled. Two rules are told: the pack's own, and the same without that for faces of a kind that was not measured. What the rule
costs is how many mated appearances stay strong.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.crossed.command import KEPT
from benchmarks.crossed.pipelines import PRODUCT
from benchmarks.crossed.truths import Labelled, clips, generator
from benchmarks.crossed.views import Described, collector, described, key
from benchmarks.galleries import exact
from benchmarks.kinds import LEVELS, SMALL, with_kind
from benchmarks.strangers import Floats
from matcher.bands import band
from matcher.calibration import VIDEOS, Calibration
from matcher.evaluate import Row
from matcher.face.gallery import FaceGallery
from matcher.types import Gallery, GallerySubject
from registry.kinds import SubjectKind
from registry.types import Template

DRAWS = 20
NO_MATCH = 1e9
COLUMNS = (
    "strangers",
    "enrolled",
    "galleries",
    "people",
    "printed at most",
    "observed in 1,000 without the rule (spread)",
    "with it",
)
HEADER = f"| {' | '.join(COLUMNS)} |\n" + "|---" * len(COLUMNS) + "|"


@dataclass(frozen=True)
class Shown:
    """A clip or portrait: of which cohort, who is in it, and a vector of each face in it (n, d)."""

    cohort: str
    who: frozenset[str]
    faces: Floats


@dataclass(frozen=True)
class Named:
    """What a face was named: whom, and with how many expected false matches."""

    subject: str
    printed: float


@dataclass(frozen=True)
class Observed:
    """Of one gallery: of a cohort, which strangers were asked, and for each the least that was printed with a match."""

    who: frozenset[str]
    least: Sequence[float]


def cohorts(
    data: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    kept: Annotated[Path, typer.Option(help="Where vectors of the public data are kept between runs.")] = KEPT,
    draws: Annotated[int, typer.Option(help="Galleries that are drawn.")] = DRAWS,
) -> None:
    """Print, for each generator, the false matches printed and those of its strangers; then the mated ones that stay strong."""
    labelled = clips(data)
    found, made = described(models, pack, list(labelled.work()), kept), collector(models, pack).calibration
    portraits = {own: vector for own, vector in enrolled(labelled, found).items() if generator(own)}
    crowd = {own.subject: vector for own, vector in enrolled(labelled, found).items() if not generator(own)}
    shown, rules = [*in_clips(labelled, found), *in_portraits(portraits)], (without_people(made), made)
    everybody = {row.subject: vector for row, vector in portraits.items()}
    print(HEADER)
    for size, more in ((SMALL, {}), (len(everybody) - 1, {}), (len(everybody) - 1, crowd)):
        each = [observed(shown, everybody, more, size, rule, draws) for rule in rules]
        for cohort in each[0]:
            print(told(cohort, size + len(more), [by_cohort[cohort] for by_cohort in each]), flush=True)
    for more in ({}, crowd):
        count, strong = len(everybody) + len(more), [stays(shown, {**everybody, **more}, rule) for rule in rules]
        print(f"Mated appearances that are strong among {count}: {strong[0]} without the rule, {strong[1]} with it")


def without_people(made: Calibration) -> Calibration:
    kind = made.cohort.kind if made.cohort else None
    return with_kind(made, kind.model_copy(update={"people": None})) if kind else made


def enrolled(labelled: Labelled, found: Described) -> Mapping[Row, Floats]:
    return {row: PRODUCT.vector(seen[0]) for row in labelled.references if (seen := found[key(labelled.path(row), True)])}


def in_clips(labelled: Labelled, found: Described) -> Iterator[Shown]:
    rows: dict[Path, list[Row]] = defaultdict(list)
    for row in labelled.probes:
        if generator(row):
            rows[labelled.path(row)].append(row)
    for path, own in rows.items():
        if seen := found[key(path, False)]:
            who = frozenset(row.subject or path.stem for row in own)
            yield Shown(f"clips of {generator(own[0])}", who, np.stack([PRODUCT.vector(face) for face in seen]))


def in_portraits(portraits: Mapping[Row, Floats]) -> Iterator[Shown]:
    for row, vector in portraits.items():
        yield Shown(f"portraits with {generator(row)}", frozenset([row.subject]), vector[None])


def observed(
    shown: Sequence[Shown], portraits: Mapping[str, Floats], more: Mapping[str, Floats], size: int, rule: Calibration, draws: int
) -> Mapping[str, Sequence[Observed]]:
    """By cohort, of each gallery. Of all but one that are enrolled, each stranger in turn is whoever is not."""
    random, found = np.random.default_rng(1), defaultdict[str, list[Observed]](list)
    whole = size == len(portraits) - 1
    picks = [] if whole else [random.permutation(list(portraits))[:size].tolist() for _ in range(draws)]
    everybody = [set(portraits) - own.who for own in shown]
    galleries = [set(pick) for pick in picks] if not whole else list({frozenset(rest): rest for rest in everybody}.values())
    for subjects in galleries:
        asked: dict[str, list[Shown]] = defaultdict(list)
        for own in shown:
            if (set(portraits) - own.who == subjects) if whole else not own.who & subjects:
                asked[own.cohort].append(own)
        gallery = gallery_of({**{name: portraits[name] for name in sorted(subjects)}, **more}, rule)
        for cohort, strangers in asked.items():
            least = [min((named.printed for named in names(own, gallery, rule)), default=NO_MATCH) for own in strangers]
            found[cohort].append(Observed(frozenset().union(*(own.who for own in strangers)), least))
    return dict(sorted(found.items()))


def gallery_of(vectors: Mapping[str, Floats], rule: Calibration) -> FaceGallery:
    """Of subjects with one reference each."""
    templates = tuple(Template(name, name, "cohorts", {"vector": vector}) for name, vector in vectors.items())
    subjects = {name: GallerySubject(name, name, SubjectKind.PERSON) for name in vectors}
    gallery = FaceGallery("cohorts", rule)
    gallery.follow(Gallery(subjects, templates))
    return gallery


def names(shown: Shown, gallery: FaceGallery, rule: Calibration) -> Iterator[Named]:
    """Of each of its faces that matches somebody."""
    count = len(gallery)
    for candidates in gallery.nearest(shown.faces):
        best = candidates[0]
        if best.score >= rule.threshold(count):
            yield Named(best.subject_id, max(rule.expected_false_matches(best.score, count), best.false_of_kind))


def told(cohort: str, size: int, by_rule: Sequence[Sequence[Observed]]) -> str:
    people = len(frozenset().union(*(own.who for own in by_rule[0])))
    cells = [_cell(galleries, people) for galleries in by_rule]
    levels = ", ".join(f"{level:g}" for level in LEVELS)
    return f"| {cohort} | {size} | {len(by_rule[0])} | {people} | {levels} | {' | '.join(cells)} |"


def _cell(galleries: Sequence[Observed], people: int) -> str:
    """At each level the share of strangers, the standard deviation over galleries that are drawn, and whether what is printed
    lies outside the 95% interval of as many people."""
    every = [printed for own in galleries for printed in own.least]
    said = []
    for level in LEVELS:
        mean = float(np.mean(np.array(every) <= level))
        spread = float(np.std([np.mean(np.array(own.least) <= level) for own in galleries]))
        low, high = exact(mean, people)
        drawn = f" ({spread * VIDEOS:.0f})" if len(every) > 2 * len(galleries) else ""
        said.append(f"{mean * VIDEOS:.0f}{drawn}{'' if low <= level / VIDEOS <= high else ' outside'}")
    return ", ".join(said)


def stays(shown: Sequence[Shown], everybody: Mapping[str, Floats], rule: Calibration) -> str:
    """Of who is in the clips and enrolled, how many are named rightly, and how many of these by a strong match."""
    gallery, strong, found, mated = gallery_of(everybody, rule), 0, 0, 0
    for own in shown:
        if own.cohort.startswith("clips"):
            named = list(names(own, gallery, rule))
            for subject in own.who & set(everybody):
                right = [each.printed for each in named if each.subject == subject]
                mated, found = mated + 1, found + bool(right)
                strong += bool(right) and band(min(right)) == "strong"
    return f"{strong} of {found} found of {mated}"
