"""Error rates on labelled media: open-set identification as in ISO/IEC 19795-1."""

import csv
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.decoding import Decoder, decoder, decoding
from matcher.decoding.confined_reader import look_confined
from matcher.decoding.samples import sample_of
from matcher.errors import MatcherError
from matcher.types import Candidate, Finding, Gallery, GallerySubject, Recogniser
from registry.kinds import PRESENT_IN
from registry.types import Template

ENROL, PROBE = ("reference", "distractor"), ("mated", "nonmated")
FPIRS = (0.1, 0.05, 0.01)


class TruthUnreadable(MatcherError):
    """A truth file that is not as `semblance evaluate` reads it."""


@dataclass(frozen=True)
class Row:
    """One line of a truth file. span: the seconds in which the subject is seen, where the file says."""

    role: str
    subject: str
    media: str
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Probe:
    """What came of one probe. best: the top candidate of all appearances. score: for a mated probe the best score at which
    its own subject came first, and None where it never did; for a nonmated one the best score of anybody. impostor: the
    best score of a subject whom the probe does not show, 0 for none."""

    row: Row
    best: Candidate | None
    score: float | None
    impostor: float


@dataclass(frozen=True)
class InPart:
    """A probe of which not all was looked at: what it does not show may be in the rest. share, unseen: see ScanResult.
    frames: looked at."""

    media: str
    role: str
    share: float
    unseen: tuple[str, ...]
    frames: int


@dataclass(frozen=True)
class Evaluation:
    """A match is a score above the threshold. Rates that the data cannot show (no probes of a role) are None."""

    pack: str
    gallery_subjects: int
    mated: int
    nonmated: int
    rank1: float | None
    fnir_at_fpir: Mapping[str, float | None]
    threshold_at_fpir: Mapping[str, float | None]
    failures: tuple[Mapping[str, str], ...]
    seconds: float
    probes: tuple[Probe, ...] = field(default=(), repr=False)
    in_part: tuple["InPart", ...] = ()


def read_truth(path: Path) -> list[Row]:
    """The rows of a truth file. Raises TruthUnreadable naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = {"role", "subject", "media"} - set(reader.fieldnames or ())
            if missing:
                raise TruthUnreadable(
                    f"{path.name} lacks the column {min(missing)}.", "Its first line must read role,subject,media."
                )
            return [_row(path, number, cells) for number, cells in enumerate(reader, 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TruthUnreadable(f"{path} cannot be read as a truth file ({error}).", "Name a CSV file in UTF-8.") from error


def _row(path: Path, number: int, cells: Mapping[str, str | None]) -> Row:
    role, subject, media = ((cells.get(name) or "").strip() for name in ("role", "subject", "media"))
    where = f"Line {number} of {path.name}"
    if role not in ENROL + PROBE:
        raise TruthUnreadable(f"{where} has the role {role!r}.", f"Use one of {', '.join(ENROL + PROBE)}.")
    if not media or (role != "nonmated" and not subject):
        raise TruthUnreadable(f"{where} names no {'media' if not media else 'subject'}.", "Fill the cell or remove the line.")
    return Row(role, subject, media, _span(where, [cells.get("t_start"), cells.get("t_end")]))


def _span(where: str, cells: Sequence[str | None]) -> tuple[float, float] | None:
    """The seconds that a row is about, where it gives both. Raises TruthUnreadable."""
    try:
        times = [float(cell) for cell in cells if cell]
    except ValueError as error:
        raise TruthUnreadable(f"{where} has a time that is no number.", "Write t_start and t_end in seconds.") from error
    return (times[0], times[1]) if len(times) == 2 else None


Progress = Callable[[int, int], None]
"""Takes the media done and those in all."""


@dataclass(frozen=True)
class Trial:
    """A truth file worked off: what was enrolled, the outcome of each probe, and the media that could not be used, or in part."""

    gallery: Gallery
    probes: tuple[Probe, ...]
    failures: tuple[Mapping[str, str], ...]
    in_part: tuple[InPart, ...]


def evaluate(truth: Path, recogniser: Recogniser, progress: Progress = lambda _done, _all: None) -> Evaluation:
    """Enrol the references and distractors, look at every probe, and count."""
    start = time.monotonic()
    tried = trial(truth, read_truth(truth), recogniser, progress)
    made = summarise(recogniser.pack, len(tried.gallery.subjects), tried.probes, tried.failures, time.monotonic() - start)
    return replace(made, in_part=tried.in_part)


def trial(truth: Path, rows: Sequence[Row], recogniser: Recogniser, progress: Progress) -> Trial:
    """truth: the file that the rows' paths are relative to."""
    with reading(truth, rows):
        return _trial(truth, rows, recogniser, progress)


def reading(truth: Path, rows: Iterable[Row]) -> AbstractContextManager[Decoder]:
    """A decoder that may read the media of the rows in place, within the bounds of the one in force."""
    return decoding(decoder().bounds, tuple(dict.fromkeys(truth.parent / row.media for row in rows if row.role in PROBE)))


