"""Two unions in one workspace, each with a row of every table of every room; what could betray one holds its name."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, select

import monitor.tables  # noqa: F401
import reports.agreement  # noqa: F401  (commands ask it late, and a question is declared before any account has a session)
from crawler import custody, health, videos
from crawler.types import SourceKind
from monitor.workspace import Workspace
from registry.account_news import AccountNews, News
from registry.accounts import Account, Caller, Role, add_account, issue_token
from registry.allowances import add_allowance
from registry.answers import StoredAnswer
from registry.audit import Actor, acting
from registry.claims import Claim
from registry.contracts import CheckContract, CheckUse
from registry.db import now
from registry.documents import Document
from registry.groups import add_group, put_in
from registry.half_done import HalfDone, Kind
from registry.identities import ComparedSubject, Sameness, SharedIdentity, decide
from registry.kinds import Numbers
from registry.legal import Ground, note_basis, release_of
from registry.licences import add_licence
from registry.linked_subjects import LinkedSubject
from registry.mandates import add_mandate, add_party_mandate
from registry.members import Member, decide_numbering
from registry.parties import Party, add_party, find_party
from registry.portrayals import add_portrayal
from registry.references import Reference, add_reference
from registry.refusals import NewRefusal, record_refusals
from registry.second_factors import FactorRule, Passkey, RecoveryCode, Totp
from registry.signed_in import SignedIn
from registry.subjects import Subject, add_subject, find_subject
from registry.templates import TemplateRow
from registry.tenancy import RULES, Nobody, Public
from registry.tries import SignIn
from registry.types import Modality, PartyKind, SubjectKind
from reports.families.rows import ComparedFootage, FootageCopy, FootageDescriptor
from reports.leases import Lease
from reports.looked_for import LookedFor
from reports.matches import MatchRow
from reports.notices.absent_stamp import AbsenceStamp, stamp_id
from reports.notices.base import Letter
from reports.notices.events import NoticeEvent, begin_life, events_of
from reports.notices.notice import Notice
from reports.notices.stored import dumped
from reports.outbox import WebhookEndpoint, WebhookMessage
from reports.postings import Posted, ReportPosting, add_posting
from reports.review import Decision, review
from reports.second_review import SecondReview
from tests.support.cases import open_cases

AT = datetime(2026, 5, 1, tzinfo=UTC)
PASSWORD = "a sentence of several words"
SOON = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
"""A day on which what begins now may end."""
CLASSES = {mapper.local_table.name: mapper.class_ for mapper in SQLModel._sa_registry.mappers}
OWNED = {name: table for name, table in CLASSES.items() if not isinstance(RULES.get(name), Public | Nobody)}
JOINED = {name: table for name, table in CLASSES.items() if isinstance(RULES.get(name), Nobody)}
"""Tables that join rows of several parties, or are the workspace's own."""


