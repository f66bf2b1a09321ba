"""Scans over a real database: promise 3, and that a rescan neither doubles nor loses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.videos import Capture
from matcher.types import Failure
from registry.licences import Licence
from reports.matches import MatchRow, MatchStatus, Scan, apply_licences, apply_to_found
from reports.recording import record_scan
from reports.review import Decision, review
from tests.support.recorded_matches import AT, a_capture, a_match, a_result, a_video, record


def test_a_scan_keeps_matches_and_only_counts_strangers(session: Session) -> None:
    rows = record(session, a_match(), strangers=4)
    scan = session.exec(select(Scan)).one()
    assert (len(rows), scan.appearances, scan.frames, scan.failure) == (1, 5, 32, None)
    assert rows[0].boxes == [[1.0, 10, 20, 110, 140], [2.5, 10, 20, 110, 140], [4.0, 10, 20, 110, 140]]


def test_a_failed_scan_says_why_and_loses_no_earlier_match(session: Session) -> None:
    record(session, a_match())
    rows = record(session, gallery="g2", failure=Failure("It is no video.", "Capture it again."))
    failed = session.exec(select(Scan).where(Scan.gallery_digest == "g2")).one()
    assert (failed.failure, failed.remedy, len(rows)) == ("It is no video.", "Capture it again.", 1)


def test_a_scan_that_saw_a_part_says_how_much(session: Session) -> None:
    unseen = ("Nothing could be decoded from 4.0 to 8.0 s.",)
    record_scan(session, session.get_one(Capture, "c1"), replace(a_result(), share=0.498, unseen=unseen), "g1", AT)
    scan = session.exec(select(Scan)).one()
    assert (scan.share, scan.unseen, scan.in_part, scan.failure) == (0.498, list(unseen), True, None)


def test_appearances_that_begin_together_in_two_tracks_are_two_matches(session: Session) -> None:
    one, two = (replace(a_match(), appearance=replace(a_match().appearance, track=track)) for track in (1, 2))
    rows = record(session, one, two)
    assert sorted(row.track for row in rows) == [1, 2]
    again = record(session, one, two, gallery="g2")
    assert [row.model_dump() for row in again] == [row.model_dump() for row in rows]


def test_a_match_of_many_places_keeps_them_all_and_is_found_again(session: Session) -> None:
    places = tuple((5.0 * n, 5.0 * n) for n in range(97))
    whole = replace(a_match().appearance, t_start=0.0, t_end=480.0, spans=places)
    (row,) = record(session, replace(a_match(), appearance=whole))
    assert row.spans == [list(place) for place in places]
    (again,) = record(session, replace(a_match(), appearance=replace(whole, t_start=5.0, spans=places[1:])), gallery="g2")
    assert (again.id, len(again.spans)) == (row.id, 96)


def test_recording_twice_changes_nothing(session: Session) -> None:
    first = [row.model_dump() for row in record(session, a_match(), a_match("s2", 5, 7))]
    assert [row.model_dump() for row in record(session, a_match(), a_match("s2", 5, 7))] == first
    assert len(session.exec(select(Scan)).all()) == 1


def test_a_rescan_that_moves_the_span_finds_the_same_match(session: Session) -> None:
    (first,) = record(session, a_match(start=1.0, end=4.0))
    (again,) = record(session, a_match(start=1.2, end=4.4, score=0.9, encoder="other"), gallery="g2")
    assert (again.id, again.score, again.t_start) == (first.id, 0.9, 1.2)


def test_a_rescan_adds_what_is_new_and_keeps_what_it_no_longer_finds(session: Session) -> None:
    record(session, a_match(start=1.0, end=2.0))
    rows = record(session, a_match(start=5.0, end=7.0), gallery="g2")
    assert [row.t_start for row in rows] == [1.0, 5.0]


def test_two_of_one_subject_that_begin_together_are_one_match(session: Session) -> None:
    (row,) = record(session, a_match(score=0.8), a_match(score=0.6))
    assert row.score == 0.8


def test_a_rescan_leaves_a_judged_match_as_its_judge_saw_it(session: Session) -> None:
    (row,) = record(session, a_match(score=0.7))
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "the same scar", AT)
    (again,) = record(session, a_match(score=0.99), gallery="g2")
    assert (again.status, again.score) == (MatchStatus.CONFIRMED, 0.7)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9), st.sampled_from(["s1", "s2"])), max_size=6), st.integers(1, 3))
def test_any_number_of_rescans_gives_the_same_rows(session: Session, spans: list[tuple[int, int, str]], times: int) -> None:
    session.connection().execute(text('DELETE FROM "match"'))
    matches = [a_match(subject, start, start + length) for start, length, subject in spans]
    once = [row.id for row in record(session, *matches)]
    for turn in range(times):
        assert [row.id for row in record(session, *matches, gallery=f"g{turn}")] == once
    assert len(once) == len({(start, subject) for start, _, subject in spans})


def test_promise_3_a_licensed_use_names_its_licence_and_reopens_when_that_ends(session: Session) -> None:
    ends = AT + timedelta(days=7)
    session.add(Licence(id="l1", subject_id="s1", licensee="Clip House", host="clips.example", starts_at=AT, ends_at=ends))
    (row,) = record(session, a_match())
    assert apply_licences(session, AT) == 1
    assert (row.status, row.licence_id) == (MatchStatus.LICENSED, "l1")
    assert "Clip House" in row.permission_reason
    assert apply_licences(session, AT + timedelta(days=6)) == 0
    assert apply_licences(session, ends) == 1
    assert (row.status, row.licence_id) == (MatchStatus.PENDING, None)


def test_promise_3_a_revoked_licence_reopens(session: Session) -> None:
    licence = Licence(id="l1", subject_id="s1", licensee="Clip House", starts_at=AT)
    session.add(licence)
    (row,) = record(session, a_match())
    apply_licences(session, AT)
    licence.revoked_at = AT + timedelta(hours=1)
    session.add(licence)
    apply_licences(session, AT + timedelta(hours=2))
    assert row.status is MatchStatus.PENDING


def test_a_licence_of_another_host_permits_nothing_here(session: Session) -> None:
    session.add(Licence(id="l1", subject_id="s1", licensee="Clip House", host="other.example", starts_at=AT))
    (row,) = record(session, a_match())
    assert (apply_licences(session, AT), row.status) == (0, MatchStatus.PENDING)
    assert row.permission_reason


def test_licences_leave_a_judged_match_alone(session: Session) -> None:
    (row,) = record(session, a_match())
    review(session, row.id, Decision.REJECT, "R. Iyer", "another drawing", AT)
    session.add(Licence(id="l1", subject_id="s1", licensee="Clip House", starts_at=AT))
    assert (apply_licences(session, AT), row.status) == (0, MatchStatus.REJECTED)


def many_matches(session: Session, captures: int) -> None:
    """One match each of Mossy on so many further captures, for whom there are licences with every kind of condition."""
    (first,) = record(session, a_match())
    for number in range(captures):
        session.add(a_video(f"w{number}"))
        session.flush()
        session.add(a_capture(f"d{number}", f"w{number}"))
        session.flush()
        session.add(MatchRow(**{**first.model_dump(), "id": f"m{number}", "capture_id": f"d{number}"}))
    session.add(Licence(subject_id="s1", licensee="Maker", generator="Sora", project="Moss", uploader="another", starts_at=AT))
    session.commit()
    session.expire_all()


def statements_of(session: Session, work: Callable[[], object]) -> int:
    counted: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", count := lambda *told: counted.append(told[2]))
    work()
    event.remove(session.get_bind(), "before_cursor_execute", count)
    return len(counted)


def test_judging_many_matches_asks_no_more_than_judging_one(session: Session) -> None:
    many_matches(session, 60)
    apply_licences(session, AT)
    session.commit()
    session.expunge_all()
    assert statements_of(session, lambda: apply_licences(session, AT)) < 12


def test_what_was_scanned_is_judged_without_all_that_waits(session: Session) -> None:
    many_matches(session, 30)
    session.add(Licence(id="l1", subject_id="s1", licensee="Fan Club", host="clips.example", territory=[], starts_at=AT))
    session.commit()
    assert apply_to_found(session, "d7", AT) == 1
    licensed = session.exec(select(MatchRow.capture_id).where(MatchRow.status == MatchStatus.LICENSED)).all()
    assert licensed == ["d7"]
    assert apply_licences(session, AT, subjects=["s2"]) == 0
    assert apply_licences(session, AT, party_id="p2") == 0
    assert apply_licences(session, AT, subjects=["s1"]) == 30
