"""Passages that letters under every law share: who writes to whom, by what authority, about whom, and on what evidence."""

from registry.mandates import Basis
from registry.subjects import Subject
from registry.types import Modality, SubjectKind
from reports.notices.base import Authority, Block, Brief, Letter, Place, Section, Still
from reports.notices.blanks import SIGNATURE, Blanks
from reports.notices.laws.base import Ask
from reports.notices.wording import Wording
from reports.render.plain import clock

ATTRIBUTES = {
    SubjectKind.PERSON: "person: likeness (face)",
    SubjectKind.CHARACTER: "character: the character as an original work of authorship",
    SubjectKind.MARK: "mark: the mark",
    SubjectKind.FOOTAGE: "footage: the recorded work",
}

VOICES = {
    frozenset({Modality.VOICE}): "person: the voice",
    frozenset({Modality.FACE, Modality.VOICE}): "person: likeness (face), and the voice",
}
"""What is protected of a person who was found by a voice, by all ways of which they were found."""


def letterhead(brief: Brief, blanks: Blanks, law: str, title: str, concerning: str) -> Letter:
    """A letter that has no sections yet. concerning: with {names} where those of the subjects stand."""
    say = brief.say
    return Letter(
        law=law,
        title=say(title),
        reference=brief.case_id,
        dated=brief.at.date(),
        sender=_sender(brief, blanks),
        recipient=_recipient(brief, blanks),
        concerning=say(concerning, names=names(brief)),
        salutation=say("To whom it may concern:"),
        sections=(),
        closing=(),
        signature=(),
        missing=(),
        stills=tuple(brief.stills),
        language=say.language,
    )


def names(brief: Brief) -> str:
    """Of all subjects, as in a sentence."""
    return brief.say.listed([subject.name for subject in ordered(brief)])


def ordered(brief: Brief) -> list[Subject]:
    """People first, then by name."""
    return sorted(brief.subjects.values(), key=lambda subject: (list(SubjectKind).index(subject.kind), subject.name))


def kinds_of(brief: Brief) -> set[SubjectKind]:
    """Which kinds of subjects the letter is about."""
    return {subject.kind for subject in brief.subjects.values()}


