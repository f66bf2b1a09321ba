"""Cease and desist: the right of publicity for persons, and in the same kind of letter copyright or trade marks.

Statutes are named as a parameter and marked for counsel to confirm: a draft is no legal advice.
"""

from datetime import date, timedelta

from crawler.videos import LabelOutcome
from registry.subjects import Subject
from registry.types import SubjectKind
from reports.cases import ConfirmedMatch
from reports.findings import LABEL_PLACES
from reports.notices.base import Authority, Blanks, Brief, Letter, Section
from reports.render.plain import day, moment, span

DAYS_TO_ANSWER = 7

STATUTES = {
    "california": "Cal. Civ. Code §§ 3344 and 3344.1",
    "new york": "N.Y. Civil Rights Law §§ 50, 51 and 50-f",
    "tennessee": "the Tennessee ELVIS Act (Tenn. Code Ann. § 47-25-1101 et seq.)",
}
COPYRIGHT = "17 U.S.C. §§ 106 and 501"
TRADE_MARK = "15 U.S.C. §§ 1114 and 1125(a)"
CONFIRM = "(counsel to confirm)"

ATTRIBUTES = {
    SubjectKind.PERSON: "likeness (face)",
    SubjectKind.CHARACTER: "the character as an original work of authorship",
    SubjectKind.MARK: "the mark",
}


class CeaseAndDesist:
    law = "publicity"

    def needs_fair_use(self, brief: Brief) -> bool:
        return any(subject.kind is SubjectKind.CHARACTER for subject in brief.subjects.values())

    def write(self, brief: Brief) -> Letter:
        blanks = Blanks()
        sender = _sender(brief, blanks)
        recipient = _recipient(brief, blanks)
        sections = (
            _holder(brief, blanks),
            _subjects(brief),
            _use(brief, blanks),
            _consent(brief),
            _law(brief, blanks),
            _exceptions(brief, blanks),
            _demand(brief),
            _preservation(),
            _reservation(brief),
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
            sections=sections,
            closing=("Yours faithfully,",),
            signature=_signature(brief, blanks),
            missing=tuple(blanks.missing),
        )


def _names(brief: Brief) -> str:
    names = [subject.name for subject in _ordered(brief)]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _ordered(brief: Brief) -> list[Subject]:
    return sorted(brief.subjects.values(), key=lambda subject: (list(SubjectKind).index(subject.kind), subject.name))


def _kinds(brief: Brief) -> set[SubjectKind]:
    return {subject.kind for subject in brief.subjects.values()}


