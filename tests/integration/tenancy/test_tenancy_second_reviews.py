"""A first decision is withheld from whoever a second review of it waits for, in each database and by whatever is asked."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from crawler.videos import Capture, Video
from monitor.workspace import Workspace, open_workspace
from registry.accounts import Caller, Role
from registry.db import now
from registry.errors import NotFound
from registry.paging import Part
from registry.parties import find_party
from registry.tenancy import AccountSession
from reports.agreement import agreement
from reports.case_lines import cases_named, find_case, listed_cases
from reports.cases import Case
from reports.deciding import Judgement, decide_all, decide_one
from reports.errors import Overtaken
from reports.match_briefs import briefs_of
from reports.match_lines import chosen_lines, listed_lines, match_line
from reports.matches import MatchRow, MatchStatus
from reports.notices.lines import drafts_waiting, notice_lines, notice_view
from reports.notices.notice import Notice
from reports.notices.status import status_lines
from reports.review import Decision, reviews_of
from reports.searching import search
from reports.second_review import SecondReview, blind_line, review_second, take_back
from reports.selection import Selection
from reports.withheld import withheld
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import furnish

FIRST, SECOND, WHY = "F. Irst", "S. Econd", "The same mole beside the left eye"
PEOPLE = {
    FIRST: Role.REVIEWER,
    SECOND: Role.REVIEWER,
    "A. Dmin": Role.ADMIN,
    "A. Uditor": Role.AUDITOR,
    "R. Egistrar": Role.REGISTRAR,
}
ALL = Selection()


@dataclass
class Desk:
    workspace: Workspace
    match: str
    case: str
    notice: str

    def session(self, name: str | None) -> AbstractContextManager[Session]:
        """As that person has it; None for the machine's owner."""
        if name is None:
            return self.workspace.session()
        with self.workspace.session() as session:
            party = find_party(session, "Alpha union").id
        return AccountSession(self.workspace.engine, Caller(name, name, PEOPLE[name], party))

    def decide(self, name: str, decision: Decision, key: str | None = None) -> None:
        with self.session(name) as session:
            line = match_line(session, session.get_one(MatchRow, key or self.match))
            decide_one(session, line, Judgement(decision, name, WHY, now()))
            session.commit()


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A match that waits beside one that was confirmed, with a case and a letter about their video."""
    root = tmp_path_factory.mktemp("seconds") / "work"
    maker(request)(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name)
            party = find_party(session, "Alpha union")
            party.second_share = 1.0
            session.add(party)
            row = session.exec(select(MatchRow).where(MatchRow.id == "Alpha match")).one()
            session.add(MatchRow(**{**row.model_dump(), "id": "a0", "t_start": 7.0, "t_end": 8.0, "status": MatchStatus.PENDING}))
            case = session.exec(select(Case).where(Case.party_id == party.id)).one().id
            notice = session.exec(select(Notice.id).where(Notice.case_id == case)).one()
            session.commit()
        yield Desk(workspace, "a0", case, notice)


def told(session: Session, desk: Desk) -> str:
    """All that lists, cases, letters and a search say of the match, in words."""
    row = session.get_one(MatchRow, desk.match)
    said = [match_line(session, row), *briefs_of(session, [desk.match])]
    said += [line for line, _ in listed_lines(session, ALL, Part()).rows if line.id == desk.match]
    said += [line for line, _ in search(session, "alpha", 20).matches.rows if line.id == desk.match]
    for status in (MatchStatus.CONFIRMED, MatchStatus.REJECTED, MatchStatus.PERMITTED):
        chosen = Selection(statuses=(status,))
        found = [*chosen_lines(session, chosen), *(line for line, _ in listed_lines(session, chosen, Part(limit=1)).rows)]
        said += [f"{status} list" for line in found if line.id == desk.match]
    return repr(said)


def cases_and_letters(session: Session) -> list[object]:
    return [
        *cases_named(session),
        *listed_cases(session, Part()).rows,
        *listed_cases(session, Part(limit=5)).rows,
        *search(session, "alpha", 20).cases.rows,
        *notice_lines(session, Part()).rows,
        *notice_lines(session, Part(limit=5)).rows,
        *drafts_waiting(session),
        *status_lines(session, Part(), now()).rows,
    ]


def sees(desk: Desk, name: str | None) -> bool:
    """Whether that person is told of the decision; it is all or nothing."""
    with desk.session(name) as session:
        if "confirmed" in told(session, desk):
            assert "confirmed list" in told(session, desk)
            assert len(cases_and_letters(session)) >= 7
            assert find_case(session, desk.case).id == desk.case
            assert notice_view(session, desk.notice).id == desk.notice
            return True
        assert cases_and_letters(session) == []
        for look in (lambda: find_case(session, desk.case[:20]), lambda: cases_named(session, [desk.case])):
            with pytest.raises(NotFound, match="no case"):
                look()
        with pytest.raises(NotFound, match="no notice"):
            notice_view(session, desk.notice)
        assert "pending" in told(session, desk)
        return False


def test_whoever_may_review_a_second_time_is_told_nothing_of_the_first_decision(desk: Desk) -> None:
    everybody = (*PEOPLE, None)
    with desk.session(SECOND) as session:
        assert find_case(session, desk.case)
    desk.decide(FIRST, Decision.CONFIRM)
    assert {name: sees(desk, name) for name in everybody} == {
        FIRST: True,
        SECOND: False,
        "A. Dmin": False,
        "A. Uditor": True,
        "R. Egistrar": True,
        None: True,
    }
    with desk.session(SECOND) as session:
        since = now()
        review_second(session, desk.match, Judgement(Decision.REJECT, SECOND, "Another one", since))
        session.commit()
    # Beside the one that was there, of which it was not noted whose it is. Beta's is Beta's.
    for name, pairs, apart in ((FIRST, 2, 2), ("A. Uditor", 2, 2), (SECOND, 1, 1), (None, 3, 3)):
        with desk.session(name) as session:
            found = agreement(session, name or "")
            assert (found.pairs, found.open, len(found.disagreements)) == (pairs, apart, apart), name
    # Whoever gave it may still take it back; of nobody else is one wanted any more.
    assert {name: sees(desk, name) for name in everybody if not sees(desk, name)} == {SECOND: False}
    with desk.session(SECOND) as session:
        take_back(session, desk.match, SECOND)
        session.commit()
    assert not sees(desk, "A. Dmin")
    desk.decide(FIRST, Decision.REOPEN)
    desk.decide(FIRST, Decision.CONFIRM)
    assert not sees(desk, SECOND)


def test_after_ten_minutes_all_is_told(desk: Desk) -> None:
    desk.decide(FIRST, Decision.CONFIRM)
    with desk.workspace.session() as session:
        (first,) = reviews_of(session, desk.match)
        given = {"match_id": desk.match, "review_id": first.id, "at": now() - timedelta(minutes=11)}
        session.add(SecondReview(decision=Decision.CONFIRM, reviewer=SECOND, reason="It is", **given))
        session.commit()
    assert all(sees(desk, name) for name in (*PEOPLE, None))


def test_where_nothing_is_reviewed_twice_everybody_is_told_everything(desk: Desk) -> None:
    with desk.workspace.session() as session:
        party = find_party(session, "Alpha union")
        party.second_share = 0.0
        session.add(party)
        session.commit()
    desk.decide(FIRST, Decision.CONFIRM)
    assert all(sees(desk, name) for name in (*PEOPLE, None))


def test_a_decision_that_comes_too_late_is_told_that_a_second_review_is_wanted_and_not_what_was_decided(desk: Desk) -> None:
    with desk.session(SECOND) as session:
        line = match_line(session, session.get_one(MatchRow, desk.match))
    desk.decide(FIRST, Decision.CONFIRM)
    late = Judgement(Decision.CONFIRM, SECOND, "It is her", now())
    with desk.session(SECOND) as session:
        with pytest.raises(Overtaken, match="second review of it is yours") as refused:
            decide_one(session, line, late)
        session.rollback()
        (left,) = decide_all(session, [line], late, dry_run=False).left
        session.rollback()
        again = chosen_lines(session, Selection(ids=(desk.match,)))[0]
        with pytest.raises(Overtaken):
            decide_one(session, again, Judgement(Decision.REOPEN, SECOND, "Let me see", now()))
        session.rollback()
    for said in (f"{refused.value.what} {refused.value.remedy}", repr(left)):
        assert not any(each in said for each in (FIRST, WHY, "confirmed")), said
    with desk.workspace.session() as session:
        assert len(reviews_of(session, desk.match)) == 1


def test_a_copy_that_follows_the_decision_tells_nothing_of_it_either(desk: Desk) -> None:
    with desk.workspace.session() as session:
        row = session.get_one(MatchRow, desk.match)
        its = session.get_one(Capture, row.capture_id)
        session.add(Video(id="mirror", media_url="https://mirror.example/a.mp4"))
        session.flush()
        session.add(Capture(**{**its.model_dump(), "id": "c-mirror", "video_id": "mirror"}))
        session.flush()
        session.add(MatchRow(**{**row.model_dump(), "id": "copy", "capture_id": "c-mirror"}))
        session.commit()
    desk.decide(FIRST, Decision.CONFIRM)
    with desk.workspace.session() as session:
        assert session.get_one(MatchRow, "copy").status is MatchStatus.CONFIRMED
    for name, status in ((FIRST, "confirmed"), (SECOND, "pending"), ("A. Uditor", "confirmed")):
        with desk.session(name) as session:
            assert match_line(session, session.get_one(MatchRow, "copy")).status == status
    with desk.session(SECOND) as session:
        assert withheld(session, ["copy", desk.match], SECOND) == {"copy": desk.match, desk.match: desk.match}
        assert withheld(session, ["copy", desk.match], FIRST) == {}
        assert withheld(session, ["copy", desk.match], "") == {}
        assert blind_line(session, desk.match, SECOND).status == "pending"


def test_a_part_of_a_list_is_filled_up_with_what_comes_after(desk: Desk) -> None:
    with desk.workspace.session() as session:
        row = session.get_one(MatchRow, desk.match)
        keys = [f"b{number}" for number in range(6)]
        times = [{"id": key, "t_start": 10.0 + place, "t_end": 10.5 + place} for place, key in enumerate(keys)]
        session.add_all(MatchRow(**{**row.model_dump(), **each}) for each in times)
        session.commit()
    for key in keys:
        desk.decide(SECOND if int(key[1]) % 2 else FIRST, Decision.REJECT, key)
    with desk.session(SECOND) as session:
        shown, after = [], None
        while True:
            part = listed_lines(session, Selection(statuses=(MatchStatus.REJECTED,)), Part(limit=2, after=after))
            rows = list(part.rows)
            shown += [line.id for line, _ in rows]
            if not part.more or not rows:
                break
            after = rows[-1][1]
        assert shown == ["b1", "b3", "b5"]
        whole = listed_lines(session, Selection(statuses=(MatchStatus.REJECTED,)), Part())
        assert [line.id for line, _ in whole.rows] == shown
