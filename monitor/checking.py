"""May I? Asked by platforms and generators under contract before they publish, about the subjects of parties that agreed to it.

What was sent is decoded in a confined process from memory, and kept nowhere; neither is what was made of it. An answer tells no
likeness, and nobody's id or name: a subject is known by a word that is another one for each account.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from matcher.decoding import decoder
from matcher.decoding.confined_reader import look_given
from matcher.rates import comparisons
from matcher.scan import MediaLook, decided
from matcher.still import look_at
from matcher.types import Appearance, Finding, Gallery, Listening, Match, Recogniser, Watching
from monitor.check_answer import CheckAnswer, CheckFinding, Intended, Outcome, Sent, SignedAnswer, Terms, plain
from monitor.check_gallery import CheckGallery
from monitor.check_signing import Seal, sealed
from monitor.workspace import Workspace
from registry.accounts import AccessRefused, Caller
from registry.blinding import blinder
from registry.canonical_json import canonical_json
from registry.contracts import contract_of, count_question, note_outcome
from registry.db import new_id, now
from registry.groups import groups_of_all
from registry.kinds import PRESENT_IN, Modality, SampleKind, SubjectKind
from registry.licences import Licence, Use, is_permitted, licences_about
from registry.names import name_key
from registry.parties import Party
from registry.standing import standing_of
from registry.subjects import Subject
from registry.territory import clean_territories

STANDS = timedelta(hours=24)
"""For so long an answer may be relied on, unless a licence ends before."""

CLIP_SECONDS = 60.0
"""So long a clip is looked at; what is left of it is said."""

LICENSED = frozenset({Outcome.ALLOWED, Outcome.WITH_TERMS})

NEARLY = 0.85
"""Of the threshold: what scores more and less than it came near."""

STATEMENT = (
    "It says what the parties that take part hold against this use, and nothing of anybody else's rights. Where nothing was "
    "found it is unknown, which is no permission."
)


def may_i(workspace: Workspace, gallery: CheckGallery, caller: Caller, sent: Sent, use: Intended) -> SignedAnswer:
    """Answer one question of an account under contract.

    workspace: as the machine's owner has it, since whoever asks sees nobody's rows. Raises AccessRefused without a contract,
    OverCap, TerritoryRefused, MediaUnreadable, DecoderFailed and PackError.
    """
    at = now()
    with workspace.session() as session:
        contract = contract_of(session, caller.account_id, at)
        if contract is None or caller.party_id is None:
            raise AccessRefused("No contract that is on record lets this account ask.", "Agree on one with whoever runs this.")
        meant = replace(use, territory="".join(clean_territories([use.territory] if use.territory else [])))
        licensee = contract.licensee
        count_question(session, contract, at)
        found = _looked(session, gallery, sent)
        asked = _Asked(caller.account_id, licensee, meant, at)
        answer = _answer(session, asked, found, sent)
        note_outcome(session, caller.account_id, at, found=bool(answer.findings), near=found.near)
        seal: Seal = sealed(session, canonical_json(plain(answer)))
        session.commit()
    return SignedAnswer(answer, seal.signature, seal.key)


@dataclass(frozen=True)
class _Asked:
    account_id: str
    licensee: str
    use: Intended
    at: datetime


@dataclass(frozen=True)
class _Shown:
    subject_id: str
    modality: Modality | None
    rate: str | None


@dataclass(frozen=True)
class _Found:
    """unexplained: whether somebody is shown who is nobody known. near: whether one came near somebody. in_part: whether
    something of a clip was not looked at."""

    shown: tuple[_Shown, ...] = ()
    unexplained: bool = False
    near: bool = False
    looked_at: tuple[str, ...] = ()
    in_part: bool = False


def _looked(session: Session, gallery: CheckGallery, sent: Sent) -> _Found:
    if sent.name:
        return _Found(tuple(_Shown(key, None, None) for key in _called(session, sent.name)), looked_at=("name",))
    data, what = (sent.sound, "The sound") if sent.clip is None else (sent.clip, "The clip")
    picture = None if sent.picture is None else decoder().picture(sent.picture, "The picture")
    with gallery.lock:
        held, recognisers = gallery.current(session)
        if sent.sound is not None and not any(isinstance(r, Listening) and r.looks_for(held) for r in recognisers):
            return _Found()
        if picture is not None:
            seen = look_at(picture, held, recognisers)
        else:
            seen = look_given(data or b"", what, CLIP_SECONDS, held, recognisers)
        pairs = [(r, list(found)) for r, found in zip(recognisers, seen.findings, strict=True) if _did_look(r, seen, held)]
        found = _of(held, pairs)
        return replace(found, in_part=bool(seen.unseen))


def _did_look(recogniser: Recogniser, seen: MediaLook, gallery: Gallery) -> bool:
    """Whether it was asked about what was sent: a picture is no clip, sound alone shows nothing, and only sound that was
    listened to counts, of whom it listens for."""
    fit = seen.info.kind == "video" or recogniser.takes is SampleKind.PICTURE
    watched = isinstance(recogniser, Watching) and fit and seen.frames > 0
    return watched or (isinstance(recogniser, Listening) and seen.heard and recogniser.looks_for(gallery))


def _called(session: Session, name: str) -> list[str]:
    query = select(Subject.id).join(Party).where(Party.checkable, Subject.name_key == name_key(name))
    return list(session.exec(query.where(col(Subject.erased_at).is_(None)).order_by(Subject.id)))


def _of(gallery: Gallery, findings: Iterable[tuple[Recogniser, Sequence[Finding]]]) -> _Found:
    """Whom the findings show. Their scores end here."""
    shown: dict[tuple[str, Modality], _Shown] = {}
    people, explained, near = set[Appearance](), set[Appearance](), False
    modalities = list[str]()
    for recogniser, own in findings:
        modalities.append(recogniser.modality.value)
        for finding in own:
            if recogniser.modality in PRESENT_IN[SubjectKind.PERSON]:
                people.add(finding.appearance)
            match = decided(finding, recogniser, gallery)
            if match is None:
                near = near or _near(finding, recogniser, gallery)
                continue
            explained.add(finding.appearance)
            key = match.subject_id, recogniser.modality
            shown[key] = _Shown(*key, _rate(recogniser, match, gallery))
    return _Found(tuple(shown.values()), bool(people - explained), near, tuple(dict.fromkeys(modalities)))


def _near(finding: Finding, recogniser: Recogniser, gallery: Gallery) -> bool:
    if not finding.candidates:
        return False
    party = gallery.subjects[finding.candidates[0].subject_id].party
    compared = comparisons(gallery.references_by(recogniser.encoder, party), recogniser.per_reference)
    return finding.candidates[0].score >= NEARLY * recogniser.threshold(compared)


def _rate(recogniser: Recogniser, match: Match, gallery: Gallery) -> str:
    """What is expected at the threshold, whatever this one scored: the rate of a score would tell the score. Where more people of
    the subject's own kind are found so, that. The rate of footage follows from how much was compared, and not from its score."""
    if recogniser.modality is Modality.FOOTAGE:
        return f"{match.expected_false_matches:.2g}"
    party = gallery.subjects[match.subject_id].party
    compared = comparisons(gallery.references_by(recogniser.encoder, party), recogniser.per_reference)
    # A match scores no less than the threshold, so that its own rate is above this one only for those of its kind.
    return f"{max(recogniser.expected_false_matches(match.threshold, compared), match.expected_false_matches):.2g}"


