"""Passages that letters under every law share: who writes to whom, by what authority, about whom, and on what evidence."""

from datetime import date

from registry.mandates import Basis
from registry.subjects import Subject
from registry.types import SubjectKind
from reports.notices.base import SIGNATURE, Authority, Blanks, Block, Brief, Letter, Place, Section, Still
from reports.notices.laws.base import Ask
from reports.render.plain import clock, day, moment

ATTRIBUTES = {
    SubjectKind.PERSON: "likeness (face)",
    SubjectKind.CHARACTER: "the character as an original work of authorship",
    SubjectKind.MARK: "the mark",
}


def letterhead(brief: Brief, blanks: Blanks, law: str, title: str, concerning: str) -> Letter:
    """A letter that has no sections yet. concerning: with {names} where those of the subjects stand."""
    return Letter(
        law=law,
        title=title,
        reference=brief.case_id,
        dated=brief.at.date(),
        sender=_sender(brief, blanks),
        recipient=_recipient(brief, blanks),
        concerning=concerning.replace("{names}", names(brief)),
        salutation="To whom it may concern:",
        sections=(),
        closing=(),
        signature=(),
        missing=(),
        stills=tuple(brief.stills),
    )


def names(brief: Brief) -> str:
    """Of all subjects, as in a sentence."""
    every = [subject.name for subject in ordered(brief)]
    return every[0] if len(every) == 1 else ", ".join(every[:-1]) + " and " + every[-1]


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
    facts = []
    for subject in ordered(brief):
        proofs = [_authority(subject, authority, blanks) for authority in brief.mandates.get(subject.id, ())]
        facts.append((subject.name, blanks.fill("; ".join(proofs), f"{Ask.AUTHORITY} for {subject.name}")))
    party = brief.party
    text = f"{party.name} ({party.kind.value}) holds or represents the rights named below and is authorised to act on them."
    return Section("The holder of the rights and its authority", (text,), facts=tuple(facts))


def _authority(subject: Subject, authority: Authority, blanks: Blanks) -> str:
    proof = f"mandate for the {' and '.join(authority.modalities)}: {_proof(authority)}"
    if not authority.territory:
        return proof
    where = ", ".join(authority.territory)
    if authority.settled:
        return f"{proof}, for {where}"
    asked = f"place whose law applies: the mandate for {subject.name} covers {where} only"
    return f"{proof}, for {where} {blanks.ask(asked)}"


def _proof(authority: Authority) -> str:
    """Since when it is on record, which is not the day from which it holds; that is named where the document gives one."""
    mandate = authority.mandate
    recorded, starts = day(mandate.created_at), day(mandate.starts_at)
    until = f" until {day(mandate.ends_at)}" if mandate.ends_at else ""
    earlier = mandate.starts_at.date() < mandate.created_at.date()
    if mandate.basis is Basis.OWN:
        given = f" with effect from {starts}" if earlier else ""
        return f"the party's own, declared on {recorded}{given}{until}; declaration taken by {mandate.verified_by}"
    term = f" that runs from {starts}{until} by its terms" if earlier else f" that runs{until}" if until else ""
    return f"a written authorisation{term}, verified by {mandate.verified_by} on {recorded}"


def protected(brief: Brief) -> Section:
    """What is protected of each subject."""
    facts = tuple((subject.name, f"{subject.kind.value}: {ATTRIBUTES[subject.kind]}") for subject in ordered(brief))
    return Section("What is protected", ("This notice concerns:",), facts=facts)


def preservation() -> Section:
    """That records are kept."""
    text = (
        "Preserve all records that concern the video: source files, prompts, models and settings, reference material, accounts, "
        "upload and access logs, correspondence and payments. Removal from the public does not permit their deletion."
    )
    return Section("Preservation of evidence", (text,))


def evidence(brief: Brief) -> Section:
    """What is enclosed, and what is kept."""
    enclosed = [fact for number, still in enumerate(brief.stills, 1) for fact in _enclosed(number, still)]
    kept = [fact for place in brief.there for fact in _captured(place)]
    if bundle := brief.bundle:
        kept += [
            ("Evidence bundle", f"{bundle.name}, sealed on {day(bundle.at)}"),
            ("List of its digests", bundle.sums_sha256),
            ("Key that signed it", bundle.fingerprint),
        ]
    blocks = [Block("Preserved, and available on request", facts=tuple(kept))]
    if enclosed:
        blocks.insert(0, Block("Enclosed, and shown small in the annex", facts=tuple(enclosed)))
    return Section("Evidence and enclosures", ("Files are named with their SHA-256 digests.",), blocks=tuple(blocks))


def _captured(place: Place) -> list[tuple[str, str]]:
    capture = place.capture
    facts = [
        ("Capture", f"{moment(capture.captured_at)}, from {place.video.media_url}"),
        ("Video", capture.media_sha256),
        ("Record of the capture", capture.manifest_sha256),
    ]
    return facts + ([("Web archive (WARC)", capture.warc_sha256)] if capture.warc_sha256 else [])


def _enclosed(number: int, still: Still) -> list[tuple[str, str]]:
    return [
        (f"Still {number}", f"{still.subject} at {clock(still.t)} of the video with the SHA-256 {still.media_sha256[:12]}…"),
        ("Without a mark" if still.hidden else "As captured", f"{still.name}, {still.sha256}"),
        ("With the place marked", f"{still.marked_name}, {still.marked_sha256}"),
    ]


def signature(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    """Who signs, for whom; the signature itself is a blank."""
    return (
        blanks.ask(SIGNATURE),
        blanks.fill(brief.terms.signatory or brief.party.signatory, Ask.SIGNATORY),
        f"for {brief.party.name}",
    )


def date_of(given: date) -> str:
    """``20 November 2026``"""
    return f"{given.day} {given:%B %Y}"