def _trial(truth: Path, rows: Sequence[Row], recogniser: Recogniser, progress: Progress) -> Trial:
    asked = [row for row in rows if row.role in PROBE]
    media = {row.media: row for row in reversed(asked)}
    before = sum(r.role in ENROL for r in rows)
    total = len(media) + before
    failures: list[Mapping[str, str]] = []
    gallery = enrolled(truth, rows, recogniser, failures, lambda done: progress(done, total))
    found, in_part = dict[str, tuple[Finding, ...]](), list[InPart]()
    for row in dict.fromkeys(media[row.media] for row in asked):
        try:
            look = look_confined(truth.parent / row.media, gallery, [recogniser])
            found[row.media] = look.findings[0]
            if look.unseen:
                in_part.append(InPart(row.media, row.role, look.share, look.unseen, look.frames))
        except MatcherError as error:
            found[row.media] = ()
            failures.append({"media": row.media, "role": row.role, "what": error.what})
        progress(before + len(found), total)
    probes = tuple(judge(row, found[row.media]) for row in asked)
    return Trial(gallery, probes, tuple(failures), tuple(in_part))


def enrolled(
    truth: Path,
    rows: Sequence[Row],
    recogniser: Recogniser,
    failures: list[Mapping[str, str]],
    progress: Callable[[int], None] = lambda _done: None,
) -> Gallery:
    """The gallery of the rows that enrol; what cannot be used is added to failures."""
    templates = []
    for done, row in enumerate((row for row in rows if row.role in ENROL), 1):
        try:
            arrays = recogniser.enrol(sample_of(truth.parent / row.media), prominent=True)
            templates.append(Template(row.subject, row.media, recogniser.encoder, arrays))
        except MatcherError as error:
            failures.append({"media": row.media, "role": row.role, "what": error.what})
        progress(done)
    kind = next(kind for kind, present in PRESENT_IN.items() if recogniser.modality in present)
    subjects = {t.subject_id: GallerySubject(t.subject_id, t.subject_id, kind) for t in templates}
    return Gallery(subjects, tuple(templates))


def judge(row: Row, findings: Iterable[Finding]) -> Probe:
    """A probe's outcome from the findings of its media, those within its span where it has one."""
    inside = [finding.candidates for finding in findings if finding.candidates and _is_within(finding, row.span)]
    tops = [candidates[0] for candidates in inside]
    best = max(tops, key=lambda c: c.score, default=None)
    shown = row.subject if row.role == "mated" else None
    impostor = max((c.score for candidates in inside for c in candidates if c.subject_id != shown), default=0.0)
    rightly = max((c.score for c in tops if shown in (None, c.subject_id)), default=None)
    return Probe(row, best, rightly, impostor)


def _is_within(finding: Finding, span: tuple[float, float] | None) -> bool:
    return span is None or (finding.appearance.t_start < span[1] and finding.appearance.t_end >= span[0])


def summarise(
    pack: str, gallery_subjects: int, probes: Sequence[Probe], failures: tuple[Mapping[str, str], ...], seconds: float
) -> Evaluation:
    """The rates over all probes; one without a score counts as no match. seconds: that the whole trial took."""
    mated, nonmated = _best_scores(probes, "mated"), _best_scores(probes, "nonmated")
    thresholds = {f"{f:g}": threshold_at(nonmated, f) if len(nonmated) else None for f in FPIRS}
    return Evaluation(
        pack=pack,
        gallery_subjects=gallery_subjects,
        mated=len(mated),
        nonmated=len(nonmated),
        rank1=float((mated >= 0).mean()) if len(mated) else None,
        fnir_at_fpir={f: None if t is None or not len(mated) else float((mated <= t).mean()) for f, t in thresholds.items()},
        threshold_at_fpir=thresholds,
        failures=failures,
        seconds=seconds,
        probes=tuple(probes),
    )


def _best_scores(probes: Sequence[Probe], role: str) -> NDArray[np.float64]:
    return np.array([-1.0 if p.score is None else p.score for p in probes if p.row.role == role])


def threshold_at(nonmated: NDArray[np.float64], fpir: float) -> float:
    """The lowest score that at most the share fpir of the nonmated best scores (n,), n > 0, lies above; -1 when all may."""
    ordered = np.sort(nonmated)[::-1]
    allowed = int(fpir * len(ordered) + 1e-9)
    return float(ordered[allowed]) if allowed < len(ordered) else -1.0


def write_per_probe(path: Path, evaluation: Evaluation) -> None:
    """A CSV line per probe: role, subject, media, its best subject and score, and whether the right subject came first."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["role", "subject", "media", "best_subject", "best_score", "subject_score"])
        for p in evaluation.probes:
            best = (p.best.subject_id, f"{p.best.score:.6f}") if p.best else ("", "")
            writer.writerow([p.row.role, p.row.subject, p.row.media, *best, "" if p.score is None else f"{p.score:.6f}"])
