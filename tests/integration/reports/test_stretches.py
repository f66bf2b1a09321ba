"""A clip that is seen in many stretches: each keeps which of its seconds it shows, and no words give one's seconds for all."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.videos import Capture
from matcher.joining import MOST_APART, joined
from matcher.types import Appearance, Box, Match, Observation, ReferenceSpan, ScanResult
from registry.kinds import Modality
from registry.references import Reference
from reports.cases import confirmed_matches
from reports.issuing import issue_bundle
from reports.match_lines import match_line
from reports.matches import MatchRow
from reports.notices.use import _where
from reports.notices.wording import ENGLISH
from reports.recording import record_scan
from reports.render.plain import part
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.evidence_desk import AT, Workplace, furnish

STRETCHES = 12
STRONGEST = 5


def a_stretch(number: int, reference: str) -> Match:
    """0.1 s at each 0.15 s, which shows second number of the clip."""
    start = 0.15 * number
    where = Observation(start + 0.05, Box(10, 10, 60, 60))
    seen = Appearance(Modality.FOOTAGE, start, start + 0.1, where, (where,))
    score = 0.9 if number == STRONGEST else 0.6
    shows = ReferenceSpan(number, number + 0.1, number + 0.05)
    return Match(seen, "s1", reference, score, 0.4, 0.3, 0.02, "footage", "drawn", ("It runs along.",), shows)


def test_each_stretch_keeps_its_own_seconds_when_they_become_one_match() -> None:
    apart = [a_stretch(number, "r1") for number in range(MOST_APART)]
    assert joined(apart) == apart
    (one,) = joined([a_stretch(number, f"r{number % 2}") for number in range(STRETCHES)])
    assert [(part.reference_id, part.shows.start) for part in one.parts] == [(f"r{n % 2}", n) for n in range(STRETCHES)]
    assert len(one.parts) == len(one.appearance.spans)
    assert (one.reference_id, one.shows) == ("r1", ReferenceSpan(STRONGEST, STRONGEST + 0.1, STRONGEST + 0.05))


def test_where_one_of_them_shows_no_seconds_none_are_claimed() -> None:
    some = [
        replace(a_stretch(number, "r1"), shows=None if number == 3 else a_stretch(number, "r1").shows) for number in range(12)
    ]
    (one,) = joined(some)
    assert one.parts == ()


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = furnish(tmp_path)
    session = made.session
    reference = session.exec(select(Reference.id)).one()
    matches = tuple(joined([a_stretch(number, reference) for number in range(STRETCHES)]))
    seen = tuple(match.appearance for match in matches)
    result = ScanResult("clip", "video", 320, 180, 2.0, ((0, 2),), 8, seen, matches, ("footage",), ("drawn",), 0.5)
    record_scan(session, session.get_one(Capture, "c1"), result, "g2", AT)
    row = session.exec(select(MatchRow).where(MatchRow.modality == Modality.FOOTAGE)).one()
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "the same cut", AT + timedelta(hours=1))
    open_cases(session)
    session.commit()
    return made


def test_they_are_kept_and_listed(place: Workplace) -> None:
    row = place.session.exec(select(MatchRow).where(MatchRow.modality == Modality.FOOTAGE)).one()
    told = match_line(place.session, row).stretches
    assert [round(one["reference_span"][0]) for one in told] == list(range(STRETCHES))
    assert [one["from"] for one in told] == pytest.approx([0.15 * number for number in range(STRETCHES)])


def test_evidence_lists_each_and_words_give_the_seconds_of_the_clearest_alone(place: Workplace, tmp_path: Path) -> None:
    bundle = issue_bundle(place.session, place.vault, place.case, tmp_path / "out", place.key, at=AT)
    entries = json.loads((bundle / "data" / "matches.json").read_text())["matches"]
    (entry,) = (one for one in entries if one["modality"] == "footage")
    assert [round(one["reference_span"][0]) for one in entry["stretches"]] == list(range(STRETCHES))
    said = "in 12 places; the clearest, at 0:00.8, is 0:05.0 – 0:05.1 of the reference, and 11 more stretches a part each"
    assert said in (bundle / "index.html").read_text()


def test_a_letter_gives_the_seconds_of_the_clearest_alone(place: Workplace) -> None:
    (match,) = (one for one in confirmed_matches(place.session, place.case) if one.modality is Modality.FOOTAGE)
    said = _where(match, ENGLISH)
    assert "of which the clearest, at 0:00.8, shows 0:05.0 – 0:05.1 of the work, and 11 more stretches a part each" in said


def test_of_one_stretch_the_words_are_as_before() -> None:
    assert part(1.0, 2.0, 0.5, ()) == ": 0:01.0 – 0:02.0 of the reference"
    assert part(None, None, 0.5, ()) == ""
