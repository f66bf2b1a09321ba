"""A gallery from a folder alone: DIR/<subject>/* are a subject's references; a loose picture is a subject by itself."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.decoding import decoder
from matcher.errors import MatcherError
from matcher.types import Frame, Gallery, GallerySubject, Recogniser
from monitor.enrolment import Encoded, encode_picture
from registry.errors import ExitCode, SemblanceError
from registry.kinds import Modality, SubjectKind
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
    """Enrol every picture under the folder. kind: of all subjects; found out for each when not given.

    A picture that cannot serve is told and the others are used. Raises NoReferences when none can.
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


def _enrol(recognisers: Sequence[Recogniser], pictures: Sequence[Path], kind: SubjectKind | None) -> Enrolled:
    if kind is not None:
        return kind, *_enrol_as(recognisers, pictures, kind)
    faces, refused = _enrol_as(recognisers, pictures, SubjectKind.PERSON)
    # A drawing in which a detector sees a face now and then is no person; a group photo is no drawing, though none of its
    # faces can be enrolled.
    with_faces = len(faces) + sum(_shows_faces(recognisers, path) for path, _ in refused)
    if 2 * with_faces >= len(pictures):
        return SubjectKind.PERSON, faces, refused
    return SubjectKind.CHARACTER, *_enrol_as(recognisers, pictures, SubjectKind.CHARACTER)


def _shows_faces(recognisers: Sequence[Recogniser], path: Path) -> bool:
    try:
        frame = Frame(0.0, decoder().picture(path), 0)
    except MatcherError:
        return False
    for recogniser in recognisers:
        if recogniser.modality is Modality.FACE:
            watcher = recogniser.watch(Gallery({}))
            watcher.see(frame)
            if watcher.conclude():
                return True
    return False


def _enrol_as(
    recognisers: Sequence[Recogniser], pictures: Sequence[Path], kind: SubjectKind
) -> tuple[dict[Path, Encoded], list[tuple[Path, str]]]:
    encoded: dict[Path, Encoded] = {}
    refused: list[tuple[Path, str]] = []
    for path in pictures:
        try:
            encoded[path] = encode_picture(recognisers, kind, decoder().picture(path))
        except MatcherError as error:
            refused.append((path, str(error)))
    return encoded, refused


def _id(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