def furnish(workspace: Workspace, session: Session, name: str, kind: PartyKind = PartyKind.UNION) -> None:
    """One row of every table for a union of that name, found in a video of its own; all that could betray it holds the name."""
    union = add_party(session, f"{name} {kind}", kind, email=f"{name}@example.org")
    local = add_party(session, f"{name} local", PartyKind.PERFORMER, parent=union)
    account = add_account(session, f"{name} clerk", Role.ADMIN, PASSWORD, union)
    issue_token(session, account, f"{name} token")
    session.add(SignIn(id=f"{name} name", account_id=account.id, last_at=AT))
    session.add(CheckContract(account_id=account.id, reference=name, licensee=f"{name} licensee", daily=1, starts_at=AT))
    session.add(CheckUse(account_id=account.id, day=name))
    session.add(SignedIn(account_id=account.id, secret_hash=f"{name} browser", state=name, began_at=AT, seen_at=AT))
    # Of the party under it: the clerk signs in by the password alone.
    session.add(FactorRule(party_id=local.id, since=AT))
    session.add(AccountNews(account_id=account.id, at=AT, news=News.RESET, by=f"{name} admin"))
    person = add_subject(session, union, f"{name} person", SubjectKind.PERSON)
    figure = add_subject(session, union, f"{name} figure", SubjectKind.CHARACTER)
    group = add_group(session, union, f"{name} group")
    put_in(session, group, [figure])
    add_portrayal(session, figure, person)
    reference = add_reference(session, workspace.vault, person, name.encode() * 9, file_name=f"{name}.jpg")
    session.add(TemplateRow(reference_id=reference.id, encoder="enc", arrays=name.encode()))
    for subject in (person, figure):
        add_mandate(session, workspace.vault, subject, name.encode() * 8, verified_by=f"{name} reader", starts_at=AT)
    add_party_mandate(session, workspace.vault, union, name.encode() * 7, verified_by=f"{name} reader", starts_at=AT)
    add_licence(session, person, f"{name} licensee", AT, host="nowhere.example")
    add_licence(session, group, f"{name} licensee", AT, host="nowhere.example")
    entry = {"allowed_by": f"{name} clerk", "reason": name, "starts_at": AT}
    add_allowance(session, union, subject=person, uploader=f"{name} fans", host="nowhere.example", **entry)
    session.add(Member(id=f"{name} member", party_id=union.id, subject_id=person.id, name_key=name))
    special = {"special": "Art. 9(2)(f)", "evidence": name, "noted_by": f"{name} officer"}
    note_basis(session, person, Ground.CONTRACT, **special)
    release_of(session, union, days=1)
    session.add(CLASSES["listing"](party_id=union.id, path=f"/{name}.outcome.csv"))
    invitation = CLASSES["invitation"](party_id=union.id, subject_id=person.id, name=name, secret=name, made_by=name, until=AT)
    session.add(invitation)
    session.flush()
    session.add(CLASSES["invited_photo"](id=f"{name} sent", invitation_id=invitation.id, sha256=name * 12, file_name=name))
    decide_numbering(session, union.id, Numbers.LOOSELY)
    session.add(CLASSES["intake"](id=f"{name} intake", party_id=union.id, at=AT))
    session.flush()
    brought = {"member_id": f"{name} member", "new_subject": True, "new_member": True}
    session.add(CLASSES["intake_row"](intake_id=f"{name} intake", subject_id=person.id, **brought))
    record_refusals(session, union.id, [NewRefusal("0" * 64, f"{name} member", "", 0.5, f"{name} 7", f"{name}.jpg")])
    session.add(Document(subject_id=person.id, path=f"/{name}.pdf", kind="report", made_at=AT))
    said = {"authority": "clock", "asked_at": AT, "stated_at": AT, **dict.fromkeys(("reply_sha256", "roots_sha256"), "0" * 64)}
    session.add(CLASSES["seal_timestamp"](id=f"{name} token", party_id=union.id, shown_sha256=name * 12, **said))
    session.add(LookedFor(id=f"{name} template", subject_id=person.id, since=1, at=AT))
    session.add(CLASSES["erasure"](subject_id=figure.id, at=AT, reason=name, references=0, templates=0, mandates=0, others=0))
    found(session, name, person)
    with acting(Actor(f"{name} clerk", "test", union.id)):
        session.flush()
        add_subject(session, union, f"{name} seal", SubjectKind.MARK)


def share(session: Session) -> None:
    """Alpha's person and Beta's are one, as Beta told the machine's owner; and what else is the workspace's own."""
    one, other = sorted(find_subject(session, f"{name} person").id for name in ("Alpha", "Beta"))
    pair = SharedIdentity(one_id=one, other_id=other, one_reference="1", other_reference="2", encoder="enc", likeness=0.9)
    pair.found_at = pair.standing_from = AT
    session.add(pair)
    session.add_all(ComparedSubject(subject_id=key, templates="t") for key in (one, other))
    session.flush()
    decide(session, pair, Sameness.ONE, "Beta clerk", "Beta knows her", AT)
    session.add(StoredAnswer(id="Beta answer", asked="Beta question", status=200, body=b"Beta", at=AT))
    # An account of its own: the clerk signs in by the password alone.
    account = add_account(session, "Beta keeper", Role.AUDITOR, PASSWORD, find_party(session, "Beta union")).id
    session.add(Totp(account_id=account, sealed=b"Beta", made_at=AT))
    session.add(RecoveryCode(id="Beta code", account_id=account, made_at=AT))
    session.add(Passkey(id="Beta key", account_id=account, name="Beta", public_key=b"Beta", made_at=AT))
    session.add(LinkedSubject(account_id=account, issuer="https://id.example", subject="Beta", linked_by="Beta", linked_at=AT))
    session.add(HalfDone(id="Beta half", kind=Kind.CODE, account_id=account, until=AT))
    session.add(Claim(kind="scan", key="Beta object", holder="Beta", fence=1, until=AT))
    add_posting(session, ReportPosting(id=0, report="Beta", period="2026-W01", step=Posted.MADE, at=AT, by="Beta clerk"))


def published(session: Session, name: str) -> videos.Capture:
    """What everybody may know: a source, and a video that was captured there."""
    key = name.lower()
    session.add(health.SourceRow(id=f"s-{key}", name=f"source {key}", kind=SourceKind.FEED, url="https://example.org"))
    session.add(videos.Video(id=f"v-{key}", media_url=f"https://cdn.example/{key}.mp4", page_url="https://clips.example/1"))
    session.flush()
    capture = videos.Capture(id=f"c-{key}", video_id=f"v-{key}", captured_at=AT, media_sha256="0" * 64, media_size=1)
    capture.media_type, capture.final_url, capture.manifest_sha256 = "video/mp4", "https://cdn.example", "0" * 64
    session.add(capture)
    session.flush()
    custody.append(session, name, "captured", capture.id, {"by": name}, AT)
    return capture