def _sender(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    party = brief.party
    address = blanks.fill(party.postal_address, "postal address of the sender")
    contact = blanks.fill(party.email, "e-mail of the sender")
    return (party.name, *address.splitlines(), contact, *([party.phone] if party.phone.strip() else []))


def _recipient(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    name = blanks.fill(brief.terms.recipient or brief.video.uploader, "name of the recipient")
    return (name, *blanks.fill(brief.terms.recipient_address, "address or e-mail of the recipient").splitlines())


def _holder(brief: Brief, blanks: Blanks) -> Section:
    facts = []
    for subject in _ordered(brief):
        proofs = [_authority(subject, authority, blanks) for authority in brief.mandates.get(subject.id, ())]
        facts.append((subject.name, blanks.fill("; ".join(proofs), f"basis of the authority to act for {subject.name}")))
    party = brief.party
    text = f"{party.name} ({party.kind.value}) holds or represents the rights named below and is authorised to act on them."
    return Section("The holder of the rights and its authority", (text,), facts=tuple(facts))


def _authority(subject: Subject, authority: Authority, blanks: Blanks) -> str:
    mandate, modalities = authority.mandate, " and ".join(authority.modalities)
    proof = f"mandate for the {modalities}, verified by {mandate.verified_by}, in force since {day(mandate.starts_at)}"
    if not authority.territory:
        return proof
    where = ", ".join(authority.territory)
    if authority.settled:
        return f"{proof}, for {where}"
    asked = f"place whose law applies: the mandate for {subject.name} covers {where} only"
    return f"{proof}, for {where} {blanks.ask(asked)}"


def _subjects(brief: Brief) -> Section:
    facts = tuple((subject.name, f"{subject.kind.value}: {ATTRIBUTES[subject.kind]}") for subject in _ordered(brief))
    return Section("What is protected", ("This notice concerns:",), facts=facts)


def _use(brief: Brief, blanks: Blanks) -> Section:
    video, terms = brief.video, brief.terms
    facts = [
        ("Address of the page", blanks.fill(video.page_url or "", "address of the page that shows the video")),
        ("Address of the video", video.media_url),
        ("Title as published", video.title or "none"),
        ("Published by", video.uploader or "not stated on the page"),
        ("Published", moment(video.published_at) if video.published_at else "not stated on the page"),
        *(("Captured", f"{moment(c.captured_at)}; SHA-256 of the video {c.media_sha256}") for c in brief.captures),
        *((_appearance_name(brief, match), _appearance(match)) for match in brief.matches),
        ("Label as AI-made", _labels(brief)),
        ("Purpose of the use", blanks.fill(terms.purpose, "medium and commercial purpose of the use")),
    ]
    text = "The following video is available to the public and contains the protected subjects at the times stated."
    after = (
        "Each appearance was found by comparison with reference pictures and confirmed by the person named. "
        "The evidence was preserved when it was captured and is available on request.",
    )
    return Section("The use complained of", (text,), facts=tuple(facts), after=after)


def _appearance_name(brief: Brief, match: ConfirmedMatch) -> str:
    return f"Appearance of {brief.subjects[match.subject_id].name}"


def _appearance(match: ConfirmedMatch) -> str:
    return f"{span(match.t_start, match.t_end)}; confirmed by {match.reviewer} on {day(match.reviewed_at)}"


def _labels(brief: Brief) -> str:
    said = {LabelOutcome.PRESENT: "present", LabelOutcome.INVALID: "present but invalid"}
    told = [label for label in brief.labels if label.outcome in said]
    found = [f"{LABEL_PLACES.get(label.kind, label.kind)}: {said[label.outcome]} {label.detail}".strip() for label in told]
    return "; ".join(found) or "none was found; this notice states nothing about how the video was made"


def _consent(brief: Brief) -> Section:
    text = (
        f"{brief.party.name} has not consented to this use, and knows of no licence, release or other permission that covers it. "
        "Should you rely on one, send us a copy by the date stated below."
    )
    return Section("No consent", (text,))


def _law(brief: Brief, blanks: Blanks) -> Section:
    kinds, terms = _kinds(brief), brief.terms
    paragraphs = []
    if SubjectKind.PERSON in kinds:
        statute = terms.statute or STATUTES.get(terms.jurisdiction.strip().lower(), "")
        named = blanks.fill(statute, "statute on the right of publicity or on digital replicas")
        place = blanks.fill(terms.jurisdiction, "jurisdiction")
        paragraphs.append(
            f"The use of a person's likeness without consent, whether recorded, altered or generated, violates the right of "
            f"publicity under {named} {CONFIRM} in the jurisdiction of {place}, and may state a false endorsement under "
            f"15 U.S.C. § 1125(a) {CONFIRM}."
        )
    if SubjectKind.CHARACTER in kinds:
        paragraphs.append(
            "The character is protected by copyright. Its reproduction, adaptation, display and distribution without a licence "
            f"infringe the exclusive rights under {COPYRIGHT} {CONFIRM}."
        )
    if SubjectKind.MARK in kinds:
        paragraphs.append(
            f"The use of the mark in a way that is likely to cause confusion about source, sponsorship or approval violates "
            f"{TRADE_MARK} {CONFIRM}. Registration: {blanks.ask('registration number and class of the mark')}."
        )
    return Section("Legal basis", tuple(paragraphs))


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
    return brief.terms.deadline or brief.at.date() + timedelta(days=DAYS_TO_ANSWER)


def _demand(brief: Brief) -> Section:
    text = f"We demand that you, by {_date(deadline_of(brief))}:"
    bullets = (
        "remove the video from every address under your control, and disable access to it;",
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


def _signature(brief: Brief, blanks: Blanks) -> tuple[str, ...]:
    return (
        blanks.ask("signature"),
        blanks.fill(brief.party.signatory, "name and capacity of the person who signs"),
        f"for {brief.party.name}",
    )


def _date(given: date) -> str:
    return f"{given.day} {given:%B %Y}"
