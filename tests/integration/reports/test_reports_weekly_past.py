"""A report of a past week that is made again says what was true then, and what changed since; no decision replaces another."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

import registry.audit  # noqa: F401  (the log that dates a removal listens from here on)
from crawler.health import SourceRow
from registry.chain import stamp
from registry.erase import erase_subject
from registry.licences import Licence, add_licence
from registry.references import Reference
from registry.removal import remove_reference
from registry.subjects import Subject
from registry.validity import end_now
from reports.erasure import erase_matches
from reports.issuing import issue_weekly
from reports.matches import MatchRow, MatchStatus, Scan, apply_licences
from reports.reported_matches import ReportedMatch
from reports.review import Decision, review
from reports.week import Week
from reports.weekly import WeeklyReport
from reports.weekly_files import write_weekly
from tests.support.tampering import tamper
from tests.support.weekly_place import MADE, WEEK, Workplace, both_texts, furnish

LATER = WEEK.ends + timedelta(days=9, hours=10)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    made = furnish(tmp_path)
    # The licence was on record in that week, as it would be.
    licence = made.session.exec(select(Licence)).one()
    licence.created_at = WEEK.starts
    made.session.add(licence)
    made.session.commit()
    yield made
    made.session.close()


def match_of(place: Workplace, capture: str) -> MatchRow:
    return place.session.exec(select(MatchRow).where(MatchRow.capture_id == capture)).one()


def decide(place: Workplace, capture: str, decision: Decision, reason: str, at: datetime) -> None:
    review(place.session, match_of(place, capture).id, decision, "B. Oss", reason, at)
    place.session.commit()


def found(report: WeeklyReport, capture: str) -> ReportedMatch:
    return next(entry for entry in report.findings if entry.capture_id == capture)


def stood(report: WeeklyReport) -> dict[str, str]:
    return {entry.capture_id: entry.status.value for entry in report.findings}


def test_a_past_week_is_told_as_it_was_when_nothing_changed(place: Workplace) -> None:
    then, now = place.report(), place.report(at=LATER)
    assert stood(then) == stood(now)
    assert all(entry.changed == () for entry in now.findings)
    assert [entry.decisions for entry in then.findings] == [entry.decisions for entry in now.findings]


def test_a_match_that_was_reopened_or_rejected_later_stands_as_it_stood_and_says_so(place: Workplace) -> None:
    then = stood(place.report())
    decide(place, "cv2", Decision.REOPEN, "The artist doubts it", LATER - timedelta(days=2))
    decide(place, "cv2", Decision.REJECT, "It was drawn by us", LATER - timedelta(days=1))
    decide(place, "cv1", Decision.REJECT, "A twin", LATER - timedelta(days=3))
    report = place.report(at=LATER)
    assert stood(report) == then
    assert found(report, "cv2").changed == (
        "Reopened by B. Oss on 30 November 2026, 10:00 UTC: The artist doubts it",
        "Reviewed again, rejected by B. Oss on 1 December 2026, 10:00 UTC: It was drawn by us",
    )
    assert found(report, "cv1").changed == ("Rejected by B. Oss on 29 November 2026, 10:00 UTC: A twin",)
    written = write_weekly(report, place.root / "again")
    for text in both_texts(written):
        assert "As of the end of the week, 23 November 2026, 00:00 UTC. Made on 2 December 2026, 10:00 UTC" in text
        assert "Changed since:" in text
        assert "2 matches have changed since the week ended" in text


def test_a_match_decided_after_the_week_was_waiting_in_it_also_when_it_was_found_earlier(place: Workplace) -> None:
    row = match_of(place, "cv1")
    row.found_at = WEEK.starts - timedelta(days=20)
    place.session.add(row)
    decide(place, "cv1", Decision.CONFIRM, "Her walk", LATER)
    entry = found(place.report(at=LATER + timedelta(days=1)), "cv1")
    assert (entry.status, entry.carried_over) == (MatchStatus.PENDING, True)
    assert entry.changed == ("Confirmed by B. Oss on 2 December 2026, 10:00 UTC: Her walk",)


def test_a_licence_that_was_revoked_later_covered_the_use_then(place: Workplace) -> None:
    end_now(place.session, place.session.exec(select(Licence)).one(), LATER - timedelta(days=1))
    apply_licences(place.session, LATER)
    entry = found(place.report(at=LATER), "cv3")
    assert entry.status is MatchStatus.LICENSED
    assert entry.decisions[-1].startswith("Licensed to Clip House Ltd")
    assert entry.changed == ("The licence of Clip House Ltd (liclicli) was revoked on 1 December 2026",)


def test_a_licence_that_ended_later_says_when(place: Workplace) -> None:
    licence = place.session.exec(select(Licence)).one()
    licence.ends_at = WEEK.ends + timedelta(days=2)
    place.session.add(licence)
    apply_licences(place.session, LATER)
    entry = found(place.report(at=LATER), "cv3")
    assert entry.status is MatchStatus.LICENSED
    assert entry.changed == ("The licence of Clip House Ltd (liclicli) ended on 25 November 2026",)


def test_a_licence_that_was_recorded_later_did_not_cover_the_use_then(place: Workplace) -> None:
    subject = place.session.get_one(Subject, "eileen")
    licence = add_licence(place.session, subject, "Orbit TV", WEEK.starts)
    licence.created_at = WEEK.ends + timedelta(days=1)
    apply_licences(place.session, LATER)
    entry = found(place.report(at=LATER), "cv1")
    assert entry.status is MatchStatus.PENDING
    assert entry.changed == (f"Licensed to Orbit TV on 24 November 2026 (licence {licence.id[:8]})",)


def test_a_reference_that_was_removed_later_is_missed_with_its_day(place: Workplace) -> None:
    reference = place.session.exec(select(Reference).where(Reference.subject_id == "mossy")).one()
    reference_id = reference.id
    remove_reference(place.session, place.vault, reference)
    removed = f"table_name = 'reference' AND action = 'remove' AND instr(row_ids, '{reference_id}')"
    day = stamp(LATER - timedelta(days=1))
    tamper(place.root / "semblance.db", f"UPDATE audit_entry SET at = '{day}' WHERE {removed}")
    entry = found(place.report(at=LATER), "cv2")
    assert entry.changed == ("The reference was removed on 1 December 2026",)
    assert entry.reference.gone == "The reference was removed since."
    assert found(place.report(), "cv2").changed == ()


def test_matches_of_an_erased_subject_are_counted_and_not_shown(place: Workplace) -> None:
    erase_subject(place.session, place.vault, place.session.get_one(Subject, "mossy"), LATER, "withdrawn", also=(erase_matches,))
    report = place.report(at=LATER + timedelta(hours=1))
    assert {entry.subject for entry in report.findings} == {"Eileen Collins", "Larkspur crest"}
    for text in both_texts(write_weekly(report, place.root / "erased")):
        assert "2 matches of a subject that was erased on 2 December 2026 are not shown." in text
        assert "Mossy" not in text
    assert place.report(party="union", at=LATER).figures.erased == ()


def test_an_earlier_report_of_the_same_week_is_named(place: Workplace) -> None:
    first = issue_weekly(place.session, place.vault, WEEK, MADE, place.root / "reports").report
    assert first.made_before is None
    for at, said in ((MADE + timedelta(hours=1), "As of 20 November 2026, 18:00 UTC."), (LATER, "Made again on 2 December 2026")):
        for text in both_texts(write_weekly(place.report(at=at), place.root / "again")):
            assert said in text
            assert "An earlier report of this week was made on 20 November 2026, 17:00 UTC." in text
    assert place.report(party="studio", at=LATER).made_before is None


def test_every_decision_is_printed_in_order_with_its_reason(place: Workplace) -> None:
    decide(place, "cv2", Decision.CONFIRM, "Also in the second shot", MADE - timedelta(hours=3))
    decide(place, "cv4", Decision.REOPEN, "Counsel asks", MADE - timedelta(hours=2))
    report = place.report()
    assert found(report, "cv2").decisions == (
        "Confirmed by R. Iyer on 16 November 2026, 09:00 UTC: Same leaf, same eyes, our 2024 model sheet",
        "Reviewed again, confirmed by B. Oss on 20 November 2026, 14:00 UTC: Also in the second shot",
    )
    first, second, last = found(report, "cv4").decisions
    assert first.startswith("Rejected by R. Iyer")
    assert second.startswith("Reopened by B. Oss")
    assert last.startswith("Awaits a decision; ")
    for text in both_texts(write_weekly(report, place.root / "decisions")):
        assert text.index("Same leaf, same eyes") < text.index("Also in the second shot")


def test_what_was_found_after_the_week_is_not_in_it(place: Workplace) -> None:
    row = match_of(place, "cv4")
    row.found_at = WEEK.ends
    place.session.add(row)
    place.session.commit()
    assert "cv4" not in stood(place.report(at=LATER))


def test_a_match_that_was_scanned_again_says_that_its_figures_may_be_newer(place: Workplace) -> None:
    known = place.session.exec(select(Scan).where(col(Scan.capture_id) == "cv1")).one()
    place.session.add(Scan(id="again", capture_id="cv1", gallery_digest="g2", scanned_at=LATER, seconds=1, packs=known.packs))
    place.session.commit()
    entry = found(place.report(at=LATER + timedelta(days=1)), "cv1")
    assert entry.changed == ("Scanned again on 2 December 2026; score, span and pictures may be those of that scan",)


def test_a_reason_longer_than_a_page_is_printed_to_its_end(place: Workplace) -> None:
    reason = " ".join(f"reason{number}" for number in range(900)) + " and that is all of it"
    decide(place, "cv1", Decision.CONFIRM, reason, MADE - timedelta(hours=1))
    for text in both_texts(write_weekly(place.report(), place.root / "long")):
        assert "reason899 and that is all of it" in text


def test_what_was_enrolled_or_watched_only_later_is_no_part_of_a_past_week(place: Workplace) -> None:
    for row in (place.session.get_one(Subject, "crest"), place.session.get_one(SourceRow, "c")):
        row.created_at = WEEK.ends
        place.session.add(row)
    place.session.commit()
    report = place.report(at=LATER)
    assert report.figures.subjects == 2
    assert [source.name for source in report.coverage.sources] == ["Clip wall", "Fan forum feed"]


def test_a_week_before_the_first_source_says_that_none_was_watched(place: Workplace) -> None:
    report = place.report(week=Week(2026, 40), at=LATER)
    assert (report.figures.subjects, report.coverage.sources) == (0, ())
    for text in both_texts(write_weekly(report, place.root / "before")):
        assert "No source was watched." in text
