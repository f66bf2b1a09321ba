"""A gallery from a folder alone: DIR/<subject>/* are a subject's references; a loose file is a subject by itself."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.decoding.samples import sample_of
from matcher.errors import MatcherError
from matcher.sample import Frame, kind_of, picture_in
from matcher.types import Gallery, GallerySubject, Recogniser, Watching
from monitor.enrolment import Encoded, encode_sample
from registry.errors import ExitCode, SemblanceError
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.types import Template


class NoReferences(SemblanceError):
    """A folder of references that gives nothing to look for."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class LoadedReferences:
    """files: each reference's file by reference id. refused: files that cannot serve, each with the reason."""

    gallery: Gallery
    files: Mapping[str, Path]
    refused: tuple[tuple[Path, str], ...]


def load_references(folder: Path, recognisers: Sequence[Recogniser], kind: SubjectKind | None = None) -> LoadedReferences:
    """Enrol every picture, clip and recording under the folder. kind: of all subjects; found out for each when not given.

    A file that cannot serve is told and the others are used. Raises NoReferences when none can.
    """
    subjects: dict[str, GallerySubject] = {}
    templates: list[Template] = []
    files: dict[str, Path] = {}
    refused: list[tuple[Path, str]] = []
    for name, pictures in _pictures(folder).items():
        chosen, encoded, reasons = _enrol(recognisers, pictures, kind)
        refused += reasons
        if not encoded:
            continue
        subject = GallerySubject(_id(name), name, chosen)
        subjects[subject.id] = subject
        for path, made in encoded.items():
            reference = _id(str(path.relative_to(folder)))
            files[reference] = path
            templates += [Template(subject.id, reference, encoder, arrays) for encoder, arrays in made.arrays.items()]
    if not templates:
        why = "; ".join(f"{path.name}: {reason}" for path, reason in refused[:3]) or "it holds no files"
        raise NoReferences(
            f"No reference in {folder} can be used: {why}", "Put pictures in it: one folder per subject, named after it."
        )
    return LoadedReferences(Gallery(subjects, tuple(templates)), files, tuple(refused))


def _pictures(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        raise NoReferences(f"{folder} is not a folder.", "Give the folder that holds the references.")
    found: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            inside = sorted(path for path in entry.iterdir() if path.is_file() and not path.name.startswith("."))
            found.setdefault(entry.name, []).extend(inside)
        elif entry.is_file():
            found.setdefault(entry.stem, []).append(entry)
    return found


Enrolled = tuple[SubjectKind, dict[Path, Encoded], list[tuple[Path, str]]]


def _enrol(recognisers: Sequence[Recogniser], files: Sequence[Path], kind: SubjectKind | None) -> Enrolled:
    """kind: found out where it is not given; clips are footage, and a voice is a person's. One file is held at a time."""
    if kind is not None:
        return kind, *_enrol_as(recognisers, files, kind)
    kinds = {path: _kind(path) for path in files}
    held = set(kinds.values()) - {None}
    pictures = [path for path, found in kinds.items() if found is SampleKind.PICTURE]
    if held == {SampleKind.CLIP}:
        return SubjectKind.FOOTAGE, *_enrol_as(recognisers, files, SubjectKind.FOOTAGE)
    people = _enrol_as(recognisers, files, SubjectKind.PERSON)
    # A drawing in which a detector sees a face now and then is no person; a group photo is no drawing, though none of its
    # faces can be enrolled.
    with_faces = sum(path in people[0] or _shows_faces(recognisers, path) for path in pictures)
    if SampleKind.RECORDING in held or 2 * with_faces >= max(1, len(pictures)):
        return SubjectKind.PERSON, *people
    return SubjectKind.CHARACTER, *_enrol_as(recognisers, files, SubjectKind.CHARACTER)


def _kind(path: Path) -> SampleKind | None:
    """What a file is; None of one that cannot be read."""
    try:
        return kind_of(sample_of(path))
    except MatcherError:
        return None


def _shows_faces(recognisers: Sequence[Recogniser], path: Path) -> bool:
    frame = Frame(0.0, picture_in(sample_of(path)), 0)
    for recogniser in recognisers:
        if recogniser.modality is Modality.FACE and isinstance(recogniser, Watching):
            watcher = recogniser.watch(Gallery({}))
            watcher.see(frame)
            if watcher.conclude():
                return True
    return False


def _enrol_as(
    recognisers: Sequence[Recogniser], files: Sequence[Path], kind: SubjectKind
) -> tuple[dict[Path, Encoded], list[tuple[Path, str]]]:
    encoded: dict[Path, Encoded] = {}
    refused: list[tuple[Path, str]] = []
    for path in files:
        try:
            encoded[path] = encode_sample(recognisers, kind, sample_of(path))
        except MatcherError as error:
            refused.append((path, str(error)))
    return encoded, refused


def _id(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
