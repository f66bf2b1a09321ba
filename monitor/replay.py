"""Looking once more at a bundle's own bytes: what this machine's models find in them now, beside what the bundle says.

It reads the bundle alone and writes nothing: what a person decided stays as it was decided, whatever models came since.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.decoding import decoding
from matcher.decoding.samples import sample_of
from matcher.sample import kind_of
from matcher.types import Appearance, Gallery, GallerySubject, Match, Recogniser, ScanResult
from monitor.confinement import decoding_bounds
from monitor.engine.scanner import scan_all
from monitor.enrolment import encode_sample, takes_part
from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec
from monitor.settings import Settings
from registry.errors import ExitCode, SemblanceError
from registry.kinds import SubjectKind, samples_of
from registry.types import Template
from reports.evidence import seal
from reports.evidence.verify import UNREADABLE, verify_bundle
from reports.spans import overlap


class NotReplayed(SemblanceError):
    """A bundle that is not whole, or that does not hold what is needed to look again."""

    exit_code = ExitCode.DAMAGED


@dataclass(frozen=True)
class Found:
    """One match, then or now. t_start, t_end: seconds from the first picture. threshold: of the gallery in which it was found."""

    t_start: float
    t_end: float
    score: float
    threshold: float
    encoder: str
    pack: str


@dataclass(frozen=True)
class Replay:
    """A match of a bundle, looked for again among its own references. now: what was found at its place; None where nothing was,
    and then why says what is known of it. compared: whether something here could look for it at all. file: the media, by its
    path in the bundle."""

    match_id: str
    subject: str
    file: str
    then: Found
    now: Found | None
    why: str = ""
    compared: bool = True

    @property
    def same_model(self) -> bool:
        """Whether the model that found it then looked at it now."""
        return self.now is not None and self.now.encoder == self.then.encoder

    @property
    def holds(self) -> bool:
        """Whether it was found again, as surely as was asked of it then: the bundle's few references make an easier gallery."""
        return self.now is not None and (self.now.score >= self.then.threshold or not self.same_model)


def replay_bundle(root: Path, settings: Settings, say: Callable[[str], None] = lambda _: None) -> list[Replay]:
    """Each match of a bundle, looked for again in the captured bytes. say: is told what is being done.

    A match of a modality that no pack in use knows is told as not compared, and the others are looked for all the same. Raises
    NotReplayed unless the bundle is whole and holds references, and what making the packs ready raises.
    """
    _check_whole(root)
    try:
        case, matches = (json.loads((root / seal.layout_of(root).at(name)).read_bytes()) for name in (seal.CASE, seal.MATCHES))
        files = {capture["id"]: _listed(root, capture["media_file"]) for capture in case["captures"]}
        prepare_packs(settings, say)
        spec = recogniser_spec(settings)
        paths = list(files.values())
        with decoding(decoding_bounds(settings.scan), tuple(paths)):
            recognisers = build_recognisers(spec)
            known = {recogniser.modality.value for recogniser in recognisers}
            results = {}
            if any(entry["modality"] in known for entry in matches["matches"]):
                gallery = _gallery(root, case, recognisers)
                for key, result in zip(files, scan_all(spec, gallery, settings.scan, paths), strict=True):
                    say(f"Looked at {files[key].name}")
                    results[key] = result
        return [
            _replay(case, entry, results[entry["capture_id"]]) if entry["modality"] in known else _not_compared(case, entry)
            for entry in matches["matches"]
        ]
    except UNREADABLE as error:
        raise NotReplayed("What the bundle says cannot be read.", "Ask whoever sent it for another.") from error


def _check_whole(root: Path) -> None:
    if root.is_file():
        raise NotReplayed("A bundle in one file is not looked at again as it is.", "Unpack it, and name the folder.")
    verdict = verify_bundle(root)
    if not verdict.ok:
        name, problem = verdict.problems[0]
        raise NotReplayed(f"The bundle is not whole: {name}: {problem}.", "Take it from where it was kept unchanged.")


def _listed(root: Path, name: str) -> Path:
    """A file of the bundle; a path that leads out of it is none of its files. Raises KeyError."""
    if name not in seal.walk(root).files:
        raise KeyError(name)
    return root / name


def _gallery(root: Path, case: Mapping[str, Any], recognisers: Sequence[Recogniser]) -> Gallery:
    subjects = {one["id"]: GallerySubject(one["id"], one["name"], SubjectKind(one["kind"])) for one in case["subjects"]}
    templates = tuple(_templates(root, case, subjects, recognisers))
    if not templates:
        raise NotReplayed("The bundle holds no reference that can be looked for.", "Ask whoever sent it for one that does.")
    return Gallery(subjects, templates)


def _templates(
    root: Path, case: Mapping[str, Any], subjects: Mapping[str, GallerySubject], recognisers: Sequence[Recogniser]
) -> Iterator[Template]:
    for reference in case["references"]:
        subject = subjects[reference["subject_id"]]
        sample = sample_of(_listed(root, reference["file"]), takes=samples_of(subject.kind))
        if not any(takes_part(recogniser, subject.kind, kind_of(sample)) for recogniser in recognisers):
            continue
        made = encode_sample(recognisers, subject.kind, sample)
        yield from (Template(subject.id, reference["id"], encoder, arrays) for encoder, arrays in made.arrays.items())


def _then(case: Mapping[str, Any], entry: Mapping[str, Any]) -> tuple[str, Found]:
    """The media's path in the bundle, and what was found in it then."""
    file = next(capture["media_file"] for capture in case["captures"] if capture["id"] == entry["capture_id"])
    return file, Found(*(entry[name] for name in ("t_start", "t_end", "score", "threshold", "encoder", "pack")))


def _not_compared(case: Mapping[str, Any], entry: Mapping[str, Any]) -> Replay:
    file, then = _then(case, entry)
    why = f"the {entry['modality']} was not compared, for which the pack {then.pack} or another for it has to be in use here"
    return Replay(entry["id"], entry["subject"], file, then, None, why, compared=False)


def _replay(case: Mapping[str, Any], entry: Mapping[str, Any], result: ScanResult) -> Replay:
    file, then = _then(case, entry)
    if result.failure is not None:
        return Replay(entry["id"], entry["subject"], file, then, None, result.failure.what)
    near = [match for match in result.matches if _is_of(match, entry)]
    if not near:
        why = f"{'; '.join(result.unseen)} was not looked at" if result.unseen else "nothing alike was found at that place"
        return Replay(entry["id"], entry["subject"], file, then, None, why)
    best = max(near, key=lambda match: (match.encoder == then.encoder, match.score))
    seen = best.appearance
    now = Found(seen.t_start, seen.t_end, best.score, best.threshold, best.encoder, best.pack)
    return Replay(entry["id"], entry["subject"], file, then, now)


@dataclass(frozen=True)
class _Span:
    t_start: float
    t_end: float


def _is_of(match: Match, entry: Mapping[str, Any]) -> bool:
    """Whether it is of the same subject, modality and track, and shares time with the bundle's match."""
    seen: Appearance = match.appearance
    alike = (match.subject_id, seen.modality.value, seen.track) == (entry["subject_id"], entry["modality"], entry["track"])
    return alike and overlap(seen, _Span(entry["t_start"], entry["t_end"])) > 0
