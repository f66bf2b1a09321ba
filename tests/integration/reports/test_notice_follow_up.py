"""Removed is what two looks a day apart did not find; and what comes back is said."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crawler.availability import Address, LookFinding, LookOutcome, failed, looks_at, note_look
from crawler.errors import FetchFailed
from crawler.health import SourceRun
from crawler.types import Trouble
from crawler.videos import Video
from monitor.drivers import driving
from monitor.looking import looker
from monitor.runs.following import follow
from monitor.runs.summary import RunSummary
from monitor.settings_outside import TimestampSettings
from registry.claims import Claimed, ClaimLost
from registry.db import now
from reports.errors import NoticeRefused
from reports.notices.absent_stamp import AbsenceStamp
from reports.notices.drafts import draft_notice
from reports.notices.events import Event, NoticeEvent, add_event, approved, begin_life, events_of, last_event
from reports.notices.kinds import LETTERS
from reports.notices.notice import Notice, find_notice
from reports.notices.places import look_at_case
from reports.signing.tokens import read_token, roots_of
from tests.support.letters_desk import FULL, Furnish, LettersDesk, sent
from tests.support.loopback_site import Answer
from tests.support.overtaking import end, take_over
from tests.support.timestamp_authority import Authority, needs_openssl, root, served

GONE = LookFinding(LookOutcome.GONE, "answered 404: there is nothing at this address.")
MEDIA, PAGE = "/media/clip.mp4", "/post"


class Letter:
    """A letter that went out, and the looks at what it complains of."""

    def __init__(self, desk: LettersDesk) -> None:
        self.desk = desk
        (notice,) = desk.notices()
        self.id, self.start = notice.id, now()

    def add(self, event: Event) -> None:
        with self.desk.workspace.session() as session:
            add_event(session, find_notice(session, self.id), event, "C. Ounsel", now())
            session.commit()

    def look(self, found: LookFinding, hours: float, *addresses: str) -> None:
        """What a look so many hours from the beginning found at these addresses; by default at all."""
        with self.desk.workspace.session() as session:
            video = session.exec(select(Video).where(Video.media_url == self.desk.site.url(MEDIA))).one()
            for path in addresses or (MEDIA, PAGE):
                kind = Address.MEDIA if path == MEDIA else Address.PAGE
                note_look(session, video.id, kind, self.desk.site.url(path), found, self.at(hours))
            session.commit()

    def at(self, hours: float) -> datetime:
        return self.start + timedelta(hours=hours)

    def follow(self) -> list[str]:
        follow(self.desk.workspace, RunSummary())
        return self.life()

    def life(self) -> list[str]:
        with self.desk.workspace.session() as session:
            return [event.event.value for event in events_of(session, find_notice(session, self.id))][2:]

    def last(self, session: Session) -> NoticeEvent:
        found = last_event(session, find_notice(session, self.id))
        assert found is not None
        return found


@pytest.fixture(scope="module")
def beginning() -> Furnish:
    return sent


@pytest.fixture
def letter(desk: LettersDesk) -> Letter:
    return Letter(desk)


def test_two_looks_a_day_apart_make_it_removed_with_the_looks_that_say_so(letter: Letter) -> None:
    letter.look(GONE, 1)
    assert letter.follow() == ["sent"]
    letter.look(GONE, 24.9)
    assert letter.follow() == ["sent"]
    letter.look(GONE, 25)
    assert letter.follow() == ["sent", "removed"]
    assert letter.follow() == ["sent", "removed"]
    with letter.desk.workspace.session() as session:
        event = letter.last(session)
        assert event.proof_sha256 is not None
        statement = b"".join(letter.desk.workspace.vault.chunks(event.proof_sha256)).decode()
    for hours in (1, 25):
        assert letter.at(hours).isoformat() in statement
    assert letter.desk.site.url(MEDIA) in statement
    assert letter.desk.site.url(PAGE) in statement


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.LOGIN,
        Trouble.FORBIDDEN,
        Trouble.RATE_LIMIT,
        Trouble.UNREACHABLE,
        Trouble.TIMEOUT,
        Trouble.SERVER,
        Trouble.CAPTCHA,
        Trouble.ROBOTS,
        Trouble.CERTIFICATE,
    ],
)
def test_what_says_nothing_never_counts(letter: Letter, trouble: Trouble) -> None:
    nothing = failed(FetchFailed("it was not to be had.", trouble=trouble))
    for hours in (1, 30, 60):
        letter.look(nothing, hours)
    assert letter.follow() == ["sent"]
    # One clear look and one that says nothing are not two.
    letter.look(GONE, 70)
    letter.look(nothing, 100)
    assert letter.follow() == ["sent"]


@pytest.mark.parametrize(("status", "state"), [(404, "removed"), (410, "removed"), (451, "sent"), (403, "sent"), (429, "sent")])
def test_a_sites_answers_count_as_they_are(letter: Letter, status: int, state: str) -> None:
    desk = letter.desk
    for path in (MEDIA, PAGE):
        desk.site.routes[path] = Answer(b"no", "text/plain", status=status)
    with desk.workspace.session() as session, looker(desk.workspace) as looks:
        look_at_case(session, desk.case(session), looks)
    with desk.workspace.session() as session:
        video = session.exec(select(Video)).one()
        for kind in (Address.MEDIA, Address.PAGE):
            last = looks_at(session, video.id, kind)[-1]
            again = LookFinding(last.outcome, last.why, last.media_sha256)
            note_look(session, video.id, kind, last.url, again, now() + timedelta(hours=25))
        session.commit()
    assert letter.follow()[-1] == state


def test_a_page_that_still_shows_it_or_other_bytes_in_its_place_keep_it_from_being_removed(letter: Letter) -> None:
    for hours in (1, 30):
        letter.look(GONE, hours, MEDIA)
        letter.look(LookFinding(LookOutcome.SEEN), hours, PAGE)
    assert letter.follow() == ["sent"]
    letter.look(GONE, 31, PAGE)
    letter.look(LookFinding(LookOutcome.SEEN, "", "0" * 64), 32, MEDIA)
    assert letter.follow() == ["sent"]


def test_a_site_of_which_nothing_could_be_read_says_nothing(letter: Letter) -> None:
    desk = letter.desk
    told = {"source_id": desk.source_id, "started_at": now(), "ended_at": now(), "videos": 0, "complete": False}
    with desk.workspace.session() as session:
        session.add(SourceRun(**told, pages=0, due=1, missed={"gone": 1}, errors=["gone"]))
        session.commit()
    letter.look(GONE, 1)
    letter.look(GONE, 30)
    assert letter.follow() == ["sent"]
    with desk.workspace.session() as session:
        session.add(SourceRun(**{**told, "ended_at": now(), "complete": True}, pages=1, due=1))
        session.commit()
    assert letter.follow() == ["sent", "removed"]


def test_what_is_seen_again_is_restored_and_what_stands_elsewhere_reposted(letter: Letter) -> None:
    letter.look(GONE, 1)
    letter.look(GONE, 30)
    letter.follow()
    with letter.desk.workspace.session() as session:
        digest = letter.desk.notices()[0].stated["looks"][0]["media_sha256"]
        assert letter.last(session).event is Event.REMOVED
    letter.look(LookFinding(LookOutcome.SEEN, "", digest), 40)
    assert letter.follow()[1:] == ["removed", "restored"]
    assert letter.follow()[1:] == ["removed", "restored"]
    letter.desk.post("/again", "/media/again.mp4")
    letter.desk.capture("/media/again.mp4")
    with letter.desk.workspace.session() as session:
        letter.desk.case(session)
        session.commit()
    assert letter.follow()[1:] == ["removed", "restored", "reposted"]
    with letter.desk.workspace.session() as session:
        assert letter.desk.site.url("/media/again.mp4") in letter.last(session).how
    assert letter.follow()[1:] == ["removed", "restored", "reposted"]


@pytest.mark.parametrize(("before", "after"), [("prc_14", "prc_14"), ("prc_1019", "prc_14"), ("prc_14", "prc_1019")])
def test_no_second_prc_notice_about_what_was_restored_after_a_counter_statement(letter: Letter, before: str, after: str) -> None:
    with letter.desk.workspace.session() as session:
        session.add(
            Notice.model_validate(
                {
                    **find_notice(session, letter.id).model_dump(),
                    "id": "prc",
                    "law": before,
                    "state": "draft",
                    "approved_at": None,
                }
            )
        )
        session.flush()
        made = find_notice(session, "prc")
        begin_life(session, made)
        made.approved_at = now()
        approved(session, made)
        for event in (Event.SENT, Event.REMOVED, Event.COUNTER_NOTICED, Event.RESTORED):
            add_event(session, made, event, "C. Ounsel", now())
        case, vault = letter.desk.case(session), letter.desk.workspace.vault
        with pytest.raises(NoticeRefused, match=r"Art\. 17"):
            draft_notice(session, vault, case, LETTERS[after](), FULL, "C. Ounsel", now())


def test_what_became_of_a_letter_is_on_record_by_the_run_that_has_the_step(letter: Letter) -> None:
    letter.look(GONE, 1)
    letter.look(GONE, 30)
    place, late = letter.desk.workspace, RunSummary()
    with driving(place.engine, place.root) as driver, driver.only("following") as still_mine:
        taken = take_over(place.engine, "following")
        with pytest.raises(ClaimLost):
            follow(place, late, still_mine)
    assert (letter.life(), late.letters) == (["sent"], [])
    end(place.engine, taken)
    with driving(place.engine, place.root) as other, other.only("following") as still_mine:
        follow(place, RunSummary(), still_mine)
    assert letter.life() == ["sent", "removed"]


@needs_openssl
@pytest.mark.parametrize("answers", [True, False])
def test_what_an_authority_says_to_a_run_that_lost_the_step_is_not_on_record(
    letter: Letter, tmp_path: Path, answers: bool
) -> None:
    place, above = letter.desk.workspace, root()
    (tmp_path / "tsa").mkdir()
    (place.root / "root.pem").write_bytes(above.pem)
    letter.look(GONE, 1)
    letter.look(GONE, 30)
    letter.follow()
    taken: list[Claimed] = []

    class Slow(Authority):
        def reply(self, request: bytes) -> bytes:
            if not taken:
                taken.append(take_over(place.engine, "following"))
                return super().reply(request) if answers else b"rubbish"
            return super().reply(request)

    with served(Slow(tmp_path / "tsa", above)) as clock:
        authority = {"name": "clock", "url": clock.url, "roots": "root.pem"}
        settings = TimestampSettings.model_validate({"authorities": [authority]})
        asking = replace(place, settings=place.settings.model_copy(update={"timestamps": settings}))
        with driving(place.engine, place.root) as driver, pytest.raises(ClaimLost), driver.only("following") as still_mine:
            follow(asking, RunSummary(), still_mine)
        with place.session() as session:
            assert session.exec(select(AbsenceStamp)).all() == []
        end(place.engine, taken[0])
        with driving(place.engine, place.root) as other, other.only("following") as still_mine:
            follow(asking, RunSummary(), still_mine)
    with place.session() as session:
        (stamp,) = session.exec(select(AbsenceStamp)).all()
    assert (stamp.problem, stamp.reply_sha256 is not None) == (None, True)


@needs_openssl
def test_a_proof_of_absence_is_stated_and_where_an_authority_is_down_later(letter: Letter, tmp_path: Path) -> None:
    above = root()
    (tmp_path / "tsa").mkdir()
    place = letter.desk.workspace
    (place.root / "root.pem").write_bytes(above.pem)
    letter.look(GONE, 1)
    letter.look(GONE, 30)
    with served(Authority(tmp_path / "tsa", above)) as clock:
        authority = {"name": "clock", "url": clock.url, "roots": "root.pem"}
        settings = TimestampSettings.model_validate({"authorities": [authority]})
        asking = replace(place, settings=place.settings.model_copy(update={"timestamps": settings}))
        clock.says = b"rubbish"
        first, second = RunSummary(), RunSummary()
        follow(asking, first)
        clock.says = None
        follow(asking, second)
        follow(asking, RunSummary())
        assert len(clock.asked) == 2
    assert (len(first.letters), len(first.problems), second.problems) == (1, 1, [])
    with place.session() as session:
        (stamp,) = session.exec(select(AbsenceStamp)).all()
        (proof,) = (event.proof_sha256 for event in events_of(session, find_notice(session, letter.id)) if event.proof_sha256)
        assert stamp.reply_sha256 is not None
        reply, statement = (b"".join(place.vault.chunks(digest)) for digest in (stamp.reply_sha256, proof))
    assert read_token(reply, statement, roots_of(above.pem)).at == stamp.stated_at