def _answer(session: Session, asked: _Asked, found: _Found, sent: Sent) -> CheckAnswer:
    each = [lines for shown in found.shown if (lines := _findings(session, asked, shown))]
    findings = [line for lines in each for line in lines]
    ends = [line.licence.ends_at for line in findings if line.licence is not None and line.licence.ends_at is not None]
    return CheckAnswer(
        id=new_id(),
        outcome=_outcome({_of_ways(lines) for lines in each}, unexplained=found.unexplained or found.in_part),
        findings=sorted(findings, key=lambda line: (line.subject, line.modality)),
        looked_at=list(found.looked_at),
        not_looked_at=_unlooked(sent, found),
        use=asked.use,
        asked_at=asked.at,
        valid_until=min([asked.at + STANDS, *ends]),
        statement=STATEMENT,
    )


def _unlooked(sent: Sent, found: _Found) -> list[str]:
    """Sound is looked at only where somebody is listened for."""
    sounds = sent.clip is not None or sent.sound is not None
    said = [Modality.VOICE.value] if sounds and Modality.VOICE.value not in found.looked_at else []
    return [*said, "rest of the clip"] if found.in_part else said


def _of_ways(lines: Sequence[CheckFinding]) -> Outcome:
    """Of one subject in all its ways. Where some are licensed, and others not, it is so with terms: in those ways alone."""
    found = {line.outcome for line in lines}
    if len(found) > 1 and found & LICENSED:
        return Outcome.WITH_TERMS
    return _outcome(found, unexplained=Outcome.UNKNOWN in found)


