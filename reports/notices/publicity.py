"""Cease and desist: the right of publicity for persons, and in the same kind of letter copyright or trade marks.

A statute that counsel gives stands as it was given. One that this program suggests is marked for counsel to confirm, until
somebody did: a draft is no legal advice.
"""

from collections.abc import Callable
from datetime import date, timedelta

from registry.mandates import Basis
from registry.subjects import Subject
from registry.types import SubjectKind
from reports.notices.absent import not_there
from reports.notices.base import SIGNATURE, Authority, Blanks, Block, Brief, Letter, Place, Section, Still
from reports.notices.use import the_use
from reports.render.plain import clock, day, moment

DAYS_TO_ANSWER = 7

STATUTES = {
    "california": "Cal. Civ. Code §§ 3344 and 3344.1",
    "new york": "N.Y. Civil Rights Law §§ 50, 51 and 50-f",
    "tennessee": "the Tennessee ELVIS Act (Tenn. Code Ann. § 47-25-1101 et seq.)",
}
COPYRIGHT = "17 U.S.C. §§ 106 and 501"
FALSE_ENDORSEMENT = "15 U.S.C. § 1125(a)"
TRADE_MARK = "15 U.S.C. §§ 1114 and 1125(a)"
CONFIRM = "(counsel to confirm)"

ATTRIBUTES = {
    SubjectKind.PERSON: "likeness (face)",
    SubjectKind.CHARACTER: "the character as an original work of authorship",
    SubjectKind.MARK: "the mark",
}


class CeaseAndDesist:
    """A letter that asserts the right of publicity, and for characters copyright."""

    law = "publicity"

    def needs_fair_use(self, brief: Brief) -> bool:
        return any(subject.kind is SubjectKind.CHARACTER for subject in brief.subjects.values())

    def write(self, brief: Brief) -> Letter:
        blanks, suggested = Blanks(), list[str]()
        sender = _sender(brief, blanks)
        recipient = _recipient(brief, blanks)
        sections = (
            _holder(brief, blanks),
            _subjects(brief),
            the_use(brief, blanks),
            not_there(brief),
            _consent(brief),
            _law(brief, blanks, suggested),
            _exceptions(brief, blanks),
            _demand(brief),
            _preservation(),
            _reservation(brief),
            _evidence(brief),
        )
        return Letter(
            law=self.law,
            title="Notice to cease and desist",
            reference=brief.case_id,
            dated=brief.at.date(),
            sender=sender,
            recipient=recipient,
            concerning=f"Unauthorised use of {_names(brief)} in a published video",
            salutation="To whom it may concern:",
            sections=tuple(section for section in sections if section is not None),
            closing=("Yours faithfully,",),
            signature=_signature(brief, blanks),
            missing=tuple(blanks.missing),
            to_confirm=tuple(suggested),
            deadline=deadline_of(brief),
            stills=tuple(brief.stills),
        )


def _names(brief: Brief) -> str:
    names = [subject.name for subject in _ordered(brief)]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _ordered(brief: Brief) -> list[Subject]:
    return sorted(brief.subjects.values(), key=lambda subject: (list(SubjectKind).index(subject.kind), subject.name))


def _kinds(brief: Brief) -> set[SubjectKind]:
    return {subject.kind for subject in brief.subjects.values()}


