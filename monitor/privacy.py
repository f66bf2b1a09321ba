"""The privacy report: what is held of people, on what basis, for how long, and how it lies there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, SQLModel, col, func, select

from crawler.disposal import disposed
from crawler.videos import Capture
from monitor.retention import schedule
from monitor.settings import RetentionSettings, Settings
from registry.audit import AuditEntry
from registry.documents import Document
from registry.kinds import Modality, SubjectKind
from registry.legal import coming_of_age
from registry.mandates import Mandate
from registry.members import Member
from registry.receipts import Erasure
from registry.references import Reference
from registry.standing import Matchable, matchable_in
from registry.template_rows import TemplateRow, clear_templates
from reports.matches import MatchRow
from reports.review import Review
from reports.second_review_rows import SecondReview


@dataclass(frozen=True)
class Holding:
    """One kind of thing. basis: why it may be held. kept: how long, in words. lies: how it is protected at rest."""

    what: str
    count: int
    basis: str
    kept: str
    lies: str


@dataclass(frozen=True)
class ComesOfAge:
    """Somebody whose guardian's consent ends, or ended, on the day of_age, and who gave none of their own."""

    name: str
    party_id: str
    of_age: datetime | None
    id: str


@dataclass(frozen=True)
class PrivacyReport:
    """policy: the days of the retention policy by their names. rates: what the galleries miss and match falsely, in words."""

    at: datetime
    policy: Mapping[str, int]
    holdings: tuple[Holding, ...]
    rates: tuple[str, ...]
    coming_of_age: tuple[ComesOfAge, ...]


def privacy_report(
    session: Session,
    settings: Settings,
    at: datetime,
    told: Callable[[Sequence[Holding]], None] = lambda _: None,
) -> PrivacyReport:
    """All that the report says, as the registry stands at that moment. told: is given what is held before the rest is known."""
    who = matchable_in(session, at, (Modality.FACE,))
    held = tuple(holdings(session, settings.retention, at, who))
    told(held)
    # What reads a pack's calibration comes with NumPy, which takes as long as all of the above.
    from monitor.misses import rates_in_words

    return PrivacyReport(
        at,
        settings.retention.model_dump(),
        held,
        rates_in_words(session, settings, at, allowed=who.by_modality[Modality.FACE]),
        tuple(ComesOfAge(row.name, row.party_id, row.minor_until, row.id) for row in coming_of_age(session, at)),
    )


def holdings(session: Session, policy: RetentionSettings, at: datetime, who: Matchable | None = None) -> list[Holding]:
    """Everything that is held of people. Of strangers in videos no vector is held, and so none is counted.

    who: may be looked for then, where the caller knows it already.
    """
    known = who or matchable_in(session, at, ())
    return [*_people(session, policy, at, known), *_of_people(session, policy), *_records(session)]


def _people(session: Session, policy: RetentionSettings, at: datetime, who: Matchable) -> Iterator[Holding]:
    allowed = {key for key, subject in who.every.items() if subject.kind is SubjectKind.PERSON}
    without = sum(subject.kind is SubjectKind.PERSON for subject in who.others.values())
    ends = f"until {policy.after_mandate_days} days after the mandate or consent has ended"
    waiting = [due.due_at for due in schedule(session, policy, at, who) if due.what == "subject"]
    first = f"; the first is due on {min(waiting):%Y-%m-%d}" if waiting else ""
    with_consent = len(allowed.intersection(who.agreed))
    consent = "their own explicit consent (GDPR Art. 9(2)(a); BIPA 15(b)) beside the party's mandate"
    yield Holding("people with their own consent", with_consent, consent, ends, "name in the clear")
    mandate = "the party's mandate, in which the people agreed (GDPR Art. 9(2)(a), (f))"
    yield Holding("people under the party's mandate", len(allowed) - with_consent, mandate, ends, "name in the clear")
    over, none = f"until their day in the retention policy{first}", "none: they are not looked for"
    yield Holding("people without a mandate or consent that is needed", without, none, over, "name in the clear")


def _of_people(session: Session, policy: RetentionSettings) -> Iterator[Holding]:
    with_subject = "as the person or work they are of"
    clear = clear_templates(session)
    lies = "sealed (AES-256-GCM)"
    yield Holding(
        "references (photos, artwork, clips, recordings)", _count(session, Reference), with_subject, "with the subject", lies
    )
    vectors = lies if not clear else f"{lies}; {clear} in the clear until the keys are rotated"
    yield Holding("templates (vectors)", _count(session, TemplateRow), with_subject, "with the subject", vectors)
    yield Holding("mandates and consents", _count(session, Mandate), "proof of authority", "with the subject", lies)
    members = session.exec(select(func.count()).select_from(Member).where(col(Member.erased_at).is_(None))).one()
    yield Holding("rows of rosters", members, with_subject, "with the subject", "keyed digests and the name as it is compared")
    yield Holding("matches", _count(session, MatchRow), "defence of rights (GDPR Art. 9(2)(f))", "with the subject", "no vector")
    held = select(func.count()).select_from(Capture).where(col(Capture.id).not_in(disposed()))
    kept = f"{policy.unmatched_capture_days} days, longer where something was matched"
    basis = "public videos; legitimate interest (GDPR Art. 6(1)(f)); no face or voice in them is kept as a vector"
    yield Holding("captured videos", session.exec(held).one(), basis, kept, "in the clear: public bytes, read in place")
    unsent = session.exec(select(func.count(func.distinct(Document.path))).where(col(Document.sent_at).is_(None))).one()
    yield Holding("reports, letters and bundles not sent", unsent, with_subject, "with the subject", "files for people")
    sent = session.exec(select(func.count(func.distinct(Document.path))).where(col(Document.sent_at).is_not(None))).one()
    yield Holding("reports, letters and bundles sent", sent, "legal claims (GDPR Art. 17(3)(e))", "by counsel's word", "files")


def _records(session: Session) -> Iterator[Holding]:
    account = "accountability (GDPR Art. 5(2))"
    yield Holding("decisions by people", _count(session, Review), account, "for good", "append-only")
    yield Holding("decisions that people made a second time", _count(session, SecondReview), account, "for good", "append-only")
    yield Holding("entries of the audit log", _count(session, AuditEntry), account, "for good", "ids and dates, no names")
    yield Holding("receipts of erasures", _count(session, Erasure), account, "for good", "no names")
    forgotten = col(Member.erased_at).is_not(None) & col(Member.lapsed).is_(False)
    gone = session.exec(select(func.count()).select_from(Member).where(forgotten)).one()
    yield Holding(
        "members who asked to be forgotten", gone, "so that no roster enrols them again", "for good", "a keyed digest alone"
    )


def _count(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()
