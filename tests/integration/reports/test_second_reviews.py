"""Second reviews: drawn so that nobody can choose, blind, by somebody else, beside the first and never over it."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from crawler.videos import Capture, Video
from monitor.cli.main import main
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.erase import erase_subject
from registry.kinds import Modality, PartyKind, SubjectKind
from registry.parties import Party, PartyRefused, edit_party
from registry.subjects import Subject
from reports.agreement import agreement
from reports.deciding import Judgement
from reports.erasure import erase_matches
from reports.errors import Overtaken, ReviewRefused
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, review, reviews_of
from reports.second_review import SecondReview, blind_item, next_second, review_second, second_waiting, take_back
from reports.withheld import withheld
from tests.support.mandated import mandate_all

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIRST, SECOND = "R. Iyer", "C. Ounsel"
MANY = 40


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            session.add(Party(id="p1", name="Guild of Players", kind=PartyKind.UNION, second_share=1.0))
            session.flush()
            session.add(Subject(id="ada", party_id="p1", name="Ada Example", kind=SubjectKind.PERSON))
            session.add(Video(id="v1", media_url="https://cdn.example/v1.mp4"))
            session.flush()
            mandate_all(session)
            session.add(a_capture())
            session.flush()
            session.add_all(a_match(f"m{number:02}") for number in range(MANY))
            session.commit()
        yield workspace


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    with workspace.session() as session:
        yield session


def a_capture() -> Capture:
    told = {"media_sha256": "0" * 64, "manifest_sha256": "0" * 64, "media_type": "video/mp4", "final_url": "https://cdn.example"}
    return Capture(id="c1", video_id="v1", captured_at=AT, media_size=1, **told)


def a_match(key: str) -> MatchRow:
    numbers = dict.fromkeys(("t_end", "best_t", "best_x1", "best_y1", "best_x2", "best_y2"), 1.0)
    numbers |= dict.fromkeys(("t_start", "score", "threshold", "margin", "expected_false_matches"), 0.5)
    made = MatchRow(id=key, capture_id="c1", subject_id="ada", reference_id="r", found_at=AT, **numbers)
    made.modality, made.encoder, made.pack = Modality.FACE, "enc", "open"
    return made


def share_of(session: Session, share: float) -> None:
    party = session.get_one(Party, "p1")
    party.second_share = share
    session.add(party)
    session.commit()


def decide(session: Session, key: str, decision: Decision = Decision.CONFIRM, who: str = FIRST) -> Review:
    made = review(session, key, decision, who, "Same face as on the card", now())
    session.commit()
    return made


def is_blind(session: Session, key: str, who: str) -> bool:
    return key in withheld(session, [key], who)


def judgement(decision: Decision = Decision.REJECT, who: str = SECOND) -> Judgement:
    return Judgement(decision, who, "Only a look-alike", now())


def test_a_share_is_drawn_by_the_match_alone_whoever_decides_what_and_a_greater_one_holds_the_smaller(session: Session) -> None:
    found = {}
    for turn, share in enumerate((0.0, 0.2, 0.6, 1.0)):
        share_of(session, share)
        for number in range(MANY):
            decision = (Decision.CONFIRM, Decision.REJECT, Decision.PERMIT)[(number + turn) % 3]
            decide(session, f"m{number:02}", decision, (FIRST, SECOND)[turn % 2])
        held = {row.match_id: row.drawn for row in session.exec(select(Review).order_by(Review.id))}
        found[share] = {key for key, was in held.items() if was}
    assert found[0.0] == set()
    assert found[0.2] < found[0.6] < found[1.0] == {f"m{number:02}" for number in range(MANY)}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_share_is_from_none_to_all(session: Session, share: float) -> None:
    with pytest.raises(PartyRefused, match="from 0, for none, to 1"):
        edit_party(session, session.get_one(Party, "p1"), second_share=share)


def test_the_first_decision_stands_and_the_second_is_a_row_of_its_own(session: Session) -> None:
    first = decide(session, "m01")
    made = review_second(session, "m01", judgement())
    session.commit()
    match = session.get_one(MatchRow, "m01")
    assert (match.status, [row.id for row in reviews_of(session, "m01")]) == (MatchStatus.CONFIRMED, [first.id])
    assert (made.review_id, made.decision, made.reviewer) == (first.id, Decision.REJECT, SECOND)
    logged = session.execute(text("SELECT action, row_ids FROM audit_entry WHERE table_name = 'second_review'")).all()
    assert logged == [("add", f'["{made.id}"]')]
    for statement in (
        "UPDATE second_review SET decision = 'CONFIRM'",
        "UPDATE second_review SET reason = ''",
        f"UPDATE second_review SET reason = 'Other', taken_back_at = '{AT.isoformat()}'",
        "DELETE FROM second_review",
        "UPDATE review SET drawn = 0",
    ):
        with pytest.raises(DatabaseError):
            session.execute(text(statement))
        session.rollback()


def test_nobody_is_given_what_they_decided_themselves_however_they_write_their_name(session: Session) -> None:
    decide(session, "m01")
    decide(session, "m02", Decision.REJECT, SECOND)
    decide(session, "m03", Decision.REJECT, "É. Tienne")
    assert next_second(session, FIRST, None, ["m03"]).match_id == "m02"
    assert next_second(session, SECOND, None, ["m03"]).match_id == "m01"
    assert next_second(session, FIRST.lower(), None, ["m02", "m03"]).match_id is None
    assert next_second(session, "É. Tienne", None, ["m01", "m02"]).match_id is None
    assert [second_waiting(session, who) for who in (FIRST, SECOND, "A. Nother")] == [2, 2, 3]
    for who in ("é. tienne", "e\u0301. tienne", "É.  Tienne"):
        assert next_second(session, who, None, ["m01", "m02"]).match_id is None
        with pytest.raises(ReviewRefused, match="yourself"):
            review_second(session, "m03", judgement(who=who))
    for who in (FIRST, f" {FIRST} ", FIRST.upper()):
        with pytest.raises(ReviewRefused, match="yourself"):
            review_second(session, "m01", judgement(who=who))
    own = SecondReview(match_id="m01", review_id=reviews_of(session, "m01")[0].id or 0, decision=Decision.REJECT, at=AT)
    own.reviewer, own.reason = FIRST, "past the service"
    session.add(own)
    with pytest.raises(DatabaseError, match="nobody reviews a decision of their own"):
        session.flush()


def test_whoever_decided_on_it_at_any_time_is_given_none_of_it(session: Session) -> None:
    decide(session, "m01", Decision.REJECT, SECOND)
    decide(session, "m01", Decision.REOPEN, FIRST)
    assert second_waiting(session, "A. Nother") == 0
    decide(session, "m01", Decision.CONFIRM, FIRST)
    assert [second_waiting(session, who) for who in (FIRST, SECOND, "A. Nother")] == [0, 0, 1]


def test_whoever_decides_is_told_the_same_of_what_was_drawn_and_what_was_not(session: Session) -> None:
    decide(session, "m01")
    share_of(session, 0.0)
    decide(session, "m02")
    assert agreement(session).waiting is None
    assert (agreement(session, FIRST).waiting, agreement(session, SECOND).waiting) == (0, 1)
    told = []
    for key in ("m01", "m02"):
        with pytest.raises(ReviewRefused) as refused:
            review_second(session, key, judgement(who=FIRST))
        told.append((refused.value.what, refused.value.remedy))
    assert told[0] == told[1]


def test_copies_are_drawn_together_and_nobody_is_given_a_copy_of_what_they_decided(session: Session) -> None:
    session.add(Video(id="v2", media_url="https://mirror.example/v1.mp4"))
    session.flush()
    copied = a_capture()
    copied.id, copied.video_id = "c2", "v2"
    session.add(copied)
    session.flush()
    for number in range(MANY):
        row, copy = session.get_one(MatchRow, f"m{number:02}"), a_match(f"a{number:02}")
        row.track = copy.track = number
        copy.capture_id, copy.found_at = "c2", AT + timedelta(days=1)
        session.add_all([row, copy])
    session.flush()
    share_of(session, 0.5)
    drawn = {number: decide(session, f"m{number:02}").drawn for number in range(MANY)}
    assert set(drawn.values()) == {True, False}
    for number in range(MANY):
        decide(session, f"m{number:02}", Decision.REOPEN)
        assert decide(session, f"a{number:02}", Decision.REJECT, SECOND).drawn is drawn[number]
    assert second_waiting(session, "A. Nother") == sum(drawn.values())
    assert second_waiting(session, FIRST) == second_waiting(session, SECOND) == 0


def test_what_waits_is_gone_through_in_turn_and_comes_back_after_the_last(session: Session) -> None:
    for key in ("m03", "m01", "m02"):
        decide(session, key)
    order = [next_second(session, SECOND).match_id]
    order += [next_second(session, SECOND, after).match_id for after in ("m03", "m01", "m02")]
    assert order == ["m03", "m01", "m02", "m03"]
    assert next_second(session, SECOND, "m03", ["m01", "m02"]).match_id is None
    assert next_second(session, SECOND, None, ["m01", "m02", "m03"]).taken


def test_a_second_review_comes_once_and_not_of_what_was_decided_anew(session: Session) -> None:
    decide(session, "m01")
    late = judgement()
    review_second(session, "m01", late)
    session.commit()
    with pytest.raises(Overtaken):
        review_second(session, "m01", judgement(who="A. Nother"))
    with pytest.raises(Overtaken):
        review_second(session, "m05", judgement())
    seen = replace(judgement(), since=now() - timedelta(hours=1))
    decide(session, "m02")
    with pytest.raises(Overtaken, match="decided on anew"):
        review_second(session, "m02", seen)
    with pytest.raises(ReviewRefused, match="what the match is"):
        review_second(session, "m02", judgement(Decision.REOPEN))
    with pytest.raises(ReviewRefused, match="reason"):
        review_second(session, "m02", replace(judgement(), reason=" "))


def test_one_is_taken_back_by_whoever_made_it_for_ten_minutes_and_until_somebody_decides_anew(session: Session) -> None:
    for key in ("m01", "m02", "m03"):
        decide(session, key)
        review_second(session, key, judgement())
    older = {"match_id": "m04", "review_id": decide(session, "m04").id or 0, "at": now() - timedelta(minutes=11)}
    session.add(SecondReview(decision=Decision.REJECT, reviewer=SECOND, reason="A look-alike", **older))
    session.commit()
    assert {key: is_blind(session, key, SECOND.upper()) for key in ("m01", "m04")} == {"m01": True, "m04": False}
    assert (agreement(session, SECOND).pairs, agreement(session, SECOND).fresh, agreement(session, FIRST).pairs) == (1, 3, 4)
    with pytest.raises(ReviewRefused, match="by you"):
        take_back(session, "m01", "A. Nother")
    taken = take_back(session, "m01", SECOND)
    session.commit()
    assert second_waiting(session, SECOND) == 1
    assert is_blind(session, "m01", SECOND)
    assert not is_blind(session, "m01", FIRST)
    assert agreement(session).pairs == 3
    for statement in ("UPDATE second_review SET taken_back_at = NULL", "UPDATE second_review SET taken_back_at = at"):
        with pytest.raises(DatabaseError):
            session.execute(text(f"{statement} WHERE id = '{taken.id}'"))
        session.rollback()
    review_second(session, "m01", judgement(Decision.CONFIRM))
    decide(session, "m02", Decision.REOPEN)
    with pytest.raises(ReviewRefused, match="decides anew"):
        take_back(session, "m02", SECOND)
    assert not is_blind(session, "m02", SECOND)
    with pytest.raises(ReviewRefused, match="ten minutes"):
        take_back(session, "m04", SECOND)


def test_it_is_shown_as_it_was_before_anybody_decided(workspace: Workspace, session: Session) -> None:
    decide(session, "m01", Decision.PERMIT)
    seen = repr(blind_item(session, workspace.vault, "m01", SECOND)[0])
    for told in (FIRST, "Same face as on the card", "permit", "PERMITTED", "looked at"):
        assert told not in seen
    with pytest.raises(ReviewRefused, match="yourself"):
        blind_item(session, workspace.vault, "m01", FIRST)


def test_agreement_is_counted_and_what_differs_is_to_be_settled_by_deciding_anew(session: Session) -> None:
    assert agreement(session).words[0].startswith("No decision was reviewed a second time yet")
    for number in range(10):
        decide(session, f"m{number:02}", Decision.CONFIRM if number < 6 else Decision.REJECT)
        again = Decision.CONFIRM if number < 4 else Decision.REJECT
        review_second(session, f"m{number:02}", judgement(again))
        session.commit()
    found = agreement(session, "A. Nother")
    # Observed 0.8; by chance 0.6 * 0.4 + 0.4 * 0.6 = 0.48.
    assert (found.pairs, found.agreed, found.open, found.waiting) == (10, 8, 2, 0)
    assert found.kappa == pytest.approx((0.8 - 0.48) / 0.52)
    assert found.table == [[4, 2, 0], [0, 4, 0], [0, 0, 0]]
    assert {each.match_id for each in found.disagreements} == {"m04", "m05"}
    assert any("fewer than 30" in words for words in found.words)
    decide(session, "m04", Decision.REOPEN)
    decide(session, "m04", Decision.CONFIRM)
    settled = agreement(session)
    assert ([each.match_id for each in settled.disagreements], settled.pairs, settled.kappa) == (["m05"], 10, found.kappa)
    assert second_waiting(session, "A. Nother") == 0, "a match that was settled is not reviewed a second time again"


def test_the_commands_set_a_share_and_tell_how_far_people_agree(
    workspace: Workspace, session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def typed(*words: str) -> tuple[int, str]:
        monkeypatch.setenv("SEMBLANCE_WORKSPACE", str(workspace.root))
        monkeypatch.setattr(sys, "argv", ["semblance", *words])
        code, said = main(), capsys.readouterr()
        return code, said.out + said.err

    code, said = typed("party", "edit", "Guild of Players", "--second-reviews", "1.5")
    assert (code, "from 0, for none, to 1" in said) == (2, True)
    assert typed("party", "edit", "Guild of Players", "--second-reviews", "0.25")[0] == 0
    assert json.loads(typed("party", "show", "Guild of Players", "--json")[1])["second_share"] == 0.25
    session.expire_all()
    since, share = session.get_one(Party, "p1").second_shares[-1]
    assert (now() - datetime.fromisoformat(since) < timedelta(minutes=10), share) == (True, 0.25)
    share_of(session, 1.0)
    assert "nothing can be said" in typed("review", "agreement")[1]
    for key, decision in (("m01", Decision.CONFIRM), ("m02", Decision.REJECT)):
        decide(session, key)
        review_second(session, key, judgement(decision))
        session.commit()
    said = typed("review", "agreement")[1]
    for words in ("Of 2 matches reviewed twice, 1 decided the same: 50%", "kappa", "m02", "1 to be settled."):
        assert words in said
    told = json.loads(typed("review", "agreement", "--json")[1])
    assert (told["pairs"], told["agreed"], told["disagreements"][0]["match_id"]) == (2, 1, "m02")


def test_an_erasure_empties_what_the_second_reviewer_wrote_and_keeps_the_decision(workspace: Workspace, session: Session) -> None:
    decide(session, "m01")
    review_second(session, "m01", judgement())
    decide(session, "m02")
    session.commit()
    subject = session.get_one(Subject, "ada")
    erase_subject(session, workspace.vault, subject, now(), "withdrawn", also=(erase_matches,))
    session.commit()
    (row,) = session.exec(select(SecondReview)).all()
    assert (row.reason, row.decision) == ("", Decision.REJECT)
    assert second_waiting(session, "A. Nother") == 0
    assert agreement(session).disagreements == ()
