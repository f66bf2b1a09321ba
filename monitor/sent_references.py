"""References that were sent to a server: enrolled one by one, with what a person is to know of each and of all together."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.identities import newly_held
from monitor.photos import (
    EnrolledPhoto,
    PhotoOutcome,
    enrol_photos,
    not_listened_for,
    recognisers_of,
    start_decoder,
    weaker_decoder,
    worth_of_count,
)
from monitor.sent_files import SentFile, at_paths
from monitor.workspace import Workspace
from registry.actions import Action, in_words
from registry.identity_lines import HeldTwice
from registry.kinds import LikenessGround, SubjectKind
from registry.subjects import find_subject


@dataclass(frozen=True)
class SentReference:
    """What came of one file. name: as it was sent. enrolled: None where it was refused. says: why, or what would make it better.
    resembles: it was refused for whom it resembles, and a person who has looked may let it in all the same."""

    name: str
    enrolled: EnrolledPhoto | None
    says: tuple[str, ...]
    resembles: bool


@dataclass(frozen=True)
class SentReferences:
    """held: whose likeness is held a second time now. notes: of all together, in sentences."""

    each: tuple[SentReference, ...]
    held: Sequence[HeldTwice]
    notes: tuple[str, ...]


def enrol_sent(
    workspace: Workspace,
    subject_id: str,
    sent: Sequence[SentFile],
    era: tuple[int, int] | None,
    despite: LikenessGround | None,
) -> SentReferences:
    """Enrol files as references of a subject; commits after each. Raises NotFound and PackError."""
    start_decoder()
    with workspace.session() as session, at_paths(sent) as paths:
        subject = find_subject(session, subject_id)
        recognisers = recognisers_of(workspace, lambda _: None, [subject.kind])
        found = list(enrol_photos(workspace, session, recognisers, subject, paths, era, despite))
        held: Sequence[HeldTwice] = ()
        if subject.kind is SubjectKind.PERSON:
            held = newly_held(workspace, session, recognisers, subject.party_id, subject.id)
        notes = tuple(
            filter(None, (weaker_decoder(), worth_of_count(session, subject, recognisers), not_listened_for(session, subject)))
        )
        session.commit()
    each = zip(sent, found, strict=True)
    return SentReferences(tuple(_outcome(file, made) for file, made in each), held, notes)


def _outcome(file: SentFile, made: PhotoOutcome) -> SentReference:
    # Whoever shows it has a choice of reasons for letting it in.
    resembles = any(step.action is Action.SAY_LIKENESS for step in made.steps)
    others = in_words(step for step in made.steps if step.action is not Action.SAY_LIKENESS)
    return SentReference(file.plain_name, made.enrolled, (*made.says, *filter(None, [others])), resembles)
