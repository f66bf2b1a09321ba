"""The allow-list, and a person's leave for one use: promise 3 where no licence exists."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select, update

from crawler.videos import Capture, Video
from matcher.types import Appearance
from registry.actions import Action
from registry.allowances import AllowanceRefused, add_allowance
from registry.kinds import Modality
from registry.licences import add_licence
from registry.parties import Party
from registry.subjects import Subject
from reports.allow_list import allow, allow_no_more
from reports.cases import CaseMatch
from reports.errors import NotConfirmed, NoticeRefused, ReviewRefused
from reports.matches import MatchRow, MatchStatus, apply_licences
from reports.notices.base import FairUse, LetterTerms
from reports.notices.drafts import draft_notice
from reports.notices.publicity import CeaseAndDesist
from reports.quarantine import quarantined
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.looked import vault_of
from tests.support.recorded_matches import AT, a_capture, a_match, a_video, record

DAY = timedelta(days=1)
FAN_WORK = {"allowed_by": "J. Doe", "reason": "fan work is welcome there"}


def studio(session: Session) -> Party:
    return session.get_one(Party, "p1")


@pytest.mark.parametrize(
    "where",
    [
        {"uploader": "someone", "host": "clips.example"},
        {"uploader": "someone", "any_host": True},
        {"host": "CLIPS.example.", "whole_host": True},
        {"address": "HTTPS://clips.example:443/v1#top"},
        {"address": "https://cdn.example/v1.mp4"},
    ],
)
def test_promise_3_what_is_allowed_is_permitted_until_the_entry_ends(session: Session, where: dict[str, object]) -> None:
    mossy, ada = record(session, a_match(), a_match("s2", 5, 7))
    entry, changed = allow(session, studio(session), AT, ends_at=AT + 9 * DAY, **FAN_WORK, **where)  # type: ignore[arg-type]
    session.commit()
    assert (changed, mossy.status, mossy.allowance_id) == (1, MatchStatus.PERMITTED, entry.id)
    assert mossy.permission_reason.startswith("allowed by J. Doe: ")
    assert "(fan work is welcome there)" in mossy.permission_reason
    assert ada.status is MatchStatus.PENDING  # another party's
    assert apply_licences(session, AT + 9 * DAY) == 1
    assert (mossy.status, mossy.allowance_id) == (MatchStatus.PENDING, None)
    assert apply_licences(session, AT) == 1
    _, reopened = allow_no_more(session, entry.id, AT + DAY)
    assert (reopened, mossy.status) == (1, MatchStatus.PENDING)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ({}, "not said what"),
        ({"host": "youtube.com"}, "whatever anybody publishes on youtube.com"),
        ({"uploader": "someone"}, "on other hosts"),
        ({"uploader": " "}, "not said what"),
        ({"address": "https://clips.example/v1", "host": "clips.example"}, "not said what"),
        ({"uploader": "someone", "host": "https://clips.example/"}, "no host name"),
        ({"uploader": "someone", "host": "clips.example", "reason": " "}, "a reason"),
        ({"uploader": "someone", "host": "clips.example", "ends_at": AT}, "before it begins"),
    ],
)
def test_an_entry_that_allows_too_much_or_nothing_is_refused(session: Session, where: dict[str, object], why: str) -> None:
    with pytest.raises(AllowanceRefused, match=why):
        add_allowance(session, studio(session), starts_at=AT, **{**FAN_WORK, **where})  # type: ignore[arg-type]
    ada = session.get_one(Subject, "s2")
    with pytest.raises(AllowanceRefused, match="not Larkspur Pictures's"):
        add_allowance(session, studio(session), starts_at=AT, subject=ada, uploader="x", host="y.example", **FAN_WORK)


def test_an_entry_for_one_subject_leaves_the_partys_others(session: Session) -> None:
    other = Subject(id="s3", party_id="p1", name="Thorn", kind=session.get_one(Subject, "s1").kind)
    session.add(other)
    session.flush()
    mossy, thorn = record(session, a_match(), a_match("s3", 5, 7))
    allow(session, studio(session), AT, subject=other, uploader="someone", host="clips.example", **FAN_WORK)
    assert (mossy.status, thorn.status) == (MatchStatus.PENDING, MatchStatus.PERMITTED)


def test_a_video_without_a_known_uploader_is_allowed_by_no_channel(session: Session) -> None:
    (row,) = record(session, a_match())
    session.get_one(Video, "v1").uploader = ""
    allow(session, studio(session), AT, uploader="someone", any_host=True, **FAN_WORK)
    assert row.status is MatchStatus.PENDING


def test_what_is_allowed_is_not_confirmed_and_makes_no_letter(session: Session) -> None:
    (row,) = record(session, a_match())
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "the same leaf", AT)
    (case,) = open_cases(session)
    allow(session, studio(session), AT, uploader="someone", host="clips.example", **FAN_WORK)
    assert row.status is MatchStatus.CONFIRMED  # a person's decision stands until a person takes it back
    considered = LetterTerms(fair_use=FairUse("R. Iyer", AT.date(), "neither parody nor comment"))
    with pytest.raises(NoticeRefused, match=r"is permitted: allowed by J\. Doe") as refused:
        draft_notice(session, vault_of(session), case, CeaseAndDesist(), considered, "E. Novak", AT)
    (step,) = refused.value.steps
    assert step.action is Action.REVOKE_ALLOWANCE
    review(session, row.id, Decision.REOPEN, "R. Iyer", "look again", AT)
    apply_licences(session, AT)
    with pytest.raises(ReviewRefused, match="permitted use: allowed by"):
        review(session, row.id, Decision.CONFIRM, "R. Iyer", "no", AT)
    with pytest.raises(ReviewRefused, match="no decision"):
        review(session, row.id, Decision.REOPEN, "R. Iyer", "again", AT)
    with pytest.raises(NotConfirmed):
        draft_notice(session, vault_of(session), open_cases(session)[0], CeaseAndDesist(), LetterTerms(), "E. Novak", AT)


def test_promise_3_a_persons_leave_stays_until_it_is_reopened(session: Session) -> None:
    (row,) = record(session, a_match())
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "the same leaf", AT)
    assert open_cases(session)
    review(session, row.id, Decision.PERMIT, "J. Doe", "it is the press", AT)
    open_cases(session)
    assert session.exec(select(CaseMatch)).all() == []  # never in a case
    assert row.status is MatchStatus.PERMITTED
    add_licence(session, session.get_one(Subject, "s1"), "Maker", AT)
    assert (apply_licences(session, AT + DAY), row.status) == (0, MatchStatus.PERMITTED)
    record(session, a_match(score=0.9), gallery="g2")
    assert (row.status, row.score) == (MatchStatus.PERMITTED, 0.7)
    review(session, row.id, Decision.REOPEN, "J. Doe", "it was no press", AT + DAY)
    assert row.status is MatchStatus.LICENSED
    assert apply_licences(session, AT + DAY) == 0


def test_the_database_permits_nothing_by_itself(session: Session) -> None:
    record(session, a_match())
    with pytest.raises(IntegrityError, match="a review or the allow-list permits"):
        session.connection().execute(update(MatchRow).values(status=MatchStatus.PERMITTED))
    session.rollback()


def test_a_permitted_use_speaks_for_the_reference_that_found_it(session: Session) -> None:
    """Three were strangers, and three were the person herself in fan work: the reference is not in doubt."""
    for number in range(6):
        session.add(a_video(f"w{number}"))
        session.flush()
        session.add(a_capture(f"d{number}", f"w{number}", media_sha256=f"{number + 1:064}"))
    session.commit()
    rows = record(session, a_match())
    for number in range(6):
        copy = MatchRow(**{**rows[0].model_dump(), "id": f"m{number}", "capture_id": f"d{number}"})
        session.add(copy)
        session.flush()
        decision = Decision.REJECT if number < 3 else Decision.PERMIT
        review(session, copy.id, decision, "R. Iyer", "seen", AT)
    assert session.exec(select(Capture)).all()
    assert quarantined(session) == []


def test_an_entry_lets_a_voice_be_only_where_it_names_the_voice(session: Session) -> None:
    seen = a_match()
    heard = replace(seen, appearance=Appearance(Modality.VOICE, 0.0, 2.0), encoder="campplus")
    voice, face = sorted(record(session, seen, heard), key=lambda row: row.modality is Modality.FACE)
    where = {"uploader": "someone", "host": "clips.example"}
    allow(session, studio(session), AT, **FAN_WORK, **where)
    session.commit()
    assert (face.status, voice.status) == (MatchStatus.PERMITTED, MatchStatus.PENDING)
    allow(session, studio(session), AT, **FAN_WORK, **where, modalities=[Modality.VOICE])
    session.commit()
    assert voice.status is MatchStatus.PERMITTED
    assert "for voice only" in voice.permission_reason
