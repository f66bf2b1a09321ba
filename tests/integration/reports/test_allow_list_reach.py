"""An entry of the allow-list has those matches judged anew that it can change, and misses none of them."""

import sqlite3
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event
from sqlmodel import Session, col, select

from crawler.pages import Statement
from crawler.types import SourceKind
from crawler.videos import Capture
from registry.parties import Party
from reports.allow_list import allow, allow_no_more
from reports.licence_changes import LicencesApplied
from reports.matches import MatchRow, apply_licences, overdue
from reports.recording import record_scan
from tests.support.recorded_matches import AT, a_capture, a_match, a_result, a_video

DAY = timedelta(days=1)
HOSTS = ("clips.example", "fans.clips.example", "elsewhere.example", "CLIPS.example.")
pages = st.tuples(st.sampled_from(["v1", "v2", "v3"]), st.sampled_from([*HOSTS, ""]), st.sampled_from(["someone", "other", ""]))
places = st.one_of(
    st.builds(lambda host: {"host": host, "whole_host": True}, st.sampled_from(HOSTS)),
    st.builds(lambda name: {"uploader": name, "any_host": True}, st.sampled_from(["someone", "other", "nobody"])),
    st.builds(lambda host, name: {"uploader": name, "host": host}, st.sampled_from(HOSTS), st.sampled_from(["someone", "other"])),
    st.builds(lambda key: {"address": f"https://clips.example/{key}"}, st.sampled_from(["v1", "v2", "v9"])),
    st.builds(lambda key: {"address": f"https://cdn.example/{key}.mp4"}, st.sampled_from(["v1", "v3"])),
)


@pytest.fixture
def shown(session: Session) -> Session:
    """Three videos that show somebody of one party; of the third nothing but its own address is known."""
    for key in ("2", "3"):
        video = a_video(f"v{key}")
        if key == "3":
            video.page_url, video.uploader = None, ""
        session.add(video)
        session.flush()
        session.add(a_capture(f"c{key}", f"v{key}", media_sha256=key * 64))
    session.commit()
    for key in ("c1", "c2", "c3"):
        record_scan(session, session.get_one(Capture, key), a_result(a_match(), a_match("s2", 5, 7)), "g1", AT)
    session.commit()
    return session


def _stands(session: Session) -> list[tuple[str, str, str | None]]:
    rows = session.exec(select(MatchRow).order_by(col(MatchRow.id)))
    return [(row.id, row.status, row.allowance_id) for row in rows]


def _entered(session: Session, place: dict[str, object], *, all_anew: bool) -> tuple[list[object], list[object]]:
    """How the matches stand once an entry was added, and once it was ended; the entry goes by itself."""
    point = session.begin_nested()
    apply_licences(session, AT)
    if all_anew:
        session.exec(delete(LicencesApplied))
    who = {"allowed_by": "J. Doe", "reason": "fans"}
    entry, added = allow(session, session.get_one(Party, "p1"), AT + DAY, **who, **place)  # type: ignore[arg-type]
    first = [added, *[(key, status, bool(by)) for key, status, by in _stands(session)]]
    if all_anew:
        session.exec(delete(LicencesApplied))
    _, ended = allow_no_more(session, entry.id, AT + 2 * DAY)
    second = [ended, *_stands(session)]
    point.rollback()
    session.expire_all()
    return first, second


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(pages, max_size=5, unique=True), places)
def test_what_an_entry_changes_is_what_judging_every_match_anew_finds(
    shown: Session, said: list[tuple[str, str, str]], place: dict[str, object]
) -> None:
    for number, (video, host, uploader) in enumerate(said):
        url = f"https://{host}/{video}/{number}" if host else ""
        about = {"said_by": SourceKind.FEED, "own": bool(number % 2), "first_seen_at": AT - DAY, "last_seen_at": AT - DAY}
        shown.add(Statement(id=f"p{number}", video_id=video, page_url=url, uploader=uploader, **about))
    shown.flush()
    assert _entered(shown, place, all_anew=False) == _entered(shown, place, all_anew=True)
    shown.rollback()


def test_an_entry_for_a_place_where_nothing_is_shown_has_no_match_judged(shown: Session) -> None:
    apply_licences(shown, AT)
    asked: list[str] = []
    event.listen(shown.get_bind(), "before_cursor_execute", lambda *said: asked.append(said[2]))
    party = shown.get_one(Party, "p1")
    _, changed = allow(shown, party, AT + DAY, allowed_by="J", reason="r", host="nowhere.example", whole_host=True)
    assert changed == 0
    assert not any("FROM label" in statement for statement in asked)
    _, changed = allow(shown, party, AT + DAY, allowed_by="J", reason="r", host="clips.example", whole_host=True)
    assert changed == 2
    assert any("FROM label" in statement for statement in asked)


def test_what_time_changed_meanwhile_is_judged_with_it(shown: Session) -> None:
    apply_licences(shown, AT)
    party, who = shown.get_one(Party, "p1"), {"allowed_by": "J", "reason": "r"}
    _, changed = allow(shown, party, AT, **who, host="clips.example", whole_host=True, ends_at=AT + 3 * DAY)
    assert changed == 2
    _, changed = allow(shown, party, AT + 4 * DAY, **who, host="nowhere.example", whole_host=True)
    assert changed == 2


def test_after_a_crawl_that_saw_very_many_pages_lists_and_entries_work_as_ever(shown: Session) -> None:
    """More captures were seen than a statement may have values; the database is given a smaller bound, which fewer reach."""
    apply_licences(shown, AT)
    keys = [f"w{number}" for number in range(600)]
    shown.add_all(map(a_video, keys))
    shown.flush()
    about = {"said_by": SourceKind.FEED, "own": True, "first_seen_at": AT, "last_seen_at": AT + DAY}
    for key in [*keys, "v1"]:
        if key != "v1":
            shown.add(a_capture(f"c{key}", key))
        shown.add(Statement(id=f"p{key}", video_id=key, page_url=f"https://fans.example/{key}", **about))
    shown.commit()
    connection = shown.connection().connection.dbapi_connection
    assert connection is not None
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 550)
    party, who = shown.get_one(Party, "p1"), {"allowed_by": "J", "reason": "r"}
    entry, changed = allow(shown, party, AT + DAY, **who, host="clips.example", whole_host=True)  # type: ignore[arg-type]
    assert changed == 1
    assert overdue(shown, AT + 2 * DAY) == {}
    assert allow_no_more(shown, entry.id, AT + 2 * DAY)[1] == 1