def _outcome(found: set[Outcome], *, unexplained: bool) -> Outcome:
    """The strictest; what is not known is no permission."""
    if Outcome.PROHIBITED in found:
        return Outcome.PROHIBITED
    if unexplained or not found or Outcome.UNKNOWN in found:
        return Outcome.UNKNOWN
    return Outcome.WITH_TERMS if Outcome.WITH_TERMS in found else Outcome.ALLOWED


def _findings(session: Session, asked: _Asked, shown: _Shown) -> list[CheckFinding]:
    """Of whom was found, in the way they were; of whom was named, in every way they can be present. None for whom nobody may act
    for now: the gallery may be older than that."""
    subject = session.get_one(Subject, shown.subject_id)
    if subject.erased_at is not None or not standing_of(session, subject, asked.at, shown.modality).allowed:
        return []
    ways = PRESENT_IN[subject.kind] if shown.modality is None else (shown.modality,)
    return [_finding(session, asked, subject, way, shown.rate) for way in ways]


def _finding(session: Session, asked: _Asked, subject: Subject, way: Modality, rate: str | None) -> CheckFinding:
    """Unknown where its party may not speak for it in that way."""
    party = session.get_one(Party, subject.party_id)
    speaks = standing_of(session, subject, asked.at, way).allowed
    licence = _covering(session, asked, subject, way) if speaks else None
    terms = None if licence is None else _terms(licence)
    licensed = terms and (Outcome.WITH_TERMS if terms.bind else Outcome.ALLOWED)
    outcome = licensed or (Outcome.PROHIBITED if speaks else Outcome.UNKNOWN)
    opaque = blinder(session)(f"check {asked.account_id} {subject.id}")[:32]
    return CheckFinding(opaque, outcome, way, rate, terms, party.name, party.email)


def _covering(session: Session, asked: _Asked, subject: Subject, modality: Modality) -> Licence | None:
    """The asker's own licence that covers the use in that way from its first moment to its last."""
    own = [row for row in licences_about(session, subject.id) if name_key(row.licensee) == name_key(asked.licensee)]
    use = asked.use
    meant = _use(subject, modality, use, groups_of_all(session, [subject.id])[subject.id])
    moments = (use.starts_at, max(use.starts_at, use.until - timedelta(microseconds=1)))
    covering = [row for row in own if all(is_permitted(meant, [row], at).permitted for at in moments)]
    return max(covering, key=lambda row: (row.ends_at is None, row.ends_at or asked.at, row.id), default=None)


def _use(subject: Subject, modality: Modality, use: Intended, groups: Iterable[str]) -> Use:
    return Use(
        subject_id=subject.id,
        modality=modality,
        host=use.platform or None,
        uploader=use.channel or None,
        generators=[use.generator] if use.generator else (),
        territory=use.territory or None,
        projects=[use.project] if use.project else (),
        groups=frozenset(groups),
        party_id=subject.party_id,
    )


def _terms(row: Licence) -> Terms:
    return Terms(row.host, row.uploader, row.generator, list(row.territory), row.project, row.modality, row.ends_at)