def _sender(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    party, terms = brief.party, brief.terms
    address = blanks.fill(terms.sender_address or party.postal_address, Ask.SENDER_ADDRESS)
    contact = blanks.fill(terms.sender_email or party.email, Ask.SENDER_EMAIL)
    return (party.name, *address.splitlines(), contact, *([party.phone] if party.phone.strip() else []))


def _recipient(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    name = blanks.fill(brief.terms.recipient or _only_author(brief), Ask.RECIPIENT)
    return (name, *blanks.fill(brief.terms.recipient_address, Ask.RECIPIENT_ADDRESS).splitlines())


def _only_author(brief: Brief) -> str:
    """Who published it, where all pages that show it name one author and the same."""
    pages = [seen for place in brief.there for seen in place.pages]
    shown = [seen for seen in pages if seen.shows_it] or [seen for seen in pages if seen.outcome is None]
    names = {seen.page.uploader for seen in shown}
    return names.pop() if len(names) == 1 else ""


def holder(brief: Brief, blanks: Blanks) -> Section:
    """Who acts for each subject, and by what authority."""
    facts, say = [], brief.say
    for subject in ordered(brief):
        proofs = [_authority(subject, authority, blanks) for authority in brief.mandates.get(subject.id, ())]
        asked = "basis of the authority to act for {name}"
        facts.append((subject.name, blanks.fill(say.parts(proofs), asked, name=subject.name)))
    text = say(
        "{party} ({kind}) holds or represents the rights named below and is authorised to act on them.",
        party=brief.party.name,
        kind=say(brief.party.kind.value),
    )
    return Section(say("The holder of the rights and its authority"), (text,), facts=tuple(facts))


def _authority(subject: Subject, authority: Authority, blanks: Blanks) -> str:
    say = blanks.say
    found = say.listed([say(modality.value) for modality in authority.modalities])
    proof = say("mandate for the {modalities}: {proof}", modalities=found, proof=_proof(authority, say))
    if not authority.territory:
        return proof
    where = ", ".join(authority.territory)
    proof = say("{proof}, for {where}", proof=proof, where=where)
    if authority.settled:
        return proof
    asked = "place whose law applies: the mandate for {name} covers {where} only"
    return f"{proof} {blanks.ask(asked, name=subject.name, where=where)}"


def _proof(authority: Authority, say: Wording) -> str:
    """Since when it is on record, which is not the day from which it holds; that is named where the document gives one."""
    mandate = authority.mandate
    recorded, starts = say.day(mandate.created_at), say.day(mandate.starts_at)
    until = say(" until {day}", day=say.day(mandate.ends_at)) if mandate.ends_at else ""
    earlier = mandate.starts_at.date() < mandate.created_at.date()
    if mandate.basis is Basis.OWN:
        return say(
            "the party's own, declared on {recorded}{given}{until}; declaration taken by {who}",
            recorded=recorded,
            given=say(" with effect from {day}", day=starts) if earlier else "",
            until=until,
            who=mandate.verified_by,
        )
    term = say(" that runs{until}", until=until) if until else ""
    if earlier:
        term = say(" that runs from {starts}{until} by its terms", starts=starts, until=until)
    said = "a written authorisation{term}, verified by {who} on {recorded}"
    return say(said, term=term, who=mandate.verified_by, recorded=recorded)


def protected(brief: Brief) -> Section:
    """What is protected of each subject; of a voice also that it resembles theirs, and of what is heard alone that it is no more,
    which is all that was found."""
    say, found = brief.say, {subject.id: set[Modality]() for subject in ordered(brief)}
    for match in brief.matches:
        found.setdefault(match.subject_id, set()).add(match.modality)
    facts = tuple(
        (subject.name, say(VOICES.get(frozenset(found[subject.id]), ATTRIBUTES[subject.kind]))) for subject in ordered(brief)
    )
    heard = [subject.name for subject in ordered(brief) if Modality.VOICE in found[subject.id]]
    resembles = "The voice that is heard resembles that of {names}. This notice does not state who, or what, spoke."
    sounds = [subject.name for subject in ordered(brief) if found[subject.id] == {Modality.SOUND}]
    same = "The recording that is heard is the one of {names}. This notice does not state that their pictures are shown."
    after = tuple(say(said, names=say.listed(names)) for said, names in ((resembles, heard), (same, sounds)) if names)
    return Section(say("What is protected"), (say("This notice concerns:"),), facts=facts, after=after)


def preservation() -> Section:
    """That records are kept."""
    text = (
        "Preserve all records that concern the video: source files, prompts, models and settings, reference material, accounts, "
        "upload and access logs, correspondence and payments. Removal from the public does not permit their deletion."
    )
    return Section("Preservation of evidence", (text,))


def evidence(brief: Brief) -> Section:
    """What is enclosed, and what is kept."""
    say = brief.say
    enclosed = [fact for number, still in enumerate(brief.stills, 1) for fact in _enclosed(number, still, say)]
    kept = [fact for place in brief.there for fact in _captured(place, say)]
    if bundle := brief.bundle:
        kept += [
            (say("Evidence bundle"), say("{name}, sealed on {day}", name=bundle.name, day=say.day(bundle.at))),
            (say("List of its digests"), bundle.sums_sha256),
            (say("Key that signed it"), bundle.fingerprint),
        ]
    blocks = [Block(say("Preserved, and available on request"), facts=tuple(kept))]
    if enclosed:
        blocks.insert(0, Block(say("Enclosed, and shown small in the annex"), facts=tuple(enclosed)))
    named = (say("Files are named with their SHA-256 digests."),)
    return Section(say("Evidence and enclosures"), named, blocks=tuple(blocks))


def _captured(place: Place, say: Wording) -> list[tuple[str, str]]:
    capture = place.capture
    when, url = say.moment(capture.captured_at), place.video.media_url
    facts = [
        (say("Capture"), say("{when}, from {url}", when=when, url=url)),
        (say("Video"), capture.media_sha256),
        (say("Record of the capture"), capture.manifest_sha256),
    ]
    return facts + ([(say("Web archive (WARC)"), capture.warc_sha256)] if capture.warc_sha256 else [])


def _enclosed(number: int, still: Still, say: Wording) -> list[tuple[str, str]]:
    shown = say(
        "{subject} at {at} of the video with the SHA-256 {digest}",
        subject=still.subject,
        at=clock(still.t),
        digest=f"{still.media_sha256[:12]}…",
    )
    return [
        (say("Still {number}", number=str(number)), shown),
        (say("Without a mark") if still.hidden else say("As captured"), f"{still.name}, {still.sha256}"),
        (say("With the place marked"), f"{still.marked_name}, {still.marked_sha256}"),
    ]


def signature(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    """Who signs, for whom; the signature itself is a blank."""
    return (
        blanks.ask(SIGNATURE),
        blanks.fill(brief.terms.signatory or brief.party.signatory, Ask.SIGNATORY),
        brief.say("for {party}", party=brief.party.name),
    )
