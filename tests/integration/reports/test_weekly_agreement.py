"""How far reviewers agree, in each form of the weekly report, and nothing of it where nothing is reviewed twice."""

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from registry.db import in_text
from registry.parties import Party
from reports.agreed import Agreed
from reports.agreement import agreement
from reports.review import Decision, Review
from reports.second_review import SecondReview
from reports.week import Week
from reports.weekly_files import WrittenReport, write_weekly
from tests.support.weekly_place import MADE, WEEK, Workplace, both_texts, furnish

WORDS = "How far reviewers agree"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    made = furnish(tmp_path)
    yield made
    made.session.close()


def share_of(place: Workplace, party: str, share: float, since: datetime | None = None) -> None:
    """since: where it is on record; an earlier version kept none."""
    row = place.session.get_one(Party, party)
    row.second_share = share
    row.second_shares = [*row.second_shares, *([[in_text(since), share]] if since else [])]
    place.session.add(row)
    place.session.commit()


def past(place: Workplace, week: Week = WEEK) -> Agreed | None:
    return place.report(week=week, at=WEEK.ends + timedelta(days=30)).figures.agreement


def review_twice(place: Workplace, minutes: float) -> None:
    """Both decisions of the week, of the studio's two matches, a second time: the first alike, the other not."""
    for first in place.session.exec(select(Review).order_by(Review.id)).all():  # type: ignore[arg-type]
        assert first.id is not None
        about = {"match_id": first.match_id, "review_id": first.id, "reviewer": "C. Ounsel", "reason": "Looked at again"}
        place.session.add(SecondReview(decision=Decision.CONFIRM, at=MADE - timedelta(minutes=minutes), **about))
    place.session.commit()


def cells(written: WrittenReport) -> dict[str, Any]:
    book = openpyxl.load_workbook(io.BytesIO(written.xlsx.read_bytes()))
    return {str(row[0]): row[1] for row in book["Report"].iter_rows(values_only=True)}


def test_every_form_of_the_report_says_how_far_reviewers_agree(place: Workplace) -> None:
    share_of(place, "studio", 0.2)
    review_twice(place, 60)
    said = agreement(place.session)
    assert (said.pairs, said.agreed) == (2, 1)
    written = write_weekly(place.report(), place.root / "reports")
    for text in both_texts(written):
        assert WORDS in text
        assert " ".join(said.words).split("(")[0] in text
    told = json.loads(written.json.read_text("ascii"))["agreement"]
    assert (told["pairs"], told["agreed"], told["share"], told["table"]) == (2, 1, 0.5, said.table)
    assert told["share_low"] == pytest.approx(said.share_low)
    assert told["kappa"] == pytest.approx(said.kappa)
    found = cells(written)
    assert (found["agreement: pairs"], found["agreement: share"]) == (2, 0.5)


def test_where_nothing_is_reviewed_twice_nothing_is_said_of_it(place: Workplace) -> None:
    review_twice(place, 60)
    for party, shares in ((None, {}), ("union", {"studio": 1.0})):
        for key, share in shares.items():
            share_of(place, key, share)
        written = write_weekly(place.report(party), place.root / f"reports-{party}")
        assert not any("agree" in text for text in both_texts(written))
        assert "agreement" not in json.loads(written.json.read_text("ascii"))
        assert not any("agree" in key for key in cells(written))


def test_what_may_still_be_taken_back_is_not_told(place: Workplace) -> None:
    """Whoever gave it may read the report, and is told of the first decision nowhere."""
    share_of(place, "studio", 0.2)
    review_twice(place, 9)
    nothing = place.report().figures.agreement
    assert nothing is not None
    assert nothing.pairs == 0
    assert "nothing can be said" in " ".join(nothing.words)
    later = place.report(at=MADE + timedelta(minutes=2)).figures.agreement
    assert later is not None
    assert later.pairs == 2


def test_a_past_week_tells_what_was_reviewed_twice_until_it_ended(place: Workplace) -> None:
    share_of(place, "studio", 0.2, WEEK.starts)
    review_twice(place, -60 * 24 * 5)
    assert MADE + timedelta(days=5) > WEEK.ends
    for week, pairs in ((WEEK, 0), (type(WEEK)(WEEK.year, WEEK.number + 1), 2)):
        found = place.report(week=week, at=WEEK.ends + timedelta(days=9)).figures.agreement
        assert found is not None
        assert found.pairs == pairs


NEXT = Week(WEEK.year, WEEK.number + 1)


def test_a_past_week_goes_by_the_share_that_was_in_force_then(place: Workplace) -> None:
    review_twice(place, 60)
    share_of(place, "studio", 0.2, WEEK.ends + timedelta(days=1))
    assert past(place) is None, "nothing was made a second time then"
    told = past(place, NEXT)
    assert told is not None
    assert told.pairs == 2
    share_of(place, "studio", 0.0, NEXT.ends - timedelta(hours=1))
    assert past(place, NEXT) is None
    share_of(place, "studio", 0.5, NEXT.ends + timedelta(hours=1))
    assert past(place, NEXT) is None, "whatever it is today"


def test_where_no_share_is_on_record_a_past_week_goes_by_what_was_drawn_until_it_ended(place: Workplace) -> None:
    share_of(place, "studio", 0.2)
    assert past(place) is None
    first = place.session.exec(select(Review).order_by(Review.id)).first()  # type: ignore[arg-type]
    assert first is not None
    about = {"match_id": first.match_id, "reviewer": "R. Eviewer", "reason": "As on the sheet", "drawn": True}
    place.session.add(Review(decision=Decision.CONFIRM, at=WEEK.ends - timedelta(days=1), **about))
    place.session.commit()
    told = past(place)
    assert told is not None
    assert told.pairs == 0
    assert past(place, Week(WEEK.year, WEEK.number - 1)) is None