COPIED = dict.fromkeys(("t_start", "t_end", "of_start", "of_end", "speed", "score"), 0.5) | dict.fromkeys(
    ("mirrored", "whole"), False
)


def found(session: Session, name: str, person: Subject) -> None:
    capture = published(session, name)
    numbers = dict.fromkeys(("t_start", "t_end", "best_t", "best_x1", "best_y1", "best_x2", "best_y2"), 1.0)
    numbers |= dict.fromkeys(("score", "threshold", "margin", "expected_false_matches"), 0.5)
    match = MatchRow(id=f"{name} match", capture_id=capture.id, subject_id=person.id, reference_id=f"{name} ref", **numbers)
    match.modality, match.encoder, match.pack, match.found_at = Modality.FACE, "enc", "open", AT
    session.add(match)
    session.flush()
    session.add(FootageCopy(id=f"{name} copy", match_id=match.id, of_id=match.id, found_at=AT, **COPIED))
    session.add(ComparedFootage(media_sha256=capture.id, subject_id=person.id, at=AT))
    known = FootageDescriptor(media_sha256=capture.id, encoder="enc", width=1, height=1, seconds=0, arrays=b"", made_at=AT)
    session.add(known)
    session.add(Lease(match_id=match.id, fence=1, holder=f"{name} browser", name=f"{name} clerk", until=AT))
    session.flush()
    first = review(session, match.id, Decision.CONFIRM, f"{name} reviewer", name, now())
    again = SecondReview(id=f"{name} second", match_id=match.id, review_id=first.id or 0, decision=Decision.REJECT, at=AT)
    again.reviewer, again.reason = f"{name} other", name
    session.add(again)
    (case,) = [case for case in open_cases(session) if case.party_id == person.party_id]
    letter = Letter("publicity", f"A letter of {name}", name, AT.date(), (name,), ("A site",), name, "Dear all,", (), (), (), ())
    notice = Notice(case_id=case.id, law="publicity", drafted_at=AT, drafted_by=name, match_ids=[match.id], letter=dumped(letter))
    session.add(notice)
    session.flush()
    begin_life(session, notice)
    (event,) = events_of(session, notice)
    endpoint = WebhookEndpoint(party_id=person.party_id, url=f"https://{name.lower()}.example/hook")
    session.add(endpoint)
    session.flush()
    session.add(WebhookMessage(id=f"{name} message", endpoint_id=endpoint.id, kind="test", body=name, made_at=AT, due_at=AT))
    session.add(AbsenceStamp(id=stamp_id(event, "tests"), event_id=event.id, authority="tests", asked_at=AT))
    session.flush()


def caller(place: Workspace, role: Role = Role.ADMIN, name: str = "Alpha") -> Caller:
    with place.session() as session:
        return Caller(f"{name} clerk", f"{name} clerk", role, find_party(session, f"{name} union").id)


def keys_of(session: Session, table: type[SQLModel]) -> set[tuple[Any, ...]]:
    return {tuple(table.__mapper__.primary_key_from_instance(row)) for row in session.exec(select(table))}  # type: ignore[attr-defined]


def others(place: Workspace, table: type[SQLModel]) -> set[tuple[Any, ...]]:
    """The keys of a table's rows that are Beta's, told apart by the content that furnish gave them."""
    with place.session() as session:
        beta = {row.id for row in session.exec(select(Party)) if row.name.startswith("Beta")}
        beta |= {row.id for row in session.exec(select(Subject)) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(CLASSES["subject_group"])) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(Reference)) if row.subject_id in beta}
        beta |= {row.id for row in session.exec(select(CLASSES["invitation"])) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(Account)) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(CLASSES["case_file"])) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(Notice)) if row.case_id in beta}
        events = {row.id for row in session.exec(select(NoticeEvent)) if row.notice_id in beta}
        beta |= {row.id for row in session.exec(select(AbsenceStamp)) if row.event_id in events}
        beta |= {row.id for row in session.exec(select(WebhookEndpoint)) if row.party_id in beta}
        beta |= {"Beta match", "c-beta"}
        rows = session.exec(select(table)).all()
        return {
            tuple(table.__mapper__.primary_key_from_instance(row))  # type: ignore[attr-defined]
            for row in rows
            if beta & {value for value in row.model_dump().values() if isinstance(value, str)}
        }
