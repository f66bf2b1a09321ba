"""Enrolling: a picture, clip or recording becomes a reference and its templates, in one transaction, or nothing at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from sqlmodel import Session, col, select

from matcher.decoding import bytes_of, decoder
from matcher.decoding.samples import sample_of
from matcher.errors import MatcherError, MediaUnreadable, NothingInIt, ReferenceRefused
from matcher.face.appraisal import advice, quality_of, unfit
from matcher.sample import Sample, kind_of
from matcher.types import Recogniser
from monitor.duplicate_check import Comparison, vector_of
from monitor.workspace import Workspace
from registry.actions import Action
from registry.errors import Damaged, NotFound
from registry.kinds import PRESENT_IN, LikenessGround, Modality, SampleKind, SubjectKind, samples_of
from registry.members import key_of_subject, number_of_subject
from registry.references import Reference, add_reference, digest_and_size, plain_file_name, too_large
from registry.refusals import NewRefusal, Refusals, allow, name_by_key, record_refusals
from registry.subjects import Subject
from registry.templates import TemplateRow, store_template
from registry.types import Image, Template

_FOR_OTHERS = {
    SampleKind.PICTURE: "A picture is enrolled for a person, a character or a mark.",
    SampleKind.CLIP: "To find the clip itself again, enrol it for a subject of the kind footage.",
    SampleKind.RECORDING: "A recording is enrolled for a person, for the voice.",
}


@dataclass(frozen=True)
class Enrolment:
    """warnings: why a recogniser could not use a sample that another one can, and what would make it better."""

    reference: Reference
    encoders: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Encoded:
    """The arrays that each recogniser made of a sample, by encoder, and why the others made none. without: the encoders for
    which there is nothing in it, now and ever, as no sound in a clip."""

    arrays: Mapping[str, Mapping[str, NDArray[Any]]]
    warnings: tuple[str, ...]
    without: tuple[str, ...] = ()


def read_photo(file: Path, called: str = "") -> Image:
    """A picture, upright, decoded by the decoder in force. called: its name where file has none.

    Raises MediaUnreadable and DecoderFailed.
    """
    return decoder().picture(file, called)


def takes_part(recogniser: Recogniser, kind: SubjectKind, given: SampleKind) -> bool:
    """Whether it enrols subjects of that kind by samples of that kind."""
    return recogniser.modality in PRESENT_IN[kind] and recogniser.takes is given


def encode_sample(recognisers: Iterable[Recogniser], kind: SubjectKind, sample: Sample) -> Encoded:
    """What the recognisers for that kind of subject make of a sample. Raises ReferenceRefused when none can use it."""
    given = kind_of(sample)
    check_sample(kind, given)
    arrays: dict[str, Mapping[str, NDArray[Any]]] = {}
    says: list[str] = []
    refusals: list[ReferenceRefused] = []
    without: list[str] = []
    for recogniser in recognisers:
        if not takes_part(recogniser, kind, given):
            continue
        try:
            made = arrays[recogniser.encoder] = recogniser.enrol(sample)
        except NothingInIt as lack:
            without.append(recogniser.encoder)
            says.append(str(lack))
            continue
        except ReferenceRefused as refusal:
            refusals.append(refusal)
            continue
        says += _face_advice(made) if recogniser.modality is Modality.FACE else ()
        says += _voice_advice(made) if recogniser.modality is Modality.VOICE else ()
    if not arrays and (refusals or not without):
        nothing = f"No installed pack recognises a {kind.value} by a {given.value}."
        raise refusals[0] if refusals else ReferenceRefused(nothing, "Add one that does.", Action.SEE_PACKS)
    return Encoded(arrays, (*(str(refusal) for refusal in refusals), *dict.fromkeys(says)), tuple(without))


def check_sample(kind: SubjectKind, given: SampleKind) -> None:
    """Raises ReferenceRefused for a sample that a subject of that kind cannot have, saying which it can."""
    taken = samples_of(kind)
    if given not in taken:
        fit = " or ".join(f"a {each.value}" for each in taken)
        raise ReferenceRefused(f"It is a {given.value}; {_WHOSE[kind]} is enrolled with {fit}.", _FOR_OTHERS[given])


_WHOSE = {kind: kind.value if kind is SubjectKind.FOOTAGE else f"a {kind.value}" for kind in SubjectKind}


def _face_advice(made: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    """What would make a better photo of a face. Raises ReferenceRefused for one that would match strangers."""
    quality = quality_of(made)
    if quality is None:
        return ()
    if reason := unfit(quality):
        what, _, remedy = reason.partition(" Use ")
        raise ReferenceRefused(what, f"Use {remedy}")
    return advice(quality)


def _voice_advice(made: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    """What would make a better recording of a voice."""
    from matcher.voice import appraisal  # what reckons sound takes long to load, and most that is enrolled is pictures

    quality = appraisal.quality_in(made)
    return appraisal.advice(quality) if quality else ()


def enrol_file(
    workspace: Workspace,
    session: Session,
    recognisers: Sequence[Recogniser],
    subject: Subject,
    file: Path,
    *,
    era: tuple[int, int] | None = None,
    compare: Sequence[Comparison] = (),
    despite: LikenessGround | None = None,
) -> Enrolment:
    """Enrol one picture, clip or recording of a subject; flushed, not committed. The same file again renews its templates.

    compare: refuse a person's photo that shows somebody else who is enrolled, or does not agree with the person's others, and any
    that was refused before; recordings alike; despite: why a person lets it in all the same, which goes on record. Raises
    MediaUnreadable or ReferenceRefused before anything is stored but the refusal itself.
    """
    content = _content_of(file)
    sample = sample_of(content, file.name, samples_of(subject.kind))
    encoded = encode_sample(recognisers, subject.kind, sample)
    if compare:
        against = next((each for each in compare if each.recogniser.encoder in encoded.arrays), compare[0])
        vector = vector_of(against.recogniser, encoded.arrays)
        _refuse_doubtful(session, against, subject, (digest_and_size(content)[0], file.name), vector, despite)
    reference = add_reference(session, workspace.vault, subject, content, file_name=file.name, era=era, kind=kind_of(sample))
    _store(session, reference, encoded)
    return Enrolment(reference, tuple(encoded.arrays), encoded.warnings)


def _content_of(file: Path) -> bytes:
    """A file, read once: what is decoded, compared and kept are the same bytes, whatever becomes of the file meanwhile."""
    if not file.is_file():
        raise MediaUnreadable(f"{file} is not a file.", "Check the path.")
    content = bytes_of(file, file.name)
    if content is None:
        raise too_large()
    return content


def _refuse_doubtful(
    session: Session,
    compare: Comparison,
    subject: Subject,
    photo: tuple[str, str],
    vector: NDArray[Any] | None,
    despite: LikenessGround | None,
) -> None:
    """photo: its SHA-256, and what its file is called."""
    whom, (sha256, called) = key_of_subject(session, subject.id, subject.party_id), photo
    known = Refusals(session, subject.party_id)
    if known.is_allowed(sha256, whom):
        return
    held, found = known.of(sha256, whom), compare.doubt(subject.id, vector) if vector is not None else None
    if held is not None:
        shows, likeness = held.shows, held.likeness
    elif found is not None:
        shows = key_of_subject(session, found.other, subject.party_id) if found.other else ""
        likeness = found.score
    else:
        return
    number = number_of_subject(session, subject.id)
    new = NewRefusal(sha256, whom, shows, likeness, number, plain_file_name(called))
    (row,) = record_refusals(session, subject.party_id, [new])
    if despite is not None:
        allow(session, row, despite)
        return
    raise ReferenceRefused(
        _why(session, subject, shows, likeness, compare.recogniser.modality), "Check for a mix-up.", Action.SAY_LIKENESS
    )


def _why(session: Session, subject: Subject, shows: str, likeness: float, modality: Modality) -> str:
    heard = modality is Modality.VOICE
    what, others = ("voice in the recording", "recordings") if heard else ("photo", "photos")
    if not shows:
        return f"The {what} does not agree with the other {others} of {subject.name!r} (likeness {likeness:.2f})."
    name = name_by_key(session, shows)
    whom = f"{name!r}, who is enrolled already" if name else "somebody who is not enrolled any more"
    return f"The {what} {'resembles that of' if heard else 'shows'} {whom} (likeness {likeness:.2f})."


def _store(session: Session, reference: Reference, encoded: Encoded) -> None:
    nothing: Mapping[str, Mapping[str, NDArray[Any]]] = {encoder: {} for encoder in encoded.without}
    for encoder, arrays in (*encoded.arrays.items(), *nothing.items()):
        store_template(session, Template(reference.subject_id, reference.id, encoder, arrays))


def renew_templates(workspace: Workspace, session: Session, recognisers: Sequence[Recogniser]) -> tuple[int, tuple[str, ...]]:
    """Make the templates that the recognisers lack, as after a change of pack. Commits after each reference.

    Returns how many references got templates, and in words why others got none, or what is to be known of them.
    """
    renewed, problems = 0, list[str]()
    for reference_id, encoders in _lacking(session, recognisers):
        reference = session.get_one(Reference, reference_id)
        kind = session.get_one(Subject, reference.subject_id).kind
        lacking = [recogniser for recogniser in recognisers if recogniser.encoder in encoders]
        try:
            with workspace.vault.opened(reference.sha256) as file:
                sample = sample_of(file.read_bytes(), reference.file_name, samples_of(kind))
            encoded = encode_sample(lacking, kind, sample)
            _store(session, reference, encoded)
        except (MatcherError, NotFound, Damaged) as error:
            ways = " and ".join(dict.fromkeys(recogniser.modality.value for recogniser in lacking))
            problems.append(f"The reference {reference.id} ({reference.file_name}) cannot be used for the {ways}: {error}")
            continue
        session.commit()
        renewed += 1
        problems += (f"The reference {reference.id} ({reference.file_name}): {warning}" for warning in encoded.warnings)
    return renewed, tuple(problems)


def _lacking(session: Session, recognisers: Sequence[Recogniser]) -> list[tuple[str, set[str]]]:
    """The references that want a template of a recogniser's, with those encoders, in order of their ids."""
    found: dict[str, set[str]] = {}
    for recogniser in recognisers:
        kinds = [kind for kind, modalities in PRESENT_IN.items() if recogniser.modality in modalities]
        has = select(TemplateRow.reference_id).where(TemplateRow.encoder == recogniser.encoder)
        fit = (col(Subject.kind).in_(kinds), Reference.kind == recogniser.takes)
        query = select(Reference.id).join(Subject).where(*fit, col(Reference.id).not_in(has))
        for reference_id in session.exec(query):
            found.setdefault(reference_id, set()).add(recogniser.encoder)
    return sorted(found.items())