def _sender(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    party, terms = brief.party, brief.terms
    address = blanks.fill(terms.sender_address or party.postal_address, "postal address of the sender")
    contact = blanks.fill(terms.sender_email or party.email, "e-mail of the sender")
    return (party.name, *address.splitlines(), contact, *([party.phone] if party.phone.strip() else []))


def _recipient(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    name = blanks.fill(brief.terms.recipient or _only_author(brief), "name of the recipient")
    return (name, *blanks.fill(brief.terms.recipient_address, "address or e-mail of the recipient").splitlines())


def _only_author(brief: Brief) -> str:
    """Who published it, where all pages that show it name one author and the same."""
    pages = [seen for place in brief.there for seen in place.pages]
    shown = [seen for seen in pages if seen.shows_it] or [seen for seen in pages if seen.outcome is None]
    names = {seen.page.uploader for seen in shown}
    return names.pop() if len(names) == 1 else ""


def _holder(brief: Brief, blanks: Blanks) -> Section:
    facts = []
    for subject in _ordered(brief):
        proofs = [_authority(subject, authority, blanks) for authority in brief.mandates.get(subject.id, ())]
        facts.append((subject.name, blanks.fill("; ".join(proofs), f"basis of the authority to act for {subject.name}")))
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


def _subjects(brief: Brief) -> Section:
    facts = tuple((subject.name, f"{subject.kind.value}: {ATTRIBUTES[subject.kind]}") for subject in _ordered(brief))
    return Section("What is protected", ("This notice concerns:",), facts=facts)


def _consent(brief: Brief) -> Section:
    name, considered = brief.party.name, brief.terms.licences
    if not brief.licences_to_consider or considered is None:
        text = f"{name} has not consented to this use, and knows of no licence, release or other permission that covers it."
    else:
        text = (
            f"{name} does not consent to this use. Licences that were in force earlier, or whose conditions depend on facts that "
            f"are not published, were considered by {considered.considered_by} on {day(brief.at)}, before this letter was "
            f"drafted; {name} relies on the result that none of them permits this use now."
        )
    return Section("No consent", (f"{text} Should you rely on a permission, send us a copy by the date stated below.",))


def _law(brief: Brief, blanks: Blanks, suggested: list[str]) -> Section:
    kinds, terms = _kinds(brief), brief.terms

    def cited(statute: str) -> str:
        """A statute of our own suggestion, marked until somebody confirmed it."""
        if terms.law_confirmed_by.strip():
            return statute
        suggested.append(statute)
        return f"{statute} {CONFIRM}"

    paragraphs = []
    if SubjectKind.PERSON in kinds:
        paragraphs.append(_publicity(brief, blanks, cited))
    if SubjectKind.CHARACTER in kinds:
        paragraphs.append(
            "The character is protected by copyright. Its reproduction, adaptation, display and distribution without a licence "
            f"infringe the exclusive rights under {cited(COPYRIGHT)}."
        )
    if SubjectKind.MARK in kinds:
        number = blanks.fill(terms.registration, "registration number and class of the mark")
        paragraphs.append(
            f"The use of the mark in a way that is likely to cause confusion about source, sponsorship or approval violates "
            f"{cited(TRADE_MARK)}. Registration: {number}."
        )
    return Section("Legal basis", tuple(paragraphs))


def _publicity(brief: Brief, blanks: Blanks, cited: Callable[[str], str]) -> str:
    terms = brief.terms
    own = STATUTES.get(terms.jurisdiction.strip().lower(), "")
    given = terms.statute.strip() or (cited(own) if own else "")
    named = blanks.fill(given, "statute on the right of publicity or on digital replicas")
    place = blanks.fill(terms.jurisdiction, "jurisdiction")
    return (
        f"The use of a person's likeness without consent, whether recorded, altered or generated, violates the right of "
        f"publicity under {named} in the jurisdiction of {place}, and may state a false endorsement under "
        f"{cited(FALSE_ENDORSEMENT)}."
    )


def _exceptions(brief: Brief, blanks: Blanks) -> Section:
    paragraphs = []
    if fair_use := brief.terms.fair_use:
        paragraphs.append(
            f"Fair use (17 U.S.C. § 107) was considered by {fair_use.considered_by} on {_date(fair_use.considered_on)}, "
            f"before this notice was drafted, with this result: {fair_use.reason}"
        )
    if _kinds(brief) - {SubjectKind.CHARACTER}:
        what = "exceptions considered (news, commentary, satire, parody, incidental or nominative use), by whom, with what result"
        paragraphs.append(f"Other exceptions: {blanks.fill(brief.terms.exceptions, what)}")
    elif brief.terms.exceptions.strip():
        paragraphs.append(f"Other exceptions: {brief.terms.exceptions.strip()}")
    return Section("Exceptions considered", tuple(paragraphs))


def deadline_of(brief: Brief) -> date:
    """The day by which an answer is asked for."""
    return brief.terms.deadline or brief.at.date() + timedelta(days=DAYS_TO_ANSWER)


def _demand(brief: Brief) -> Section:
    text = f"We demand that you, by {_date(deadline_of(brief))}:"
    bullets = (
        "remove the video from the addresses and pages stated in “The use complained of” and from every other address under your "
        "control, and disable access to it;",
        f"cease every further use of {_names(brief)} and of copies, excerpts and versions of the video;",
        "tell us how the video was made, where else it was published, and what revenue it earned;",
        "confirm in writing that you have done so.",
    )
    return Section("Demand", (text,), bullets=bullets)


def _preservation() -> Section:
    text = (
        "Preserve all records that concern the video: source files, prompts, models and settings, reference material, accounts, "
        "upload and access logs, correspondence and payments. Removal from the public does not permit their deletion."
    )
    return Section("Preservation of evidence", (text,))


def _reservation(brief: Brief) -> Section:
    text = f"This notice is no waiver. {brief.party.name} reserves all rights, claims and remedies, in law and in equity."
    return Section("Reservation of rights", (text,))


def _evidence(brief: Brief) -> Section:
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
        ("As captured", f"{still.name}, {still.sha256}"),
        ("With the place marked", f"{still.marked_name}, {still.marked_sha256}"),
    ]


def _signature(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    return (
        blanks.ask(SIGNATURE),
        blanks.fill(brief.terms.signatory or brief.party.signatory, "name and capacity of the person who signs"),
        f"for {brief.party.name}",
    )


def _date(given: date) -> str:
    return f"{given.day} {given:%B %Y}"
